"""A syntax tree written as a query again, with every operator in it: how a query was understood."""

from decimal import Decimal

from worker.watches.comparing import AGES
from worker.watches.tree import (
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Measure,
    Near,
    Node,
    NoneOf,
    SameSentence,
    Spike,
)

_OPERATORS = {"AND", "OR", "NOT", "NEAR", "XOR"}
_QUOTES = frozenset('"“”„‟〝〞＂')


def write(node: Node) -> str:
    """The query that is parsed to this tree, whatever it was written like before."""
    match node:
        case Clause():
            return _clause(node, node.field)
        case AllOf(parts):
            return " AND ".join(_part(part, AllOf, AnyOf) for part in parts)
        case AnyOf(parts):
            field = _common_field(parts)
            if field:
                return f"{field}:({' OR '.join(_clause(part, Field.ANY) for part in parts)})"
            return " OR ".join(_part(part, AllOf, AnyOf) for part in parts)
        case NoneOf(part):
            return f"NOT {_part(part, AllOf, AnyOf)}"
        case Near((left, right), distance):
            return f"{_part(left, AnyOf)} NEAR/{distance} {_part(right, AnyOf)}"
        case SameSentence(parts):
            return " ~s ".join(_part(part, AnyOf) for part in parts)
        case Compare():
            return f"{_measured(node)} {node.operator} {_number(node)}"
        case Spike(part, operator, number):
            return f"spike({write(part)}) {operator} {_plain(number)}"


def _part(node: Node, *grouped: type) -> str:
    written = write(node)
    bare = isinstance(node, AnyOf) and _common_field(node.parts)
    return f"({written})" if isinstance(node, grouped) and not bare else written


def _common_field(parts: tuple[Node, ...]) -> Field | None:
    """The field that all of the alternatives have; None where there is none such."""
    fields = {part.field if isinstance(part, Clause) else Field.ANY for part in parts}
    return next(iter(fields)) or None if len(fields) == 1 else None


def _clause(clause: Node, field: Field) -> str:
    assert isinstance(clause, Clause)
    value, star = clause.value, "*" if clause.prefix else ""
    if value.isalnum() and value not in _OPERATORS:
        value += star
    elif _QUOTES.intersection(value):
        value = f"«{value}{star}»"
    else:
        value = f'"{value}{star}"'
    return f"{field}{':' if field else ''}{'=' if clause.exact else ''}{value}"


def _measured(comparison: Compare) -> str:
    clause = comparison.clause
    return f"{comparison.measure}({write(clause)})" if clause else str(comparison.measure)


def _number(comparison: Compare) -> str:
    if comparison.measure is not Measure.PUBLISHED:
        return _plain(comparison.number)
    ago = -comparison.number
    unit, seconds = next(
        (unit, seconds)
        for unit, seconds in sorted(AGES.items(), key=lambda one: -one[1])
        if ago % seconds == 0 or seconds == 1
    )
    return f"-{_plain(ago / seconds)}{unit}"


def _plain(number: float) -> str:
    """A number in digits, without an exponent."""
    return f"{Decimal(repr(number)).normalize():f}"
