"""Retries: when a delivery is tried again and when it is given up."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.alerts.retry import LIFETIME, LONGEST_WAIT, SCHEDULE, decide_retry
from worker.model import DeliveryState, Receipt, RetryDecision

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def decide(receipt: Receipt, attempt: int = 1, seed: int = 0) -> RetryDecision:
    """The decision at NOW."""
    return decide_retry(receipt, attempt=attempt, now=NOW, rng=random.Random(seed))


def failed(detail: str = "503 busy", *, retry_after: timedelta | None = None) -> Receipt:
    """A failure that may pass."""
    return Receipt(delivered=False, recoverable=True, detail=detail, retry_after=retry_after)


def test_a_delivered_one_is_sent() -> None:
    """Nothing follows, and the receiver's words are kept."""
    assert decide(Receipt(delivered=True, detail="204")) == RetryDecision(
        state=DeliveryState.SENT, next_attempt_at=None, reason="delivered: 204"
    )


def test_what_cannot_be_mended_is_dead_at_once() -> None:
    """A refusal is not repeated; the receiver's words say why."""
    assert decide(Receipt(delivered=False, detail="550 no such user")) == RetryDecision(
        state=DeliveryState.DEAD,
        next_attempt_at=None,
        reason="refused for good: 550 no such user",
    )


def test_ten_tries_over_three_days_then_dead() -> None:
    """Each failure waits at least the schedule's next step; the tenth is the last."""
    waits = []
    for attempt in range(1, 10):
        decision = decide(failed(), attempt)
        assert decision.state == DeliveryState.PENDING
        assert decision.next_attempt_at is not None
        waits.append(decision.next_attempt_at - NOW)
    for wait, step in zip(waits, SCHEDULE[1:], strict=True):
        assert step <= wait <= step * 1.2
    last = decide(failed(), 10)
    assert last.state == DeliveryState.DEAD
    assert last.reason == "given up after 10 tries: 503 busy"


def test_the_reason_tells_what_comes_next() -> None:
    """Which try, in how long, and what the receiver said."""
    reason = decide(failed("451 later"), 2).reason
    assert reason.startswith("try 3 of 10 in ")
    assert reason.endswith(" min: 451 later")


def test_jitter_spreads_deliveries_that_failed_together() -> None:
    """Another rng, another time; the same rng, the same time."""
    times = {decide(failed(), 3, seed).next_attempt_at for seed in range(20)}
    assert len(times) == 20
    assert decide(failed(), 3, 7) == decide(failed(), 3, 7)


def test_a_receiver_may_ask_for_more_time() -> None:
    """Retry-After is honoured when longer than the schedule, and says so."""
    decision = decide(failed(retry_after=timedelta(hours=1)))
    assert decision.next_attempt_at is not None
    assert decision.next_attempt_at >= NOW + timedelta(hours=1)
    assert "as the receiver asked" in decision.reason


def test_a_receiver_cannot_hurry_or_stall_us() -> None:
    """A shorter wish changes nothing, a wish for a year is a day."""
    assert decide(failed(), 4) == decide(failed(retry_after=timedelta(seconds=1)), 4)
    stalled = decide(failed(retry_after=timedelta(days=365)))
    assert stalled.next_attempt_at is not None
    assert LONGEST_WAIT <= stalled.next_attempt_at - NOW <= LONGEST_WAIT * 1.2
    assert "asked for longer" in stalled.reason


def test_attempts_count_from_one() -> None:
    """Attempt 0 has not happened."""
    with pytest.raises(ValueError, match="count from 1, not 0"):
        decide(failed(), 0)


@given(
    st.builds(
        Receipt,
        delivered=st.booleans(),
        detail=st.text(max_size=20),
        recoverable=st.booleans(),
        retry_after=st.none() | st.timedeltas(),
    ),
    st.integers(1, 40),
    st.integers(),
)
def test_a_next_time_goes_with_pending_and_lies_ahead(
    receipt: Receipt, attempt: int, seed: int
) -> None:
    """Whatever a receiver answers, there is a next time exactly when it is pending."""
    decision = decide(receipt, attempt, seed)
    assert (decision.state == DeliveryState.PENDING) == (decision.next_attempt_at is not None)
    assert decision.next_attempt_at is None or decision.next_attempt_at > NOW
    assert receipt.detail in decision.reason


def test_what_is_owed_for_days_is_given_up() -> None:
    """However few its tries were: the circuit of its receiver may have been open for most of it."""
    decision = decide_retry(
        failed(), attempt=2, now=NOW, rng=random.Random(1), owed_at=NOW - timedelta(days=4, hours=1)
    )
    assert decision.state == DeliveryState.DEAD
    assert decision.reason == "given up after 2 tries in 4 d 1 h: 503 busy"
    assert LIFETIME > sum(SCHEDULE, timedelta()) * 1.2


def test_what_its_channel_put_off_has_had_no_try() -> None:
    """It waits as long as its channel says, on whatever try it is."""
    receipt = replace(failed("not sent yet", retry_after=timedelta(seconds=40)), put_off=True)
    decision = decide(receipt, 10)
    assert (decision.state, decision.reason) == (DeliveryState.PENDING, "not sent yet")
    assert decision.next_attempt_at == NOW + timedelta(seconds=40)
