"""The numbers that articles are searched by, and the items that have some.

What is stored of a number is its own 24 bits below 8 bits of the item's bucket: some 65,000 items that
came one after the other. So a search looks at the newest bucket first and at more of them only
while it has found too little, a common word never brings up its places in the whole archive, and
new articles touch one part of the index.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import chain

from sqlalchemy import Connection

from worker.model import Article, Mention
from worker.store.engine import run
from worker.watches.folding import fold_name
from worker.watches.indexing import (
    ANYTHING,
    BITS,
    Asked,
    Both,
    Either,
    FromFeed,
    OneOf,
    feed_number,
    numbers_of,
    numbers_of_mentions,
)
from worker.watches.resolve import fact_term, tag_terms
from worker.watches.tree import Field

BUCKET_BITS = 16
_BUCKETS = 256
FIRST = 2000  # items looked through one by one before the index is asked
_SLACK = 200  # items seen at about one time, whose ids need not be in its order
_MOST_FEEDS = 300  # of more, the feed is left to the matcher

Window = tuple[int, int]
"""Items after the first and up to the second."""


def index_articles(
    connection: Connection, found: Mapping[int, tuple[Article, Sequence[Mention]]]
) -> None:
    """Keep the numbers of articles, by item, in the place of those they had."""
    feeds = run(connection, "SELECT id, feed_id FROM item WHERE id = ANY(:ids)", ids=list(found))
    rows = {
        row["id"]: numbers_of(*found[row["id"]]) | {feed_number(row["feed_id"])} for row in feeds
    }
    run(
        connection,
        """INSERT INTO search (item_id, numbers)
           SELECT item_id, CAST(numbers AS int[])
           FROM unnest(CAST(:ids AS bigint[]), CAST(:numbers AS text[])) AS r(item_id, numbers)
           ON CONFLICT (item_id) DO UPDATE SET numbers = excluded.numbers""",
        ids=list(rows),
        numbers=[_array(_stored(item, numbers)) for item, numbers in rows.items()],
    )


def index_mentions(connection: Connection, mentions: Mapping[int, Sequence[Mention]]) -> None:
    """Add the numbers of what articles were found to name; those they had stay, and do no harm."""
    run(
        connection,
        """UPDATE search SET numbers = numbers || CAST(r.more AS int[])
           FROM unnest(CAST(:ids AS bigint[]), CAST(:more AS text[])) AS r(item, more)
           WHERE item_id = r.item AND NOT numbers @> CAST(r.more AS int[])""",
        ids=list(mentions),
        more=[_array(_stored(item, numbers_of_mentions(m))) for item, m in mentions.items()],
    )


def _array(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, sorted(numbers)))}}}"


def _stored(item: int, numbers: Iterable[int]) -> list[int]:
    return _in_bucket(item >> BUCKET_BITS, numbers)


def _in_bucket(bucket: int, numbers: Iterable[int]) -> list[int]:
    """Numbers as they are stored in a bucket, as signed integers of four bytes."""
    high = bucket % _BUCKETS << BITS
    return [(high | one) - (1 << 32 if high >> 31 else 0) for one in numbers]


def windows(newest: int, oldest: int) -> Iterator[Window]:
    """Stretches of items from the newest to those after ``oldest``, ever longer.

    All but the first end with a bucket.
    """
    high, buckets = newest, 0
    while high > oldest:
        if not buckets:
            low = high - FIRST
        else:
            low = (((high - 1) >> BUCKET_BITS) - buckets + 1) << BUCKET_BITS
        yield max(low, oldest), high
        high, buckets = max(low, oldest), min(max(1, 2 * buckets), _BUCKETS // 2)


def search(connection: Connection, asked: Asked, window: Window, *, most: int) -> list[int]:
    """The newest items of a window that have what is asked for, ``most`` at the most."""
    low, high = window
    values: dict[str, object] = {"low": low, "high": high, "most": most}
    buckets = range((low + 1) >> BUCKET_BITS, (high >> BUCKET_BITS) + 1)
    wanted = _sql(_with_feeds(connection, asked), buckets, values)
    if high - low <= FIRST or wanted == "true":
        sql = f"""SELECT item_id FROM search WHERE item_id > :low AND item_id <= :high AND {wanted}
            ORDER BY item_id DESC LIMIT :most"""  # noqa: S608 - made of constants
    else:
        # Materialized: by the order of ids Postgres would walk through all of them.
        sql = f"""WITH found AS MATERIALIZED (SELECT item_id FROM search WHERE {wanted})
            SELECT item_id FROM found WHERE item_id > :low AND item_id <= :high
            ORDER BY item_id DESC LIMIT :most"""  # noqa: S608 - made of constants
        run(connection, "SET LOCAL enable_seqscan = off")
    return [row["item_id"] for row in run(connection, sql, **values)]


def unindexed(connection: Connection) -> int:
    """The item up to which articles may have no numbers yet; 0: all have theirs."""
    rows = run(connection, "SELECT number FROM version WHERE noun = 'unindexed'")
    return int(rows[0]["number"]) if rows else 0


def set_unindexed(connection: Connection, item: int) -> None:
    """Say that all articles after an item have their numbers."""
    run(connection, "UPDATE version SET number = :item WHERE noun = 'unindexed'", item=item)


def bounds(connection: Connection, since: datetime | None, until: datetime | None) -> Window:
    """The window of items between two moments, as ids go: of the newest, and before the oldest.

    What was seen at about the same time may lie beside it: who asks looks at the moments too.
    """
    row = run(
        connection,
        """SELECT (SELECT coalesce(max(id), 0) FROM item) AS newest,
               (SELECT max(id) FROM (SELECT id FROM item WHERE seen_at < :until
                    ORDER BY seen_at DESC LIMIT :slack) AS near) AS until,
               (SELECT min(id) FROM (SELECT id FROM item WHERE seen_at >= :since
                    ORDER BY seen_at LIMIT :slack) AS near) AS since""",
        since=since,
        until=until,
        slack=_SLACK,
    )[0]
    newest: int = row["newest"] if until is None else row["until"] or 0
    oldest: int = 0 if since is None else (row["since"] or row["newest"] + 1) - 1
    return newest, oldest


def items_up_to(connection: Connection, window: Window, *, most: int) -> list[int]:
    """The newest items of a window that have an article, whether they have numbers or not."""
    rows = run(
        connection,
        """SELECT item_id FROM article WHERE item_id > :low AND item_id <= :high
           ORDER BY item_id DESC LIMIT :most""",
        low=window[0],
        high=window[1],
        most=most,
    )
    return [row["item_id"] for row in rows]


def _sql(asked: Asked, buckets: Collection[int], values: dict[str, object]) -> str:
    match asked:
        case OneOf(numbers):
            name = f"numbers{len(values)}"
            values[name] = list(chain.from_iterable(_in_bucket(b, numbers) for b in buckets))
            return f"numbers && CAST(:{name} AS int[])"
        case Both(parts):
            return " AND ".join(_sql(part, buckets, values) for part in parts) or "true"
        case Either(parts):
            return f"({' OR '.join(f'({_sql(part, buckets, values)})' for part in parts)})"
        case FromFeed():
            return "true"


def _with_feeds(connection: Connection, asked: Asked) -> Asked:
    """What is asked, with the numbers of feeds in the place of their names and tags."""
    match asked:
        case FromFeed(terms):
            feeds = [
                row["id"]
                for row in run(connection, "SELECT id, name, tags FROM feed")
                if not terms.isdisjoint(
                    (
                        fact_term(Field.FEED, fold_name(row["name"])),
                        *chain.from_iterable(map(tag_terms, row["tags"])),
                    )
                )
            ]
            if len(feeds) > _MOST_FEEDS:
                return ANYTHING
            return OneOf(frozenset(map(feed_number, feeds)))
        case Both(parts):
            return Both(tuple(_with_feeds(connection, part) for part in parts))
        case Either(parts):
            return Either(tuple(_with_feeds(connection, part) for part in parts))
    return asked
