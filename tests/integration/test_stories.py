"""Stories on a real database: what many workers do at once makes no twins."""

import itertools
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.integration.command import Run, one_line
from worker.jobs.assigning import assign_stories
from worker.model import Article, Entry, ItemState
from worker.store import feeds, items, stories, watches
from worker.store.engine import open_engine, run
from worker.store.items import NewItem
from worker.store.storylines import (
    list_stories,
    merge_stories,
    resolve,
    show_story,
    split_story,
)
from worker.stories import Rarity, features, keys_of

WINDOW = timedelta(days=3)
NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


def text_of(report: int) -> str:
    """A report unlike the others."""
    rng = random.Random(report)
    return " ".join("".join(rng.choices("bdfgklmnprstaeiou", k=7)) for _ in range(120))


def arrival(item_id: int, report: int, outlet: str) -> stories.Arrival:
    """A copy of a report, a little edited."""
    text = f"{outlet} {text_of(report)}"
    article = Article(title=f"Report {text.split()[3]}", text=text, outlet=outlet)
    found = features(article, (), NOW)
    return stories.Arrival(
        item_id=item_id,
        title=article.title,
        outlet=outlet,
        features=found,
        keys=keys_of(found, Rarity()),
    )


@pytest.fixture
def add(engine: Engine) -> Callable[[int], list[int]]:
    """Stores so many items; gives their ids."""
    with engine.begin() as connection:
        feed = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
    numbers = itertools.count()

    def adding(count: int) -> list[int]:
        new = [
            NewItem(
                identity=f"guid:{next(numbers)}",
                fingerprint="1",
                entry=Entry(title="A title"),
                state=ItemState.TAGGED,
            )
            for _ in range(count)
        ]
        with engine.begin() as connection:
            return [one.id for one in items.insert_items(connection, {feed: new})[feed]]

    return adding


def assign(engine: Engine, *arrivals: stories.Arrival) -> list[int]:
    """Assign some articles together; gives their stories."""
    assign_stories(engine, arrivals, Rarity(), window=WINDOW)
    ids = [one.item_id for one in arrivals]
    with engine.connect() as connection:
        found = stories.story_ids(connection, ids)
    return [found[one] for one in ids]


WORKER = """
import json, sys
from tests.integration.test_stories import work
for line in sys.stdin:
    work(*json.loads(line))
    print(flush=True)
"""


def work(url: str, outlet: str, chunk: list[tuple[int, int]]) -> None:
    """What a worker does with (item, report) pairs."""
    engine = open_engine(url, size=2)
    arrivals = [arrival(item, report, outlet) for item, report in chunk]
    assign_stories(engine, arrivals, Rarity(), window=WINDOW)
    engine.dispose()


def test_workers_that_store_copies_at_once_make_no_twins(
    engine: Engine, database_url: str, add: Callable[[int], list[int]]
) -> None:
    """Four processes bring copies of the same reports at the same moments, twelve times."""
    workers, rounds = 4, 12
    ids = iter(add(workers * rounds * 3))
    running = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": ":".join(sys.path)},
        )
        for _ in range(workers)
    ]
    report_of: dict[int, int] = {}
    for number in range(rounds):
        for worker, one in enumerate(running):
            chunk = [(next(ids), report) for report in (2 * number, 2 * number + 1, 2 * number)]
            report_of |= chunk
            assert one.stdin
            print(json.dumps([database_url, f"outlet {worker}", chunk]), file=one.stdin, flush=True)
        for one in running:
            assert one.stdout
            assert one.stdout.readline()
    for one in running:
        one.communicate(timeout=30)
    with engine.connect() as connection:
        story_of = stories.story_ids(connection, list(report_of))
        outlets = stories.outlets_of(connection, set(story_of.values()))
    assert story_of.keys() == report_of.keys()
    pairs = {(report_of[item], story) for item, story in story_of.items()}
    assert 2 * rounds == len(pairs) == len(outlets)
    assert {workers} == set(outlets.values())


