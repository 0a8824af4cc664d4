"""Items that kill the process which works on them: given up after three deaths, and alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from bench.poisoned import CRASHES, EATS_MEMORY
from tests.integration.command import Run
from tests.integration.conftest import Processes
from worker.jobs import tagging, workplace
from worker.model import Entry, ItemState
from worker.queue import FETCH, TAG, Queues
from worker.settings import Settings
from worker.store import feeds, items, lookup, retags
from worker.store.engine import run
from worker.store.items import NewItem

pytestmark = pytest.mark.timeout(300)  # whole processes start and die, maybe on a busy machine


@pytest.fixture
def feed_id(engine: Engine) -> int:
    """A feed that nobody polls."""
    with engine.begin() as connection:
        return feeds.put_feed(connection, name="gazette", url="http://127.0.0.1:1/x", language="ru")


def store(
    engine: Engine, feed_id: int, entries: list[Entry], state: ItemState = ItemState.FETCHED
) -> list[int]:
    """Items made of entries, in their order."""
    new = [
        NewItem(identity=f"guid:{number}", fingerprint=str(number), entry=entry, state=state)
        for number, entry in enumerate(entries)
    ]
    with engine.begin() as connection:
        return [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]


def entry(number: int, word: str = "", url: str = "") -> Entry:
    """A short report."""
    text = f"Президент России Владимир Путин приехал, сообщение {number}."
    return Entry(title=f"Путин приехал {number} {word}", summary=text, url=url, language="ru")


def counted(engine: Engine, condition: str) -> int:
    """How many items are so."""
    with engine.connect() as connection:
        found: int = run(connection, f"SELECT count(*) AS n FROM item WHERE {condition}")[0]["n"]
    return found


def test_a_poisonous_item_fails_after_three_deaths_and_harms_no_other(
    engine: Engine,
    queues: Queues,
    feed_id: int,
    processes: Processes,
    tocsin: Run,
    wait_until: Callable[..., None],
) -> None:
    """Two of a batch of twelve kill their worker; the worker's parent lives, all others are tagged."""
    ids = store(engine, feed_id, [entry(n, CRASHES if n in {3, 9} else "") for n in range(12)])
    queues.wake(TAG, ids)
    worker = processes.start("worker", "tag", module="bench.poisoned", TOCSIN_LEASE="300")
    processes.start("scheduler")
    wait_until(lambda: not counted(engine, "state = 'fetched'"), seconds=120)
    assert 10 == counted(engine, "state = 'tagged' AND deaths = 0")
    said = "poison: its worker died 3 times, at last of SIGSEGV"
    with engine.connect() as connection:
        failed = lookup.list_items(connection, state="failed")
    assert {ids[3]: said, ids[9]: said} == {item.id: item.reason for item in failed}
    assert worker.poll() is None
    assert f"failed: {said}" in tocsin("items", "show", str(ids[3])).stdout
    assert f"It was given up: {said}." in tocsin("explain", str(ids[3])).stdout


def test_a_page_that_kills_whoever_reads_it_leaves_the_feed_text(
    engine: Engine,
    queues: Queues,
    feed_id: int,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """After three deaths the page is given up, and the item goes on with what its feed says."""
    urls = [f"http://127.0.0.1:1/{word}" for word in (EATS_MEMORY, "plain")]
    ids = store(engine, feed_id, [entry(0, url=url) for url in urls], ItemState.DISCOVERED)
    with engine.begin() as connection:  # not one request is needed for what is proven here
        run(connection, "UPDATE feed SET options = '{\"robots\": false}'")
    queues.wake(FETCH, ids)
    processes.start("worker", "fetch", module="bench.poisoned", TOCSIN_LEASE="300")
    processes.start("scheduler")
    wait_until(lambda: counted(engine, f"id = {ids[0]} AND state = 'fetched'"), seconds=120)
    with engine.connect() as connection:
        item = lookup.items_by_id(connection, ids)[ids[0]]
    assert (0, "page given up: poison: its worker died 3 times, at last of SIGKILL") == (
        item.attempts,
        item.reason,
    )


def test_a_poisonous_article_keeps_its_tags_when_all_are_tagged_anew(
    engine: Engine,
    queues: Queues,
    feed_id: int,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Tagged anew by a build that cannot bear it, it fails alone, and the rest is done."""
    ids = store(engine, feed_id, [entry(n, CRASHES if n == 1 else "") for n in range(4)])
    queues.wake(TAG, ids)
    healthy = processes.start("worker", "tag")
    wait_until(lambda: 4 == counted(engine, "state = 'tagged'"), seconds=120)
    healthy.terminate()
    healthy.wait(20)
    with engine.begin() as connection:
        assert 4 == retags.ask(connection, since=timedelta(days=1))
    processes.start("worker", "tag", module="bench.poisoned")
    processes.start("scheduler")
    wait_until(lambda: not counted(engine, "retag NOT IN ('', 'failed')"), seconds=120)
    with engine.connect() as connection:
        assert [(ids[1], "not tagged anew: poison: none of 3 attempts came to an end")] == (
            retags.failed(connection, limit=9)
        )
    assert 4 == counted(engine, "state = 'tagged'")


def test_a_lost_machine_counts_against_its_items_and_they_are_tried_alone(
    engine: Engine, settings: Settings, feed_id: int
) -> None:
    """A claim that nobody gave back: the next batch leaves its item out, a job of its own takes it."""
    ids = store(engine, feed_id, [entry(n) for n in range(2)])
    place = workplace.Workplace(settings)

    def claim(*ids: int) -> list[int]:
        with engine.begin() as connection:
            claimed = workplace.claim_items(connection, place, ids, ItemState.FETCHED)
        return [item.id for item in claimed]

    assert ids == claim(*ids)
    with engine.begin() as connection:
        run(connection, "UPDATE item SET lease_until = now() - interval '1 s'")
    assert [] == claim(*ids)
    assert 2 == counted(engine, "deaths = 1 AND lease_owner = '' AND enqueued_at IS NULL")
    assert [ids[1]] == claim(ids[1])


def test_a_database_that_went_away_counts_against_no_item(
    engine: Engine, settings: Settings, feed_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sessions are cut while a batch is worked on: it is handed back whole, as if never begun."""
    ids = store(engine, feed_id, [entry(n) for n in range(3)])
    place = workplace.Workplace(settings)
    monkeypatch.setattr(workplace, "_prepared", place)
    monkeypatch.setattr(tagging, "assign_stories", lambda *_, **__: run_lost(engine))
    with pytest.raises(Exception, match="terminat"):
        tagging.tag_items(ids)
    assert 3 == counted(engine, "attempts = 0 AND deaths = 0 AND lease_owner = ''")


def run_lost(engine: Engine) -> None:
    """A statement whose session is ended under it."""
    with engine.connect() as connection:
        run(connection, "SELECT pg_terminate_backend(pg_backend_pid())")
