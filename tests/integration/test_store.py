"""What stands between values and Postgres: times, odd characters, URLs, schemas."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DataError

from worker.feeds.identity import link_hash, mark_entry
from worker.model import Enclosure, Entry, Evidence, ItemState
from worker.queue import QueueError, Queues
from worker.store import feeds, items, lookup
from worker.store.engine import StoreError, dump_json, open_engine, run
from worker.store.items import NewItem
from worker.store.schema import upgrade

SEEN = datetime(2026, 3, 6, 12, 30, tzinfo=UTC)
BARE = Entry()
FULL = Entry(
    guid="g,1",
    url="https://p.example/1",
    title='A "title"; \\ and {more}',
    summary="<p>Ｓão\nPaulo</p>",
    content="NULL",
    authors=("Ann", 'Bo "B"'),
    published=SEEN,
    updated=SEEN + timedelta(microseconds=1),
    language="en",
    categories=("x, y",),
    enclosures=(Enclosure(url="https://p.example/1.mp3", type="audio/mpeg", length=9),),
    date_rule="no zone",
)


def new_item(entry: Entry, identity: str) -> NewItem:
    """An item about to be stored."""
    return NewItem(identity=identity, fingerprint="f", entry=entry, state=ItemState.FETCHED)


def stored(connection: Connection) -> list[dict[str, object]]:
    """What stands in the table, oldest first."""
    return run(connection, "SELECT * FROM item ORDER BY id")


def test_times_are_utc_whatever_the_server_thinks(database_url: str) -> None:
    """A database in another time zone gives UTC; the first day of year 1 can be read there too."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        name = run(connection, "SELECT current_database() AS name")[0]["name"]
        run(connection, f"ALTER DATABASE \"{name}\" SET timezone = 'America/New_York'")
        connection.commit()
    engine.dispose()
    with engine.connect() as connection:
        row = run(
            connection, "SELECT now() AS now, CAST('0001-01-01 00:00Z' AS timestamptz) AS first"
        )[0]
    engine.dispose()
    assert timedelta(0) == row["now"].utcoffset()
    assert datetime(1, 1, 1, tzinfo=UTC) == row["first"]


def test_what_postgres_cannot_hold_is_taken_out_at_any_depth(database_url: str) -> None:
    """NUL and lone surrogates inside the evidence of a match do not refuse the whole row."""
    evidence = (Evidence(clause="a\x00b", value="c\ud800"),)
    engine = open_engine(database_url)
    with engine.connect() as connection:
        sql = "SELECT CAST(:it AS jsonb) AS it"
        (row,) = run(connection, sql, it=dump_json([{"evidence": evidence}]))
    engine.dispose()
    one = row["it"][0]["evidence"][0]
    assert ("ab", "c?") == (one["clause"], one["value"])


def test_items_are_stored_as_they_are(engine: Engine) -> None:
    """Every column, also of entries that say nothing; known ones are left alone."""
    with engine.begin() as connection:
        first, second = (
            feeds.put_feed(connection, name=name, url=f"https://{name}.example/") for name in "ab"
        )
        new = {first: [new_item(FULL, "guid:g,1"), new_item(BARE, "hash:1")], second: []}
        owed = items.insert_items(connection, new)
        again = items.insert_items(connection, new | {second: [new_item(BARE, "hash:1")]})
        full, bare, other = stored(connection)
    assert ([first], [second]) == (list(owed), list(again))
    assert [full["id"], bare["id"]] == [one.id for one in owed[first]]
    assert [ItemState.FETCHED] * 2 == [one.state for one in owed[first]]
    expected = {
        name: getattr(FULL, name) for name in ("guid", "url", "title", "summary", "content")
    }
    assert expected == {name: full[name] for name in expected}
    assert (list(FULL.authors), list(FULL.categories)) == (full["authors"], full["categories"])
    assert (FULL.published, FULL.updated) == (full["published_at"], full["updated_at"])
    assert [{"url": "https://p.example/1.mp3", "type": "audio/mpeg", "length": 9}] == full["enclosures"]  # fmt: skip
    assert ("en", "no zone", False) == (full["language"], full["date_rule"], full["baseline"])
    assert (link_hash(FULL.url), None) == (full["link"], bare["link"])
    for row in (bare, other):
        assert {""} == {row[name] for name in (*expected, "language", "date_rule")}
        assert [None, None, [], [], []] == [
            row[name]
            for name in ("published_at", "updated_at", "authors", "categories", "enclosures")
        ]


