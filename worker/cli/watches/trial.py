"""Tries queries on the articles of the past: the live matcher, over what the store holds."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.alerts.rehearsal import Past, Rehearsal, Sample, StoriesSoFar, sample
from worker.cli.watches.chart import stretch_of
from worker.model import Brake, Match, Watch
from worker.store.history import Extent, extent, past_articles, sample_articles
from worker.watches.breadth import too_broad
from worker.watches.context import Context
from worker.watches.matcher import Matcher
from worker.watches.query import Find, Query
from worker.watches.resolve import read_query
from worker.watches.tree import AllOf, AnyOf, Node, NoneOf, Spike
from worker.watches.writing import write

_PRESENT, _NEW, _CLAUSES = 1, 2, 3
_WEEK = timedelta(days=7)
_SAMPLED = 400  # articles, that a watch is added in about a second


@dataclass(slots=True, kw_only=True)
class Difference:
    """What another query would change: how many matches it adds and removes, with samples."""

    added: int = 0
    removed: int = 0
    added_samples: deque[Sample]
    removed_samples: deque[Sample]


@dataclass(slots=True, kw_only=True)
class Trial:
    """What a query found, and each of its clauses alone; what another would change."""

    extent: Extent
    present: Rehearsal
    clauses: dict[str, int]
    new: Rehearsal | None = None
    difference: Difference


def clauses_of(query: Query) -> list[str]:
    """What a query joins by AND, OR and NOT, each part as a query of its own, each once."""
    return list(dict.fromkeys(write(leaf) for leaf in _leaves(query.root)))


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _leaves(part)
        case NoneOf(part) | Spike(part):
            yield from _leaves(part)
        case _:
            yield node


def run_trial(
    connection: Connection,
    find: Find,
    tested: Sequence[Watch],
    *,
    since: timedelta,
    now: datetime,
    keep: int,
    brake: Brake,
    advance: Callable[[], None],
) -> Trial:
    """Match one watch, or the present and a changed one, with every article since then.

    ``keep`` samples are kept of each kind; ``advance`` is called for each article.
    """
    clauses = clauses_of(read_query(tested[-1].query, find))
    numbered = [replace(one, id=number) for number, one in enumerate(tested, _PRESENT)]
    matcher = Matcher(
        [*numbered, *(_watch(number, one) for number, one in enumerate(clauses, _CLAUSES))], find
    )
    counted = {
        number: one
        for number, one in enumerate(clauses, _CLAUSES)
        if number not in matcher.problems  # what is no query alone is not counted alone
    }
    rehearsals = {
        one.id: Rehearsal(
            watch=one, stretch=lambda moment: stretch_of(moment, since), keep=keep, brake=brake
        )
        for one in numbered
    }
    trial = Trial(
        extent=extent(connection, now - since),
        present=rehearsals[_PRESENT],
        new=rehearsals.get(_NEW),
        clauses=dict.fromkeys(counted.values(), 0),
        difference=Difference(added_samples=deque(maxlen=keep), removed_samples=deque(maxlen=keep)),
    )
    so_far = StoriesSoFar()
    for batch in past_articles(connection, now - since):
        for past in batch:
            facts = so_far.with_this(past)
            found = matches_in(matcher, past, outlets=len(facts.outlets))
            for number in rehearsals.keys() & found.keys():
                rehearsals[number].take(past, found[number], facts)
            for number in counted.keys() & found.keys():
                trial.clauses[counted[number]] += 1
            if trial.new is not None:
                _compare(trial.difference, past, found)
            advance()
    for rehearsal in rehearsals.values():
        rehearsal.end()
    return trial


def _watch(number: int, query: str) -> Watch:
    return Watch(id=number, name="", query=query)


def matches_in(matcher: Matcher, past: Past, *, outlets: int | None = None) -> dict[int, Match]:
    """What an article of the past matches, by watch id; of a spike watch, what it counts.

    ``outlets`` is how many had reported its story by then.
    """
    context = Context(feed_name=past.feed_name, tags=past.tags, outlets=outlets, now=past.seen_at)
    return {
        match.watch_id: match
        for asked in (matcher, matcher.spiking)
        for match in asked.match(past.article, past.mentions, context=context)
    }


def breadth(connection: Connection, find: Find, query: Query) -> str:
    """A warning where a query would match too many articles of the last week, by a sample."""
    sampled = sample_articles(connection, _WEEK, most=_SAMPLED)
    matcher = Matcher([_watch(_PRESENT, query.text)], find)
    matched = sum(bool(matches_in(matcher, past)) for past in sampled)
    return too_broad(matched, len(sampled))


def _compare(difference: Difference, past: Past, found: dict[int, Match]) -> None:
    """Note what one of the two queries matches and the other does not; the newest are kept."""
    before, after = found.get(_PRESENT), found.get(_NEW)
    if after and not before:
        difference.added += 1
        difference.added_samples.append(sample(past, after))
    if before and not after:
        difference.removed += 1
        difference.removed_samples.append(sample(past, before))


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on standard error while a long trial runs, on a terminal only; gone at its end."""
    import sys

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    if not sys.stderr.isatty() or total < 2_000:  # what takes a second needs no bar
        yield lambda: None
        return
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("", total=total)
        yield lambda: shown.advance(task)
