"""Rates of attempts, as people write them."""

from datetime import timedelta

import pytest

from worker.delivery.rate import Rate, read_rate


@pytest.mark.parametrize(
    ("text", "rate", "gap"),
    [
        ("60/min", Rate(60, timedelta(minutes=1)), 1.0),
        (" 10 / S ", Rate(10, timedelta(seconds=1)), 0.1),
        ("500/h", Rate(500, timedelta(hours=1)), 7.2),
        ("1/d", Rate(1, timedelta(days=1)), 86400.0),
    ],
)
def test_a_rate_is_a_number_in_a_time(text: str, rate: Rate, gap: float) -> None:
    """Spaces and capitals do not matter."""
    assert read_rate(text) == rate
    assert rate.gap == gap


@pytest.mark.parametrize("text", ["", "10", "0/s", "10/week", "-1/s", "1.5/s", "1000000000/s"])
def test_what_is_no_rate_is_told_how_to_write_one(text: str) -> None:
    """None at all, none above zero, an unknown time."""
    with pytest.raises(ValueError, match="write a number and s, min, h or d"):
        read_rate(text)
