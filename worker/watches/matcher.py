"""Which watches an article matches: all watches at once.

Each watch is filed under terms of which any matching article must have at least one. One pass
over the article finds its terms, the terms give the candidates, and only those are evaluated:
the cost grows with what matches, not with the number of watches.
"""

from collections.abc import Iterable, Sequence

from worker.model import Article, Match, Mention, Watch
from worker.watches.evaluation import Seen, evaluate, necessary_terms
from worker.watches.query import Find, Node, Query, QueryError
from worker.watches.resolve import read_query
from worker.watches.sightings import Lookout


class Matcher:
    """All watches, compiled. Disabled ones match too: whether they ring is planned later.

    ``problems`` holds, by watch id, the queries that cannot be used; the others are unharmed.
    """

    def __init__(self, watches: Iterable[Watch], find: Find) -> None:
        self.problems: dict[int, QueryError] = {}
        self._programs: list[tuple[int, Node]] = []
        self._filed: dict[str, list[int]] = {}
        self._always: list[int] = []
        terms: set[str] = set()
        for watch in watches:
            try:
                query = read_query(watch.query, find)
            except QueryError as problem:
                self.problems[watch.id] = problem
                continue
            self._file(watch.id, query)
            terms.update(term for clause in query.clauses() for term in clause.terms)
        self._lookout = Lookout(terms)

    def _file(self, watch_id: int, query: Query) -> None:
        number = len(self._programs)
        self._programs.append((watch_id, query.root))
        needed = necessary_terms(query.root)
        if needed is None:
            self._always.append(number)
            return
        for term in needed:
            self._filed.setdefault(term, []).append(number)

    def match(
        self,
        article: Article,
        mentions: Sequence[Mention],
        *,
        feed_name: str = "",
        event: str = "",
    ) -> tuple[Match, ...]:
        """Every watch the article matches, with the evidence, in the order of the watches.

        ``feed_name`` is what ``feed:`` is compared with, ``event`` what ``event:`` is.
        """
        seen = self._lookout.sightings(article, mentions, feed_name, event)
        matches = []
        for number in self._candidates(seen):
            watch_id, root = self._programs[number]
            evidence = evaluate(root, seen, article)
            if evidence is not None:
                matches.append(Match(watch_id=watch_id, evidence=tuple(dict.fromkeys(evidence))))
        return tuple(matches)

    def _candidates(self, seen: Seen) -> list[int]:
        numbers = set(self._always)
        for term in seen:
            numbers.update(self._filed.get(term, ()))
        return sorted(numbers)
