"""Watches as feeds, by the command and over HTTP."""

import json
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import Message
from pathlib import Path
from typing import Any

import feedparser
import pytest
from sqlalchemy import Engine, text

from tests.integration.archive import Archive
from worker.alerts.reasons import AlertReason
from worker.alerts.syndication import json_feed
from worker.announcing.digests import release_digests
from worker.model import HeldKind
from worker.store import held
from worker.store.syndication import syndication_of
from worker.store.watches import put_channel, put_watch


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
    assert (item["title"], item["url"]) == ("It is ‹gone>", "https://one.example/rss")
    path = tmp_path / "feed.atom"
    done = tocsin("watches", "feed", "all feeds", "--output", str(path))
    assert done.stdout == f"{path}: 1 entries.\n"
    assert feedparser.parse(path.read_bytes()).entries[0].title == "It is ‹gone>"
    assert [each.name for each in tmp_path.glob(".feed*")] == []
    bad = tocsin("watches", "feed", "all feeds", "--output", str(tmp_path / "no" / "feed"))
    assert bad.returncode == 2


@pytest.mark.usefixtures("rung")
def test_a_file_says_where_it_is_read(tocsin: Any) -> None:
    """The address that readers know stands in the feed; what is none is refused."""
    address = "https://news.example/gone.atom"
    printed = tocsin("watches", "feed", "all feeds", "--address", address)
    assert feedparser.parse(printed.stdout).feed.links[0].href == address
    bad = tocsin("watches", "feed", "all feeds", "--address", "news.example/gone.atom")
    assert bad.returncode == 2
    assert "--address news.example/gone.atom is no address" in bad.stderr


def entries(engine: Engine, watch: int) -> dict[str, tuple[str, str]]:
    """Title, how it was told and id of each entry of a watch's feed, as JSON Feed has them."""
    with engine.begin() as connection:
        feed = syndication_of(connection, watch)
    assert feed is not None
    found = json.loads(json_feed(feed))["items"]
    words = "In a digest|Rang|Found"
    return {
        item["title"]: (re.findall(words, item["content_html"])[0], item["id"]) for item in found
    }


def test_what_only_a_digest_told_is_in_the_feed(engine: Engine) -> None:
    """When it was told, and once: a story that rings later, and its updates, keep its entry."""
    store = Archive(engine)
    first, second = store.add("Talks", "They talk."), store.add("Fire", "It burns.")
    with engine.begin() as connection:
        put_channel(connection, name="mail", kind="console", config={})
        watch = put_watch(connection, name="one", query="x", channels=["mail"])
        stories = {
            row.id: row.story_id
            for row in connection.execute(text("SELECT id, story_id FROM item"))
        }
        due = datetime.now(UTC) - timedelta(minutes=1)
        for item in (first, second):
            one = held.Holding(
                kind=HeldKind.DIGEST, watch_id=watch, story_id=stories[item], item_id=item,
                channel="mail", reason="the watch is told by digest", due_at=due,
            )  # fmt: skip
            held.hold(connection, [one])
    assert entries(engine, watch) == {}
    with engine.begin() as connection:
        release_digests(connection, now=datetime.now(UTC))
    told = entries(engine, watch)
    assert {title: how for title, (how, _) in told.items()} == {
        "Talks": "In a digest", "Fire": "In a digest",
    }  # fmt: skip
    later = store.add("Talks fail", "They talk no more.", story=stories[first])
    ring = text(
        "INSERT INTO alert (kind, watch_id, story_id, item_id, once, reason, planned_at)"
        " VALUES (:kind, :watch, :story, :item, :once, :reason, now())"
    )
    rung = {"watch": watch, "story": stories[first], "item": later, "once": ""}
    with engine.begin() as connection:
        connection.execute(ring, rung | {"kind": "story", "reason": "surer"})
    assert entries(engine, watch) == {
        "Talks fail": ("Rang", told["Talks"][1]), "Fire": told["Fire"],
    }  # fmt: skip
    with engine.begin() as connection:
        update = {"kind": "update", "once": "update: 5", "reason": "update: 5 outlets"}
        connection.execute(ring, rung | update)
        feed = syndication_of(connection, watch)
    assert feed is not None
    assert [one.title for one in feed.alerts] == ["Talks fail", "Fire"]
    assert [said for _, said in feed.alerts[0].updates] == ["update: 5 outlets"]
    assert entries(engine, watch)["Talks fail"] == ("Rang", told["Talks"][1])


def test_a_watch_without_a_channel_tells_by_its_feed(engine: Engine) -> None:
    """What a digest would tell stands in the feed, for nobody else is there to tell it."""
    item = Archive(engine).add("Talks", "They talk.")
    with engine.begin() as connection:
        watch = put_watch(connection, name="one", query="x", channels=["mail"])
        connection.execute(
            text("INSERT INTO match (watch_id, item_id, reason) VALUES (:watch, :item, :reason)"),
            {"watch": watch, "item": item, "reason": AlertReason.NOWHERE.value},
        )
    assert {title: how for title, (how, _) in entries(engine, watch).items()} == {"Talks": "Found"}
    with engine.begin() as connection:
        put_channel(connection, name="mail", kind="console", config={})
    assert entries(engine, watch) == {}


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
    assert found.entries[0].title == "It is ‹gone>"
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


@pytest.mark.usefixtures("rung")
def test_a_place_that_is_taken_is_said_in_one_line(processes: Any) -> None:
    """With what to change, and nothing else."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        assert processes.start("serve", TOCSIN_LISTEN=place).wait(60) == 2
    (line,) = processes.logs().strip().splitlines()
    assert line.endswith(
        f"cannot listen at {place}: Address already in use; name another place in TOCSIN_LISTEN"
    )
