"""What is deleted, what is not, and who is held up by it: nobody."""

import asyncio
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, event

from tests.integration.archive import Archive, putin
from tests.integration.command import Run
from tests.integration.newsstand import Publisher
from worker.model import Retention
from worker.net import Net
from worker.queue import Queues
from worker.scheduler import Scheduler
from worker.scheduler.pruning import Pruning, prune
from worker.settings import Settings
from worker.store import feeds, gone, pruning
from worker.store.deleting import delete_stories, free_stories
from worker.store.engine import run

OLD, NEW = timedelta(days=100), timedelta(days=5)
MONTH = timedelta(days=30)
NOTHING = Retention(**dict.fromkeys(Retention.__dataclass_fields__))
ITEMS = replace(NOTHING, items=MONTH)


@pytest.fixture
def archive(engine: Engine) -> Archive:
    """A store without articles."""
    return Archive(engine)


def counted(engine: Engine, table: str) -> int:
    """How many rows a table has."""
    with engine.connect() as connection:
        sql = f"SELECT count(*) FROM {table}"
        return int(run(connection, sql)[0]["count"])


def add(archive: Archive, number: int, ago: timedelta) -> int:
    """Add an article that is the last of its story."""
    text = f"Vladimir Putin said number {number}."
    item = archive.add(f"Report {number}", text, ago=ago, mentions=(putin(text),))
    with archive.engine.begin() as connection:
        run(
            connection,
            "UPDATE story SET updated_at = now() - :ago WHERE id = (SELECT story_id FROM item WHERE id = :id)",
            ago=ago,
            id=item,
        )
    return item


def add_alert(engine: Engine, item: int, *, ago: timedelta, state: str = "sent") -> int:
    """Add a watch with an alert for an item's story, delivered or not."""
    with engine.begin() as connection:
        return int(
            run(
                connection,
                """WITH w AS (INSERT INTO watch (name, query) VALUES ('w' || :item, 'putin') RETURNING id),
                    c AS (INSERT INTO channel (name, kind) VALUES ('c' || :item, 'console') RETURNING id),
                    m AS (INSERT INTO match (watch_id, item_id, announced) SELECT id, :item, true FROM w),
                    a AS (INSERT INTO alert (kind, watch_id, story_id, item_id, planned_at)
                        SELECT 'story', w.id, story_id, item.id, now() - :ago FROM item, w
                        WHERE item.id = :item RETURNING id),
                    d AS (INSERT INTO delivery (alert_id, channel_id, message_id, state)
                        SELECT a.id, c.id, 'm' || a.id, :state FROM a, c RETURNING id),
                    t AS (INSERT INTO attempt (delivery_id, number, at)
                        SELECT id, 1, now() - :ago FROM d)
                    SELECT id FROM a""",
                item=item,
                ago=ago,
                state=state,
            )[0]["id"]
        )


def no_sleep(_seconds: float) -> None:
    """No pauses in tests."""


def left(engine: Engine) -> list[int]:
    """The items that there still are."""
    with engine.connect() as connection:
        return [row["id"] for row in run(connection, "SELECT id FROM item ORDER BY id")]


def test_an_old_article_goes_with_all_that_belongs_to_it(engine: Engine, archive: Archive) -> None:
    """And a new one stays as it is."""
    add(archive, 1, OLD)
    new = add(archive, 2, NEW)
    assert {"story": 1, "item": 1} == prune(engine, ITEMS, sleep=no_sleep)
    assert [new] == left(engine)
    for table in ("article", "mention", "story_item", "story", "sketch"):
        assert 1 == counted(engine, table), table
    assert 1 == counted(engine, "gone")


def test_by_default_no_article_and_no_alert_goes(engine: Engine, archive: Archive) -> None:
    """However old they are; the attempts of an old delivery do."""
    item = add(archive, 1, timedelta(days=3000))
    add_alert(engine, item, ago=timedelta(days=3000))
    assert {"attempt": 1} == prune(engine, Retention(), sleep=no_sleep)
    assert (1, 1, 1, 1) == tuple(
        counted(engine, table) for table in ("article", "alert", "delivery", "match")
    )


