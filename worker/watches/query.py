"""The query language of watches: text in, a frozen syntax tree out.

``parser.py`` knows the grammar, ``values.py`` what stands in a clause, and
``docs/query-language.md`` tells users of both.
"""

from worker.watches import mistakes
from worker.watches.errors import QueryError
from worker.watches.parser import Find, Parser
from worker.watches.tree import (
    ANY_EVENT,
    EVENTS,
    FIELDS,
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Measure,
    Near,
    Node,
    NoneOf,
    Query,
    SameSentence,
    Spike,
)

__all__ = [
    "ANY_EVENT",
    "EVENTS",
    "FIELDS",
    "AllOf",
    "AnyOf",
    "Clause",
    "Compare",
    "Field",
    "Find",
    "Measure",
    "Near",
    "Node",
    "NoneOf",
    "Query",
    "QueryError",
    "SameSentence",
    "Spike",
    "parse_query",
]

MAX_LENGTH = 4_000


def parse_query(text: str, find: Find | None = None) -> Query:
    """Parse a query. ``find`` knows the user's own topics, which win over those of the same name.

    Raises QueryError, which names the place and the mend, when it is not one. Whether a country's
    name is known is only seen when the query is resolved.
    """
    if len(text) > MAX_LENGTH:
        raise mistakes.too_long(text, MAX_LENGTH)
    if not text.strip():
        raise mistakes.empty_query(text)
    root = Parser(text, find).parse()
    if not wants_something(root):
        raise mistakes.only_negative(text)
    return Query(text, root)


def wants_something(node: Node, *, negated: bool = False) -> bool:
    """Whether a query can hold only where something it asks for is there."""
    match node:
        case Clause() | Near() | SameSentence():
            return not negated
        case Compare():
            return _narrows(node, negated=negated)
        case NoneOf(part):
            return wants_something(part, negated=not negated)
        case Spike(part):
            return wants_something(part)
        case AllOf(parts):
            quantifier = all if negated else any
        case AnyOf(parts):
            quantifier = any if negated else all
    return quantifier(wants_something(part, negated=negated) for part in parts)


def _narrows(comparison: Compare, *, negated: bool) -> bool:
    """Whether few articles pass a comparison: it asks for more than nearly all of them have."""
    operator = comparison.operator
    if negated:
        operator = {"<": ">=", "<=": ">"}.get(operator, "")
    least = 1 if comparison.measure is Measure.OUTLETS else 0
    if comparison.measure is Measure.PUBLISHED:
        return False
    if operator in {">=", "="}:
        return comparison.number > least
    return operator == ">" and comparison.number >= least
