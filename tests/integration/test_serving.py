"""Watches as feeds, by the command and over HTTP."""

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import feedparser
import pytest
from sqlalchemy import Engine, text

from worker.store.watches import put_watch


@pytest.fixture(name="rung")
def rung_fixture(engine: Engine) -> None:
    """A watch that rang for what happened to a feed."""
    with engine.begin() as connection:
        watch = put_watch(connection, name="all feeds", query="feed:*", channels=[])
        feed = connection.execute(
            text(
                "INSERT INTO feed (name, url, outlet) VALUES ('one', 'https://one.example/rss',"
                " 'One') RETURNING id"
            )
        ).scalar_one()
        event = connection.execute(
            text(
                "INSERT INTO event (feed_id, kind, detail) VALUES (:feed, 'gone', 'It is <gone>')"
                " RETURNING id"
            ),
            {"feed": feed},
        ).scalar_one()
        connection.execute(
            text(
                "INSERT INTO alert (kind, watch_id, event_id, reason)"
                " VALUES ('event', :watch, :event, 'told')"
            ),
            {"watch": watch, "event": event},
        )


def get(url: str, **headers: str) -> tuple[int, Message, bytes]:
    """Status, headers and body of an answer."""
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read()


@pytest.mark.usefixtures("rung")
def test_the_command_prints_and_writes_feeds(tocsin: Any, tmp_path: Path) -> None:
    """Both forms on standard output, or in a file that is replaced in one step."""
    printed = tocsin("watches", "feed", "all feeds", "--format", "json")
    item = json.loads(printed.stdout)["items"][0]
    assert (item["title"], item["url"]) == ("It is <gone>", "https://one.example/rss")
    path = tmp_path / "feed.atom"
    done = tocsin("watches", "feed", "all feeds", "--output", str(path))
    assert done.stdout == f"{path}: 1 entries.\n"
    assert feedparser.parse(path.read_bytes()).entries[0].title == "It is <gone>"
    assert [each.name for each in tmp_path.glob(".feed*")] == []
    bad = tocsin("watches", "feed", "all feeds", "--output", str(tmp_path / "no" / "feed"))
    assert bad.returncode == 2


@pytest.mark.usefixtures("rung")
def test_feeds_are_served_at_secret_addresses(
    tocsin: Any,
    processes: Any,
    monkeypatch: pytest.MonkeyPatch,
    wait_until: Callable[..., None],
) -> None:
    """With validators for readers that ask again; any other address is not found."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("TOCSIN_LISTEN", place)
    url = tocsin("watches", "feed", "all feeds", "--url").stdout.strip()
    assert url.startswith(f"http://{place}/watches/")
    processes.start("serve", TOCSIN_LISTEN=place)

    def alive() -> bool:
        try:
            return get(f"http://{place}/livez")[0] == 200
        except OSError:
            return False

    wait_until(alive)
    status, headers, body = get(url)
    assert (status, headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    assert headers["Content-Security-Policy"] == "default-src 'none'"
    found = feedparser.parse(body)
    assert found.entries[0].title == "It is <gone>"
    assert found.feed.links[0].href == url
    again, _, nothing = get(url, **{"If-None-Match": headers["ETag"]})
    assert (again, nothing) == (304, b"")
    json_url = url.removesuffix("atom") + "json"
    assert json.loads(get(json_url)[2])["feed_url"] == json_url
    name, form = url.rsplit(".", 1)
    for wrong in (
        f"{name[:-1]}{'A' if name[-1] != 'A' else 'B'}.{form}",
        f"http://{place}/watches/1.atom",
        f"http://{place}/",
    ):
        assert get(wrong)[0] == 404
