"""Searching the archive: what the live matcher would match, wherever it lies."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine

from tests.integration.archive import Archive, mention, putin
from tests.integration.command import Run, one_line
from worker.alerts.rehearsal import Past
from worker.cli.entities.app import Register
from worker.cli.watches.hints import known_names
from worker.cli.watches.trial import matches_in
from worker.model import Entity, Kind, Watch
from worker.search import Found, search
from worker.store import entities, history
from worker.store import search as store
from worker.store.engine import run
from worker.watches.matcher import Matcher
from worker.watches.query import Find
from worker.watches.resolve import read_query

TEXTS = (
    "Vladimir Putin spoke of sanctions in the Kremlin.",
    "A strike closed the port of Rotterdam; sanctions were not the reason.",
    "The prime minister of Spain met farmers. A prime example, minister!",
    "Elections in Moldova: observers saw long queues.",
    "An election was called. Putin said nothing.",
    "Gas prices fell in Europe, and oil with them.",
)
QUERIES = (
    *("sanctions", "sanction*", "elections", '"prime minister"', "prime NEAR/1 minister", "san*"),
    *('person:"Vladimir Putin"', "person:Putin election", "election NOT putin", "gas oil OR port"),
    *("feed:gazette", "feed:courier elections", "tag:world sanctions", "title:report gas"),
    *("outlets >= 2 sanctions", "lang:en NOT sanctions", "published > -30d gas", "text:spain"),
    *("title:gas sanctions", "sanctions NOT title:report", "mentions(person:Putin) >= 2"),
    *("salience(person:Putin) > 0.1 election", "title:report OR salience(person:Putin) > 0.99"),
    *("mentions(person:Putin) >= 1", "putin ~s kremlin", "=Elections", "=elections", "lang:fr gas"),
)
NUMBER = 60


@pytest.fixture
def archive(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Archive:
    """Sixty articles of two feeds in buckets of eight items, six looked through one by one."""
    monkeypatch.setattr(store, "BUCKET_BITS", 3)
    monkeypatch.setattr(store, "FIRST", 6)
    made = Archive(engine)
    stories: list[int] = []
    for number in range(NUMBER):
        text = f"{TEXTS[number % len(TEXTS)]} Number {number}."
        named = (putin(text),) if "Putin" in text else ()
        item = made.add(
            f"Report {number}",
            text,
            ago=timedelta(hours=NUMBER - number),
            feed="gazette" if number % 3 else "courier",
            mentions=named,
            story=stories[-1] if number % 4 == 1 else None,
        )
        stories.append(made.story_of(item))
    with engine.begin() as connection:
        run(connection, """UPDATE feed SET tags = '["world"]' WHERE name = 'courier'""")
    return made


def find_all(
    connection: Connection, query: str, find: Find | None = None, **options: object
) -> Found:
    """Search as the command does."""
    find = find or known_names(connection)
    return search(connection, find, read_query(query, find), **{"limit": 1000} | options)  # type: ignore[arg-type]


def everything(connection: Connection) -> list[Past]:
    """All articles."""
    long_ago = datetime(2000, 1, 1, tzinfo=UTC)
    return [past for batch in history.past_articles(connection, long_ago) for past in batch]


def naively(pasts: list[Past], query: str, find: Find) -> list[int]:
    """What the matcher finds in all articles, the newest first."""
    matcher = Matcher([Watch(id=1, name="", query=query)], find)
    outlets: dict[int | None, set[str]] = {}
    for past in pasts:
        outlets.setdefault(past.story_id, set()).add(past.article.outlet)
    return sorted(
        (
            past.item_id
            for past in pasts
            if matches_in(matcher, past, outlets=len(outlets[past.story_id]))
        ),
        reverse=True,
    )


def test_a_search_finds_what_matching_every_article_finds(engine: Engine, archive: Archive) -> None:
    """Through all windows and buckets, with words, names, facts, figures and NOT."""
    assert archive.feeds
    with engine.begin() as connection:
        pasts, find = everything(connection), known_names(connection)
        for query in QUERIES:
            found = find_all(connection, query, find)
            assert naively(pasts, query, find) == [one.item_id for one in found.samples], query
            assert found.whole


def test_articles_from_before_the_index_are_found_too(engine: Engine, archive: Archive) -> None:
    """They are read one by one, until tocsin db index gives them their numbers."""
    assert archive.feeds
    with engine.begin() as connection:
        run(connection, "DELETE FROM search WHERE item_id <= 40")
        run(connection, "DELETE FROM search WHERE item_id = 5")
        store.set_unindexed(connection, 40)
        pasts, find = everything(connection), known_names(connection)
        for query in QUERIES[:6]:
            found = [one.item_id for one in find_all(connection, query, find).samples]
            assert naively(pasts, query, find) == found, query


def test_the_index_is_made_up_for(engine: Engine, archive: Archive, tocsin: Run) -> None:
    """By a command that may be run twice."""
    assert archive.feeds
    with engine.begin() as connection:
        before = run(connection, "SELECT * FROM search ORDER BY item_id")
        run(connection, "DELETE FROM search WHERE item_id <= 40")
        store.set_unindexed(connection, 40)
    assert "40 articles" in tocsin("db", "index").stdout
    assert "All articles" in tocsin("db", "index").stdout
    with engine.connect() as connection:
        assert before == run(connection, "SELECT * FROM search ORDER BY item_id")
        assert 0 == store.unindexed(connection)


def test_times_bound_a_search(engine: Engine, archive: Archive) -> None:
    """What was seen at these moments and in between."""
    assert archive.feeds
    now = datetime.now(UTC)
    with engine.begin() as connection:
        found = find_all(
            connection,
            "number",
            since=now - timedelta(hours=20, minutes=30),
            until=now - timedelta(hours=9, minutes=30),
        )
    assert list(range(51, 40, -1)) == [one.item_id for one in found.samples]


def test_a_search_ends_when_it_has_found_enough_or_is_told_to(
    engine: Engine, archive: Archive
) -> None:
    """And says how far it came."""
    assert archive.feeds
    with engine.begin() as connection:
        found = find_all(connection, "sanctions", limit=3)
        assert (3, False, True) == (len(found.samples), found.whole, found.enough)
        assert found.back_to == found.samples[-1].seen_at
        looked = iter(range(10))
        found = find_all(connection, "san* NOT number", is_over=lambda: next(looked) == 9)
        assert (0, 10, False, False) == (
            len(found.samples),
            found.read,
            found.whole,
            found.enough,
        )
        assert found.back_to is not None


def test_who_turns_out_to_be_somebody_is_found_under_the_new_name(
    engine: Engine, archive: Archive
) -> None:
    """Mentions that are renamed are searched by their new names at once."""
    text = "Jane Roe resigned."
    item = archive.add(
        "Resignation", text, mentions=(mention(Kind.PERSON, "person:jane-roe", "Jane Roe", text),)
    )
    roe = Entity(kind=Kind.PERSON, key="person:q42", name="Jane Q. Roe", aliases=("Jane Roe",))
    with engine.begin() as connection:
        entities.put_entities(connection, [roe], source="test")
        entities.rename_mentions(connection, {"person:jane-roe": roe})
        found = find_all(connection, 'person:"Jane Q. Roe"')
    assert [item] == [one.item_id for one in found.samples]


def test_the_command_shows_what_matched(archive: Archive, tocsin: Run) -> None:
    """With the words that matched marked, and how far the search went."""
    assert archive.feeds
    shown = tocsin("items", "search", "sanctions", "-n", "2").stdout
    assert 2 == shown.count("*sanctions*")
    assert "2 articles; searched back to" in shown
    told = json.loads(tocsin("items", "search", "moldova", "--json").stdout)
    assert (10, True) == (len(told["items"]), told["whole"])
    assert told["items"][0]["highlights"]
    assert "Nothing matched" in tocsin("items", "search", "zeppelin").stdout


@pytest.mark.parametrize(
    ("query", "said"),
    [("spike(putin) > 3", "rate"), ("event:failing", "no article")],
)
def test_what_cannot_be_searched_says_why(tocsin: Run, query: str, said: str) -> None:
    """One line, with the mend."""
    done = tocsin("items", "search", query)
    assert said in one_line(done)


def test_whom_tocsin_knows_is_read_for_a_query_that_names_somebody(
    engine: Engine, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One of words alone does without, and without what articles name."""
    assert archive.feeds

    def unwanted(*_: object) -> None:
        raise AssertionError

    with engine.begin() as connection, monkeypatch.context() as patched:
        patched.setattr(Register, "gazetteer", property(unwanted))
        patched.setattr(history, "load_mentions", unwanted)
        assert find_all(connection, "item NOT gas").whole
        with pytest.raises(AssertionError):
            find_all(connection, "person:Putin")
