"""Tocsin as a subject of the polling benchmark: its real scheduler process on real servers."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import psycopg
import redis
import rq
from rq.serializers import JSONSerializer
from sqlalchemy import Engine

from bench.peers.corpus import WINDOW
from bench.peers.newsagent import Newsagent
from bench.peers.profile import Profile
from bench.peers.round import Round
from bench.peers.subject import expect
from bench.peers.usage import cpu_seconds
from worker.processes import spawn
from worker.store import feeds
from worker.store.engine import open_engine

#: Feeds fall due so long after they were put into the schedule: the scheduler knows and waits.
AHEAD_SECONDS = 2.5
#: What the profiler needs to attach.
PROFILE_SECONDS = 1.0
PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.02

_DUE_IN_FEED = "UPDATE feed SET next_poll_at = %(due)s"
_DUE_IN_POLL = "UPDATE poll SET next_poll_at = %(due)s, due_at = %(due)s"
_POLLED = "SELECT count(*) FROM {table} WHERE last_polled_at >= %s"
_POLLED_WELL = "SELECT count(*) FROM {table} WHERE last_ok_at >= %s AND last_error = ''"
_ITEMS = "SELECT count(*) FROM item"
_OWED = "SELECT id FROM item WHERE state IN ('discovered', 'fetched')"
_DONE = "UPDATE item SET state = 'tagged' WHERE state IN ('discovered', 'fetched')"

Rows = psycopg.Connection[tuple[Any, ...]]


@dataclass
class Tocsin:
    """``tocsin scheduler`` as a child process, its database and queues looked at from outside.

    A round begins at the moment all feeds fall due and ends when every poll is recorded and every
    new item stands in a job of a queue. ``settings`` are TOCSIN_* variables for it.
    """

    database: str
    database_pid: int
    valkey: str
    log: Path
    settings: dict[str, str]
    profile: Profile | None = None
    name: str = "tocsin"
    _process: subprocess.Popen[bytes] | None = None
    _engine: Engine | None = None
    _items: int = field(default=0)

    def cold(self, agent: Newsagent) -> Round:
        """Empty the tables, put every feed into the store, have them polled."""
        if self._engine is None:
            self._engine = open_engine(self.database)
        if self._process is None:
            self._start()
        with self._engine.begin() as connection:
            connection.exec_driver_sql("TRUNCATE feed, item CASCADE")
            for feed in range(agent.feeds):
                feeds.put_feed(connection, name=f"paper-{feed}", url=agent.url(feed))
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            due = self._schedule(driver)
        self._items = 0
        return self._measure(agent.feeds, agent.feeds * WINDOW, due, cold=True)

    def warm(self, agent: Newsagent, new: int) -> Round:
        """Have every feed polled again."""
        with psycopg.connect(self.database) as connection:
            due = self._schedule(connection)
        return self._measure(agent.feeds, new, due, cold=False)

    def stop(self) -> None:
        """End the scheduler as an operator would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
        if self._engine is not None:
            self._engine.dispose()

    def _start(self) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
        environment = kept | self.settings
        environment |= {"TOCSIN_DATABASE_URL": self.database, "TOCSIN_REDIS_URL": self.valkey}
        with self.log.open("wb") as log:
            self._process = spawn(
                [sys.executable, "-m", "worker", "scheduler"],
                env=environment,
                stdout=log,
                stderr=log,
            )

    def _measure(self, polls: int, new: int, due: datetime, *, cold: bool) -> Round:
        assert self._process is not None
        pid = self._process.pid
        self._items += new
        jobs = redis.Redis.from_url(self.valkey)
        with psycopg.connect(self.database, autocommit=True) as connection:
            if self.profile is not None:  # its children need a moment to be there
                time.sleep(max(0.0, _seconds_until(connection, due) - PROFILE_SECONDS))
                self.profile.begin(pid, "cold" if cold else "warm")
            time.sleep(max(0.0, _seconds_until(connection, due)))
            begun = time.monotonic()
            before, database = cpu_seconds(pid), cpu_seconds(self.database_pid)
            self._await(connection, jobs, polls, due)
            wall = time.monotonic() - begun
            used = cpu_seconds(pid) - before
            database = cpu_seconds(self.database_pid) - database
            if self.profile is not None:
                self.profile.end()
            self._verify(connection, jobs, polls, new, due)
        jobs.close()
        return Round(polls=polls, wall=wall, cpu=used, database_cpu=database)

    def _await(self, connection: Rows, jobs: redis.Redis, polls: int, due: datetime) -> None:
        """Wait until every poll is recorded and every item that is owed stands in a job."""
        assert self._process is not None
        deadline = time.monotonic() + PATIENCE_SECONDS
        while _count(connection, self._sql(_POLLED), due) < polls or _owed(connection) - _named(
            jobs
        ):
            if self._process.poll() is not None:
                raise SystemExit(f"{self.name}: the scheduler ended; see {self.log}")
            if time.monotonic() > deadline:
                done = _count(connection, self._sql(_POLLED), due)
                raise SystemExit(f"{self.name}: {done} of {polls} polled in time; see {self.log}")
            time.sleep(LOOK_SECONDS)

    def _verify(
        self, connection: Rows, jobs: redis.Redis, polls: int, new: int, due: datetime
    ) -> None:
        """Everything is stored and enqueued, nothing twice; then the workers' work is done."""
        expect(self.name, "feeds polled", polls, _count(connection, self._sql(_POLLED), due))
        expect(
            self.name, "feeds polled well", polls, _count(connection, self._sql(_POLLED_WELL), due)
        )
        expect(self.name, "items in all", self._items, _count(connection, _ITEMS))
        owed = _owed(connection)
        expect(self.name, "items waiting for a worker", new, len(owed))
        expect(self.name, "items that no job names", 0, len(owed - _named(jobs)))
        connection.execute(_DONE)
        jobs.flushall()

    def _schedule(self, connection: Rows) -> datetime:
        """Have every feed fall due soon. Gives when, by the database's clock."""
        row = connection.execute(
            "SELECT now() + %s", (timedelta(seconds=AHEAD_SECONDS),)
        ).fetchone()
        assert row is not None
        due: datetime = row[0]
        connection.execute(_DUE_IN_POLL if self._narrow else _DUE_IN_FEED, {"due": due})
        return due

    def _sql(self, statement: str) -> str:
        return statement.format(table="poll" if self._narrow else "feed")

    @cached_property
    def _narrow(self) -> bool:
        """Whether the schedule is kept in a table of its own."""
        with psycopg.connect(self.database) as connection:
            row = connection.execute("SELECT to_regclass('poll') IS NOT NULL").fetchone()
        assert row is not None
        return bool(row[0])


def _count(connection: Rows, statement: str, *arguments: object) -> int:
    row = connection.execute(statement.encode(), arguments).fetchone()
    assert row is not None
    return int(row[0])


def _seconds_until(connection: Rows, moment: datetime) -> float:
    row = connection.execute("SELECT extract(epoch FROM %s - clock_timestamp())", (moment,))
    found = row.fetchone()
    assert found is not None
    return float(found[0])


def _owed(connection: Rows) -> set[int]:
    """Items that a worker is to work on."""
    return {row[0] for row in connection.execute(_OWED)}


def _named(jobs: redis.Redis) -> set[int]:
    """Items that a job of a queue names."""
    named: set[int] = set()
    for queue in ("fetch", "tag"):
        waiting = rq.Queue(queue, connection=jobs, serializer=JSONSerializer)
        for job in waiting.get_jobs():
            named.update(job.args[0])
    return named
