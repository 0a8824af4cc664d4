"""A Bloomberg day: 900,000 stories a day against 350,000 standing watches, through the real processes.

    python -m bench.day --minutes 15 --days 1.5

A newswire on loopback (``bench.newswire``) publishes a day's stories in so many minutes, busier hours and
idler ones, at ``--days`` times the rate of 900,000 a day. Schedulers, fetch, tag and deliver workers, the
bundled Postgres and Valkey do their work as always; a receiver notes when each alert comes. All watches
match and are written down; ``--ringing`` of them have a channel. Reported: from publication to the receipt
of each alert, CPU of each part (children and Postgres' sessions among it), memory, where work waited.
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from aiohttp import web
from sqlalchemy import Engine

from bench.folders import own_folder
from bench.newswire import FEEDS, OLD, base, serve_wire
from bench.outgoing import SECRET, started
from bench.report import Bar, report
from bench.watching import World, queries
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.processes import spawn
from worker.store import feeds, watches
from worker.store.engine import open_engine, rows_as_json, run
from worker.store.feeds import NewFeed
from worker.store.schema import upgrade
from worker.store.versions import WATCH, changed

STORIES_A_DAY = 900_000
PARTS = ("scheduler", "fetch", "tag", "deliver")
READY_SECONDS, DRAIN_SECONDS = 300.0, 240.0
LOOK_SECONDS = 1.0
GIVE_UP_BACKLOG = 60.0
"""So many seconds' worth of stories waiting end the run: it is not sustained."""


# ------------------------------------------------------------------------------------ the receiver


def receive(ports: Any) -> None:
    """Take alerts; at ``/got`` which story each was of and when it came."""
    got: list[tuple[int, float]] = []

    async def hook(request: web.Request) -> web.Response:
        now = time.time()
        body = await request.read()
        link = body.partition(b"/story/")[2]
        number = link[: next(n for n, byte in enumerate(link) if not 48 <= byte <= 57)]
        got.append((int(number), now))
        return web.Response(status=204)

    async def told(_request: web.Request) -> web.Response:
        return web.json_response(got)

    async def main() -> None:
        app = web.Application(client_max_size=2**22)
        app.add_routes([web.post("/hook", hook), web.get("/got", told)])
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(main())


# ------------------------------------------------------------------------------------ what runs