def test_what_rang_stays_with_its_alert(engine: Engine, archive: Archive) -> None:
    """The whole story, until the alert goes by its own policy; then both."""
    item = add(archive, 1, OLD)
    same = archive.add("Another outlet", "Text.", ago=OLD, story=archive.story_of(item))
    with engine.begin() as connection:
        run(connection, "UPDATE story SET updated_at = now() - :ago", ago=OLD)
    add_alert(engine, item, ago=OLD)
    assert {} == prune(engine, ITEMS, sleep=no_sleep)
    assert [item, same] == left(engine)
    removed = prune(engine, replace(ITEMS, alerts=MONTH), sleep=no_sleep)
    assert {"alert": 1, "delivery": 1, "attempt": 1, "match": 1, "story": 1, "item": 2} == removed


def test_an_alert_planned_just_before_goes_with_its_story(engine: Engine, archive: Archive) -> None:
    """Nothing checks that an alert's article is there: what is deleted takes its alerts along."""
    item = add(archive, 1, OLD)
    with engine.begin() as connection:
        free = free_stories(connection, [archive.story_of(item)], apply=True)
    add_alert(engine, item, ago=NEW)
    with engine.begin() as connection:
        delete_stories(connection, free, apply=True)
    assert [0] * 5 == [
        counted(engine, table) for table in ("story", "item", "alert", "delivery", "attempt")
    ]


def test_an_alert_of_a_story_that_goes_on_stays(engine: Engine, archive: Archive) -> None:
    """Else the story would ring again with its next article."""
    item = add(archive, 1, NEW)
    add_alert(engine, item, ago=OLD)
    assert {} == prune(engine, replace(ITEMS, alerts=MONTH), sleep=no_sleep)


def test_what_is_not_sent_yet_stays(engine: Engine, archive: Archive) -> None:
    """Its attempts too."""
    add_alert(engine, add(archive, 1, OLD), ago=OLD, state="pending")
    assert {} == prune(engine, replace(ITEMS, alerts=MONTH, attempts=MONTH), sleep=no_sleep)


def test_matches_that_were_not_announced_go(engine: Engine, archive: Archive) -> None:
    """Those that were stay with their alerts, those that wait for a digest until it is sent."""
    old, new, rang, waits = (add(archive, n, ago) for n, ago in enumerate((OLD, NEW, OLD, OLD)))
    add_alert(engine, rang, ago=OLD)
    with engine.begin() as connection:
        run(
            connection,
            """INSERT INTO match (watch_id, item_id, matched_at, due_at)
               SELECT (SELECT min(id) FROM watch), id, seen_at, CASE WHEN id = :waits THEN now() END
               FROM item WHERE id = ANY(:ids)""",
            ids=[old, new, waits],
            waits=waits,
        )
    assert {"match": 1} == prune(engine, replace(NOTHING, matches=MONTH), sleep=no_sleep)
    with engine.connect() as connection:
        kept = {row["item_id"] for row in run(connection, "SELECT item_id FROM match")}
    assert {new, rang, waits} == kept


