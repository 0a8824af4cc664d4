"""Items whose articles are to be tagged anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from worker.store.engine import clean, run

_WAITS = "retag <> '' AND retag <> 'failed'"


@dataclass(frozen=True, slots=True, kw_only=True)
class Retag:
    """An item to tag anew; ``ring`` says whether what only the new tags match is announced."""

    item_id: int
    feed_name: str
    tags: Sequence[str]
    story_id: int
    baseline: bool
    ring: bool


def ask(
    connection: Connection,
    *,
    since: timedelta,
    feed: str = "",
    other_than: str = "",
    ring: bool = False,
) -> int:
    """Have the articles of items seen since then tagged anew; gives how many.

    ``feed`` is the name of the only feed, ``other_than`` spares what that tagger has tagged.
    """
    rows = run(
        connection,
        """
        UPDATE item SET retag = :how, retag_attempts = 0,
            reason = CASE WHEN retag = 'failed' THEN '' ELSE reason END
        FROM article
        WHERE article.item_id = item.id AND item.state = 'tagged' AND item.story_id IS NOT NULL
          AND item.seen_at >= now() - CAST(:since AS interval)
          AND (:other_than = '' OR article.tagger <> :other_than)
          AND (:feed = '' OR item.feed_id IN (SELECT id FROM feed WHERE name = :feed))
        RETURNING item.id
        """,
        how="ring" if ring else "quiet",
        since=since,
        feed=feed,
        other_than=other_than,
    )
    return len(rows)


def give_up(connection: Connection) -> int:
    """Leave what waits to be tagged anew, or could not be, as it is; gives how many items that are."""
    return len(run(connection, "UPDATE item SET retag = '' WHERE retag <> '' RETURNING id"))


def left(connection: Connection) -> int:
    """How many items wait to be tagged anew."""
    rows = run(connection, f"SELECT count(*) FROM item WHERE {_WAITS}")  # noqa: S608 - a constant
    found: int = rows[0]["count"]
    return found


def waiting(connection: Connection, *, limit: int) -> list[int]:
    """The newest items that wait."""
    rows = run(
        connection,
        f"SELECT id FROM item WHERE {_WAITS} ORDER BY id DESC LIMIT :limit",  # noqa: S608 - a constant
        limit=limit,
    )
    return [row["id"] for row in rows]


def tried(connection: Connection, ids: Sequence[int]) -> list[int]:
    """Those of ``ids`` that wait and were tried before: each may be what ended its job."""
    rows = run(
        connection,
        f"""SELECT id FROM item WHERE id = ANY(:ids) AND {_WAITS} AND retag_attempts > 0
            ORDER BY id""",  # noqa: S608 - a constant
        ids=list(ids),
    )
    return [row["id"] for row in rows]


def begin(connection: Connection, ids: Sequence[int], *, most: int) -> list[int]:
    """Count an attempt at items; gives them, without those that ``most`` were made at: they failed."""
    rows = run(
        connection,
        f"""
        WITH ours AS (
            SELECT id AS our_id, retag_attempts < :most AS goes FROM item
            WHERE id = ANY(:ids) AND {_WAITS} ORDER BY id FOR UPDATE SKIP LOCKED
        ), counted AS (
            UPDATE item SET retag_attempts = retag_attempts + 1 FROM ours
            WHERE id = our_id AND goes RETURNING id
        ), failed AS (
            UPDATE item SET retag = 'failed',
                reason = 'not tagged anew: poison: none of ' || retag_attempts
                    || ' attempts came to an end'
            FROM ours WHERE id = our_id AND NOT goes
        )
        SELECT id FROM counted ORDER BY id
        """,  # noqa: S608 - a constant
        ids=list(ids),
        most=most,
    )
    return [row["id"] for row in rows]


def fail(connection: Connection, item_id: int, problem: str) -> None:
    """Write down that an article could not be tagged anew: it keeps its tags."""
    run(
        connection,
        f"""UPDATE item SET retag = 'failed', reason = 'not tagged anew: ' || CAST(:problem AS text)
            WHERE id = :id AND {_WAITS}""",  # noqa: S608 - a constant
        id=item_id,
        problem=clean(problem),
    )


def failed(connection: Connection, *, limit: int) -> list[tuple[int, str]]:
    """The newest items that could not be tagged anew, and why."""
    rows = run(
        connection,
        "SELECT id, reason FROM item WHERE retag = 'failed' ORDER BY id DESC LIMIT :limit",
        limit=limit,
    )
    return [(row["id"], row["reason"]) for row in rows]


def take(connection: Connection, ids: Sequence[int]) -> list[Retag]:
    """Take items on, until the transaction ends; those that another job has are left to it."""
    rows = run(
        connection,
        f"""
        WITH ours AS (
            SELECT id AS our_id, retag AS how FROM item
            WHERE id = ANY(:ids) AND {_WAITS} ORDER BY id FOR UPDATE SKIP LOCKED
        ), done AS (
            UPDATE item SET retag = '' FROM ours WHERE id = our_id
            RETURNING id, feed_id, story_id, baseline, how
        )
        SELECT done.id AS item_id, feed.name AS feed_name, feed.tags, story_id, baseline,
            how = 'ring' AS ring
        FROM done JOIN feed ON feed.id = feed_id ORDER BY done.id
        """,  # noqa: S608 - a constant
        ids=list(ids),
    )
    return [Retag(**row) for row in rows]


def tagged_by(connection: Connection, ids: Sequence[int], tagger: str) -> None:
    """Note which tagger has tagged these articles now."""
    run(
        connection,
        "UPDATE article SET tagger = :tagger, tagged_at = now() WHERE item_id = ANY(:ids)",
        ids=list(ids),
        tagger=tagger,
    )


def forget_matches(connection: Connection, ids: Sequence[int]) -> None:
    """Drop what matched and neither rang nor was held: it is decided anew."""
    run(
        connection,
        "DELETE FROM match WHERE item_id = ANY(:ids) AND NOT announced AND due_at IS NULL",
        ids=list(ids),
    )
