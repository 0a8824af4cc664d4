"""The way of one item as the store remembers it: found, fetched, tagged, matched, told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.feeds.identity import identify, link_hash
from worker.model import Article, Confidence, Entry, Evidence, Feed, Item, Mention
from worker.store.alerts import evidence_of
from worker.store.articles import load_articles, load_mentions
from worker.store.deliveries import DeliveryRecord, deliveries_of
from worker.store.engine import run
from worker.store.feeds import feeds_by_id
from worker.store.held import Held, held_of
from worker.store.lookup import items_by_id

#: Addresses that only an article's page told are looked for among items of so many days.
_PAGE_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRecord:
    """A story as an item sees it: its outlets in the order they came, and its first item.

    ``joined`` is why the item is in it, ``near`` the item that it is like, by ``score``, 0 to 1;
    ``None`` where it began the story. ``follows`` is a story whose affair this one takes up again.
    """

    id: int
    title: str
    items: int
    first_item: int
    outlets: tuple[str, ...]
    follows: int | None = None
    joined: str = ""
    near: int | None = None
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchRecord:
    """A match as it was decided about then."""

    watch_id: int
    watch: str
    evidence: tuple[Evidence, ...]
    confidence: Confidence
    announced: bool
    reason: str
    matched_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RungRecord:
    """An alert for an item's story, and its deliveries."""

    id: int
    watch_id: int
    watch: str
    item_id: int
    outlet: str
    reason: str
    planned_at: datetime
    deliveries: tuple[DeliveryRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Everything the store knows of what became of an item.

    ``held`` are the matches of its story that wait for a digest, or were told by one; ``told_by``
    are the deliveries of those digests, by alert.
    """

    item: Item
    feed: Feed
    next_attempt_at: datetime
    fetched_at: datetime | None
    page_url: str
    article: Article | None
    article_tagged_at: datetime | None
    tagger: str
    mentions: tuple[Mention, ...]
    story: StoryRecord | None
    matches: tuple[MatchRecord, ...]
    alerts: tuple[RungRecord, ...]
    held: tuple[Held, ...]
    told_by: Mapping[int, tuple[DeliveryRecord, ...]]


def find_items(connection: Connection, which: str) -> list[Item]:
    """The items with this id, link or guid, the newest first.

    A link is found in other forms too (``www.``, tracking parameters), and as the address or
    the canonical one of an article's page.
    """
    if which.isdecimal():
        ids = [int(which)] if len(which) < 19 else []
    else:
        ids = _by_link(connection, which) or _by_page(connection, which)
    found = items_by_id(connection, ids)
    return [found[one] for one in sorted(found, reverse=True)]


def _by_link(connection: Connection, url: str) -> list[int]:
    rows = run(
        connection,
        # One look-up in an index for each feed, however many items there are.
        """SELECT id FROM item WHERE url = :url
           UNION
           SELECT found.id FROM feed CROSS JOIN LATERAL (
               SELECT id FROM item WHERE feed_id = feed.id AND link = :link
               UNION ALL
               SELECT id FROM item WHERE feed_id = feed.id AND identity = :guid
               LIMIT 5) AS found""",
        url=url,
        link=link_hash(url),
        guid=identify(Entry(guid=url)),
    )
    return [row["id"] for row in rows]


def _by_page(connection: Connection, url: str) -> list[int]:
    rows = run(
        connection,
        """SELECT item.id FROM item JOIN article ON article.item_id = item.id
           WHERE item.seen_at > now() - make_interval(days => :days)
             AND (article.canonical = :url OR article.url = :url)
           ORDER BY item.id DESC LIMIT 5""",
        url=url,
        days=_PAGE_DAYS,
    )
    return [row["id"] for row in rows]


def way_of(connection: Connection, item: Item) -> Way:
    """What became of an item."""
    row = run(
        connection,
        """SELECT item.next_attempt_at, page.fetched_at, coalesce(page.url, '') AS page_url,
               article.tagged_at AS article_tagged_at, coalesce(article.tagger, '') AS tagger
           FROM item LEFT JOIN page ON page.item_id = item.id
           LEFT JOIN article ON article.item_id = item.id WHERE item.id = :id""",
        id=item.id,
    )[0]
    held = held_of(connection, story_id=item.story_id) if item.story_id is not None else []
    digests = {one.alert_id for one in held if one.alert_id is not None}
    return Way(
        held=tuple(held),
        told_by={one: tuple(deliveries_of(connection, one)) for one in sorted(digests)},
        item=item,
        feed=feeds_by_id(connection, [item.feed_id])[item.feed_id],
        article=load_articles(connection, [item.id]).get(item.id),
        mentions=load_mentions(connection, [item.id])[item.id],
        story=_story(connection, item),
        matches=tuple(_matches(connection, item)),
        alerts=tuple(_alerts(connection, item)),
        **row,
    )


def _story(connection: Connection, item: Item) -> StoryRecord | None:
    rows = run(
        connection,
        """SELECT story.id, story.title, story.items, story.follows,
               coalesce(story_item.reason, '') AS joined, story_item.near,
               CAST(story_item.figures->>'score' AS double precision) AS score,
               (SELECT min(id) FROM item WHERE story_id = story.id) AS first_item,
               ARRAY(SELECT a.outlet FROM item AS i JOIN article AS a ON a.item_id = i.id
                     WHERE i.story_id = story.id AND a.outlet <> ''
                     GROUP BY a.outlet ORDER BY min(i.id)) AS outlets
           FROM story LEFT JOIN story_item ON story_item.item_id = :item
           WHERE story.id = :id""",
        id=item.story_id,
        item=item.id,
    )
    return StoryRecord(**rows[0] | {"outlets": tuple(rows[0]["outlets"])}) if rows else None


def _matches(connection: Connection, item: Item) -> list[MatchRecord]:
    rows = run(
        connection,
        """SELECT watch_id, watch.name AS watch, evidence, confidence, announced, reason, matched_at
           FROM match JOIN watch ON watch.id = watch_id WHERE item_id = :id
           ORDER BY announced DESC, watch.name""",
        id=item.id,
    )
    return [MatchRecord(**row | _evidence(row)) for row in rows]


def _evidence(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "evidence": evidence_of(row["evidence"]),
        "confidence": Confidence(row["confidence"]),
    }


def _alerts(connection: Connection, item: Item) -> list[RungRecord]:
    rows = run(
        connection,
        """SELECT alert.id, alert.watch_id, watch.name AS watch, alert.item_id,
               coalesce(article.outlet, '') AS outlet, alert.reason, alert.planned_at
           FROM alert JOIN watch ON watch.id = alert.watch_id
           LEFT JOIN article ON article.item_id = alert.item_id
           WHERE alert.story_id = :story ORDER BY alert.id""",
        story=item.story_id,
    )
    return [
        RungRecord(**row, deliveries=tuple(deliveries_of(connection, row["id"]))) for row in rows
    ]


def watches_since(connection: Connection, ids: Sequence[int]) -> dict[int, datetime]:
    """When watches were added."""
    rows = run(connection, "SELECT id, created_at FROM watch WHERE id = ANY(:ids)", ids=list(ids))
    return {row["id"]: row["created_at"] for row in rows}


def feeds_bringing(connection: Connection, host: str, *, items: int = 5_000) -> set[int]:
    """Feeds that brought an item of a host among the newest."""
    rows = run(
        connection,
        """SELECT DISTINCT feed_id FROM (
               SELECT feed_id, url FROM item ORDER BY id DESC LIMIT :items) AS late
           WHERE split_part(split_part(url, '://', 2), '/', 1) = :host""",
        host=host,
        items=items,
    )
    return {row["feed_id"] for row in rows}


def story_title(connection: Connection, story_id: int) -> str | None:
    """The title of a story, ``None`` where there is none of that number."""
    rows = run(connection, "SELECT title FROM story WHERE id = :id", id=story_id)
    return rows[0]["title"] if rows else None
