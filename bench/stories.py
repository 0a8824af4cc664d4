"""What it costs to give an article its story, among the stories of three busy days.

    python -m bench.stories

Articles of 400 words are signed, looked up, decided and stored in the bundled Postgres, on one core
that both share. Every fifth is a copy of one before it. The stories they are compared with are
made here: their features and keys are drawn from as many terms as news has. Beside it, in the same
process: MinHash and LSH in memory alone (rensa), which finds copies and keeps nothing.
"""

import argparse
import os
import random
import resource
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
from rensa import RMinHash, RMinHashLSH
from sqlalchemy import Engine

from bench.report import Bar, report
from bench.tag import articles
from worker.embedded import DataFolder, EmbeddedPostgres
from worker.jobs.assigning import assign_stories
from worker.model import Article
from worker.store.engine import open_engine
from worker.store.schema import upgrade
from worker.store.stories import Arrival
from worker.stories import Rarity, features, keys_of
from worker.stories.features import packed
from worker.stories.minhash import PERMUTATIONS, SEED, Signature
from worker.stories.terms import SORT_BITS, Sort

NEW, CHUNK, COPIES = 2_000, 8, 5
TERMS = 200_000
DRAWN = 20_000
WINDOW = timedelta(hours=72)


def drawn(rng: np.random.Generator, sort: Sort, count: int) -> frozenset[int]:
    """Terms as news draws them: few often, most seldom."""
    ranks = rng.zipf(1.2, count) % TERMS
    return frozenset((ranks * 2_654_435_761 % (1 << SORT_BITS) | sort << SORT_BITS).tolist())


def made(count: int, at: datetime) -> Iterator[tuple[bytes, list[int]]]:
    """Packed features and keys of articles that never were."""
    rng = np.random.default_rng(count)
    empty: frozenset[int] = frozenset()
    rarity = Rarity()
    for _ in range(count):
        body = drawn(rng, Sort.WORD, 120)
        numbers = drawn(rng, Sort.FIGURE, 6)
        values = rng.integers(0, 2**32, PERMUTATIONS)
        lead = frozenset(values[:48].tolist())
        proper = drawn(rng, Sort.PROPER, 15)
        one = packed(
            at=at, language="en", title=empty, head=empty, body=body | numbers,
            proper=proper, names=drawn(rng, Sort.NAME, 4), event=proper,
            countries=drawn(rng, Sort.COUNTRY, 2),
            signature=Signature(values.astype("<u4").tobytes(), 390, lead),
        )  # fmt: skip
        yield one.packed, sorted(set(keys_of(one, rarity)))


def multiplied(count: int, at: datetime) -> Iterator[tuple[bytes, list[int]]]:
    """As many as wanted, of ``DRAWN`` that were made.

    Keys that several of those share are common ones, and stay the same; the others are new ones
    in every round, as they would be had all been made.
    """
    pool = list(made(min(count, DRAWN), at))
    often = Counter(key for _, keys in pool for key in keys)
    for number in range(count):
        turn, place = divmod(number, len(pool))
        packed, keys = pool[place]
        salt = turn * 0x5851_F42D_4C95_7F2D & (1 << 63) - 1
        yield packed, [key if often[key] > 1 else key ^ salt for key in keys]


def fill(url: str, count: int) -> None:
    """Store the stories of three days."""
    at = datetime.now(UTC) - timedelta(hours=30)
    total = count + NEW
    with psycopg.connect(url) as connection:
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("INSERT INTO feed (name, url) VALUES ('bench', 'http://bench.example/')")
        connection.execute(
            "INSERT INTO item (feed_id, identity, fingerprint, state)"
            " SELECT 1, n::text, '', 'tagged' FROM generate_series(1, %s) AS n",
            [total],
        )
        connection.execute(
            "INSERT INTO story (title) SELECT n FROM generate_series(1, %s) n", [count]
        )
        connection.execute(
            "INSERT INTO story_item (item_id, story_id) SELECT n, n FROM generate_series(1, %s) n",
            [count],
        )
        copying = "COPY sketch (item_id, features, keys) FROM STDIN"
        with connection.cursor() as cursor, cursor.copy(copying) as copy:
            for number, (packed, keys) in enumerate(multiplied(count, at), start=1):
                copy.write_row((number, packed, "{" + ",".join(map(str, keys)) + "}"))
        # Millions of keys in no order: an index made at the end takes minutes less.
        connection.execute("ALTER TABLE sketch_key DROP CONSTRAINT sketch_key_pkey")
        connection.execute("INSERT INTO sketch_key SELECT unnest(keys), id FROM sketch")
        connection.execute("ALTER TABLE sketch_key ADD PRIMARY KEY (key, sketch_id)")
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE")


