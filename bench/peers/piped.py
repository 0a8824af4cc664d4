"""A poller in a process of its own that is told by a line to poll all feeds once."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.peers.round import Round
from bench.peers.usage import cpu_seconds


@dataclass
class Piped:
    """The process; ``database_pid`` is a server that works for it, 0: none."""

    command: Sequence[str]
    environment: Mapping[str, str]
    database_pid: int = 0
    _process: subprocess.Popen[str] | None = None

    def start(self, *lines: str) -> None:
        """Start it, give it its first lines, wait until it is ready."""
        self._process = subprocess.Popen(
            self.command,
            env=dict(self.environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for line in lines:
            self._say(line)
        self._hear()

    def round(self, feeds: int, check: Callable[[int], None]) -> Round:
        """Have it poll once and measure it; ``check`` is given the number it answers."""
        assert self._process is not None
        pid = self._process.pid
        before, database = cpu_seconds(pid), self._database()
        begun = time.monotonic()
        self._say("")
        answer = self._hear()
        wall = time.monotonic() - begun
        used, database = cpu_seconds(pid) - before, self._database() - database
        check(int(answer))
        return Round(polls=feeds, wall=wall, cpu=used, database_cpu=database)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def _database(self) -> float:
        return cpu_seconds(self.database_pid) if self.database_pid else 0.0

    def _say(self, line: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _hear(self) -> str:
        assert self._process is not None
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{self.command[1:3]} ended early")
        return line.strip()
