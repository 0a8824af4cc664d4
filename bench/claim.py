"""Claiming and rescheduling with a million feeds in the table, by four schedulers at once.

Everything is overdue. Each process does what a scheduler does but for the network: claims feeds
with the turns of their hosts, and writes the polls down a batch at a time: 85 of 100 unchanged,
15 with new validators and hashes. Every claim is logged by the process that made it; afterwards
no feed may stand in the logs twice, as each was put off for hours. Postgres runs with the bundled
settings: it waits for the disk where it does in production.
"""

import argparse
import array
import multiprocessing
import shutil
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from random import Random

from sqlalchemy import Engine, text

from bench.report import Bar, report
from worker.embedded import DataFolder, EmbeddedPostgres
from worker.model import Feed, PollOutcome, PollPlan, Spacing
from worker.store import feeds, hosts
from worker.store.engine import open_engine
from worker.store.feeds import PollRecord
from worker.store.hosts import HostDone
from worker.store.schema import upgrade

LEASE = timedelta(seconds=60)
GAP = timedelta(seconds=1)
CHANGED = 0.15
TABLES = ("feed", "poll", "host")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What each process is told."""

    url: str
    number: int
    batch: int
    seconds: float
    log: Path


def fill(engine: Engine, number: int, per_host: int) -> None:
    """Feeds that have been polled before, overdue by up to six hours, in no particular order."""
    host = f"'h' || n / {per_host} || '.example'"
    statements = [
        f"""INSERT INTO feed (name, url, title, outlet)
            SELECT 'feed-' || n, 'https://' || {host} || '/feeds/' || n || '.xml',
                'The title of feed ' || n, 'Outlet ' || n
            FROM generate_series(1, {number}) AS n""",
        f"""INSERT INTO host (name, free_at)
            SELECT DISTINCT {host}, now() - interval '6 h' FROM generate_series(1, {number}) AS n""",
        f"""INSERT INTO poll (feed_id, host, due_at, next_poll_at, first_polled_at,
                last_polled_at, last_ok_at, last_status, reason, etag, last_modified, body_hash,
                entry_hashes, rhythm, history)
            SELECT n, {host}, due, due, now() - interval '90 d', due - interval '1 h',
                due - interval '1 h', 304, 'a new item about every 2 h', sha256(n::text::bytea),
                'Tue, 24 Nov 2026 12:00:00 GMT', sha256(n::text::bytea),
                decode(repeat(md5(n::text), 15), 'hex'), decode(repeat(md5(n::text), 12), 'hex'),
                decode(repeat(md5(n::text), 12), 'hex')
            FROM (SELECT n, now() - random() * interval '6 h' AS due
                  FROM generate_series(1, {number}) AS n ORDER BY random()) AS made""",
    ]
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def polled(feed: Feed, rng: Random) -> PollRecord:
    """What a poll of a feed brought."""
    later = datetime.now(UTC) + timedelta(hours=3 + 3 * rng.random())
    plan = PollPlan(
        next_poll_at=later,
        reason="a new item about every 2 h",
        failures=0,
        rhythm=feed.rhythm,
        standing=feed.standing,
        history=rng.randbytes(len(feed.history)),
    )
    record = PollRecord(
        feed=feed,
        outcome=PollOutcome(status=304),
        plan=plan,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        entry_hashes=feed.entry_hashes,
    )
    if rng.random() >= CHANGED:
        return record
    return replace(
        record,
        outcome=PollOutcome(status=200, new_items=2, changed=True),
        plan=replace(plan, rhythm=rng.randbytes(len(feed.rhythm))),
        etag=rng.randbytes(32),
        body_hash=rng.randbytes(32),
        entry_hashes=rng.randbytes(16) + feed.entry_hashes[:-16],
    )


def schedule(task: Task, ready: Barrier) -> None:
    """Be one scheduler until the time is over; log each claim."""
    rng, owner = Random(task.number), f"scheduler-{task.number}"
    engine = open_engine(task.url, size=1)
    claims = array.array("q")
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    ready.wait()
    until = time.monotonic() + task.seconds
    while time.monotonic() < until:
        with engine.begin() as connection:
            claimed = feeds.claim_due(
                connection, owner=owner, limit=task.batch, lease=LEASE, gap=GAP
            )
        claims.extend(feed.id for feed in claimed)
        if not claimed:
            continue
        with engine.begin() as connection:
            hosts.give_back_hosts(
                connection,
                [HostDone(host=feed.host) for feed in claimed],
                owner=owner,
                spacing=Spacing(gap=GAP),
            )
            ours = feeds.record_polls(connection, owner, [polled(feed, rng) for feed in claimed])
        if len(ours) != len(claimed):
            raise SystemExit(f"{owner} lost {len(claimed) - len(ours)} claims")
    task.log.write_bytes(claims.tobytes())
    engine.dispose()


def run_schedulers(url: str, folder: Path, *, processes: int, batch: int, seconds: float) -> float:
    """Run them all at once. Gives how long that took, in seconds."""
    ready = multiprocessing.get_context("spawn").Barrier(processes + 1)
    children = []
    for number in range(processes):
        log = folder / f"claims-{number}"
        task = Task(url=url, number=number, batch=batch, seconds=seconds, log=log)
        children.append(
            multiprocessing.get_context("spawn").Process(target=schedule, args=(task, ready))
        )
    for child in children:
        child.start()
    ready.wait(60)
    begun = time.monotonic()
    for child in children:
        child.join()
    took = time.monotonic() - begun
    if any(child.exitcode for child in children):
        raise SystemExit("a scheduler failed")
    return took


def claims_of(folder: Path) -> array.array[int]:
    """Every claim that was logged, as ids of feeds."""
    claims = array.array("q")
    for log in sorted(folder.glob("claims-*")):
        claims.frombytes(log.read_bytes())
    return claims


def rows_scanned(engine: Engine) -> int:
    """Rows read by sequential scans so far."""
    with engine.connect() as connection:
        return int(
            connection.execute(
                text("SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname = ANY(:t)"),
                {"t": list(TABLES)},
            ).scalar_one()
        )


def main() -> None:
    """Fill the tables, run the schedulers, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=1_000_000)
    parser.add_argument("--per-host", type=int, default=5, help="feeds of one host")
    parser.add_argument("--schedulers", type=int, default=4)
    parser.add_argument("--batch", type=int, default=200, help="feeds claimed at once")
    parser.add_argument("--seconds", type=float, default=20.0)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="tocsin-claim-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(DataFolder(folder / "pg"))
    server.folder.hold()
    try:
        url = server.start()
        upgrade(url)
        engine = open_engine(url, size=1)
        begun = time.monotonic()
        fill(engine, asked.feeds, asked.per_host)
        print(f"{asked.feeds} feeds in the table after {time.monotonic() - begun:.0f} s")
        before = rows_scanned(engine)
        took = run_schedulers(
            url, folder, processes=asked.schedulers, batch=asked.batch, seconds=asked.seconds
        )
        claims = claims_of(folder)
        twice = len(claims) - len(set(claims))
        time.sleep(1)  # Postgres counts with a second's delay
        scanned = rows_scanned(engine) - before
        engine.dispose()
        rate = round(len(claims) / took)
        print(f"{len(claims)} feeds claimed and rescheduled in {took:.1f} s: {rate} a second")
        report(
            "claim",
            {
                "feeds": asked.feeds,
                "schedulers": asked.schedulers,
                "claims": len(claims),
                "rows_read_by_sequential_scans": scanned,
            },
            {
                "feeds_per_second": Bar(rate, 5000),
                "claimed_twice": Bar(twice, 0, most=True),
            },
        )
    finally:
        server.stop()
        server.folder.release()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
