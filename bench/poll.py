"""Polling side by side: Tocsin's scheduler, a straight poller, ``reader``, and the fetch floor.

Against nginx on loopback with 1,000 feeds of 30 items (``bench/peers/corpus.py`` says what they
look like), an address for each, a new connection for each request. Cold: every feed is new.
Warm: 85 % answer 304, 15 % have 2 new of their 30 items. All poll the same feeds, in turn; after
every round it is verified that each new item is stored (and, for Tocsin, stands in a job).

Tocsin works with every default but TOCSIN_NET_ALLOW and TOCSIN_POLL_CONCURRENCY; its clock runs
from the moment all feeds fall due until everything is stored and enqueued. CPU is that of the
poller's tree of processes; that of Postgres stands apart (``reader`` has SQLite inside).
"""

import argparse
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg

from bench.peers.floor import floor
from bench.peers.newsagent import NEW, Newsagent
from bench.peers.profile import Profile
from bench.peers.rivals import READER, Reader, Straight, environment_with
from bench.peers.round import Round
from bench.peers.subject import Subject
from bench.peers.tocsin import Tocsin
from bench.report import Bar, report
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.store.schema import upgrade

PROFILER = "py-spy==0.4.3"
Rounds = dict[tuple[str, str], list[Round]]


@dataclass(frozen=True)
class Options:
    """What the command line asks for."""

    feeds: int
    passes: int
    rounds: int
    concurrency: int
    subjects: frozenset[str]
    profile: bool


def options() -> Options:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--passes", type=int, default=3, help="cold rounds, each with warm ones")
    parser.add_argument("--rounds", type=int, default=3, help="warm rounds in each pass")
    parser.add_argument("--concurrency", type=int, default=50, help="TOCSIN_POLL_CONCURRENCY")
    parser.add_argument(
        "--subjects", default="tocsin,straight,reader,floor", help="comma separated"
    )
    parser.add_argument("--profile", action="store_true", help="say where Tocsin's time goes")
    given = parser.parse_args()
    return Options(
        feeds=given.feeds,
        passes=given.passes,
        rounds=given.rounds,
        concurrency=given.concurrency,
        subjects=frozenset(given.subjects.split(",")),
        profile=given.profile,
    )


@contextmanager
def servers(folder: Path) -> Iterator[tuple[EmbeddedPostgres, EmbeddedValkey]]:
    """Postgres and Valkey as ``tocsin up`` runs them."""
    with ExitStack() as stack:
        postgres = EmbeddedPostgres(DataFolder(folder / "pg"))
        valkey = EmbeddedValkey(DataFolder(folder / "vk"))
        for server in (postgres, valkey):
            server.folder.hold()
            stack.callback(server.folder.release)
            stack.callback(server.stop)
        upgrade(postgres.start())
        valkey.start()
        admin = postgres.url.replace("/tocsin?", "/postgres?")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("CREATE DATABASE straight")
        yield postgres, valkey


def subjects(asked: Options, folder: Path, stack: ExitStack) -> list[Subject]:
    """Those that are asked for, ready to be given feeds."""
    postgres, valkey = stack.enter_context(servers(folder))
    assert postgres.pid is not None
    found: list[Subject] = []
    if "tocsin" in asked.subjects:
        spy = environment_with(PROFILER) / "py-spy" if asked.profile else None
        settings = {
            "TOCSIN_NET_ALLOW": "127.0.0.0/8",
            "TOCSIN_POLL_CONCURRENCY": str(asked.concurrency),
        }
        found.append(
            Tocsin(
                database=postgres.url,
                database_pid=postgres.pid,
                valkey=valkey.url,
                log=folder / "scheduler.log",
                settings=settings,
                profile=Profile(spy) if spy else None,
            )
        )
    if "straight" in asked.subjects:
        found.append(Straight(postgres.url.replace("/tocsin?", "/straight?"), postgres.pid))
    if "reader" in asked.subjects:
        found.append(Reader(environment_with(READER) / "python"))
    for subject in found:
        stack.callback(subject.stop)
    return found


def measure(asked: Options, agent: Newsagent, polled: list[Subject]) -> Rounds:
    """Every round of every subject, in turn."""
    rounds: Rounds = defaultdict(list)

    def note(subject: str, kind: str, done: Round) -> None:
        rounds[subject, kind].append(done)
        print(
            f"{subject:9} {kind:5} {done.per_second:8.1f} polls/s {done.cpu_ms:7.2f} ms CPU/poll"
            f"  Postgres {done.database_ms:6.2f} ms",
            flush=True,
        )

    turn = 0
    for number in range(asked.passes):
        for subject in _rotated(polled, number):
            note(subject.name, "cold", subject.cold(agent))
        if "floor" in asked.subjects:
            note("floor", "cold", floor(agent, warm=False))
        for _ in range(asked.rounds):
            turn += 1
            new = len(agent.publish(turn)) * NEW
            for subject in _rotated(polled, turn):
                note(subject.name, "warm", subject.warm(agent, new))
            if "floor" in asked.subjects:
                note("floor", "warm", floor(agent, warm=True))
    return rounds


def _rotated(polled: list[Subject], by: int) -> list[Subject]:
    """The same subjects, another one first each time."""
    cut = by % len(polled)
    return polled[cut:] + polled[:cut]


def summary(rounds: Rounds) -> dict[str, float]:
    """Medians of every figure."""
    figures: dict[str, float] = {}
    for (subject, kind), done in sorted(rounds.items()):
        start = f"{subject}_{kind}"
        figures[f"{start}_polls_per_s"] = round(median(each.per_second for each in done), 1)
        figures[f"{start}_cpu_ms_per_poll"] = round(median(each.cpu_ms for each in done), 3)
        if subject in {"tocsin", "straight"}:
            ms = median(each.database_ms for each in done)
            figures[f"{start}_postgres_cpu_ms_per_poll"] = round(ms, 3)
    return figures


def bars(figures: dict[str, float]) -> dict[str, Bar]:
    """How many times as fast as the peers Tocsin has to be."""
    wanted = {
        "warm_over_straight": ("straight", "warm", 12),
        "warm_over_reader": ("reader", "warm", 2),
        "cold_over_reader": ("reader", "cold", 8),
    }
    found = {}
    for name, (peer, kind, bar) in wanted.items():
        ours, theirs = (figures.get(f"{who}_{kind}_polls_per_s") for who in ("tocsin", peer))
        if ours and theirs:
            found[name] = Bar(round(ours / theirs, 2), bar)
    return found


def main() -> None:
    """Measure, and print the JSON line."""
    asked = options()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-poll-"))
    folder.chmod(0o711)
    try:
        with ExitStack() as stack:
            agent = stack.enter_context(Newsagent(asked.feeds))
            rounds = measure(asked, agent, subjects(asked, folder, stack))
    except SystemExit:
        log = folder / "scheduler.log"
        if log.exists():
            print("\n".join(log.read_text().splitlines()[-20:]), file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = summary(rounds)
    report("poll", figures, bars(figures))


if __name__ == "__main__":
    main()
