"""Real servers for every test: the bundled Postgres and Valkey, one pair for each test process.

Each test gets a database of its own, cloned from a migrated template, and an empty Valkey.
"""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis
import structlog
from sqlalchemy import Engine

from tests.integration.command import Done, Run
from tests.integration.newsstand import SECRET, Publisher, Receiver
from worker.cli import main
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.queue import Queues
from worker.settings import Settings
from worker.store.engine import open_engine
from worker.store.schema import upgrade
from worker.supervisor import database_url as database_url_of
from worker.supervisor import redis_url as redis_url_of

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A short temporary folder that other accounts can pass through, as root's Postgres needs."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(open_folder: Path) -> Iterator[EmbeddedPostgres]:
    """A running Postgres whose database ``tocsin`` is migrated and serves as the template."""
    server = EmbeddedPostgres(DataFolder(open_folder / "pg"), FAST)
    server.folder.hold()
    upgrade(server.start())
    yield server
    server.stop()
    server.folder.release()


@pytest.fixture(scope="session")
def valkey(open_folder: Path) -> Iterator[EmbeddedValkey]:
    """A running Valkey."""
    server = EmbeddedValkey(DataFolder(open_folder / "vk"))
    server.folder.hold()
    server.start()
    yield server
    server.stop()
    server.folder.release()


_numbers = itertools.count()


@pytest.fixture
def empty_database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A new database without any table."""
    yield from _database(postgres, template="template0")


@pytest.fixture
def database_url(postgres: EmbeddedPostgres) -> Iterator[str]:
    """A new database with the current schema."""
    yield from _database(postgres, template="tocsin")


def _database(postgres: EmbeddedPostgres, *, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    admin = postgres.url.replace("/tocsin?", "/postgres?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        yield postgres.url.replace("/tocsin?", f"/{name}?")
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """An engine on a new database."""
    made = open_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def redis_url(valkey: EmbeddedValkey) -> str:
    """An emptied Valkey."""
    client = redis.Redis.from_url(valkey.url)
    client.flushall()
    client.close()
    return valkey.url


@pytest.fixture
def queues(redis_url: str) -> Iterator[Queues]:
    """The queues of an emptied Valkey."""
    made = Queues(redis_url)
    yield made
    made.close()


@pytest.fixture
def settings(database_url: str, redis_url: str, tmp_path: Path) -> Settings:
    """Settings for a whole system on loopback, with short times."""
    return Settings.model_validate(
        {
            "database_url": database_url,
            "redis_url": redis_url,
            "data": tmp_path,
            "net_allow": "127.0.0.0/8",
            "poll_interval": "1",
            "poll_interval_min": "0.2",
            "poll_interval_max": "1",
            "host_gap": "0.01",
            "lease": "3",
            "preload": "",
        }
    )


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A running publisher with an empty feed."""
    with Publisher() as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A running webhook receiver."""
    with Receiver() as running:
        yield running


class Processes:
    """Real Tocsin processes on the test's servers; all are gone when the test is."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []
        self._environment = dict(os.environ) | {
            "TOCSIN_DATABASE_URL": database_url_of(settings),
            "TOCSIN_REDIS_URL": redis_url_of(settings),
            "TOCSIN_NET_ALLOW": "127.0.0.0/8",
            "TOCSIN_POLL_INTERVAL": "1",
            "TOCSIN_POLL_INTERVAL_MIN": "0.2",
            "TOCSIN_POLL_INTERVAL_MAX": "1",
            "TOCSIN_HOST_GAP": "0.01",
            "TOCSIN_LEASE": "3",
            "TOCSIN_PRELOAD": "",
            "TOCSIN_TEST_SECRET": SECRET,
        }

    def start(
        self, *arguments: str, module: str = "worker", **more: str
    ) -> subprocess.Popen[bytes]:
        """Start ``tocsin ARGUMENTS`` with ``more`` in its environment; its log goes to a file."""
        log = (self._folder / f"process-{len(self._started)}.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            env=self._environment | more,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self._started.append(process)
        return process

    def logs(self) -> str:
        """What all of them have said, one process after the other."""
        files = [self._folder / f"process-{n}.log" for n in range(len(self._started))]
        return "".join(file.read_text() for file in files)

    def end(self) -> None:
        for process in self._started:
            if process.poll() is None:
                kill_tree(process.pid)
            process.wait()


def kill_tree(pid: int) -> None:
    """Kill -9 a process and everything below it, at once."""
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@pytest.fixture
def processes(settings: Settings, tmp_path: Path) -> Iterator[Processes]:
    """Starts real scheduler and worker processes."""
    made = Processes(settings, tmp_path)
    yield made
    made.end()


def wait_until(condition: Callable[[], bool], *, seconds: float = 40.0) -> None:
    """Wait for something to become true; fail when it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


@pytest.fixture(name="wait_until")
def wait_until_fixture() -> Callable[..., None]:
    """The waiting function."""
    return wait_until


@pytest.fixture
def tocsin(
    settings: Settings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """Run a ``tocsin`` command on the test's servers, in this process: starting one takes long."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("TOCSIN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TOCSIN_DATABASE_URL", database_url_of(settings))
    monkeypatch.setenv("TOCSIN_REDIS_URL", redis_url_of(settings))
    monkeypatch.setenv("TOCSIN_NET_ALLOW", "127.0.0.0/8")
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)

    def call(*arguments: str, **more: str) -> Done:
        with monkeypatch.context() as patch:
            patch.setattr(sys, "argv", ["tocsin", *arguments])
            for name, value in more.items():
                patch.setenv(name, value)
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capsys.readouterr()
        code = ended.value.code
        return Done(code if isinstance(code, int) else 0, out, err)

    yield call
    structlog.reset_defaults()  # what commands set up writes to a stream of this test
