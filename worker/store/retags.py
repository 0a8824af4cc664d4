"""Items whose articles are to be tagged anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from worker.store.engine import run


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
        UPDATE item SET retag = :how
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
    """Leave what waits to be tagged anew as it is; gives how many items that are."""
    return len(run(connection, "UPDATE item SET retag = '' WHERE retag <> '' RETURNING id"))


def left(connection: Connection) -> int:
    """How many items wait to be tagged anew."""
    found: int = run(connection, "SELECT count(*) FROM item WHERE retag <> ''")[0]["count"]
    return found


def waiting(connection: Connection, *, limit: int) -> list[int]:
    """The newest items that wait."""
    rows = run(
        connection,
        "SELECT id FROM item WHERE retag <> '' ORDER BY id DESC LIMIT :limit",
        limit=limit,
    )
    return [row["id"] for row in rows]


def take(connection: Connection, ids: Sequence[int]) -> list[Retag]:
    """Take items on, until the transaction ends; those that another job has are left to it."""
    rows = run(
        connection,
        """
        WITH ours AS (
            SELECT id AS our_id, retag AS how FROM item
            WHERE id = ANY(:ids) AND retag <> '' ORDER BY id FOR UPDATE SKIP LOCKED
        ), done AS (
            UPDATE item SET retag = '' FROM ours WHERE id = our_id
            RETURNING id, feed_id, story_id, baseline, how
        )
        SELECT done.id AS item_id, feed.name AS feed_name, feed.tags, story_id, baseline,
            how = 'ring' AS ring
        FROM done JOIN feed ON feed.id = feed_id ORDER BY done.id
        """,
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
