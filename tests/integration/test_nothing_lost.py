"""Killed workers, an emptied Valkey, a killed scheduler, doubled jobs: all work is done once.

Texts are Russian, whose model a worker loads in a fraction of a second, unlike the English one.
"""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import psutil
import pytest
import redis
from aiohttp import web
from sqlalchemy import Engine

from tests.integration.conftest import Processes, kill_tree
from tests.integration.newsstand import Publisher, Receiver
from worker.jobs import tagging, workplace
from worker.jobs.assigning import assign_stories
from worker.jobs.bench import up_to_date
from worker.model import Entry, ItemState, Page, Spacing
from worker.queue import FETCH, TAG, Queues
from worker.scheduler.sweep import IDLE_SECONDS, LOOK_SECONDS, SOON_SECONDS, Sweep, pause
from worker.scheduler.writer import QUEUE_OF
from worker.settings import Settings
from worker.store import feeds, hosts, items, lookup, outbox, watches, work
from worker.store.engine import run
from worker.store.items import NewItem, Owed

pytestmark = pytest.mark.timeout(
    300
)  # whole processes start and are killed, maybe on a busy machine

# Different enough from each other that each is a story of its own.
PLACES = [
    "Казань",
    "Самара",
    "Пермь",
    "Омск",
    "Уфа",
    "Тверь",
    "Псков",
    "Тула",
    "Орёл",
    "Курск",
    "Рязань",
    "Томск",
    "Чита",
    "Сочи",
    "Калуга",
    "Вологда",
    "Архангельск",
    "Мурманск",
    "Якутск",
    "Магадан",
    "Саратов",
    "Пенза",
    "Киров",
    "Иваново",
    "Ярославль",
    "Кострома",
    "Брянск",
    "Липецк",
    "Тамбов",
    "Воронеж",
]


def text_about(number: int) -> str:
    """A report that names Vladimir Putin, and many others that no other report names."""
    rng = random.Random(number)
    others = ("".join(rng.choices("бвгдклмнпрст", k=8)).capitalize() for _ in range(60))
    place = PLACES[number % len(PLACES)]
    return f"Президент России Владимир Путин прибыл в город {place}. Там были {' '.join(others)}."


@pytest.fixture
def watching(engine: Engine, receiver: Receiver) -> int:
    """A feed, a watch on Putin, and a webhook. Gives the feed's id."""
    with engine.begin() as connection:
        watches.put_channel(
            connection,
            name="hook",
            kind="webhook",
            config={"url": f"{receiver.url}/hook", "secret": "${TOCSIN_TEST_SECRET}"},
        )
        watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=["hook"]
        )
        run(
            connection,
            """
            CREATE TABLE times_tagged (item_id bigint);
            CREATE FUNCTION count_tagged() RETURNS trigger LANGUAGE plpgsql AS
                'BEGIN INSERT INTO times_tagged VALUES (new.id); RETURN new; END';
            CREATE TRIGGER count_tagged AFTER UPDATE ON item FOR EACH ROW
                WHEN (old.state <> 'tagged' AND new.state = 'tagged')
                EXECUTE FUNCTION count_tagged();
            """,
        )
        return feeds.put_feed(
            connection, name="gazette", url="http://127.0.0.1:1/none", language="ru"
        )


def store_items(engine: Engine, feed_id: int, count: int, *, first: int = 0) -> list[int]:
    """Items whose feed carried the whole text: they wait for the tag queue."""
    new = [
        NewItem(
            identity=f"guid:{number}",
            fingerprint=str(number),
            entry=Entry(
                guid=str(number),
                title=f"Путин приехал, город {PLACES[number % len(PLACES)]}",
                content=f"<p>{text_about(number)}</p>",
                language="ru",
            ),
            state=ItemState.FETCHED,
        )
        for number in range(first, first + count)
    ]
    with engine.begin() as connection:
        return [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]


def count(engine: Engine, sql: str) -> int:
    """One number from the database."""
    with engine.connect() as connection:
        found: int = run(connection, f"SELECT count(*) AS n FROM {sql}")[0]["n"]
    return found


def assert_done_once(engine: Engine, receiver: Receiver, total: int) -> None:
    """Every item tagged once, every alert delivered once."""
    assert total == count(engine, "item WHERE state = 'tagged'")
    with engine.connect() as connection:
        tagged = [row["item_id"] for row in run(connection, "SELECT item_id FROM times_tagged")]
    assert {1} == set(Counter(tagged).values())
    assert total == len(tagged)
    assert total == count(engine, "alert")
    assert (total, total) == (len(receiver.ids), len(set(receiver.ids)))


