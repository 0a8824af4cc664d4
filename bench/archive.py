"""How an archive of millions of items answers, how large it is, and what deleting from it costs.

    python -m bench.archive --items 10000000

A store in the bundled Postgres is filled by SQL from two thousand made-up articles, spread evenly over two
years, with mentions, stories, search numbers, watches, matches and alerts. Then every command that lists or
searches is timed: its own work in this process (the best of three: what Tocsin ships with is read by then),
and a few whole commands once.
Then an eighth of the items is deleted while others are added, and the tables are vacuumed.
10 million items need 51 GB of disk, a fifth more while they are filled in. ``--short`` makes
articles of 40 words instead of 180: three quarters of it, but searches then read much less than
those of a real archive. ``--keep FOLDER`` keeps the store for further runs, which need not fill it again;
``--only`` does a part: fill, ask or delete.
"""

import argparse
import contextlib
import io
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
from sqlalchemy import Engine, text

from bench.report import Bar, report
from worker.cli import main as command
from worker.embedded import DataFolder, EmbeddedPostgres
from worker.model import Article, Kind, Mention, Retention
from worker.scheduler.pruning import prune
from worker.store.engine import open_engine
from worker.store.schema import upgrade
from worker.watches.indexing import feed_number, numbers_of

TEMPLATES, FEEDS, WATCHES, CHUNK = 2000, 1000, 1000, 100_000
YEARS = timedelta(days=730)
_LARGE = ("story", "item", "article", "mention", "story_item", "search", "match")
WORDS, SHORT = 180, 40  # of an article
BYTES_AN_ITEM, BYTES_SHORT = 5100, 3600
BAR = 0.3  # seconds
OPTIONS = {
    "fsync": "off",
    "shared_buffers": "1GB",
    "maintenance_work_mem": "1GB",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "autovacuum": "off",  # there is a VACUUM after the filling, and one that is timed
    "max_wal_senders": "0",
    "work_mem": "32MB",
}
PEOPLE = ("Vladimir Putin", "Emmanuel Macron", "Jane Roe", "Igor Petrov", "Angela Brandt")
QUERIES = (
    *(
        'person:"Vladimir Putin"',
        'person:"Vladimir Putin" AND country:UA',
        "country:UA topic:politics",
    ),
    *("sanction*", "word17", "word1900", "word17 word900", '"word3 word5"', "word40 NOT word3"),
    *("word1999 OR word1998", "title:word55", "word7 NEAR/3 word9", "lang:en word1500"),
    *("feed:feed-17", "tag:t3 word77", 'outlet:"Outlet 9" word12', "zeppelin", "zeppelin word3"),
    *("mentions(person:Putin) >= 2", "salience(country:UA) > 0.9 word1200"),
)
WHOLE = (
    *("items list", "alerts list", "watches list", "status", "explain", "search word1900"),
    f"search {QUERIES[0]}",
)


def templates(length: int) -> list[tuple[Article, list[Mention]]]:
    """Articles of so many words, drawn as news draws them: few words often, most seldom."""
    rng = random.Random(8)
    words = [f"word{rank}" for rank in range(2000)]
    weights = [1 / (rank + 3) for rank in range(2000)]
    return [_template(rng, words, weights, length) for _ in range(TEMPLATES)]


def _template(
    rng: random.Random, words: list[str], weights: list[float], length: int
) -> tuple[Article, list[Mention]]:
    drawn = rng.choices(words, weights, k=length)
    who = PEOPLE[min(int(rng.expovariate(0.9)), len(PEOPLE) - 1)]
    body = f"{who} spoke of sanctions. " + " ".join(drawn)
    country = rng.choice(("UA", "RU", "US", "FR", "DE"))
    key = f"person:{who.lower().replace(' ', '-')}"
    mentions = [
        _mention(Kind.PERSON, key, who, 0, len(who)),
        _mention(Kind.COUNTRY, country, country, 0, 2),
        _mention(Kind.TOPIC, "medtop:11000000", "politics and government", 0, 0),
        _mention(Kind.ORGANIZATION, f"organization:o{rng.randrange(300)}", "Some Org", 0, 2),
    ]
    title = " ".join(drawn[:8])
    outlet = f"Outlet {rng.randrange(100)}"
    return Article(title=title, text=body, language="en", outlet=outlet), mentions


def _mention(kind: Kind, key: str, name: str, start: int, end: int) -> Mention:
    return Mention(
        kind=kind, key=key, name=name, count=1, salience=0.5, in_title=False, spans=((start, end),)
    )


