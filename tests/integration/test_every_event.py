"""Every kind of event there is, made to happen and delivered: its type, and that docs list it."""

import asyncio
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
from aiohttp import web
from sqlalchemy import Engine

from tests.integration.command import Run
from tests.integration.newsstand import SECRET, Receiver, Served
from tests.integration.outgoing import answering, owe, rows, send_all, webhook
from tests.integration.reports import make_stories
from tests.integration.test_polling import dated
from tests.test_alerts_payload import published
from worker.alerts.payload.models import EventType
from worker.alerts.spikes import HOUR, full_hour
from worker.announcing.digests import release_digests
from worker.announcing.events import announce_events
from worker.announcing.heartbeats import announce_heartbeats
from worker.announcing.spikes import announce_spikes
from worker.jobs import tagging, workplace
from worker.model import Entry, EventKind, FeedOptions, HeldKind, ItemState, Policy
from worker.net import Net
from worker.queue import Queues
from worker.scheduler import Scheduler
from worker.settings import Settings
from worker.store import feeds, held, items, spikes, watches
from worker.store.engine import run
from worker.store.held import Holding
from worker.store.items import NewItem
from worker.store.spikes import Sighting

DOCS = Path(__file__).parents[2] / "docs"
ALL = set(get_args(EventType))
TEXT = (
    "Vladimir Putin arrived in Geneva on Monday for talks on gas transit, officials said. "
    "The delegations met behind closed doors for three hours and agreed to meet again. "
    "A spokesman for the Swiss foreign ministry called the mood constructive but cautious."
)


class Moody(Served):
    """Feeds to each of which one thing happens, by the number of the request."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, int] = {}

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{mood}", self._answer)]

    async def _answer(self, request: web.Request) -> web.Response:
        mood = request.match_info["mood"]
        number = self.asked[mood] = self.asked.get(mood, 0) + 1
        body, status, headers = dated(10, prefix="a"), 200, {}
        match mood:
            case "troubled" if number in {2, 3}:
                status = 500
            case "gone" if number > 1:
                status = 410
            case "moved" if number > 1:
                status, headers = 301, {"Location": f"{self.url}/elsewhere"}
            case "flood" if number > 1:
                body = dated(10, prefix="b")
            case "silent":
                body = re.sub(rb"<pubDate>.*?</pubDate>", b"", body)  # as if of now
            case "lying":
                headers = {"ETag": '"always"'}
                if "If-None-Match" in request.headers:
                    return web.Response(status=304, headers=headers)
                body = dated(3 if number == 1 else 6, prefix="a")
        return web.Response(
            body=body, status=status, headers=headers, content_type="application/rss+xml"
        )


@pytest.fixture
def moody() -> Iterator[Moody]:
    """One that runs."""
    with Moody() as running:
        yield running


@pytest.fixture
def impatient(settings: Settings) -> Settings:
    """Settings by which things are true soon."""
    return settings.model_copy(
        update={
            "poll_failing_polls": 2,
            "poll_gone_polls": 1,
            "poll_gone_time": timedelta(0),
            "poll_move_polls": 1,
            "poll_move_time": timedelta(0),
            "poll_probe_every": timedelta(milliseconds=1),
            "host_gap": timedelta(0),
        }
    )


def poll_until_all_has_happened(
    engine: Engine, settings: Settings, queues: Queues, moody: Moody
) -> set[EventKind]:
    """Poll each feed by the real scheduler until something of each kind has happened."""
    scheduler = Scheduler(settings, engine, queues, owner="test")
    names = ("troubled", "gone", "moved", "flood", "lying", "silent")
    with engine.begin() as connection:
        for name in names:
            own = FeedOptions(silent_after=timedelta(seconds=1 if name == "silent" else 9_999))
            feeds.put_feed(connection, name=name, url=f"{moody.url}/{name}", options=own)

    def happened() -> set[EventKind]:
        return {EventKind(one["kind"]) for one in rows(engine, "SELECT DISTINCT kind FROM event")}

    async def poll(name: str) -> None:
        with engine.connect() as connection:
            feed = feeds.find_feed(connection, name)
        assert feed is not None
        async with Net.from_settings(settings) as net:
            await scheduler.poll_now(net, feed)

    for _ in range(20):
        for name in names:
            asyncio.run(poll(name))
        if happened() == set(EventKind):
            break
        time.sleep(0.2)  # for the one that says nothing
    return happened()


def report(engine: Engine) -> None:
    """The same news by two outlets, tagged by the real job: a story, and more of it."""
    for name in ("herald", "courier"):
        with engine.begin() as connection:
            feed = feeds.put_feed(connection, name=name, url=f"http://{name}.example/", outlet=name)
            entry = Entry(title="Putin in Geneva", content=f"<p>{TEXT}</p>", language="en")
            new = NewItem(identity=name, fingerprint=name, entry=entry, state=ItemState.FETCHED)
            owed = items.insert_items(connection, {feed: [new]})[feed]
        tagging.tag_items([one.id for one in owed])


def announce_the_rest(engine: Engine) -> None:
    """A digest, a spike and a heartbeat are due; events of feeds have happened."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        made = make_stories(connection, 12)
        rate = next(one.id for one in watches.all_watches(connection) if one.name == "rate")
        watch = next(one.id for one in watches.all_watches(connection) if one.name == "putin")
        held.hold(
            connection,
            [
                Holding(
                    kind=HeldKind.DIGEST, watch_id=watch, story_id=made[0][0], item_id=made[0][1],
                    channel=channel, reason="quiet hours", due_at=now - HOUR,
                )
                for channel in ("hook", "cloud", "thin")
            ],
        )  # fmt: skip
        spikes.keep(connection, watches.spike_watches(connection), now=now - timedelta(days=20))
        spikes.cover(connection, [full_hour(now) - n * HOUR for n in range(400)])
        seen = [Sighting(watch_id=rate, story_id=s, item_id=i, at=now) for s, i in made]
        spikes.count(connection, seen)
        run(
            connection,
            "INSERT INTO heartbeat (channel_id, told_at) SELECT id, now() - interval '1 day' FROM channel",
        )
        announce_events(connection)
        release_digests(connection, now=now)
        announce_spikes(connection, now=now)
        announce_heartbeats(connection, now=now)


