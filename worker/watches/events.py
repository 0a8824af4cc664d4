"""Which watches ask for what happened to a feed: those with an ``event:`` clause that holds."""

from datetime import datetime

from worker.model import Article, Entity, EventKind, FeedEvent, Kind, Watch
from worker.watches.query import Field, QueryError, parse_query

_HEADLINES = {
    EventKind.FAILING: "{} cannot be read",
    EventKind.RECOVERED: "{} can be read again",
    EventKind.SILENT: "{} has fallen silent",
    EventKind.MOVED: "{} has moved",
    EventKind.GONE: "{} is gone",
    EventKind.FLOOD: "{} is flooding: its new items are held",
    EventKind.LYING: "{} says unchanged when it is not",
}


def event_article(
    event: FeedEvent, *, feed_name: str, outlet: str, url: str, at: datetime
) -> Article:
    """What happened to a feed, told as an article: what channels show and queries look at."""
    return Article(
        title=_HEADLINES[event.kind].format(outlet or feed_name),
        text=event.detail,
        language="en",
        url=url,
        outlet=outlet,
        published=at,
    )


def asks_for_events(watch: Watch) -> bool:
    """Whether a watch's query has an ``event:`` clause; one that cannot be read has none."""
    try:
        query = parse_query(watch.query, _any_topic)
    except QueryError:
        return False
    return any(clause.field is Field.EVENT for clause in query.clauses())


def _any_topic(kind: Kind, name: str) -> Entity:
    """Whether a topic is known does not matter here."""
    return Entity(kind=kind, key=name, name=name)
