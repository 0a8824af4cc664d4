"""Whether a resolved query holds in an article, and what it cannot do without."""

from worker.model import Article, Evidence, Kind
from worker.watches.query import (
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Near,
    Node,
    NoneOf,
    SameSentence,
    Spike,
)
from worker.watches.resolve import pattern_of
from worker.watches.sightings import Sighting, evidence_for

Seen = dict[str, Sighting]
"""The terms an article has, with their places."""

# How common a term is, roughly: a watch is filed under the rarest it cannot do without.
_COMMON = {
    str(Field.LANG): 1000.0,
    f"{Kind.TOPIC}=": 200.0,
    f"{Kind.COUNTRY}=": 100.0,
    str(Field.OUTLET): 50.0,
    str(Field.FEED): 50.0,
}


def evaluate(
    node: Node, seen: Seen, article: Article, *, negated: bool = False
) -> list[Evidence] | None:
    """The evidence of a node that holds, None of one that does not.

    Evidence comes from branches that hold; what is absent, as NOT wants it, leaves none.
    """
    match node:
        case Clause():
            evidence = evidence_for(node, seen, article)
            if negated:
                return [] if evidence is None else None
            return None if evidence is None else [evidence]
        case NoneOf(part):
            return evaluate(part, seen, article, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            found = [evaluate(part, seen, article, negated=negated) for part in parts]
            held = [evidence for evidence in found if evidence is not None]
            # De Morgan: under NOT the two change places.
            needed = len(parts) if isinstance(node, AllOf) != negated else 1
            if len(held) < needed:
                return None
            return [piece for evidence in held for piece in evidence]
        case Near() | SameSentence() | Compare() | Spike():
            return None  # not evaluated yet: such a watch matches nothing


def necessary_terms(node: Node, *, negated: bool = False) -> frozenset[str] | None:
    """Terms of which any article that matches has at least one; None when there are none such."""
    match node:
        case Clause():
            return None if negated else frozenset(node.terms)
        case NoneOf(part):
            return necessary_terms(part, negated=not negated)
        case AllOf(parts) | AnyOf(parts):
            needs = [necessary_terms(part, negated=negated) for part in parts]
            known = [terms for terms in needs if terms is not None]
            if isinstance(node, AllOf) != negated:
                return min(known, key=_commonness, default=None)
            return frozenset().union(*known) if len(known) == len(parts) else None
        case Near() | SameSentence() | Compare() | Spike():
            return frozenset()


def _commonness(terms: frozenset[str]) -> float:
    return sum(_term_commonness(term) for term in terms)


def _term_commonness(term: str) -> float:
    pattern = pattern_of(term)
    if pattern:
        return 100.0 / len(pattern) ** 2
    return _COMMON.get(term.partition("\t")[0], 1.0)
