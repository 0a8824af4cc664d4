"""Whether a watch's rate of stories leaves its own normal; pure: counts in, a decision out.

Counts are compared after Anscombe's transformation (Biometrika 35, 1948): twice the root of
count + 3/8 scatters by about 1 around a steady rate, whatever the rate is. So one scale serves
rare and frequent watches, and the least spread of 1 is what chance alone does: nought to one is no
spike. Medians and the median absolute deviation keep old bursts from counting as normal.
"""

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median

from worker.model import HourCount

HOUR = timedelta(hours=1)
MEMORY = timedelta(days=28)
"""How far back what is normal is looked for."""
YOUNG = 72
"""Hours with news of which a watch must have counts before it rings."""
CALM = timedelta(hours=3)
"""How long a spike must be over before another may ring."""
FEWEST = 3
"""Fewer stories than these in an hour are never a spike."""
LATE = timedelta(hours=2)
"""An article that was published longer than this before it was seen counts when it was published."""
RECENT = 48
"""Hours whose own level counts where it is above what is usual: lasting growth is no spike."""

_WEEK, _DAY = 168, 24
_ENOUGH_OF_WEEK = 12  # samples, the hour's own counted twice: three weeks of it and its neighbours
_ENOUGH_OF_DAY = 12
_MAD = 1.4826  # makes the median absolute deviation of normal noise its standard deviation
_Q95 = 1.6449  # standard deviations below which 95 of 100 values of normal noise lie
_COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
}


class SpikeReason(StrEnum):
    """Why a spike watch rings or does not."""

    SPIKE = "its rate has left its normal"
    NORMAL = "within its normal"
    FEW = "too few stories to be a spike"
    YOUNG = "not enough hours of its past are known"
    UNCOVERED = "nothing at all was read an hour ago"
    LASTING = "the spike that rang is not over, or not for long"


