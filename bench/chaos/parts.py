"""The parts of a Tocsin on several machines: started, killed, stopped for a while, started again.

Whoever runs Tocsin has something that starts what has ended (systemd, Kubernetes, compose): here
``Crew`` does, a second later. Servers are the bundled ones, which the machines reach over wires
where there are any, and over Unix sockets else.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from bench.chaos.wires import NET, POSTGRES, VALKEY
from worker.embedded import DataFolder, EmbeddedError, EmbeddedPostgres, EmbeddedValkey

RESTART_SECONDS = 1.0
LOOK_SECONDS = 0.2
REFUSED = 2  # the exit code of one that finds a server away when it begins
POSTGRES_PORT, VALKEY_PORT = 5432, 6379
FAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


@dataclass
class Servers:
    """Postgres and Valkey, kept running until ``stop``."""

    folder: Path
    wired: bool
    postgres: EmbeddedPostgres = field(init=False)
    valkey: EmbeddedValkey = field(init=False)
    held: bool = False
    failed_starts: int = 0

    def __post_init__(self) -> None:
        data = DataFolder(self.folder)
        tcp = {"listen_addresses": POSTGRES, "port": str(POSTGRES_PORT)} if self.wired else {}
        self.postgres = EmbeddedPostgres(data, {"max_connections": "200"} | tcp)
        at = (
            {"port": str(VALKEY_PORT), "bind": VALKEY, "protected-mode": "no"} if self.wired else {}
        )
        self.valkey = EmbeddedValkey(data, at)

    def start(self) -> None:
        """Start both."""
        self.postgres.folder.hold()
        self.postgres.start()
        if self.wired:
            with (self.postgres.data / "pg_hba.conf").open("a") as hba:
                hba.write(f"host all all {NET}.0.0/16 trust\n")
            os.kill(self.postgres.pid or 0, signal.SIGHUP)
        self.valkey.start()

    @property
    def urls(self) -> dict[str, str]:
        """Where machines reach them."""
        if not self.wired:
            return {
                "TOCSIN_DATABASE_URL": self.postgres.url,
                "TOCSIN_REDIS_URL": self.valkey.url,
            }
        return {
            "TOCSIN_DATABASE_URL": f"postgresql://postgres@{POSTGRES}:{POSTGRES_PORT}/tocsin",
            "TOCSIN_REDIS_URL": f"redis://{VALKEY}:{VALKEY_PORT}/0",
        }

    def processes(self, name: str) -> list[psutil.Process]:
        """All processes of one of them."""
        server = self.postgres if name == "postgres" else self.valkey
        with contextlib.suppress(psutil.NoSuchProcess):
            if server.pid is not None:
                root = psutil.Process(server.pid)
                return [root, *root.children(recursive=True)]
        return []

    def revive(self) -> None:
        """Start what has died again; where that fails it is tried again."""
        for server in (self.postgres, self.valkey):
            if server.ended and not self.held:
                try:
                    server.start()
                except EmbeddedError:
                    self.failed_starts += 1

    def stop(self) -> None:
        """Stop both."""
        self.valkey.stop()
        self.postgres.stop()
        self.postgres.folder.release()


@dataclass
class Part:
    """One long-running command of Tocsin on a machine."""

    name: str
    machine: int
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    due: float = 0.0


@dataclass
class Crew:
    """All parts, on their machines, and the thread that starts them again."""

    folder: Path
    servers: Servers
    parts: list[Part]
    environment: Mapping[str, str]
    namespaces: Mapping[int, str] = field(default_factory=dict)
    clocked: int = 0
    restarts: int = 0
    ended_at_start: int = 0
    ended_by_themselves: Counter[str] = field(default_factory=Counter)
    off: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._victims: set[int] = set()
        self._stop, self._over = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._look_after, daemon=True)

    @property
    def clock(self) -> Path:
        """The file that says how far off the clock of the machine ``clocked`` is."""
        return self.folder / "clock"

    def start(self) -> None:
        """Start every part; and all of them again, whenever they end."""
        self.clock.write_text("+0s\n")
        self._thread.start()

    def _look_after(self) -> None:
        while not self._over.wait(LOOK_SECONDS):  # servers die with the thread that started them
            if self._stop.is_set():
                continue
            self.servers.revive()
            for part in self.parts:
                with self._lock:
                    self._see_to(part)

    def _see_to(self, part: Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            code = part.process.poll()
            if code is None:
                return
            if code == REFUSED:
                self.ended_at_start += 1
            elif part.process.pid not in self._victims:
                self.ended_by_themselves[part.name] += 1
            part.process, part.due = None, now + RESTART_SECONDS
            self.restarts += 1
        if now >= part.due and part.machine not in self.off and not self._stop.is_set():
            part.process = self._run(part)

    def _run(self, part: Part) -> subprocess.Popen[bytes]:
        space = self.namespaces.get(part.machine)
        inside = ["ip", "netns", "exec", space] if space else []
        faked = {
            "LD_PRELOAD": str(FAKETIME),
            "FAKETIME_TIMESTAMP_FILE": str(self.clock),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        with (self.folder / f"{part.name}.log").open("ab") as log:
            return subprocess.Popen(
                [*inside, sys.executable, "-m", "bench.poisoned", *part.arguments],
                env=dict(self.environment) | (faked if part.machine == self.clocked else {}),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    # ------------------------------------------------------------------------------- what is there

    def running(self, kind: str) -> list[psutil.Process]:
        """The processes of this kind: scheduler, worker (that forks), child, deliver, parser."""
        found = []
        for part in self.parts:
            with contextlib.suppress(psutil.NoSuchProcess):
                if part.process is not None and part.process.poll() is None:
                    found += list(_of_kind(part, psutil.Process(part.process.pid), kind))
        return found

    def kill(self, victims: Sequence[psutil.Process]) -> None:
        """Kill -9 these."""
        for victim in victims:
            self._victims.add(victim.pid)
            with contextlib.suppress(psutil.NoSuchProcess):
                victim.kill()

    def lose(self, machine: int) -> None:
        """All of a machine is gone at once, until ``return_``."""
        with self._lock:
            self.off.add(machine)
            mine = [part.process for part in self.parts if part.machine == machine]
        for process in mine:
            if process is not None and process.poll() is None:
                with contextlib.suppress(psutil.NoSuchProcess):
                    root = psutil.Process(process.pid)
                    self.kill([root, *root.children(recursive=True)])

    def return_(self, machine: int) -> None:
        """A machine is there again; what runs on it is started."""
        with self._lock:
            self.off.discard(machine)

    def stop(self) -> None:
        """Stop every part in order."""
        self._stop.set()
        with self._lock:
            living = [part.process for part in self.parts if part.process is not None]
        for process in living:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGTERM)
        for process in living:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.servers.stop()
        self._over.set()
        self._thread.join(60)


def _of_kind(part: Part, root: psutil.Process, kind: str) -> Iterator[psutil.Process]:
    below = root.children(recursive=True)
    match kind:
        case "parser":
            if part.arguments[0] == "scheduler":
                yield from below
        case "child":
            if part.arguments[0] == "worker" and "deliver" not in part.arguments:
                yield from below
        case "deliver":
            if "deliver" in part.arguments:
                yield root
        case "worker":
            if part.arguments[0] == "worker" and "deliver" not in part.arguments:
                yield root
        case "scheduler":
            if part.arguments[0] == "scheduler":
                yield root
