"""Deliveries in the store: the outbox and the notification log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.model import (
    AlertKind,
    Announcement,
    Article,
    Channel,
    Confidence,
    DeliveryState,
    EventKind,
    FeedEvent,
    Mention,
    Notice,
    Receipt,
    RetryDecision,
    Update,
)
from worker.store.alerts import evidence_of
from worker.store.articles import load_articles, load_mentions
from worker.store.engine import clean, run
from worker.store.notices import NOTICES, read_content
from worker.watches.events import event_article

MOST_CLAIMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedDelivery:
    """A delivery to be tried now."""

    channel: Channel
    told: Announcement | Notice


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


def claim_deliveries(
    connection: Connection, ids: Sequence[int], *, owner: str, lease: timedelta
) -> list[ClaimedDelivery]:
    """Claim those of ``ids`` that are pending and due, with all that is needed to send them.

    One that was claimed ``MOST_CLAIMS`` times, more than any schedule of tries has, is dead.
    """
    run(
        connection,
        """
        WITH spent AS (
            SELECT id AS spent_id FROM delivery
            WHERE id = ANY(:ids) AND state = 'pending' AND attempts >= :most
              AND (lease_until IS NULL OR lease_until < now())
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery SET state = 'dead', lease_until = NULL, lease_owner = '',
            reason = 'given up after ' || attempts || ' attempts: its worker died each time'
        FROM spent WHERE id = spent_id
        """,
        ids=list(ids),
        most=MOST_CLAIMS,
    )
    rows = run(
        connection,
        """
        WITH free AS (
            SELECT id AS free_id FROM delivery
            WHERE id = ANY(:ids) AND state = 'pending' AND next_attempt_at <= now()
              AND (lease_until IS NULL OR lease_until < now())
            ORDER BY id FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE delivery SET lease_until = now() + :lease, lease_owner = :owner,
                attempts = attempts + 1
            FROM free WHERE id = free_id RETURNING delivery.*
        )
        SELECT claimed.id AS delivery_id, claimed.alert_id, claimed.message_id, claimed.attempts,
            channel.id AS channel_id, channel.name AS channel_name, channel.kind, channel.config,
            watch.id AS watch_id, watch.name AS watch_name, watch.query,
            alert.kind AS told_kind, alert.content,
            alert.reason, alert.story_id, alert.item_id, alert.planned_at,
            feed.name AS feed_name, coalesce(item.seen_at, event.at) AS seen_at,
            coalesce(match.evidence, '[]') AS evidence,
            coalesce(match.confidence, 'certain') AS confidence, event.kind AS event, event.detail,
            feed.url AS feed_url,
            coalesce(nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name) AS feed_outlet,
            ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
                  WHERE i.story_id = alert.story_id AND a.outlet <> ''
                  GROUP BY a.outlet
                  ORDER BY bool_or(i.id = alert.item_id) DESC, min(i.id)) AS outlets,
            first.id AS first_id, first_article.title AS first_title,
            ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
                  WHERE i.story_id = first.story_id AND a.outlet <> ''
                    AND (i.id = first.item_id OR i.tagged_at <= (
                        SELECT before.sent_at FROM delivery AS before
                        WHERE before.alert_id = first.id
                          AND before.channel_id = claimed.channel_id))
                  GROUP BY a.outlet
                  ORDER BY bool_or(i.id = first.item_id) DESC, min(i.id)) AS first_outlets,
            ARRAY(SELECT before.message_id FROM alert AS told
                  JOIN delivery AS before ON before.alert_id = told.id
                  WHERE told.watch_id = alert.watch_id AND told.story_id = alert.story_id
                    AND told.id < alert.id AND before.channel_id = claimed.channel_id
                  ORDER BY told.id) AS thread
        FROM claimed JOIN channel ON channel.id = claimed.channel_id
        JOIN alert ON alert.id = claimed.alert_id
        LEFT JOIN watch ON watch.id = alert.watch_id
        LEFT JOIN item ON item.id = alert.item_id LEFT JOIN event ON event.id = alert.event_id
        LEFT JOIN alert AS first ON alert.kind = 'update' AND first.kind = 'story'
            AND first.watch_id = alert.watch_id AND first.story_id = alert.story_id
        LEFT JOIN article AS first_article ON first_article.item_id = first.item_id
        LEFT JOIN feed ON feed.id = coalesce(item.feed_id, event.feed_id)
        LEFT JOIN match ON match.watch_id = alert.watch_id AND match.item_id = alert.item_id
        ORDER BY claimed.id
        """,
        ids=list(ids),
        owner=owner,
        lease=lease,
    )
    items = sorted({row["item_id"] for row in rows if row["item_id"] is not None})
    articles, mentions = load_articles(connection, items), load_mentions(connection, items)
    return [
        ClaimedDelivery(
            channel=Channel(
                id=row["channel_id"],
                name=row["channel_name"],
                kind=row["kind"],
                config=row["config"],
            ),
            told=_notice(row)
            if row["told_kind"] in NOTICES
            else _announcement(row, articles, mentions),
        )
        for row in rows
    ]


def _notice(row: Mapping[str, Any]) -> Notice:
    return Notice(
        alert_id=row["alert_id"],
        delivery_id=row["delivery_id"],
        message_id=row["message_id"],
        reason=row["reason"],
        alerted_at=row["planned_at"],
        content=read_content(row["told_kind"], row["content"]),
        attempt=row["attempts"],
    )


def _announcement(
    row: Mapping[str, Any],
    articles: Mapping[int, Article],
    mentions: Mapping[int, tuple[Mention, ...]],
) -> Announcement:
    """What a delivery tells: of an article, or of what happened to a feed."""
    event = row["event"] and FeedEvent(kind=EventKind(row["event"]), detail=row["detail"])
    item_id = row["item_id"] or 0
    return Announcement(
        alert_id=row["alert_id"],
        delivery_id=row["delivery_id"],
        message_id=row["message_id"],
        watch_id=row["watch_id"],
        watch_name=row["watch_name"],
        query=row["query"],
        reason=row["reason"],
        story_id=row["story_id"] or 0,
        item_id=item_id,
        feed_name=row["feed_name"],
        article=_told(event, row) if event else articles[item_id],
        mentions=mentions.get(item_id, ()),
        evidence=evidence_of(row["evidence"]),
        confidence=Confidence(row["confidence"]),
        outlets=(row["feed_outlet"],) if event else tuple(row["outlets"]),
        seen_at=row["seen_at"],
        alerted_at=row["planned_at"],
        attempt=row["attempts"],
        event=event,
        update=_update(row) if row["told_kind"] == AlertKind.UPDATE else None,
    )


def _update(row: Mapping[str, Any]) -> Update:
    return Update(
        first_alert_id=row["first_id"] or row["alert_id"],
        first_title=row["first_title"] or "",
        first_outlets=tuple(row["first_outlets"]),
        thread=tuple(row["thread"]),
    )


def _told(event: FeedEvent, row: Mapping[str, Any]) -> Article:
    return event_article(
        event,
        feed_name=row["feed_name"],
        outlet=row["feed_outlet"],
        url=row["feed_url"],
        at=row["seen_at"],
    )


def record_attempt(
    connection: Connection,
    told: Announcement | Notice,
    *,
    owner: str,
    receipt: Receipt,
    decision: RetryDecision,
    elapsed: float,
) -> None:
    """Write down what one attempt brought and what follows from it.

    What has arrived is sent, whoever holds the claim by now: nobody is to send it again.
    """
    rows = run(
        connection,
        """
        UPDATE delivery SET state = :state, reason = :reason, lease_until = NULL,
            lease_owner = '', next_attempt_at = coalesce(:next_attempt_at, next_attempt_at),
            sent_at = CASE WHEN :state = 'sent' THEN now() ELSE sent_at END
        WHERE id = :id AND (lease_owner = :owner AND state = 'pending'
                            OR :delivered AND state <> 'sent') RETURNING id
        """,
        id=told.delivery_id,
        owner=owner,
        state=decision.state.value,
        reason=clean(decision.reason),
        next_attempt_at=decision.next_attempt_at,
        delivered=receipt.delivered,
    )
    run(
        connection,
        """INSERT INTO attempt (delivery_id, number, delivered, detail, elapsed, status, answer)
           VALUES (:id, :number, :delivered, :detail, :elapsed, :status, :answer)""",
        id=told.delivery_id,
        number=told.attempt,
        delivered=receipt.delivered,
        detail=clean(receipt.detail) + ("" if rows else " (after its claim had ended)"),
        elapsed=elapsed,
        status=receipt.status,
        answer=clean(receipt.answer),
    )


def sweep_deliveries(connection: Connection, *, grace: timedelta, limit: int) -> list[int]:
    """Deliveries that are owed, unclaimed, and nobody was woken for since they became due."""
    rows = run(
        connection,
        """
        WITH owed AS (
            SELECT id AS owed_id FROM delivery
            WHERE state = 'pending' AND next_attempt_at <= now()
              AND (lease_until IS NULL OR lease_until < now())
              AND (enqueued_at IS NULL OR enqueued_at < next_attempt_at
                   OR enqueued_at < now() - :grace)
            ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery SET enqueued_at = now() FROM owed WHERE id = owed_id RETURNING id
        """,
        grace=grace,
        limit=limit,
    )
    return [row["id"] for row in rows]


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
