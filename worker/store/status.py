"""What the whole system looks like from its store: in the time of a glance, however much it holds."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store import figures
from worker.store.engine import run
from worker.store.pulse import Failing, failing_feeds

FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """A channel that is left alone until ``until``, as its receiver gave no answer, and why."""

    channel: str
    reason: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """Counts and times a person asks for first. Lags are ages of the oldest owed row.

    Of large tables the usual state is estimated, and no other is counted beyond ``figures.MOST``.
    ``failing`` are a few of the feeds that fail, the longest first.
    """

    feeds: int
    feeds_healthy: int
    feeds_failing: int
    feeds_new: int
    feeds_paused: int
    feeds_silent: int
    feeds_due: int
    feeds_overdue: int
    failing: tuple[Failing, ...]
    hosts_limited: int
    items: int
    items_by_state: dict[str, int]
    retags: int
    retags_failed: int
    stories: int
    watches: int
    alerts: int
    deliveries_by_state: dict[str, int]
    waiting: dict[str, int]
    oldest_owed_item: timedelta | None
    oldest_owed_delivery: timedelta | None
    circuits: tuple[Circuit, ...]
    last_poll_at: datetime | None
    last_item_at: datetime | None
    last_story_at: datetime | None
    last_alert_at: datetime | None


def read_status(connection: Connection) -> Status:
    """One look at the store."""
    feeds = figures.feeds_by_state(connection)
    items = figures.items_by_state(connection)
    owed = figures.waiting(connection)
    lags = {queue: lag for queue, (_, lag) in owed.items()}
    return Status(
        feeds=sum(feeds.values()),
        feeds_healthy=feeds["healthy"],
        feeds_failing=feeds["failing"],
        feeds_new=feeds["new"],
        feeds_paused=feeds["paused"],
        failing=failing_feeds(connection, FEW),
        items=sum(items.values()),
        items_by_state={state: count for state, count in items.items() if count},
        deliveries_by_state=figures.deliveries_by_state(connection),
        stories=figures.rows_of(connection, "story"),
        alerts=figures.rows_of(connection, "alert"),
        waiting={queue: int(count) for queue, (count, _) in owed.items()},
        oldest_owed_item=_age(max(lags["fetch"], lags["tag"])),
        oldest_owed_delivery=_age(lags["deliver"]),
        circuits=_circuits(connection),
        **run(connection, _REST, most=figures.MOST)[0],
    )


_REST = """
SELECT polled.*,
    (SELECT count(*) FROM host WHERE limited_at > now() - interval '1 hour') AS hosts_limited,
    (SELECT count(*) FROM watch WHERE removed_at IS NULL AND enabled) AS watches,
    (SELECT max(updated_at) FROM story) AS last_story_at,
    (SELECT max(planned_at) FROM alert) AS last_alert_at,
    (SELECT max(seen_at) FROM item) AS last_item_at,
    (SELECT count(*) FROM (SELECT 1 FROM item WHERE retag IN ('quiet', 'ring')
        LIMIT :most) AS few) AS retags,
    (SELECT count(*) FROM (SELECT 1 FROM item WHERE retag = 'failed'
        LIMIT :most) AS few) AS retags_failed
FROM (
    SELECT max(last_polled_at) AS last_poll_at,
        count(*) FILTER (WHERE state = 'active' AND standing -> 'told' ? 'silent') AS feeds_silent,
        count(*) FILTER (WHERE state = 'active' AND next_poll_at <= now()) AS feeds_due,
        count(*) FILTER (WHERE state = 'active' AND due_at < now() - interval '1 minute')
            AS feeds_overdue
    FROM feed JOIN poll ON feed_id = feed.id WHERE removed_at IS NULL) AS polled
"""


def _circuits(connection: Connection) -> tuple[Circuit, ...]:
    rows = run(
        connection,
        """SELECT name AS channel, circuit.reason, open_until AS until
           FROM circuit JOIN channel ON channel.id = channel_id
           WHERE open_until IS NOT NULL ORDER BY name""",
    )
    return tuple(Circuit(**row) for row in rows)


def _age(seconds: float) -> timedelta | None:
    return timedelta(seconds=seconds) if seconds > 0 else None
