"""The stage of the demonstration: newsroom, receivers and a real ``tocsin up`` on a folder of its own."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Engine

from worker.demo.newsroom import Newsroom
from worker.demo.script import MUTED, SECRET_NAME, catalogue
from worker.demo.sinks import MailSink, WebhookSink
from worker.demo.thread import ServerThread
from worker.demo.wire import STORM_ALERTS
from worker.embedded import DataFolder, EmbeddedPostgres
from worker.processes import spawn
from worker.store.engine import open_engine
from worker.store.feeds import all_feeds
from worker.store.status import read_status

LOOK_SECONDS = 0.25
READY_SECONDS = 90.0
STOP_SECONDS = 8.0


class DemoError(Exception):
    """The demonstration could not be played; the message is one line."""


@dataclass
class Stage:
    """Everything that runs while the demonstration plays."""

    folder: Path
    newsroom: Newsroom
    mails: MailSink
    hooks: WebhookSink
    environment: Mapping[str, str]
    system: subprocess.Popen[bytes]
    engine: Engine
    begun: float

    @property
    def at(self) -> float:
        """Seconds since the stage was set."""
        return time.monotonic() - self.begun


@contextmanager
def set_stage() -> Iterator[Stage]:
    """The newsroom, the sinks and the system, all gone at the end."""
    begun = time.monotonic()
    secret = "whsec_" + b64encode(secrets.token_bytes(24)).decode()
    schema = json.loads(files("worker.alerts").joinpath("webhook.schema.json").read_text())
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="tocsin-demo-"))
        folder.chmod(0o711)  # as root, Postgres runs under an account of its own
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        newsroom = stack.enter_context(ServerThread(Newsroom()))
        hooks = stack.enter_context(ServerThread(WebhookSink(secret, schema)))
        mails = MailSink()
        mails.start()
        stack.callback(mails.stop)
        (folder / "feeds.yaml").write_text(
            catalogue(newsroom.url, mails.host, mails.port, hooks.url), encoding="utf-8"
        )
        environment = _environment(folder, secret)
        system = _start_system(folder, environment)
        stack.callback(_stop_system, system)
        engine = _open_database(folder, system)
        stack.callback(engine.dispose)
        yield Stage(folder, newsroom, mails, hooks, environment, system, engine, begun)


def _environment(folder: Path, secret: str) -> dict[str, str]:
    """Our environment without the user's own Tocsin settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    return kept | {
        "TOCSIN_DATA": str(folder / "data"),
        "TOCSIN_CATALOGUE": str(folder / "feeds.yaml"),
        "TOCSIN_NET_ALLOW": "127.0.0.0/8",
        "TOCSIN_POLL_INTERVAL": "1s",
        "TOCSIN_POLL_INTERVAL_MIN": "0.5s",
        "TOCSIN_POLL_INTERVAL_MAX": "1s",
        "TOCSIN_HOST_GAP": "0.01s",  # one machine plays every host
        "TOCSIN_POLL_FAILURE_MAX": "2s",
        "TOCSIN_LOG_FORMAT": "json",
        "TOCSIN_HEALTH_LISTEN": "off",
        "TOCSIN_STORM_ALERTS": str(STORM_ALERTS),
        SECRET_NAME: secret,
    }


def _start_system(folder: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (folder / "console.txt").open("wb") as out, (folder / "log.jsonl").open("wb") as log:
        return spawn(
            [sys.executable, "-m", "worker", "up"],
            env=environment,
            cwd=folder,
            stdout=out,
            stderr=log,
        )


def _stop_system(system: subprocess.Popen[bytes]) -> None:
    if system.poll() is None:
        system.send_signal(signal.SIGTERM)
    try:
        system.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        system.kill()
        system.wait()


def _open_database(folder: Path, system: subprocess.Popen[bytes]) -> Engine:
    """The database of the system, once its schema is there."""
    engine = open_engine(EmbeddedPostgres(DataFolder(folder / "data")).url, size=2)
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with contextlib.suppress(Exception), engine.connect() as connection:
            if read_status(connection).feeds:
                return engine
        if system.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"the system did not start: {_last_words(folder)}")
        time.sleep(LOOK_SECONDS)


def _last_words(folder: Path) -> str:
    lines = (folder / "log.jsonl").read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it left no word"


def wait_until_ready(stage: Stage) -> None:
    """Wait for the silent baseline: every feed read, every item of it tagged."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        with stage.engine.connect() as connection:
            read = all(feed.first_polled_at for feed in all_feeds(connection))
            status = read_status(connection)
        if read and status.items == status.items_by_state.get("tagged", 0) > 0:
            return
        if stage.system.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"the system did not get ready: {_last_words(stage.folder)}")
        time.sleep(LOOK_SECONDS)


def mute(stage: Stage) -> str:
    """Mute the watch that is to be, by the command for it; what the command says."""
    command = [sys.executable, "-m", "worker", "watches", "mute", MUTED, "--until", "3d"]
    done = subprocess.run(  # noqa: S603 - our own command
        command,
        env=stage.environment,
        cwd=stage.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DemoError(f"{MUTED} could not be muted: {done.stderr.strip()}")
    return done.stdout.strip()
