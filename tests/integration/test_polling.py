"""The scheduler against a real feed server and a real database."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Connection, Engine

from tests.integration.newsstand import Publisher
from worker.model import EventKind, Feed, ItemState
from worker.net import Net
from worker.queue import Queues
from worker.scheduler import Scheduler
from worker.settings import Settings
from worker.store import events, feeds, items, lookup
from worker.store.engine import run


@pytest.fixture
def scheduler(settings: Settings, engine: Engine, queues: Queues) -> Scheduler:
    """A scheduler that polls when told to."""
    return Scheduler(settings, engine, queues, owner="test")


def add_feed(engine: Engine, publisher: Publisher, *, backfill: int = 0) -> str:
    """Add the publisher's feed."""
    with engine.begin() as connection:
        feeds.put_feed(connection, name="gazette", url=f"{publisher.url}/feed", backfill=backfill)
    return "gazette"


def read_feed(engine: Engine) -> Feed:
    """The feed as stored."""
    with engine.connect() as connection:
        found = feeds.find_feed(connection, "gazette")
    assert found is not None
    return found


def poll(scheduler: Scheduler, engine: Engine, settings: Settings) -> str:
    """Poll the feed once."""

    async def once() -> str:
        async with Net.from_settings(settings) as net:
            return await scheduler.poll_now(net, read_feed(engine))

    return asyncio.run(once())


