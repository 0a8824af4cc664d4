"""``tocsin retag``: stored articles get new tags, and ring only if that was asked for."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from tests.integration.command import Run, one_line
from worker.jobs import tagging, workplace
from worker.jobs.retagging import retag_items
from worker.model import Article, Entry, ItemState, Mention
from worker.queue import DELIVER, RETAG, Queues
from worker.scheduler.sweep import Sweep
from worker.settings import Settings
from worker.store import feeds, items, retags, stories, watches
from worker.store.engine import run
from worker.store.items import NewItem
from worker.store.storylines import merge_stories
from worker.tagging import Tagger

TEXT = "Анна Каренина прибыла в город. Её встретил Владимир Путин."


@pytest.fixture
def tagged(engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Two items, tagged when nobody watched; the second was there before its feed was polled."""
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    with engine.begin() as connection:
        watches.put_channel(connection, name="screen", kind="console", config={})
        feed = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
        new = [
            NewItem(
                identity=f"guid:{number}",
                fingerprint="1",
                entry=Entry(title=title, content=f"<p>{TEXT} {title}.</p>", language="ru"),
                state=ItemState.FETCHED,
                baseline=number == 2,
            )
            for number, title in ((1, "Путин прибыл"), (2, "Встреча в порту города Онега"))
        ]
        owed = items.insert_items(connection, {feed: new})[feed]
    ids = [one.id for one in owed]
    tagging.tag_items(ids)
    return ids


def query(engine: Engine, sql: str, **values: Any) -> list[dict[str, Any]]:
    """Rows of the test's database."""
    with engine.connect() as connection:
        return run(connection, sql, **values)


def watch(engine: Engine) -> None:
    """Watch Vladimir Putin."""
    with engine.begin() as connection:
        watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=("screen",)
        )


def test_what_this_version_has_tagged_is_left_out(
    tocsin: Run, engine: Engine, tagged: list[int]
) -> None:
    """Unless all is asked for; the sweep wakes workers, once the queue is empty."""
    assert 2 == len(tagged)
    assert "0 items will be" in tocsin("retag", "--since", "30d").stdout
    run_on = "UPDATE article SET tagger = 'old' WHERE item_id = :id RETURNING item_id"
    with engine.begin() as connection:
        run(connection, run_on, id=tagged[0])
    assert "1 items will be" in tocsin("retag", "--since", "30d").stdout
    assert "2 items will be" in tocsin("retag", "--since", "30d", "--all").stdout
    assert "2 items wait to be tagged anew" in tocsin("status").stdout
    assert "2 items are left as they are" in tocsin("retag", "--stop").stdout
    assert (
        "0 items will be"
        in tocsin("retag", "--since", "0.001s", "--all", "--feed", "gazette").stdout
    )


def test_a_sweep_wakes_for_what_waits(
    tocsin: Run, engine: Engine, tagged: list[int], queues: Queues, settings: Settings
) -> None:
    """Once: while the queue holds any, no more is put there."""
    tocsin("retag", "--since", "30d", "--all")
    sweep = Sweep(
        engine=engine,
        queues=queues,
        spacing=settings.spacing,
        story_window=settings.story_window,
    )
    sweep.sweep()
    sweep.sweep()
    assert 1 == queues.depths()[RETAG]
    assert set(tagged) == set(retags_waiting(engine))


def retags_waiting(engine: Engine) -> list[int]:
    """Items that wait."""
    with engine.connect() as connection:
        return retags.waiting(connection, limit=9)


def test_new_names_are_found_and_nothing_rings(
    tocsin: Run, engine: Engine, tagged: list[int], queues: Queues
) -> None:
    """The match is on record with its reason; asked twice, it is done once."""
    watch(engine)
    tocsin("entities", "add", "Anna the Heroine", "-a", "Анна Каренина")
    tocsin("retag", "--since", "30d", "--all")
    retag_items(tagged)
    retag_items(tagged)
    keys = query(engine, "SELECT DISTINCT key FROM mention WHERE kind = 'person' ORDER BY key")
    assert ["person:anna-the-heroine", "person:vladimir-putin"] == [one["key"] for one in keys]
    reasons = query(engine, "SELECT announced, reason FROM match ORDER BY item_id")
    assert [
        (False, "found when its story was tagged anew"),
        (False, "was there when the feed was added"),
    ] == [(one["announced"], one["reason"]) for one in reasons]
    assert [] == query(engine, "SELECT id FROM alert")
    assert 0 == queues.depths()[DELIVER]
    assert [] == retags_waiting(engine)


def test_it_rings_if_asked_to_and_once(
    tocsin: Run, engine: Engine, tagged: list[int], queues: Queues
) -> None:
    """Not for what was there before its feed was; a second time nothing is new."""
    watch(engine)
    for _ in range(2):
        tocsin("retag", "--since", "30d", "--all", "--ring")
        retag_items(tagged)
        alerts = query(engine, "SELECT item_id FROM alert")
        assert [tagged[0]] == [one["item_id"] for one in alerts]
        assert 1 == queues.depths()[DELIVER]


def retag_beside(engine: Engine, ids: list[int], work: Callable[[Connection], object]) -> None:
    """Tag items anew while a transaction is open that has done some work."""
    retagging = threading.Thread(target=retag_items, args=(ids,))
    waits = """
        SELECT 1 FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event_type = 'Lock'
        """
    with engine.begin() as connection:
        work(connection)
        retagging.start()
        while not query(engine, waits):
            assert retagging.is_alive(), "it did not wait"
            time.sleep(0.01)
    retagging.join()


