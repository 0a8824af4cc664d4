"""The scheduler among the worst servers there are, all at once, beside ten good feeds.

Each misbehaviour (``tests/integration/hostile``) has its named outcome; the good feeds keep their
rhythm and the memory of the scheduler's processes stays bounded meanwhile.
"""

import contextlib
import os
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

import psutil
import pytest
from sqlalchemy import Engine

from tests.integration.conftest import kill_tree
from tests.integration.hostile import answers, documents, wires
from tests.integration.hostile.quiet import NAMES, quiet
from tests.integration.hostile.server import MISBEHAVIOURS, Misbehaviour, Outcome, Street
from worker.model import Feed
from worker.settings import Settings
from worker.store import events, feeds
from worker.store.engine import run
from worker.supervisor import database_url, redis_url

assert answers, documents  # they register what they hold
assert wires

#: Of the scheduler itself, and of it with the processes that read documents.
MOST_MEGABYTES, MOST_WITH_READERS = 230, 350
#: Seconds between polls: of the good feeds, and of the others.
RHYTHM, PACE = 1.0, 2.0
#: Seconds that all of them are polled at least, and at most.
LEAST, MOST = 15.0, 50.0
#: Days shortened to seconds.
SHORT = {
    "NET_ALLOW": "127.0.0.0/8",
    "NET_TIMEOUT": "4",
    "HOST_GAP": "0.05",
    "POLL_INTERVAL": "1",
    "POLL_INTERVAL_MIN": "0.5",
    "POLL_INTERVAL_MAX": "5",
    "POLL_FAILURE_MAX": "5",
    "POLL_SPREAD": "1",
    "POLL_GONE_TIME": "3",
    "POLL_MOVE_TIME": "3",
    "POLL_PROBE_EVERY": "5",
    "POLL_PROBE_SOONEST": "1",
    "LEASE": "20",
    "LOG_LEVEL": "info",
    "LOG_FORMAT": "json",
}


@dataclass
class Found:
    """What the store says of one feed."""

    feed: Feed
    visits: int
    url: str
    items: int = 0
    news: int = 0
    held: int = 0
    revisions: int = 0
    titles: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def _erred(self, wanted: Outcome) -> bool:
        said = self.feed.last_error
        if wanted.perhaps and wanted.perhaps in said:
            return True
        return wanted.error in said if wanted.error else not said

    def differs(self, wanted: Outcome) -> list[str]:
        """Every way in which it is not what was wanted."""
        said = self.feed.last_error
        counted = {
            "items": (wanted.items, self.items),
            "news": (wanted.news, self.news),
            "held": (wanted.held, self.held),
            "revisions": (wanted.revised, self.revisions),
            "state": (wanted.state, self.feed.state),
        }
        wrong = [
            f"{what}: {right} wanted, {there} found"
            for what, (right, there) in counted.items()
            if right is not None and right != there
        ]
        fewest, most = wanted.visits or (1, 10_000)
        holds = {
            f"error: {wanted.error!r} wanted, {said!r} found": self._erred(wanted),
            f"reason: {self.feed.reason!r}": wanted.reason in self.feed.reason,
            f"visits: {self.visits}": fewest <= self.visits <= most,
            f"events: {self.events}": (wanted.event is None or wanted.event in self.events)
            and wanted.no_event not in self.events,
            f"url: {self.feed.url}": self.feed.url.endswith(wanted.moved_to)
            and (not wanted.unmoved or self.feed.url == self.url),
            f"titles: {sorted(set(self.titles))[:5]}": not wanted.title
            or wanted.title in self.titles,
            f"{wanted.never!r} is in a title": not wanted.never
            or not any(wanted.never in title for title in self.titles),
        }
        return [*wrong, *(what for what, true in holds.items() if not true)]


class Memory(threading.Thread):
    """Watches the memory of a process, and of it with all below it, in megabytes.

    The former is what it has resident; in the latter, pages that processes share count once.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._done = threading.Event()
        self.alone = 0.0
        self.most = 0.0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join(10)

    def run(self) -> None:
        """Look ten times a second."""
        while not self._done.wait(0.1):
            with contextlib.suppress(psutil.NoSuchProcess):
                tree = [self._root, *self._root.children(recursive=True)]
                self.alone = max(self.alone, self._root.memory_info().rss / 1e6)
                self.most = max(self.most, sum(each.memory_full_info().pss for each in tree) / 1e6)


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    """Every misbehaviour and ten good feeds, listening."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out", tmp_path / "cert.pem",
         "-keyout", tmp_path / "key.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    acts = {name: (one.act, one.tls) for name, one in MISBEHAVIOURS.items()}
    with Street(acts | dict.fromkeys(NAMES, (quiet, False)), context) as running:
        yield running