def test_an_item_keeps_its_story(engine: Engine, add: Callable[[int], list[int]]) -> None:
    """A revision that says something else stays, and a job done twice changes nothing."""
    first, second = add(2)
    story, other = assign(engine, arrival(first, 1, "a"), arrival(second, 2, "b"))
    assert story != other
    assert [story] == assign(engine, arrival(first, 2, "a"))
    with engine.connect() as connection:
        assert {story: 1, other: 1, 99: 0} == stories.outlets_of(connection, [story, other, 99])


def test_old_articles_are_compared_no_more(engine: Engine, add: Callable[[int], list[int]]) -> None:
    """What left the window is not found, and then forgotten with its keys."""
    first, second, third = add(3)
    (story,) = assign(engine, arrival(first, 1, "a"))
    with engine.begin() as connection:
        run(connection, "UPDATE sketch SET made_at = now() - interval '73 hours'")
    (other,) = assign(engine, arrival(second, 1, "b"))
    assert story != other
    with engine.begin() as connection:
        assert 1 == stories.forget_sketches(connection, window=WINDOW)
        left = run(connection, "SELECT DISTINCT sketch_id FROM sketch_key")
        assert run(connection, "SELECT id AS sketch_id FROM sketch") == left
    assert [other] == assign(engine, arrival(third, 1, "c"))


def test_a_common_key_does_not_make_looking_long(
    engine: Engine, add: Callable[[int], list[int]]
) -> None:
    """Of hundreds of articles with one key the newest few are read."""
    ids = add(300)
    many = [
        stories.Arrival(
            item_id=item, title="", outlet="", features=arrival(item, item, "a").features, keys=(7,)
        )
        for item in ids
    ]
    assign_stories(engine, many, Rarity(), window=WINDOW)
    with engine.connect() as connection:
        asking = stories.Arrival(
            item_id=0, title="", outlet="", features=many[0].features, keys=(7, 8)
        )
        found = stories.candidates(connection, [asking], window=WINDOW)[0]
    assert ids[: -stories.COMPARED - 1 : -1] == [one.item_id for one in found]


def test_rarity_is_counted_in_steps(engine: Engine, add: Callable[[int], list[int]]) -> None:
    """Nothing is stored for a few articles; each is counted once."""
    ids = add(stories.LEAST_LEARNED)
    few = [arrival(item, item, "a") for item in ids]
    assign_stories(engine, few[:-1], Rarity(), window=WINDOW)
    with engine.begin() as connection:
        assert 0 == stories.learn_rarity(connection)
        assert 0 == stories.load_rarity(connection).articles
    assign_stories(engine, few[-1:], Rarity(), window=WINDOW)
    with engine.begin() as connection:
        assert stories.LEAST_LEARNED == stories.learn_rarity(connection)
        assert stories.LEAST_LEARNED == stories.load_rarity(connection).articles
        assert 0 == stories.learn_rarity(connection)


def store_joined(engine: Engine, ids: list[int]) -> None:
    """Count items in the stories they were assigned, as tagging does."""
    with engine.begin() as connection:
        stories.join_stories(connection, stories.story_ids(connection, ids))


def ring(engine: Engine, watch: str, story: int, item: int) -> None:
    """An alert of a watch for a story."""
    with engine.begin() as connection:
        known = watches.find_watch(connection, watch)
        watch_id = (
            known.id
            if known
            else watches.put_watch(connection, name=watch, query="anything", channels=[])
        )
        run(
            connection,
            "INSERT INTO alert (watch_id, story_id, item_id, reason) VALUES (:w, :s, :i, 'first')",
            w=watch_id,
            s=story,
            i=item,
        )


def rang(engine: Engine, story: int) -> set[str]:
    """The watches that rang for a story."""
    with engine.connect() as connection:
        return {line.split(":")[0] for line in show_story(connection, story).rang}


