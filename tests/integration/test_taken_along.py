"""What waits beside the items of a tag job is tagged with them."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from worker.jobs import tagging, workplace
from worker.jobs.fetching import ENOUGH
from worker.model import Entry, ItemState
from worker.queue import TAG, Death, Queues
from worker.settings import Settings
from worker.store import feeds, items
from worker.store.engine import run
from worker.store.items import NewItem


@pytest.fixture
def wait(
    engine: Engine, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> Callable[[int], list[int]]:
    """Stores so many fetched items that nobody was woken for; gives their ids."""
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(settings))
    assert queues.depths()[TAG] == 0

    def stored(count: int) -> list[int]:
        new = [
            NewItem(
                identity=f"{n}",
                fingerprint=f"{n}",
                entry=Entry(title=f"Vlada č. {n}", content=f"<p>Zpráva {n}.</p>", language="cs"),
                state=ItemState.FETCHED,
            )
            for n in range(count)
        ]
        with engine.begin() as connection:
            feed_id = feeds.put_feed(connection, name="noviny", url="https://noviny.example/feed")
            return [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]

    return stored


def tagged(engine: Engine) -> set[int]:
    """The items that are done."""
    with engine.connect() as connection:
        return {row["id"] for row in run(connection, "SELECT id FROM item WHERE state = 'tagged'")}


def test_a_job_takes_what_waits_along_and_wakes_for_the_rest(
    engine: Engine, queues: Queues, wait: Callable[[int], list[int]]
) -> None:
    """As many as fit into a chunk; the next job has another."""
    ids = wait(tagging.TAG_CHUNK + 3)
    tagging.tag_items(ids[-1:])
    assert tagged(engine) == {ids[-1], *ids[: tagging.TAG_CHUNK - 1]}
    assert queues.depths()[TAG] == 1
    tagging.tag_items(ids[-2:-1])
    assert tagged(engine) == set(ids)
    assert queues.depths()[TAG] == 1  # this one was not full


def test_what_was_tried_before_is_neither_taken_along_nor_takes_any(
    engine: Engine, wait: Callable[[int], list[int]]
) -> None:
    """It may be what kills its worker."""
    first, second, third = wait(3)
    with engine.begin() as connection:
        run(connection, "UPDATE item SET attempts = 1, deaths = 1 WHERE id = :id", id=second)
    tagging.tag_items([first])
    assert tagged(engine) == {first, third}
    with engine.begin() as connection:
        run(connection, "UPDATE item SET state = 'fetched' WHERE id = :id", id=first)
    tagging.tag_items([second])
    assert tagged(engine) == {second, third}


def test_where_a_job_is_late_the_newest_are_tagged_with_it(
    engine: Engine, queues: Queues, wait: Callable[[int], list[int]]
) -> None:
    """As many as the oldest: news rings while a backlog is worked off. A first poll is no news."""
    size = tagging.TAG_CHUNK
    ids = wait(3 * size)
    old, newest, baseline = ids[: 2 * size - 1], ids[2 * size - 1 : -1], ids[-1]
    with engine.begin() as connection:
        late = "next_attempt_at = now() - interval '11 s'"
        run(connection, f"UPDATE item SET {late} WHERE id = ANY(:ids)", ids=old)
        run(connection, "UPDATE item SET baseline = true WHERE id = :id", id=baseline)
    tagging.tag_items(old[:1])
    assert tagged(engine) == {*old[:size], *newest}
    assert queues.depths()[TAG] == 1
    with engine.begin() as connection:
        run(connection, "UPDATE item SET state = 'fetched' WHERE id = :id", id=newest[-1])
    tagging.tag_items(old[:1])  # which is done: what it takes along says that we are behind
    assert tagged(engine) == {*old, *newest}
    tagging.tag_items(old)
    assert tagged(engine) == set(ids)


def test_of_a_job_no_more_is_held_than_is_worked_on(
    engine: Engine, wait: Callable[[int], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever dies counts a death against a chunk; for the rest of its job others are woken."""
    ids = wait(2 * tagging.TAG_CHUNK)
    with engine.begin() as connection:
        run(connection, "UPDATE item SET enqueued_at = now()")

    def die(place: workplace.Workplace, *_: object) -> None:
        pid = int(place.owner.split(":")[1])
        workplace.bury(place, Death(queue=TAG, ids=ids, pid=pid, how="SIGKILL"))

    monkeypatch.setattr(tagging, "_tag_chunk", die)
    monkeypatch.setattr(tagging, "stop_asked", lambda: True)
    tagging.tag_items(ids)
    with engine.connect() as connection:
        rows = run(connection, "SELECT deaths, enqueued_at FROM item ORDER BY id")
    assert [(1, None)] * tagging.TAG_CHUNK + [(0, None)] * tagging.TAG_CHUNK == [
        (row["deaths"], row["enqueued_at"]) for row in rows
    ]


def test_where_enough_jobs_wait_no_more_are_added(queues: Queues) -> None:
    """Each takes along what waits."""
    for number in range(ENOUGH + 2):
        assert queues.wake(TAG, [number], enough=ENOUGH)
    assert queues.depths()[TAG] == ENOUGH
    assert queues.wake(TAG, [99])
    assert queues.depths()[TAG] == ENOUGH + 1