def test_first_poll_is_a_silent_baseline(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """What a feed held when it was added is stored, marked, and its pages are left alone."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    publisher.publish("two", "Вторая новость", "Другой текст. " * 20)
    add_feed(engine, publisher)
    assert "gazette: 2 new items (a silent baseline), 0 revised." == poll(
        scheduler, engine, settings
    )
    with engine.connect() as connection:
        stored = lookup.list_items(connection)
    assert {(True, ItemState.FETCHED)} == {(item.baseline, item.state) for item in stored}


def test_what_comes_after_the_baseline_is_new(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher, queues: Queues
) -> None:
    """A later entry is discovered and wakes a worker of the fetch queue."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    publisher.publish("two", "Вторая новость", "Другой текст. " * 20)
    poll(scheduler, engine, settings)
    with engine.connect() as connection:
        newest = lookup.list_items(connection)[0]
    assert ("Вторая новость", False, ItemState.DISCOVERED) == (
        newest.entry.title,
        newest.baseline,
        newest.state,
    )
    assert 1 == queues.depths()["fetch"]


def test_backfill_counts_the_newest_as_new(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """With ``backfill: 2`` two of three present entries are news."""
    for number in range(3):
        publisher.publish(f"s{number}", f"Новость {number}", f"Текст номер {number}. " * 20)
    add_feed(engine, publisher, backfill=2)
    poll(scheduler, engine, settings)
    with engine.connect() as connection:
        stored = lookup.list_items(connection)
    assert [False, False, True] == sorted(item.baseline for item in stored)


def test_validators_are_resent_and_304_is_cheap(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """The second poll carries the ETag of the first; a 304 is a healthy poll."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    assert "gazette: answered 304, nothing has changed." == poll(scheduler, engine, settings)
    assert ["", publisher.state.conditional[1]] == publisher.state.conditional
    assert publisher.state.conditional[1] != ""
    assert (304, 0) == (read_feed(engine).last_status, read_feed(engine).failures)


def test_an_edit_is_a_revision_of_the_same_item(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """A changed headline goes through the workers again as the same row."""
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    poll(scheduler, engine, settings)
    publisher.edit("one", "Первая новость, исправлено", "Новый текст. " * 20)
    assert "gazette: 0 new items, 1 revised." == poll(scheduler, engine, settings)
    with engine.connect() as connection:
        stored = lookup.list_items(connection)
    assert [("Первая новость, исправлено", 1)] == [(i.entry.title, i.revision) for i in stored]


def test_a_failing_feed_is_tried_again_later_and_says_why(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """A 500 counts as a failure; the next good poll forgets it."""
    add_feed(engine, publisher)
    publisher.state.feed_status = 500
    assert "gazette: the server answered 500" == poll(scheduler, engine, settings)
    failing = read_feed(engine)
    assert (1, "the server answered 500") == (failing.failures, failing.last_error)
    publisher.state.feed_status = 200
    poll(scheduler, engine, settings)
    assert (0, "") == (read_feed(engine).failures, read_feed(engine).last_error)


def test_a_web_page_is_not_a_feed(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """A feed that turns into a web page fails with a reason, and keeps what it knew."""
    add_feed(engine, publisher)
    publisher.state.feed_body = b"<!doctype html><html><body><p>Hello</p></body></html>"
    assert "web page" in poll(scheduler, engine, settings)
    assert "web page" in read_feed(engine).last_error


def test_two_schedulers_never_claim_the_same_feed(engine: Engine) -> None:
    """Claims of two open transactions do not overlap, and a claimed feed is not due."""
    with engine.begin() as connection:
        for number in range(10):
            feeds.put_feed(connection, name=f"f{number}", url=f"http://{number}.example.org/")
    lease = timedelta(seconds=60)
    with engine.connect() as one, engine.connect() as two:
        first = feeds.claim_due(one, owner="one", limit=6, lease=lease)
        second = feeds.claim_due(two, owner="two", limit=6, lease=lease)
        one.commit()
        two.commit()
        third = feeds.claim_due(two, owner="three", limit=6, lease=lease)
        two.rollback()
    assert (6, 4, 0) == (len(first), len(second), len(third))
    assert set() == {feed.id for feed in first} & {feed.id for feed in second}


@pytest.mark.parametrize("meanwhile", ["another claimed it", "removed", "moved"])
def test_a_poll_whose_claim_was_lost_stores_nothing(
    scheduler: Scheduler,
    engine: Engine,
    settings: Settings,
    publisher: Publisher,
    meanwhile: str,
) -> None:
    """What an operator or a successor did to the feed while it was polled is not written over."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    add_feed(engine, publisher)

    def change(feed: Feed) -> None:
        with engine.begin() as connection:
            if meanwhile == "removed":
                feeds.remove_feeds(connection, [feed.id])
            elif meanwhile == "moved":
                feeds.put_feed(
                    connection, feed_id=feed.id, name=feed.name, url="http://example.org/other"
                )
            else:
                run(connection, "UPDATE poll SET lease_owner = 'somebody else'")

    async def slow() -> str:
        async with Net.from_settings(settings) as net:
            feed = read_feed(engine)
            with engine.begin() as connection:
                assert feeds.claim_feed(connection, feed.id, owner="test", lease=settings.lease)
            async with scheduler._parsers() as parsers:
                asked = await scheduler._asker(net, parsers).ask(feed)
            change(feed)
            return scheduler._store_one(asked)

    assert "nothing was stored" in asyncio.run(slow())
    with engine.connect() as connection:
        assert [] == lookup.list_items(connection)
        (feed,) = run(connection, "SELECT etag, last_polled_at FROM poll")
    assert {"etag": None, "last_polled_at": None} == feed


def test_what_came_while_a_feed_was_removed_does_not_ring(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """Added again, a feed knows its items, and those it has not seen are a baseline."""
    publisher.publish("one", "Первая новость", "Текст новости. " * 20)
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    with engine.begin() as connection:
        feeds.remove_feeds(connection, [read_feed(engine).id])
    publisher.publish("two", "Вторая новость", "Другой текст. " * 20)
    add_feed(engine, publisher)
    assert "gazette: 1 new items (a silent baseline), 0 revised." == poll(
        scheduler, engine, settings
    )


def test_a_feed_being_polled_is_not_due_again_at_once(engine: Engine) -> None:
    """The scheduler sleeps while a slow feed is polled instead of looking all the time."""
    with engine.begin() as connection:
        feeds.put_feed(connection, name="slow", url="http://example.org/slow")
        feeds.claim_due(connection, owner="one", limit=1, lease=timedelta(seconds=60))
        due = feeds.next_due(connection)
        (row,) = run(connection, "SELECT now() + interval '50 seconds' AS soon")
    assert due is not None
    assert due > row["soon"]


def dated(entries: int, *, prefix: str, day: int = 1) -> bytes:
    """A feed document of entries with guids and links of a kind, all of one day each."""
    items = "".join(
        f"<item><guid>{prefix}-{n}</guid><link>https://gazette.example/{prefix}/{n}</link>"
        f"<title>Story {n} of {prefix}</title><description>Text {n}.</description>"
        f"<pubDate>Mon, {day:02} Jan 2024 {n:02}:00:00 GMT</pubDate></item>"
        for n in range(entries)
    )
    return f'<rss version="2.0"><channel><title>G</title>{items}</channel></rss>'.encode()


def item_states(engine: Engine) -> dict[str, int]:
    """How many items are in which state, baselines apart."""
    with engine.connect() as connection:
        rows = run(
            connection,
            "SELECT state || CASE WHEN baseline THEN ' baseline' ELSE '' END AS state,"
            " count(*) AS n FROM item GROUP BY 1",
        )
    return {row["state"]: row["n"] for row in rows}


@pytest.mark.parametrize(
    ("act", "after"),
    [
        (items.release_items, {"fetched baseline": 10, "discovered": 10}),
        (items.absorb_items, {"fetched baseline": 20}),
    ],
)
def test_a_flood_is_held_until_somebody_decides(
    scheduler: Scheduler,
    engine: Engine,
    settings: Settings,
    publisher: Publisher,
    act: Callable[[Connection, int], int],
    after: dict[str, int],
) -> None:
    """Ten old entries under new guids and links ring for nobody, and it is told once."""
    publisher.state.feed_body = dated(10, prefix="a")
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    publisher.state.feed_body = dated(10, prefix="b")
    poll(scheduler, engine, settings)
    assert {"fetched baseline": 10, "held": 10} == item_states(engine)
    publisher.state.feed_body = dated(10, prefix="b").replace(b"b-", b"c-").replace(b"/b/", b"/c/")
    poll(scheduler, engine, settings)  # the same texts under other names again
    assert {"fetched baseline": 10, "held": 10} == item_states(engine)
    with engine.begin() as connection:
        told = events.list_events(connection)
        assert [EventKind.FLOOD] == [event.kind for event in told]
        assert 10 == act(connection, read_feed(engine).id)
    assert after == item_states(engine)


def test_what_an_item_said_before_an_edit_is_kept(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """Each former text with its number; the item itself has the new one."""
    publisher.publish("one", "First", "Text of the first kind. " * 20)
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    for title in ("Second", "Third"):
        publisher.edit("one", title, f"Text of {title}. " * 20)
        poll(scheduler, engine, settings)
    with engine.connect() as connection:
        (item,) = lookup.list_items(connection)
        former = lookup.revisions_of(connection, item.id)
    assert ("Third", [(0, "First"), (1, "Second")]) == (
        item.entry.title,
        [(one.number, one.title) for one in former],
    )


def test_a_second_entry_of_a_guid_that_is_known_alone_is_told_by_the_whole_document(
    scheduler: Scheduler, engine: Engine, settings: Settings, publisher: Publisher
) -> None:
    """The unseen entry alone would look like an edit of the one that was seen."""
    entry = "<item><guid>same</guid><link>https://g.example/{0}</link><title>{0}</title></item>"
    frame = '<rss version="2.0"><channel><title>G</title>{}</channel></rss>'
    publisher.state.feed_body = frame.format(entry.format("one")).encode()
    add_feed(engine, publisher)
    poll(scheduler, engine, settings)
    publisher.state.feed_body = frame.format(entry.format("two") + entry.format("one")).encode()

    async def run_until_polled() -> None:
        stop = asyncio.Event()
        with engine.begin() as connection:
            run(connection, "UPDATE poll SET due_at = now()")
            run(connection, "UPDATE host SET free_at = now(), busy_until = NULL")
        running = asyncio.create_task(scheduler.run(stop))
        for _ in range(200):
            await asyncio.sleep(0.05)
            if 2 == sum(item_states(engine).values()):
                break
        stop.set()
        await running

    asyncio.run(run_until_polled())
    assert {"fetched baseline": 1, "discovered": 1} == item_states(engine)