def test_a_worker_killed_in_mid_batch_loses_nothing(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Kill -9 of a tag worker and its child after part of a batch: the rest is done by another."""
    ids = store_items(engine, watching, 40)
    queues.wake(TAG, ids)
    worker = processes.start("worker", "tag")
    wait_until(lambda: 0 < count(engine, "item WHERE state = 'tagged'"))
    kill_tree(worker.pid)
    done = count(engine, "item WHERE state = 'tagged'")
    assert 0 < done < len(ids)
    processes.start("scheduler")
    processes.start("worker", "tag", "deliver")
    wait_until(lambda: len(receiver.ids) >= len(ids), seconds=200)
    time.sleep(1)
    assert_done_once(engine, receiver, len(ids))


# Takes a job off Valkey and is killed before it gives the job to a child.
KILLED = """
import os, signal, sys
from worker.queue import work

def die():
    os.kill(os.getpid(), signal.SIGKILL)

work(
    sys.argv[1],
    sys.argv[2:],
    before_job=die,
    before_fork=lambda: None,
    when_idle=lambda: False,
    after_death=lambda death: None,
)
"""


@pytest.mark.parametrize("names", [[TAG], [TAG, FETCH]])
def test_a_job_that_died_with_its_worker_before_it_began_is_done_by_another(
    engine: Engine,
    queues: Queues,
    redis_url: str,
    watching: int,
    processes: Processes,
    wait_until: Callable[..., None],
    names: list[str],
) -> None:
    """It is gone from Valkey and nothing was claimed: the sweep sees that nobody will come."""
    ids = store_items(engine, watching, 3)
    queues.wake(TAG, ids)
    died = subprocess.run(
        [sys.executable, "-c", KILLED, redis_url, *names], check=False, timeout=60
    )
    assert -signal.SIGKILL == died.returncode
    assert 0 == queues.depths()[TAG]
    assert 3 == count(engine, "item WHERE state = 'fetched' AND lease_owner = '' AND attempts = 0")
    processes.start("scheduler")
    wait_until(lambda: 1 == queues.depths()[TAG], seconds=60)
    processes.start("worker", "tag")
    wait_until(lambda: 3 == count(engine, "item WHERE state = 'tagged' AND deaths = 0"))


def test_an_emptied_valkey_loses_nothing(
    engine: Engine,
    queues: Queues,
    redis_url: str,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Everything queued is wiped before any worker sees it; the sweep wakes them again."""
    ids = store_items(engine, watching, 12)
    queues.wake(TAG, ids)
    redis.Redis.from_url(redis_url).flushall()
    assert 0 == queues.depths()[TAG]
    processes.start("worker", "tag", "deliver")
    processes.start("scheduler")
    wait_until(lambda: len(receiver.ids) >= len(ids), seconds=200)
    time.sleep(1)
    assert_done_once(engine, receiver, len(ids))


def test_what_nobody_will_come_for_is_soon_woken_for_again(
    engine: Engine, queues: Queues, redis_url: str, watching: int
) -> None:
    """Where no job waits its call is lost; where one does, its worker may only be behind."""
    queues.wake(TAG, store_items(engine, watching, 3))
    sweep = Sweep(engine=engine, queues=queues, spacing=Spacing())
    with engine.begin() as connection:
        run(
            connection,
            "UPDATE item SET enqueued_at = now() - interval '5 seconds', next_attempt_at = now() - interval '6 seconds'",
        )
    assert sweep.sweep() == LOOK_SECONDS
    assert 1 == queues.depths()[TAG]
    redis.Redis.from_url(redis_url).flushall()
    assert sweep.sweep() == LOOK_SECONDS
    assert 1 == queues.depths()[TAG]
    assert sweep.sweep() == LOOK_SECONDS, "a job waits"
    assert 1 == queues.depths()[TAG], "it was woken for a moment ago"


def test_a_sweep_says_when_to_come_again(engine: Engine, queues: Queues, watching: int) -> None:
    """Later where it finds nothing; it learns when the next item is due."""
    sweep = Sweep(engine=engine, queues=queues, spacing=Spacing())
    assert sweep.sweep() == IDLE_SECONDS
    store_items(engine, watching, 2)

    def look() -> tuple[list[Owed], float | None]:
        with engine.begin() as connection:
            grace = dict.fromkeys(QUEUE_OF, timedelta(seconds=3))
            return work.sweep_items(connection, graces=grace, limit=9)

    with engine.begin() as connection:
        later = "UPDATE item SET enqueued_at = NULL, next_attempt_at = now() + interval '1 hour'"
        run(connection, later)
    owed, due = look()
    assert [] == owed
    assert due is not None
    assert 3000 < due <= 3600
    assert sweep.sweep() == IDLE_SECONDS
    with engine.begin() as connection:
        run(connection, "UPDATE item SET next_attempt_at = now() WHERE id = 1")
    (one,), due = look()
    assert 1 == one.id
    assert due is not None
    assert 3000 < due <= 3600


@pytest.mark.parametrize(
    ("found", "due", "wanted"),
    [
        (False, None, IDLE_SECONDS),
        (False, 0.7, 0.7),
        (True, 0.7, LOOK_SECONDS),
        (False, 0.01, SOON_SECONDS),
        (True, 20.0, LOOK_SECONDS),
        (False, 20.0, IDLE_SECONDS),
    ],
)
def test_a_sweep_comes_when_the_next_item_is_due(
    found: bool, due: float | None, wanted: float
) -> None:
    """Where that is soon; but not all the time."""
    assert wanted == pause(found=found, due=due)


def test_a_scheduler_killed_between_commit_and_enqueue_loses_nothing(
    engine: Engine,
    queues: Queues,
    redis_url: str,
    watching: int,
    publisher: Publisher,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Valkey stands still, so the scheduler hangs after its commit; there it is killed."""
    with engine.begin() as connection:
        feeds.put_feed(
            connection, name="press", url=f"{publisher.url}/feed", language="ru", backfill=10
        )
    for number in range(5):
        publisher.publish(f"s{number}", f"Путин, сообщение {number}", text_about(number))
    client = redis.Redis.from_url(redis_url)
    client.client_pause(60_000, all=False)
    scheduler = processes.start("scheduler")
    wait_until(lambda: 5 == count(engine, "item"))
    os.kill(scheduler.pid, signal.SIGKILL)
    scheduler.wait()
    client.client_unpause()
    assert {"fetch": 0, "tag": 0, "deliver": 0, "retag": 0, "recount": 0} == queues.depths()
    processes.start("worker", "fetch", "tag", "deliver")
    processes.start("scheduler")
    wait_until(lambda: len(receiver.ids) >= 5, seconds=200)
    time.sleep(1)
    assert_done_once(engine, receiver, 5)
    assert 1 == publisher.state.requests["s0"]


def test_the_same_job_twice_does_its_work_once(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Two workers are handed the same ids, four times over."""
    ids = store_items(engine, watching, 10)
    for _ in range(4):
        queues.wake(TAG, ids)
    processes.start("worker", "tag", "deliver")
    processes.start("worker", "tag", "deliver")
    wait_until(lambda: len(receiver.ids) >= len(ids), seconds=200)
    time.sleep(1)
    assert_done_once(engine, receiver, len(ids))


def test_a_lost_claim_writes_nothing(engine: Engine, settings: Settings, watching: int) -> None:
    """A worker whose lease another one took over does not store its late result."""
    (item_id,) = store_items(engine, watching, 1)
    place = workplace.Workplace(settings)
    with engine.begin() as connection:
        claimed = workplace.claim_items(connection, place, [item_id], ItemState.FETCHED)
        bench = up_to_date(place, connection)
        run(connection, "UPDATE item SET lease_owner = 'its successor'")
    worked = [tagging._tag(bench, item, tagging._read_article(item, None)) for item in claimed]
    with engine.begin() as connection:
        assert not tagging._store_worked(connection, place, bench, worked).deliveries
    assert 0 == count(engine, "article")
    assert 0 == count(engine, "alert")
    place.close()


def test_a_page_that_cannot_be_had_leaves_the_feed_text(
    engine: Engine,
    queues: Queues,
    watching: int,
    publisher: Publisher,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """A 404 page is not waited for: the item is tagged on its feed text, and says so."""
    publisher.publish("gone", "Владимир Путин выступил с речью", "Президент выступил. " * 10)
    publisher.state.stories[0].status = 404
    with engine.begin() as connection:
        entry = Entry(
            url=f"{publisher.url}/news/gone",
            title="Владимир Путин выступил с речью",
            summary="Президент России Владимир Путин выступил с речью в Москве.",
            language="ru",
        )
        new = NewItem(identity="url:x", fingerprint="1", entry=entry, state=ItemState.DISCOVERED)
        owed = items.insert_items(connection, {watching: [new]})[watching]
        # Known already: after asking for it the page would have to wait for the host's next turn.
        host = publisher.url.removeprefix("http://")
        hosts.save_robots(connection, host, text="", status=404, crawl_delay=None)
    queues.wake(FETCH, [owed[0].id])
    processes.start("worker", "fetch", "tag", "deliver")
    wait_until(lambda: len(receiver.ids) == 1, seconds=200)
    with engine.connect() as connection:
        row = run(connection, "SELECT source, note FROM article")[0]
    assert {"source": "feed summary", "note": "the page answered 404"} == row


def test_a_page_that_kills_its_workers_leaves_the_feed_text(
    engine: Engine, settings: Settings, watching: int
) -> None:
    """Once its page is given up, an item goes on to be tagged on what the feed says."""
    with engine.begin() as connection:
        entry = Entry(url="http://127.0.0.1:1/x", title="Путин", summary="Путин в Казани.")
        new = NewItem(identity="u", fingerprint="1", entry=entry, state=ItemState.DISCOVERED)
        (owed,) = items.insert_items(connection, {watching: [new]})[watching]
        run(connection, "UPDATE item SET attempts = :allowed", allowed=settings.item_attempts)
        place = workplace.Workplace(settings)
        assert [] == workplace.claim_items(connection, place, [owed.id], ItemState.DISCOVERED)
        (claimed,) = workplace.claim_items(connection, place, [owed.id], ItemState.FETCHED)
    assert "page given up after 4 attempts: none came to an end" == claimed.reason


def test_a_delivery_that_kills_its_workers_is_dead_and_says_so(
    engine: Engine, settings: Settings, watching: int
) -> None:
    """A delivery claimed again and again without a word of what became of it is given up."""
    ids = store_items(engine, watching, 1)
    place = workplace.Workplace(settings)
    with engine.begin() as connection:
        claimed = workplace.claim_items(connection, place, ids, ItemState.FETCHED)
        bench = up_to_date(place, connection)
    worked = [tagging._tag(bench, item, tagging._read_article(item, None)) for item in claimed]
    arrivals = [one.arrival for one in worked]
    assign_stories(engine, arrivals, bench.rarity, window=place.settings.story_window)
    with engine.begin() as connection:
        planned = tagging._store_worked(connection, place, bench, worked).deliveries
        run(connection, "UPDATE delivery SET claims = 20")
        _, again = outbox.claim(connection, lambda _: 1, owner="worker", lease=settings.lease)
    assert 1 == len(planned)
    assert [] == again
    assert 1 == count(engine, "delivery WHERE state = 'dead' AND reason LIKE 'given up after 20%'")
    place.close()


def test_an_item_that_kills_its_workers_is_given_up_alone(
    engine: Engine, settings: Settings, watching: int
) -> None:
    """After as many claims as are allowed without a result, an item is failed, with the reason."""
    ids = store_items(engine, watching, 2)
    with engine.begin() as connection:
        run(
            connection,
            "UPDATE item SET attempts = :allowed WHERE id = :id",
            allowed=settings.item_attempts,
            id=ids[0],
        )
        place = workplace.Workplace(settings)
        claimed = workplace.claim_items(connection, place, ids, ItemState.FETCHED)
    assert [ids[1]] == [item.id for item in claimed]
    with engine.connect() as connection:
        failed = lookup.find_item(connection, str(ids[0]))
    assert failed is not None
    assert (ItemState.FAILED, "given up after 4 attempts: none came to an end") == (
        failed.state,
        failed.reason,
    )


def test_an_idle_worker_stops_at_once(
    processes: Processes, wait_until: Callable[..., None]
) -> None:
    """There is no job to wait for."""
    worker = processes.start("worker", "deliver")
    wait_until(lambda: psutil.Process(worker.pid).status() == "sleeping")
    time.sleep(3)
    worker.send_signal(signal.SIGTERM)
    assert 0 == worker.wait(5)


def test_work_that_outlasts_its_lease_stays_claimed(
    engine: Engine, settings: Settings, watching: int
) -> None:
    """Claims are renewed while a job is alive, and end with it."""
    ids = store_items(engine, watching, 3)
    short = settings.model_copy(update={"lease": timedelta(seconds=0.6)})
    mine, other = workplace.Workplace(short), workplace.Workplace(short)

    def claim(place: workplace.Workplace, wanted: list[int] = ids) -> int:
        with place.engine.begin() as connection:
            return len(workplace.claim_items(connection, place, wanted, ItemState.FETCHED))

    assert 3 == claim(mine)
    with workplace.claims_kept(mine, "item", ids):
        time.sleep(1.5)
        assert 0 == claim(other)
    time.sleep(0.8)
    assert 0 == claim(other)  # whose worker seems to have died is tried alone
    assert [1, 1, 1] == [claim(other, [one]) for one in ids]
    mine.close()
    other.close()


def test_a_tag_worker_that_is_stopped_hands_back_what_it_has_not_begun(
    engine: Engine,
    queues: Queues,
    watching: int,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """SIGTERM in mid-batch: it goes in time; nothing stays claimed, and no attempt is counted."""
    queues.wake(TAG, store_items(engine, watching, 40))
    worker = processes.start("worker", "tag")
    wait_until(lambda: 0 < count(engine, "item WHERE state = 'tagged'"))
    worker.send_signal(signal.SIGTERM)
    assert 0 == worker.wait(4)
    done = count(engine, "item WHERE state = 'tagged'")
    assert 0 < done < 40
    untouched = "state = 'fetched' AND lease_until IS NULL AND attempts = 0"
    assert 40 - done == count(engine, f"item WHERE {untouched}")


def test_a_deliver_worker_that_is_stopped_finishes_what_is_under_way(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """SIGTERM while posts are under way: they are recorded, the rest is sent by the next one."""

    async def slowly() -> web.Response:
        await asyncio.sleep(0.3)
        return web.Response(status=204)

    receiver.answer = slowly
    ids = store_items(engine, watching, 12)
    queues.wake(TAG, ids)
    processes.start("worker", "tag")
    wait_until(lambda: len(ids) == count(engine, "delivery"))
    worker = processes.start("worker", "deliver")
    wait_until(lambda: 0 < len(receiver.ids))
    worker.send_signal(signal.SIGTERM)
    assert 0 == worker.wait(4)
    assert len(receiver.ids) == count(engine, "delivery WHERE state = 'sent'") < len(ids)
    assert 0 == count(engine, "delivery WHERE lease_until IS NOT NULL")
    processes.start("scheduler")
    processes.start("worker", "deliver")
    wait_until(lambda: len(receiver.ids) >= len(ids))
    time.sleep(1)
    assert_done_once(engine, receiver, len(ids))


def test_an_item_the_database_refuses_does_not_hold_up_the_others(
    engine: Engine, settings: Settings, watching: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is put back alone, with the reason; the rest of its chunk is stored."""
    ids = store_items(engine, watching, 3)
    with engine.begin() as connection:
        run(connection, f"ALTER TABLE article ADD CHECK (item_id <> {ids[1]})")
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    tagging.tag_items(ids)
    assert 2 == count(engine, "item WHERE state = 'tagged'")
    with engine.connect() as connection:
        refused = lookup.find_item(connection, str(ids[1]))
    assert refused is not None
    assert (ItemState.FETCHED, "not stored: IntegrityError") == (refused.state, refused.reason)


def test_an_edit_wins_over_a_result_of_the_old_text(
    engine: Engine, settings: Settings, watching: int
) -> None:
    """A result that has to wait for the edit is not stored; the page of the old text is gone."""
    ids = store_items(engine, watching, 2)
    revised = [
        NewItem(
            identity=f"guid:{number}",
            fingerprint="new",
            entry=Entry(guid=str(number), title="Исправлено", language="ru"),
            state=ItemState.FETCHED,
        )
        for number in (1, 0)  # a feed's order: newest first
    ]
    place = workplace.Workplace(settings)
    with engine.begin() as connection:
        workplace.claim_items(connection, place, ids, ItemState.FETCHED)
        work.save_page(connection, Page(item_id=ids[0], url="http://x.test/", html=b"old"))
    done: list[set[int]] = []

    def finish() -> None:
        with engine.begin() as connection:
            done.append(work.finish_items(connection, ids, owner=place.owner))

    with engine.begin() as connection:
        run(connection, "SELECT id FROM item WHERE id = :id FOR UPDATE", id=ids[0])
        late = threading.Thread(target=finish)
        late.start()
        time.sleep(0.5)
        assert 2 == len(items.revise_items(connection, {watching: revised})[watching])
    late.join()
    assert [set()] == done
    assert 0 == count(engine, "page")
    assert 2 == count(engine, "item WHERE revision = 1 AND title = 'Исправлено'")
