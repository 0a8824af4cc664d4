"""Which of very many queries an article matches, or comes near to: a few of them, the nearest first.

The queries are compiled some thousands at a time and forgotten again, so that it stays small with any
number. What an article has is looked up by its keys, as the matcher does: a query of which nothing
stands in the article costs no more than its compilation.
"""

import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from worker.model import Article, Mention
from worker.watches.context import NO_CONTEXT, Context
from worker.watches.errors import QueryError
from worker.watches.evaluation import grade
from worker.watches.keys import Keys
from worker.watches.program import All, Any, Close, Compiler, Program, Terms, Words
from worker.watches.query import Find
from worker.watches.reading import Reading
from worker.watches.resolve import Reader
from worker.watches.sightings import FAILS, Sightings

_AT_ONCE = 5_000
"""So many queries are compiled together."""

Rank = tuple[float, int]
"""The share of what a query joins by AND that the article has, and how much of that is words and names."""


def nearest(
    queries: Iterable[tuple[int, str]],
    article: Article,
    mentions: Sequence[Mention],
    find: Find,
    *,
    most: int,
    context: Context = NO_CONTEXT,
) -> list[int]:
    """The ids of at most ``most`` queries of which the article has the greatest share, and something.

    Those that match are among the first. A query that cannot be read is left out.
    """
    reading, reader = Reading(article, mentions, context), Reader(find)
    left, ranked = iter(queries), list[tuple[Rank, int]]()
    while some := list(islice(left, _AT_ONCE)):
        found = [(rank, -number) for number, rank in _ranked(some, reading, reader)]
        ranked = heapq.nlargest(most, [*ranked, *found])
    return [-number for _, number in ranked]


def _ranked(
    queries: Iterable[tuple[int, str]], reading: Reading, reader: Reader
) -> Iterator[tuple[int, Rank]]:
    """Those of some queries of which the article has something, with their ranks."""
    keys = Keys()
    compiler = Compiler(keys)
    programs: list[tuple[int, Program]] = []
    for number, text in queries:
        try:
            programs.append((number, compiler.compile(reader.read(text).root)))
        except QueryError:
            continue
    keys.done()
    seen = Sightings(reading, keys)
    for number, program in programs:
        parts = program if isinstance(program, All) else (program,)
        there = [part for part in parts if grade(part, seen) != FAILS]
        telling = sum(map(_tells, there))
        if telling:
            yield number, (len(there) / len(parts), telling)


def _tells(program: Program) -> bool:
    """Whether what stands in the article is words or a name: facts like its language, most have."""
    match program:
        case Words() | Terms() | Close():
            return True
        case All() | Any():
            return any(map(_tells, program))
    return False
