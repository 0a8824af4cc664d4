"""What two articles are to each other: the one definition that everything about stories uses."""

import math
from dataclasses import dataclass
from enum import StrEnum

from worker.stories.features import Features
from worker.stories.likeness import UNLIKE, Chances, chances
from worker.stories.minhash import containment, resemblance
from worker.stories.rarity import Rarity
from worker.stories.weighed import Common, Weighed

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
    both: Common

    @property
    def is_copy(self) -> bool:
        """Whether the one's text is the other's, or a part of it."""
        return self.reason in {"copy", "cut copy"}

    @property
    def figures(self) -> Figures:
        """How alike they are: all figures, those among them that were not needed to decide."""
        both = self.both
        facts = _facts(both)
        alike = _text(both)
        chance = chances(both) if both.hours <= AFFAIR_HOURS[1] else UNLIKE
        return Figures(
            text=alike,
            contained=_contained(both, alike),
            body=_body(both),
            facts=facts,
            numbers=_numbers(both),
            shared=both.facts / both.rarity.name,
            hours=both.hours,
            same=chance.same,
            follow_up=chance.follow_up,
        )


def relate(earlier: Features, later: Features, rarity: Rarity) -> Relation:
    """What a later article is to an earlier one."""
    return compare(Weighed(earlier, rarity), Weighed(later, rarity))


def compare(earlier: Weighed, later: Weighed) -> Relation:
    """What a later article is to an earlier one, both weighed by one rarity.

    Most are different, so what is told apart by little is told apart first.
    """
    both = Common(earlier, later)
    kind, score, reason = _judged(both)
    return Relation(kind=kind, score=score, reason=reason, both=both)


def _judged(both: Common) -> tuple[RelationKind, float, str]:
    facts, numbers = _facts(both), _numbers(both)
    if both.hours <= COPY_HOURS and _agree(facts, COPIED_FACTS) and _agree(numbers, COPIED_NUMBERS):
        alike = _text(both)
        if alike >= COPY:
            return RelationKind.SAME, alike, "copy"
        contained = _contained(both, alike)
        if contained >= CUT_COPY:
            return RelationKind.SAME, contained, "cut copy"
    score = (facts or 0.0) if numbers is None else 0.6 * (facts or 0.0) + 0.4 * numbers
    soon, later = both.hours <= EVENT_HOURS, AFFAIR_HOURS[0] <= both.hours <= AFFAIR_HOURS[1]
    if soon and _same_event(both, facts, numbers, score):
        rewritten = both.one_language and _body(both) >= REWRITE
        return RelationKind.SAME, score, "rewrite" if rewritten else "same event"
    chance = UNLIKE
    if soon or later:
        # A chance of 1 is never reached.
        chance = chances(both, Chances(SAME if soon else 1.0, FOLLOW_UP if later else 1.0))
    if soon and chance.same >= SAME:
        return RelationKind.SAME, chance.same, "own report"
    if later and (_body(both) >= AFFAIR_WORDING or chance.follow_up >= FOLLOW_UP):
        return RelationKind.FOLLOW_UP, score, "follow-up"
    return RelationKind.DIFFERENT, score, "different"


def _agree(alike: float | None, least: float) -> bool:
    return alike is None or alike >= least


def _same_event(both: Common, facts: float | None, numbers: float | None, score: float) -> bool:
    """Whether most facts are the same, the numbers among them."""
    if facts is None or both.facts / both.rarity.name < SHARED:
        return False
    if numbers is None:
        return facts >= FACTS_ALONE and _body(both) >= WORDING
    return numbers >= SAME_NUMBERS and score >= SAME_EVENT


def _facts(both: Common) -> float | None:
    return _overlap(both.facts, both.earlier.facts, both.later.facts, LEAST_FACTS)


def _numbers(both: Common) -> float | None:
    return _overlap(both.numbers, both.earlier.numbers, both.later.numbers, LEAST_NUMBERS)


def _text(both: Common) -> float:
    left, right = both.earlier.features.signature, both.later.features.signature
    return resemblance(left.values, right.values) if left and right else 0.0


def _contained(both: Common, alike: float) -> float:
    left, right = both.earlier.features.signature, both.later.features.signature
    return containment(left, right, alike) if left and right else 0.0


def _body(both: Common) -> float:
    """The cosine of all words by their weights, each counting its squared weight."""
    if (_facts(both) or 0.0) < AFFAIR:
        return 0.0
    earlier, later = both.earlier, both.later
    common = both.rarity.total(earlier.features.body & later.features.body)
    return common / math.sqrt(earlier.body * later.body) if common else 0.0


def _overlap(common: float, left: float, right: float, least: float) -> float | None:
    """The share of the lighter set that the other has, None where it weighs less than ``least``."""
    lighter = min(left, right)
    return common / lighter if lighter >= least else None
