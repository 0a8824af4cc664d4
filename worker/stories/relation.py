"""What two articles are to each other: the one definition that everything about stories uses."""

import math
from dataclasses import dataclass
from enum import StrEnum

from worker.stories.features import Features
from worker.stories.minhash import containment, resemblance
from worker.stories.rarity import Rarity

COPY, CUT_COPY = 0.5, 0.6
"""From this resemblance, and from this containment on, a text is a copy."""
COPIED_FACTS, COPIED_NUMBERS = 0.5, 0.4
"""A copy has the facts of its original; the same sentences with other facts are a template."""
SAME_EVENT, SAME_NUMBERS = 0.55, 0.5
FACTS_ALONE, WORDING = 0.6, 0.28
"""Without numbers to compare, this much of the facts has to be the same, and of the wording."""
REWRITE = 0.25
AFFAIR, AFFAIR_WORDING = 0.35, 0.1
EVENT_HOURS, AFFAIR_HOURS, COPY_HOURS = 18.0, (3.0, 96.0), 168.0
"""Reports of one event come within so many hours, follow-ups and copies later than that."""
SHARED = 1.0
"""Weight of the facts that two reports of one event share at least: one name is not enough."""
LEAST_NUMBERS, LEAST_FACTS = 0.1, 0.5
"""Weight below which there is too little to compare."""


class RelationKind(StrEnum):
    """Whether two articles report one event."""

    SAME = "same"
    FOLLOW_UP = "follow-up"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """How alike two articles are, each from 0 to 1; ``hours`` lie between them.

    ``text`` is the resemblance of their wording, ``contained`` the share of the shorter one's that
    the longer one has. The others weigh terms by their rarity: ``title``, ``head`` and ``body``
    are cosines, 0 where the facts are too unlike for them to matter; ``facts`` and ``numbers`` the share of the facts of the article with fewer of them
    that the other has, too, None where there are too few to tell. ``shared`` is the weight of the
    facts that both have.
    """

    text: float
    contained: float
    title: float
    head: float
    body: float
    facts: float | None
    numbers: float | None
    shared: float
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
    one_language = earlier.language == later.language
    kind, score, reason = _judged(figures, one_language=one_language)
    return Relation(kind=kind, score=score, reason=reason, figures=figures)


def _judged(figures: Figures, *, one_language: bool) -> tuple[RelationKind, float, str]:
    if (
        figures.hours <= COPY_HOURS
        and _agree(figures.facts, COPIED_FACTS)
        and _agree(figures.numbers, COPIED_NUMBERS)
    ):
        if figures.text >= COPY:
            return RelationKind.SAME, figures.text, "copy"
        if figures.contained >= CUT_COPY:
            return RelationKind.SAME, figures.contained, "cut copy"
    score = _score(figures)
    if figures.hours <= EVENT_HOURS and _same_event(figures, score):
        rewritten = one_language and figures.body >= REWRITE
        return RelationKind.SAME, score, "rewrite" if rewritten else "same event"
    if _same_affair(figures):
        return RelationKind.FOLLOW_UP, score, "follow-up"
    return RelationKind.DIFFERENT, score, "different"


def _agree(alike: float | None, least: float) -> bool:
    return alike is None or alike >= least


def _same_event(figures: Figures, score: float) -> bool:
    """Whether most facts are the same, the numbers among them."""
    if figures.facts is None or figures.shared < SHARED:
        return False
    if figures.numbers is None:
        return figures.facts >= FACTS_ALONE and figures.body >= WORDING
    return figures.numbers >= SAME_NUMBERS and score >= SAME_EVENT


def _same_affair(figures: Figures) -> bool:
    """Whether the later one may tell how it went on."""
    soonest, latest = AFFAIR_HOURS
    return (
        soonest <= figures.hours <= latest
        and (figures.facts or 0.0) >= AFFAIR
        and figures.body >= AFFAIR_WORDING
    )


def _score(figures: Figures) -> float:
    facts = figures.facts or 0.0
    return facts if figures.numbers is None else 0.6 * facts + 0.4 * figures.numbers


def _figures(earlier: Features, later: Features, rarity: Rarity) -> Figures:
    left, right = earlier.facts, later.facts
    shared = rarity.total(left & right)
    facts = _overlap(left, right, shared, rarity, LEAST_FACTS)
    text = contained = title = head = body = 0.0
    if earlier.signature and later.signature:
        text = resemblance(earlier.signature.values, later.signature.values)
        contained = containment(earlier.signature, later.signature, text)
    if facts is not None and facts >= AFFAIR:
        title = _cosine(earlier.title, later.title, rarity)
        head = _cosine(earlier.head, later.head, rarity)
        body = _cosine(earlier.body, later.body, rarity)
    common = rarity.total(earlier.numbers & later.numbers)
    return Figures(
        text=text,
        contained=contained,
        title=title,
        head=head,
        body=body,
        facts=facts,
        numbers=_overlap(earlier.numbers, later.numbers, common, rarity, LEAST_NUMBERS),
        shared=shared,
        hours=abs((later.at - earlier.at).total_seconds()) / 3600,
    )


def _cosine(left: frozenset[int], right: frozenset[int], rarity: Rarity) -> float:
    """The cosine of two sets of terms, each term counting its squared weight."""
    common = rarity.total(left & right)
    return common / math.sqrt(rarity.total(left) * rarity.total(right)) if common else 0.0


def _overlap(
    left: frozenset[int], right: frozenset[int], common: float, rarity: Rarity, least: float
) -> float | None:
    """The share of the lighter set that the other has, None where it weighs less than ``least``."""
    lighter = min(rarity.total(left), rarity.total(right))
    return common / lighter if lighter >= least else None