@pytest.mark.parametrize("odd", ["\x00", "\x1f", "\ud800", "\x1f\x1f\x00"])
def test_odd_characters_in_an_item_shift_nothing(engine: Engine, odd: str) -> None:
    """Texts go to the database in one string a column: what divides them cannot be in them."""
    entry = Entry(title=f"a{odd}b", summary=odd, authors=(f"c{odd}",))
    with engine.begin() as connection:
        feed = feeds.put_feed(connection, name="a", url="https://a.example/")
        items.insert_items(connection, {feed: [new_item(entry, f"1{odd}"), new_item(FULL, "2")]})
        one, two = stored(connection)
    cleaned = odd.replace("\x00", "").replace("\x1f", "").replace("\ud800", "?")
    assert (f"a{cleaned}b", cleaned, f"1{cleaned}") == (
        one["title"],
        one["summary"],
        one["identity"],
    )
    assert (FULL.title, FULL.summary, "2") == (two["title"], two["summary"], two["identity"])


def test_a_revision_has_the_new_texts(engine: Engine) -> None:
    """Also one that says nothing any more; what stood there is kept."""
    with engine.begin() as connection:
        feed = feeds.put_feed(connection, name="a", url="https://a.example/")
        items.insert_items(connection, {feed: [new_item(FULL, "1")]})
        owed = items.revise_items(connection, {feed: [new_item(BARE, "1")]})
        (row,) = stored(connection)
        (before,) = lookup.revisions_of(connection, owed[feed][0].id)
    assert ("", "", [], None, 1) == (
        row["title"], row["url"], row["enclosures"], row["published_at"], row["revision"],
    )  # fmt: skip
    assert FULL.title == before.title


def test_what_a_feed_has_is_found_by_identity_and_by_link(engine: Engine) -> None:
    """Each feed knows its own items; a feed without any is told apart at once."""
    with engine.begin() as connection:
        first, second = (
            feeds.put_feed(connection, name=name, url=f"https://{name}.example/") for name in "ab"
        )
        items.insert_items(connection, {first: [new_item(FULL, "guid:g,1")]})
        marked = [mark_entry(FULL), mark_entry(BARE)]
        known = items.known_items(connection, {first: marked, second: marked})
        assert {first} == items.feeds_with_items(connection, [first, second])
        assert {} == items.known_items(connection, {})
    assert {"guid:g,1": "f"} == known[first].fingerprints
    ((link, (there,)),) = known[first].links.items()
    assert (link_hash(FULL.url), "guid:g,1", FULL.title) == (link, there.identity, there.title)
    assert ({}, {}) == (known[second].fingerprints, known[second].links)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://user:p@ss:hunter2/x@host/db",
        "hunter2",
    ],
)
def test_a_wrong_database_url_does_not_show_its_password(url: str) -> None:
    """Not even the part of it that stands where a port should."""
    with pytest.raises(StoreError) as refused:
        upgrade(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("url", ["redis://:hunter2/x@host:6379", "hunter2://host"])
def test_a_wrong_redis_url_does_not_show_its_password(url: str) -> None:
    """Not even the part of it that stands where a port should."""
    with pytest.raises(QueueError) as refused:
        Queues(url)
    assert "hunter2" not in str(refused.value)


def test_a_schema_from_the_future_is_refused_in_one_line(database_url: str) -> None:
    """An older Tocsin on a newer database says so and touches nothing."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        run(connection, "UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()
    with pytest.raises(StoreError, match="made by a newer one"):
        upgrade(database_url)


def test_an_error_of_the_database_does_not_tell_what_was_to_be_stored(database_url: str) -> None:
    """Secrets and whole articles are among it, and errors are logged."""
    engine = open_engine(database_url)
    with engine.begin() as connection, pytest.raises(DataError) as caught:
        run(connection, "SELECT CAST(:number AS int) + length(:secret)", number="x", secret="hush")
    engine.dispose()
    assert "invalid input syntax" in str(caught.value)
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    "numbers", [[], [1], [3, None, -1], [2**62, 0, -(2**62)], [[1, 2], [3, 4]]]
)
def test_lists_of_numbers_arrive_as_they_are(database_url: str, numbers: list[Any]) -> None:
    """Whichever way they are written."""
    engine = open_engine(database_url)
    with engine.begin() as connection:
        (row,) = run(connection, "SELECT CAST(:given AS bigint[]) AS got", given=numbers)
    engine.dispose()
    assert numbers == row["got"]
