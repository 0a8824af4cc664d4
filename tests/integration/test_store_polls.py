"""Claims of feeds and turns at hosts, on the real database."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import Engine

from worker.model import (
    EventKind,
    Feed,
    FeedEvent,
    FeedOptions,
    FeedState,
    PollOutcome,
    PollPlan,
    Spacing,
)
from worker.store import events, feeds, hosts
from worker.store.engine import open_engine, run
from worker.store.feeds import PollRecord

LEASE = timedelta(seconds=60)
GAP = timedelta(seconds=1)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """The database of one test."""
    opened = open_engine(database_url)
    yield opened
    opened.dispose()


def put(engine: Engine, *urls: str, **options: object) -> list[int]:
    """Add feeds; gives their ids."""
    with engine.begin() as connection:
        return [
            feeds.put_feed(connection, name=f"f{url}", url=url, **options)  # type: ignore[arg-type]
            for url in urls
        ]


def claim(engine: Engine, owner: str = "one", limit: int = 50) -> list[Feed]:
    """Claim what is due."""
    with engine.begin() as connection:
        return feeds.claim_due(connection, owner=owner, limit=limit, lease=LEASE, gap=GAP)


def record(feed: Feed, plan: PollPlan | None = None, **outcome: object) -> PollRecord:
    """Make what is written down of a poll with a document."""
    return PollRecord(
        feed=feed,
        outcome=PollOutcome(status=200, **outcome),  # type: ignore[arg-type]
        plan=plan or PollPlan(next_poll_at=LATER, reason="every now and then", failures=0),
        etag=b'"a\xff"',
        last_modified=b"yesterday",
        body_hash=b"12345678",
        entry_hashes=b"abcdefgh",
        title="A feed",
    )


def write(engine: Engine, *records: PollRecord, owner: str = "one") -> set[int]:
    """Write polls down."""
    with engine.begin() as connection:
        return feeds.record_polls(connection, owner, records)


def read(engine: Engine, feed_id: int) -> Feed:
    """Read one feed."""
    with engine.connect() as connection:
        return next(feed for feed in feeds.all_feeds(connection) if feed.id == feed_id)


def test_of_one_host_one_feed_is_claimed_and_the_others_wait_in_a_row(engine: Engine) -> None:
    """The others are put off, each a gap after the one before: nobody spins."""
    put(engine, *(f"https://a.example/{n}" for n in range(4)), "https://b.example/")
    first = claim(engine)
    assert ["a.example", "b.example"] == sorted(feed.host for feed in first)
    assert [] == claim(engine, "two")
    with engine.connect() as connection:
        waits = [
            row["wait"].total_seconds()
            for row in run(
                connection,
                "SELECT due_at - now() AS wait FROM poll WHERE lease_owner = '' ORDER BY due_at",
            )
        ]
    assert 3 == len(waits)
    assert [1, 1] == [round(later - earlier) for earlier, later in pairwise(waits)]


def test_a_turn_that_ended_is_followed_by_a_gap(engine: Engine) -> None:
    """A host is not asked again before its gap, or its own crawl delay, has passed."""
    put(engine, "https://a.example/1", "https://a.example/2", "https://b.example/1")
    with engine.begin() as connection:
        hosts.set_crawl_delays(connection, {"b.example": timedelta(hours=1)})
    claim(engine)
    with engine.begin() as connection:
        done = [hosts.HostDone(host="a.example"), hosts.HostDone(host="b.example")]
        hosts.give_back_hosts(
            connection, done, owner="one", spacing=Spacing(gap=timedelta(minutes=5))
        )
        again = hosts.take_hosts(
            connection, ["a.example", "b.example", "c.example"], owner="two", lease=LEASE, gap=GAP
        )
    assert again.pop("c.example") is None
    waits = {name: round(wait.total_seconds() / 60) for name, wait in again.items() if wait}
    assert {"a.example": 5, "b.example": 60} == waits


def test_the_turn_of_a_dead_process_ends_with_its_lease(engine: Engine) -> None:
    """Somebody else takes it over then, and the dead one gives nothing back any more."""
    with engine.begin() as connection:
        short = timedelta(microseconds=1)
        taken = hosts.take_hosts(connection, ["a.example"], owner="dead", lease=short, gap=GAP)
        assert {"a.example": None} == taken
    with engine.begin() as connection:
        taken = hosts.take_hosts(connection, ["a.example"], owner="two", lease=LEASE, gap=GAP)
        assert {"a.example": None} == taken
    with engine.begin() as connection:
        hosts.give_back_hosts(
            connection, [hosts.HostDone(host="a.example")], owner="dead", spacing=Spacing()
        )
        taken = hosts.take_hosts(connection, ["a.example"], owner="three", lease=LEASE, gap=GAP)
        assert taken["a.example"] is not None


def test_a_turn_nobody_knows_of_ends_while_others_are_kept(engine: Engine) -> None:
    """The answer to a claim was lost with its connection: its owner keeps what it knows of, not that."""
    put(engine, "https://a.example/", "https://b.example/")
    known, lost = claim(engine)
    short = timedelta(microseconds=1)
    with engine.begin() as connection:
        hosts.take_hosts(connection, ["c.example"], owner="one", lease=short, gap=GAP)
        run(connection, "UPDATE poll SET due_at = now()")
        run(connection, "UPDATE host SET busy_until = now()")
        feeds.renew(connection, [known.id], owner="one", lease=LEASE, turns=["c.example"])
    assert [lost.id] == [feed.id for feed in claim(engine, "two")]
    with engine.begin() as connection:
        taken = hosts.take_hosts(connection, ["c.example"], owner="two", lease=LEASE, gap=GAP)
    assert taken["c.example"] is not None


def limit(engine: Engine, *names: str, owner: str = "one") -> None:
    """End the turns at hosts that answered 429."""
    with engine.begin() as connection:
        done = [hosts.HostDone(host=name, limited=True) for name in names]
        hosts.give_back_hosts(connection, done, owner=owner, spacing=Spacing())


def test_hosts_of_a_domain_share_a_turn_only_once_two_of_them_limit_us(engine: Engine) -> None:
    """One that limits us is its own matter; with a second the domain is; a quiet day ends it."""
    a, b, c = names = [f"{one}.news.example" for one in "abc"]
    put(engine, *(f"https://{name}/{n}" for name in names for n in range(2)))
    assert set(names) == {feed.host for feed in claim(engine)}
    limit(engine, a)
    with engine.begin() as connection:
        assert 0 == hosts.narrow_quiet(connection, quiet=timedelta(days=1))
    limit(engine, b)
    with engine.begin() as connection:
        run(connection, "UPDATE poll SET due_at = now() WHERE lease_owner = ''")
        run(connection, "UPDATE host SET free_at = now(), line_until = NULL")
    assert ["*.news.example"] == [feed.host for feed in claim(engine)]  # and c is still asked
    with engine.begin() as connection:
        pages = hosts.take_hosts(connection, [a, b, c], owner="two", lease=LEASE, gap=GAP)
        assert None not in pages.values()
        assert 0 == hosts.narrow_quiet(connection, quiet=timedelta(days=1))
        assert 2 == hosts.narrow_quiet(connection, quiet=timedelta(0))
        pages = hosts.take_hosts(connection, [a, b, c], owner="two", lease=LEASE, gap=GAP)
        assert {a: None, b: None} == {name: at for name, at in pages.items() if name != c}
    limit(engine, "*.news.example")
    limit(engine, c)
    with engine.begin() as connection:
        scopes = run(connection, "SELECT name, scope FROM host WHERE scope IS NOT NULL")
    assert dict.fromkeys(names, "*.news.example") == {row["name"]: row["scope"] for row in scopes}


def test_those_who_wait_longest_come_first(engine: Engine) -> None:
    """Feeds in line keep their order: one that becomes due later does not overtake them."""
    early = put(engine, *(f"https://a.example/{n}" for n in range(3)))
    (first,) = claim(engine)
    late = put(engine, "https://a.example/late")
    order = [first.id]
    for _ in range(3):
        assert [] == claim(engine)
        with engine.begin() as connection:
            done = [hosts.HostDone(host="a.example")]
            hosts.give_back_hosts(connection, done, owner="one", spacing=Spacing())
            run(
                connection,
                """UPDATE poll SET due_at = now() WHERE feed_id = (SELECT feed_id FROM poll
                   WHERE lease_owner = '' ORDER BY due_at LIMIT 1)""",
            )
            run(connection, "UPDATE host SET free_at = now()")
        (feed,) = claim(engine)
        order.append(feed.id)
    assert [*early, *late] == order


def test_a_line_is_as_fast_as_its_host(engine: Engine) -> None:
    """Where a turn takes ten seconds, those who wait do not come every second to ask again."""
    put(engine, *(f"https://a.example/{n}" for n in range(4)))
    claim(engine)
    with engine.begin() as connection:
        run(connection, "UPDATE host SET taken_at = now() - interval '9 seconds'")
    with engine.begin() as connection:
        done = [hosts.HostDone(host="a.example")]
        hosts.give_back_hosts(connection, done, owner="one", spacing=Spacing())
        run(connection, "UPDATE poll SET due_at = now(), in_line = false WHERE lease_owner = ''")
    claim(engine)
    with engine.connect() as connection:
        rows = run(
            connection,
            "SELECT due_at - now() AS wait FROM poll WHERE lease_owner = '' ORDER BY due_at",
        )
    waits = [row["wait"].total_seconds() for row in rows]
    assert [10, 10] == [round(later - earlier) for earlier, later in pairwise(waits)]


def test_an_unchanged_poll_leaves_what_is_kept_of_the_document(engine: Engine) -> None:
    """A first poll writes validators and hashes byte for byte; an unchanged one leaves them."""
    (feed_id,) = put(engine, "https://a.example/")
    (feed,) = claim(engine)
    assert {feed_id} == write(engine, record(feed))
    kept = read(engine, feed_id)
    assert (b'"a\xff"', b"yesterday", b"abcdefgh") == (
        kept.etag,
        kept.last_modified,
        kept.entry_hashes,
    )
    assert ("A feed", LATER) == (kept.title, kept.next_poll_at)
    with engine.begin() as connection:
        assert feeds.claim_feed(connection, feed_id, owner="one", lease=LEASE)
    assert record(kept).unchanged
    soon = LATER + timedelta(days=1)
    plan = PollPlan(next_poll_at=soon, reason="later", failures=0, history=b"h")
    assert {feed_id} == write(engine, record(kept, plan))
    after = read(engine, feed_id)
    assert (
        replace(
            kept,
            next_poll_at=soon,
            reason="later",
            history=b"h",
            last_polled_at=after.last_polled_at,
            last_ok_at=after.last_ok_at,
        )
        == after
    )


def test_a_poll_whose_claim_was_lost_is_not_written(engine: Engine) -> None:
    """Whoever lost a claim writes nothing; a feed paused meanwhile stays paused."""
    (feed_id,) = put(engine, "https://a.example/")
    (feed,) = claim(engine)
    assert set() == write(engine, record(feed), owner="two")
    with engine.begin() as connection:
        feeds.set_state(connection, feed_id, FeedState.PAUSED)
    assert {feed_id} == write(engine, record(feed))
    with engine.connect() as connection:
        assert feeds.next_due(connection) is None
    with engine.begin() as connection:
        feeds.set_state(connection, feed_id, FeedState.ACTIVE)
        assert feeds.next_due(connection) == LATER


def test_a_feed_that_moved_is_polled_at_its_new_address(engine: Engine) -> None:
    """The old address stays as an alias; one that another feed has is not taken."""
    ids = put(engine, "https://old.example/f", "https://taken.example/f")
    claimed = {feed.id: feed for feed in claim(engine)}
    moved = (FeedEvent(kind=EventKind.MOVED, detail="moved to https://new.example/f"),)
    plan = PollPlan(
        next_poll_at=LATER, reason="", failures=0, url="https://new.example/f", events=moved
    )
    write(engine, record(claimed[ids[0]], plan))
    feed = read(engine, ids[0])
    assert ("https://new.example/f", ("https://old.example/f",)) == (feed.url, feed.aliases)
    assert "new.example" == feed.host
    write(engine, record(claimed[ids[1]], plan))
    assert "https://taken.example/f" == read(engine, ids[1]).url
    with engine.connect() as connection:
        told = [event.detail for event in events.list_events(connection)]
    assert [
        "moved to https://new.example/f, which is polled already as fhttps://old.example/f",
        "moved to https://new.example/f",
    ] == told


def test_another_url_is_another_baseline(engine: Engine) -> None:
    """What a new address offers at first is as old as what a new feed does."""
    (feed_id,) = put(engine, "https://a.example/")
    (feed,) = claim(engine)
    write(engine, record(feed))
    options = FeedOptions(robots=False, silent_after=timedelta(hours=3), headers={"x": "${Y}"})
    with engine.begin() as connection:
        feeds.put_feed(
            connection, name="f", url="https://b.example/", feed_id=feed_id, options=options
        )
    changed = read(engine, feed_id)
    assert (None, None, b"") == (changed.first_polled_at, changed.etag, changed.entry_hashes)
    assert ("b.example", options) == (changed.host, changed.options)


def test_overdue_feeds_are_spread_after_an_outage(engine: Engine) -> None:
    """The oldest stay due, the others come in their time; new feeds wait for nobody."""
    ids = put(engine, *(f"https://h{n}.example/" for n in range(10)))
    with engine.begin() as connection:
        run(connection, "UPDATE poll SET last_polled_at = now(), due_at = now() - interval '9h'")
        assert 7 == feeds.spread_overdue(connection, over=timedelta(hours=1), keep=3)
    assert 3 == len(claim(engine))
    assert 10 == len(ids)
