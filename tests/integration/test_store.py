"""What stands between values and Postgres: times, odd characters, URLs, schemas."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.model import Evidence
from worker.queue import QueueError, Queues
from worker.store.engine import StoreError, dump_json, open_engine, run
from worker.store.schema import upgrade


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
