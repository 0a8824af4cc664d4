"""Which watches an article matches: all watches at once.

Each watch is filed under terms of which any matching article must have at least one. One pass
over the article finds its terms, the terms give the candidates, and only those are evaluated:
the cost grows with what matches, not with the number of watches.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worker.model import Article, Evidence, Kind, Match, Mention, Watch
from worker.watches.query import (
    AllOf,
    AnyOf,
    Clause,
    Field,
    Node,
    NoneOf,
    Query,
    QueryError,
    parse_query,
)
from worker.watches.resolve import Find, pattern_of, resolve_query
from worker.watches.sightings import Lookout, Sighting, evidence_for

Seen = dict[str, Sighting]

# How common a term is, roughly: a watch is filed under the rarest it cannot do without.
_COMMON = {
    str(Field.LANG): 1000.0,
    f"{Kind.TOPIC}=": 200.0,
    f"{Kind.COUNTRY}=": 100.0,
    str(Field.OUTLET): 50.0,
    str(Field.FEED): 50.0,
}


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """Whether one clause held in an article; ``evidence`` is where, None when it did not."""

    clause: Clause
    evidence: Evidence | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a watch matches an article or does not, clause by clause in the order written.

    ``problem`` is set, and the clauses empty, when the query itself is wrong.
    """

    matched: bool
    clauses: tuple[ClauseResult, ...] = ()
    problem: QueryError | None = None


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
                query = resolve_query(parse_query(watch.query), find)
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
        self, article: Article, mentions: Sequence[Mention], *, feed_name: str = ""
    ) -> tuple[Match, ...]:
        """Every watch the article matches, with the evidence, in the order of the watches.

        ``feed_name`` is what ``feed:`` is compared with.
        """
        seen = self._lookout.sightings(article, mentions, feed_name)
        matches = []
        for number in self._candidates(seen):
            watch_id, root = self._programs[number]
            evidence = _evaluate(root, seen, article)
            if evidence is not None:
                matches.append(Match(watch_id=watch_id, evidence=tuple(dict.fromkeys(evidence))))
        return tuple(matches)

    def _candidates(self, seen: Seen) -> list[int]:
        numbers = set(self._always)
        for term in seen:
            numbers.update(self._filed.get(term, ()))
        return sorted(numbers)


def explain(
    watch: Watch,
    article: Article,
    mentions: Sequence[Mention],
    find: Find,
    *,
    feed_name: str = "",
) -> Explanation:
    """Why one watch matches an article or not, by the matcher's own rules."""
    try:
        query = resolve_query(parse_query(watch.query), find)
    except QueryError as problem:
        return Explanation(matched=False, problem=problem)
    terms = [term for clause in query.clauses() for term in clause.terms]
    seen = Lookout(terms).sightings(article, mentions, feed_name)
    return Explanation(
        matched=_evaluate(query.root, seen, article) is not None,
        clauses=tuple(
            ClauseResult(clause, evidence_for(clause, seen, article)) for clause in query.clauses()
        ),
    )


def _evaluate(
    node: Node, seen: Seen, article: Article, *, negated: bool = False
) -> list[Evidence] | None:
    """The evidence of a node that holds, None of one that does not.

    Evidence comes from branches that hold; what is absent, as NOT wants it, leaves none.
    """
    match node:
        case Clause():
            evidence = evidence_for(node, seen, article)
            if negated:
                return [] if evidence is None else None
            return None if evidence is None else [evidence]
        case NoneOf(part):
            return _evaluate(part, seen, article, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            found = [_evaluate(part, seen, article, negated=negated) for part in parts]
            held = [evidence for evidence in found if evidence is not None]
            # De Morgan: under NOT the two change places.
            needed = len(parts) if isinstance(node, AllOf) != negated else 1
            if len(held) < needed:
                return None
            return [piece for evidence in held for piece in evidence]


def necessary_terms(node: Node, *, negated: bool = False) -> frozenset[str] | None:
    """Terms of which any article that matches has at least one; None when there are none such."""
    match node:
        case Clause():
            return None if negated else frozenset(node.terms)
        case NoneOf(part):
            return necessary_terms(part, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            needs = [necessary_terms(part, negated=negated) for part in parts]
            known = [terms for terms in needs if terms is not None]
            if isinstance(node, AllOf) != negated:
                return min(known, key=_commonness, default=None)
            return frozenset().union(*known) if len(known) == len(parts) else None


def _commonness(terms: frozenset[str]) -> float:
    return sum(_term_commonness(term) for term in terms)


def _term_commonness(term: str) -> float:
    pattern = pattern_of(term)
    if pattern:
        return 100.0 / len(pattern) ** 2
    return _COMMON.get(term.partition("\t")[0], 1.0)
