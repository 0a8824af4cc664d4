"""Why one watch matches an article or does not, clause by clause."""

from collections.abc import Iterable, Iterator, Sequence
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
from worker.watches.resolve import Reader
from worker.watches.sightings import FAILS, Sightings
from worker.watches.tree import AllOf, Node, NoneOf, Query
from worker.watches.writing import write


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


class Explainer:
    """Explains any number of queries in one article: they are compiled together, its words looked up once."""

    def __init__(
        self,
        queries: Iterable[str],
        article: Article,
        mentions: Sequence[Mention],
        find: Find,
        *,
        context: Context = NO_CONTEXT,
    ) -> None:
        reader, keys = Reader(find), Keys()
        self._compiler = Compiler(keys)
        self._read: dict[str, tuple[Query, Program] | QueryError] = {}
        self._parts: dict[str, list[tuple[str, bool, Program]]] = {}
        for query in dict.fromkeys(queries):
            try:
                read = reader.read(query)
                self._read[query] = (read, self._compiler.compile(read.root))
            except QueryError as problem:
                self._read[query] = problem
        keys.done()
        self._seen = Sightings(Reading(article, mentions, context), keys)

    def explain(self, query: str) -> Explanation:
        """Why one of the queries matches or not, by the matcher's own rules.

        Of that of a spike watch, whether what it counts holds.
        """
        read = self._read[query]
        if isinstance(read, QueryError):
            return Explanation(matched=False, problem=read)
        return self._explain(read[1])

    def parts(self, query: str) -> list[ClauseResult]:
        """What the query joins by AND, part by part, as if each were a query of its own."""
        read = self._read[query]
        if isinstance(read, QueryError):
            return []
        # Kept, because what was found out of a part is known by its identity. None has a new key.
        if query not in self._parts:
            self._parts[query] = [
                (write(part), wanted, self._compiler.compile(part))
                for part, wanted in _joined(read[0])
            ]
        return [
            self._part(written, program, wanted=wanted)
            for written, wanted, program in self._parts[query]
        ]

    def _part(self, written: str, program: Program, *, wanted: bool) -> ClauseResult:
        seen = self._explain(program)
        amiss = "; ".join(dict.fromkeys(one.reason for one in seen.clauses if one.reason))
        return ClauseResult(
            written=written,
            wanted=wanted,
            held=seen.matched,
            reason="" if seen.matched is wanted else amiss,
        )

    def _explain(self, program: Program) -> Explanation:
        found = grade(program, self._seen)
        return Explanation(
            matched=found != FAILS,
            clauses=tuple(_result(part, self._seen) for part in branches(program)),
            confidence=None if found == FAILS else CONFIDENCES[found],
        )


def explain(
    watch: Watch,
    article: Article,
    mentions: Sequence[Mention],
    find: Find,
    *,
    context: Context = NO_CONTEXT,
) -> Explanation:
    """Why one watch matches an article or not."""
    return Explainer([watch.query], article, mentions, find, context=context).explain(watch.query)


def _joined(query: Query) -> Iterator[tuple[Node, bool]]:
    """What a query joins by AND, and whether its presence is wanted."""
    root = query.root
    for part in root.parts if isinstance(root, AllOf) else (root,):
        yield (part.part, False) if isinstance(part, NoneOf) else (part, True)


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
