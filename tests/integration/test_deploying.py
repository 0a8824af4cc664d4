"""Restarts one after the other, a schema that moves ahead, a way back, backups: nothing is lost.

What docs/deploying.md tells an operator to do is done here with real processes and servers.
"""

import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.integration.command import Run
from tests.integration.conftest import FAST, Processes, kill_tree
from tests.integration.newsstand import Receiver
from tests.integration.test_nothing_lost import assert_done_once, count, store_items
from tests.integration.test_nothing_lost import watching as watching  # noqa: PLC0414 - a fixture
from worker.embedded import DataFolder, EmbeddedPostgres, _postgres_install
from worker.queue import TAG, Queues
from worker.settings import Settings
from worker.store.engine import open_engine, run
from worker.store.schema import latest_revision

pytestmark = pytest.mark.timeout(
    600
)  # whole processes start and are restarted, maybe on a busy machine


def postgres_tool(name: str, *words: str) -> str:
    """Run a program that comes with the bundled Postgres."""
    program = _postgres_install() / "bin" / name
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    return done.stdout


def test_a_rolling_restart_loses_nothing(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Each old process is asked to stop once its successor runs, in the midst of its work."""
    old = [
        processes.start(*part)
        for part in (("scheduler",), ("worker", "tag"), ("worker", "deliver"))
    ]
    ids = store_items(engine, watching, 30)
    queues.wake(TAG, ids)
    wait_until(lambda: 0 < count(engine, "item WHERE state = 'tagged'"), seconds=100)
    new = [
        processes.start(*part)
        for part in (("scheduler",), ("worker", "tag"), ("worker", "deliver"))
    ]
    more = store_items(engine, watching, 20, first=30)
    queues.wake(TAG, more)
    for process in old:
        process.send_signal(signal.SIGTERM)
    assert [0, 0, 0] == [process.wait(60) for process in old]
    assert [None] * 3 == [process.poll() for process in new]
    wait_until(lambda: len(receiver.ids) >= 50, seconds=200)
    time.sleep(1)
    assert_done_once(engine, receiver, 50)


def test_old_processes_go_on_when_the_schema_moves_ahead(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    tocsin: Run,
    wait_until: Callable[..., None],
) -> None:
    """A migration that only adds is run first; what runs works on, what starts says what is wrong."""
    processes.start("scheduler")
    processes.start("worker", "tag")
    processes.start("worker", "deliver")
    first = store_items(engine, watching, 3)
    queues.wake(TAG, first)
    wait_until(lambda: len(receiver.ids) >= 3, seconds=200)
    with engine.begin() as connection:
        run(connection, "ALTER TABLE item ADD COLUMN of_the_next_version int NOT NULL DEFAULT 0")
        run(connection, "ALTER TABLE delivery ADD COLUMN of_the_next_version text DEFAULT ''")
        run(connection, "UPDATE alembic_version SET version_num = '9999'")
    queues.wake(TAG, store_items(engine, watching, 20, first=3))
    wait_until(lambda: len(receiver.ids) >= 23, seconds=200)
    assert_done_once(engine, receiver, 23)
    refused = tocsin("scheduler")
    assert 2 == refused.returncode
    assert "database schema is 9999" in refused.stderr


def contents(engine: Engine) -> dict[str, str]:
    """What stands in the tables that matter, as one text each."""
    tables = ("feed", "item", "story", "watch", "alert", "delivery", "channel")
    with engine.connect() as connection:
        return {
            table: str(run(connection, f"SELECT count(*), max(id) FROM {table}"))
            for table in tables
        }


def test_one_schema_back_and_up_again_keeps_what_there_is(
    engine: Engine,
    queues: Queues,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    tocsin: Run,
    wait_until: Callable[..., None],
) -> None:
    """Rolling back is one command; afterwards the same items, stories and alerts are there."""
    queues.wake(TAG, store_items(engine, watching, 10))
    parts = [processes.start("worker", "tag"), processes.start("worker", "deliver")]
    processes.start("scheduler")
    wait_until(lambda: len(receiver.ids) >= 10, seconds=200)
    processes.end()
    assert all(part.poll() is not None for part in parts)
    held = contents(engine)
    earlier = f"{int(latest_revision()) - 1:04}"
    assert "add --yes" in tocsin("db", "downgrade", earlier).stderr
    assert f"to {earlier}" in tocsin("db", "downgrade", earlier, "--yes").stdout
    assert held == contents(engine)
    assert "no earlier schema '9999'" in tocsin("db", "downgrade", "9999", "--yes").stderr
    assert f"from {earlier} to {latest_revision()}" in tocsin("db", "upgrade").stdout
    assert held == contents(engine)
    queues.wake(TAG, store_items(engine, watching, 5, first=10))
    for part in (("worker", "tag"), ("worker", "deliver"), ("scheduler",)):
        processes.start(*part)
    wait_until(lambda: len(receiver.ids) >= 15, seconds=200)
    assert_done_once(engine, receiver, 15)


@pytest.fixture
def fresh(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """Another Postgres, whose database is empty."""
    server = EmbeddedPostgres(DataFolder(open_folder / f"fresh-{time.monotonic_ns()}"), FAST)
    server.folder.hold()
    server.start()
    yield server
    server.stop()
    server.folder.release()


def test_a_dump_taken_while_all_runs_is_a_backup(
    engine: Engine,
    database_url: str,
    queues: Queues,
    redis_url: str,
    watching: int,
    receiver: Receiver,
    processes: Processes,
    settings: Settings,
    fresh: EmbeddedPostgres,
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    """Dumped in mid-work, lost, restored elsewhere beside an empty Valkey: the rest is done.

    What had been delivered after the dump comes again with the id it had, so receivers can tell.
    """
    total = 40
    queues.wake(TAG, store_items(engine, watching, total))
    parts = [
        processes.start(*part)
        for part in (("worker", "tag"), ("worker", "deliver"), ("scheduler",))
    ]
    wait_until(lambda: len(receiver.ids) >= 3, seconds=200)
    postgres_tool("pg_dump", "--format=custom", f"--file={tmp_path / 'dump'}", database_url)
    for part in parts:
        kill_tree(part.pid)
    queues._connection.flushall()
    postgres_tool(
        "pg_restore",
        "--no-owner",
        "--exit-on-error",
        f"--dbname={fresh.url}",
        str(tmp_path / "dump"),
    )
    restored = open_engine(fresh.url)
    told = {"TOCSIN_DATABASE_URL": fresh.url}
    for words in (("scheduler",), ("worker", "tag"), ("worker", "deliver")):
        processes.start(*words, **told)
    sent = "delivery WHERE state = 'sent'"
    wait_until(lambda: count(restored, sent) >= total, seconds=200)
    assert (total, total) == (count(restored, "alert"), count(restored, "delivery"))
    assert total == count(restored, "item WHERE state = 'tagged'")
    with restored.connect() as connection:
        tagged = run(
            connection, "SELECT count(*) AS n, count(DISTINCT item_id) AS d FROM times_tagged"
        )
    assert total == tagged[0]["n"] == tagged[0]["d"]
    assert total == len(set(receiver.ids))
    restored.dispose()
