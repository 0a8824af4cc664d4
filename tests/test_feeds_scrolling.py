"""How long a feed may be left alone before entries leave its document unseen."""

from collections.abc import Iterable
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.feeds import rhythm
from worker.feeds.rhythm import DAY, HOUR, MINUTE, Rhythm
from worker.feeds.scrolling import clump, counted_wait, safe_wait

MONDAY = datetime(2026, 3, 2, tzinfo=UTC).timestamp()
LONGEST = 6 * HOUR


def taught(moments: Iterable[float], window: int = 30, start: float = MONDAY) -> Rhythm:
    """What is known after items at these moments, each seen at once, awaited from ``start`` on."""
    known = rhythm.begin(start)
    for at in moments:
        known = rhythm.learn(known, [at], at + 1)
    return known._replace(window=window)


def one_by_one(days: int) -> list[float]:
    """An item every two hours or so."""
    rng = Random(1)
    return [MONDAY + (n * 2 + rng.random()) * HOUR for n in range(days * 12)]


def together(days: int) -> list[float]:
    """As many in twelves, at any time of the day."""
    rng = Random(1)
    starts = [MONDAY + (day + rng.random() * 0.9) * DAY for day in range(days)]
    return [start + n * 4 * MINUTE for start in starts for n in range(12)]


def in_office_hours(days: int) -> list[float]:
    """Eight an hour from 8 to 18."""
    return [MONDAY + day * DAY + (8 + n / 8) * HOUR for day in range(days) for n in range(80)]


def wait(known: Rhythm, at: float, share: float = 0.8) -> float:
    """The safe wait at the level of the moment."""
    return safe_wait(known, at, known.level(at), share, LONGEST)


def test_what_scrolls_out_is_known_from_the_busiest_times_seen() -> None:
    """Peaks are those of sliding spans; between two spans what comes is taken to grow evenly."""
    start = MONDAY
    steady = rhythm.begin(start)
    for minute in range(12 * 60):
        steady = rhythm.learn(steady, [start + minute * 60], start + minute * 60 + 5)
    assert 15 == pytest.approx(steady.in_quarter, abs=2)
    assert 60 == pytest.approx(steady.in_hour, abs=2)
    assert 360 == pytest.approx(steady.in_quarter_day, abs=5)
    for window, minutes in ((10, 5), (60, 30), (240, 120)):
        found = counted_wait(steady._replace(window=window), 0.5)
        assert minutes * 60 == pytest.approx(found, rel=0.08)


def test_items_that_come_together_are_told_from_items_that_come_one_by_one() -> None:
    """The same number a day, and a document that one can rely on far less."""
    alone, crowd = taught(one_by_one(30)), taught(together(30))
    at = MONDAY + 30 * DAY
    assert 12 == pytest.approx(alone.level(at) * DAY, rel=0.2)
    assert 12 == pytest.approx(crowd.level(at) * DAY, rel=0.2)
    assert 1 == pytest.approx(clump(alone, alone.level(at)), abs=0.1)
    assert 3 < clump(crowd, crowd.level(at)) < 12
    assert LONGEST == wait(alone, at)
    assert wait(crowd._replace(window=15), at) < HOUR


def test_the_night_needs_no_polls_for_fear_of_what_comes_by_day() -> None:
    """Ten hours a day the document turns over fast; at midnight it is left alone for longer."""
    known = taught(in_office_hours(40))
    day = MONDAY + 42 * DAY
    assert wait(known, day + 10 * HOUR) < 2 * HOUR
    assert wait(known, day + 23 * HOUR) > 3 * HOUR
    assert counted_wait(known, 0.4) < 2 * HOUR


def test_a_feed_of_which_little_was_seen_is_doubted() -> None:
    """The same busiest times at the same level count for more when they came in fewer spans."""
    known = taught(together(60), window=20)._replace(share=0.0)
    little = known._replace(since=known.last - int(DAY))
    level = known.level(MONDAY + 60 * DAY)
    assert clump(little, level) > 1.5 * clump(known, level)


def test_a_feed_that_revives_is_followed_at_its_new_pace_within_a_day() -> None:
    """A year of silence says nothing of the pace at which it goes on."""
    old = [MONDAY + n * 20 * DAY for n in range(5)]
    start = MONDAY + 400 * DAY
    known = taught([*old, *(start + n * HOUR for n in range(24))], window=8)
    at = start + 24 * HOUR
    assert 24 == pytest.approx(known.level(at) * DAY, rel=0.3)
    assert wait(known, at) < 5 * HOUR


@given(st.integers(1, 400), st.floats(0.05, 1), st.floats(0, 30 * DAY), st.integers(0, 3))
def test_more_room_never_means_less_time(
    window: int, share: float, later: float, crowd: int
) -> None:
    """A larger document, or a larger part of it, may be left alone for at least as long."""
    known = KNOWN[crowd]._replace(window=window)
    at = MONDAY + 30 * DAY + later
    found = wait(known, at, share)
    assert 0 <= found <= wait(known._replace(window=window + 5), at, share) <= LONGEST
    assert found <= wait(known, at, min(1, share * 1.2))
    assert LONGEST == wait(known._replace(window=0), at, share)


KNOWN = (taught(one_by_one(30)), taught(together(30)), taught(in_office_hours(30)), taught([]))
