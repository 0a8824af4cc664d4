"""One process group that is a whole Tocsin: servers, scheduler and workers.

Nothing here decides or stores; it starts processes, starts them again when they die, and stops
them in order.
"""

import contextlib
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import psutil
from sqlalchemy import Engine

from worker.embedded import (
    START_SECONDS,
    DataFolder,
    EmbeddedError,
    EmbeddedPostgres,
    EmbeddedValkey,
    FolderHeldError,
)
from worker.environment import SUFFIX, Environment
from worker.observe import facts, logger
from worker.observe.pipe import Pipe
from worker.processes import spawn, stop_process
from worker.queue import DELIVER, FETCH, TAG, Queues
from worker.settings import Settings
from worker.store.engine import StoreError, open_engine, plain_errors, run
from worker.store.feeds import forget_claims
from worker.store.schema import require_schema, upgrade

LOOK_SECONDS = 0.2
STOP_SECONDS = 3.5  # what processes get to finish; the servers get the rest of five
RESTART_SECONDS = (0.0, 1.0, 5.0, 15.0)
STEADY_SECONDS = 60.0
REVIVE_SECONDS = 5.0  # between attempts to start a server that does not start
PARENT = "TOCSIN_PARENT"

log = logger(__name__)


class Servers:
    """Postgres and Valkey: the operator's where URLs are set, else the bundled ones."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is started yet."""
        self._settings = settings
        self.folder = DataFolder(settings.data)
        self._bundled: list[EmbeddedPostgres | EmbeddedValkey] = []
        self._revive_at = 0.0
        if settings.database_url is None:
            self._bundled.append(EmbeddedPostgres(self.folder))
        if settings.redis_url is None:
            self._bundled.append(EmbeddedValkey(self.folder))

    def hold(self) -> None:
        """Hold the data folder, where something of ours is to run in it. Raises EmbeddedError."""
        if self._bundled:
            self.folder.hold()

    def start(self) -> None:
        """Start what is bundled, in the folder that is held. Raises EmbeddedError."""
        for server in self._bundled:
            server.start()

    def revive(self) -> None:
        """Start a bundled server again if it died; where that fails, try again after a while.

        Their logs are kept short, too.
        """
        if time.monotonic() < self._revive_at:
            return
        for server in self._bundled:
            server.bound_log()
            if server.ended:
                log.error("bundled server ended; starting it again", server=type(server).__name__)
                try:
                    server.start()
                except EmbeddedError as error:
                    log.error("bundled server did not start", error=str(error))  # noqa: TRY400
                    self._revive_at = time.monotonic() + REVIVE_SECONDS

    def stop(self) -> None:
        """Stop what is bundled, Valkey first, and let the folder go."""
        for server in reversed(self._bundled):
            server.stop()
        self.folder.release()

    @property
    def settings(self) -> Settings:
        """The settings with both URLs filled in."""
        urls = {
            "database_url" if isinstance(server, EmbeddedPostgres) else "redis_url": server.url
            for server in self._bundled
        }
        return with_urls(self._settings, **urls)

    def forget_claims(self) -> None:
        """Free what a killed predecessor held. Only where nobody else can be at work: our folder."""
        if not any(isinstance(server, EmbeddedPostgres) for server in self._bundled):
            return
        with open_store(self.settings) as engine, engine.begin() as connection:
            forget_claims(connection)
            for table in ("item", "delivery"):
                run(
                    connection,
                    f"UPDATE {table} SET lease_until = NULL, lease_owner = ''"  # noqa: S608
                    " WHERE lease_until IS NOT NULL",
                )


def with_urls(settings: Settings, **urls: str) -> Settings:
    """Settings with server URLs put in (checked like any other setting)."""
    return Settings.model_validate(settings.model_dump() | urls)


def database_url(settings: Settings) -> str:
    """The database URL, known to be set."""
    assert settings.database_url is not None
    return settings.database_url.get_secret_value()


def redis_url(settings: Settings) -> str:
    """The Valkey URL, known to be set."""
    assert settings.redis_url is not None
    return settings.redis_url.get_secret_value()


@contextmanager
def open_store(settings: Settings) -> Iterator[Engine]:
    """The database for one command.

    The operator's, that of a running ``tocsin up``, or the bundled one started for the moment.
    Raises EmbeddedError or StoreError, each one line.
    """
    if settings.database_url is not None:
        url, stop = database_url(settings), None
    else:
        url, stop = _bundled_store(settings)
    engine = open_engine(url, size=1)
    try:
        with plain_errors():
            yield engine
    finally:
        engine.dispose()
        if stop is not None:
            stop.stop()
            stop.folder.release()


