"""The id of an item's whole life."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from worker.traces import number_of, trace_of

MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.integers(1, 2**63 - 1), MOMENTS)
def test_a_trace_leads_back_to_its_item(number: int, at: datetime) -> None:
    """It has the form of W3C Trace Context, and says which item it is of."""
    trace = trace_of(number, at)
    assert 32 == len(trace)
    assert 0 < int(trace[:16], 16)
    assert 0 < int(trace[16:], 16)
    assert number == number_of(trace)


def test_the_same_number_elsewhere_has_another_trace() -> None:
    """Item 1 of two Tocsins, or after a new start, is not one item."""
    first, second = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert trace_of(1, first) != trace_of(1, second)


def test_other_words_are_no_trace() -> None:
    """Numbers and addresses are not taken for one."""
    for word in ("", "42", "https://example.org/", "g" * 32, "0" * 31, "0" * 33):
        assert number_of(word) is None
