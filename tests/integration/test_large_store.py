"""Lists and counts that a large store answers by its indexes say what a small one says."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from tests.integration.archive import Archive, putin
from worker.store import figures, lookup, status
from worker.store.engine import run


@pytest.fixture
def stored(engine: Engine) -> list[int]:
    """Six articles of two feeds, every second about somebody; one could not be tagged."""
    archive, ids = Archive(engine), []
    for number in range(6):
        text = f"Putin spoke {number} times." if number % 2 else f"Nobody spoke {number} times."
        mentions = (putin(text),) if number % 2 else ()
        ids.append(
            archive.add(
                f"Report {number}",
                text,
                ago=timedelta(hours=9 - number),
                feed="gazette" if number < 3 else "courier",
                mentions=mentions,
            )
        )
    with engine.begin() as connection:
        run(connection, "UPDATE item SET state = 'failed' WHERE id = :id", id=ids[0])
    return ids


@pytest.mark.parametrize(
    ("asked", "places"),
    [
        ({}, (5, 4, 3, 2, 1, 0)),
        ({"feed": "gazette"}, (2, 1, 0)),
        ({"state": "failed"}, (0,)),
        ({"mention": "person:vladimir-putin"}, (5, 3, 1)),
        ({"mention": "Putin"}, (5, 3, 1)),
        ({"mention": "Putin", "feed": "gazette"}, (1,)),
        ({"mention": "Putin", "state": "failed"}, ()),
        ({"mention": "Nobody"}, ()),
        ({"feed": "unheard-of"}, ()),
        ({"limit": 2}, (5, 4)),
        ({"mention": "Putin", "limit": 2}, (5, 3)),
    ],
)
def test_the_newest_items_that_are_asked_for(
    engine: Engine, stored: list[int], asked: dict[str, str], places: tuple[int, ...]
) -> None:
    """By feed, state, and whom they name, by key or by name."""
    with engine.connect() as connection:
        found = lookup.list_items(connection, **asked)  # type: ignore[arg-type]
    assert [stored[place] for place in places] == [one.id for one in found]


def test_what_is_reckoned_is_what_would_be_counted(
    engine: Engine, stored: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Right after Postgres has looked: the few of each other state are always counted."""
    assert stored
    with engine.connect() as connection:
        counted = status.read_status(connection)
        assert {"tagged": 5, "failed": 1} == counted.items_by_state
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
        monkeypatch.setattr(figures, "MANY", 1)
        assert counted == status.read_status(connection)
