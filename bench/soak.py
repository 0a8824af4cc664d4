"""An hour of steady load on a whole Tocsin, and what grows in it that should not.

``tocsin up`` runs on loopback against a publisher of its own (see ``steady``). Every half minute all memory,
files, threads, connections, keys and tables are read from outside; after a warm-up each figure's slope an
hour is held against a bound (see ``growth``). At the end publishing stops: whatever was published must be
tagged, and every alert must have arrived.
"""

import argparse
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import redis

from bench.growth import Line, Sample, bounds, lines, sample
from bench.report import Bar, report
from bench.steady import NAMES, serve
from worker.embedded import DataFolder, EmbeddedPostgres, EmbeddedValkey
from worker.store.engine import open_engine, run

START_SECONDS = 180.0
SETTLE_SECONDS = 300.0
OWED = ("items_discovered", "items_fetched", "deliveries_pending")


@dataclass(frozen=True)
class Plan:
    """How long, and how much."""

    minutes: float
    rate: float
    feeds: int
    every: float
    log: Path | None

    @property
    def warm(self) -> float:
        """Seconds at the beginning that are not judged: caches fill, models load."""
        return min(15.0, self.minutes / 4) * 60


def catalogue(plan: Plan, base: str) -> str:
    """The feeds.yaml of the run."""
    names = " OR ".join(f'person:"{name}"' for name in NAMES[3:])
    watches = [
        {"name": f"watch-{n}", "query": f'person:"{name}"', "channels": ["sink", "screen"]}
        for n, name in enumerate(NAMES[:3])
    ]
    watches.append({"name": "digest", "query": names, "channels": ["sink"], "digest": "hourly"})
    return json.dumps(
        {
            "feeds": [{"name": f"paper-{n}", "url": f"{base}/feed/{n}"} for n in range(plan.feeds)],
            "channels": [
                {"name": "sink", "kind": "webhook", "url": f"{base}/hook", "secret": "${SOAK}"},
                {"name": "screen", "kind": "console", "style": "plain"},
            ],
            "watches": watches,
        }
    )


def carry_out(plan: Plan, folder: Path) -> tuple[list[Sample], dict[str, float]]:
    """Run it once: the samples, and what was published and what became of it."""
    ports: Any = multiprocessing.Queue()
    room = multiprocessing.Process(target=serve, args=(ports, plan.feeds, plan.rate), daemon=True)
    room.start()
    base = f"http://127.0.0.1:{ports.get(timeout=30)}"
    (folder / "feeds.yaml").write_text(catalogue(plan, base))
    up = start(folder)
    data = DataFolder(folder / "data")
    engine = open_engine(EmbeddedPostgres(data).url, size=1)
    try:
        wait_for_start(folder, up)
        valkey = redis.Redis.from_url(EmbeddedValkey(data).url)
        samples = []
        end = time.monotonic() + plan.minutes * 60
        while time.monotonic() < end:
            if up.poll() is not None:
                raise SystemExit(f"tocsin up ended by itself: see {folder}/up.err")
            begun = time.monotonic()
            with engine.connect() as connection:
                samples.append(sample(psutil.Process(up.pid), connection, valkey))
            keep(plan, samples)
            time.sleep(max(0.0, plan.every - (time.monotonic() - begun)))
        published = ask(f"{base}/stop", method="POST")["published"]
        with engine.connect() as connection:
            figures = settle(connection, published)
        return samples, figures | ask(f"{base}/told")
    finally:
        engine.dispose()
        up.send_signal(signal.SIGTERM)
        up.wait(30)
        room.kill()


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """``tocsin up`` as a user would start it, polling often."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
    environment = kept | {
        "TOCSIN_DATA": str(folder / "data"),
        "TOCSIN_NET_ALLOW": "127.0.0.0/8",
        "TOCSIN_POLL_INTERVAL": "20s",
        "TOCSIN_POLL_INTERVAL_MIN": "10s",
        "TOCSIN_POLL_INTERVAL_MAX": "30s",
        "TOCSIN_POLL_FAILURE_MAX": "30s",
        "TOCSIN_HEALTH_LISTEN": "127.0.0.1:0",
        "TOCSIN_HOST_GAP": "0.01",
        "TOCSIN_STORM_ALERTS": "0",
        "SOAK": "whsec_c29ha3NvYWtzb2Frc29ha3NvYWtzb2Fr",
    }
    with (folder / "up.out").open("wb") as out, (folder / "up.err").open("wb") as err:
        return subprocess.Popen(
            [sys.executable, "-m", "worker", "up", "--catalogue", str(folder / "feeds.yaml")],
            env=environment,
            cwd=folder,
            stdout=out,
            stderr=err,
        )


def wait_for_start(folder: Path, up: "subprocess.Popen[bytes]") -> None:
    """Wait until it says that it watches."""
    deadline = time.monotonic() + START_SECONDS
    while "Tocsin watches" not in (folder / "up.out").read_text() + (folder / "up.err").read_text():
        if up.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"tocsin up did not start: see {folder}/up.err")
        time.sleep(0.5)


def settle(connection: Any, published: float) -> dict[str, float]:
    """Wait until all is seen and nothing is owed; how many items and deliveries are in which state."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        rows = run(
            connection,
            """SELECT 'items_' || state AS what, count(*) AS n FROM item GROUP BY 1
               UNION ALL SELECT 'deliveries_' || state, count(*) FROM delivery GROUP BY 1""",
        )
        connection.rollback()
        found = {row["what"]: float(row["n"]) for row in rows}
        seen = sum(count for what, count in found.items() if what.startswith("items_"))
        owed = sum(found.get(what, 0) for what in OWED)
        if (seen >= published and not owed) or time.monotonic() > deadline:
            return found
        time.sleep(1)


