"""What two articles are to each other: the one definition that everything about stories uses."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from worker.stories.features import Features
from worker.stories.minhash import containment, resemblance
from worker.stories.rarity import Rarity

COPY, CUT_COPY = 0.4, 0.6
"""From this resemblance, and from this containment on, a text is a copy."""
REWRITE = 0.1
SAME_EVENT, SAME_AFFAIR = 0.42, 0.24
EVENT_HOURS = 36.0
"""Reports of one event come within so many hours; copies may come later."""


class RelationKind(StrEnum):
    """Whether two articles report one event."""

    SAME = "same"
    FOLLOW_UP = "follow-up"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How alike two articles are, each from 0 to 1; ``hours`` lie between them.

    ``text`` is the resemblance of their wording, ``contained`` the share of the shorter one's that
    the longer one has. The others weigh what both have by its rarity.
    """

    text: float
    contained: float
    title: float
    head: float
    body: float
    names: float
    numbers: float
    hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """What a later article is to an earlier one, how surely, and the named reason."""

    kind: RelationKind
    score: float
    reason: str
    figures: Figures

    @property
    def is_copy(self) -> bool:
        """Whether the one's text is the other's, or a part of it."""
        return self.reason in {"copy", "cut copy"}


def relate(earlier: Features, later: Features, rarity: Rarity) -> Relation:
    """What a later article is to an earlier one."""
    figures = _figures(earlier, later, rarity)
    kind, score, reason = _judged(figures)
    return Relation(kind=kind, score=score, reason=reason, figures=figures)


def _judged(figures: Figures) -> tuple[RelationKind, float, str]:
    if figures.text >= COPY:
        return RelationKind.SAME, figures.text, "copy"
    if figures.contained >= CUT_COPY:
        return RelationKind.SAME, figures.contained, "cut copy"
    alike = _alike(figures)
    if figures.text >= REWRITE and alike >= SAME_AFFAIR:
        return RelationKind.SAME, alike, "rewrite"
    if figures.hours <= EVENT_HOURS and alike >= SAME_EVENT:
        return RelationKind.SAME, alike, "same event"
    if alike >= SAME_AFFAIR:
        return RelationKind.FOLLOW_UP, alike, "follow-up"
    return RelationKind.DIFFERENT, alike, "different"


def _alike(figures: Figures) -> float:
    return (
        0.35 * figures.head
        + 0.25 * figures.body
        + 0.15 * figures.title
        + 0.15 * figures.names
        + 0.10 * figures.numbers
    )


def _figures(earlier: Features, later: Features, rarity: Rarity) -> Figures:
    every = earlier.body.union(
        later.body, earlier.names, later.names, earlier.countries, later.countries
    )
    weight = {term: rarity.weight(term) ** 2 for term in every}
    text = contained = 0.0
    if earlier.signature and later.signature:
        text = resemblance(earlier.signature.values, later.signature.values)
        contained = containment(earlier.signature, later.signature)
    return Figures(
        text=text,
        contained=contained,
        title=_cosine(earlier.title, later.title, weight),
        head=_cosine(earlier.head, later.head, weight),
        body=_cosine(earlier.body, later.body, weight),
        names=_cosine(earlier.names | earlier.countries, later.names | later.countries, weight),
        numbers=_cosine(earlier.numbers, later.numbers, weight),
        hours=abs((later.at - earlier.at).total_seconds()) / 3600,
    )


def _cosine(left: frozenset[int], right: frozenset[int], weight: Mapping[int, float]) -> float:
    """The cosine of two sets of terms, each term counting its weight (given squared)."""
    common = sum(map(weight.__getitem__, left & right))
    if not common:
        return 0.0
    return common / math.sqrt(
        sum(map(weight.__getitem__, left)) * sum(map(weight.__getitem__, right))
    )
