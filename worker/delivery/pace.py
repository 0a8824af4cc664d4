"""The pace of a lane: how many attempts of one channel at once, and how far apart they begin.

A receiver that asks for less gets half, and again half while it goes on asking; each attempt that
is delivered brings a little of it back. Moments are seconds of a clock that never goes back.
"""

import math
from dataclasses import dataclass, replace

from worker.delivery.circuit import LONGEST_HOLD
from worker.model import Receipt

LEAST_SHARE = 1 / 64
RECOVERY = 1 / 50
"""What of the full pace each delivered attempt brings back."""
AHEAD = 4
"""Deliveries claimed for each slot: the next ones are at hand when a slot becomes free."""
AHEAD_SECONDS = 2.0
"""And for so long at the most, where a rate spaces them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """``concurrency`` and ``gap`` (seconds between two beginnings) are what the configuration allows.

    ``share`` of it is used now, since ``lowered_at`` if less; nothing begins before ``held_until``.
    """

    concurrency: int
    gap: float = 0.0
    share: float = 1.0
    lowered_at: float = -math.inf
    held_until: float = -math.inf

    @property
    def slots(self) -> int:
        """Attempts that may be under way at once: always one at least."""
        return max(1, math.floor(self.concurrency * self.share))

    @property
    def spacing(self) -> float:
        """Seconds between the beginnings of two attempts; grows where one at a time is too much."""
        below_one = max(0.0, 1.0 / (self.concurrency * self.share) - 1.0)
        return max(self.gap / self.share, below_one)

    @property
    def most_held(self) -> int:
        """Deliveries that are claimed at the most, those under way among them."""
        most = self.slots * AHEAD
        return max(1, min(most, math.floor(AHEAD_SECONDS / self.spacing))) if self.spacing else most


def wanted(pace: Pace, *, held: int, now: float) -> int:
    """How many deliveries to claim beside the ``held`` ones."""
    return 0 if now < pace.held_until else max(0, pace.most_held - held)


def next_start(pace: Pace, *, last: float, now: float) -> float:
    """When the next attempt may begin, the ``last`` having begun then."""
    return max(now, pace.held_until, last + pace.spacing)


def after(pace: Pace, receipt: Receipt, *, begun: float, now: float) -> Pace:
    """The pace once an attempt that had ``begun`` then has ended."""
    if receipt.slow_down:
        if receipt.retry_after is not None:
            hold = min(receipt.retry_after.total_seconds(), LONGEST_HOLD.total_seconds())
            pace = replace(pace, held_until=max(pace.held_until, now + hold))
        if begun >= pace.lowered_at:  # what began before has been answered for already
            pace = replace(pace, share=max(LEAST_SHARE, pace.share / 2), lowered_at=now)
        return pace
    if receipt.delivered and pace.share < 1:
        return replace(pace, share=min(1.0, pace.share + RECOVERY))
    return pace
