"""The pace of mails to a domain."""

from hypothesis import given
from hypothesis import strategies as st

from worker.channels.pace import Pace

ANN = ["ann@example.org"]


def test_as_many_as_the_rate_says_go_at_once_then_evenly() -> None:
    """Three a minute: three now, then one each twenty seconds."""
    pace = Pace({"example.org": "3/min"})
    waits = [pace.wait(ANN, 100.0, longest=1000) for _ in range(6)]
    assert waits == [0, 0, 0, 20, 40, 60]


def test_a_turn_that_is_too_far_off_is_not_taken() -> None:
    """Asking again costs nothing; later it is free."""
    pace = Pace({"example.org": "1/min"})
    assert [pace.wait(ANN, 0.0, longest=10) for _ in range(3)] == [0, 60, 60]
    assert pace.wait(ANN, 60.0, longest=10) == 0


def test_the_slowest_of_several_domains_counts() -> None:
    """Names of domains are compared without case; others have no limit."""
    pace = Pace({"Slow.example": "1/min", "fast.example": "1/s"})
    both = ["a@slow.EXAMPLE", "b@fast.example", "c@free.example"]
    assert [pace.wait(both, 0.0, longest=100) for _ in range(2)] == [0, 60]
    assert [pace.wait(["c@free.example"], 0.0, longest=0) for _ in range(100)] == [0] * 100


def test_large_providers_have_a_usual_pace_that_can_be_changed() -> None:
    """Sixty a minute, unless the configuration says otherwise."""
    ann = ["ann@gmail.com"]
    usual, own = Pace({}), Pace({"gmail.com": "1000/s"})
    assert [usual.wait(ann, 0.0, longest=9) for _ in range(61)][-2:] == [0, 1]
    assert [own.wait(ann, 0.0, longest=9) for _ in range(61)][-1] == 0


@given(st.lists(st.floats(0, 300), min_size=30, max_size=200))
def test_no_minute_sees_more_than_twice_the_rate(times: list[float]) -> None:
    """However they come: a burst of the rate, and the rate."""
    pace = Pace({"example.org": "10/min"})
    sent = sorted(now + pace.wait(ANN, now, longest=1e9) for now in sorted(times))
    assert all(later - sooner > 60 - 1e-6 for sooner, later in zip(sent, sent[20:], strict=False))