def fill(url: str, count: int, length: int = WORDS) -> None:
    """Fill the store; indexes that take long to keep are made at the end."""
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        _templates_in(connection, length)
        _few_in(connection)
        # What is written to tables that this transaction emptied needs no write-ahead log, and what
        # is made up here refers to what is there.
        with connection.transaction():
            connection.execute(b"SET LOCAL session_replication_role = replica")
            connection.execute(f"TRUNCATE {', '.join(_LARGE)} CASCADE".encode())
            _many_in(connection, count)
        connection.execute(_ALERTS.encode(), {"count": count})
        for table in ("item", "story", "alert", "delivery"):
            connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))".encode()
            )
        _rare_in(connection, count)
        connection.execute(b"VACUUM ANALYZE")
        connection.execute(
            f"CREATE TABLE filled AS SELECT {count} AS items, {length} AS words".encode()
        )


def filled(url: str) -> tuple[int, int] | None:
    """The items that a kept store was filled with, and the words of their articles."""
    with psycopg.connect(_plain(url)) as connection:
        if connection.execute(b"SELECT to_regclass('filled')").fetchone() == (None,):
            return None
        return connection.execute(b"SELECT items, words FROM filled").fetchone()


def _many_in(connection: psycopg.Connection, count: int) -> None:
    late = _drop_indexes(connection, _LARGE)
    begun = time.perf_counter()
    for first in range(0, count, CHUNK):
        last = min(first + CHUNK, count) - 1
        for statement in _MANY:
            connection.execute(statement.encode(), {"first": first, "last": last, "count": count})
        if (last + 1) % 1_000_000 == 0:
            print(f"  {last + 1:,} after {time.perf_counter() - begun:.0f} s", flush=True)
    for statement in late:
        connection.execute(statement.encode())
        print(f"  {time.perf_counter() - begun:.0f} s: {statement}", flush=True)


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def _templates_in(connection: psycopg.Connection, length: int) -> None:
    connection.execute(
        b"CREATE UNLOGGED TABLE template (id int PRIMARY KEY, title text, body text, outlet text,"
        b" numbers int[])"
    )
    connection.execute(
        b"CREATE UNLOGGED TABLE template_mention (id int, kind text, key text, name text, spans jsonb)"
    )
    for number, (article, mentions) in enumerate(templates(length)):
        connection.execute(
            b"INSERT INTO template VALUES (%s, %s, %s, %s, %s)",
            (
                number,
                article.title,
                article.text,
                article.outlet,
                sorted(numbers_of(article, mentions)),
            ),
        )
        for one in mentions:
            connection.execute(
                b"INSERT INTO template_mention VALUES (%s, %s, %s, %s, %s)",
                (number, one.kind.value, one.key, one.name, str([list(s) for s in one.spans])),
            )
    connection.execute(b"CREATE INDEX ON template_mention (id)")


def _few_in(connection: psycopg.Connection) -> None:
    connection.execute(b"CREATE UNLOGGED TABLE feed_no (id int PRIMARY KEY, no int)")
    with connection.cursor() as cursor:
        cursor.executemany(
            b"INSERT INTO feed_no VALUES (%s, %s)",
            [(number, feed_number(number)) for number in range(1, FEEDS + 1)],
        )
    for statement in _FEW:
        connection.execute(statement.encode(), {"feeds": FEEDS, "watches": WATCHES})


