"""What deliveries tell, read from the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import (
    AlertKind,
    Announcement,
    Article,
    Confidence,
    EventKind,
    FeedEvent,
    Mention,
    Notice,
    Update,
)
from worker.store.alerts import evidence_of
from worker.store.articles import load_articles, load_mentions
from worker.store.engine import run
from worker.store.notices import NOTICES, read_content
from worker.watches.events import event_article


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedDelivery:
    """A delivery to be tried now, and what it tells; it is owed since ``owed_at``."""

    channel_id: int
    owed_at: datetime
    told: Announcement | Notice


def load_owed(connection: Connection, ids: Sequence[int]) -> list[OwedDelivery]:
    """All that is needed to send these deliveries, the longest due first."""
    rows = run(
        connection,
        """
        SELECT delivery.id AS delivery_id, delivery.alert_id, delivery.message_id,
            delivery.attempts + 1 AS attempts,
            greatest(delivery.owed_at, channel.paused_until) AS owed_at,
            delivery.channel_id,
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
                          AND before.channel_id = delivery.channel_id))
                  GROUP BY a.outlet
                  ORDER BY bool_or(i.id = first.item_id) DESC, min(i.id)) AS first_outlets,
            ARRAY(SELECT before.message_id FROM alert AS told
                  JOIN delivery AS before ON before.alert_id = told.id
                  WHERE told.watch_id = alert.watch_id AND told.story_id = alert.story_id
                    AND told.id < alert.id AND before.channel_id = delivery.channel_id
                  ORDER BY told.id) AS thread
        FROM delivery JOIN channel ON channel.id = delivery.channel_id
        JOIN alert ON alert.id = delivery.alert_id
        LEFT JOIN watch ON watch.id = alert.watch_id
        LEFT JOIN item ON item.id = alert.item_id LEFT JOIN event ON event.id = alert.event_id
        LEFT JOIN alert AS first ON alert.kind = 'update' AND first.kind = 'story'
            AND first.watch_id = alert.watch_id AND first.story_id = alert.story_id
        LEFT JOIN article AS first_article ON first_article.item_id = first.item_id
        LEFT JOIN feed ON feed.id = coalesce(item.feed_id, event.feed_id)
        LEFT JOIN match ON match.watch_id = alert.watch_id AND match.item_id = alert.item_id
        WHERE delivery.id = ANY(:ids) ORDER BY delivery.next_attempt_at, delivery.id
        """,
        ids=list(ids),
    )
    items = sorted({row["item_id"] for row in rows if row["item_id"] is not None})
    articles, mentions = load_articles(connection, items), load_mentions(connection, items)
    return [
        OwedDelivery(
            channel_id=row["channel_id"],
            owed_at=row["owed_at"],
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