def lose_a_channel(engine: Engine, settings: Settings, name: str, url: str) -> None:
    """A channel whose receiver is gone, of which two others are told."""
    webhook(engine, name, url)
    owe(engine, 1, name)
    send_all(engine, settings)


def types(received: list[dict[str, Any]]) -> set[str]:
    """The types of events."""
    return {one["type"] for one in received}


@pytest.mark.timeout(300)
def test_every_kind_of_event_is_delivered_under_its_own_type(
    engine: Engine,
    impatient: Settings,
    queues: Queues,
    moody: Moody,
    receiver: Receiver,
    tocsin: Run,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Plain, thin and as a CloudEvent: all types of the schema, no other, each as published."""
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(impatient))
    with Receiver() as cloud, Receiver() as bare, Receiver() as gone:
        gone.answer = answering(410)
        beats = {"heartbeat": "hourly"}
        webhook(engine, "hook", receiver.url, **beats)
        webhook(engine, "cloud", cloud.url, format="cloudevents", **beats)
        webhook(engine, "thin", bare.url, thin=True, **beats)
        names = ["hook", "cloud", "thin"]
        with engine.begin() as connection:
            for name, query in (
                ("putin", 'person:"Vladimir Putin" -title:report'),
                ("rate", "spike(putin) > 3"),
                ("feeds", "event:any"),
            ):
                watches.put_watch(
                    connection, name=name, query=query, channels=names, policy=Policy(outlets=(2,))
                )
        assert set(EventKind) == poll_until_all_has_happened(engine, impatient, queues, moody)
        report(engine)
        announce_the_rest(engine)
        send_all(engine, impatient)
        lose_a_channel(engine, impatient, "lost", gone.url)
        rows(engine, "UPDATE channel SET paused_at = now() WHERE name = 'hook'")
        lose_a_channel(engine, impatient, "lost-too", gone.url)  # so the others are told of this
        rows(engine, "UPDATE channel SET paused_at = NULL")
        send_all(engine, impatient)
        for name in names:
            assert 0 == tocsin("channels", "test", name).returncode
        got = {"plain": receiver.received, "cloud": cloud.received, "thin": bare.received}
    assert dict.fromkeys(got, ALL) == {form: types(one) for form, one in got.items()}
    for body in (one for form in got.values() for one in form):
        published().validate(body)
    assert all(one["specversion"] == "1.0" for one in got["cloud"])
    assert all(one["thin"] is True for one in got["thin"])


def test_the_docs_list_these_types_and_no_other() -> None:
    """The page of all events has one part for each, the page of webhooks a line or a word."""
    parts = re.findall(r"^## `(.+)`$", (DOCS / "webhook-events.md").read_text(), re.MULTILINE)
    assert sorted(ALL) == sorted(parts)
    table = (DOCS / "webhook.md").read_text().partition("\n| `type` |")[2].partition("\n\n")[0]
    firsts = [line.split("|")[1] for line in table.splitlines() if line.startswith("| [")]
    assert sorted(ALL) == sorted(re.findall(r"`([^`]+)`", " ".join(firsts)))
    families = "|".join(sorted({kind.partition(".")[0] for kind in ALL if "." in kind}))
    for path in (*DOCS.glob("*.md"), DOCS.parent / "README.md"):
        if path.name != "design-notes.md":  # which speaks of columns
            named = set(re.findall(rf"`((?:{families})\.[a-z_]+)`", path.read_text()))
            assert named <= ALL, path.name


def test_the_query_language_lists_these_events_and_no_other() -> None:
    """What a watch can ask of feeds is what can happen to them."""
    text = (DOCS / "query-language.md").read_text()
    line = next(one for one in text.splitlines() if one.startswith("| `event:` |"))
    words = line.split("|")[2].replace(" or any", "")
    assert [kind.value.removeprefix("feed.") for kind in EventKind] == words.strip().split(", ")
