"""How likely two reports tell one event, or one what came of the other's: a small weighted sum.

For articles that share little wording: other outlets' own reports. What is weighed can be read in
``TRAITS``; the weights are fitted by ``bench.weights`` on the pairs that may be looked at, and lie
in ``weights.json``.
"""

import json
import math
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from operator import mul

from worker.stories.features import Features
from worker.stories.rarity import Rarity

LEAST_SHARED, LEAST_EVIDENCE = 0.9, 1.3
"""Names that two reports share at least before anything else is worked out, and those with the
figures and, counted less, the kinds of event: a single name is never enough."""
KIND = 0.25
LEAST_NAMES, LEAST_FIGURES, LEAST_COUNTS = 2.0, 2.0, 3
"""Of an article with fewer, a share would say too much."""
NOUNS = "de"
"""The language that writes all nouns with a capital: in two of its reports they count half."""
OWN_WORDS = 0.3
"""Outlets that write of one event in their own words share no more of them."""
NIGHT, NEXT_DAY = 9.0, 36.0
"""Hours after which a report may be a later edition's, and a later day's."""

TRAITS = {
    "in title": "names of a title that the other report has, up to 3",
    "names": "names that both have, up to 5",
    "names' share": "those as a share of the names of the report with fewer",
    "figures": "numbers of several digits that both have, up to 3",
    "figures' share": "those as a share",
    "counts' share": "small and round numbers that both have, as a share",
    "opening": "cosine of the words of title and lead, in one language, of 0.3",
    "template": "what is more than that",
    "title's share": "words of a title that the other's title and lead have, in one language",
    "one language": "whether both are written in one",
    "same day": "whether they name the same day, the later one none after it",
    "told again": "whether they name the same day, and the later one a newer",
    "newer day": "whether the later one names newer days alone",
    "happenings": "kinds of event that both speak of, halved, up to 1.5",
    "other happenings": "whether they speak of other kinds of event",
    "new happenings": "the share of the later one's kinds of event that the earlier has not among its own",
    "hours on": "whether more than 9 hours lie between them",
    "a day on": "whether more than 36 hours lie between them",
    "always": "1",
}


class Weighed:
    """An article and what its terms weigh: worked out once for all that it is compared with."""

    def __init__(self, one: Features, rarity: Rarity) -> None:
        self.features = one
        self.rarity = rarity

    @cached_property
    def facts(self) -> float:
        """The weight of its facts."""
        return self.rarity.total(self.features.facts)

    @cached_property
    def numbers(self) -> float:
        """The weight of its numbers."""
        return self.rarity.total(self.features.numbers)

    @cached_property
    def body(self) -> float:
        """The weight of all its words."""
        return self.rarity.total(self.features.body)

    @cached_property
    def head(self) -> float:
        """The weight of the words of title and lead."""
        return self.rarity.total(self.features.head)

    @cached_property
    def words(self) -> frozenset[int]:
        """The words of its title."""
        return self.features.title & self.features.head

    @cached_property
    def title(self) -> float:
        """The weight of those."""
        return self.rarity.total(self.words)

    @cached_property
    def names(self) -> float:
        """Its words with a capital, counted as names that were never seen."""
        return self.rarity.total(self.features.called) / self.rarity.name

    @cached_property
    def figures(self) -> float:
        """The weight of its figures."""
        return self.rarity.total(self.features.figures)


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely the later report tells the same event, and how likely what came of it."""

    same: float
    follow_up: float


UNLIKE = Chances(0.0, 0.0)


def chances(earlier: Weighed, later: Weighed, hours: float) -> Chances:
    """What the weights say of two reports; nothing where hardly a name is shared."""
    found = traits(earlier, later, hours)
    if found is None:
        return UNLIKE
    same, follow_up = (math.exp(sum(map(mul, weights, found))) for weights in _weights())
    return Chances(same / (1 + same + follow_up), follow_up / (1 + same + follow_up))


def traits(earlier: Weighed, later: Weighed, hours: float) -> tuple[float, ...] | None:
    """The values of ``TRAITS``, None where hardly a name is shared."""
    left, right, rarity = earlier.features, later.features, later.rarity
    both = (left.called & right.capitals) | (right.called & left.capitals)
    name = rarity.name * (2 if left.language == right.language == NOUNS else 1)
    shared = max(
        rarity.total(both) / name, rarity.total(left.names & right.names) / rarity.recognized
    )
    if shared < LEAST_SHARED or shared + _beside(left, right, rarity) < LEAST_EVIDENCE:
        return None
    titled = both & (left.title | right.title)
    lighter = max(min(earlier.names, later.names), LEAST_NAMES)
    return (
        min(rarity.total(titled) / name, 3.0),
        min(shared, 5.0),
        shared / lighter,
        *_numbers(earlier, later),
        *_words(earlier, later),
        *_days(left, right),
        *_happenings(left, right),
        float(hours > NIGHT),
        float(hours > NEXT_DAY),
        1.0,
    )


def _beside(left: Features, right: Features, rarity: Rarity) -> float:
    """What there is beside names to say that it is one event."""
    figures = rarity.total(left.figures & right.figures) / rarity.figure
    return figures + KIND * len(left.happenings & right.happenings)


def _numbers(earlier: Weighed, later: Weighed) -> tuple[float, float, float]:
    left, right, rarity = earlier.features, later.features, later.rarity
    figures = rarity.total(left.figures & right.figures) / rarity.figure
    lighter = max(min(earlier.figures, later.figures) / rarity.figure, LEAST_FIGURES)
    fewer = max(min(len(left.counts), len(right.counts)), LEAST_COUNTS)
    return (
        min(figures, 3.0),
        figures / lighter,
        len(left.counts & right.counts) / fewer,
    )


def _words(earlier: Weighed, later: Weighed) -> tuple[float, float, float, float]:
    left, right, rarity = earlier.features, later.features, later.rarity
    if left.language != right.language:
        return 0.0, 0.0, 0.0, 0.0
    common = rarity.total(left.head & right.head)
    opening = common / math.sqrt(earlier.head * later.head) if common else 0.0
    return (
        min(opening / OWN_WORDS, 1.0),
        max(opening / OWN_WORDS - 1.0, 0.0),
        max(
            rarity.total(earlier.words & right.head) / max(earlier.title, 0.5),
            rarity.total(later.words & left.head) / max(later.title, 0.5),
        ),
        1.0,
    )


def _days(left: Features, right: Features) -> tuple[float, float, float]:
    meet = not left.days.isdisjoint(right.days)
    newer = max(right.days, default=0) > max(left.days, default=0)
    return float(meet and not newer), float(meet and newer), float(newer and not meet)


def _happenings(left: Features, right: Features) -> tuple[float, float, float]:
    both = len(left.happenings & right.happenings)
    other = bool(left.happenings) and bool(right.happenings) and not both
    new = len(right.happenings - left.happenings) if left.happenings else 0
    return min(both, 3) / 2, float(other), new / max(len(right.happenings), 1)


@cache
def _weights() -> tuple[tuple[float, ...], ...]:
    read = json.loads(resources.files(__package__).joinpath("weights.json").read_text("utf-8"))
    return tuple(tuple(read[name][trait] for trait in TRAITS) for name in ("same", "follow-up"))