def _bundled_store(settings: Settings) -> tuple[str, EmbeddedPostgres | None]:
    """The URL of the bundled Postgres, and the server if it was started for the moment."""
    postgres = EmbeddedPostgres(DataFolder(settings.data))
    try:
        postgres.folder.hold("command")
    except FolderHeldError as error:
        if error.by_command:
            raise
        _wait_for_schema(postgres.url)
        return postgres.url, None
    try:
        upgrade(postgres.start())
    except BaseException:
        postgres.stop()
        postgres.folder.release()
        raise
    return postgres.url, postgres


def _wait_for_schema(url: str) -> None:
    """Wait for a ``tocsin up`` that is only just starting."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            return require_schema(url)
        except StoreError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def queues_of(settings: Settings) -> Queues | None:
    """The queues of the operator's or a running ``tocsin up``'s Valkey; ``None`` if none runs."""
    if settings.redis_url is not None:
        return Queues(redis_url(settings))
    valkey = EmbeddedValkey(DataFolder(settings.data))
    return Queues(valkey.url) if valkey.socket.exists() else None


# --------------------------------------------------------------------------------- processes


@dataclass
class _Part:
    """A process that is to run all the time."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    born: float = 0.0
    deaths: int = 0
    due: float = 0.0


@dataclass
class Supervisor:
    """Processes of Tocsin as children of this one: by default scheduler and workers.

    They hand their facts to this process by the ``pipe``, where there is one.
    """

    settings: Settings
    servers: Servers
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    commands: Sequence[Sequence[str]] = (
        *(("worker", queue) for queue in (TAG, FETCH, DELIVER)),
        ("scheduler",),
    )
    pipe: Pipe | None = None
    _parts: list[_Part] = field(default_factory=list)

    def start(self) -> None:
        """Start every part."""
        self._parts = [_Part(" ".join(command), command) for command in self.commands]
        for part in self._parts:
            self._start(part)

    def _start(self, part: _Part) -> None:
        environment = self._with_servers() | {
            PARENT: str(os.getpid()),
            "MALLOC_ARENA_MAX": "2",  # glibc keeps one heap a thread otherwise
        }
        pipe = self.pipe
        part.process = spawn(
            [sys.executable, "-m", "worker", *part.arguments],
            env=environment | (dict(pipe.environment) if pipe else {}),
            pass_fds=(pipe.writer,) if pipe else (),
        )
        part.born = time.monotonic()

    def _with_servers(self) -> dict[str, str]:
        """The variables of a part. A URL that a file holds stays there, out of sight of others."""
        made = dict(self.environment)
        held = Environment(self.environment)
        for name, url in (
            ("TOCSIN_DATABASE_URL", database_url(self.settings)),
            ("TOCSIN_REDIS_URL", redis_url(self.settings)),
        ):
            if held.file(name) is None or held[name] != url:
                made[name] = url
                made.pop(f"{name}{SUFFIX}", None)
        return made

    def watch(self, stop: threading.Event) -> None:
        """Keep everything running until ``stop`` is set."""
        while not stop.wait(LOOK_SECONDS):
            facts.turn("supervisor")
            self.servers.revive()
            for part in self._parts:
                self._look_after(part)

    def _look_after(self, part: _Part) -> None:
        now = time.monotonic()
        if part.process is not None:
            code = part.process.poll()
            if code is None:
                return
            if now - part.born > STEADY_SECONDS:
                part.deaths = 0
            pause = RESTART_SECONDS[min(part.deaths, len(RESTART_SECONDS) - 1)]
            log.error("process ended; starting it again", part=part.name, code=code, seconds=pause)
            part.deaths += 1
            part.due = now + pause
            part.process = None
        if now >= part.due:
            self._start(part)

    def stop(self) -> None:
        """Ask every part to finish, together; end those that do not in time."""
        living = [
            psutil.Process(part.process.pid)
            for part in self._parts
            if part.process is not None and part.process.poll() is None
        ]
        for process in living:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(signal.SIGTERM)
        _, late = psutil.wait_procs(living, timeout=STOP_SECONDS)
        for process in late:
            with contextlib.suppress(psutil.NoSuchProcess):
                for child in [*process.children(recursive=True), process]:
                    stop_process(child, signal.SIGKILL)
        for part in self._parts:
            if part.process is not None:
                part.process.wait()


def stop_with_parent() -> None:
    """In a child of a supervisor: stop when it is gone, where the kernel does not see to it."""
    parent = os.environ.get(PARENT)
    if parent is None or platform.system() == "Linux":
        return

    def look() -> None:
        while os.getppid() == int(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=look, daemon=True).start()