@dataclass
class Crew:
    """The processes of the run by what they are."""

    parts: dict[str, list[psutil.Process]] = field(default_factory=dict)

    def add(self, name: str, pid: int | None) -> None:
        """Watch a process and its children."""
        self.parts.setdefault(name, []).append(psutil.Process(pid))

    def cpu(self) -> dict[str, float]:
        """CPU seconds of each part so far, children that have ended among it."""
        return {name: sum(map(_cpu, processes)) for name, processes in self.parts.items()}

    def memory(self) -> dict[str, float]:
        """Megabytes of each part, what processes share counted once (PSS)."""
        return {name: sum(map(_memory, processes)) for name, processes in self.parts.items()}

    def ended(self) -> list[str]:
        """Parts of which a process is gone."""
        return [name for name, found in self.parts.items() if not all(map(_runs, found))]


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def _family(process: psutil.Process) -> Iterator[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        yield process
        yield from process.children(recursive=True)


def _cpu(process: psutil.Process) -> float:
    total = 0.0
    for one in _family(process):
        with contextlib.suppress(psutil.NoSuchProcess):
            total += sum(one.cpu_times()[:4])  # its own, and that of children it has waited for
    return total


def _memory(process: psutil.Process) -> float:
    total = 0.0
    for one in _family(process):
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            total += one.memory_full_info().pss / 2**20
    return total


def fill(engine: Engine, port: int, sink: str, *, count: int, ringing: float) -> None:
    """The feeds, the channel and the watches, of which some have the channel."""
    every = round(1 / ringing) if ringing else 0
    world = World()
    with engine.begin() as connection:
        feeds.add_feeds(
            connection,
            [
                NewFeed(
                    name=f"wire {n}",
                    url=f"{base(port, n)}/feed/{n}",
                    outlet=f"Wire {n}",
                    language="en",
                )
                for n in range(FEEDS)
            ],
        )
        watches.put_channel(
            connection, name="sink", kind="webhook", config={"url": sink, "secret": SECRET}
        )
        version = changed(connection, WATCH)
        rows = [
            {
                "name": f"watch {n}",
                "query": one.clause,
                "channels": ["sink"] if every and n % every == 0 else [],
            }
            for n, one in enumerate(queries(world, count))
        ]
        for start in range(0, count, 20_000):
            run(
                connection,
                """INSERT INTO watch (name, query, channels, version)
                   SELECT name, query, channels, :version FROM jsonb_to_recordset(
                       CAST(:rows AS jsonb)) AS r(name text, query text, channels jsonb)""",
                rows=rows_as_json(rows[start : start + 20_000]),
                version=version,
            )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")


ENVIRONMENT = {
    "TOCSIN_NET_ALLOW": "127.0.0.0/8",
    "TOCSIN_LOG_FORMAT": "json",
    "TOCSIN_POLL_INTERVAL": "2",
    "TOCSIN_POLL_INTERVAL_MIN": "1",
    "TOCSIN_POLL_INTERVAL_MAX": "2",
    "TOCSIN_HOST_GAP": "0.02",
    "TOCSIN_STORM_ALERTS": "0",
    "MALLOC_ARENA_MAX": "2",
}


@contextlib.contextmanager
def everything(folder: Path, options: argparse.Namespace) -> Iterator["Running"]:
    """Everything started, stopped in the end whatever happens."""
    postgres = EmbeddedPostgres(DataFolder(folder / "pg"))
    valkey = EmbeddedValkey(DataFolder(folder / "vk"))
    crew, ours, spawned = Crew(), [], []
    try:
        postgres.folder.hold()
        valkey.folder.hold()
        upgrade(postgres.start())
        valkey.start()
        seconds = options.minutes * 60
        count = round(STORIES_A_DAY / 86_400 * options.days * seconds)
        for name, serve in (("newswire", serve_wire), ("receiver", receive)):
            ours.append(_ours(name, serve, count, seconds))
        (wire, moments), sink = (one[1].get(timeout=120) for one in ours)
        engine = open_engine(postgres.url)
        fill(
            engine,
            wire,
            f"http://127.0.0.1:{sink}/hook",
            count=options.watches,
            ringing=options.ringing,
        )
        env = {k: v for k, v in os.environ.items() if not k.startswith("TOCSIN_")} | ENVIRONMENT
        env |= {"TOCSIN_DATABASE_URL": postgres.url, "TOCSIN_REDIS_URL": valkey.url}
        for name, (process, _) in zip(("newswire", "receiver"), ours, strict=True):
            crew.add(name, process.pid)
        for name, server in (("postgres", postgres), ("valkey", valkey)):
            crew.add(name, server.pid)
        for part in PARTS:
            for number in range(options.taggers if part == "tag" else 1):
                command = ["scheduler"] if part == "scheduler" else ["worker", part]
                with (folder / f"{part}-{number}.log").open("wb") as log:
                    spawned.append(
                        spawn(
                            [sys.executable, "-m", "worker", *command],
                            env=env,
                            stdout=log,
                            stderr=log,
                        )
                    )
                crew.add(part, spawned[-1].pid)
        yield Running(engine, crew, wire, sink, moments, seconds)
        engine.dispose()
    finally:
        _stop(spawned)
        for process, _ in ours:
            process.kill()
        valkey.stop()
        postgres.stop()


def _ours(name: str, serve: Any, count: int, seconds: float) -> Any:
    """A server of ours in a process of its own."""
    return started(partial(serve, count, seconds) if name == "newswire" else serve)


def _stop(spawned: Sequence["subprocess.Popen[bytes]"]) -> None:
    for process in spawned:
        process.send_signal(signal.SIGTERM)
    for process in spawned:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


# --------------------------------------------------------------------------------------- the run


WAITING = """
    SELECT (SELECT count(*) FROM item WHERE state = 'discovered') AS fetch,
        (SELECT count(*) FROM item WHERE state = 'fetched') AS tag,
        (SELECT count(*) FROM delivery WHERE state = 'pending') AS deliver
"""


@dataclass
class Running:
    """A run under way."""

    engine: Engine
    crew: Crew
    wire: int
    sink: int
    moments: list[float]
    seconds: float
    most: dict[str, int] = field(default_factory=dict)

    def waiting(self) -> Mapping[str, int]:
        """How much waits in each queue, as Postgres has it."""
        with self.engine.connect() as connection:
            return run(connection, WAITING)[0]

    def count(self, table: str, where: str = "true") -> int:
        """How many rows."""
        with self.engine.connect() as connection:
            sql = f"SELECT count(*) AS n FROM {table} WHERE {where}"
            return int(run(connection, sql)[0]["n"])

    def get_ready(self) -> None:
        """Wait until the old stories are tagged: then models, watches and feeds are in place."""
        deadline = time.monotonic() + READY_SECONDS
        while self.count("item", "state = 'tagged'") < FEEDS * OLD:
            self.check(deadline, "not ready")
            time.sleep(LOOK_SECONDS)

    def check(self, deadline: float, what: str) -> None:
        """End the run where something has died or takes too long."""
        if ended := self.crew.ended():
            raise SystemExit(f"ended by itself: {', '.join(ended)}")
        if time.monotonic() > deadline:
            raise SystemExit(f"{what}: {dict(self.waiting())}")

    def play(self) -> float:
        """Let the day go by; gives when it began."""
        request = urllib.request.Request(f"{base(self.wire, 0)}/begin", data=b"")
        with urllib.request.urlopen(request, timeout=30) as answer:
            start = float(json.load(answer)["start"])
        rate = len(self.moments) / self.seconds
        while time.time() < start + self.seconds:
            time.sleep(LOOK_SECONDS)
            self.look(rate)
        return start

    def look(self, rate: float) -> None:
        """Note what waits; end the run where it grows without end."""
        waiting = self.waiting()
        self.most = {name: max(n, self.most.get(name, 0)) for name, n in waiting.items()}
        self.check(time.monotonic() + 1, "")
        if max(waiting["fetch"], waiting["tag"]) > GIVE_UP_BACKLOG * rate:
            raise SystemExit(f"not sustained: {dict(waiting)} wait")

    def drain(self) -> None:
        """Wait until all that was published is through."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.count("item", "state IN ('tagged', 'failed')") < len(self.moments) or any(
            self.waiting().values()
        ):
            self.check(deadline, "not all came through")
            time.sleep(LOOK_SECONDS / 2)

    def got(self) -> list[tuple[int, float]]:
        """The alerts that came: story and when."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.sink}/got", timeout=60) as answer:
            return [(number, at) for number, at in json.load(answer)]