def ask(url: str, *, method: str = "GET") -> dict[str, float]:
    """What the publisher tells of itself."""
    with urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=10) as answer:
        told: dict[str, float] = json.load(answer)
        return told


def keep(plan: Plan, samples: list[Sample]) -> None:
    """Write the newest sample down, for who cannot wait, and say that it goes on."""
    if plan.log is not None:
        with plan.log.open("a") as log:
            log.write(json.dumps({"at": samples[-1].at} | samples[-1].figures) + "\n")
    if sys.stderr.isatty():
        print(f"sample {len(samples)}", file=sys.stderr)


def judge(found: list[Line], figures: dict[str, float]) -> dict[str, Bar]:
    """The bars: no growth beyond its bound, nothing lost."""
    bars = {}
    for line in found:
        bound = bounds(line)
        if bound is not None:
            bars[f"{line.name}, growth an hour"] = Bar(
                round(line.slope, 3), round(bound, 3), most=True
            )
    done = figures.get("items_tagged", 0.0) + figures.get("items_failed", 0.0)
    bars["published and not tagged"] = Bar(figures["published"] - done, 0, most=True)
    bars["deliveries not done"] = Bar(figures.get("deliveries_pending", 0.0), 0, most=True)
    return bars


def main() -> None:
    """Run it and say how everything went."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--rate", type=float, default=1.0, help="stories a second")
    parser.add_argument("--feeds", type=int, default=30)
    parser.add_argument("--every", type=float, default=30.0, help="seconds between samples")
    parser.add_argument("--log", type=Path, help="a file for every sample, as lines of JSON")
    given = parser.parse_args()
    plan = Plan(**vars(given))
    folder = Path(tempfile.mkdtemp(prefix="tocsin-soak-"))
    folder.chmod(0o711)
    try:
        samples, figures = carry_out(plan, folder)
    except SystemExit:
        print((folder / "up.err").read_text()[-4000:], file=sys.stderr)
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found = lines(samples, plan.warm)
    for line in found:
        if not line.name.startswith(("rows", "dead", "rss")):
            bound = bounds(line)
            allowed = "" if bound is None else f"  (at most {bound:+.1f})"
            print(
                f"{line.name:<44} {line.first:10.1f} -> {line.last:10.1f}  {line.slope:+10.2f} an hour{allowed}"
            )
    bars = judge(found, figures)
    wrong = {name: bar for name, bar in bars.items() if not bar.ok}
    print(f"{len(bars)} bars, {len(wrong)} missed: {', '.join(wrong) or 'none'}")
    slopes = {f"{line.name}, growth an hour": round(line.slope, 3) for line in found}
    report("soak", figures | slopes, bars)


if __name__ == "__main__":
    main()