_FEW = (
    """INSERT INTO feed (name, url, outlet, tags)
       SELECT 'feed-' || n, 'https://' || n || '.example/rss', 'Outlet ' || n %% 100,
           jsonb_build_array('t' || n %% 50) FROM generate_series(1, %(feeds)s) AS n""",
    """INSERT INTO poll (feed_id, due_at, next_poll_at, host, first_polled_at, last_polled_at, last_ok_at)
       SELECT id, now() + interval '1 hour', now() + interval '1 hour', id || '.example', now(), now(), now()
       FROM feed""",
    """INSERT INTO host (name) SELECT id || '.example' FROM feed""",
    """INSERT INTO watch (name, query, channels) SELECT 'watch-' || n, 'word' || n, '["console"]'
       FROM generate_series(1, %(watches)s) AS n""",
    """INSERT INTO channel (name, kind) VALUES ('console', 'console')""",
)
_AT = "now() - (%(count)s - n) * (interval '730 days' / %(count)s)"
_MANY = (
    f"""INSERT INTO story (id, title, items, created_at, updated_at) OVERRIDING SYSTEM VALUE
       SELECT n / 2 + 1, t.title, 2, {_AT}, {_AT} FROM generate_series(%(first)s::int, %(last)s::int, 2) AS n
       JOIN template t ON t.id = n %% 2000""",
    f"""INSERT INTO item (id, feed_id, identity, fingerprint, link, guid, url, title, summary, seen_at,
           state, tagged_at, story_id, published_at, language)
       OVERRIDING SYSTEM VALUE
       SELECT n + 1, n %% 1000 + 1, md5(n::text), md5(n::text), n, md5(n::text),
           'https://' || n %% 1000 + 1 || '.example/news/' || n, t.title, left(t.body, 200), {_AT},
           CASE n %% 10000 WHEN 7 THEN 'failed' ELSE 'tagged' END, {_AT}, n / 2 + 1, {_AT}, 'en'
       FROM generate_series(%(first)s::int, %(last)s::int) AS n JOIN template t ON t.id = n %% 2000""",
    f"""INSERT INTO article (item_id, title, text, language, url, outlet, tagged_at)
       SELECT n + 1, t.title, t.body || ' Number ' || n, 'en', 'https://x.example/news/' || n, t.outlet, {_AT}
       FROM generate_series(%(first)s::int, %(last)s::int) AS n JOIN template t ON t.id = n %% 2000""",
    """INSERT INTO mention (item_id, kind, key, name, count, salience, spans)
       SELECT n + 1, kind, key, name, 1 + n %% 2, 0.5, spans
       FROM generate_series(%(first)s::int, %(last)s::int) AS n JOIN template_mention m ON m.id = n %% 2000""",
    f"""INSERT INTO story_item (item_id, story_id, outlet, reason, joined_at)
       SELECT n + 1, n / 2 + 1, t.outlet, 'same facts', {_AT}
       FROM generate_series(%(first)s::int, %(last)s::int) AS n JOIN template t ON t.id = n %% 2000""",
    """INSERT INTO search (item_id, numbers)
       SELECT n + 1, ARRAY(SELECT ((((n + 1) >> 16) & 255)::bit(8) || one::bit(24))::bit(32)::int
                           FROM unnest(t.numbers || f.no) AS one)
       FROM generate_series(%(first)s::int, %(last)s::int) AS n JOIN template t ON t.id = n %% 2000
       JOIN feed_no f ON f.id = n %% 1000 + 1""",
    f"""INSERT INTO match (watch_id, item_id, announced, reason, matched_at)
       SELECT n %% 1000 + 1, n + 1, n %% 40 = 0, 'test', {_AT}
       FROM generate_series(%(first)s::int, %(last)s::int, 4) AS n""",
)
#: A story in forty rang, and was delivered at the first attempt.
_ALERTS = """WITH planned AS (
        INSERT INTO alert (kind, watch_id, story_id, item_id, planned_at)
        SELECT 'story', n % 1000 + 1, n / 2 + 1, n + 1,
            now() - (%(count)s - n) * (interval '730 days' / %(count)s)
        FROM generate_series(0, %(count)s - 1, 40) AS n RETURNING id, planned_at
    ), delivered AS (
        INSERT INTO delivery (alert_id, channel_id, message_id, state, attempts, owed_at, sent_at)
        SELECT id, 1, 'm' || id, 'sent', 1, planned_at, planned_at FROM planned RETURNING id, sent_at
    )
    INSERT INTO attempt (delivery_id, number, at, delivered, elapsed)
    SELECT id, 1, sent_at, true, 0.1 FROM delivered""".replace("n % 1000", "n %% 1000")


def _rare_in(connection: psycopg.Connection, count: int) -> None:
    """A word that stands in thirty articles of all."""
    mark = sorted(numbers_of(Article(title="", text="zeppelin", language="en"), ()))
    items = random.Random(3).sample(range(1, count), 30)
    connection.execute(
        b"UPDATE article SET text = text || ' zeppelin' WHERE item_id = ANY(%s)", (items,)
    )
    connection.execute(
        b"UPDATE search SET numbers = numbers || ARRAY(SELECT (((item_id >> 16) & 255)::int::bit(8)"
        b" || one::bit(24))::bit(32)::int FROM unnest(%s::int[]) AS one) WHERE item_id = ANY(%s)",
        (mark, items),
    )


