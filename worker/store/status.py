"""What the whole system looks like from its store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store.engine import run

COUNTED = 300_000
"""Rows of a table that are counted one by one; of more, nobody waits for the last digit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts and times a person asks for first. Lags are ages of the oldest owed row.

    Where there are more than ``COUNTED`` rows, those in their usual end state are reckoned.
    """

    feeds: int
    feeds_healthy: int
    feeds_failing: int
    feeds_paused: int
    feeds_due: int
    items: int
    items_by_state: dict[str, int]
    retags: int
    retags_failed: int
    stories: int
    watches: int
    alerts: int
    deliveries_by_state: dict[str, int]
    oldest_owed_item: timedelta | None
    oldest_owed_delivery: timedelta | None
    last_poll_at: datetime | None
    last_item_at: datetime | None
    last_alert_at: datetime | None


def read_status(connection: Connection) -> Status:
    """One look at the store."""
    feeds = run(
        connection,
        """
        SELECT count(*) AS feeds,
            count(*) FILTER (WHERE state = 'active' AND failures = 0
                             AND last_ok_at IS NOT NULL) AS feeds_healthy,
            count(*) FILTER (WHERE state = 'active' AND failures > 0) AS feeds_failing,
            count(*) FILTER (WHERE state = 'paused') AS feeds_paused,
            count(*) FILTER (WHERE state = 'active' AND next_poll_at <= now()) AS feeds_due,
            max(last_polled_at) AS last_poll_at
        FROM feed JOIN poll ON feed_id = feed.id WHERE removed_at IS NULL
        """,
    )[0]
    items = _by_state(connection, "item", "tagged", ("discovered", "fetched", "held", "failed"))
    deliveries = _by_state(connection, "delivery", "sent", ("pending", "dead"))
    rest = run(
        connection,
        """
        SELECT (SELECT count(*) FROM watch WHERE removed_at IS NULL AND enabled) AS watches,
            (SELECT max(planned_at) FROM alert) AS last_alert_at,
            (SELECT max(seen_at) FROM item) AS last_item_at,
            (SELECT count(*) FROM item WHERE retag IN ('quiet', 'ring')) AS retags,
            (SELECT count(*) FROM item WHERE retag = 'failed') AS retags_failed,
            (SELECT now() - min(next_attempt_at) FROM item
             WHERE state IN ('discovered', 'fetched') AND next_attempt_at <= now())
                AS oldest_owed_item,
            (SELECT now() - min(next_attempt_at) FROM delivery
             WHERE state = 'pending' AND next_attempt_at <= now()) AS oldest_owed_delivery
        """,
    )[0]
    return Status(
        items=sum(items.values()),
        items_by_state=items,
        deliveries_by_state=deliveries,
        stories=rows_in(connection, "story"),
        alerts=rows_in(connection, "alert"),
        **feeds,
        **rest,
    )


def rows_in(connection: Connection, table: str) -> int:
    """How many rows a table has; of a large one, how many Postgres reckons."""
    reckoned = _reckoned(connection, table)
    if reckoned > COUNTED:
        return reckoned
    return int(run(connection, f"SELECT count(*) FROM {table}")[0]["count"])  # noqa: S608


def _reckoned(connection: Connection, table: str) -> int:
    """As of the last vacuum or analysis; less than nothing before the first."""
    rows = run(
        connection,
        "SELECT reltuples FROM pg_class WHERE oid = CAST(CAST(:name AS text) AS regclass)",
        name=table,
    )
    return int(rows[0]["reltuples"])


def _by_state(
    connection: Connection, table: str, usual: str, others: tuple[str, ...]
) -> dict[str, int]:
    """How many rows are in each state. ``others`` have indexes, and are counted in large tables too."""
    reckoned = _reckoned(connection, table)
    if reckoned <= COUNTED:
        rows = run(connection, f"SELECT state, count(*) AS n FROM {table} GROUP BY state")  # noqa: S608
        return {row["state"]: row["n"] for row in rows}
    found = {
        state: run(connection, f"SELECT count(*) FROM {table} WHERE state = '{state}'")[0]["count"]  # noqa: S608
        for state in others
    }
    found[usual] = max(reckoned - sum(found.values()), 0)
    return {state: count for state, count in found.items() if count}
