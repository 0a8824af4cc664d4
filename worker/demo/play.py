"""Plays the newsroom through a real Tocsin and judges what arrived.

Starts the newsroom, the sinks and ``tocsin up`` on a temporary folder, watches its database while
the stories come out, and compares what the receivers got with the declared truth.
"""

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
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection, Engine

from worker.alerts.render import snippet
from worker.demo.events import BellRang, Closing, Note, StoryArrived, TagsFound
from worker.demo.newsroom import Newsroom
from worker.demo.screen import Screen, latencies
from worker.demo.script import SECRET_NAME, WATCHES, catalogue, expected, judge
from worker.demo.sinks import MailSink, WebhookSink
from worker.demo.thread import ServerThread
from worker.embedded import DataFolder, EmbeddedPostgres
from worker.model import Announcement, Feed, Item, Kind, Mention
from worker.processes import spawn
from worker.store import tail
from worker.store.alerts import AlertRecord
from worker.store.articles import load_articles
from worker.store.deliveries import SentRecord, sent_deliveries
from worker.store.engine import open_engine
from worker.store.feeds import all_feeds
from worker.store.status import Status, read_status

LOOK_SECONDS = 0.25
READY_SECONDS = 90.0
LATEST_SECONDS = 60.0
QUIET_SECONDS = 2.0
STOP_SECONDS = 8.0


class DemoError(Exception):
    """The demonstration could not be played; the message is one line."""


@dataclass
class _Stage:
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


def play(*, keep: bool = False) -> int:
    """Play it and show it. Gives the exit code: 0 only when all was as expected."""
    screen = Screen()
    screen.show(Note(at=0.0, text="starting Postgres, Valkey, a newsroom, a mail sink, a webhook"))
    with _stage() as stage:
        _wait_until_ready(stage)
        screen.show(Note(at=stage.at, text="every feed has been read once; the newsroom opens"))
        stage.newsroom.play()
        _Watcher(stage, screen).watch()
        closing = _verdict(stage)
        screen.show(closing)
        if keep:
            _keep(stage)
    return 1 if closing.complaints else 0


# -------------------------------------------------------------------------------------- stage


@contextmanager
def _stage() -> Iterator[_Stage]:
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
        yield _Stage(folder, newsroom, mails, hooks, environment, system, engine, begun)


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


def _wait_until_ready(stage: _Stage) -> None:
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


# -------------------------------------------------------------------------------------- watch


class _Watcher:
    """Shows what happens in the database until the newsroom is done and nothing is owed."""

    def __init__(self, stage: _Stage, screen: Screen) -> None:
        self._stage = stage
        self._screen = screen
        self._ringing: dict[int, AlertRecord] = {}
        self._failing: set[str] = set()
        self._revisions: dict[int, int] = {}

    def watch(self) -> None:
        """Look until it is quiet, at the longest ``LATEST_SECONDS``."""
        stage = self._stage
        with stage.engine.connect() as connection:
            place = tail.here(connection)
        deadline = time.monotonic() + LATEST_SECONDS
        quiet_since = time.monotonic()
        while time.monotonic() < deadline:
            with stage.engine.connect() as connection:
                news = tail.since(connection, place)
                self._show(news)
                self._ring(connection)
                self._note_failures(all_feeds(connection))
                owed = _owed(read_status(connection))
            if news.happened or owed or self._ringing or not stage.newsroom.finished:
                quiet_since = time.monotonic()
            elif time.monotonic() - quiet_since > QUIET_SECONDS:
                return
            place = news.place
            time.sleep(LOOK_SECONDS)

    def _show(self, news: tail.News) -> None:
        for item in news.arrived:
            self._arrive(item)
        for tagged in news.tagged:
            if tagged.item.revision > self._revisions.get(tagged.item.id, 0):
                self._revisions[tagged.item.id] = tagged.item.revision
                self._arrive(tagged.item)
            self._screen.show(_tags(self._stage.at, tagged.item, tagged.mentions))
        for alert in news.alerts:
            self._ringing[alert.id] = alert

    def _arrive(self, item: Item) -> None:
        self._screen.show(
            StoryArrived(
                at=self._stage.at,
                outlet=item.outlet,
                language=item.entry.language,
                headline=item.entry.title,
                revision=item.revision,
                baseline=item.baseline,
            )
        )

    def _ring(self, connection: Connection) -> None:
        """Show the alerts whose deliveries have all been made."""
        if not self._ringing:
            return
        sent = sent_deliveries(connection, list(self._ringing))
        for alert_id, alert in list(self._ringing.items()):
            mine = [one for one in sent if one.alert_id == alert_id]
            if len(mine) == alert.sent + alert.pending + alert.dead:
                self._screen.show(self._bell(connection, alert, mine))
                del self._ringing[alert_id]

    def _bell(self, connection: Connection, alert: AlertRecord, sent: list[SentRecord]) -> BellRang:
        item_id = alert.item_id or 0
        article = load_articles(connection, [item_id])[item_id]
        cut = snippet(
            Announcement(
                alert_id=alert.id,
                delivery_id=0,
                message_id="",
                watch_id=0,
                watch_name=alert.watch,
                query=alert.query,
                reason=alert.reason,
                story_id=alert.story_id or 0,
                item_id=item_id,
                feed_name="",
                article=article,
                mentions=(),
                evidence=alert.evidence,
                outlets=(),
                seen_at=alert.planned_at,
                alerted_at=alert.planned_at,
            )
        )
        return BellRang(
            at=self._stage.at,
            watch=alert.watch,
            outlet=alert.outlet,
            headline=alert.title,
            snippet=cut.text,
            highlights=cut.highlights,
            channels=tuple(one.channel for one in sent),
            latency=max(_latencies(self._stage.newsroom, sent), default=None),
        )

    def _note_failures(self, feeds: list[Feed]) -> None:
        failing = {feed.outlet for feed in feeds if feed.failures}
        for name in sorted(failing - self._failing):
            self._screen.show(Note(at=self._stage.at, text=f"{name}: the feed fails"))
        for name in sorted(self._failing - failing):
            self._screen.show(Note(at=self._stage.at, text=f"{name}: the feed works again"))
        self._failing = failing


