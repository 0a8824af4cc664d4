"""Each way in which the parts of a query do not fit together, as the sentence that explains it."""

from collections.abc import Mapping

from worker.watches.errors import QueryError
from worker.watches.tree import Clause, Field, Node

Before = tuple[str, int, int]
"""What waited for the place: an operator, ``(``, or ``""`` after a finished part; its span."""


def no_operand(text: str, kind: str, start: int, end: int, before: Before) -> QueryError:
    """The mistake where something to look for should stand and does not.

    ``kind`` and the span are those of what stands there instead.
    """
    waiting, token = before[0], text[start:end]
    if kind in {"operator", "near", "not"}:
        if waiting and waiting != "(":
            return _two_operators(text, start, token, waiting)
        hint = f"{token} stands between two things to look for: minister {token} president"
        return QueryError(f"There is nothing before {token}", text, start, hint)
    if waiting and waiting != "(":
        hint = f"Write what {waiting} applies to, or remove it"
        return QueryError(f"There is nothing after {waiting}", text, before[1], hint)
    if kind == "close":
        return closing(text, start, before)
    return unclosed(text, before[1])


def _two_operators(text: str, column: int, token: str, waiting: str) -> QueryError:
    message = f"{waiting} is followed by {token}"
    if token in {"NOT", "-"}:
        hint = f"{waiting} joins what is there; leave out with NOT before the whole: NOT (a {waiting} b)"
    elif token.isalpha():
        hint = f'Keep one of the two; to search for the word itself, write "{token.lower()}"'
    else:
        hint = "Keep one of the two"
    return QueryError(message, text, column, hint)


def closing(text: str, column: int, before: Before) -> QueryError:
    """A parenthesis that closes nothing, or around nothing."""
    if before[0].endswith("("):
        return QueryError(
            "There is nothing between the parentheses", text, column, "Fill or remove them"
        )
    return QueryError(
        "This parenthesis closes nothing",
        text,
        column,
        "Remove it, or put ( where the group begins",
    )


def unclosed(text: str, column: int) -> QueryError:
    """A parenthesis that is never closed."""
    return QueryError(
        "This parenthesis is never closed", text, column, "Put ) where the group ends"
    )


def stray_quote(text: str, column: int, quote: str) -> QueryError:
    """A quote that is never closed, or was never opened. ``quote`` is its plain form."""
    if quote == "»":
        return QueryError("A quote is closed that was never opened", text, column, "Put « before")
    closer = {"「": "」", "『": "』", "«": "»"}.get(text[column], '"')
    return QueryError(
        "This quote is never closed", text, column, f"Put {closer} after the last word of it"
    )


def field_in_group(text: str, column: int, name: str, outer: Field) -> QueryError:
    """A field, or a function, inside the group of another field."""
    return QueryError(
        f"{name} stands inside the group of {outer}:",
        text,
        column,
        f"Close the group of {outer}: before it; to search for the text itself, put quotes round it",
    )


def spike_inside(text: str, column: int) -> QueryError:
    """A spike that is a part of a query."""
    return QueryError(
        "spike(...) stands alone, not beside other clauses",
        text,
        column,
        "Put the rest inside it: spike(country:UA -topic:sport) > 3",
    )


def after_spike(text: str, column: int) -> QueryError:
    """Something that follows a spike."""
    problem = spike_inside(text, column)
    return QueryError("There is something after spike(...)", text, column, problem.hint)


def chain(text: str, column: int, operator: str) -> QueryError:
    """NEAR after NEAR, or NEAR beside ~s."""
    return QueryError(
        f"{operator} joins two things only, and stands alone",
        text,
        column,
        "Write each pair in parentheses: (a NEAR/5 b) AND (b NEAR/5 c)",
    )


def too_far(text: str, column: int, operator: str, farthest: int) -> QueryError:
    """A NEAR over more words than a few sentences have."""
    return QueryError(
        f"{operator} is farther than {farthest} words",
        text,
        column,
        f"Use NEAR/{farthest} at most, or AND for anywhere in the article",
    )


_NODES: Mapping[str, str] = {
    "AllOf": "An AND",
    "NoneOf": "A NOT",
    "Near": "A NEAR",
    "SameSentence": "A ~s",
    "Compare": "A comparison",
}


def no_place(text: str, column: int, part: Node) -> QueryError:
    """A part of NEAR or ~s that stands nowhere in the text."""
    said = f"{part.field}:" if isinstance(part, Clause) else _NODES[type(part).__name__]
    return QueryError(
        f"{said} has no place in the text, so nothing can be near it",
        text,
        part.column if isinstance(part, Clause) else column,
        "NEAR and ~s join words, phrases, names and alternatives of them: (missile|drone) NEAR/5 Kyiv",
    )
