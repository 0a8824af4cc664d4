"""What happens right now, for somebody who watches: rates, what is slow, what fails, what rang."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store.alerts import AlertRecord, list_alerts
from worker.store.engine import run
from worker.store.figures import feeds_by_state, items_by_state, waiting

FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """How many there were in the last minute and in the last hour."""

    minute: int
    hour: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """A feed that fails: how often in a row, and what was said last."""

    name: str
    failures: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Slow:
    """A host whose turns take long: how long one took of late, with the gap that it wants."""

    name: str
    pace: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One look at the store. ``waiting``: by queue how much is owed, and the oldest's age in seconds."""

    at: datetime
    feeds: dict[str, int]
    items: dict[str, int]
    waiting: dict[str, tuple[float, float]]
    polls: Rates
    seen: Rates
    tagged: Rates
    sent: Rates
    last_story_at: datetime | None
    failing: tuple[Failing, ...]
    slow: tuple[Slow, ...]
    alerts: tuple[AlertRecord, ...]


def read_pulse(connection: Connection, *, few: int = FEW) -> Pulse:
    """One look; ``few`` feeds, hosts and alerts of each kind."""
    now = run(
        connection, "SELECT now() AS at, (SELECT max(updated_at) FROM story) AS last_story_at"
    )
    return Pulse(
        **now[0],
        feeds=feeds_by_state(connection),
        items=items_by_state(connection),
        waiting=waiting(connection),
        polls=_rates(connection, "poll", "last_polled_at"),
        seen=_rates(connection, "item", "seen_at"),
        tagged=_rates(connection, "item", "tagged_at"),
        sent=_sent(connection),
        failing=failing_feeds(connection, few),
        slow=tuple(
            Slow(**row)
            for row in run(
                connection,
                """SELECT name, pace FROM host WHERE pace IS NOT NULL
                   ORDER BY pace DESC, name LIMIT :few""",
                few=few,
            )
        ),
        alerts=tuple(list_alerts(connection, limit=few)),
    )


def failing_feeds(connection: Connection, few: int) -> tuple[Failing, ...]:
    """Those that fail, the longest first."""
    rows = run(
        connection,
        """SELECT name, failures, last_error AS error FROM poll JOIN feed ON feed.id = feed_id
           WHERE failures > 0 AND state = 'active' AND removed_at IS NULL
           ORDER BY failures DESC, feed.id LIMIT :few""",
        few=few,
    )
    return tuple(Failing(**row) for row in rows)


def _rates(connection: Connection, table: str, column: str) -> Rates:
    row = run(
        connection,
        f"""SELECT count(*) FILTER (WHERE {column} > now() - interval '1 minute') AS minute,
                count(*) AS hour
            FROM {table} WHERE {column} > now() - interval '1 hour'""",  # noqa: S608 - constants
    )[0]
    return Rates(**row)


def _sent(connection: Connection) -> Rates:
    """Attempts have numbers in the order they ended: the last hour's are at the end."""
    row = run(
        connection,
        """SELECT count(*) FILTER (WHERE at > now() - interval '1 minute') AS minute,
                count(*) AS hour
           FROM (SELECT at, delivered FROM attempt ORDER BY id DESC LIMIT 100000) AS last
           WHERE delivered AND at > now() - interval '1 hour'""",
    )[0]
    return Rates(**row)
