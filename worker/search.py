"""Searching the archive with a query: candidates by their numbers, judged by the live matcher."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection

from worker.alerts.rehearsal import Past, Sample, sample
from worker.model import Watch
from worker.store import search as store
from worker.store.history import searched_articles
from worker.store.planning import story_facts
from worker.watches.context import Context
from worker.watches.indexing import asked
from worker.watches.layer import Asks, asks
from worker.watches.matcher import Matcher
from worker.watches.query import Find, Query

MOST_READ = 3000  # articles the matcher reads before a search ends, found or not
LOOKED_UP = 1000  # items looked up at once
AT_ONCE, MOST_AT_ONCE = 40, 320  # articles read at once, ever more of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, the newest first, and how many articles the matcher read for it.

    ``whole``: all that was asked for was searched. Else only what came after ``back_to`` was, because
    that was ``enough``, or because too much would have to be read.
    """

    samples: list[Sample]
    read: int
    whole: bool
    enough: bool
    back_to: datetime | None


def search(
    connection: Connection,
    find: Find,
    query: Query,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 20,
    most_read: int = MOST_READ,
) -> Found:
    """The newest articles that a resolved query matches; needs a transaction of its own."""
    matcher = Matcher([Watch(id=1, name="", query=query.text)], find)
    counted = asks(query.root) is Asks.OUTLETS
    named = any(clause.field.is_mention for clause in query.clauses())
    samples: list[Sample] = []
    read, back_to = 0, None
    for items in _candidates(connection, query, since, until):
        pasts = searched_articles(connection, items, mentions=named)
        outlets = _outlets(connection, pasts) if counted else {}
        for past in pasts:
            read, back_to = read + 1, past.seen_at
            if (since and past.seen_at < since) or (until and past.seen_at >= until):
                continue
            context = _context(past, outlets.get(past.story_id or 0, 1) if counted else None)
            matches = matcher.match(past.article, past.mentions, context=context)
            samples += [sample(past, match) for match in matches]
            if len(samples) >= limit or read >= most_read:
                enough = len(samples) >= limit
                return Found(
                    samples=samples, read=read, whole=False, enough=enough, back_to=back_to
                )
    return Found(samples=samples, read=read, whole=True, enough=True, back_to=back_to)


def _context(past: Past, outlets: int | None) -> Context:
    return Context(feed_name=past.feed_name, tags=past.tags, outlets=outlets, now=datetime.now(UTC))


def _outlets(connection: Connection, pasts: Sequence[Past]) -> dict[int, int]:
    """How many outlets have reported the stories of articles, by now."""
    stories = {past.story_id for past in pasts if past.story_id is not None}
    return {story: len(facts.outlets) for story, facts in story_facts(connection, stories).items()}


def _candidates(
    connection: Connection, query: Query, since: datetime | None, until: datetime | None
) -> Iterator[list[int]]:
    """Items that may match, the newest first, some at a time."""
    wanted = asked(query.root)
    newest, oldest = store.bounds(connection, since, until)
    floor = min(store.unindexed(connection), newest)

    def indexed(low: int, high: int) -> list[int]:
        return store.search(connection, wanted, (low, high), most=LOOKED_UP)

    def any_of_them(low: int, high: int) -> list[int]:
        return store.items_up_to(connection, (low, high), most=LOOKED_UP)

    def looks() -> Iterator[list[int]]:
        for low, high in store.windows(newest, max(oldest, floor)):
            yield from _through(indexed, low, high)
        yield from _through(any_of_them, oldest, floor)

    size = AT_ONCE
    for found in looks():
        left = iter(found)
        while some := list(islice(left, size)):
            yield some
            size = min(2 * size, MOST_AT_ONCE)


def _through(look: Callable[[int, int], list[int]], low: int, high: int) -> Iterator[list[int]]:
    """All that a look finds in a window, from the newest on, as often as it has to look."""
    while high > low:
        found = look(low, high)
        yield found
        if len(found) < LOOKED_UP:
            return
        high = found[-1] - 1
