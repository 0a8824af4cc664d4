"""A parsed query made ready for matching: names looked up, each clause reduced to terms.

A term is a string that an article either has or has not: words in its title or text, the key or
the name of a mention, its language. A clause holds where the article has one of its terms, so the
same terms serve to find candidate watches and to evaluate them.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from worker.mediatopics import LIKELY
from worker.model import Entity, Kind, Mention, Topic
from worker.watches import mistakes
from worker.watches.folding import fold_name, fold_words
from worker.watches.groups import members
from worker.watches.query import Find, parse_query
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

_LONGEST_OUTLET = 12


def resolve_query(query: Query, find: Find) -> Query:
    """The query with people, organizations and countries looked up, and its terms.

    A person or organization that is not known stays to be matched by name; a country that is not
    known raises QueryError.
    """
    return Query(query.text, _resolved(query.root, query.text, find))


def _resolved(node: Node, text: str, find: Find) -> Node:
    match node:
        case AllOf(parts):
            return AllOf(tuple(_resolved(part, text, find) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_resolved(part, text, find) for part in parts))
        case NoneOf(part):
            return NoneOf(_resolved(part, text, find))
        case Near((left, right), distance):
            return Near((_resolved(left, text, find), _resolved(right, text, find)), distance)
        case SameSentence(parts):
            return SameSentence(tuple(_resolved(part, text, find) for part in parts))
        case Spike(part, operator, number):
            return Spike(_resolved(part, text, find), operator, number)
        case Compare():
            if node.clause is None:
                return node
            return replace(node, clause=_resolved_clause(node.clause, text, find))
        case Clause():
            return _resolved_clause(node, text, find)


def _resolved_clause(clause: Clause, text: str, find: Find) -> Clause:
    known = _looked_up(clause, text, find)
    return replace(known, terms=tuple(dict.fromkeys(_terms(known))))


def _looked_up(clause: Clause, text: str, find: Find) -> Clause:
    kind = clause.field.kind
    if kind is None or clause.key:
        return clause
    entity = find(kind, clause.value)
    if entity:
        return replace(clause, key=entity.key, names=(entity.name, *entity.aliases))
    if kind is Kind.COUNTRY:
        raise mistakes.unknown_country(text, clause.column, clause.value)
    return clause


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


def read_query(text: str, find: Find) -> Query:
    """Parse a query and look up what it names. Raises QueryError."""
    return resolve_query(parse_query(text, find), find)


# --------------------------------------------------------------------------- what a clause wants


def _terms(clause: Clause) -> Iterator[str]:
    kind = clause.field.kind
    if kind in {Kind.PERSON, Kind.ORGANIZATION}:
        yield from _name_terms(clause, kind)
    elif kind is Kind.COUNTRY:
        for code in members(clause.key) or (clause.key,):
            yield key_term(kind, code)
    elif kind:
        yield key_term(kind, clause.key)
    elif clause.field is Field.ENTITY:
        for one in (Kind.PERSON, Kind.ORGANIZATION, Kind.COUNTRY):
            yield from _name_terms(clause, one)
    elif clause.field.is_words:
        pattern = f" {fold_name(clause.value)}" + ("" if clause.prefix else " ")
        if clause.field is not Field.TEXT:
            yield words_term(Field.TITLE, pattern)
        if clause.field is not Field.TITLE:
            yield words_term(Field.TEXT, pattern)
    else:
        yield fact_term(clause.field, clause.key or fold_name(clause.value))


def _name_terms(clause: Clause, kind: Kind) -> Iterator[str]:
    """A known entity by its key or one of its names; others by key, name or bare surname."""
    if clause.key:
        yield key_term(kind, clause.key)
        for name in clause.names:
            yield _name_term(kind, fold_name(name))
        return
    words = fold_words(clause.value)
    yield key_term(kind, clause.value)
    yield key_term(kind, f"{kind}:{clause.value}")
    yield _name_term(kind, " ".join(words))
    if len(words) == 1 and kind is Kind.PERSON:
        yield _surname_term(words[0])


def words_term(field: Field, pattern: str) -> str:
    """The term of folded words (a space at both ends) in the title or in the text."""
    return f"{field}\t{pattern}"


def key_term(kind: Kind, key: str) -> str:
    """The term of a mention's key, in any case."""
    return f"{kind}=\t{key.casefold()}"


def _name_term(kind: Kind, name: str) -> str:
    return f"{kind}~\t{name}"


def _surname_term(name: str) -> str:
    return f"surname\t{name}"


def fact_term(field: Field, value: str) -> str:
    """The term of a fact about the article: its language, feed or outlet."""
    return f"{field}\t{value}"


def pattern_of(term: str) -> str:
    """The folded words a term searches; ``""`` when it is no term of words."""
    field, _, value = term.partition("\t")
    return value if field in {Field.TITLE, Field.TEXT} else ""


# --------------------------------------------------------------------------- what an article has


def mention_terms(mention: Mention) -> Iterator[str]:
    """The terms a mention brings; an unlikely topic brings none."""
    if mention.kind is Kind.TOPIC and mention.salience < LIKELY:
        return
    yield key_term(mention.kind, mention.key)
    words = fold_words(mention.name)
    if mention.kind in {Kind.PERSON, Kind.ORGANIZATION} and words:
        yield _name_term(mention.kind, " ".join(words))
        if mention.kind is Kind.PERSON:
            yield _surname_term(words[-1])


def outlet_terms(outlet: str) -> Iterator[str]:
    """The terms of an outlet: each run of whole words in its name, so that BBC finds BBC News."""
    words = fold_words(outlet)[:_LONGEST_OUTLET]
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            yield fact_term(Field.OUTLET, " ".join(words[start:end]))
