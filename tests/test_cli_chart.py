"""Bars of matches over time, in text."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from worker.alerts.rehearsal import Count
from worker.cli.watches.chart import bars, stretch_of, stretches

UNTIL = datetime(2026, 10, 27, 12, tzinfo=UTC)  # a Tuesday; clocks in Berlin changed on Sunday


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local clock is Berlin's."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("days", "number", "first"),
    [(1, 25, "Mon 13:00"), (7, 8, "Tue 20 Oct"), (60, 10, "from 24 Aug"), (800, 27, "Aug 2024")],
)
def test_a_line_stands_for_an_hour_a_day_a_week_or_a_month(
    days: int, number: int, first: str
) -> None:
    """As long as the time is; each comes once, also where clocks change."""
    length = timedelta(days=days)
    among = stretches(UNTIL - length, UNTIL)
    lines = [line.plain for line in bars(dict.fromkeys(among, Count(matches=1)), among, length)]
    assert (number, f"  {first}  ░ 1") == (len(lines), lines[0])
    assert among[-1] == stretch_of(UNTIL, length)


def test_bars_are_scaled_to_the_largest_and_none_but_nothing_is_empty() -> None:
    """Full blocks ring, light ones do not."""
    days = stretches(UNTIL - timedelta(days=3), UNTIL)
    counts = {
        days[1]: Count(matches=400, alerts=100),
        days[2]: Count(matches=1, alerts=1),
        days[3]: Count(matches=4, alerts=0),
    }
    lines = [line.plain.split("  ")[-1] for line in bars(counts, days, timedelta(days=3))]
    assert ["·", f"{'█' * 10}{'░' * 30} 400", "█ 1", "░ 4"] == lines


def test_a_long_time_without_a_match_takes_one_line() -> None:
    """Its first and last hour stay; eight and fewer have a line each."""
    hours = stretches(UNTIL - timedelta(hours=30), UNTIL)
    counts = {hours[20]: Count(matches=2, alerts=2)}
    lines = [line.plain for line in bars(counts, hours, timedelta(hours=30))]
    quiet = "  ... 18 hours without a match ..."
    assert ["  Mon 07:00  ·", quiet, "  Tue 02:00  ·", "  Tue 03:00  ██ 2"] == lines[:4]
    assert "  Tue 04:00  ·" == lines[4]