class Level(StrEnum):
    """What of the past is compared with: the narrowest of which there is enough."""

    HOUR_OF_WEEK = "this hour of the week"
    HOUR_OF_DAY = "this hour of the day"
    OVERALL = "all hours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is known of a watch: stories by full hour, and in which hours anything was read.

    An hour that is not in ``covered`` says nothing, one that is and not in ``counts`` had none.
    """

    counts: Mapping[datetime, int]
    covered: AbstractSet[datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """The last spike of a watch: when it rang, and when the rate was last near to ringing."""

    rung_at: datetime
    high_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SpikeDecision:
    """Whether a spike watch rings now, and why.

    ``score`` is how many of its usual spreads the rate lies above what is ``normal``; ``low`` and ``high`` bound the stories in an hour that are no spike. ``ringing`` is
    what is to be remembered.
    """

    ring: bool
    reason: SpikeReason
    observed: int
    score: float = 0.0
    normal: float = 0.0
    low: float = 0.0
    high: float = 0.0
    level: Level = Level.OVERALL
    ringing: Ringing | None = None


class Normal:
    """What is normal for a watch at each hour of the week, learned from its past."""

    def __init__(self, past: Past, *, now: datetime) -> None:
        """``now`` ends the past: the hour up to now, and what is older than ``MEMORY``, is left out."""
        first, last = now - MEMORY, now - HOUR
        hours = sorted(hour for hour in past.covered if first <= hour and hour + HOUR <= last)
        self.hours = len(hours)
        scaled = [scale(past.counts.get(hour, 0)) for hour in hours]
        self._of_week: dict[int, list[float]] = {}
        self._of_day: dict[int, list[float]] = {}
        for hour, value in zip(hours, scaled, strict=True):
            self._of_week.setdefault(_slot(hour), []).append(value)
            self._of_day.setdefault(hour.hour, []).append(value)
        self._overall = median(scaled) if scaled else scale(0)
        self._known: dict[int, tuple[float, Level]] = {}
        left = [
            value - self._usual(_slot(hour))[0] for hour, value in zip(hours, scaled, strict=True)
        ]
        self.growth = max(0.0, median(left[-RECENT:])) if len(left) >= RECENT else 0.0
        self.spread = _spread(left)

    def at(self, moment: datetime) -> tuple[float, Level]:
        """The normal, on the scale of ``scale``, of the hour that ends at a moment."""
        usual, level = self._usual(_slot(moment - HOUR / 2))
        return usual + self.growth, level

    def band(self, moment: datetime, number: float) -> tuple[float, float]:
        """How few and how many stories lie within ``number`` spreads in the hour that ends then."""
        usual, _ = self.at(moment)
        reach = abs(number) * self.spread
        return unscale(usual - reach), unscale(usual + reach)

    def _usual(self, slot: int) -> tuple[float, Level]:
        if slot not in self._known:
            self._known[slot] = self._look_up(slot)
        return self._known[slot]

    def _look_up(self, slot: int) -> tuple[float, Level]:
        near = _smoothed(self._of_week, slot, _WEEK)
        if len(near) >= _ENOUGH_OF_WEEK:
            return median(near), Level.HOUR_OF_WEEK
        near = _smoothed(self._of_day, slot % _DAY, _DAY)
        if len(near) >= _ENOUGH_OF_DAY:
            return median(near), Level.HOUR_OF_DAY
        return self._overall, Level.OVERALL


def scale(count: float) -> float:
    """A count on the scale on which chance scatters by about 1 around any rate."""
    return 2 * math.sqrt(count + 3 / 8)


def unscale(value: float) -> float:
    """The count behind a value of ``scale``; none is below 0."""
    return max(0.0, (max(0.0, value) / 2) ** 2 - 3 / 8)


def could_ring(observed: int, number: float, comparison: str) -> bool:
    """Whether so many stories may be a spike at all: spares looking at the past of most watches."""
    return observed >= FEWEST and _COMPARED[comparison](scale(observed) - scale(0), number)


def decide_spike(
    past: Past,
    *,
    observed: int,
    now: datetime,
    number: float,
    comparison: str = ">",
    ringing: Ringing | None = None,
) -> SpikeDecision:
    """Decide whether a watch ``spike(...) > number`` rings now, for the hour that ends now.

    ``observed`` are its stories in that hour. It rings once a spike: not again before the score
    has been below half of ``number`` for ``CALM``.
    """
    if ringing is not None and now - ringing.high_at >= CALM:
        ringing = None  # over: what climbs now is another
    normal = Normal(past, now=now)
    usual, level = normal.at(now)
    score = (scale(observed) - usual) / normal.spread
    low, high = normal.band(now, number)
    beyond = _COMPARED[comparison]
    if (reason := _unknown(normal, past, now)) is None:
        if observed < FEWEST:
            reason = SpikeReason.FEW
        elif not beyond(score, number):
            reason = SpikeReason.NORMAL
        elif ringing is not None:
            reason = SpikeReason.LASTING
        else:
            reason = SpikeReason.SPIKE
    if reason is SpikeReason.SPIKE:
        ringing = Ringing(rung_at=now, high_at=now)
    elif ringing is not None and beyond(score, number / 2):
        ringing = replace(ringing, high_at=now)
    return SpikeDecision(
        ring=reason is SpikeReason.SPIKE,
        reason=reason,
        observed=observed,
        score=score,
        normal=unscale(usual),
        low=low,
        high=high,
        level=level,
        ringing=ringing,
    )


def counted_at(published: datetime | None, seen_at: datetime) -> datetime:
    """When an article counts: when it was seen, or published where that was long before.

    What a feed brings late, after a stop of ours or of its own, is no news of this hour.
    """
    late = published is not None and published < seen_at - LATE
    return published if published is not None and late else seen_at


def last_hours(
    past: Past, *, observed: int, now: datetime, number: float, hours: int = 48
) -> tuple[HourCount, ...]:
    """The last hours beside what is normal for each, for a chart; the last is the one up to now."""
    normal = Normal(past, now=now)
    shown = []
    for back in range(hours, 0, -1):
        hour = full_hour(now) - back * HOUR
        low, high = normal.band(hour + HOUR, number)
        count = past.counts.get(hour, 0)
        covered = hour in past.covered
        shown.append(HourCount(hour=hour, stories=count, low=low, high=high, covered=covered))
    low, high = normal.band(now, number)
    return (*shown[1:], HourCount(hour=now - HOUR, stories=observed, low=low, high=high))


def full_hour(moment: datetime) -> datetime:
    """The beginning of the hour in which a moment lies."""
    return moment.replace(minute=0, second=0, microsecond=0)


def _unknown(normal: Normal, past: Past, now: datetime) -> SpikeReason | None:
    """Why nothing can be said of the rate, if so."""
    if normal.hours < YOUNG:
        return SpikeReason.YOUNG
    # After a stop what was published meanwhile comes at once: an hour of it tells nothing.
    return None if full_hour(now - HOUR) in past.covered else SpikeReason.UNCOVERED


def _slot(moment: datetime) -> int:
    return moment.weekday() * _DAY + moment.hour


def _smoothed(samples: Mapping[int, Sequence[float]], slot: int, slots: int) -> list[float]:
    """The samples of a slot, counted twice, and of those beside it."""
    own = samples.get(slot, ())
    beside = (samples.get((slot + step) % slots, ()) for step in (-1, 1))
    return [*own, *own, *itertools.chain.from_iterable(beside)]


def _spread(left: Iterable[float]) -> float:
    """How far what is normal scatters: never less than chance does, and wide where bursts are usual."""
    ordered = sorted(left)
    if not ordered:
        return 1.0
    middle = median(ordered)
    deviation = median(abs(value - middle) for value in ordered)
    top = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
    return max(1.0, _MAD * deviation, top / _Q95)
