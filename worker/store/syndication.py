"""What a watch rang for, as the entries of a feed."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.alerts.reasons import AlertReason
from worker.alerts.syndication import SyndicatedAlert, Syndication
from worker.model import Mention
from worker.store.articles import load_mentions
from worker.store.engine import run
from worker.store.secrets import secret_of

MOST_ENTRIES = 100
MOST_NAMES = 12
#: What a watch told, each story, event of a feed and spike once, under the name that it keeps: as it
#: rang, else as the first digest told it. A watch without a channel tells here what a digest would.
_TOLD = f"""
    WITH updates AS (
        SELECT story_id, max(planned_at) AS at,
            jsonb_agg(jsonb_build_object('at', planned_at, 'reason', reason) ORDER BY id) AS listed
        FROM alert WHERE watch_id = :watch AND kind = 'update' GROUP BY story_id
    ), told AS (
        SELECT CASE kind WHEN 'story' THEN 'story/' || story_id WHEN 'spike' THEN once
                ELSE 'event:' || watch_id || ':' || event_id END AS name,
            story_id, item_id, event_id, NULL AS line, 'Rang' AS told, reason, planned_at AS at, 1 AS turn
        FROM alert WHERE watch_id = :watch AND kind IN ('story', 'event', 'spike')
        UNION ALL
        SELECT coalesce('story/' || story_id, once), story_id, item_id, NULL, line, 'In a digest',
            reason, released_at, 2
        FROM held WHERE watch_id = :watch AND alert_id IS NOT NULL AND milestones = ''
        UNION ALL
        SELECT 'story/' || item.story_id, item.story_id, item.id, NULL, NULL, 'Found', match.reason,
            matched_at, 3
        FROM match JOIN item ON item.id = match.item_id
        WHERE watch_id = :watch AND match.reason = '{AlertReason.NOWHERE}' AND item.story_id IS NOT NULL
          AND NOT EXISTS (SELECT FROM watch JOIN channel ON watch.channels ? channel.name
                          WHERE watch.id = :watch AND channel.removed_at IS NULL)
    ), once AS (
        SELECT DISTINCT ON (name) * FROM told ORDER BY name, turn, at
    ), latest AS (
        SELECT once.*, greatest(once.at, updates.at) AS changed,
            coalesce(updates.listed, '[]') AS updates
        FROM once LEFT JOIN updates USING (story_id)
        ORDER BY changed DESC, name LIMIT :most
    )
    SELECT 'watch/' || :watch || '/' || latest.name AS key, latest.item_id, latest.line, latest.told,
        latest.reason, latest.at, latest.updates,
        coalesce(article.title, event.detail, latest.reason) AS title,
        coalesce(nullif(article.url, ''), item.url, feed.url, '') AS url,
        coalesce(left(article.text, 2000), '') AS lead,
        coalesce(article.language, '') AS language, article.published_at,
        coalesce(article.outlet, nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name, '')
            AS outlet,
        ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
              WHERE i.story_id = latest.story_id AND a.outlet <> ''
              GROUP BY a.outlet ORDER BY min(i.id)) AS outlets
    FROM latest LEFT JOIN item ON item.id = latest.item_id
    LEFT JOIN article ON article.item_id = item.id
    LEFT JOIN event ON event.id = latest.event_id LEFT JOIN feed ON feed.id = event.feed_id
    ORDER BY latest.changed DESC, latest.name
"""  # noqa: S608 - a constant


def syndication_of(connection: Connection, watch_id: int, *, url: str = "") -> Syndication | None:
    """The feed of one watch: the last stories, events and spikes that it told of.

    None where there is no such watch.
    """
    watches = run(
        connection,
        "SELECT name, query, created_at FROM watch WHERE id = :id AND removed_at IS NULL",
        id=watch_id,
    )
    if not watches:
        return None
    watch = watches[0]
    rows = run(connection, _TOLD, watch=watch_id, most=MOST_ENTRIES)
    mentions = load_mentions(connection, [row["item_id"] for row in rows if row["item_id"]])
    return Syndication(
        watch_id=watch_id,
        watch_name=watch["name"],
        query=watch["query"],
        source=f"urn:tocsin:{hashlib.sha256(feed_key(connection)).hexdigest()[:32]}",
        url=url,
        made_at=watch["created_at"],
        alerts=[_entry(row, mentions.get(row["item_id"], ())) for row in rows],
    )


def _entry(row: Mapping[str, Any], mentions: Sequence[Mention]) -> SyndicatedAlert:
    line = row["line"] or {}
    return SyndicatedAlert(
        key=row["key"],
        title=line.get("title") or row["title"],
        url=line.get("url") or row["url"],
        lead=line.get("snippet") or row["lead"],
        language=line.get("language") or row["language"],
        outlets=tuple(dict.fromkeys([line.get("outlet") or row["outlet"], *row["outlets"]])),
        names=tuple(one.name for one in mentions[:MOST_NAMES]),
        told=row["told"],
        reason=row["reason"],
        told_at=row["at"],
        published=row["published_at"],
        updates=tuple((datetime.fromisoformat(one["at"]), one["reason"]) for one in row["updates"]),
    )


def feed_key(connection: Connection) -> bytes:
    """The secret that makes the addresses of feeds unguessable."""
    return secret_of(connection, "feeds")
