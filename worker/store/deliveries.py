"""Deliveries as people want to read them, with every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.model import DeliveryState
from worker.store.engine import run
from worker.store.unsubscriptions import UNSUBSCRIBED


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRecord:
    """One attempt as a person wants to read it."""

    number: int
    at: datetime
    delivered: bool
    detail: str
    elapsed: float
    status: int | None = None
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
    """A delivery as a person wants to read it, with its attempts."""

    id: int
    alert_id: int
    watch: str
    channel: str
    channel_id: int
    kind: str
    state: DeliveryState
    reason: str
    message_id: str
    owed_at: datetime
    next_attempt_at: datetime
    sent_at: datetime | None
    attempts: tuple[AttemptRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentRecord:
    """A delivery that arrived: what, where and when."""

    alert_id: int
    channel: str
    watch: str
    url: str
    sent_at: datetime


def deliveries_of(connection: Connection, alert_id: int) -> list[DeliveryRecord]:
    """The deliveries of one alert with every attempt."""
    return _deliveries(connection, "delivery.alert_id = :alert_id ORDER BY id", alert_id=alert_id)


def find_delivery(connection: Connection, delivery_id: int) -> DeliveryRecord | None:
    """The delivery of this id with every attempt."""
    found = _deliveries(connection, "delivery.id = :id", id=delivery_id)
    return found[0] if found else None


def list_deliveries(
    connection: Connection,
    *,
    limit: int,
    state: DeliveryState | None = None,
    channel: str = "",
    since: timedelta | None = None,
) -> list[DeliveryRecord]:
    """The newest deliveries first, each with every attempt."""
    return _deliveries(
        connection,
        """(CAST(:state AS text) IS NULL OR state = :state)
           AND (:channel = '' OR channel_id IN (SELECT id FROM channel WHERE name = :channel))
           AND (CAST(:since AS interval) IS NULL OR owed_at > now() - :since)
           ORDER BY id DESC LIMIT :limit""",
        state=state.value if state else None,
        channel=channel,
        since=since,
        limit=limit,
    )


def _deliveries(connection: Connection, which: str, **values: Any) -> list[DeliveryRecord]:
    rows = run(
        connection,
        f"""
        WITH found AS (SELECT * FROM delivery WHERE {which})
        SELECT found.id, found.alert_id, channel.name AS channel, found.channel_id, channel.kind, found.state,
            found.reason, found.message_id, found.next_attempt_at, found.sent_at, found.owed_at,
            coalesce(watch.name, alert.kind) AS watch,
            ARRAY(SELECT to_jsonb(attempt) FROM attempt
                  WHERE delivery_id = found.id ORDER BY attempt.id) AS attempts
        FROM found JOIN channel ON channel.id = found.channel_id
        JOIN alert ON alert.id = found.alert_id LEFT JOIN watch ON watch.id = alert.watch_id
        ORDER BY array_position(ARRAY(SELECT id FROM found), found.id)
        """,  # noqa: S608 - constants
        **values,
    )
    return [
        DeliveryRecord(
            **row
            | {
                "state": DeliveryState(row["state"]),
                "attempts": tuple(_attempt(one) for one in row["attempts"]),
            }
        )
        for row in rows
    ]


def replay(connection: Connection, delivery_id: int) -> bool:
    """Have a delivery sent again from its first try, with the ids it had.

    Not while it is under way, nor while its reader has unsubscribed.
    """
    return bool(_replay(connection, "delivery.id = :id", id=delivery_id))


def replay_dead(connection: Connection, *, since: timedelta, channel: str = "") -> list[int]:
    """Have those sent again that were given up though they became due since; gives their ids."""
    return _replay(
        connection,
        """state = 'dead' AND owed_at > now() - :since
           AND (:channel = '' OR channel_id IN (SELECT id FROM channel WHERE name = :channel))""",
        since=since,
        channel=channel,
    )


def _replay(connection: Connection, which: str, **values: Any) -> list[int]:
    rows = run(
        connection,
        f"""
        WITH found AS (
            SELECT delivery.id AS found_id FROM delivery
            JOIN channel ON channel.id = channel_id AND channel.removed_at IS NULL
            JOIN alert ON alert.id = delivery.alert_id
            WHERE {which} AND (lease_until IS NULL OR lease_until < now()) AND NOT {UNSUBSCRIBED}
            ORDER BY delivery.id FOR UPDATE OF delivery
        )
        UPDATE delivery SET state = 'pending', reason = 'to be sent again, as was asked for',
            attempts = 0, claims = 0, owed_at = now(), next_attempt_at = now(), enqueued_at = now(),
            sent_at = NULL
        FROM found WHERE id = found_id RETURNING id
        """,  # noqa: S608 - constants
        **values,
    )
    return sorted(row["id"] for row in rows)


def sent_deliveries(
    connection: Connection, alerts: Sequence[int] | None = None
) -> list[SentRecord]:
    """Deliveries that arrived, of these alerts or of all, in the order they did."""
    rows = run(
        connection,
        """
        SELECT delivery.alert_id, channel.name AS channel, coalesce(watch.name, '') AS watch,
            coalesce(nullif(article.url, ''), item.url, feed.url, '') AS url, delivery.sent_at
        FROM delivery JOIN channel ON channel.id = delivery.channel_id
        JOIN alert ON alert.id = delivery.alert_id
        LEFT JOIN watch ON watch.id = alert.watch_id
        LEFT JOIN item ON item.id = alert.item_id LEFT JOIN article ON article.item_id = item.id
        LEFT JOIN event ON event.id = alert.event_id LEFT JOIN feed ON feed.id = event.feed_id
        WHERE delivery.state = 'sent'
          AND (CAST(:alerts AS bigint[]) IS NULL OR alert.id = ANY(:alerts))
        ORDER BY delivery.sent_at, delivery.id
        """,
        alerts=list(alerts) if alerts is not None else None,
    )
    return [SentRecord(**row) for row in rows]


def _attempt(value: dict[str, Any]) -> AttemptRecord:
    return AttemptRecord(
        number=value["number"],
        at=datetime.fromisoformat(value["at"]),
        delivered=value["delivered"],
        detail=value["detail"],
        elapsed=value["elapsed"],
        status=value["status"],
        answer=value["answer"],
    )
