"""Mutes in the store: what nobody wants to hear of.

``value`` is the id of a watch or story, the name of an outlet, the key of an entity.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import Connection

from worker.alerts.muting import Subject
from worker.model import Mute
from worker.store.engine import clean, run
from worker.store.watches import names_and_queries


def active_mutes(connection: Connection) -> list[Mute]:
    """The mutes whose time is not over, oldest first."""
    rows = run(
        connection,
        """SELECT id, kind, value, watch_id, until, created_at FROM mute
           WHERE until IS NULL OR until > now() ORDER BY id""",
    )
    return [Mute(**row) for row in rows]


def put_mute(
    connection: Connection,
    *,
    kind: str,
    value: str,
    watch_id: int | None = None,
    until: datetime | None = None,
) -> int:
    """Mute something until a time or for good, for one watch or all; in the place of a mute of the same.

    Gives its id.
    """
    values = {"kind": kind, "value": clean(value), "watch_id": watch_id}
    run(
        connection,
        """DELETE FROM mute WHERE kind = :kind AND value = :value
           AND watch_id IS NOT DISTINCT FROM CAST(:watch_id AS bigint)""",
        **values,
    )
    rows = run(
        connection,
        """INSERT INTO mute (kind, value, watch_id, until)
           VALUES (:kind, :value, :watch_id, :until) RETURNING id""",
        until=until,
        **values,
    )
    found: int = rows[0]["id"]
    return found


def lift_mutes(connection: Connection, ids: Collection[int]) -> int:
    """Take mutes away; gives how many there were."""
    rows = run(connection, "DELETE FROM mute WHERE id = ANY(:ids) RETURNING id", ids=list(ids))
    return len(rows)


def subjects(
    connection: Connection, matches: Collection[tuple[int, int]]
) -> Mapping[tuple[int, int], Subject]:
    """What mutes are asked about, of matches by (watch, item) whose items are stored."""
    rows = run(
        connection,
        """
        SELECT item.id, item.story_id, coalesce(article.outlet, '') AS outlet,
            ARRAY(SELECT key FROM mention WHERE mention.item_id = item.id) AS named
        FROM item LEFT JOIN article ON article.item_id = item.id WHERE item.id = ANY(:items)
        """,
        items=sorted({item_id for _, item_id in matches}),
    )
    of_item = {row["id"]: row for row in rows}
    watches = names_and_queries(connection, {watch_id for watch_id, _ in matches})
    return {
        (watch_id, item_id): Subject(
            watch_id=watch_id,
            watch_name=watches[watch_id][0],
            story_id=of_item[item_id]["story_id"] or 0,
            outlet=of_item[item_id]["outlet"],
            named=frozenset(of_item[item_id]["named"]),
        )
        for watch_id, item_id in matches
        if item_id in of_item
    }
