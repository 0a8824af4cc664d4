"""What two articles are to each other: the one definition that everything about stories uses."""

import math
from dataclasses import dataclass
from enum import StrEnum

from worker.stories.features import Features
from worker.stories.likeness import UNLIKE, Weighed, chances
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
SHARED = 2.75
"""Rare names, or as much of other facts, that two reports of one event share at least."""
SAME, FOLLOW_UP = 0.8, 0.35
"""Chances from which two reports tell one event, and from which one tells what came of the other."""
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
    the longer one has. The others weigh terms by their rarity: ``body`` is the cosine of all words,
    0 where the facts are too unlike for it to matter; ``facts`` and ``numbers`` the share of the
    facts of the article with fewer of them that the other has, too, None where there are too few
    to tell. ``shared`` is the weight of the facts that both have, counted as rare names. ``same`` and
    ``follow_up`` are the chances of ``worker.stories.likeness``, 0 where they were not asked for.
    """

    text: float
    contained: float
    body: float
    facts: float | None
    numbers: float | None
    shared: float
    hours: float
    same: float
    follow_up: float


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
    return compare(Weighed(earlier, rarity), Weighed(later, rarity))


def compare(earlier: Weighed, later: Weighed) -> Relation:
    """What a later article is to an earlier one, both weighed by one rarity."""
    figures = _figures(earlier, later)
    one_language = earlier.features.language == later.features.language
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
    if figures.hours <= EVENT_HOURS and figures.same >= SAME:
        return RelationKind.SAME, figures.same, "own report"
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
    alike = (figures.facts or 0.0) >= AFFAIR and figures.body >= AFFAIR_WORDING
    return soonest <= figures.hours <= latest and (alike or figures.follow_up >= FOLLOW_UP)


def _score(figures: Figures) -> float:
    facts = figures.facts or 0.0
    return facts if figures.numbers is None else 0.6 * facts + 0.4 * figures.numbers


def _figures(earlier: Weighed, later: Weighed) -> Figures:
    left, right, rarity = earlier.features, later.features, later.rarity
    shared = rarity.total(left.facts & right.facts)
    facts = _overlap(shared, earlier.facts, later.facts, LEAST_FACTS)
    text = contained = body = 0.0
    if left.signature and right.signature:
        text = resemblance(left.signature.values, right.signature.values)
        contained = containment(left.signature, right.signature, text)
    if facts is not None and facts >= AFFAIR:
        body = _cosine(rarity.total(left.body & right.body), earlier.body, later.body)
    common = rarity.total(left.numbers & right.numbers)
    hours = abs((right.at - left.at).total_seconds()) / 3600
    likely = chances(earlier, later, hours) if hours <= AFFAIR_HOURS[1] else UNLIKE
    return Figures(
        text=text,
        contained=contained,
        body=body,
        facts=facts,
        numbers=_overlap(common, earlier.numbers, later.numbers, LEAST_NUMBERS),
        shared=shared / rarity.name,
        hours=hours,
        same=likely.same,
        follow_up=likely.follow_up,
    )


def _cosine(common: float, left: float, right: float) -> float:
    """The cosine of two sets of terms by their weights, each term counting its squared weight."""
    return common / math.sqrt(left * right) if common else 0.0


def _overlap(common: float, left: float, right: float, least: float) -> float | None:
    """The share of the lighter set that the other has, None where it weighs less than ``least``."""
    lighter = min(left, right)
    return common / lighter if lighter >= least else None
