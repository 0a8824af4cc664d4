"""What matching costs: articles of 400 words against all watches at once, at several numbers of watches.

    python -m bench.match

Watches and articles are those of ``bench.watching``. Each number of watches has a process of its own, which
compiles them as a worker does before it forks (stems of four languages and the words of 200 other articles
among it: ``ahead``) and then matches articles, with all evidence; times are CPU seconds of one core. ``cold`` is the
first pass over the articles, as in a job that has just been forked, ``first`` the slowest of them; ``sure``
matching without evidence; ``edit`` how long one changed watch takes until it matches, ``over``
matching with it lying over the others. Beside it, in the same run and on the same watches and
articles: tsqueries stored in Postgres, and one regular expression a watch, which scan fewer watches.
"""

import argparse
import gc
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence, Sized
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psutil
import psycopg

from bench.report import Bar, report
from bench.watching import LANGUAGES, World, articles, queries, watches
from worker.jobs.warmth import READ_AHEAD
from worker.model import Article, Mention

_SIZES = (1_000, 10_000, 100_000, 350_000, 1_000_000)
_ARTICLES, _COLD = 500, 50
#: Published by others, in watches x articles a second; OpenAleph's are names and a text of 700 words.
_PUBLISHED = {"percolator": 752_000.0, "openaleph": 2_100_000 / 1.8}
_IN_POSTGRES, _AS_REGEX = 10_000, 1_000
_Value = TypeVar("_Value")


def matching(size: int) -> dict[str, float]:
    """Compile and match one number of watches."""
    from worker.tagging.gazetteer import Gazetteer
    from worker.tagging.shipped import shipped
    from worker.watches.matcher import Making

    world = World()
    made = watches(queries(world, size))
    written = list(articles(world, _ARTICLES))
    ahead = [article for article, _ in articles(world, READ_AHEAD, seed=4)]
    find = Gazetteer(shipped()).find
    started = time.process_time()
    matcher = Making(made, find, LANGUAGES).go_on(lambda: False)
    assert matcher is not None
    built = time.process_time() - started
    started = time.process_time()
    matcher.read_ahead(ahead)
    read_ahead = time.process_time() - started
    gc.collect()
    gc.freeze()
    cold = _timed(lambda pair: len(matcher.match(*pair)), written[:_COLD])[0]
    found = _timed(lambda pair: len(matcher.match(*pair)), written)[1]
    times = _best(matcher.match, written)
    edited = replace(made[0], query=next(iter(written[0][1])).name)
    started = time.process_time()
    over = matcher.changed([edited], (), find)
    over.match(*written[0])
    edit = time.process_time() - started
    over.read_ahead(ahead)
    return {
        "watches": size,
        "queries": len({one.query for one in made}),
        "build_s": built,
        "ahead_s": read_ahead,
        "p50_ms": statistics.median(times) * 1e3,
        "p99_ms": statistics.quantiles(times, n=100)[98] * 1e3,
        "mean_ms": statistics.mean(times) * 1e3,
        "sure_ms": statistics.median(_best(matcher.sure, written)) * 1e3,
        "cold_ms": statistics.median(cold) * 1e3,
        "first_ms": max(cold) * 1e3,
        "over_ms": statistics.median(_best(over.match, written)) * 1e3,
        "matches": statistics.mean(found),
        "edit_ms": edit * 1e3,
        "megabytes": psutil.Process().memory_info().rss / 2**20,
        "problems": len(matcher.problems),
    }


def _best(
    work: Callable[[Article, Sequence[Mention]], Sized],
    written: Sequence[tuple[Article, Sequence[Mention]]],
) -> list[float]:
    """The time each article takes, of two rounds the shorter."""
    rounds = [_timed(lambda pair: len(work(*pair)), written)[0] for _ in range(2)]
    return [min(pair) for pair in zip(*rounds, strict=True)]


