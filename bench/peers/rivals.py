"""The peers that Tocsin's polling is measured beside."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import psycopg

from bench.peers import straight
from bench.peers.corpus import WINDOW
from bench.peers.newsagent import Newsagent
from bench.peers.piped import Piped
from bench.peers.round import Round
from bench.peers.subject import expect

READER = "reader==3.27"
WORKERS = 40
HERE = Path(__file__).parent


@dataclass
class Straight:
    """``straight.py`` on a database of its own in the same Postgres."""

    database: str
    database_pid: int
    name: str = "straight"
    _process: Piped | None = None
    _items: int = 0

    def cold(self, agent: Newsagent) -> Round:
        """Empty its tables, add every feed, poll."""
        with psycopg.connect(self.database, autocommit=True) as connection:
            connection.execute(straight.SCHEMA)
            connection.execute("TRUNCATE feed, item")
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO feed (url) VALUES (%s)",
                    [(agent.url(feed),) for feed in range(agent.feeds)],
                )
        if self._process is None:
            command = [sys.executable, str(HERE / "straight.py")]
            environment = {**os.environ, "BENCH_DATABASE": self.database}
            self._process = Piped(command, environment, self.database_pid)
            self._process.start()
        self._items = 0
        return self.warm(agent, agent.feeds * WINDOW)

    def warm(self, agent: Newsagent, new: int) -> Round:
        """Poll and count the rows."""
        assert self._process is not None
        self._items += new

        def check(answer: int) -> None:
            expect(self.name, "new items", new, answer)
            with psycopg.connect(self.database) as connection:
                row = connection.execute("SELECT count(*) FROM item").fetchone()
            assert row is not None
            expect(self.name, "items in all", self._items, row[0])

        return self._process.round(agent.feeds, check)

    def stop(self) -> None:
        """End the process."""
        if self._process is not None:
            self._process.stop()


@dataclass
class Reader:
    """The PyPI package ``reader`` in an environment of its own, on a SQLite file."""

    python: Path
    name: str = "reader"
    _folder: Path | None = None
    _process: Piped | None = None
    _entries: int = field(default=0)

    def cold(self, agent: Newsagent) -> Round:
        """A new file with every feed, and one poll."""
        self.stop()
        self._folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-reader-"))
        command = [str(self.python), str(HERE / "lemon24.py")]
        command += [str(self._folder / "reader.sqlite"), str(WORKERS)]
        self._process = Piped(command, os.environ)
        self._process.start(json.dumps([agent.url(feed) for feed in range(agent.feeds)]))
        self._entries = 0
        return self.warm(agent, agent.feeds * WINDOW)

    def warm(self, agent: Newsagent, new: int) -> Round:
        """Poll and count the entries."""
        assert self._process is not None
        self._entries += new
        return self._process.round(
            agent.feeds, lambda answer: expect(self.name, "entries", self._entries, answer)
        )

    def stop(self) -> None:
        """End the process; its file goes."""
        if self._process is not None:
            self._process.stop()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)


def environment_with(package: str) -> Path:
    """A virtual environment in the user's cache with one package in it. Gives its bin folder.

    It is made when it is missing, so that no peer's needs meet the project's.
    """
    folder = platformdirs.user_cache_path("tocsin-bench") / package
    if not (folder / "done").exists():
        print(f"installing {package} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [folder / "bin" / "python", "-m", "pip", "install", "--quiet", package], check=True
        )
        (folder / "done").touch()
    return folder / "bin"
