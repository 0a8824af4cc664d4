"""The publishers of the polling benchmark: one nginx on loopback, an address for each feed."""

import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from bench.peers.corpus import WINDOW, feed_text
from worker.processes import spawn

MISSING = (
    "nginx is not installed: this benchmark polls a real C server "
    "(Debian: apt install nginx-light; macOS: brew install nginx)"
)
#: Of the feeds change before a warm round, each by so many new items.
CHANGING, NEW = 0.15, 2


def address(feed: int) -> str:
    """An address of loopback of this feed's own."""
    return f"127.{1 + feed // 60_000}.{feed // 250 % 240}.{feed % 250 + 1}"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
    return found


@dataclass
class Newsagent:
    """nginx in a temporary folder, ``feeds`` files, keep-alive off, everything else its default.

    Validators (ETag from time and size, Last-Modified) and 304 are nginx's own doing.
    """

    feeds: int
    port: int = field(init=False)
    folder: Path = field(init=False)
    newest: list[int] = field(init=False)
    _process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
        self.folder.chmod(0o755)
        (self.folder / "feeds").mkdir()
        self.port = free_port()
        self.newest = [WINDOW] * self.feeds
        for feed in range(self.feeds):
            self._write(feed)
        self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, feed: int) -> str:
        """Where a feed is polled."""
        return f"http://{address(feed)}:{self.port}/{feed}.xml"

    def publish(self, turn: int) -> list[int]:
        """Put new items on top of some feeds and drop the oldest. Gives the feeds."""
        changing = random.Random(turn).sample(range(self.feeds), round(self.feeds * CHANGING))
        for feed in changing:
            self.newest[feed] += NEW
            self._write(feed)
        return changing

    def cpu_seconds(self) -> float:
        """What the server used so far."""
        assert self._process is not None
        root = psutil.Process(self._process.pid)
        return sum(
            each.cpu_times().user + each.cpu_times().system
            for each in [root, *root.children(recursive=True)]
        )

    def _write(self, feed: int) -> None:
        path = self.folder / "feeds" / f"{feed}.xml"
        fresh = path.with_suffix(".new")
        fresh.write_text(feed_text(feed, self.newest[feed]), encoding="utf-8")
        fresh.rename(path)

    def _start(self) -> None:
        program = shutil.which(
            "nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
        )
        if program is None:
            raise SystemExit(MISSING)
        configuration = self.folder / "nginx.conf"
        configuration.write_text(self._configuration())
        self._process = spawn(
            [program, "-p", str(self.folder), "-c", str(configuration), "-e", "error.log"],
            stderr=subprocess.DEVNULL,  # it stands in error.log, too
        )
        deadline = time.monotonic() + 20
        while not any(
            each.status == psutil.CONN_LISTEN and each.laddr.port == self.port
            for each in psutil.Process(self._process.pid).net_connections("tcp")
        ):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"nginx did not start; see {self.folder}/error.log")
            time.sleep(0.05)

    def _configuration(self) -> str:
        listen = "".join(
            f"    listen {address(feed)}:{self.port} backlog=256;\n" for feed in range(self.feeds)
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        temporary = "".join(
            f"  {kind}_temp_path {self.folder}/{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        return (
            f"{user}daemon off;\nworker_processes 1;\npid {self.folder}/pid;\n"
            f"error_log {self.folder}/error.log;\nworker_rlimit_nofile 8192;\n"
            f"events {{ worker_connections {self.feeds + 2048}; }}\n"
            f"http {{\n{temporary}  access_log off;\n  keepalive_timeout 0;\n"
            "  types { application/rss+xml xml; }\n"
            f"  server {{\n{listen}    root {self.folder}/feeds;\n  }}\n}}\n"
        )
