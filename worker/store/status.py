"""What the whole system looks like from its store."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store.engine import run


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts and times a person asks for first. Lags are ages of the oldest owed row."""

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
    items = run(connection, "SELECT state, count(*) AS n FROM item GROUP BY state")
    deliveries = run(connection, "SELECT state, count(*) AS n FROM delivery GROUP BY state")
    rest = run(
        connection,
        """
        SELECT (SELECT count(*) FROM story) AS stories,
            (SELECT count(*) FROM watch WHERE removed_at IS NULL AND enabled) AS watches,
            (SELECT count(*) FROM alert) AS alerts,
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
    by_state = {row["state"]: row["n"] for row in items}
    return Status(
        items=sum(by_state.values()),
        items_by_state=by_state,
        deliveries_by_state={row["state"]: row["n"] for row in deliveries},
        **feeds,
        **rest,
    )
