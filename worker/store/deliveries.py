"""Deliveries as people want to read them, with every attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import DeliveryState
from worker.store.engine import run


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
    channel: str
    kind: str
    state: DeliveryState
    reason: str
    message_id: str
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
    rows = run(
        connection,
        """
        SELECT delivery.id, delivery.alert_id, channel.name AS channel, channel.kind,
            delivery.state, delivery.reason, delivery.message_id, delivery.next_attempt_at,
            delivery.sent_at,
            coalesce(jsonb_agg(to_jsonb(attempt) ORDER BY attempt.id)
                     FILTER (WHERE attempt.id IS NOT NULL), '[]') AS attempts
        FROM delivery JOIN channel ON channel.id = delivery.channel_id
        LEFT JOIN attempt ON attempt.delivery_id = delivery.id
        WHERE delivery.alert_id = :alert_id
        GROUP BY delivery.id, channel.id ORDER BY delivery.id
        """,
        alert_id=alert_id,
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
