"""Heartbeats on a real database: by the clock, once, and with what is wrong."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine

from tests.integration.newsstand import SECRET, Publisher, Receiver
from tests.integration.reports import make_stories
from worker.announcing.events import announce_events
from worker.announcing.heartbeats import announce_heartbeats
from worker.feeds.rhythm import begin, learn
from worker.jobs import delivering, workplace
from worker.model import EventKind, FeedEvent, HeldKind
from worker.net import Net
from worker.queue import Queues
from worker.scheduler import Scheduler
from worker.settings import Settings
from worker.store import alerts, events, feeds, held, watches
from worker.store.engine import run
from worker.store.held import Holding

DAY = timedelta(days=1)
MORNING = datetime(2026, 3, 19, 7, 0, tzinfo=UTC)  # eight o'clock in Berlin


def beating(connection: Connection, **config: Any) -> int:
    """A console channel that wants a heartbeat at eight in Berlin, set up the evening before."""
    keys = {"heartbeat": "daily 08:00", "zone": "Europe/Berlin"} | config
    channel_id = watches.put_channel(connection, name="desk", kind="console", config=keys)
    assert [] == announce_heartbeats(connection, now=MORNING - DAY / 2)
    return channel_id


def content(connection: Connection) -> Mapping[str, Any]:
    """What the last alert tells."""
    row = run(connection, "SELECT kind, content FROM alert ORDER BY id DESC LIMIT 1")[0]
    assert "heartbeat" == row["kind"]
    found: Mapping[str, Any] = row["content"]
    return found


def test_it_comes_when_it_is_due_and_once(engine: Engine) -> None:
    """Not before, not twice, and again the next day at the same time of the clock."""
    with engine.begin() as connection:
        beating(connection)
        assert [] == announce_heartbeats(connection, now=MORNING - timedelta(seconds=1))
        assert 1 == len(announce_heartbeats(connection, now=MORNING))
        assert [] == announce_heartbeats(connection, now=MORNING + timedelta(seconds=1))
        # Clocks are put forward on 29 March: eight o'clock is an hour earlier from then on.
        for day in range(1, 10):
            announce_heartbeats(connection, now=MORNING + day * DAY)
        summer = datetime(2026, 3, 30, 6, 0, tzinfo=UTC)
        assert 1 == len(announce_heartbeats(connection, now=summer))


def test_after_a_stop_there_is_one_for_all_the_time(engine: Engine) -> None:
    """Three were missed; one is sent, at once, and says since when it counts."""
    with engine.begin() as connection:
        beating(connection)
        late = MORNING + 3 * DAY + timedelta(hours=4)
        assert 1 == len(announce_heartbeats(connection, now=late))
        assert [] == announce_heartbeats(connection, now=late + timedelta(minutes=1))
        told = content(connection)
    assert (MORNING - DAY / 2, late) == (
        datetime.fromisoformat(told["since"]),
        datetime.fromisoformat(told["until"]),
    )


def test_two_schedulers_tell_once(engine: Engine) -> None:
    """While one tells, the other leaves the channel alone; after it, it has been told."""
    with engine.begin() as connection:
        beating(connection)
    with engine.begin() as one:
        assert 1 == len(announce_heartbeats(one, now=MORNING))
        with engine.begin() as other:
            assert [] == announce_heartbeats(other, now=MORNING)
    with engine.begin() as other:
        assert [] == announce_heartbeats(other, now=MORNING)


def test_a_channel_that_asks_for_none_gets_none(engine: Engine) -> None:
    """Nor one that was removed."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="silent", kind="console", config={})
        channel_id = beating(connection)
        watches.remove_channels(connection, [channel_id])
        assert [] == announce_heartbeats(connection, now=MORNING + DAY)


