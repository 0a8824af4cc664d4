"""Stories as people read and mend them: timelines, mergers, splits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.store.engine import run
from worker.store.stories import ASSIGNING, MOVING


@dataclass(frozen=True, slots=True, kw_only=True)
class StorySummary:
    """A story in a list."""

    id: int
    title: str
    items: int
    outlets: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """An article of a story, and why it is there: ``near`` is the item that decided it."""

    item_id: int
    outlet: str
    language: str
    title: str
    reason: str
    near: int | None
    figures: dict[str, float]
    joined_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Storyline:
    """A story with its articles in the order of their arrival, its neighbours and what rang."""

    id: int
    title: str
    follows: int | None
    followed_by: tuple[int, ...]
    joinings: tuple[Joining, ...]
    rang: tuple[str, ...]
    changes: tuple[str, ...]


def list_stories(
    connection: Connection, *, since: timedelta, outlets: int, limit: int
) -> list[StorySummary]:
    """Stories that had an article of late, from at least so many outlets, the newest first."""
    rows = run(
        connection,
        """
        SELECT id, title, items, created_at, updated_at, outlets
        FROM story CROSS JOIN LATERAL (
            SELECT count(DISTINCT outlet) AS outlets FROM story_item WHERE story_id = story.id
        ) AS reporting
        WHERE updated_at > now() - CAST(:since AS interval) AND items >= :outlets
          AND outlets >= :outlets
        ORDER BY updated_at DESC, id DESC LIMIT :limit
        """,
        since=since,
        outlets=max(outlets, 1),
        limit=limit,
    )
    return [StorySummary(**row) for row in rows]


def resolve(connection: Connection, story_id: int) -> int | None:
    """The story that a story is now: itself, or the one it was merged into."""
    rows = run(
        connection,
        "SELECT coalesce(merged_into, id) AS id FROM story WHERE id = :id",
        id=story_id,
    )
    return int(rows[0]["id"]) if rows else None


def show_story(connection: Connection, story_id: int) -> Storyline:
    """All that is known of a story that is there."""
    story = run(connection, "SELECT * FROM story WHERE id = :id", id=story_id)[0]
    joinings = run(
        connection,
        """
        SELECT story_item.item_id, story_item.outlet, coalesce(article.language, '') AS language,
            coalesce(article.title, item.title) AS title, story_item.reason, near, figures, joined_at
        FROM story_item JOIN item ON item.id = story_item.item_id
        LEFT JOIN article ON article.item_id = item.id
        WHERE story_item.story_id = :id ORDER BY joined_at, story_item.item_id
        """,
        id=story_id,
    )
    followers = run(connection, "SELECT id FROM story WHERE follows = :id ORDER BY id", id=story_id)
    rang = run(
        connection,
        """
        SELECT watch.name, alert.reason FROM alert JOIN watch ON watch.id = watch_id
        WHERE story_id = :id ORDER BY alert.id
        """,
        id=story_id,
    )
    changes = run(
        connection,
        "SELECT * FROM story_change WHERE from_id = :id OR to_id = :id ORDER BY id",
        id=story_id,
    )
    return Storyline(
        id=story["id"],
        title=story["title"],
        follows=story["follows"],
        followed_by=tuple(row["id"] for row in followers),
        joinings=tuple(Joining(**row) for row in joinings),
        rang=tuple(f"{row['name']}: {row['reason']}" for row in rang),
        changes=tuple(map(_in_words, changes)),
    )


def _in_words(change: dict[str, Any]) -> str:
    what = "all articles" if change["kind"] == "merged" else f"item {change['items'][0]}"
    return f"{change['at']:%Y-%m-%d %H:%M} UTC: {what} of story {change['from_id']} went to story {change['to_id']}"


def _lock(connection: Connection) -> None:
    """Let nobody assign stories or store tagged articles until the transaction ends."""
    run(connection, f"SELECT pg_advisory_xact_lock({ASSIGNING}), pg_advisory_xact_lock({MOVING})")


def merge_stories(connection: Connection, into: int, other: int) -> list[int]:
    """Put all articles of the other story into the first; gives those articles.

    Alerts of the other go along where their watch has none for the first, so that none rings
    again. The other story's number leads to the first from now on.
    """
    _lock(connection)
    moved = _move(connection, "story_id = :from_id", into, from_id=other)
    run(
        connection,
        """
        UPDATE alert SET story_id = :into WHERE story_id = :other AND kind = 'story'
        AND watch_id NOT IN (SELECT watch_id FROM alert WHERE story_id = :into AND kind = 'story')
        """,
        into=into,
        other=other,
    )
    run(
        connection,
        """
        UPDATE story SET merged_into = CASE WHEN id = :into THEN NULL
                WHEN id = :other OR merged_into = :other THEN :into ELSE merged_into END,
            follows = CASE WHEN id = :into AND follows = :other THEN NULL
                WHEN follows = :other THEN :into ELSE follows END
        WHERE id = :other OR merged_into = :other OR follows = :other
        """,
        into=into,
        other=other,
    )
    _count(connection, [into, other])
    _note(connection, "merged", other, into, moved)
    return moved


def split_story(connection: Connection, item_id: int) -> tuple[int, int] | None:
    """Make an item a story of its own; gives the story it was of and its new one.

    None where it has no story, or no other article is in it. Watches that rang for the story it
    was of have rung for the new one, too: that is written down as alerts that are not sent.
    """
    _lock(connection)
    rows = run(
        connection,
        """
        SELECT story.id, items, coalesce(article.title, item.title) AS title
        FROM item JOIN story ON story.id = item.story_id
        LEFT JOIN article ON article.item_id = item.id WHERE item.id = :id
        """,
        id=item_id,
    )
    if not rows or rows[0]["items"] < 2:
        return None
    old = rows[0]["id"]
    made = run(
        connection, "INSERT INTO story (title) VALUES (:title) RETURNING id", title=rows[0]["title"]
    )[0]["id"]
    _move(connection, "item_id = :item_id", made, item_id=item_id)
    run(
        connection,
        """
        INSERT INTO alert (watch_id, story_id, item_id, reason, planned_at)
        SELECT watch_id, CAST(:made AS bigint), CAST(:item_id AS bigint), :reason, planned_at
        FROM alert WHERE story_id = :old AND kind = 'story'
        """,
        made=made,
        item_id=item_id,
        old=old,
        reason=f"rang for story {old}, which it was split from",
    )
    _count(connection, [old, made])
    _note(connection, "split", old, made, [item_id])
    return old, made


def _move(connection: Connection, which: str, into: int, **values: int) -> list[int]:
    rows = run(
        connection,
        f"""
        UPDATE story_item SET story_id = :into WHERE {which}
        RETURNING item_id
        """,  # noqa: S608 - one of two conditions written above
        into=into,
        **values,
    )
    moved = sorted(row["item_id"] for row in rows)
    run(
        connection,
        "UPDATE item SET story_id = :into WHERE id = ANY(:items) AND story_id IS NOT NULL",
        into=into,
        items=moved,
    )
    return moved


def _count(connection: Connection, stories: Sequence[int]) -> None:
    run(
        connection,
        """
        UPDATE story SET updated_at = now(),
            items = (SELECT count(*) FROM item WHERE story_id = story.id)
        WHERE id = ANY(:stories)
        """,
        stories=list(stories),
    )


def _note(connection: Connection, kind: str, old: int, new: int, moved: Sequence[int]) -> None:
    run(
        connection,
        """
        INSERT INTO story_change (kind, from_id, to_id, items)
        VALUES (:kind, :old, :new, CAST(:items AS jsonb))
        """,
        kind=kind,
        old=old,
        new=new,
        items=str(list(moved)),
    )
