"""Real servers for every test: the bundled Postgres and Valkey, one pair for each test process.

Each test gets a database of its own, cloned from a migrated template, and an empty Valkey.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy import Engine

from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.queue import Queues
from worker.settings import Settings
from worker.store.engine import open_engine, upgrade

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
            "lease": "3",
            "preload": "",
        }
    )