def test_what_rings_meanwhile_is_waited_for(
    tocsin: Run, engine: Engine, tagged: list[int], queues: Queues
) -> None:
    """While a story's alert is planned elsewhere, another item of it is not said to ring, too."""
    watch(engine)
    first, second = tagged
    with engine.begin() as connection:
        story_of = stories.story_ids(connection, tagged)
        merge_stories(connection, story_of[first], story_of[second])
        run(connection, "UPDATE item SET baseline = false")
    tocsin("retag", "--since", "30d", "--all", "--ring")

    def ring(connection: Connection) -> None:
        stories.join_stories(connection, {first: story_of[first]})
        add_alert(connection, story_of[first], first)

    retag_beside(engine, [second], ring)
    (found,) = query(engine, "SELECT announced, reason FROM match WHERE item_id = :id", id=second)
    assert not found["announced"]
    assert "already rung for this story" == found["reason"]
    assert 0 == queues.depths()[DELIVER]


def test_a_merger_meanwhile_is_waited_for(
    tocsin: Run, engine: Engine, tagged: list[int], queues: Queues
) -> None:
    """The story's alert is then the one that came along, and nothing rings."""
    watch(engine)
    first, second = tagged
    with engine.begin() as connection:
        story_of = stories.story_ids(connection, tagged)
        assert 2 == len(set(story_of.values()))
        add_alert(connection, story_of[second], second)
    tocsin("retag", "--since", "30d", "--all", "--ring")
    retag_beside(
        engine,
        [first],
        lambda connection: merge_stories(connection, story_of[first], story_of[second]),
    )
    assert [] == query(engine, "SELECT 1 FROM match WHERE announced")
    (alert,) = query(engine, "SELECT story_id, item_id FROM alert")
    assert {"story_id": story_of[first], "item_id": second} == alert
    assert 0 == queues.depths()[DELIVER]


def add_alert(connection: Connection, story: int, item: int) -> None:
    """What the watch rang for."""
    run(
        connection,
        """
        INSERT INTO alert (watch_id, story_id, item_id, reason)
        SELECT id, :story, :item, 'first' FROM watch
        """,
        story=story,
        item=item,
    )


def test_an_article_that_fails_is_left_alone(
    tocsin: Run, engine: Engine, tagged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its chunk are tagged anew."""
    watch(engine)
    tocsin("retag", "--since", "30d", "--all")
    tag = Tagger.tag

    def fail(self: Tagger, article: Article) -> tuple[Mention, ...]:
        if "Онега" in article.title:
            raise ValueError
        return tag(self, article)

    monkeypatch.setattr(Tagger, "tag", fail)
    retag_items(tagged)
    assert [] == retags_waiting(engine)
    assert "1 items could not be tagged anew" in tocsin("status").stdout
    told = tocsin("doctor").stdout
    assert f"the newest is {tagged[1]}: not tagged anew: ValueError" in " ".join(told.split())
    matched = query(engine, "SELECT item_id FROM match")
    assert [tagged[0]] == [one["item_id"] for one in matched]
    assert 0 < len(query(engine, "SELECT 1 FROM mention WHERE item_id = :id", id=tagged[1]))


def test_an_article_that_ends_its_job_is_given_up(
    tocsin: Run, engine: Engine, tagged: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes another with it once, is tried alone then, and not for ever."""
    tocsin("retag", "--since", "30d", "--all")
    tag = Tagger.tag

    class JobDied(BaseException):
        """Stands for a process that is gone: nothing after it is done."""

    def die(self: Tagger, article: Article) -> tuple[Mention, ...]:
        if "порту" in article.title:
            raise JobDied
        return tag(self, article)

    monkeypatch.setattr(Tagger, "tag", die)
    poison = tagged[1]
    for left in ({*tagged}, {poison}, {poison}):
        with pytest.raises(JobDied):
            retag_items(tagged)
        assert left == set(retags_waiting(engine))
    retag_items(tagged)
    assert [] == retags_waiting(engine)
    (row,) = query(engine, "SELECT retag, reason FROM item WHERE id = :id", id=poison)
    assert row == {
        "retag": "failed",
        "reason": "not tagged anew: poison: none of 3 attempts came to an end",
    }
    monkeypatch.setattr(Tagger, "tag", tag)
    tocsin("retag", "--since", "30d", "--all")
    retag_items(tagged)
    assert [] == query(engine, "SELECT id FROM item WHERE retag <> ''")


def test_what_the_database_refuses_still_waits(
    tocsin: Run, engine: Engine, tagged: list[int]
) -> None:
    """Nothing of a chunk is stored in part."""
    watch(engine)
    tocsin("retag", "--since", "30d", "--all")
    with engine.begin() as connection:
        run(connection, "ALTER TABLE match ADD CHECK (item_id < 0)")
    with pytest.raises(SQLAlchemyError):
        retag_items(tagged)
    assert set(tagged) == set(retags_waiting(engine))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "say how far back"),
        (("--since", "soon"), "--since 'soon' is no length of time"),
        (("--since", "1d", "--feed", "none"), "no feed 'none'"),
    ],
)
def test_bad_input_is_one_line(tocsin: Run, arguments: tuple[str, ...], said: str) -> None:
    """It names the mend."""
    assert said in one_line(tocsin("retag", *arguments))
