"""Searching the archive with a query: candidates by their numbers, judged by the live matcher."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from sqlalchemy import Connection

from worker.alerts.rehearsal import Past, Sample, sample
from worker.model import Watch
from worker.store import search as store
from worker.store.history import searched_articles, sifted_articles
from worker.store.planning import story_facts
from worker.watches.context import Context
from worker.watches.indexing import asked
from worker.watches.layer import Asks, asks
from worker.watches.matcher import Matcher
from worker.watches.query import Find, Query
from worker.watches.sifting import sifted
from worker.watches.writing import write

LOOKED_UP = 1000  # items looked up at once
AT_ONCE, MOST_AT_ONCE = 40, 160  # articles read at once, ever more of them
SIFTED, MOST_SIFTED = 250, 500  # the same of those whose titles and figures are looked at first

Judged = tuple[datetime, list[Sample]]
"""When an article was seen, and how it matches, if it does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a search found, the newest first, and how many articles were judged for it.

    ``whole``: all that was asked for was searched. Else only what came after ``back_to`` was, because
    that was ``enough``, or because it was to take no longer.
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
    is_over: Callable[[], bool] = lambda: False,
) -> Found:
    """The newest articles that a resolved query matches; needs a transaction of its own.

    It goes through all that may match, unless ``is_over``, asked after each, says that it is to end.
    """
    samples: list[Sample] = []
    read, back_to = 0, None
    for seen_at, matches in _judged(connection, query, find, since, until):
        read, back_to = read + 1, seen_at
        if (since and seen_at < since) or (until and seen_at >= until):
            continue
        samples += matches
        if (enough := len(samples) >= limit) or is_over():
            return Found(samples=samples, read=read, whole=False, enough=enough, back_to=back_to)
    return Found(samples=samples, read=read, whole=True, enough=True, back_to=back_to)


def _judged(
    connection: Connection,
    query: Query,
    find: Find,
    since: datetime | None,
    until: datetime | None,
) -> Iterator[Judged]:
    """Each article that may match, the newest first."""
    matcher = Matcher([Watch(id=1, name="", query=query.text)], find)
    sieve = _sieve(query, find)
    counted = asks(query.root) is Asks.OUTLETS
    named = any(clause.field.is_mention for clause in query.clauses())
    sizes = (SIFTED, MOST_SIFTED) if sieve else (AT_ONCE, MOST_AT_ONCE)
    for items in _candidates(connection, query, since, until, sizes):
        failed = dict(_failing(connection, sieve, items)) if sieve else {}
        kept = [item for item in items if item not in failed]
        pasts = {past.item_id: past for past in searched_articles(connection, kept, mentions=named)}
        outlets = _outlets(connection, pasts.values()) if counted else {}
        for item in items:
            if item in failed:
                yield failed[item], []
            elif past := pasts.get(item):
                context = _context(past, outlets.get(past.story_id or 0, 1) if counted else None)
                matches = matcher.match(past.article, past.mentions, context=context)
                yield past.seen_at, [sample(past, match) for match in matches]


def _sieve(query: Query, find: Find) -> Matcher | None:
    """A matcher of what titles and figures tell, where that says more than the index does."""
    told = sifted(query.root)
    if told is None:
        return None
    sieve = Matcher([Watch(id=1, name="", query=write(told))], find)
    return None if sieve.problems else sieve


def _failing(
    connection: Connection, sieve: Matcher, items: Sequence[int]
) -> Iterator[tuple[int, datetime]]:
    """The items that no match can be, as their titles and figures tell, and when they were seen."""
    for one in sifted_articles(connection, items):
        if not sieve.match(one.article, one.mentions):
            yield one.item_id, one.seen_at


def _context(past: Past, outlets: int | None) -> Context:
    return Context(feed_name=past.feed_name, tags=past.tags, outlets=outlets, now=datetime.now(UTC))


def _outlets(connection: Connection, pasts: Iterable[Past]) -> dict[int, int]:
    """How many outlets have reported the stories of articles, by now."""
    stories = {past.story_id for past in pasts if past.story_id is not None}
    return {story: len(facts.outlets) for story, facts in story_facts(connection, stories).items()}


def _candidates(
    connection: Connection,
    query: Query,
    since: datetime | None,
    until: datetime | None,
    sizes: tuple[int, int],
) -> Iterator[list[int]]:
    """Items that may match, the newest first, some at a time: few at first, then ever more."""
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

    size, most = sizes
    for found in looks():
        left = iter(found)
        while some := list(islice(left, size)):
            yield some
            size = min(2 * size, most)


def _through(look: Callable[[int, int], list[int]], low: int, high: int) -> Iterator[list[int]]:
    """All that a look finds in a window, from the newest on, as often as it has to look."""
    while high > low:
        found = look(low, high)
        yield found
        if len(found) < LOOKED_UP:
            return
        high = found[-1] - 1
