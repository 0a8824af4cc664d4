"""What the store says of itself for metrics, on a real database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from worker.model import Entry, ItemState
from worker.store import feeds, figures, items
from worker.store.engine import run
from worker.store.items import NewItem


def stored(engine: Engine, states: list[ItemState]) -> None:
    """A feed with an item in each of these states."""
    with engine.begin() as connection:
        feed_id = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
        new = [
            NewItem(identity=str(n), fingerprint="1", entry=Entry(title="A title"), state=state)
            for n, state in enumerate(states)
        ]
        items.insert_items(connection, {feed_id: new})


def read(engine: Engine) -> dict[tuple[str, str], float]:
    """Figures by metric and the value of their label."""
    with engine.connect() as connection:
        return {
            (name, next(iter(labels.values()), "")): value
            for name, labels, value in figures.figures(connection)
        }


def test_an_empty_store_has_figures(engine: Engine) -> None:
    """All are there and zero, but the age of a story that never was."""
    found = read(engine)
    assert 0 == sum(found.values())
    assert ("tocsin_last_story_age_seconds", "") not in found


def test_what_waits_is_counted_and_its_age_told(engine: Engine) -> None:
    """By queue; what is due later is owed and has no age yet."""
    fetched, discovered = ItemState.FETCHED, ItemState.DISCOVERED
    stored(
        engine, [fetched, fetched, discovered, ItemState.HELD, ItemState.FAILED, ItemState.TAGGED]
    )
    with engine.begin() as connection:
        hour = timedelta(hours=1)
        run(connection, "UPDATE item SET next_attempt_at = :at WHERE state = 'fetched'",
            at=datetime.now(UTC) - hour)  # fmt: skip
        run(connection, "UPDATE item SET next_attempt_at = :at WHERE state = 'discovered'",
            at=datetime.now(UTC) + hour)  # fmt: skip
    found = read(engine)
    assert (2, 1, 0) == tuple(found["tocsin_queue_waiting", q] for q in ("tag", "fetch", "deliver"))
    assert pytest.approx(3600, abs=60) == found["tocsin_queue_lag_seconds", "tag"]
    assert 0 == found["tocsin_queue_lag_seconds", "fetch"]
    states = ("discovered", "fetched", "held", "failed", "tagged")
    assert (1, 2, 1, 1, 1) == tuple(found["tocsin_items", state] for state in states)
    assert 1 == found["tocsin_feeds", "new"]


def test_many_rows_are_estimated(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """From some size on nothing is counted row by row."""
    monkeypatch.setattr(figures, "MANY", 3)
    stored(engine, [ItemState.TAGGED] * 5)
    with engine.connect() as connection:
        run(connection, "ANALYZE item")
        connection.commit()
        assert 5 == figures.rows_of(connection, "item")
