"""Why one watch matches an article or does not, clause by clause."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Article, Confidence, Evidence, Mention, Watch
from worker.watches.context import NO_CONTEXT, Context
from worker.watches.errors import QueryError
from worker.watches.evaluation import CONFIDENCES, evidence, grade
from worker.watches.keys import Keys
from worker.watches.program import Close, Compiler, Leaf, Not, Program, branches
from worker.watches.query import Find
from worker.watches.reading import Reading
from worker.watches.reasons import reason, written
from worker.watches.resolve import read_query
from worker.watches.sightings import FAILS, Sightings


@dataclass(frozen=True, slots=True)
class ClauseResult:
    """Whether one clause holds in an article.

    ``written`` is the clause as it stands in the query; ``wanted`` is False where the query asks
    for its absence. ``evidence`` is where it stands, ``reason`` what is amiss where the clause is
    not as wanted ("14 words apart, wanted at most 5"), ``""`` where it is.
    """

    written: str
    wanted: bool
    held: bool
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a watch matches an article or does not, clause by clause in the order written.

    ``confidence`` is None where it does not match. ``problem`` is set, and the clauses empty, when
    the query itself is wrong.
    """

    matched: bool
    clauses: tuple[ClauseResult, ...] = ()
    problem: QueryError | None = None
    confidence: Confidence | None = None


def explain(
    watch: Watch,
    article: Article,
    mentions: Sequence[Mention],
    find: Find,
    *,
    context: Context = NO_CONTEXT,
) -> Explanation:
    """Why one watch matches an article or not, by the matcher's own rules.

    Of a spike watch, whether what it counts holds.
    """
    try:
        query = read_query(watch.query, find)
    except QueryError as problem:
        return Explanation(matched=False, problem=problem)
    keys = Keys()
    program = Compiler(keys).compile(query.root)
    keys.done()
    seen = Sightings(Reading(article, mentions, context), keys)
    found = grade(program, seen)
    return Explanation(
        matched=found != FAILS,
        clauses=tuple(_result(part, seen) for part in branches(program)),
        confidence=None if found == FAILS else CONFIDENCES[found],
    )


def _result(part: Leaf | Close | Not, seen: Sightings) -> ClauseResult:
    leaf: Program = part.part if isinstance(part, Not) else part
    held = grade(leaf, seen) != FAILS
    return ClauseResult(
        written=written(leaf),
        wanted=leaf is part,
        held=held,
        evidence=evidence(leaf, seen) if held else (),
        reason=reason(part, seen) if held != (leaf is part) else "",
    )
