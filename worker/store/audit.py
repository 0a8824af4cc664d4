"""All that is known of one alert: what it rests on, what was planned, what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.model import Article, Confidence, Evidence, Mention
from worker.store.alerts import AlertRecord, list_alerts
from worker.store.articles import load_articles, load_mentions
from worker.store.deliveries import DeliveryRecord, deliveries_of
from worker.store.engine import run
from worker.store.lanes import LaneRecord, lane_records


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """That the article matched the watch: how sure, when, and what was decided of it."""

    confidence: Confidence
    matched_at: datetime
    announced: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """An alert's life. What it has not (a notice has no article) is ``None`` or empty."""

    alert: AlertRecord
    article: Article | None
    mentions: tuple[Mention, ...]
    seen_at: datetime | None
    match: MatchRecord | None
    story_title: str
    outlets: tuple[str, ...]
    articles: int
    deliveries: tuple[tuple[DeliveryRecord, LaneRecord], ...]

    def mentions_of(self, evidence: Evidence) -> list[Mention]:
        """The mentions that a clause found."""
        return [
            one
            for one in self.mentions
            if _meet(one.spans, evidence.spans) or _meet(one.title_spans, evidence.title_spans)
        ]


def _meet(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> bool:
    return any(start < until and since < end for start, end in some for since, until in others)


def audit(connection: Connection, alert_id: int) -> Audit | None:
    """The life of an alert, ``None`` where there is no such alert."""
    found = list_alerts(connection, alert_id=alert_id, limit=1)
    if not found:
        return None
    alert, item = found[0], found[0].item_id
    (row,) = run(
        connection,
        """
        SELECT coalesce(item.seen_at, event.at) AS seen_at, match.matched_at, match.confidence,
            match.announced, match.reason, coalesce(story.title, '') AS story_title,
            (SELECT count(*) FROM item AS i JOIN article AS a ON a.item_id = i.id
             WHERE i.story_id = alert.story_id) AS articles,
            ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
                  WHERE i.story_id = alert.story_id AND a.outlet <> ''
                  GROUP BY a.outlet
                  ORDER BY bool_or(i.id = alert.item_id) DESC, min(i.id)) AS outlets
        FROM alert LEFT JOIN item ON item.id = alert.item_id
        LEFT JOIN event ON event.id = alert.event_id LEFT JOIN story ON story.id = alert.story_id
        LEFT JOIN match ON match.watch_id = alert.watch_id AND match.item_id = alert.item_id
        WHERE alert.id = :id
        """,
        id=alert_id,
    )
    return Audit(
        alert=alert,
        article=load_articles(connection, [item]).get(item) if item else None,
        mentions=load_mentions(connection, [item])[item] if item else (),
        seen_at=row["seen_at"],
        match=MatchRecord(
            confidence=Confidence(row["confidence"]),
            matched_at=row["matched_at"],
            announced=row["announced"],
            reason=row["reason"],
        )
        if row["matched_at"]
        else None,
        story_title=row["story_title"],
        outlets=tuple(row["outlets"]),
        articles=row["articles"],
        deliveries=_deliveries(connection, alert_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArticle:
    """An article of a story; ``at`` is when it was published, else when it was seen."""

    title: str
    url: str
    outlet: str
    language: str
    at: datetime


def story_articles(connection: Connection, story_id: int, *, limit: int = 50) -> list[StoryArticle]:
    """The first articles of a story, in the order of their arrival."""
    rows = run(
        connection,
        """
        SELECT article.title, coalesce(nullif(article.url, ''), item.url) AS url, article.outlet,
            article.language, coalesce(article.published_at, item.seen_at) AS at
        FROM item JOIN article ON article.item_id = item.id
        WHERE item.story_id = :story_id ORDER BY item.id LIMIT :limit
        """,
        story_id=story_id,
        limit=limit,
    )
    return [StoryArticle(**row) for row in rows]


def _deliveries(
    connection: Connection, alert_id: int
) -> tuple[tuple[DeliveryRecord, LaneRecord], ...]:
    found = deliveries_of(connection, alert_id)
    lanes = lane_records(connection, [one.channel_id for one in found])
    return tuple((one, lanes[one.channel_id]) for one in found)
