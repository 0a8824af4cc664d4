"""A whole Tocsin for the kill test, started as a user would, and what in it can be killed."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import psutil
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from bench.outgoing import SECRET
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.queue import DELIVER, Queues
from worker.store.engine import open_engine, run

#: What is killed, and how often of a hundred times. A session is one connection to Postgres.
TARGETS = {"worker": 50, "valkey": 15, "postgres": 25, "session": 10}
START_SECONDS = 120.0
REFUSED = 2  # the exit code of one that finds a server away when it begins
AGAIN_SECONDS = 40.0  # in which whatever was killed has to be there again


class System:
    """``tocsin up`` on bundled servers in a folder of its own, and more ``tocsin worker deliver``."""

    def __init__(self, folder: Path, *, lease: int, workers: int) -> None:
        self.killed: Counter[str] = Counter()
        self.worker_kills: list[float] = []
        self.ended_by_themselves = 0
        self.ended_at_start = 0
        self._victims: set[int] = set()
        self._folder = folder
        data = DataFolder(folder / "data")
        self._database = EmbeddedPostgres(data).url
        self._queues = Queues(EmbeddedValkey(data).url)
        self._engine = open_engine(self._database, size=1)
        self._count = workers
        self._up: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
        self._env = kept | {
            "TOCSIN_DATA": str(folder / "data"),
            "TOCSIN_NET_ALLOW": "127.0.0.0/8",
            "TOCSIN_LEASE": str(lease),
            "TOCSIN_PRELOAD": "",
            "TOCSIN_LOG_FORMAT": "json",
            "BENCH_SECRET": SECRET,
        }

    def start(self) -> None:
        """Start everything; ready when the catalogue is applied."""
        self._up = self._run("up", "--catalogue", str(self._folder / "feeds.yaml"))
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if self._up.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"tocsin up did not start: see {self._folder}/up.err")
            time.sleep(0.2)
        self._workers = [self._worker(number) for number in range(self._count)]

    def _is_ready(self) -> bool:
        try:
            with self._engine.connect() as connection:
                rows = connection.exec_driver_sql("SELECT 1 FROM channel LIMIT 1").all()
        except SQLAlchemyError:
            return False
        return bool(rows)

    def _worker(self, number: int) -> subprocess.Popen[bytes]:
        urls = {"TOCSIN_DATABASE_URL": self._database, "TOCSIN_REDIS_URL": self._valkey_url}
        return self._run("worker", "deliver", log=f"worker-{number}", **urls)

    @property
    def _valkey_url(self) -> str:
        return EmbeddedValkey(DataFolder(self._folder / "data")).url

    def _run(self, *arguments: str, log: str = "up", **more: str) -> subprocess.Popen[bytes]:
        """Start ``tocsin ARGUMENTS``; what it prints and logs is appended to files."""
        out, err = self._folder / f"{log}.out", self._folder / f"{log}.err"
        with out.open("ab") as stdout, err.open("ab") as stderr:
            return subprocess.Popen(
                [sys.executable, "-m", "worker", *arguments],
                env=self._env | more,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def printed(self) -> list[str]:
        """Every line on the standard output of any of its processes."""
        return [
            line
            for path in sorted(self._folder.glob("*.out"))
            for line in path.read_text(errors="replace").splitlines()
        ]

    def dropped(self) -> int:
        """How many results a living process says that it could not write down."""
        return sum(
            path.read_text(errors="replace").count('"event": "attempt not written"')
            for path in self._folder.glob("*.err")
        )

    def store(self, work: Callable[[Connection], None]) -> None:
        """Do something in the database, again and again until it is done: it can be done twice."""
        deadline = time.monotonic() + AGAIN_SECONDS
        while True:
            try:
                with self._engine.begin() as connection:
                    return work(connection)
            except (InterfaceError, OperationalError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def wake(self) -> None:
        """Say that something is due. It may be said in vain."""
        self._queues.wake(DELIVER, [0])

    # ------------------------------------------------------------------------------------ killing

    def kill(self, target: str, rng: Random) -> None:
        """Kill -9 one of these, as soon as one is there; a worker only while it holds deliveries."""
        deadline = time.monotonic() + AGAIN_SECONDS
        while True:
            try:
                if found := self._find(target):
                    victim = found[rng.randrange(len(found))]
                    victim.kill()
                    break
            except psutil.NoSuchProcess:  # it has just ended
                pass
            if time.monotonic() > deadline:
                raise SystemExit(f"{target} is not there again: see {self._folder}")
            self.look_after()
            time.sleep(0.1)
        self.killed[target] += 1
        if target == "worker":
            self.worker_kills.append(time.time())
        self._victims.add(victim.pid)
        self.look_after()

    def _find(self, target: str) -> list[psutil.Process]:
        assert self._up is not None
        ours = psutil.Process(self._up.pid).children()
        if target == "worker":
            mine = [psutil.Process(one.pid) for one in self._workers if one.poll() is None]
            all_of_them = mine + [one for one in ours if "deliver" in one.cmdline()]
            busy = self._owners()
            return [one for one in all_of_them if one.pid in busy]
        if target == "valkey":
            return [one for one in ours if "valkey" in one.name()]
        servers = [one for one in ours if one.name() == "postgres"]
        if target == "postgres":
            return servers
        sessions = [each for one in servers for each in one.children()]
        return [one for one in sessions if " tocsin " in " ".join(one.cmdline())]

    def _owners(self) -> set[int]:
        """The ids of those processes that hold deliveries."""
        found: set[int] = set()

        def look(connection: Connection) -> None:
            rows = run(
                connection,
                """SELECT DISTINCT split_part(lease_owner, ':', 2) AS pid FROM delivery
                   WHERE state = 'pending' AND lease_until > now()""",
            )
            found.update(int(row["pid"]) for row in rows)

        self.store(look)
        return found

    def look_after(self) -> None:
        """Start those workers again that have ended, as whoever runs them would."""
        for number, worker in enumerate(self._workers):
            if worker.poll() is not None:
                if worker.returncode == REFUSED:
                    self.ended_at_start += 1
                elif worker.pid not in self._victims:
                    self.ended_by_themselves += 1
                self._workers[number] = self._worker(number)

    def stop(self) -> None:
        """Stop everything in order."""
        running = [one for one in (*self._workers, self._up) if one is not None]
        for process in running:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._queues.close()
        self._engine.dispose()