def _drop_indexes(connection: psycopg.Connection, tables: Sequence[str]) -> list[str]:
    """Drop what no constraint needs; gives the statements that make it again."""
    rows = connection.execute(
        b"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s) AND indexname NOT IN"
        b" (SELECT conname FROM pg_constraint) AND schemaname = 'public'",
        (list(tables),),
    ).fetchall()
    for name, _ in rows:
        connection.execute(f'DROP INDEX "{name}"'.encode())
    return [definition for _, definition in rows]


# ------------------------------------------------------------------------------------- measuring


def commands(count: int) -> dict[str, list[str]]:
    """Every command that lists or searches, by what it is called in the report."""
    middle = str(count // 2)
    found = {
        "items list": ["items", "list"],
        "items list of a feed": ["items", "list", "--feed", "feed-17"],
        "items list, failed": ["items", "list", "--state", "failed"],
        "items list, a frequent name": ["items", "list", "--mention", "Vladimir Putin"],
        "items list, a rare key": ["items", "list", "--mention", "organization:o7"],
        "items list, an unknown name": ["items", "list", "--mention", "Nobody At All"],
        "items show": ["items", "show", middle],
        "stories list": ["stories", "list"],
        "stories show": ["stories", "show", str(count // 4)],
        "alerts list": ["alerts", "list"],
        "alerts list of a watch": ["alerts", "list", "--watch", "watch-41"],
        "deliveries list": ["deliveries", "list"],
        "deliveries list, dead": ["deliveries", "list", "--state", "dead"],
        "feeds list": ["feeds", "list"],
        "entities list": ["entities", "list"],
        "entities search": ["entities", "search", "putin"],
        "watches list": ["watches", "list"],
        "status": ["status"],
        "explain": ["explain", middle],
    }
    return found | {f"search {query}": ["items", "search", query] for query in QUERIES}


def timed(arguments: list[str], rounds: int = 3) -> tuple[float, float]:
    """Seconds of a command in this process, and of its CPU: the best of some rounds."""
    best = (float("inf"), 0.0)
    for _ in range(rounds):
        sys.argv = ["tocsin", *arguments]
        out, told = io.StringIO(), io.StringIO()
        begun, used = time.perf_counter(), time.process_time()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(told):
            try:
                command()
            except SystemExit as ended:
                if ended.code:
                    raise RuntimeError(f"{arguments}: {told.getvalue()}") from None
        best = min(best, (time.perf_counter() - begun, time.process_time() - used))
    return best


def whole(arguments: list[str]) -> tuple[float, float]:
    """Seconds of a whole command and of its CPU, its start counted in."""
    begun, used = time.perf_counter(), os.times()
    subprocess.run(
        [sys.executable, "-c", "from worker.cli import main; main()", *arguments],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    took, after = time.perf_counter() - begun, os.times()
    cpu = after.children_user + after.children_system - used.children_user - used.children_system
    return took, cpu


def sizes(engine: Engine) -> list[tuple[str, int, int, str]]:
    """Each table with its bytes, those of its indexes, and each large index in words."""
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT relname, pg_table_size(oid), pg_indexes_size(oid), (SELECT"
                " string_agg(format(', %s %s MB', indexrelid::regclass, pg_relation_size(indexrelid)"
                " / 1000000), '' ORDER BY pg_relation_size(indexrelid) DESC) FROM pg_index"
                " WHERE indrelid = pg_class.oid AND pg_relation_size(indexrelid) > 1000000)"
                " FROM pg_class"
                " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
                " ORDER BY pg_total_relation_size(oid) DESC LIMIT 12"
            )
        ).all()
    made = ("template", "feed_no", "filled")
    return [(row[0], row[1], row[2], row[3] or "") for row in rows if not row[0].startswith(made)]


def deleting(url: str, engine: Engine, count: int) -> tuple[dict[str, int], float, float]:
    """Delete the oldest eighth while items are added; gives what went, its seconds, the slowest insert."""
    keep = YEARS * 7 / 8
    retention = replace(
        Retention(**dict.fromkeys(Retention.__dataclass_fields__)), items=keep, alerts=keep
    )
    stop, slowest = threading.Event(), [0.0]

    def add() -> None:
        with psycopg.connect(_plain(url), autocommit=True) as connection:
            number = 10 * count
            while not stop.is_set():
                begun = time.perf_counter()
                for statement in _MANY[:4]:
                    values = {"first": number, "last": number + 9, "count": 10 * count + 10**7}
                    connection.execute(statement.encode(), values)
                slowest[0] = max(slowest[0], time.perf_counter() - begun)
                number += 10
                stop.wait(0.1)

    adding = threading.Thread(target=add)
    adding.start()
    begun = time.perf_counter()
    removed = prune(engine, retention)
    took = time.perf_counter() - begun
    stop.set()
    adding.join()
    return removed, took, slowest[0]


def main() -> None:
    """Fill, time, delete, vacuum, report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=10_000_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--short", action="store_true", help="articles of 40 words, not 180")
    parser.add_argument("--keep", type=Path, help="a folder of the store, for further runs")
    parser.add_argument("--only", choices=("fill", "ask", "delete"), help="a part of it")
    given = parser.parse_args()
    count: int = given.items
    folder = given.keep or Path(tempfile.mkdtemp(prefix="tocsin-archive-", dir=given.folder))
    kept = (folder / "pg").exists()
    room = shutil.disk_usage(folder.parent).free
    if not kept and room < count * (BYTES_SHORT if given.short else BYTES_AN_ITEM) * 1.2:
        raise SystemExit(f"{folder} has {room / 1e9:.0f} GB free, which is too little")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o711)
    server = EmbeddedPostgres(DataFolder(folder / "pg"), OPTIONS)
    server.folder.hold()
    try:
        url = server.start()
        upgrade(url)
        run(url, count, SHORT if given.short else WORDS, given.only)
    finally:
        server.stop()
        server.folder.release()
        if given.keep is None:
            shutil.rmtree(folder, ignore_errors=True)


def run(url: str, count: int, length: int, only: str | None) -> None:
    """Fill a running server unless it is filled; then everything there is to measure, or a part."""
    if had := filled(url):
        count, length = had
    else:
        begun = time.perf_counter()
        fill(url, count, length)
        print(f"{count:,} items filled in {time.perf_counter() - begun:.0f} s", flush=True)
    os.environ["TOCSIN_DATABASE_URL"] = url
    engine = open_engine(url)
    values: dict[str, float] = {"items": count, "words": length}
    bars = {}
    if only in {None, "ask"}:
        values |= sized(engine, count)
        work = asked(count)
        slow = {name: seconds for name, seconds in work.items() if seconds >= BAR}
        values |= {"slow_commands": len(slow)}
        bars["slowest_command_s"] = Bar(round(max(work.values()), 3), BAR, most=True)
    if only in {None, "delete"}:
        values |= deleted(url, engine, count)
    engine.dispose()
    if only != "fill":
        report("archive", values, bars)


def sized(engine: Engine, count: int) -> dict[str, float]:
    """Print how large an item is in each table and each large index; gives it altogether."""
    total = 0
    for table, heap, indexes, parts in sizes(engine):
        total += heap + indexes
        print(
            f"  {table:<12} {heap / count:7.0f} B an item, indexes {indexes / count:6.0f} B{parts}"
        )
    return {"bytes_an_item": round(total / count)}


def asked(count: int) -> dict[str, float]:
    """Time every command, and some as whole ones; gives the seconds of each one's own work."""
    work = {}
    for name, arguments in commands(count).items():
        work[name], used = timed(arguments)
        print(f"  {name:<45} {work[name] * 1000:7.0f} ms, CPU {used * 1000:5.0f}", flush=True)
    rehearsed, _ = timed(["watches", "test", "word40", "--since", "7d"], rounds=1)
    print(f"  watches test --since 7d {rehearsed:.1f} s; whole commands:")
    for name in WHOLE:
        took, used = whole(commands(count)[name])
        print(f"  {name:<45} {took * 1000:7.0f} ms, CPU {used * 1000:5.0f}", flush=True)
    return work


def deleted(url: str, engine: Engine, count: int) -> dict[str, float]:
    """Delete an eighth and vacuum."""
    removed, took, slowest = deleting(url, engine, count)
    went = removed.get("item", 0)
    print(
        f"  {went:,} items deleted in {took:.0f} s beside inserts (slowest {slowest * 1000:.0f} ms)"
    )
    begun = time.perf_counter()
    with psycopg.connect(_plain(url), autocommit=True) as connection:
        dead = connection.execute(b"SELECT sum(n_dead_tup) FROM pg_stat_user_tables").fetchone()
        connection.execute(b"VACUUM")
    vacuum = time.perf_counter() - begun
    print(f"  {dead and dead[0]:,} dead rows before a vacuum of {vacuum:.0f} s")
    return {
        "deleted_a_second": round(went / max(took, 0.001)),
        "slowest_insert_ms": round(slowest * 1000, 1),
        "vacuum_s": round(vacuum, 1),
    }


if __name__ == "__main__":
    main()