def test_it_counts_what_happened_and_names_what_is_wrong(engine: Engine) -> None:
    """Matches, what waits, what was given up; feeds that fail and feeds gone silent, with reasons."""
    with engine.begin() as connection:
        channel_id = beating(connection)
        watch_id = watches.put_watch(connection, name="putin", query="putin", channels=["desk"])
        (story, item), *_ = make_stories(connection, 3)
        run(connection, "UPDATE item SET seen_at = :at", at=MORNING - timedelta(seconds=14))
        run(
            connection,
            """WITH matched AS (
                   INSERT INTO match (watch_id, item_id) SELECT :watch, id FROM item
               ), made AS (
                   INSERT INTO alert (watch_id, story_id, item_id, planned_at)
                   VALUES (:watch, :story, :item, :at) RETURNING id
               )
               INSERT INTO delivery (alert_id, channel_id, message_id, state)
               SELECT id, :channel, '<x@tocsin>', 'dead' FROM made""",
            watch=watch_id,
            story=story,
            item=item,
            channel=channel_id,
            at=MORNING - timedelta(hours=1),
        )
        held.hold(
            connection,
            [
                Holding(
                    kind=HeldKind.DIGEST,
                    watch_id=watch_id,
                    story_id=story,
                    item_id=item,
                    channel="desk",
                    reason="quiet hours",
                    due_at=MORNING + DAY,
                )
            ],
        )
        broken = feeds.put_feed(connection, name="broken", url="http://broken.example/")
        hushed = feeds.put_feed(connection, name="hushed", url="http://hushed.example/")
        event = FeedEvent(kind=EventKind.SILENT, detail="nothing new for 9 days")
        events.add_events(connection, {hushed: [event]})
        run(
            connection,
            """UPDATE poll SET last_ok_at = :at, failures = CASE WHEN feed_id = :broken THEN 7 ELSE 0 END,
                   last_error = CASE WHEN feed_id = :broken THEN 'answers 500' ELSE '' END,
                   standing = CASE WHEN feed_id = :hushed THEN CAST(:silent AS jsonb) ELSE '{}' END""",
            silent='{"told": ["silent"]}',
            at=MORNING - timedelta(hours=2),
            broken=broken,
            hushed=hushed,
        )
        announce_heartbeats(connection, now=MORNING)
        told = content(connection)
    assert {"watches": 1, "matches": 3, "held": 1, "dead": 1, "feeds": 3, "healthy": 1} == {
        key: told[key] for key in ("watches", "matches", "held", "dead", "feeds", "healthy")
    }
    assert ["broken: answers 500"] == [f"{f['name']}: {f['problem']}" for f in told["failing"]]
    assert ["hushed: nothing new for 9 days"] == [
        f"{f['name']}: {f['problem']}" for f in told["silent"]
    ]
    assert MORNING - timedelta(seconds=14) == datetime.fromisoformat(told["last_item_at"])
    assert "Gazette" != told["last_outlet"] == "gazette"


def test_a_receiver_hears_it(
    engine: Engine, settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signed, as a message of its own type."""
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    hook = {
        "url": f"{receiver.url}/hook",
        "secret": "${TOCSIN_TEST_SECRET}",
        "heartbeat": "weekly thu 08:00",
    }
    with engine.begin() as connection:
        watches.put_channel(connection, name="hook", kind="webhook", config=hook)
        announce_heartbeats(connection, now=MORNING)
        planned = announce_heartbeats(connection, now=MORNING + timedelta(hours=1))
    delivering.deliver(planned)
    (sent,) = receiver.received
    data: Any = sent["data"]
    assert ("heartbeat", 0, True) == (
        sent["type"],
        data["heartbeat"]["matches"],
        data["heartbeat"]["well"],
    )
    with engine.connect() as connection:
        (alert,) = alerts.list_alerts(connection)
        assert ("heartbeat", 1) == (alert.kind, alert.sent)
        assert "heartbeat was due: 0 matches; 0 of 0 feeds healthy; no story yet" == alert.title


def test_a_feed_that_falls_silent_rings_and_stands_in_the_heartbeat(
    engine: Engine, settings: Settings, queues: Queues, publisher: Publisher
) -> None:
    """A real poll that brings nothing, long after its rhythm would have: told once, then named."""
    scheduler = Scheduler(settings, engine, queues, owner="test")

    async def poll() -> None:
        with engine.connect() as connection:
            feed = feeds.find_feed(connection, "gazette")
        assert feed is not None
        async with Net.from_settings(settings) as net:
            await scheduler.poll_now(net, feed)

    publisher.publish("one", "News", "Text. " * 20)
    with engine.begin() as connection:
        feeds.put_feed(connection, name="gazette", url=f"{publisher.url}/feed")
        keys = {"heartbeat": "hourly"}
        watches.put_channel(connection, name="desk", kind="console", config=keys)
        watches.put_watch(connection, name="hushed", query="event:silent", channels=["desk"])
    asyncio.run(poll())
    now = datetime.now(UTC)
    begun = (now - 60 * DAY).timestamp()
    hourly = learn(begin(begun), [begun + n * 3600 for n in range(1, 1000)], begun + 3_600_000)
    with engine.begin() as connection:
        run(connection, "UPDATE poll SET rhythm = :rhythm", rhythm=hourly.to_bytes())
        announce_heartbeats(connection, now=now - DAY)
    for _ in range(2):
        asyncio.run(poll())
    with engine.begin() as connection:
        assert 1 == len(announce_events(connection))
        (rung,) = alerts.list_alerts(connection)
        assert ("hushed", "feed.silent") == (rung.watch, rung.event)
        announce_heartbeats(connection, now=now)
        (silent,) = content(connection)["silent"]
    assert "gazette" == silent["name"]
    assert silent["problem"].startswith("nothing new for 18 d")
    assert "usual is one item in" in silent["problem"]
