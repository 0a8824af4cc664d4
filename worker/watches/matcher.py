"""Which watches an article matches: all watches at once.

Each watch is filed under what any matching article must have. One pass over the article's words,
mentions and facts gives the candidates, and only those are evaluated: the cost grows with what
matches, not with the number of watches.
"""

import gc
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from worker.model import Article, Evidence, Match, Mention, Watch
from worker.watches.context import Context
from worker.watches.evaluation import CONFIDENCES, FAILS, evidence, grade
from worker.watches.index import Index
from worker.watches.program import Compiler, Program
from worker.watches.query import Find, QueryError
from worker.watches.reading import Reading
from worker.watches.resolve import read_query
from worker.watches.sightings import Sightings
from worker.watches.vocabulary import Vocabulary


class Matcher:
    """All watches, compiled. Disabled ones match too: whether they ring is planned later.

    ``problems`` holds, by watch id, the queries that cannot be used; the others are unharmed.
    """

    def __init__(self, watches: Iterable[Watch], find: Find) -> None:
        self.problems: dict[int, QueryError] = {}
        self._vocabulary = Vocabulary()
        self._programs: list[Program] = []
        self._watches: list[int | list[int]] = []  # by program
        with _no_collection():
            self._compile(watches, find)
            self._index = Index(self._programs)

    def _compile(self, watches: Iterable[Watch], find: Find) -> None:
        compiler = Compiler(self._vocabulary)
        known: dict[str, int] = {}
        for watch in watches:
            number = known.get(watch.query)
            if number is not None:
                self._share(number, watch.id)
                continue
            try:
                query = read_query(watch.query, find)
            except QueryError as problem:
                self.problems[watch.id] = problem
                continue
            known[watch.query] = len(self._programs)
            self._programs.append(compiler.compile(query.root))
            self._watches.append(watch.id)
        self._vocabulary.done()

    def _share(self, number: int, watch_id: int) -> None:
        had = self._watches[number]
        if isinstance(had, int):
            self._watches[number] = [had, watch_id]
        else:
            had.append(watch_id)

    def match(
        self, article: Article, mentions: Sequence[Mention], *, context: Context = Context()
    ) -> tuple[Match, ...]:
        """Every watch the article matches, with the evidence, by watch id."""
        seen = Sightings(Reading(article, mentions, context), self._vocabulary)
        matches = []
        for number in self._index.candidates(seen.keys(self._index).keys()):
            program = self._programs[number]
            found = grade(program, seen)
            if found != FAILS:
                held = tuple(dict.fromkeys(evidence(program, seen)))
                matches += self._matches(number, held, found)
        return tuple(sorted(matches, key=lambda match: match.watch_id))

    def _matches(
        self, number: int, held: tuple[Evidence, ...], found: int
    ) -> Iterator[Match]:
        ids = self._watches[number]
        for watch_id in (ids,) if isinstance(ids, int) else ids:
            yield Match(watch_id=watch_id, evidence=held, confidence=CONFIDENCES[found])


@contextmanager
def _no_collection() -> Iterator[None]:
    """Without the garbage collector: it would look through everything again and again."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
