"""Tries queries on the articles of the past: the live matcher, over what the store holds."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.alerts.rehearsal import Past, Rehearsal, Sample, sample
from worker.cli.watches.chart import stretch_of
from worker.model import Match, Watch
from worker.store.history import Extent, extent, past_articles
from worker.watches.matcher import Matcher
from worker.watches.query import Find, Query

_PRESENT, _NEW, _CLAUSES = 1, 2, 3


@dataclass(slots=True, kw_only=True)
class Difference:
    """What another query would change: how many matches it adds and removes, with samples."""

    added: int = 0
    removed: int = 0
    added_samples: list[Sample] = field(default_factory=list)
    removed_samples: list[Sample] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Trial:
    """What a query found, and each of its clauses alone; what another would change."""

    extent: Extent
    present: Rehearsal
    clauses: dict[str, int]
    new: Rehearsal | None = None
    difference: Difference = field(default_factory=Difference)


def clauses_of(query: Query) -> list[str]:
    """The clauses of a query as written, each once."""
    return list(dict.fromkeys(clause.written for clause in query.clauses()))


def run_trial(
    connection: Connection,
    find: Find,
    queries: Sequence[Query],
    *,
    since: timedelta,
    now: datetime,
    keep: int,
    advance: Callable[[], None],
) -> Trial:
    """Match one query, or the present and a new one, with every article since then.

    ``keep`` samples are kept of each kind; ``advance`` is called for each article.
    """
    tested = queries[-1]
    clauses = clauses_of(tested)
    watches = [
        *(_watch(number, one.text) for number, one in enumerate(queries, _PRESENT)),
        *(_watch(number, one) for number, one in enumerate(clauses, _CLAUSES)),
    ]
    matcher = Matcher(watches, find)
    rehearsals = [
        Rehearsal(stretch=lambda moment: stretch_of(moment, since), keep=keep) for _ in queries
    ]
    trial = Trial(
        extent=extent(connection, now - since),
        present=rehearsals[0],
        new=rehearsals[1] if len(queries) > 1 else None,
        clauses=dict.fromkeys(clauses, 0),
    )
    for batch in past_articles(connection, now - since):
        for past in batch:
            found = _matches(matcher, past)
            for number, rehearsal in enumerate(rehearsals, _PRESENT):
                if number in found:
                    rehearsal.take(past, found[number])
            for number, clause in enumerate(clauses, _CLAUSES):
                trial.clauses[clause] += number in found
            if trial.new is not None:
                _compare(trial.difference, past, found, keep)
            advance()
    return trial


def _watch(number: int, query: str) -> Watch:
    return Watch(id=number, name="", query=query)


def _matches(matcher: Matcher, past: Past) -> dict[int, Match]:
    found = matcher.match(past.article, past.mentions, feed_name=past.feed_name)
    return {match.watch_id: match for match in found}


def _compare(difference: Difference, past: Past, found: dict[int, Match], keep: int) -> None:
    """Note what one of the two queries matches and the other does not; the newest are kept."""
    before, after = found.get(_PRESENT), found.get(_NEW)
    if after and not before:
        difference.added += 1
        difference.added_samples = [*difference.added_samples, sample(past, after)][-keep:]
    if before and not after:
        difference.removed += 1
        difference.removed_samples = [*difference.removed_samples, sample(past, before)][-keep:]


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
