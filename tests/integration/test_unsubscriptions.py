"""Unsubscribing from mails: the page, what is not sent from then on, and how it is lifted."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import Engine

from tests.integration import outgoing
from tests.integration.command import Run
from tests.integration.newsstand import SECRET, Receiver, Served
from tests.integration.outgoing import NOW, owe, rows, states, webhook
from tests.test_alerts_notices import BEAT, DIGEST, SPIKE
from worker.alerts.render import message
from worker.channels.unsubscribe import Subscription, make_token
from worker.model import Disabled
from worker.serving import Server
from worker.settings import Settings
from worker.store import outbox
from worker.store.alerts import EventAlert, plan_event_alerts
from worker.store.engine import run
from worker.store.notices import Content, PlannedNotice, plan_notice
from worker.store.secrets import secret_of
from worker.store.unsubscriptions import put_unsubscription
from worker.store.watches import put_watch

ONE_CLICK = b"List-Unsubscribe=One-Click"
WHY = "unsubscribed by its reader"


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)


@pytest.fixture
def send_all(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> Callable[[], None]:
    """Sends what is due; what that logs is not the commands' output."""

    def send() -> None:
        outgoing.send_all(engine, settings)
        capsys.readouterr()

    return send


@pytest.fixture
def page(engine: Engine) -> Iterator[str]:
    """The address below which the page runs."""

    class Page(Served):
        def application(self) -> web.Application:
            return Server(engine).application()

    with Page() as running:
        yield f"{running.url}/unsubscribe"