def figures_of(running: Running, start: float, before: dict[str, float]) -> dict[str, float]:
    """What is reported."""
    after = running.crew.cpu()
    stories = len(running.moments) - FEEDS * OLD
    lags = sorted(at - start - running.moments[number] for number, at in running.got())
    cpu = {name: (after[name] - before[name]) / stories * 1000 for name in after}
    figures = {
        "stories": float(stories),
        "matches_a_story": running.count("match") / len(running.moments),
        "alerts": float(len(lags)),
        "alerts_a_story": len(lags) / stories,
        "alerts_owed": float(running.count("delivery")),
        "failed_items": float(running.count("item", "state = 'failed'")),
        "p50_s": statistics.median(lags),
        "p95_s": lags[int(len(lags) * 0.95)],
        "p99_s": lags[int(len(lags) * 0.99)],
        "longest_s": lags[-1],
        "cpu_ms_a_story": sum(cpu.values()),
    }
    figures |= {f"cpu_ms_{name}": value for name, value in cpu.items()}
    figures |= {f"memory_mb_{name}": value for name, value in running.crew.memory().items()}
    figures |= {f"most_waiting_{name}": float(n) for name, n in running.most.items()}
    return figures


def _end(number: int, _frame: Any) -> None:
    raise SystemExit(f"ended by {signal.Signals(number).name}")


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=15.0, help="into which a day is compressed"
    )
    parser.add_argument("--days", type=float, default=1.5, help="times 900,000 stories a day")
    parser.add_argument("--watches", type=int, default=350_000, help="standing watches")
    parser.add_argument("--ringing", type=float, default=0.02, help="share that has a channel")
    parser.add_argument("--taggers", type=int, default=os.cpu_count() or 2, help="tag workers")
    parser.add_argument("--keep", action="store_true", help="keep the folder with the logs")
    options = parser.parse_args()
    limit = options.minutes * 60 + READY_SECONDS + DRAIN_SECONDS + 240
    for number in (signal.SIGALRM, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    signal.alarm(round(limit))
    with (
        own_folder("day", keep=options.keep) as folder,
        everything(folder, options) as running,
    ):
        running.get_ready()
        before = running.crew.cpu()
        start = running.play()
        running.drain()
        figures = figures_of(running, start, before)
    figures = {"days_per_day": options.days} | {k: round(v, 2) for k, v in figures.items()}
    for name, value in figures.items():
        print(f"{value:12.2f}  {name}")
    report(
        "day",
        figures,
        {
            "days_per_day": Bar(options.days, 1.5),
            "p95_s": Bar(figures["p95_s"], 5, most=True),
            "alerts_lost": Bar(figures["alerts_owed"] - figures["alerts"], 0, most=True),
        },
    )


if __name__ == "__main__":
    main()
