"""The simulated year: what it leaves out for speed changes nothing."""

from datetime import timedelta

import pytest

from bench.schedule import BEGIN, DAY, kind_of, source, tocsin
from worker.model import PollLimits


@pytest.mark.parametrize("number", [2, 3, 5, 7, 12, 14])
def test_polls_that_bring_nothing_need_no_whole_plan(number: int) -> None:
    """With ``plan_poll`` at every poll: the same requests, the same delays, item by item."""
    feed = source(number, 1, 60)
    limits = PollLimits(price=timedelta(minutes=30))
    quick = tocsin(feed, limits, BEGIN + 60 * DAY, BEGIN, number)
    whole = tocsin(feed, limits, BEGIN + 60 * DAY, BEGIN, number, whole=True)
    assert whole.requests == quick.requests > 100
    assert whole.missed == quick.missed
    assert whole.delays.tolist() == quick.delays.tolist()


def test_the_sample_holds_every_kind() -> None:
    """The feeds of the test above are of all six kinds."""
    assert len({kind_of(number) for number in (2, 3, 5, 7, 12, 14)}) == 6
