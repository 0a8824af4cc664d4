"""What the writer of a query that can be read may have meant otherwise."""

from collections.abc import Iterator
from itertools import pairwise

from worker.watches.countries import find_country
from worker.watches.groups import find_group
from worker.watches.languages import find_language
from worker.watches.tree import (
    AllOf,
    AnyOf,
    Clause,
    Field,
    Near,
    Node,
    NoneOf,
    Query,
    SameSentence,
    Spike,
)
from worker.watches.writing import write

_OPERATORS = {"and": "AND", "or": "OR", "not": "NOT", "near": "NEAR", "und": "AND", "oder": "OR"}
_NAMED = {Field.PERSON, Field.ORG, Field.ENTITY, Field.OUTLET, Field.AUTHOR}
_SINGLE = "'‘’"


def remarks(query: Query) -> tuple[str, ...]:
    """Sentences on what is allowed and yet seldom meant, in the order of their places."""
    found = [
        remark
        for node in _joined(query.root)
        for remark in (
            _on_row(node.parts, query.text)
            if isinstance(node, AllOf)
            else _on_alternatives(node.parts)
        )
    ]
    mixed = isinstance(query.root, AnyOf) and any(
        isinstance(part, AllOf) for part in query.root.parts
    )
    if mixed and "(" not in query.text:
        found.append(f"AND binds more tightly than OR; this is read as {write(query.root)}.")
    return tuple(dict.fromkeys(found))


def _joined(node: Node) -> Iterator[AllOf | AnyOf]:
    """Every AND and OR of a tree."""
    match node:
        case AllOf(parts) | AnyOf(parts) | Near(parts) | SameSentence(parts):
            if isinstance(node, AllOf | AnyOf):
                yield node
            for part in parts:
                yield from _joined(part)
        case NoneOf(part) | Spike(part):
            yield from _joined(part)


def _on_row(parts: tuple[Node, ...], text: str) -> Iterator[str]:
    words = [part for part in parts if isinstance(part, Clause)]
    for word in words:
        operator = _OPERATORS.get(word.written)
        if operator:
            yield f"{word.written} is searched as a word; the operator is {operator}, in capitals."
    yield from _names_cut(words, text)
    yield from _single_quotes(words)


def _on_alternatives(parts: tuple[Node, ...]) -> Iterator[str]:
    """``country:UA OR RU``, where the second is only a word."""
    for before, after in pairwise(parts):
        if not isinstance(before, Clause) or not isinstance(after, Clause) or after.field:
            continue
        field = before.field
        named = field in {Field.PERSON, Field.ORG} and after.value[:1].isupper()
        country = field is Field.COUNTRY and (find_country(after.value) or find_group(after.value))
        if named or country or (field is Field.LANG and find_language(after.value)):
            yield (
                f"{after.written} is searched as words; for either value of {field}: "
                f"write {field}:({before.written.removeprefix(f'{field}:')} OR {after.written})."
            )


def _names_cut(clauses: list[Clause], text: str) -> Iterator[str]:
    """``person:Vladimir Putin`` without quotes."""
    for place, clause in enumerate(clauses):
        if clause.field not in _NAMED or not _is_capital(clause):
            continue
        name = [clause.value]
        for before, after in pairwise(clauses[place:]):
            between = text[before.column + len(before.written) : after.column]
            if after.field or not _is_capital(after) or not between.isspace():
                break
            name.append(after.value)
        if len(name) > 1:
            yield (
                f"Only {clause.value} is the value of {clause.field}: here; "
                f'for the whole name write {clause.field}:"{" ".join(name)}".'
            )


def _is_capital(clause: Clause) -> bool:
    """Whether a clause is one word with a capital, without quotes."""
    return clause.written.endswith(clause.value) and clause.value[:1].isupper()


def _single_quotes(words: list[Clause]) -> Iterator[str]:
    for place, word in enumerate(words):
        closing = [one for one in words[place + 1 :] if one.value[-1] in _SINGLE]
        if word.value[0] in _SINGLE and closing:
            yield f"A phrase stands in double quotes; {word.value} begins none."
