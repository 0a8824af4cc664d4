"""What is known of a URL that no item has: which feeds might have brought it, and how they are."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection

from worker.cli.feeds.app import health
from worker.cli.output import CliError, ago
from worker.feeds.politeness import registrable_domain
from worker.model import Feed, FeedState
from worker.store.events import EventRecord, list_events
from worker.store.feeds import all_feeds, feeds_by_id
from worker.store.items import held_items
from worker.store.lookup import list_items
from worker.store.ways import feeds_bringing

_MOST_FEEDS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedNear:
    """A feed that might have brought a URL, how it is, and when it last brought anything."""

    name: str
    health: str
    trouble: str
    last_polled_at: datetime | None
    next_poll_at: datetime
    newest_seen_at: datetime | None
    held: int
    events: tuple[EventRecord, ...]


def host_of(url: str) -> str:
    """The host of a URL. CliError where it is none."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or any(map(str.isspace, url)):
        raise CliError(f"{url!r} is neither an item's number nor a URL: see tocsin items list")
    return host


def feeds_near(connection: Connection, url: str) -> list[FeedNear]:
    """The feeds of a URL's site, and those that brought something of it of late."""
    host = host_of(url)
    site = _site(host)
    bringing = feeds_bringing(connection, urlsplit(url).netloc)
    living = {feed.id: feed for feed in all_feeds(connection)}
    found = {
        feed.id: feed
        for feed in living.values()
        if feed.id in bringing or _site(urlsplit(feed.url).hostname or "") == site
    }
    found |= feeds_by_id(connection, sorted(bringing - living.keys()))
    worst_first = sorted(found.values(), key=lambda one: (-one.failures, one.name))
    return [_near(connection, feed) for feed in worst_first]


def _site(host: str) -> str:
    """What hosts of one publisher share; a bare address is its own."""
    return registrable_domain(host) or host


def _near(connection: Connection, feed: Feed) -> FeedNear:
    newest = list_items(connection, feed=feed.name, limit=1)
    return FeedNear(
        name=feed.name,
        health=health(feed),
        trouble=feed.last_error,
        last_polled_at=feed.last_polled_at,
        next_poll_at=feed.next_poll_at,
        newest_seen_at=newest[0].seen_at if newest else None,
        held=held_items(connection, feed.id).get(feed.id, 0),
        events=tuple(list_events(connection, feed.id, limit=2)),
    )


def in_words(url: str, feeds: list[FeedNear]) -> list[str]:
    """What is known, a line each."""
    host, parts = host_of(url), urlsplit(url)
    lines = ["No item has this address: it was in no feed when Tocsin looked."]
    if not feeds:
        site = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        return [*lines, f"No feed of {host} is polled. To have it read: tocsin feeds add {site}"]
    for feed in feeds[:_MOST_FEEDS]:
        polled = f"polled {ago(feed.last_polled_at)}"
        newest = f"last new item {ago(feed.newest_seen_at)}"
        lines.append(f"  {feed.name}: {feed.health}, {polled}, {newest}")
        if feed.trouble:
            lines.append(f"    {feed.trouble}: what it published since was not seen yet")
        if feed.held:
            lines.append(f"    {feed.held} items held: tocsin feeds release {feed.name}")
        lines += [f"    {ago(one.at)} {one.kind.value}: {one.detail}" for one in feed.events]
        if feed.health == FeedState.PAUSED.value:
            lines.append(f"    it is not polled: tocsin feeds resume {feed.name}")
    if len(feeds) > _MOST_FEEDS:
        lines.append(f"  and {len(feeds) - _MOST_FEEDS} more feeds of {host}")
    if not any(feed.trouble for feed in feeds):
        lines.append(
            "It may come with a later poll, have left its feed between two polls, be older than "
            "the feed's first poll, or belong to a section that needs a feed of its own."
        )
    return lines
