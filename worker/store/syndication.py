"""What a watch rang for, as the entries of a feed."""

import hashlib

from sqlalchemy import Connection

from worker.alerts.syndication import SyndicatedAlert, Syndication
from worker.store.articles import load_mentions
from worker.store.engine import run
from worker.store.secrets import secret_of

MOST_ENTRIES = 100
MOST_NAMES = 12


def syndication_of(connection: Connection, watch_id: int, *, url: str = "") -> Syndication | None:
    """The feed of one watch: the last stories, events and spikes that it rang for.

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
    rows = run(
        connection,
        """
        SELECT alert.id AS alert_id, alert.reason, alert.planned_at, alert.item_id,
            coalesce(article.title, event.detail, alert.reason) AS title,
            coalesce(nullif(article.url, ''), item.url, feed.url, '') AS url,
            coalesce(left(article.text, 2000), '') AS lead,
            coalesce(article.language, '') AS language, article.published_at,
            coalesce(article.outlet, nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name, '')
                AS outlet,
            ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
                  WHERE i.story_id = alert.story_id AND a.outlet <> ''
                  GROUP BY a.outlet ORDER BY min(i.id)) AS outlets
        FROM alert LEFT JOIN item ON item.id = alert.item_id
        LEFT JOIN article ON article.item_id = item.id
        LEFT JOIN event ON event.id = alert.event_id LEFT JOIN feed ON feed.id = event.feed_id
        WHERE alert.watch_id = :watch AND alert.kind IN ('story', 'event', 'spike')
        ORDER BY alert.id DESC LIMIT :most
        """,
        watch=watch_id,
        most=MOST_ENTRIES,
    )
    mentions = load_mentions(connection, [row["item_id"] for row in rows if row["item_id"]])
    return Syndication(
        watch_id=watch_id,
        watch_name=watch["name"],
        query=watch["query"],
        source=f"urn:tocsin:{hashlib.sha256(feed_key(connection)).hexdigest()[:32]}",
        url=url,
        made_at=watch["created_at"],
        alerts=[
            SyndicatedAlert(
                alert_id=row["alert_id"],
                title=row["title"],
                url=row["url"],
                lead=row["lead"],
                language=row["language"],
                outlets=tuple(dict.fromkeys([row["outlet"], *row["outlets"]])),
                names=tuple(one.name for one in mentions.get(row["item_id"], ())[:MOST_NAMES]),
                reason=row["reason"],
                rang_at=row["planned_at"],
                published=row["published_at"],
            )
            for row in rows
        ],
    )


def feed_key(connection: Connection) -> bytes:
    """The secret that makes the addresses of feeds unguessable."""
    return secret_of(connection, "feeds")
