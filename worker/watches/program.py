"""A resolved query in the form in which it is evaluated: small, with NOT at single parts only.

What stands in a query in one way (``country:UA``) is one leaf, whatever number of watches have it.
"""

from typing import NamedTuple

from worker.watches.folding import split_words
from worker.watches.keys import Keys
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


class Words(NamedTuple):
    """Words in a row, by their numbers; ``field`` says whether in title, text or either."""

    written: str
    key: int
    numbers: tuple[int, ...]
    field: Field


class Terms(NamedTuple):
    """Something mentioned: it has one of these terms."""

    written: str
    key: int
    terms: tuple[str, ...]


class Fact(NamedTuple):
    """A fact of the article: it has one of these terms."""

    written: str
    key: int
    terms: tuple[str, ...]


class Compared(NamedTuple):
    """A number compared with another; ``of`` is what is counted or weighed, if anything."""

    written: str
    measure: Measure
    of: Terms | None
    operator: str
    number: float


SOUGHT = Words, Terms, Fact
Sought = Words | Terms | Fact
"""What stands in an article or does not; ``key`` is its number there."""
Leaf = Sought | Compared


class All(tuple["Program", ...]):
    """Every part holds."""

    __slots__ = ()


class Any(tuple["Program", ...]):
    """At least one part holds."""

    __slots__ = ()


class Not(NamedTuple):
    """The part does not hold."""

    part: "Leaf | Close"


class Close(NamedTuple):
    """Parts near each other: at most ``distance`` words apart, None: in one sentence.

    Each part is its alternatives.
    """

    parts: tuple[tuple[Words | Terms, ...], ...]
    distance: int | None


Program = Words | Terms | Fact | Compared | All | Any | Not | Close


class Compiler:
    """Turns queries into programs that look for keys."""

    def __init__(self, keys: Keys) -> None:
        self.keys = keys
        self._leaves: dict[object, Sought] = {}

    def compile(self, node: Node, *, negated: bool = False) -> Program:
        """The program of a tree, or of its opposite."""
        match node:
            case Clause():
                return self._perhaps_not(self.clause(node), negated)
            case Compare():
                return self._perhaps_not(self._compared(node), negated)
            case Near(parts, distance):
                return self._perhaps_not(self._close(parts, distance), negated)
            case SameSentence(parts):
                return self._perhaps_not(self._close(parts, None), negated)
            case NoneOf(part):
                return self.compile(part, negated=not negated)
            case Spike(part):
                return self.compile(part, negated=negated)
            case AllOf(parts) | AnyOf(parts):
                made = (self.compile(part, negated=negated) for part in parts)
                # De Morgan: under NOT the two change places.
                return All(made) if isinstance(node, AllOf) != negated else Any(made)

    def clause(self, clause: Clause) -> Sought:
        """The leaf of a clause."""
        key = (clause.field, clause.written, clause.key, clause.terms)
        leaf = self._leaves.get(key)
        if leaf is None:
            if clause.field.is_words:
                leaf = self._words(clause)
            else:
                kind = Terms if clause.field.is_mention else Fact
                leaf = kind(clause.written, self.keys.of_terms(clause.terms), clause.terms)
            self._leaves[key] = leaf
        return leaf

    def _words(self, clause: Clause) -> Words:
        words = split_words(clause.value)
        last = len(words) - 1
        numbers = tuple(
            self.keys.vocabulary.add(
                word, folded, exact=clause.exact, prefix=clause.prefix and place == last
            )
            for place, (word, folded) in enumerate(words)
        )
        key = self.keys.of_words(numbers, clause.field)
        return Words(clause.written, key, numbers, clause.field)

    def _compared(self, node: Compare) -> Compared:
        of = self.clause(node.clause) if node.clause else None
        assert of is None or isinstance(of, Terms)
        return Compared(node.written, node.measure, of, node.operator, node.number)

    def _close(self, parts: tuple[Node, ...], distance: int | None) -> Close:
        return Close(tuple(tuple(self._alternatives(part)) for part in parts), distance)

    def _alternatives(self, node: Node) -> list[Words | Terms]:
        if isinstance(node, Clause):
            leaf = self.clause(node)
            assert not isinstance(leaf, Fact)
            return [leaf]
        assert isinstance(node, AnyOf)
        return [leaf for part in node.parts for leaf in self._alternatives(part)]

    @staticmethod
    def _perhaps_not(leaf: "Leaf | Close", negated: bool) -> Program:
        return Not(leaf) if negated else leaf


def branches(program: Program) -> "list[Leaf | Close | Not]":
    """What a program joins by AND and OR, in its order."""
    if isinstance(program, All | Any):
        return [leaf for part in program for leaf in branches(part)]
    return [program]