@pytest.fixture
def urls(street: Street, engine: Engine) -> dict[str, str]:
    """Every feed put into the store: its URL by its name."""
    given = {name: _with_credentials(street.url(name), one) for name, one in MISBEHAVIOURS.items()}
    with engine.begin() as connection:
        for name, url in given.items():
            feeds.put_feed(connection, name=name, url=url, interval=timedelta(seconds=PACE))
        for name in NAMES:
            pace = timedelta(seconds=RHYTHM)
            feeds.put_feed(connection, name=name, url=street.url(name), interval=pace)
    return given


def _with_credentials(url: str, one: Misbehaviour) -> str:
    return url.replace("//", f"//{one.userinfo}@", 1) if one.userinfo else url


@pytest.fixture
def scheduler(settings: Settings, urls: dict[str, str], tmp_path: Path) -> Iterator[int]:
    """A real scheduler process; gives its id."""
    assert urls
    environment = os.environ | {f"TOCSIN_{name}": value for name, value in SHORT.items()}
    environment |= {
        "TOCSIN_DATABASE_URL": database_url(settings),
        "TOCSIN_REDIS_URL": redis_url(settings),
        "SSL_CERT_FILE": str(tmp_path / "cert.pem"),
    }
    with (tmp_path / "scheduler.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "worker", "scheduler"],
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    yield process.pid
    if process.poll() is None:
        kill_tree(process.pid)
    process.wait()


def look(engine: Engine, street: Street, urls: Mapping[str, str]) -> dict[str, Found]:
    """What the store says of every misbehaviour."""
    with engine.connect() as connection:
        stored = feeds.all_feeds(connection)
        rows = run(connection, "SELECT feed_id, state, baseline, revision, title FROM item")
        told = {one.id: events.list_events(connection, one.id, limit=50) for one in stored}
    by_feed = defaultdict(list)
    for row in rows:
        by_feed[row["feed_id"]].append(row)
    found = {}
    for feed in stored:
        if feed.name not in MISBEHAVIOURS:
            continue
        mine = by_feed[feed.id]
        states = Counter(row["state"] for row in mine)
        found[feed.name] = Found(
            feed=feed,
            visits=street.houses[feed.name].visits,
            url=urls[feed.name],
            items=len(mine),
            news=sum(not row["baseline"] and row["state"] != "held" for row in mine),
            held=states["held"],
            revisions=sum(row["revision"] for row in mine),
            titles=[row["title"] for row in mine],
            events=[one.kind for one in told[feed.id]],
        )
    return found


def wrong(engine: Engine, street: Street, urls: Mapping[str, str]) -> dict[str, list[str]]:
    """The misbehaviours that did not come to their named outcome, and why not."""
    found = look(engine, street, urls)
    every = {name: found[name].differs(one.outcome) for name, one in MISBEHAVIOURS.items()}
    return {name: why for name, why in every.items() if why}


def watch(done: Callable[[], bool]) -> None:
    """Let them be polled for a while, and then until all is as it should be, or too long."""
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < MOST and (passed < LEAST or not done()):
        time.sleep(0.5)


@pytest.mark.timeout(180)
def test_every_misbehaviour_comes_to_its_named_outcome(
    scheduler: int, street: Street, engine: Engine, urls: dict[str, str]
) -> None:
    """All at once: named outcomes, nothing given away, bounded memory, an unbroken rhythm."""
    with Memory(scheduler) as memory:
        watch(lambda: not wrong(engine, street, urls))
    trouble = {**wrong(engine, street, urls), **out_of_rhythm(street)}
    seen = f"{memory.alone:.0f} MB alone, {memory.most:.0f} MB in all"
    if memory.alone > MOST_MEGABYTES or memory.most > MOST_WITH_READERS:
        trouble["memory"] = [seen]
    if street.breaches:
        trouble["breaches"] = sorted(set(street.breaches))
    print(f"{len(MISBEHAVIOURS)} misbehaviours; at most {seen}")  # noqa: T201 - shown when it fails
    assert not trouble, "\n".join(f"{name}: {'; '.join(why)}" for name, why in trouble.items())


def out_of_rhythm(street: Street) -> dict[str, list[str]]:
    """Good feeds that were not polled as often as they ought to have been, with room to spare."""
    begun = min(house.times[0] for house in street.houses.values() if house.times)
    ended = max(house.times[-1] for house in street.houses.values() if house.times)
    wanted = (ended - begun) / RHYTHM
    return {
        name: [f"{street.houses[name].visits} visits, {wanted:.0f} wanted"]
        for name in NAMES
        if not wanted / 3 <= street.houses[name].visits <= wanted * 2 + 10
    }


def test_there_are_enough_misbehaviours() -> None:
    """More than forty, and every one says what it does."""
    assert len(MISBEHAVIOURS) >= 40
    assert [] == [name for name, one in MISBEHAVIOURS.items() if not one.outcome]
