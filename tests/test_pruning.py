"""When a scheduler prunes."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from worker.scheduler.pruning import due

AT = time(3, 30)
TODAY, YESTERDAY = date(2026, 5, 4), date(2026, 5, 3)


def at(hour: int, minute: int = 0) -> datetime:
    """A moment of the day."""
    return datetime(2026, 5, 4, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last", "day"),
    [
        (at(3, 29), YESTERDAY, None),
        (at(3, 30), YESTERDAY, TODAY),
        (at(3, 30), TODAY, None),
        (at(9, 29), YESTERDAY, TODAY),
        (at(9, 31), YESTERDAY, None),
        (at(1), date(2026, 5, 2), None),
        (at(15), date(2026, 5, 2), TODAY),
        (at(15), None, None),
        (at(4), None, TODAY),
    ],
)
def test_once_a_day_at_its_time(now: datetime, last: date | None, day: date | None) -> None:
    """A few hours late at most; a night that was missed is made up for at any time."""
    assert day == due(now, AT, last)


def test_never_is_never() -> None:
    """An operator who has a timer of his own."""
    assert None is due(at(4), None, TODAY - timedelta(days=9))
