"""How long a feed may be left alone before entries leave its document unseen.

A document shows the newest entries only. What scrolls out between two polls is lost, so a poll
comes before that is likely, whatever a request costs. Two views are taken:

* what was counted: the most items ever seen in spans of some lengths, with as much again to spare;
* what is expected: items are taken to come in clumps, at the rate of the hour. The chance that many
  more come than the μ expected falls as exp(-(x ln(x/μ) - x + μ) / clump) (Chernoff's bound on a
  Poisson variable), so the times that stood out most in the past tell the size of a clump.

The second knows nights and lean times, and doubts a feed of which little has been seen; but what it
allows depends steeply on the size of a clump, which is a rough estimate. So where it allows more, the
first still has a say: the wait is a weighted geometric mean of the two.
"""

from math import exp, log

from worker.feeds.rhythm import DAY, LONG, SPANS, Rhythm, rates

#: What is expected allows for a chance of exp(-_CAUTION), at most, that there is no room for more.
_CAUTION = 3.0
#: Of what may be replaced, so much may have come at the busiest times so far.
_COUNTED = 0.5
#: The weight of what was counted.
_SAY = 0.3
#: Spans added to those observed, so that the logarithm of none is positive.
_FEW = 2.0
#: Steps after which the part of the window that may be expected has settled.
_STEPS = 6


def safe_wait(rhythm: Rhythm, at: float, level: float, share: float, longest: float) -> float:
    """Seconds from ``at`` in which no more than ``share`` of the window is likely to be replaced.

    ``level`` is that of the rhythm; ``longest`` where nothing is to be feared before.
    """
    if not rhythm.window:
        return longest
    counted = counted_wait(rhythm, share * _COUNTED)
    if counted >= longest:
        return longest
    expected = _expected_wait(rhythm, at, level, share, longest)
    if expected <= counted:
        return counted
    return counted * exp((1 - _SAY) * log(expected / counted))


def counted_wait(rhythm: Rhythm, share: float) -> float:
    """Seconds in which no more than ``share`` of the window has ever been published."""
    room = rhythm.window * share
    start, before = 0.0, 0.0
    for span, peak in zip(SPANS, rhythm.peaks(), strict=True):
        if peak > room:
            return start + (span - start) * (room - before) / (peak - before)
        start, before = span, max(before, peak)
    return start * room / max(before, 1.0)


def clump(rhythm: Rhythm, level: float) -> float:
    """How many items come as one, at least 1.

    As many as follow closely on one another, or as make the busiest times what was to be expected
    once in all the spans observed.
    """
    hour, day = rhythm.busiest()
    observed = min(rhythm.last - rhythm.since, 2 * LONG)
    most = 1 / (1 - rhythm.share)
    for span, peak in zip(SPANS, rhythm.peaks(), strict=True):
        usual = level * span * (hour if span < DAY / 4 else day)
        if peak > usual:
            wonder = peak * log(peak / usual) - peak + usual
            most = max(most, wonder / log(_FEW + observed / span))
    return most


def _expected_wait(rhythm: Rhythm, at: float, level: float, share: float, longest: float) -> float:
    """Seconds until so many items are expected that more may come than there is room for."""
    room = rhythm.window * share
    doubt = clump(rhythm, level) * _CAUTION / room
    part = exp(-1 - doubt)
    for _ in range(_STEPS):  # solves part - 1 - ln(part) = doubt
        part = exp(part - 1 - doubt)
    left = room * part
    # A close follower is followed itself, and so on: a geometric series.
    left *= 1 - rhythm.share
    waited = 0.0
    for seconds, rate in rates(rhythm, at, level):
        if rate * seconds >= left:
            return min(waited + left / rate, longest)
        left -= rate * seconds
        waited += seconds
        if waited >= longest:
            break
    return longest