def ask(url: str, body: bytes | None = None, kind: str = "") -> tuple[int, str]:
    """GET, or POST where there is a body; a redirect would be an error here."""

    class NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: object) -> None:
            return None

    headers = {"Content-Type": kind} if kind else {}
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.build_opener(NoRedirect).open(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def token(engine: Engine, list_name: str = "heartbeat", channel: str = "hook") -> str:
    """A token as a mail carries it."""
    with engine.begin() as connection:
        key = secret_of(connection, "unsubscribe")
    return make_token(key, Subscription(channel, list_name, "ann@example.org"))


def stopped(engine: Engine) -> list[tuple[str, str, str]]:
    """What is unsubscribed."""
    found = rows(engine, "SELECT channel, list_name, recipient FROM unsubscription")
    return [(row["channel"], row["list_name"], row["recipient"]) for row in found]


def test_only_a_post_acts_and_may_be_repeated(engine: Engine, page: str) -> None:
    """Scanners GET; mail programs POST either form of body; both times the answer is 200."""
    url = f"{page}/{token(engine)}"
    status, shown = ask(url)
    assert 200 == status
    assert '<form method="post">' in shown
    assert "heartbeat by hook" in shown
    assert [] == stopped(engine)
    assert 400 == ask(url, b"List-Unsubscribe=No")[0]
    assert 400 == ask(url, b"{}", "application/json")[0]
    assert 400 == ask(url, b"nothing", "multipart/form-data; boundary=x")[0]
    assert 413 == ask(url, b"a=" + b"x" * 20_000)[0]
    assert [] == stopped(engine)
    parts = (
        b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--'
    )
    for body, kind in ((parts, "multipart/form-data; boundary=x"), (ONE_CLICK, "")):
        status, said = ask(url, body, kind)
        assert 200 == status
        assert "<h1>Unsubscribed</h1>" in said
        assert [("hook", "heartbeat", "ann@example.org")] == stopped(engine)


def test_no_other_token_is_found(engine: Engine, page: str) -> None:
    """Neither one that was changed nor one of another key."""
    good = token(engine)
    other = make_token(b"another key", Subscription("hook", "heartbeat", "ann@example.org"))
    for wrong in (good[:-2], ("B" if good[0] == "A" else "A") + good[1:], other, "x", ""):
        assert 404 == ask(f"{page}/{wrong}")[0]
        assert 404 == ask(f"{page}/{wrong}", ONE_CLICK)[0]
    assert [] == stopped(engine)


def test_the_page_names_the_watch_and_takes_no_markup(engine: Engine, page: str) -> None:
    """The names of watches and channels are text there."""
    with engine.begin() as connection:
        watch = put_watch(connection, name="<b>putin</b>", query="putin", channels=[])
    _, shown = ask(f"{page}/{token(engine, f'watch-{watch}', '<i>desk')}")
    assert "&lt;b&gt;putin&lt;/b&gt; by &lt;i&gt;desk" in shown


def test_what_is_unsubscribed_is_not_sent_until_that_is_lifted(
    tocsin: Run,
    engine: Engine,
    send_all: Callable[[], None],
    receiver: Receiver,
    page: str,
) -> None:
    """Other channels get theirs; it is shown with its reason, listed, lifted, and then sent on demand."""
    for name in ("hook", "other"):
        webhook(engine, name, receiver.url)
    ask(f"{page}/{token(engine)}", ONE_CLICK)
    ask(f"{page}/{token(engine, 'digest', 'other')}", ONE_CLICK)
    owe(engine, 2, "hook", "other")
    send_all()
    assert {("hook", "unsubscribed"): 2, ("other", "sent"): 2} == states(engine)
    assert 2 == len(receiver.ids)
    assert f"unsubscribed: {WHY}" in tocsin("alerts", "show", "1").stdout
    assert "1 sent, 1 unsubscribed" in tocsin("alerts", "list").stdout
    first = rows(engine, "SELECT min(id) AS id FROM delivery WHERE state = 'unsubscribed'")[0]["id"]
    refused = tocsin("deliveries", "replay", str(first))
    assert 2 == refused.returncode
    assert "unsubscribed" in refused.stderr
    listed = json.loads(tocsin("channels", "unsubscribed", "--json").stdout)
    assert ["other digest", "hook heartbeat"] == [
        f"{x['channel']} {x['list_name']}" for x in listed
    ]
    assert "ann@example.org" in tocsin("channels", "unsubscribed").stdout
    lifted = tocsin("channels", "resubscribe", "hook", "heartbeat")
    assert "hook gets heartbeat again.\n" == lifted.stdout
    again = tocsin("channels", "resubscribe", "hook", "heartbeat")
    assert 2 == again.returncode
    assert "tocsin channels unsubscribed" in again.stderr
    assert 0 == tocsin("deliveries", "replay", str(first)).returncode
    owe(engine, 1, "hook")
    send_all()
    assert {("hook", "unsubscribed"): 1, ("hook", "sent"): 2, ("other", "sent"): 2} == states(
        engine
    )


def test_nobody_waits_for_it_where_a_channel_is_held(
    tocsin: Run, engine: Engine, send_all: Callable[[], None], receiver: Receiver, page: str
) -> None:
    """What is owed already is taken out of a paused channel, too."""
    webhook(engine, "hook", receiver.url)
    owe(engine, 2, "hook")
    tocsin("channels", "pause", "hook")
    ask(f"{page}/{token(engine)}", ONE_CLICK)
    send_all()
    assert {("hook", "unsubscribed"): 2} == states(engine)


def _rung(engine: Engine, kind: str) -> int:
    """An alert of this kind for the channel "hook"; gives its delivery."""
    with engine.begin() as connection:
        watch = put_watch(connection, name="putin", query="putin", channels=["hook"])
        if kind == "event":
            (event,) = run(
                connection,
                """WITH made AS (INSERT INTO feed (name, url) VALUES ('one', 'https://one.example/rss')
                                 RETURNING id)
                   INSERT INTO event (feed_id, kind, detail) SELECT id, 'feed.silent', 'x' FROM made
                   RETURNING id""",
            )
            alert = EventAlert(watch_id=watch, event_id=event["id"], reason="r", channels=["hook"])
            return plan_event_alerts(connection, [alert])[0]
        told: dict[str, Content] = {
            "spike": replace(SPIKE, watch_id=watch),
            "digest": DIGEST,
            "heartbeat": BEAT,
            "channel": Disabled(channel="x", kind="webhook", reason="r", at=NOW, waiting=0),
        }
        notice = PlannedNotice(
            content=told[kind],
            once="a",
            reason="a test",
            channels=("hook",),
            watch_id=watch if kind == "spike" else None,
        )
        return plan_notice(connection, notice).deliveries[0]


@pytest.mark.parametrize("kind", ["event", "spike", "digest", "heartbeat", "channel"])
def test_the_store_names_lists_as_mails_do(engine: Engine, kind: str) -> None:
    """Whatever list the message of an alert is of, stopping that one stops it, and no other does."""
    webhook(engine, "hook", "http://127.0.0.1:9")
    delivery = _rung(engine, kind)
    lease = timedelta(seconds=60)
    with engine.begin() as connection:
        for other in ("watch-0", "spike", "event", *({"digest", "heartbeat", "channel"} - {kind})):
            put_unsubscription(connection, "hook", other, "")
        (owed,) = outbox.claim(connection, lambda _: 9, owner="a", lease=lease)[1]
        outbox.hand_back(connection, [delivery], owner="a")
        name = message(owed.told, "").list_name
        put_unsubscription(connection, "hook", name, "")
        assert [] == outbox.claim(connection, lambda _: 9, owner="a", lease=lease)[1]
    assert {("hook", "unsubscribed"): 1} == states(engine)
