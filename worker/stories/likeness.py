"""How likely two reports tell one event, or one what came of the other's: a small weighted sum.

For articles that share little wording: other outlets' own reports. What is weighed can be read in
``TRAITS``; the weights are fitted by ``bench.weights`` on the pairs that may be looked at, and lie
in ``weights.json``.
"""

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import mul

from worker.stories.features import BEGINS
from worker.stories.weighed import Common, Weighed

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


BEFORE_WORDS, WORDS = 6, 4
"""Traits before those of the words, and these."""

_Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Chances:
    """How likely the later report tells the same event, and how likely what came of it."""

    same: float
    follow_up: float


UNLIKE = Chances(0.0, 0.0)


def chances(both: Common, least: Chances = UNLIKE) -> Chances:
    """What the weights say of two reports; nothing where hardly a name is shared.

    Nothing either where no chance can be the ``least``: that is nearly always clear before the
    words are compared, which takes longest.
    """
    beside = _beside_words(both)
    if beside is None:
        return UNLIKE
    if both.one_language and not _can_be(least, beside):
        return UNLIKE
    found = _ordered(beside, _words(both))
    same, follow_up = (math.exp(sum(map(mul, weights, found))) for weights in _weights())
    return Chances(same / (1 + same + follow_up), follow_up / (1 + same + follow_up))


def traits(both: Common) -> _Values | None:
    """The values of ``TRAITS``, None where hardly a name is shared."""
    beside = _beside_words(both)
    return None if beside is None else _ordered(beside, _words(both))


def _can_be(least: Chances, beside: _Values) -> bool:
    """Whether either chance may be the ``least``, were the words those that speak most for it."""
    for weights, needed in _needed(least.same, least.follow_up):
        if sum(map(mul, weights, beside)) > needed:
            return True
    return False


@cache
def _needed(*least: float) -> list[tuple[_Values, float]]:
    """The weights beside those of the words, and the sum that is needed for a chance to be the ``least``.

    A chance of 1 is never reached.
    """
    words = slice(BEFORE_WORDS, BEFORE_WORDS + WORDS)
    return [
        (
            weights[: words.start] + weights[words.stop :],
            math.log(chance / (1 - chance)) - sum(map(mul, weights[words], best)) - 1e-9
            if chance
            else -math.inf,
        )
        for weights, best, chance in zip(_weights(), _best_words(), least, strict=True)
        if chance < 1
    ]


def _ordered(beside: _Values, words: _Values) -> _Values:
    return *beside[:BEFORE_WORDS], *words, *beside[BEFORE_WORDS:]


def _beside_words(both: Common) -> _Values | None:
    """All values but those of the words."""
    earlier, later, rarity = both.earlier, both.later, both.rarity
    left, right = earlier.parts, later.features
    named = set(later.capitals.intersection(left.called))
    named.update([term ^ BEGINS for term in later.capitals.intersection(left.begins)])
    name = rarity.name * (2 if both.one_language and right.language == NOUNS else 1)
    shared = max(rarity.total(named) / name, both.names / rarity.recognized)
    figures = both.figures / rarity.figure
    kinds = len(right.happenings.intersection(left.happenings))
    if shared < LEAST_SHARED or shared + figures + KIND * kinds < LEAST_EVIDENCE:
        return None
    titled = named.intersection(earlier.features.title)
    titled.update(named.intersection(right.title))
    return (
        min(rarity.total(titled) / name, 3.0),
        min(shared, 5.0),
        shared / max(min(earlier.names, later.names), LEAST_NAMES),
        min(figures, 3.0),
        figures / max(min(earlier.figures, later.figures) / rarity.figure, LEAST_FIGURES),
        both.counts / max(min(len(left.counts), len(right.counts)), LEAST_COUNTS),
        *_days(earlier, later),
        *_happenings(len(left.happenings), len(right.happenings), kinds),
        float(both.hours > NIGHT),
        float(both.hours > NEXT_DAY),
        1.0,
    )


def _words(both: Common) -> _Values:
    if not both.one_language:
        return 0.0, 0.0, 0.0, 0.0
    earlier, later, total = both.earlier, both.later, both.rarity.total
    left, right = earlier.features, later.features
    common = total(left.head & right.head)
    opening = common / math.sqrt(earlier.head * later.head) if common else 0.0
    return (
        min(opening / OWN_WORDS, 1.0),
        max(opening / OWN_WORDS - 1.0, 0.0),
        max(
            total(earlier.words & right.head) / max(earlier.title, 0.5),
            total(later.words & left.head) / max(later.title, 0.5),
        ),
        1.0,
    )


@cache
def _best_words() -> tuple[_Values, ...]:
    """The values of the words that speak most for each class, in one language."""
    most = (1.0, math.inf, 1.0)
    start = BEFORE_WORDS
    return tuple(
        (
            *(
                value if weight > 0 else 0.0
                for value, weight in zip(most, weights[start : start + 3], strict=True)
            ),
            1.0,
        )
        for weights in _weights()
    )


def _days(earlier: Weighed, later: Weighed) -> _Values:
    meet = not later.features.days.isdisjoint(earlier.parts.days)
    newer = later.newest > earlier.newest
    return float(meet and not newer), float(meet and newer), float(newer and not meet)


def _happenings(left: int, right: int, both: int) -> _Values:
    other = left and right and not both
    new = right - both if left else 0
    return min(both, 3) / 2, float(bool(other)), new / max(right, 1)


@cache
def _weights() -> tuple[_Values, ...]:
    read = json.loads(resources.files(__package__).joinpath("weights.json").read_text("utf-8"))
    return tuple(tuple(read[name][trait] for trait in TRAITS) for name in ("same", "follow-up"))