def _owed(status: Status) -> int:
    """How many rows somebody still has to work on."""
    items = status.items_by_state
    return (
        items.get("discovered", 0)
        + items.get("fetched", 0)
        + status.deliveries_by_state.get("pending", 0)
    )


def _tags(at: float, item: Item, mentions: tuple[Mention, ...]) -> TagsFound:
    def names(kind: Kind, most: int) -> tuple[str, ...]:
        return tuple(mention.name for mention in mentions if mention.kind is kind)[:most]

    return TagsFound(
        at=at,
        headline=item.entry.title,
        people=names(Kind.PERSON, 5),
        organizations=names(Kind.ORGANIZATION, 4),
        countries=names(Kind.COUNTRY, 6),
        topics=names(Kind.TOPIC, 2),
    )


def _latencies(newsroom: Newsroom, sent: list[SentRecord]) -> list[float]:
    """Seconds from publication to delivery."""
    published = newsroom.publications
    return [one.sent_at.timestamp() - published[one.url] for one in sent if one.url in published]


# ------------------------------------------------------------------------------------ verdict


def _verdict(stage: _Stage) -> Closing:
    with stage.engine.connect() as connection:
        status = read_status(connection)
        sent = sent_deliveries(connection)
    newsroom = stage.newsroom
    mailed = stage.mails.deliveries([watch.name for watch in WATCHES], newsroom.publications)
    received = {
        "console": _printed(stage.folder / "console.txt"),
        "email": mailed,
        "webhook": stage.hooks.deliveries(),
    }
    verdict = judge(expected(newsroom.url), received)
    return Closing(
        feeds=status.feeds,
        items=status.items,
        tagged=status.items_by_state.get("tagged", 0),
        stories=status.stories,
        alerts=status.alerts,
        deliveries={channel: len(pairs) for channel, pairs in received.items()},
        latencies=latencies(_latencies(newsroom, sent)),
        complaints=(*verdict.complaints, *stage.mails.problems, *stage.hooks.failures),
    )


def _printed(console: Path) -> list[tuple[str, str]]:
    """Watch and address of every alert the console channel printed, one a line."""
    alerts = [line.split(" ALERT ", 1)[1] for line in _lines(console) if " ALERT " in line]
    return [(alert.partition(": ")[0], alert.rpartition(" | ")[2]) for alert in alerts]


def _lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8", errors="replace").splitlines()


def _keep(stage: _Stage) -> None:
    """Leave everything running until Ctrl-C, and say what to try."""
    data = stage.environment["TOCSIN_DATA"]
    print(
        f"\nIt goes on running until Ctrl-C. Try in another terminal:\n"
        f"  export TOCSIN_DATA={data}\n"
        "  tocsin status\n"
        "  tocsin alerts list\n"
        "  tocsin alerts show 1\n"
        "  tocsin items list --mention 'Vladimir Putin'\n"
        "  tocsin watches add storms 'storm OR flood'\n"
        f"The alerts as the console channel printed them: {stage.folder / 'console.txt'}\n"
        f"Log: {stage.folder / 'log.jsonl'}   (since {datetime.now(UTC):%H:%M:%S} UTC)",
        flush=True,
    )
    with contextlib.suppress(KeyboardInterrupt):
        while stage.system.poll() is None:
            time.sleep(0.5)