def texts() -> list[Article]:
    """New articles, every fifth a copy of the one before it from another outlet."""
    rng = random.Random(NEW)
    found: list[Article] = []
    for number, text in enumerate(articles("en", NEW)):
        if number % COPIES == COPIES - 1:
            found.append(replace(found[-1], text=f"(Wire) {found[-1].text}", outlet="copying"))
        else:
            names = " ".join("".join(rng.choices("bdfgklmnprst", k=6)).title() for _ in range(12))
            found.append(Article(title=text[:70], text=f"In {names}, {text}", language="en"))
    return found


def assigned(engine: Engine, new: Sequence[Article], first: int) -> float:
    """Articles a second from text to stored story."""
    rarity, now = Rarity(), datetime.now(UTC)
    rarity.weight(0)
    begun = time.perf_counter()
    for start in range(0, len(new), CHUNK):
        arrivals = []
        for number, one in enumerate(new[start : start + CHUNK], start=first + start):
            found = features(one, (), now)
            arrivals.append(
                Arrival(
                    item_id=number,
                    title=one.title,
                    outlet=one.outlet,
                    features=found,
                    keys=keys_of(found, rarity),
                )
            )
        assign_stories(engine, arrivals, rarity, window=WINDOW)
    return len(new) / (time.perf_counter() - begun)


def in_memory(new: Sequence[Article]) -> float:
    """Articles a second of MinHash and LSH alone."""
    index: Any = RMinHashLSH(threshold=0.5, num_perm=PERMUTATIONS, num_bands=32)
    begun = time.perf_counter()
    for number, one in enumerate(new):
        words = one.text.casefold().split()
        signature = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
        signature.update([" ".join(words[i : i + 3]) for i in range(len(words) - 2)])
        index.query(signature)
        index.insert(number, signature)
    return len(new) / (time.perf_counter() - begun)


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=500_000, help="stories of the window")
    count = parser.parse_args().stories
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    folder = Path(tempfile.mkdtemp(prefix="tocsin-stories-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(DataFolder(folder / "pg"))
    server.folder.hold()
    try:
        url = server.start()
        upgrade(url)
        begun = time.perf_counter()
        fill(url, count)
        print(f"{count} stories made in {time.perf_counter() - begun:.0f} s", flush=True)
        engine = open_engine(url)
        new = texts()
        rate, peer = assigned(engine, new, count + 1), in_memory(new)
        with engine.connect() as connection:
            made_now = connection.exec_driver_sql("SELECT max(id) FROM story").scalar_one() - count
        engine.dispose()
    finally:
        server.stop()
        server.folder.release()
        shutil.rmtree(folder, ignore_errors=True)
    megabytes = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
    print(f"{rate:7.0f} articles/s, {peer:.0f} by MinHash and LSH in memory alone; {megabytes} MB")
    report(
        "stories",
        {
            "stories": count,
            "articles_per_second": round(rate, 1),
            "beside_lsh_in_memory": round(rate / peer, 3),
            "stories_made_of_2000": made_now,
            "memory_mb": megabytes,
        },
        {
            "articles_per_second": Bar(round(rate, 1), 300),
            "memory_mb": Bar(megabytes, 500, most=True),
        },
    )


if __name__ == "__main__":
    main()