def test_a_merger_moves_articles_and_alerts(
    engine: Engine, add: Callable[[int], list[int]]
) -> None:
    """No watch that rang for either can ring for the one; the other's number leads to it."""
    ids = add(3)
    first, other = assign(engine, arrival(ids[0], 1, "a"), arrival(ids[1], 2, "b"))
    store_joined(engine, ids[:2])
    ring(engine, "both", first, ids[0])
    ring(engine, "both", other, ids[1])
    ring(engine, "late", other, ids[1])
    with engine.begin() as connection:
        assert [ids[1]] == merge_stories(connection, first, other)
    assert {"both", "late"} == rang(engine, first)
    with engine.connect() as connection:
        assert first == resolve(connection, other)
        assert resolve(connection, 99) is None
        found = show_story(connection, first)
        (listed,) = list_stories(connection, since=WINDOW, outlets=2, limit=9)
    assert (first, 2, 2) == (listed.id, listed.items, listed.outlets)
    assert ["a", "b"] == [one.outlet for one in found.joinings]
    assert f"story {other} went to story {first}" in found.changes[0]
    assert [first] == assign(engine, arrival(ids[2], 2, "c"))


def test_the_newest_stories_of_enough_outlets_are_listed(
    engine: Engine, add: Callable[[int], list[int]]
) -> None:
    """Two articles of one outlet are not two outlets; what is older is left out."""
    ids = add(6)
    reports = ((1, "a"), (1, "b"), (2, "a"), (2, "a"), (3, "a"), (3, "c"))
    told = assign(
        engine, *(arrival(item, *report) for item, report in zip(ids, reports, strict=True))
    )
    both, alone, old = told[0], told[2], told[4]
    store_joined(engine, ids)
    with engine.begin() as connection:
        run(connection, "UPDATE story SET updated_at = now() - interval '2h' WHERE id = :o", o=old)

        def listed(hours: int, outlets: int, limit: int = 9) -> list[int]:
            found = list_stories(
                connection, since=timedelta(hours=hours), outlets=outlets, limit=limit
            )
            return [one.id for one in found]

        assert [alone, both, old] == listed(3, 1)
        assert [both, old] == listed(3, 2)
        assert [both] == listed(3, 2, limit=1)
        assert [both] == listed(1, 2)
        assert [] == listed(3, 3)


def test_a_split_item_does_not_ring_again(engine: Engine, add: Callable[[int], list[int]]) -> None:
    """What rang for its story has rung for it; an item alone cannot be split."""
    ids = add(2)
    story, same = assign(engine, arrival(ids[0], 1, "a"), arrival(ids[1], 1, "b"))
    assert story == same
    store_joined(engine, ids)
    ring(engine, "watch", story, ids[0])
    with engine.begin() as connection:
        done = split_story(connection, ids[1])
        assert done
        assert split_story(connection, ids[1]) is None
        found = show_story(connection, done[1])
    assert story == done[0]
    assert [ids[1]] == [one.item_id for one in found.joinings]
    assert {"watch"} == rang(engine, done[1]) == rang(engine, story)


def test_the_command_shows_merges_and_splits(
    engine: Engine, add: Callable[[int], list[int]], tocsin: Run
) -> None:
    """What it prints names outlets, reasons and figures; mistakes are one line."""
    ids = add(3)
    story, _, other = assign(
        engine, arrival(ids[0], 1, "a"), arrival(ids[1], 1, "b"), arrival(ids[2], 2, "c")
    )
    store_joined(engine, ids)
    assert f"copy of item {ids[0]} (body" in tocsin("stories", "show", str(story)).stdout
    listed = tocsin("stories", "list", "--outlets", "2").stdout
    assert "Report" in listed
    assert "1 more" in tocsin("stories", "merge", str(story), str(other)).stdout
    assert "was merged into" in tocsin("stories", "show", str(other)).stdout
    assert "its own" in tocsin("stories", "split", str(ids[2])).stdout
    for wrong, said in (
        (["show", "99"], "no story 99"),
        (["split", str(ids[2])], "shares a story with no other"),
        (["merge", str(story), str(story)], "are one already"),
        (["list", "--since", "soon"], "is no length of time"),
    ):
        assert said in one_line(tocsin("stories", *wrong))
