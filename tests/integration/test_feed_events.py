"""What happens to feeds rings for the watches that ask for it, once, on a real database."""

from sqlalchemy import Engine

from worker.announcing.events import announce_events
from worker.model import Announcement, EventKind, FeedEvent
from worker.store import alerts, events, feeds, watches
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