def _timed(
    work: Callable[[_Value], int], values: Sequence[_Value]
) -> tuple[list[float], list[int]]:
    times, results = [], []
    for value in values:
        started = time.process_time()
        results.append(work(value))
        times.append(time.process_time() - started)
    return times, results


def postgres(size: int = _IN_POSTGRES) -> dict[str, float]:
    """Watches x articles a second of stored tsqueries, by the clock."""
    from worker.embedded import DataFolder, EmbeddedPostgres

    world = World()
    asked = [(one.tsquery,) for one in queries(world, size)]
    texts = [f"{one.title}\n{one.text}" for one, _ in articles(world, 20)]
    folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(DataFolder(folder / "pg"))
    server.folder.hold()
    try:
        url = server.start().replace("postgresql+psycopg", "postgresql")
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TEMP TABLE asked (query tsquery)")
            with connection.cursor() as cursor:
                cursor.executemany("INSERT INTO asked VALUES (to_tsquery('english', %s))", asked)
            started = time.perf_counter()
            for text in texts:
                connection.execute(
                    "SELECT count(*) FROM asked, to_tsvector('english', %s) AS t WHERE t @@ query",
                    (text,),
                ).fetchone()
            seconds = time.perf_counter() - started
    finally:
        server.stop()
        server.folder.release()
        shutil.rmtree(folder, ignore_errors=True)
    return {"postgres_per_s": size * len(texts) / seconds}


def regexes(size: int = _AS_REGEX) -> dict[str, float]:
    """Watches x articles a second of one compiled regular expression each."""
    world = World()
    made = [re.compile(one.regex, re.IGNORECASE | re.DOTALL) for one in queries(world, size)]
    texts = [f"{one.title}\n{one.text}" for one, _ in articles(world, 5)]
    started = time.process_time()
    for text in texts:
        for one in made:
            one.search(text)
    return {"regex_per_s": size * len(texts) / (time.process_time() - started)}


def apart(part: str) -> dict[str, float]:
    """The figures of one part, from a process of its own."""
    command = [sys.executable, "-m", "bench.match", "--part", part]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--part",
        help="one part alone, as the others start it: a number of watches, postgres or regexes",
    )
    parser.add_argument("--sizes", type=int, nargs="+", default=_SIZES, help="numbers of watches")
    options = parser.parse_args()
    if options.part:
        other = {"postgres": postgres, "regexes": regexes}.get(options.part)
        print(json.dumps(other() if other else matching(int(options.part))))
        return
    figures: dict[str, float] = {}
    names = (
        *("queries", "matches", "build_s", "ahead_s", "p50_ms", "p99_ms", "sure_ms", "cold_ms"),
        *("first_ms", "over_ms", "edit_ms", "megabytes"),
    )
    print("watches".rjust(10), *(name.rjust(10) for name in names))
    for size in options.sizes:
        found = apart(str(size))
        print(f"{size:10}", *(f"{found[name]:10.2f}" for name in names), flush=True)
        figures |= {f"{name}_{size}": round(value, 3) for name, value in found.items()}
        figures["per_s"] = size / found["mean_ms"] * 1e3 if size <= 350_000 else figures["per_s"]
    others = (
        apart("postgres")
        | apart("regexes")
        | {f"{name}_per_s": value for name, value in _PUBLISHED.items()}
    )
    for name, value in others.items():
        print(f"{name:<18}{value:14,.0f}   ours {figures['per_s'] / value:10,.0f} times as many")
    report("match", figures | others, _bars(figures) if 350_000 in options.sizes else {})


def _bars(figures: dict[str, float]) -> dict[str, Bar]:
    return {
        "p50_ms": Bar(figures["p50_ms_350000"], 2, most=True),
        "p99_ms": Bar(figures["p99_ms_350000"], 10, most=True),
        "build_seconds": Bar(figures["build_s_350000"], 60, most=True),
        "megabytes": Bar(figures["megabytes_350000"], 1500, most=True),
        "edit_seconds": Bar(figures["edit_ms_350000"] / 1000, 2, most=True),
    }


if __name__ == "__main__":
    main()
