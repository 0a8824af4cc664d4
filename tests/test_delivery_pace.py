"""The pace of lanes: slots, spacing, and what receivers ask for."""

import math
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.delivery.circuit import LONGEST_HOLD
from worker.delivery.pace import LEAST_SHARE, Pace, after, next_start, wanted
from worker.model import Receipt

TAKEN = Receipt(delivered=True, detail="204", status=204)
SLOWER = Receipt(delivered=False, recoverable=True, detail="429", status=429, slow_down=True)
PACES = st.builds(
    Pace,
    concurrency=st.integers(1, 100),
    gap=st.sampled_from([0.0, 0.1, 1.0, 60.0]),
    share=st.floats(LEAST_SHARE, 1.0),
)


def test_a_receiver_that_asks_for_less_gets_half() -> None:
    """And half again when it asks again; those under way at the time count once."""
    pace = Pace(concurrency=8)
    for begun in (1.0, 1.1, 1.2):
        pace = after(pace, SLOWER, begun=begun, now=2.0)
    assert pace.slots == 4
    assert after(pace, SLOWER, begun=2.5, now=3.0).slots == 2


def test_it_recovers_slowly() -> None:
    """Not with the next delivery, but with fifty."""
    pace = after(Pace(concurrency=8, gap=1.0), SLOWER, begun=1.0, now=2.0)
    assert (pace.slots, pace.spacing) == (4, 2.0)
    assert after(pace, TAKEN, begun=3.0, now=3.1).slots == 4
    for _ in range(50):
        pace = after(pace, TAKEN, begun=3.0, now=3.1)
    assert (pace.slots, pace.spacing) == (8, 1.0)


def test_one_at_a_time_can_be_too_much() -> None:
    """Below one slot the attempts are spaced."""
    pace, now = Pace(concurrency=2), 1.0
    for _ in range(9):
        pace = after(pace, SLOWER, begun=now, now=now)
        now += 1
    assert (pace.share, pace.slots, pace.spacing) == (LEAST_SHARE, 1, 31.0)


def test_retry_after_holds_the_lane() -> None:
    """Nothing is claimed and nothing begins before, though not for longer than some minutes."""
    asked = Receipt(
        delivered=False, recoverable=True, detail="429", status=429, slow_down=True,
        retry_after=timedelta(seconds=30),
    )  # fmt: skip
    pace = after(Pace(concurrency=4), asked, begun=9.0, now=10.0)
    assert wanted(pace, held=0, now=39.0) == 0
    assert next_start(pace, last=9.0, now=11.0) == 40.0
    assert wanted(pace, held=0, now=40.0) > 0
    tomorrow = Receipt(
        delivered=False, recoverable=True, detail="429", status=429, slow_down=True,
        retry_after=timedelta(days=1),
    )  # fmt: skip
    held = after(Pace(concurrency=4), tomorrow, begun=9.0, now=10.0)
    assert next_start(held, last=9.0, now=11.0) == 10.0 + LONGEST_HOLD.total_seconds()


@given(PACES, st.integers(0, 500), st.floats(0, 1e6))
def test_claims_stay_within_what_can_soon_be_sent(pace: Pace, held: int, now: float) -> None:
    """Never more than is room for, and never none for ever: an empty lane always wants one."""
    room = wanted(pace, held=held, now=now)
    assert room == max(0, pace.most_held - held)
    assert 1 <= pace.slots <= pace.concurrency
    assert wanted(pace, held=0, now=now) >= 1
    assert (pace.most_held - 1) * pace.spacing <= 2.0


@given(PACES, st.lists(st.tuples(st.sampled_from([TAKEN, SLOWER]), st.floats(0, 5)), max_size=200))
def test_the_share_stays_within_its_bounds(pace: Pace, ended: list[tuple[Receipt, float]]) -> None:
    """Whatever receivers say, in whatever order."""
    now = 0.0
    for receipt, seconds in ended:
        begun, now = now, now + seconds
        before, pace = pace, after(pace, receipt, begun=begun, now=now)
        assert LEAST_SHARE <= pace.share <= 1.0
        assert pace.share >= before.share / 2
        assert not math.isnan(pace.spacing)


@given(PACES, st.floats(0, 1e4), st.floats(0, 1e4))
def test_attempts_begin_as_far_apart_as_is_said(pace: Pace, last: float, seconds: float) -> None:
    """The next may begin at once only when the spacing is over."""
    now = last + seconds
    start = next_start(pace, last=last, now=now)
    assert start >= now
    assert start - last >= pace.spacing or math.isclose(start - last, pace.spacing)
