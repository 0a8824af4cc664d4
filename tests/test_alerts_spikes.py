"""Spikes: a rate that leaves its own normal rings once, and nothing else does."""

import math
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.spikes import (
    CALM,
    FEWEST,
    HOUR,
    YOUNG,
    Level,
    Normal,
    Past,
    Ringing,
    SpikeDecision,
    SpikeReason,
    could_ring,
    counted_at,
    decide_spike,
    full_hour,
    last_hours,
    scale,
    unscale,
)

NOW = datetime(2026, 3, 19, 15, tzinfo=UTC)  # a Thursday


def past(rate: Callable[[datetime], int], *, hours: int = 672, ago: int = 0) -> Past:
    """Counts of the hours before ``NOW``, ``ago`` hours left out at the end."""
    each = [NOW - n * HOUR for n in range(1 + ago, hours + 1)]
    return Past(counts={hour: rate(hour) for hour in each if rate(hour)}, covered=frozenset(each))


def poisson(rng: random.Random, rate: float) -> int:
    """A count that chance makes of a rate (Knuth)."""
    limit, count, product = math.exp(-rate), 0, rng.random()
    while product > limit:
        count, product = count + 1, product * rng.random()
    return count


def decide(known: Past, observed: int, *, number: float = 3.0) -> SpikeDecision:
    """What is decided at ``NOW``."""
    return decide_spike(known, observed=observed, now=NOW, number=number)


def test_a_burst_over_a_flat_rate_rings_and_says_by_how_much() -> None:
    """Ten an hour for four weeks, then forty: the score, the normal and the band are told."""
    decision = decide(past(lambda _: 10), 40)
    assert decision.ring
    assert decision.reason is SpikeReason.SPIKE
    assert decision.normal == pytest.approx(10)
    assert decision.score == pytest.approx(6.27, abs=0.01)
    assert 20 < decision.high < 25
    assert decision.level is Level.HOUR_OF_WEEK


@pytest.mark.parametrize("observed", [0, 8, 10, 14, 20])
def test_a_flat_rate_does_not_ring(observed: int) -> None:
    """What chance makes of ten an hour is normal."""
    assert decide(past(lambda _: 10), observed).reason in {SpikeReason.NORMAL, SpikeReason.FEW}


@pytest.mark.parametrize("observed", [1, 2, 3, 4])
def test_nought_to_a_few_is_no_spike(observed: int) -> None:
    """Somebody of whom there is no news at all gets some."""
    assert not decide(past(lambda _: 0), observed).ring


def test_somebody_unheard_of_in_seven_stories_is_a_spike() -> None:
    """From nothing to seven within an hour."""
    assert decide(past(lambda _: 0), 7).ring


def test_fewer_than_three_never_ring_whatever_is_asked() -> None:
    """A watch with a tiny bound is not rung by one story."""
    decision = decide(past(lambda _: 0), FEWEST - 1, number=0.1)
    assert decision.reason is SpikeReason.FEW


def weekly(hour: datetime) -> int:
    """Thirty an hour in the working hours of the week, one else."""
    return 30 if hour.weekday() < 5 and 8 <= hour.hour < 18 else 1


def test_a_weekly_rhythm_is_normal_at_its_hours_and_a_spike_outside_them() -> None:
    """Thirty on a Thursday afternoon is usual; on a Sunday afternoon it is not."""
    assert not decide(past(weekly), 30).ring
    sunday = NOW + timedelta(days=3)
    known = past(weekly)
    later = {NOW + n * HOUR for n in range(72)}
    known = Past(
        counts={**known.counts, **{hour: weekly(hour) for hour in later}},
        covered=known.covered | later,
    )
    decision = decide_spike(known, observed=30, now=sunday, number=3.0)
    assert decision.ring
    assert decision.normal < 3


def test_lasting_growth_becomes_normal() -> None:
    """Four times as many for three days rang when it began; it is how things are now."""
    grown = past(lambda hour: 40 if hour >= NOW - timedelta(days=3) else 10)
    assert not decide(grown, 42).ring
    fresh = past(lambda hour: 40 if hour >= NOW - timedelta(hours=3) else 10)
    assert decide(fresh, 42).ring


def test_a_fall_after_growth_does_not_lower_what_is_normal() -> None:
    """Quiet holidays do not make the first working day a spike."""
    quiet = past(lambda hour: 2 if hour >= NOW - timedelta(days=3) else 30)
    assert not decide(quiet, 32).ring


def test_usual_bursts_widen_the_normal() -> None:
    """Somebody with a press conference of a dozen reports every day rings for more than that."""
    bursts = past(lambda hour: 12 if hour.toordinal() % 5 == hour.hour % 5 else 1)
    assert not decide(bursts, 14).ring
    assert decide(bursts, 120).ring


def test_hours_in_which_nothing_was_read_are_not_noughts() -> None:
    """Tocsin ran two hours of three: what is normal is that of the hours in which it ran."""
    known = past(lambda hour: 20 if hour.hour % 3 else 0)
    ran = Past(counts=known.counts, covered=frozenset(h for h in known.covered if h.hour % 3))
    assert decide(ran, 22).normal == pytest.approx(20)
    assert not decide(ran, 22).ring


def test_the_first_hour_after_a_stop_tells_nothing() -> None:
    """What was published meanwhile comes at once."""
    decision = decide(past(lambda _: 10, ago=5), 90)
    assert decision.reason is SpikeReason.UNCOVERED


