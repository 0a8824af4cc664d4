"""When a feed publishes, learned from what it has published: about 300 bytes a feed.

The model is a rate of items that varies with the hour of the week and rises for a while after each
publication (a self-exciting point process, Hawkes 1971), beside a check whether the gaps between
publications are regular. All of it fades with time and is kept as it was at the last publication,
so that a poll that brings nothing changes nothing.
"""

import struct
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import exp
from statistics import median
from typing import NamedTuple

MINUTE = 60.0
HOUR = 3600.0
DAY = 24 * HOUR
#: How fast what was learned fades, in seconds: two views of the level, and a burst.
LONG, MIDDLE, BURST = 35 * DAY, 6 * DAY, 1.5 * HOUR
#: So much of the long view (seconds) stands behind the middle one; more where items come in clumps.
MIDDLE_PRIOR = 2 * DAY
#: A feed that was silent for longer has its rate learned anew.
REVIVED = LONG
#: The pattern of the week loses half its weight in this time.
PATTERN_HALF = 10 * 7 * DAY
#: Publications closer than this (seconds) are one, for gaps and bursts.
TOGETHER = 120.0
#: A burst fades: within this many seconds its rate counts as even.
_EVEN = 1200.0
#: Spans (seconds) over which the largest number of items is kept.
SPANS = (15 * MINUTE, HOUR, 6 * HOUR, DAY)
#: So many items are learned from at one poll at most, the newest.
MOST_LEARNED = 1000

_VERSION = 1
_OLDEST = 631_152_000  # 1990: nothing older is a publication
_NEWEST = 2**32 - 1
_LAYOUT = struct.Struct("<BIIIIIIHfffffffffff32s32s168s")
_SPANS = struct.Struct("<" + "IHH" * len(SPANS))
_MOMENTS = struct.Struct("<8I")
_UNIT = 1 / 16  # of an item: what one step of an hour's count weighs at first
_MONDAY = 4 * 24  # 1970 began on a Thursday: hours to add so that Monday 0 h is hour 0
_DAY_DOUBT, _HOUR_DOUBT, _SLOT_DOUBT = (
    6.0,
    0.7,
    1.2,
)  # pseudo-counts: how fast a pattern is believed
_SHARE_STEP = 0.03
_MOST_SHARE = 0.8
_REGULAR = 0.12  # of the gap: gaps that deviate less are regular