def test_a_dry_run_counts_the_same_and_deletes_nothing(
    engine: Engine, archive: Archive, tocsin: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command says how many of what would go."""
    for number in range(3):
        add(archive, number, OLD)
    monkeypatch.setenv("TOCSIN_KEEP_ITEMS", "30d")
    dry = json.loads(tocsin("db", "prune", "--dry-run", "--json").stdout)
    assert (True, {"story": 3, "item": 3}) == (dry["dry_run"], dry["removed"])
    assert 3 == counted(engine, "item")
    assert "item" in tocsin("db", "prune").stdout
    assert 0 == counted(engine, "item")
    assert "Nothing is older" in tocsin("db", "prune").stdout


def test_only_rows_are_locked(engine: Engine, archive: Archive) -> None:
    """No batch takes a lock that an insert, an update or a look at a table would wait for."""
    add_alert(engine, add(archive, 1, OLD), ago=OLD)
    add(archive, 2, OLD)
    modes: set[str] = set()

    def look(connection: Connection) -> None:
        found = connection.exec_driver_sql(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND locktype <> 'virtualxid'"
            " AND locktype <> 'transactionid'"
        )
        modes.update(found.scalars())

    event.listen(engine, "commit", look)
    everything = Retention(**dict.fromkeys(Retention.__dataclass_fields__, MONTH))
    assert 2 == prune(engine, everything, sleep=no_sleep)["item"]
    assert {"RowExclusiveLock"} < modes
    assert modes <= {"AccessShareLock", "RowShareLock", "RowExclusiveLock"}


def test_rows_that_somebody_holds_are_passed_over(engine: Engine, archive: Archive) -> None:
    """Their story stays whole, the others go, and nobody waits for anybody."""
    held, free = add(archive, 1, OLD), add(archive, 2, OLD)
    with engine.begin() as writer:
        run(writer, "SELECT id FROM item WHERE id = :id FOR UPDATE", id=held)
        assert {"story": 1, "item": 1} == prune(engine, ITEMS, sleep=no_sleep)
        assert [held] == left(engine)
    assert free not in left(engine)
    assert {"story": 1, "item": 1} == prune(engine, ITEMS, sleep=no_sleep)


def test_articles_come_in_while_others_go(engine: Engine, archive: Archive) -> None:
    """Two prune at once, one adds: each old article goes once, no new one is lost."""
    for number in range(120):
        add(archive, number, OLD)
    added: list[int] = []
    removed: list[dict[str, int]] = []

    def write() -> None:
        added.extend(add(archive, number, NEW) for number in range(500, 530))

    def delete() -> None:
        removed.append(prune(engine, ITEMS, sleep=no_sleep))

    threads = [threading.Thread(target=work) for work in (write, delete, delete)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    removed.append(prune(engine, ITEMS, sleep=no_sleep))
    assert added == left(engine)
    assert 120 == sum(one.get("item", 0) for one in removed)


def test_a_run_that_ended_early_is_taken_up_again(
    engine: Engine, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stops after the batch under way; the next one finds the rest."""
    monkeypatch.setattr(pruning, "STORIES", 2)
    for number in range(5):
        add(archive, number, OLD)
    stops = iter((False, True))
    assert {"story": 2, "item": 2} == prune(
        engine, ITEMS, stopped=lambda: next(stops, True), sleep=no_sleep
    )
    assert {"story": 3, "item": 3} == prune(engine, ITEMS, sleep=no_sleep)


def test_one_scheduler_a_day(engine: Engine, archive: Archive) -> None:
    """Whoever takes the day first; what it deleted is written down."""
    add(archive, 1, OLD)
    at = (datetime.now(UTC) - timedelta(minutes=5)).time()
    for _ in range(2):
        Pruning(engine=engine, retention=ITEMS, at=at, stopped=lambda: False).turn()
    with engine.connect() as connection:
        rows = run(connection, "SELECT removed, ended_at FROM pruning")
    assert [{"story": 1, "item": 1}] == [row["removed"] for row in rows]
    assert rows[0]["ended_at"] is not None


def poll(settings: Settings, engine: Engine, queues: Queues) -> str:
    """Poll the feed once."""

    async def once() -> str:
        with engine.connect() as connection:
            feed = feeds.find_feed(connection, "gazette")
        assert feed is not None
        async with Net.from_settings(settings) as net:
            return await Scheduler(settings, engine, queues, owner="test").poll_now(net, feed)

    return asyncio.run(once())


@pytest.fixture
def pruned(
    settings: Settings, engine: Engine, queues: Queues, publisher: Publisher
) -> Callable[[], str]:
    """A feed of two entries whose items were deleted; gives what polls it."""
    publisher.publish("one", "First report", "Text of it. " * 20)
    publisher.publish("two", "Second report", "Another text. " * 20)
    with engine.begin() as connection:
        feeds.put_feed(connection, name="gazette", url=f"{publisher.url}/feed", backfill=9)
    assert "2 new items" in poll(settings, engine, queues)
    with engine.begin() as connection:
        run(connection, "UPDATE item SET state = 'failed', seen_at = now() - :ago", ago=OLD)
    assert {"item": 2} == prune(engine, ITEMS, sleep=no_sleep)

    def again() -> str:
        with engine.begin() as connection:  # without validators, so that it is read
            run(connection, "UPDATE poll SET etag = NULL, body_hash = NULL")
        return poll(settings, engine, queues)

    return again


def age(engine: Engine, *, offered: timedelta) -> None:
    """Have all deleted items been offered last so long ago, and read whole before."""
    with engine.begin() as connection:
        run(connection, "UPDATE gone SET offered_at = now() - :ago", ago=offered)
        run(
            connection,
            "UPDATE poll SET whole_at = now() - CAST(:ago AS interval) - interval '1 day'",
            ago=offered,
        )


def test_what_a_feed_still_offers_never_comes_as_new_again(
    pruned: Callable[[], str], engine: Engine, publisher: Publisher
) -> None:
    """Its article was deleted long ago; an entry that is really new comes."""
    assert "0 new items" in pruned()
    publisher.edit("one", "First report, corrected", "Text of it, corrected. " * 20)
    assert "0 new items" in pruned()
    publisher.publish("three", "Third report", "Something else. " * 20)
    assert "1 new items" in pruned()
    assert 1 == counted(engine, "item")


def test_an_identity_stays_while_it_is_offered_and_goes_afterwards(
    pruned: Callable[[], str], engine: Engine, publisher: Publisher
) -> None:
    """Years later too: its feed is read whole before any goes, and what it offers still stays."""
    keep = replace(NOTHING, identities=timedelta(days=365))
    age(engine, offered=timedelta(days=400))
    assert {} == prune(engine, keep, sleep=no_sleep)
    with engine.connect() as connection:
        assert [{"entry_hashes": None, "etag": None}] == run(
            connection, "SELECT entry_hashes, etag FROM poll"
        )
    publisher.state.stories = [one for one in publisher.state.stories if one.slug != "one"]
    assert "0 new items" in pruned()
    assert {"gone": 1} == prune(engine, keep, sleep=no_sleep)
    with engine.connect() as connection:
        assert ["Second report"] == [
            row["title"] for row in run(connection, "SELECT title FROM gone")
        ]
    assert "0 new items" in pruned()


def test_identities_of_a_feed_that_is_not_read_stay(
    pruned: Callable[[], str], engine: Engine
) -> None:
    """It may be added again, or be reached again after years."""
    keep = replace(NOTHING, identities=timedelta(days=365))
    age(engine, offered=timedelta(days=4000))
    for _ in range(2):
        assert {} == prune(engine, keep, sleep=no_sleep)
    assert 2 == counted(engine, "gone")
    assert "0 new items" in pruned()


def test_an_offered_identity_is_written_once_a_day(
    pruned: Callable[[], str], engine: Engine
) -> None:
    """Not at each poll."""
    pruned()
    with engine.begin() as connection:
        before = run(connection, "SELECT xmin, identity FROM gone ORDER BY identity")
        gone.still_offered(connection, {1: [row["identity"] for row in before]})
        assert before == run(connection, "SELECT xmin, identity FROM gone ORDER BY identity")


def test_every_foreign_key_has_an_index(engine: Engine) -> None:
    """Without one, each deleted row of the table it points to would cost a look at all rows."""
    with engine.connect() as connection:
        bare = run(
            connection,
            """SELECT conrelid::regclass::text AS name, conname FROM pg_constraint
               WHERE contype = 'f' AND NOT EXISTS (
                   SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1]
                   AND (indpred IS NULL OR pg_get_expr(indpred, indrelid) LIKE '%IS NOT NULL%'))""",
        )
    assert [] == bare