def test_a_young_watch_does_not_ring() -> None:
    """Before three days of hours with news there is no normal to leave."""
    assert decide(past(lambda _: 2, hours=YOUNG - 5), 50).reason is SpikeReason.YOUNG
    assert decide(past(lambda _: 2, hours=YOUNG + 5), 50).ring


def test_what_is_compared_with_gets_narrower_with_time() -> None:
    """Hours of the day after days, hours of the week after weeks."""
    assert Normal(past(lambda _: 2, hours=24), now=NOW).at(NOW)[1] is Level.OVERALL
    assert Normal(past(lambda _: 2, hours=100), now=NOW).at(NOW)[1] is Level.HOUR_OF_DAY
    assert Normal(past(lambda _: 2, hours=672), now=NOW).at(NOW)[1] is Level.HOUR_OF_WEEK


def test_it_rings_once_a_spike_and_again_after_a_calm() -> None:
    """Minute after minute, an hour's burst rings once; another after some quiet hours too."""
    known = past(lambda _: 10)
    rung: list[datetime] = []
    ringing: Ringing | None = None
    for minute in range(0, 9 * 60, 5):
        now = NOW + timedelta(minutes=minute)
        hours = frozenset(NOW + n * HOUR for n in range(10) if NOW + n * HOUR <= now)
        covered = replace(known, covered=known.covered | hours)
        burst = minute < 90 or 150 < minute < 180 or minute > 420
        decision = decide_spike(
            covered, observed=60 if burst else 10, now=now, number=3.0, ringing=ringing
        )
        ringing = decision.ringing
        rung += [now] * decision.ring
    assert rung == [NOW, NOW + timedelta(minutes=425)]
    assert rung[1] - (NOW + timedelta(minutes=180)) > CALM


def test_another_spike_rings_however_slowly_it_climbs() -> None:
    """Its rate passes what is half of a spike on its way; the spike of last week is long over."""
    last_week = NOW - timedelta(days=7)
    ringing: Ringing | None = Ringing(rung_at=last_week, high_at=last_week)
    reasons = []
    for seen in range(10, 60, 2):
        decision = decide_spike(
            past(lambda _: 10), observed=seen, now=NOW, number=3.0, ringing=ringing
        )
        ringing = decision.ringing
        reasons.append(decision.reason)
    assert 1 == reasons.count(SpikeReason.SPIKE)
    assert SpikeReason.LASTING not in reasons[: reasons.index(SpikeReason.SPIKE)]


def test_a_chart_shows_two_days_with_the_normal_band_and_the_hour_up_to_now() -> None:
    """Each hour beside what is usual then; hours in which nothing was read say so."""
    known = past(weekly)
    gap = Past(counts=known.counts, covered=known.covered - {NOW - 5 * HOUR})
    hours = last_hours(gap, observed=77, now=NOW + timedelta(minutes=20), number=3.0)
    assert len(hours) == 48
    assert hours[-1].stories == 77
    assert hours[-1].hour == NOW - timedelta(minutes=40)
    assert [one.hour for one in hours if not one.covered] == [NOW - 5 * HOUR]
    assert hours[-2].hour == NOW - HOUR
    night = next(one for one in hours if one.hour.hour == 3)
    assert night.low <= 1 <= night.high < 10 < hours[-2].low


def test_what_comes_late_counts_when_it_was_published() -> None:
    """After a stop, feeds bring what was published meanwhile: no burst of this hour."""
    assert counted_at(NOW - timedelta(hours=5), NOW) == NOW - timedelta(hours=5)
    assert counted_at(NOW - timedelta(hours=1), NOW) == NOW
    assert counted_at(NOW + timedelta(days=1), NOW) == NOW
    assert counted_at(None, NOW) == NOW


@pytest.mark.parametrize("rate", [0.02, 0.3, 1.0, 4.0, 25.0])
def test_chance_alone_hardly_ever_rings(rate: float) -> None:
    """Two weeks of full hours at a steady rate: at most one in three hundred rings."""
    rng = random.Random(7)
    counts = {NOW - n * HOUR: poisson(rng, rate) for n in range(1, 673)}
    known = Past(counts=counts, covered=frozenset(counts))
    rings = sum(decide(known, poisson(rng, rate)).ring for _ in range(336))
    assert rings <= 1


@given(st.floats(0, 1e6))
def test_the_scale_can_be_undone(count: float) -> None:
    """``unscale`` gives the count back."""
    assert unscale(scale(count)) == pytest.approx(count, abs=1e-6)


@given(
    st.lists(st.integers(0, 40), min_size=YOUNG, max_size=300),
    st.integers(0, 400),
    st.floats(0.5, 8),
)
def test_more_stories_never_score_less_and_what_rings_could(
    counts: list[int], observed: int, number: float
) -> None:
    """The score grows with the stories; a ring lies above the band; the short cut misses none."""
    known = past(lambda hour: counts[int((NOW - hour) / HOUR) - 1], hours=len(counts))
    decision, more = decide(known, observed, number=number), decide(known, observed + 1)
    assert more.score > decision.score
    assert decision.low <= decision.normal <= decision.high
    if decision.ring:
        assert observed > decision.high
        assert could_ring(observed, number, ">")


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_full_hour_is_where_the_hour_began(moment: datetime) -> None:
    """Nothing but the hour is left of it."""
    assert timedelta() <= moment - full_hour(moment) < HOUR
