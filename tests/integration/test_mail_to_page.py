"""From a mail that arrived back to Tocsin: its reader opens the alert, and stops what comes."""

import socket
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from typing import Any

import html5lib
import pytest
from sqlalchemy import Engine

from tests.integration.command import Run
from tests.integration.conftest import Processes
from worker.demo.sinks import MailSink
from worker.jobs import delivering, tagging, workplace
from worker.model import Entry, ItemState
from worker.settings import Settings
from worker.store import feeds, items, watches
from worker.store.engine import run
from worker.store.items import NewItem

PUBLIC = "https://tocsin.example/desk"
TEXTS = {
    "Putin & Parmelin in Geneva": "Vladimir Putin arrived in Geneva for talks on gas with the Swiss president.",
    "A bridge opens": "Vladimir Putin opened a bridge over the river Lena near Yakutsk on Friday morning.",
    "A prize for physics": "Vladimir Putin congratulated three physicists from Dubna on their medals.",
}


@pytest.fixture(name="sink")
def sink_fixture() -> Iterator[MailSink]:
    """A mail server that takes everything."""
    sink = MailSink()
    sink.start()
    yield sink
    sink.stop()


def ask(url: str, body: bytes | None = None) -> tuple[int, str, Any]:
    """Status, body and headers of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body), timeout=10) as answer:
            return answer.status, answer.read().decode(), answer.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode(), error.headers


@pytest.fixture(name="served")
def served_fixture(processes: Processes, wait_until: Callable[..., None]) -> str:
    """Where ``tocsin serve`` runs; a proxy would have it at the public URL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = f"127.0.0.1:{free.getsockname()[1]}"
    processes.start("serve", TOCSIN_LISTEN=place, TOCSIN_PUBLIC_URL=PUBLIC)

    def alive() -> bool:
        try:
            return ask(f"http://{place}/livez")[0] == 200
        except OSError:
            return False

    wait_until(alive)
    return f"http://{place}"


@pytest.fixture(name="publish")
def publish_fixture(
    engine: Engine, settings: Settings, sink: MailSink, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], dict[str, EmailMessage]]:
    """Publishes an article on Putin; gives the mails that came of it, by recipient."""
    reached = settings.model_copy(update={"public_url": PUBLIC})
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(reached))
    with engine.begin() as connection:
        for name in ("ann", "bob"):
            config = {
                "host": "127.0.0.1", "port": sink.port, "security": "none",
                "from": "tocsin@example.org", "to": [f"{name}@example.org"],
            }  # fmt: skip
            watches.put_channel(connection, name=name, kind="email", config=config)
        watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=["ann", "bob"]
        )
        feed = feeds.put_feed(connection, name="gazette", url="http://gazette.example/")

    def publish(title: str) -> dict[str, EmailMessage]:
        before = len(sink.mails)
        entry = Entry(title=title, content=f"<p>{TEXTS[title]}</p>", language="en", url="http://gazette.example/1")  # fmt: skip
        new = NewItem(identity=title, fingerprint=title, entry=entry, state=ItemState.FETCHED)
        with engine.begin() as connection:
            owed = items.insert_items(connection, {feed: [new]})[feed]
        tagging.tag_items([one.id for one in owed])
        with engine.connect() as connection:
            pending = run(connection, "SELECT id FROM delivery WHERE state = 'pending'")
        delivering.deliver([row["id"] for row in pending])
        return {str(mail.message["To"]): mail.message for mail in sink.mails[before:]}

    return publish


def links(mail: EmailMessage) -> list[str]:
    """The addresses that the HTML of a mail links to."""
    part = mail.get_body(("html",))
    assert part is not None
    tree = html5lib.parse(part.get_content(), namespaceHTMLElements=False)
    return [one.get("href", "") for one in tree.iter("a")]


def test_this_alert_is_shown_to_who_has_its_mail(
    publish: Callable[[str], dict[str, EmailMessage]], served: str
) -> None:
    """The link of the mail leads to the audit of that alert; no other address leads anywhere."""
    mail = publish("Putin & Parmelin in Geneva")["ann@example.org"]
    (link,) = (one for one in links(mail) if one.startswith(PUBLIC))
    address = link.replace(PUBLIC, served)
    status, page, headers = ask(address)
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    assert headers["Referrer-Policy"] == "no-referrer"
    html5lib.HTMLParser(strict=True).parse(page)
    assert "Putin &amp; Parmelin in Geneva</a></h1>" in page
    assert "ann</strong> (email): sent" in page
    assert "bob</strong> (email): sent" in page
    assert "example.org" not in page
    changed = address[:-1] + ("A" if address[-1] != "A" else "B")
    for wrong in (changed, f"{served}/alerts/1", f"{served}/alerts/{'9' * 18}-{'A' * 24}"):
        assert ask(wrong)[0] == 404


def test_one_click_stops_the_mails_of_one_reader_until_that_is_lifted(
    publish: Callable[[str], dict[str, EmailMessage]], served: str, tocsin: Run
) -> None:
    """From the header of a mail that arrived to the mails that come after it."""
    mails = publish("Putin & Parmelin in Geneva")
    assert set(mails) == {"ann@example.org", "bob@example.org"}
    mail = mails["ann@example.org"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    header = str(mail["List-Unsubscribe"])
    assert header.startswith(f"<{PUBLIC}/unsubscribe/")
    url = header.strip("<>").replace(PUBLIC, served)
    assert ask(url)[0] == 200  # a scanner looks, and nothing is stopped
    assert ask(url, str(mail["List-Unsubscribe-Post"]).encode())[0] == 200
    assert set(publish("A bridge opens")) == {"bob@example.org"}
    listed = tocsin("channels", "unsubscribed")
    assert "ann" in listed.stdout
    assert "putin" in listed.stdout
    assert tocsin("channels", "resubscribe", "ann", "watch-1").returncode == 0
    assert set(publish("A prize for physics")) == {"ann@example.org", "bob@example.org"}
