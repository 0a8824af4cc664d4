"""A parsed query made ready for matching: names looked up, clauses reduced to terms.

A term is a string that an article either has or has not: the key or the name of a mention, its
language, a part of its address. A clause holds where the article has one of its terms, so the
same terms serve to find candidate watches and to evaluate them. Words have none: they are looked
for by themselves.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from worker.mediatopics import LIKELY
from worker.model import Entity, Kind, Mention, Topic
from worker.watches import addresses, unknown
from worker.watches.folding import fold_name, fold_words
from worker.watches.groups import members
from worker.watches.query import Find, parse_query
from worker.watches.spelling import name_spelling
from worker.watches.tree import (
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Near,
    Node,
    NoneOf,
    Query,
    SameSentence,
    Spike,
)

_LONGEST_NAME = 12  # words of an outlet's or an author's name that are looked at


def read_query(text: str, find: Find) -> Query:
    """Parse a query and look up what it names. Raises QueryError."""
    return Reader(find).read(text)


class Reader:
    """Reads queries of one installation: what many of them name is looked up and kept once.

    To be thrown away with ``find``: it remembers what that said.
    """

    def __init__(self, find: Find) -> None:
        self._find = find
        self._known: dict[tuple[Field, str], _Meaning] = {}

    def read(self, text: str) -> Query:
        """Parse a query and look up what it names. Raises QueryError."""
        return self.resolve(parse_query(text, self._find))

    def resolve(self, query: Query) -> Query:
        """The query with what it names looked up. Raises QueryError."""
        return Query(query.text, self._resolved(query.root, query.text))

    def _resolved(self, node: Node, text: str) -> Node:
        match node:
            case Clause():
                return node if node.field.is_words else self._clause(node, text)
            case AllOf(parts):
                return AllOf(tuple([self._resolved(part, text) for part in parts]))
            case AnyOf(parts):
                return AnyOf(tuple([self._resolved(part, text) for part in parts]))
            case NoneOf(part):
                return NoneOf(self._resolved(part, text))
            case Near((left, right), distance):
                return Near((self._resolved(left, text), self._resolved(right, text)), distance)
            case SameSentence(parts):
                return SameSentence(tuple([self._resolved(part, text) for part in parts]))
            case Spike(part, operator, number):
                return Spike(self._resolved(part, text), operator, number)
            case Compare():
                clause = node.clause and self._clause(node.clause, text)
                return replace(node, clause=clause) if clause else node

    def _clause(self, clause: Clause, text: str) -> Clause:
        meaning = self._known.get((clause.field, clause.value))
        if meaning is None:
            meaning = _meaning(clause, self._find)
            if clause.field is Field.COUNTRY and not meaning.key:
                raise unknown.country(text, clause.column, clause.value)
            self._known[clause.field, clause.value] = meaning
        return Clause(
            field=clause.field,
            value=clause.value,
            written=clause.written,
            column=clause.column,
            key=meaning.key,
            names=meaning.names,
            terms=meaning.terms,
        )


def with_topics(find: Find, topics: Iterable[Topic]) -> Find:
    """``find`` that knows topics of the user's own too, by name and by key."""
    known = {fold_name(one.name): one for one in topics}
    known |= {one.key: one for one in known.values()}

    def find_with_topics(kind: Kind, name: str) -> Entity | None:
        if kind is not Kind.TOPIC:
            return find(kind, name)
        topic = known.get(fold_name(name)) or known.get(name)
        return Entity(kind=kind, key=topic.key, name=topic.name) if topic else None

    return find_with_topics


# --------------------------------------------------------------------------- what a clause wants


class _Meaning(NamedTuple):
    """What a field and a value stand for."""

    key: str
    names: tuple[str, ...]
    terms: tuple[str, ...]


def _meaning(clause: Clause, find: Find) -> _Meaning:
    kinds = _ENTITIES if clause.field is Field.ENTITY else (clause.field.kind,)
    key, names, terms = clause.key, clause.names, list(_fact_terms(clause))
    if not key:
        for kind in kinds:
            entity = find(kind, clause.value) if kind else None
            if kind and entity:
                key = key or entity.key
                names += (entity.name, *entity.aliases)
                terms += _entity_terms(kind, entity)
    if not key:
        for kind in kinds:
            if kind in {Kind.PERSON, Kind.ORGANIZATION}:
                terms += _stranger_terms(kind, clause.value)
    return _Meaning(key, names, tuple(dict.fromkeys(terms)))


_ENTITIES = (Kind.PERSON, Kind.ORGANIZATION, Kind.COUNTRY)


def _fact_terms(clause: Clause) -> Iterator[str]:
    """The terms of a clause that needs nothing looked up."""
    field, kind = clause.field, clause.field.kind
    if kind and clause.key:
        yield from (key_term(kind, code) for code in members(clause.key) or (clause.key,))
    elif field is Field.URL:
        yield fact_term(field, addresses.asked_for(clause.value))
    elif not field.is_mention:
        yield fact_term(field, clause.key or fold_name(clause.value))


def _entity_terms(kind: Kind, entity: Entity) -> Iterator[str]:
    """A known entity is meant by its key; one that goes by names, by one of them too."""
    yield key_term(kind, entity.key)
    if kind is not Kind.COUNTRY:
        for name in (entity.name, *entity.aliases):
            yield _name_term(kind, fold_words(name))


def _stranger_terms(kind: Kind, value: str) -> Iterator[str]:
    """Somebody not known is meant by key or name, and a person by the bare surname."""
    words = fold_words(value)
    yield key_term(kind, value)
    yield key_term(kind, f"{kind}:{value}")
    yield _name_term(kind, words)
    if len(words) == 1 and kind is Kind.PERSON:
        yield _surname_term(words[0])


def key_term(kind: Kind, key: str) -> str:
    """The term of a mention's key, in any case."""
    return f"{kind}=\t{key.casefold()}"


def _name_term(kind: Kind, words: Iterable[str]) -> str:
    return f"{kind}~\t{name_spelling(words)}"


def _surname_term(word: str) -> str:
    return f"surname\t{name_spelling((word,))}"


def fact_term(field: Field, value: str) -> str:
    """The term of a fact about the article: its language, feed or outlet."""
    return f"{field}\t{value}"


# --------------------------------------------------------------------------- what an article has


def mention_terms(mention: Mention) -> Iterator[str]:
    """The terms a mention brings; an unlikely topic brings none."""
    if mention.kind is Kind.TOPIC and mention.salience < LIKELY:
        return
    yield key_term(mention.kind, mention.key)
    words = fold_words(mention.name)
    if mention.kind in {Kind.PERSON, Kind.ORGANIZATION} and words:
        yield _name_term(mention.kind, words)
        if mention.kind is Kind.PERSON:
            yield _surname_term(words[-1])


def outlet_terms(outlet: str) -> Iterator[str]:
    """The terms of an outlet: each run of whole words in its name, so that BBC finds BBC News."""
    return _runs(Field.OUTLET, outlet)


def author_terms(author: str) -> Iterator[str]:
    """The terms of one author: each run of whole words in the name."""
    return _runs(Field.AUTHOR, author)


def tag_terms(tag: str) -> Iterator[str]:
    """The terms of one tag of the article's feed."""
    yield fact_term(Field.TAG, fold_name(tag))


def url_terms(url: str) -> Iterator[str]:
    """The terms of the article's address."""
    return (fact_term(Field.URL, part) for part in dict.fromkeys(addresses.has(url)))


def _runs(field: Field, name: str) -> Iterator[str]:
    words = fold_words(name)[:_LONGEST_NAME]
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield fact_term(field, " ".join(words[start:end]))
