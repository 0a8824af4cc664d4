"""What watches have done of late: when they rang, what they matched, what they hold."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store.engine import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """When a watch last rang or a digest told of it, its matches of late, and the stories it holds."""

    last_rang_at: datetime | None = None
    matches: int = 0
    held: int = 0


NONE = Activity()


def activity(connection: Connection, past: timedelta) -> Mapping[int, Activity]:
    """What each watch has done, by its id; ``past`` is how long a match is of late."""
    rows = run(
        connection,
        # The last alert of each watch is one look-up in an index, however many there are.
        """
        WITH told AS (
            SELECT watch_id, max(released_at) AS last FROM held WHERE alert_id IS NOT NULL
            GROUP BY watch_id
        ), matched AS (
            SELECT watch_id, count(*) AS matches FROM match
            WHERE matched_at > now() - CAST(:past AS interval) GROUP BY watch_id
        ), holding AS (
            SELECT watch_id, count(DISTINCT coalesce(CAST(story_id AS text), once)) AS held FROM held
            WHERE released_at IS NULL GROUP BY watch_id
        )
        SELECT watch.id, greatest(rang.planned_at, told.last) AS last_rang_at,
            coalesce(matches, 0) AS matches, coalesce(held, 0) AS held
        FROM watch LEFT JOIN LATERAL (
            SELECT planned_at FROM alert WHERE watch_id = watch.id
            ORDER BY planned_at DESC LIMIT 1) AS rang ON true
        LEFT JOIN told ON told.watch_id = watch.id
        LEFT JOIN matched ON matched.watch_id = watch.id
        LEFT JOIN holding ON holding.watch_id = watch.id WHERE removed_at IS NULL
        """,
        past=past,
    )
    return {row.pop("id"): Activity(**row) for row in rows}
