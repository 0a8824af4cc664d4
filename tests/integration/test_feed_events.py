"""What happens to feeds rings for the watches that ask for it, once, on a real database."""

from datetime import UTC, datetime

from sqlalchemy import Connection, Engine

from worker.alerts.digest_form import summary
from worker.announcing.digests import release_digests
from worker.announcing.events import announce_events
from worker.model import Announcement, Brake, Digest, EventKind, FeedEvent, Notice, Policy
from worker.store import alerts, events, feeds, mutes, watches
from worker.store.engine import run
from worker.store.told import load_owed

FAILING = FeedEvent(
    kind=EventKind.FAILING, detail="it answered 500 since noon, and Putin knows why"
)


def prepare(engine: Engine) -> None:
    """Two feeds; watches for events, for one feed's, and for words that stand in events too."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        for name, query in (
            ("trouble", "event:failing OR event:gone"),
            ("one-feed", "event:any feed:courier"),
            ("words", "Putin OR event:silent"),
            ("articles", "Putin"),
        ):
            watches.put_watch(connection, name=name, query=query, channels=["console"])
        ids = [
            feeds.put_feed(connection, name=name, url=f"https://{name}.example/", outlet=name)
            for name in ("gazette", "courier")
        ]
        silent = FeedEvent(kind=EventKind.SILENT, detail="nothing new for 9 days")
        events.add_events(connection, {ids[0]: [FAILING], ids[1]: [silent]})


def test_an_event_rings_for_the_watches_that_ask_for_it_and_once(engine: Engine) -> None:
    """Not for watches that only share a word with it, and not a second time."""
    prepare(engine)
    with engine.begin() as connection:
        planned = announce_events(connection)
        assert [] == announce_events(connection)
        rung = {(one.watch, one.event, one.outlet) for one in alerts.list_alerts(connection)}
    assert {
        ("trouble", "feed.failing", "gazette"),
        ("one-feed", "feed.silent", "courier"),
        ("words", "feed.silent", "courier"),
    } == rung
    assert 3 == len(planned)


def test_a_delivery_tells_what_happened(engine: Engine) -> None:
    """What a channel is given: the event, told as an article with the feed's address."""
    prepare(engine)
    with engine.begin() as connection:
        claimed = load_owed(connection, announce_events(connection))
    told = next(
        one.told
        for one in claimed
        if isinstance(one.told, Announcement) and one.told.watch_name == "trouble"
    )
    assert FAILING == told.event
    assert ("gazette cannot be read", FAILING.detail, "https://gazette.example/") == (
        told.article.title,
        told.article.text,
        told.article.url,
    )


def trouble(engine: Engine, feed: str, *, policy: Policy, count: int = 3) -> None:
    """A watch for events, and so many failures of a feed."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        watches.put_watch(
            connection, name="trouble", query="event:failing", channels=["console"], policy=policy
        )
        feed_id = feeds.put_feed(connection, name=feed, url="https://x.example/", outlet=feed)
        events.add_events(connection, {feed_id: [FAILING] * count})


def held_reasons(connection: Connection) -> list[str]:
    """Why events wait."""
    return [row["reason"] for row in run(connection, "SELECT reason FROM held ORDER BY id")]


def test_a_cap_holds_events_for_a_summary(engine: Engine) -> None:
    """What comes over the cap is told when the hour ends, each once."""
    trouble(engine, "gazette", policy=Policy(cap=1))
    with engine.begin() as connection:
        assert 1 == len(announce_events(connection))
        assert ["cap of the hour reached: 1"] * 2 == held_reasons(connection)
        run(connection, "UPDATE held SET due_at = now()")
        told = release_digests(connection, now=datetime.now(UTC))
        (claimed,) = load_owed(connection, told)
        assert [] == release_digests(connection, now=datetime.now(UTC))
    assert isinstance(claimed.told, Notice)
    digest = claimed.told.content
    assert isinstance(digest, Digest)
    assert "Summary: 2 alerts for trouble" == summary(digest)
    assert [("gazette cannot be read", FAILING.detail)] * 2 == [
        (one.title, one.snippet) for one in digest.sections[0].stories
    ]


def test_a_storm_of_events_is_braked(engine: Engine) -> None:
    """By what the channel was given lately, events counted."""
    trouble(engine, "gazette", policy=Policy())
    with engine.begin() as connection:
        assert 2 == len(announce_events(connection, brake=Brake(alerts=2)))
        assert ["storm of alerts"] == held_reasons(connection)


def test_events_keep_to_digests_and_mutes(engine: Engine) -> None:
    """A watch with a digest is told there; a muted outlet's trouble is told nowhere."""
    trouble(engine, "gazette", policy=Policy(digest="hourly"), count=1)
    with engine.begin() as connection:
        assert [] == announce_events(connection)
        assert ["the watch is told by digest: hourly"] == held_reasons(connection)
        mutes.put_mute(connection, kind="outlet", value="Gazette")
        run(connection, "UPDATE held SET due_at = now()")
        assert [] == release_digests(connection, now=datetime.now(UTC))
        events.add_events(connection, {1: [FAILING]})
        assert [] == announce_events(connection)
        assert 1 == len(held_reasons(connection))
