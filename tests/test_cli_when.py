"""Moments to come, as people write them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from worker.cli.when import moment_to_come, shown

NOW = datetime(2026, 11, 25, 12, 30, tzinfo=UTC)  # a Wednesday


@pytest.fixture(autouse=True)
def in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The local clock is Berlin's: an hour ahead of UTC in winter, two in summer."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2h", NOW + timedelta(hours=2)),
        ("3d", NOW + timedelta(days=3)),
        ("2w", NOW + timedelta(days=14)),
        ("2026-12-01", datetime(2026, 11, 30, 23, tzinfo=UTC)),
        ("2026-12-01 08:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2026-12-01T08:00", datetime(2026, 12, 1, 7, tzinfo=UTC)),
        ("2027-07-01 08:00", datetime(2027, 7, 1, 6, tzinfo=UTC)),
        ("Tomorrow 8:00", datetime(2026, 11, 26, 7, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 25, 23, tzinfo=UTC)),
        ("today 18:00", datetime(2026, 11, 25, 17, tzinfo=UTC)),
        ("18:00", datetime(2026, 11, 25, 17, tzinfo=UTC)),
        ("08:00", datetime(2026, 11, 26, 7, tzinfo=UTC)),
        ("monday 07:30", datetime(2026, 11, 30, 6, 30, tzinfo=UTC)),
        ("wed 07:30", datetime(2026, 12, 2, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_by_the_local_clock(text: str, moment: datetime) -> None:
    """Durations, dates, times and days of the week; summer time where it will be."""
    assert moment == moment_to_come(text, NOW)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026",
        "2026-13-01",
        "25:00",
        "tomorrow noon",
        "2026-12-01 8",
        "9" * 30 + "d",
        "t",
        "mo",
    ],
)
def test_nonsense_says_no_moment(text: str) -> None:
    """Nothing is guessed."""
    assert moment_to_come(text, NOW) is None


def test_a_moment_is_shown_with_its_zone() -> None:
    """By the local clock, to the second where that matters."""
    assert "Wed 2026-11-25 13:30 CET" == shown(NOW)
    assert "Wed 2026-11-25 13:30:00 CET" == shown(NOW, seconds=True)
