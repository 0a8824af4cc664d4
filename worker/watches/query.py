"""The query language of watches: text in, a frozen syntax tree out.

The grammar stands in ``query.lark`` beside this file, its description for users in
``docs/query-language.md``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from worker.model import Entity, EventKind, Kind
from worker.watches import mistakes
from worker.watches.countries import find_country
from worker.watches.errors import QueryError
from worker.watches.folding import fold_words
from worker.watches.topics import find_topics

__all__ = [
    "AllOf",
    "AnyOf",
    "Clause",
    "Field",
    "Node",
    "NoneOf",
    "Query",
    "QueryError",
    "parse_query",
]

Find = Callable[[Kind, str], Entity | None]
"""Looks a name up among the known entities and the user's topics: the tagger's ``find``."""

MAX_LENGTH = 4_000
MAX_DEPTH = 50


class Field(StrEnum):
    """What a clause looks at; ``ANY`` is title and text."""

    ANY = ""
    PERSON = "person"
    ORG = "org"
    COUNTRY = "country"
    TOPIC = "topic"
    TITLE = "title"
    TEXT = "text"
    LANG = "lang"
    FEED = "feed"
    OUTLET = "outlet"
    EVENT = "event"

    @property
    def kind(self) -> Kind | None:
        """The kind of mention the field looks for; None for words and for facts of the article."""
        return _KINDS.get(self)

    @property
    def is_words(self) -> bool:
        """Whether the field searches words of title or text."""
        return self in {Field.ANY, Field.TITLE, Field.TEXT}


_KINDS = {
    Field.PERSON: Kind.PERSON,
    Field.ORG: Kind.ORGANIZATION,
    Field.COUNTRY: Kind.COUNTRY,
    Field.TOPIC: Kind.TOPIC,
}
FIELDS = tuple(field.value for field in Field if field)
#: What ``event:`` looks for: what happens to feeds, and any of it.
ANY_EVENT = "any"
EVENTS = (*(kind.value.removeprefix("feed.") for kind in EventKind), ANY_EVENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing to look for.

    ``written`` is the clause as it stands in the query, at ``column`` (0-based). ``key`` is the
    mention key or code that ``value`` stands for and ``names`` the names of that entity, where
    they are known; ``terms`` are what makes the clause hold where an article has one of them
    (see ``resolve.py``).
    """

    field: Field
    value: str
    written: str
    column: int
    key: str = ""
    names: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds (AND)."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds (OR)."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The part does not hold (NOT)."""

    part: "Node"


Node = Clause | AllOf | AnyOf | NoneOf


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: its text and its syntax tree."""

    text: str
    root: Node

    def clauses(self) -> Iterator[Clause]:
        """Every clause in the order written, those under NOT too."""
        yield from _clauses(self.root)


def _clauses(node: Node) -> Iterator[Clause]:
    match node:
        case Clause():
            yield node
        case NoneOf(part):
            yield from _clauses(part)
        case AllOf(parts) | AnyOf(parts):
            for part in parts:
                yield from _clauses(part)


def parse_query(text: str, find: Find | None = None) -> Query:
    """Parse a query. ``find`` knows the user's own topics, which win over those of the same name.

    Raises QueryError, which names the place and the mend, when it is not one. Whether a country's
    name is known is only seen when the query is resolved.
    """
    if not text.strip():
        raise mistakes.empty_query(text)
    if len(text) > MAX_LENGTH:
        raise mistakes.too_long(text, MAX_LENGTH)
    if mistakes.depth(text) > MAX_DEPTH:
        raise mistakes.too_deep(text, MAX_DEPTH)
    try:
        tree = _grammar().parse(text)
    except UnexpectedInput as error:
        raise mistakes.from_lark(error, text) from None
    root: Node = _Builder(text, find).build(tree)
    if not _needs_something(root):
        raise mistakes.only_negative(text)
    return Query(text, root)


@cache
def _grammar() -> Lark:
    # Built at first use: importing this module stays free of work.
    return Lark.open("query.lark", rel_to=__file__, parser="lalr", maybe_placeholders=False)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Turns lark's tree into ours, checking each clause's value on the way."""

    def __init__(self, text: str, find: Find | None) -> None:
        super().__init__(visit_tokens=False)
        self.text = text
        self.find = find
        self.problem: QueryError | None = None

    def build(self, tree: Any) -> Node:
        """The syntax tree; raises the first QueryError by place."""
        root = self.transform(tree)
        if self.problem:
            raise self.problem
        return root

    def any_of(self, *parts: Node) -> Node:
        return AnyOf(parts)

    def all_of(self, *parts: Node) -> Node:
        return AllOf(parts)

    def none_of(self, part: Node) -> Node:
        return NoneOf(part)

    def bare(self, token: Token) -> Node:
        return self._clause(Field.ANY, token, token)

    def fielded(self, name: Token, value: Token) -> Node:
        known = name[:-1].lower()
        if known not in FIELDS:
            self._keep(mistakes.unknown_field(self.text, name, FIELDS))
            return self._clause(Field.ANY, name, value)
        return self._clause(Field(known), name, value)

    def _clause(self, field: Field, first: Token, token: Token) -> Clause:
        quoted = token.type == "PHRASE"
        column = first.start_pos or 0
        clause = Clause(
            field=field,
            value=(token[1:-1] if quoted else str(token)).strip(),
            written=self.text[column : token.end_pos],
            column=column,
        )
        own = self.find(Kind.TOPIC, clause.value) if self.find and field is Field.TOPIC else None
        if own:
            return replace(clause, key=own.key, names=(own.name,))
        try:
            return _checked(clause, self.text, token, quoted=quoted)
        except QueryError as problem:
            self._keep(problem)
            return clause

    def _keep(self, problem: QueryError) -> None:
        # lark wraps what a transformer raises, so the first mistake is kept and raised at the end.
        if self.problem is None or problem.column < self.problem.column:
            self.problem = problem


def _checked(clause: Clause, text: str, token: Token, *, quoted: bool) -> Clause:
    """The clause with its key where the value alone tells it; raises QueryError."""
    if not quoted:
        mistakes.check_bare_value(text, clause.field, token, FIELDS)
    if not fold_words(clause.value):
        raise mistakes.nothing_to_find(text, clause.field, token)
    column = token.start_pos or 0
    if clause.field is Field.TOPIC:
        codes = find_topics(clause.value)
        if len(codes) != 1:
            raise mistakes.unclear_topic(text, column, clause.value, codes)
        return replace(clause, key=codes[0])
    if clause.field is Field.COUNTRY:
        code = find_country(clause.value)
        if not code and len(clause.value) == 2 and clause.value.isascii():
            raise mistakes.unknown_code(text, column, clause.value)
        return replace(clause, key=code)
    if clause.field is Field.EVENT:
        event = clause.value.lower().removeprefix("feed.")
        if event not in EVENTS:
            raise mistakes.unknown_event(text, column, clause.value, EVENTS)
        return replace(clause, key=event)
    if clause.field is Field.LANG:
        language = clause.value.lower()
        if len(language) != 2 or not (language.isascii() and language.isalpha()):
            raise mistakes.unknown_language(text, column, clause.value)
        return replace(clause, key=language)
    return clause


def _needs_something(node: Node, *, negated: bool = False) -> bool:
    """Whether the query can hold only where some clause that is not negated holds."""
    match node:
        case Clause():
            return not negated
        case NoneOf(part):
            return _needs_something(part, negated=not negated)
        case AllOf(parts):
            quantifier = all if negated else any
        case AnyOf(parts):
            quantifier = any if negated else all
    return quantifier(_needs_something(part, negated=negated) for part in parts)
