"""Matches and alerts in the store: planned once for each watch and story."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import Confidence, EventKind, Evidence, FeedEvent
from worker.store.engine import rows_as_json, run


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRecord:
    """An alert as a person wants to read it; notices are of no story, some of no watch."""

    id: int
    kind: str
    watch: str
    query: str
    reason: str
    story_id: int | None
    item_id: int | None
    event: str
    title: str
    url: str
    outlet: str
    planned_at: datetime
    evidence: tuple[Evidence, ...]
    sent: int
    pending: int
    dead: int
    unsubscribed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedEvent:
    """Something that happened to a feed, of which no watch has been asked yet."""

    id: int
    event: FeedEvent
    feed_name: str
    outlet: str
    url: str
    at: datetime


def owed_events(connection: Connection, *, limit: int = 200) -> list[OwedEvent]:
    """Take what happened to feeds and was not announced: it is when the transaction ends."""
    rows = run(
        connection,
        """
        WITH owed AS (
            SELECT id AS owed_id FROM event WHERE announced_at IS NULL
            ORDER BY id LIMIT :limit FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE event SET announced_at = now() FROM owed WHERE id = owed_id RETURNING event.*
        )
        SELECT taken.id, kind, detail, at, feed.name AS feed_name, feed.url,
            coalesce(nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name) AS outlet
        FROM taken JOIN feed ON feed.id = feed_id ORDER BY taken.id
        """,
        limit=limit,
    )
    return [
        OwedEvent(
            id=row["id"],
            event=FeedEvent(kind=EventKind(row["kind"]), detail=row["detail"]),
            feed_name=row["feed_name"],
            outlet=row["outlet"],
            url=row["url"],
            at=row["at"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventAlert:
    """That a watch rings for an event of a feed, on which channels, and the named reason."""

    watch_id: int
    event_id: int
    reason: str
    channels: Sequence[str]


def plan_event_alerts(connection: Connection, wanted: Sequence[EventAlert]) -> list[int]:
    """Store alerts and their deliveries. Gives delivery ids."""
    if not wanted:
        return []
    rows = run(
        connection,
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS r(watch_id bigint, event_id bigint, reason text, channels jsonb)
        ), living AS (
            SELECT id, channels FROM watch WHERE id IN (SELECT watch_id FROM given)
              AND enabled AND removed_at IS NULL ORDER BY id FOR SHARE
        ), planned AS (
            INSERT INTO alert (kind, watch_id, event_id, reason)
            SELECT 'event', watch_id, event_id, reason FROM given JOIN living ON living.id = watch_id
            ON CONFLICT DO NOTHING RETURNING id, watch_id, event_id
        )
        INSERT INTO delivery (alert_id, channel_id, message_id, enqueued_at)
        SELECT planned.id, channel.id,
            '<' || replace(CAST(gen_random_uuid() AS text), '-', '') || '@tocsin.local>', now()
        FROM planned JOIN given USING (watch_id, event_id)
        JOIN living ON living.id = planned.watch_id
        JOIN channel ON given.channels ? channel.name AND living.channels ? channel.name
            AND channel.removed_at IS NULL
        RETURNING id
        """,
        rows=rows_as_json([asdict(one) for one in wanted]),
    )
    return [row["id"] for row in rows]


def evidence_of(value: Sequence[dict[str, Any]]) -> tuple[Evidence, ...]:
    """Stored evidence as values."""

    def spans(pairs: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
        return tuple((start, end) for start, end in pairs)

    return tuple(
        Evidence(
            clause=one["clause"],
            value=one["value"],
            spans=spans(one["spans"]),
            title_spans=spans(one["title_spans"]),
            confidence=Confidence(one.get("confidence", Confidence.CERTAIN)),
        )
        for one in value
    )


def list_alerts(
    connection: Connection,
    *,
    limit: int = 20,
    watch: str = "",
    after: int = 0,
    alert_id: int | None = None,
) -> list[AlertRecord]:
    """The newest alerts first; ``after`` gives only those with a greater id."""
    rows = run(
        connection,
        """
        WITH newest AS MATERIALIZED (
            SELECT * FROM alert
            WHERE (:watch = '' OR watch_id = ANY(ARRAY(SELECT id FROM watch WHERE name = :watch)))
              AND id > :after AND (CAST(:alert_id AS bigint) IS NULL OR id = :alert_id)
            ORDER BY id DESC LIMIT :limit
        )
        SELECT alert.id, alert.kind, coalesce(watch.name, '') AS watch,
            coalesce(watch.query, '') AS query, alert.reason, alert.story_id,
            alert.item_id, coalesce(event.kind, '') AS event,
            coalesce(article.title, event.detail, alert.reason) AS title,
            coalesce(nullif(article.url, ''), item.url, feed.url, '') AS url,
            coalesce(article.outlet, nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name, '')
                AS outlet,
            alert.planned_at, coalesce(match.evidence, '[]') AS evidence,
            count(*) FILTER (WHERE delivery.state = 'sent') AS sent,
            count(*) FILTER (WHERE delivery.state = 'pending') AS pending,
            count(*) FILTER (WHERE delivery.state = 'dead') AS dead,
            count(*) FILTER (WHERE delivery.state = 'unsubscribed') AS unsubscribed
        FROM newest AS alert LEFT JOIN watch ON watch.id = alert.watch_id
        LEFT JOIN item ON item.id = alert.item_id LEFT JOIN article ON article.item_id = item.id
        LEFT JOIN match ON match.watch_id = alert.watch_id AND match.item_id = alert.item_id
        LEFT JOIN event ON event.id = alert.event_id LEFT JOIN feed ON feed.id = event.feed_id
        LEFT JOIN delivery ON delivery.alert_id = alert.id
        GROUP BY alert.id, alert.kind, alert.reason, alert.story_id, alert.item_id,
            alert.planned_at, watch.id, item.id, article.item_id, match.watch_id, match.item_id,
            event.id, feed.id
        ORDER BY alert.id DESC
        """,
        limit=limit,
        watch=watch,
        after=after,
        alert_id=alert_id,
    )
    return [AlertRecord(**row | {"evidence": evidence_of(row["evidence"])}) for row in rows]
