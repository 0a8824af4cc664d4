"""Items as they are read: by their ids, by their URLs, the newest, and what they said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import Entry, Item, ItemState
from worker.store.engine import run

COLUMNS = """item.id, item.feed_id, feed.name AS feed_name,
    coalesce(nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name) AS outlet,
    item.identity, item.fingerprint, item.guid, item.url, item.title, item.summary, item.content,
    item.authors, item.categories, coalesce(nullif(item.language, ''), feed.language) AS language,
    item.published_at, item.updated_at, item.seen_at, item.baseline, item.revision, item.state,
    item.reason, item.attempts, item.tagged_at, item.story_id, feed.tags,
    coalesce(CAST(feed.options->>'robots' AS boolean), true) AS robots"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """What an item said before an edit: ``number`` 0 is its first text."""

    number: int
    title: str
    summary: str
    content: str
    replaced_at: datetime


def revisions_of(connection: Connection, item_id: int) -> list[RevisionRecord]:
    """The former texts of an item, the first first."""
    rows = run(
        connection,
        """SELECT number, title, summary, content, replaced_at FROM revision
           WHERE item_id = :item_id ORDER BY number""",
        item_id=item_id,
    )
    return [RevisionRecord(**row) for row in rows]


def item_of(row: dict[str, Any]) -> Item:
    """An item of a row of ``COLUMNS``."""
    entry = Entry(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        content=row["content"],
        authors=tuple(row["authors"]),
        published=row["published_at"],
        updated=row["updated_at"],
        language=row["language"],
        categories=tuple(row["categories"]),
    )
    names = (
        "id feed_id feed_name outlet identity fingerprint reason baseline revision attempts "
        "story_id seen_at tagged_at robots"
    )
    return Item(
        entry=entry,
        state=ItemState(row["state"]),
        tags=tuple(row["tags"]),
        **{name: row[name] for name in names.split()},
    )


def list_items(
    connection: Connection,
    *,
    limit: int = 20,
    feed: str = "",
    state: str = "",
    mention: str = "",
) -> list[Item]:
    """The newest items first.

    Each condition is put so that an index gives the newest: else Postgres would look through all
    items for the few of a feed, or all that name somebody for the newest.
    """
    wanted = ["true"]
    if feed:
        wanted.append("item.feed_id = ANY(ARRAY(SELECT id FROM feed WHERE name = :feed))")
    if state:
        wanted.append(f"item.state = '{ItemState(state).value}'")
    where = " AND ".join(wanted)
    newest = "item.seen_at DESC, item.id DESC"
    if mention:
        return _naming(connection, mention, where, limit=limit, feed=feed)
    rows = run(
        connection,
        f"""WITH newest AS MATERIALIZED (
                SELECT id FROM item WHERE {where} ORDER BY {newest} LIMIT :limit)
            SELECT {COLUMNS} FROM newest JOIN item USING (id) JOIN feed ON feed.id = item.feed_id
            ORDER BY {newest}""",  # noqa: S608 - constants
        feed=feed,
        limit=limit,
    )
    return [item_of(row) for row in rows]


def _naming(
    connection: Connection, mention: str, where: str, *, limit: int, feed: str
) -> list[Item]:
    """The newest items that name something, by its key or its name."""
    of_index = """(SELECT item.id FROM mention JOIN item ON item.id = item_id
        WHERE {column} = :mention AND {where} ORDER BY item_id DESC LIMIT :limit)"""
    rows = run(
        connection,
        f"""WITH newest AS MATERIALIZED (
                {of_index.format(column="key", where=where)} UNION
                {of_index.format(column="name", where=where)})
            SELECT {COLUMNS} FROM newest JOIN item USING (id) JOIN feed ON feed.id = item.feed_id
            ORDER BY item.id DESC LIMIT :limit""",  # noqa: S608 - constants
        mention=mention,
        feed=feed,
        limit=limit,
    )
    return [item_of(row) for row in rows]


def items_after(connection: Connection, item_id: int, *, limit: int) -> list[Item]:
    """The first items with a greater id, in its order."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id > :after ORDER BY item.id LIMIT :limit""",  # noqa: S608 - a constant
        after=item_id,
        limit=limit,
    )
    return [item_of(row) for row in rows]


def items_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Item]:
    """Items by their ids."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id = ANY(:ids)""",  # noqa: S608 - a constant
        ids=list(ids),
    )
    return {row["id"]: item_of(row) for row in rows}


def find_item(connection: Connection, id_or_url: str) -> Item | None:
    """The item with this id or URL (the newest, where feeds share it)."""
    number = int(id_or_url) if id_or_url.isdecimal() and len(id_or_url) < 19 else -1
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id = :number OR item.url = :url
            ORDER BY item.id DESC LIMIT 1""",  # noqa: S608 - a constant
        number=number,
        url=id_or_url,
    )
    return item_of(rows[0]) if rows else None
