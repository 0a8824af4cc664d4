"""Why one watch matches an article or does not, clause by clause."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Article, Evidence, Mention, Watch
from worker.watches.evaluation import evaluate
from worker.watches.query import Clause, Find, QueryError
from worker.watches.resolve import read_query
from worker.watches.sightings import Lookout, evidence_for


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
        query = read_query(watch.query, find)
    except QueryError as problem:
        return Explanation(matched=False, problem=problem)
    terms = [term for clause in query.clauses() for term in clause.terms]
    seen = Lookout(terms).sightings(article, mentions, feed_name)
    return Explanation(
        matched=evaluate(query.root, seen, article) is not None,
        clauses=tuple(
            ClauseResult(clause, evidence_for(clause, seen, article)) for clause in query.clauses()
        ),
    )