class Rhythm(NamedTuple):
    """What is known of when a feed publishes. Moments are seconds since 1970, lengths seconds.

    ``since``: observed from then on; ``last``: the newest publication, and the moment at which
    ``long``, ``middle`` and ``burst``, fading counts of items, are true. ``share`` is the part of
    publications that follow closely on another. ``period`` and ``spread``: the usual gap and its
    deviation where gaps are regular, else 0. ``window`` is how many entries the document holds,
    ``in_quarter`` to ``in_day`` the most items seen in 15 minutes, 1, 6 and 24 hours. ``hours`` counts by hour of the week (from Monday
    0 h UTC) in units of ``scale`` items, ``mass`` is their sum. ``pattern_at``, ``carry``,
    ``spans`` and ``moments`` are what learning continues from.
    """

    since: int = 0
    last: int = 0
    learned: int = 0
    period: int = 0
    spread: int = 0
    pattern_at: int = 0
    window: int = 0
    long: float = 0.0
    middle: float = 0.0
    burst: float = 0.0
    share: float = 0.0
    carry: float = 0.0
    scale: float = _UNIT
    mass: float = 0.0
    in_quarter: float = 0.0
    in_hour: float = 0.0
    in_quarter_day: float = 0.0
    in_day: float = 0.0
    spans: bytes = bytes(_SPANS.size)
    moments: bytes = bytes(_MOMENTS.size)
    hours: bytes = bytes(168)

    def to_bytes(self) -> bytes:
        """The compact form, for ``Feed.rhythm``."""
        return _LAYOUT.pack(_VERSION, *self)

    def by_hour(self) -> tuple[float, ...]:
        """The share of items in each hour of the day (UTC), 24 numbers that add up to 1 or 0."""
        return tuple(sum(self.hours[hour::24]) / (self.mass or 1) for hour in range(24))

    def by_hour_of_week(self) -> tuple[float, ...]:
        """The share of items in each hour of the week from Monday 0 h UTC, 168 numbers."""
        return tuple(count / (self.mass or 1) for count in self.hours)

    def items_per_day(self, now: datetime) -> float:
        """How many items a day are to be expected at present."""
        return self.level(now.timestamp()) * DAY if self.since else 0.0

    def next_expected(self, now: datetime) -> datetime | None:
        """The next publication of a regular publisher, ``None`` where gaps are not regular."""
        if not self.period:
            return None
        gaps = max(1, -(-(now.timestamp() - self.last) // self.period))
        return datetime.fromtimestamp(self.last + gaps * self.period, UTC)

    def level(self, at: float, doubt: float = HOUR) -> float:
        """Items a second at ``at``, the hour of the week aside; never 0.

        ``doubt`` is how long (seconds) half an item is believed to have been awaited before
        anything was observed, which soon counts for little.
        """
        passed = at - self.last
        slow = LONG * (1 - exp((self.since - at) / LONG)) + doubt
        long = (self.long * exp(-passed / LONG) + 0.5) / slow
        fast = MIDDLE * (1 - exp((self.since - at) / MIDDLE))
        prior = MIDDLE_PRIOR / (1 - self.share)
        return (self.middle * exp(-passed / MIDDLE) + long * prior) / (fast + prior)

    def weight(self, hour: int) -> float:
        """How many times the average the rate is in an hour (counted since 1970)."""
        slot = slot_of(hour)
        day, clock = slot - slot % 24, slot % 24
        # What follows closely on another says nothing of the hour: a clump is one witness.
        hours, scale = self.hours, self.scale * (1 - self.share)
        mass = self.mass * scale
        of_day = (sum(hours[day : day + 24]) * scale + _DAY_DOUBT) / (mass / 7 + _DAY_DOUBT)
        of_hour = (sum(hours[clock::24]) * scale + _HOUR_DOUBT) / (mass / 24 + _HOUR_DOUBT)
        expected = _SLOT_DOUBT * of_day * of_hour
        return (hours[slot] * scale + expected) / (mass / 168 + _SLOT_DOUBT)

    def peaks(self) -> tuple[float, float, float, float]:
        """The most items in each of ``SPANS``."""
        return self.in_quarter, self.in_hour, self.in_quarter_day, self.in_day

    def busiest(self) -> tuple[float, float]:
        """The weights of the busiest hour and of the busiest day of the week, in doubt too low."""
        hours, scale = self.hours, self.scale * (1 - self.share)
        mass = self.mass * scale
        most = max(sum(hours[day : day + 24]) for day in range(0, 168, 24))
        return (
            (max(hours) * scale + _DAY_DOUBT) / (mass / 168 + _DAY_DOUBT),
            (most * scale + _DAY_DOUBT) / (mass / 7 + _DAY_DOUBT),
        )


def slot_of(hour: int) -> int:
    """The hour of the week, 0 to 167 from Monday 0 h UTC, of an hour counted since 1970."""
    return (hour + _MONDAY) % 168


#: Nothing is known.
NOTHING = Rhythm()


def from_bytes(blob: bytes) -> Rhythm:
    """What ``to_bytes`` wrote; nothing is known where it was written by another version."""
    if len(blob) != _LAYOUT.size or blob[0] != _VERSION:
        return NOTHING
    rhythm = Rhythm._make(_LAYOUT.unpack(blob)[1:])
    sound = (
        rhythm.since <= rhythm.last
        and 0 <= rhythm.long < 1e9
        and 0 <= rhythm.middle < 1e9
        and 0 <= rhythm.burst < 1e9
        and 0 <= rhythm.share <= 1
        and 0 <= rhythm.carry < 1
        and 0 < rhythm.scale < 1e9
        and 0 <= rhythm.mass < 1e9
        and 0 <= min(rhythm[14:18]) <= max(rhythm[14:18]) < 1e9
        and rhythm.last >= _OLDEST
    )
    return rhythm if sound else NOTHING


def rates(rhythm: Rhythm, at: float, level: float) -> Iterator[tuple[float, float]]:
    """The rates to be expected from ``at`` on: for so many seconds, so many items a second.

    Of what follows closely only what follows publications before ``at``.
    """
    base = level * (1 - rhythm.share)
    burst = rhythm.share * rhythm.burst * exp((rhythm.last - at) / BURST) / BURST
    time = at
    while True:
        hour = int(time // HOUR)
        rate = base * rhythm.weight(hour) + burst
        step = (hour + 1) * HOUR - time
        if burst > 0.1 * rate and step > _EVEN:
            step = _EVEN
        yield step, rate
        burst *= exp(-step / BURST)
        time += step


def begin(now: float, published: Sequence[float] = ()) -> Rhythm:
    """A rhythm that is observed from now on, or from the oldest of ``published`` on.

    The oldest publication only marks the start: what came before it has left the document.
    """
    history = sorted(moment for moment in published if _OLDEST < moment < now - 1)
    start = int(max(history[0], now - 3 * LONG)) if history else int(now)
    fresh = Rhythm(since=start, last=start, pattern_at=start)
    return learn(fresh, [moment for moment in history[1:] if moment > start], now)


def learn(rhythm: Rhythm, published: Sequence[float], now: float) -> Rhythm:
    """The rhythm after publications at these moments, none of them later than ``now``."""
    new = [int(min(max(at, rhythm.last), now, _NEWEST)) for at in sorted(published)[-MOST_LEARNED:]]
    if not new:
        return rhythm
    if new[0] - rhythm.last > REVIVED:
        rhythm = rhythm._replace(since=new[0], last=new[0], long=0.0, middle=0.0, burst=0.0)
    rhythm = _patterned(_counted(rhythm, new), new)
    moments = [moment for moment in _MOMENTS.unpack(rhythm.moments) if moment]
    for at in new:
        if not moments or at - moments[-1] > TOGETHER:
            moments.append(at)
    moments = moments[-8:]
    period, spread = _regularity(moments)
    return _crowds(rhythm, new)._replace(
        learned=min(rhythm.learned + len(new), _NEWEST),
        period=period,
        spread=spread,
        moments=_MOMENTS.pack(*[0] * (8 - len(moments)), *moments),
    )


def _counted(rhythm: Rhythm, new: Sequence[int]) -> Rhythm:
    """The fading counts with the new items, and how many publications follow others closely."""
    last, long, middle = rhythm.last, rhythm.long, rhythm.middle
    burst, share = rhythm.burst, rhythm.share
    level = rhythm.level(new[-1])
    for at in new:
        passed = at - last
        if passed:
            long *= exp(-passed / LONG)
            middle *= exp(-passed / MIDDLE)
            burst *= exp(-passed / BURST)
        if passed > TOGETHER or not rhythm.learned:
            alone = level * rhythm.weight(at // 3600) * (1 - share)
            following = max(share, 0.05) * burst / BURST
            share += _SHARE_STEP * (following / (alone + following + 1e-12) - share)
            burst += 1
        long += 1
        middle += 1
        last = at
    return rhythm._replace(
        last=last, long=long, middle=middle, burst=burst, share=min(max(share, 0.0), _MOST_SHARE)
    )


def _patterned(rhythm: Rhythm, new: Sequence[int]) -> Rhythm:
    """The counts by hour of the week with the new items.

    Newer items weigh more instead of older ones fading. Halves that do not fit a byte are carried
    over to the next hour that is counted, so that nothing is lost on the whole.
    """
    hours, scale, carry = bytearray(rhythm.hours), rhythm.scale, rhythm.carry
    pattern_at = rhythm.pattern_at
    for at in new:
        while at - pattern_at > PATTERN_HALF:
            pattern_at += int(PATTERN_HALF)
            hours[:] = bytes(count >> 1 for count in hours)
        steps = 2 ** ((at - pattern_at) / PATTERN_HALF) / scale + carry
        slot = slot_of(at // 3600)
        while hours[slot] + steps > 255:
            hours[:] = bytes(count >> 1 for count in hours)
            scale, steps = scale * 2, steps / 2
        hours[slot] += int(steps)
        carry = steps - int(steps)
    return rhythm._replace(
        hours=bytes(hours), scale=scale, carry=carry, pattern_at=pattern_at, mass=float(sum(hours))
    )


def _crowds(rhythm: Rhythm, new: Sequence[int]) -> Rhythm:
    """The most items in each span that ends with an item.

    Counted in fixed spans: of the one before as much counts as the sliding span reaches into it.
    """
    state = list(_SPANS.unpack(rhythm.spans))
    peaks = [
        peak * 0.5 ** (max(new[-1] - rhythm.last, 0) / PATTERN_HALF) for peak in rhythm.peaks()
    ]
    for place, span in enumerate(SPANS):
        index, here, before = state[place * 3 : place * 3 + 3]
        for at in new:
            current = int(at // span)
            if current != index:
                before = here if current == index + 1 else 0
                index, here = current, 0
            here = min(here + 1, 65535)
            peaks[place] = max(peaks[place], here + before * (1 - at % span / span))
        state[place * 3 : place * 3 + 3] = index, here, before
    quarter, hour, quarter_day, day = peaks
    return rhythm._replace(
        spans=_SPANS.pack(*state),
        in_quarter=quarter,
        in_hour=hour,
        in_quarter_day=quarter_day,
        in_day=day,
    )


def _regularity(moments: Sequence[int]) -> tuple[int, int]:
    """The usual gap and its median deviation, both 0 where gaps are few or irregular."""
    gaps = [later - earlier for earlier, later in pairwise(moments)]
    if len(gaps) < 4:
        return 0, 0
    usual = median(gaps)
    spread = median(abs(gap - usual) for gap in gaps)
    return (int(usual), int(spread)) if spread <= _REGULAR * usual else (0, 0)
