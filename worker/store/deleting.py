"""Stories and alerts go whole: with all rows that say something of them."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from worker.store import gone
from worker.store.engine import run

ITEMS = 5000  # deleted at once, unless a single story has more

#: What hangs on items, by the column that names them.
_OF_ITEMS = {
    "mention": "item_id",
    "match": "item_id",
    "alert": "item_id",
    "revision": "item_id",
    "page": "item_id",
    "spike_story": "item_id",
    "story_item": "item_id",
    "search": "item_id",
    "article": "item_id",
}
_RANG = """EXISTS (SELECT FROM alert WHERE alert.{column} = {id})
    OR EXISTS (SELECT FROM held WHERE held.{column} = {id})"""


def free_stories(
    connection: Connection, ids: Sequence[int], *, apply: bool
) -> dict[int, list[int]]:
    """Those of these stories that may go, with their items; locked if they are to be deleted.

    A story stays while an alert or a digest told of it or of one that was merged into it, and while
    somebody works on one of its articles.
    """
    lock = "FOR UPDATE OF {} SKIP LOCKED" if apply else ""
    stories = run(
        connection,
        f"""SELECT id FROM story WHERE id = ANY(:ids) AND merged_into IS NULL
              AND NOT ({_RANG.format(column="story_id", id="story.id")})
              AND NOT EXISTS (
                  SELECT FROM story AS other WHERE other.merged_into = story.id
                  AND ({_RANG.format(column="story_id", id="other.id")}))
            ORDER BY id {lock.format("story")}""",  # noqa: S608 - constants
        ids=list(ids),
    )
    wanted = [row["id"] for row in stories]
    rows = run(
        connection,
        f"""SELECT id, story_id, state IN ('tagged', 'failed') AND retag IN ('', 'failed')
                AND NOT ({_RANG.format(column="item_id", id="item.id")}) AS done
            FROM item WHERE story_id = ANY(:ids) ORDER BY id {lock.format("item")}""",  # noqa: S608
        ids=wanted,
    )
    counted = run(
        connection,
        "SELECT story_id, count(*) FROM item WHERE story_id = ANY(:ids) GROUP BY story_id",
        ids=wanted,
    )
    total = {row["story_id"]: row["count"] for row in counted}
    found: dict[int, list[int]] = {one: [] for one in wanted}
    for row in rows:
        if row["done"]:
            found[row["story_id"]].append(row["id"])
    return {one: items for one, items in found.items() if len(items) == total.get(one, 0)}


def delete_stories(
    connection: Connection, stories: Mapping[int, Sequence[int]], *, apply: bool
) -> dict[str, int]:
    """Delete stories with their items. Gives how many of each, by table."""
    items = [item for of in stories.values() for item in of]
    if not apply:
        return {"story": len(stories), "item": len(items)}
    for start in range(0, len(items), ITEMS):
        delete_items(connection, items[start : start + ITEMS])
    ids = list(stories)
    run(connection, "UPDATE story SET follows = NULL WHERE follows = ANY(:ids)", ids=ids)
    merged = run(connection, "SELECT id FROM story WHERE merged_into = ANY(:ids)", ids=ids)
    ids += [row["id"] for row in merged]
    run(connection, "DELETE FROM story_change WHERE from_id = ANY(:ids)", ids=ids)
    run(connection, "DELETE FROM story_change WHERE to_id = ANY(:ids)", ids=ids)
    run(connection, "UPDATE story SET follows = NULL WHERE follows = ANY(:ids)", ids=ids)
    run(connection, "DELETE FROM alert WHERE story_id = ANY(:ids)", ids=ids)
    run(connection, "DELETE FROM story WHERE id = ANY(:ids)", ids=ids)
    return {"story": len(ids), "item": len(items)}


def delete_items(connection: Connection, items: Sequence[int]) -> None:
    """Delete items with all that is known of them; what they were known by is written down."""
    gone.bury(connection, items)
    run(
        connection,
        """WITH went AS (DELETE FROM sketch WHERE item_id = ANY(:items) RETURNING id, keys)
           DELETE FROM sketch_key USING (SELECT DISTINCT key, id FROM went, unnest(keys) AS key) AS o
           WHERE sketch_key.key = o.key AND sketch_id = o.id""",
        items=list(items),
    )
    for table, column in _OF_ITEMS.items():
        sql = f"DELETE FROM {table} WHERE {column} = ANY(:items)"  # noqa: S608 - constants
        run(connection, sql, items=list(items))
    run(connection, "DELETE FROM item WHERE id = ANY(:items)", items=list(items))


def free_items(connection: Connection, ids: Sequence[int], *, apply: bool) -> list[int]:
    """Those of these items, which are of no story, that may go; locked if they are to."""
    rows = run(
        connection,
        f"""SELECT id FROM item WHERE id = ANY(:ids) AND story_id IS NULL
              AND state IN ('tagged', 'failed') AND retag IN ('', 'failed')
              AND NOT ({_RANG.format(column="item_id", id="item.id")})
            ORDER BY id {"FOR UPDATE SKIP LOCKED" if apply else ""}""",  # noqa: S608 - constants
        ids=list(ids),
    )
    return [row["id"] for row in rows]


def free_alerts(
    connection: Connection, ids: Sequence[int], *, keep: timedelta, apply: bool
) -> list[int]:
    """Those of these alerts that may go; locked if they are to be deleted.

    Nothing of them waits to be sent, and their story had no new article for as long: it would ring
    again with the next one.
    """
    rows = run(
        connection,
        f"""SELECT id FROM alert WHERE id = ANY(:ids) AND NOT EXISTS (
                  SELECT FROM delivery WHERE alert_id = alert.id AND state = 'pending')
              AND NOT EXISTS (SELECT FROM story
                  WHERE story.id = story_id AND updated_at >= now() - :keep)
            ORDER BY id {"FOR UPDATE OF alert SKIP LOCKED" if apply else ""}""",  # noqa: S608
        ids=list(ids),
        keep=keep,
    )
    return [row["id"] for row in rows]


def delete_alerts(connection: Connection, ids: Sequence[int], *, apply: bool) -> dict[str, int]:
    """Delete alerts with their deliveries and what was held for them, and their matches.

    One of which a delivery was made pending at this moment stays.
    """
    if not apply:
        return {"alert": len(ids)}
    removed = {}
    for table, sql in (
        ("attempt", "USING delivery WHERE delivery_id = delivery.id AND alert_id = ANY(:ids)"),
        ("delivery", "WHERE alert_id = ANY(:ids) AND state <> 'pending'"),
        ("held", "WHERE alert_id = ANY(:ids)"),
        (
            "match",
            """USING alert JOIN item ON item.story_id = alert.story_id
               WHERE alert.id = ANY(:ids) AND match.watch_id = alert.watch_id
                 AND match.item_id = item.id""",
        ),
        (
            "alert",
            "WHERE id = ANY(:ids) AND NOT EXISTS (SELECT FROM delivery WHERE alert_id = alert.id)",
        ),
    ):
        rows = run(
            connection,
            f"WITH went AS (DELETE FROM {table} {sql} RETURNING 1) SELECT count(*) FROM went",  # noqa: S608
            ids=list(ids),
        )
        removed[table] = rows[0]["count"]
    return removed
