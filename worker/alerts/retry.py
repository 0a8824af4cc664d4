"""When a delivery is tried again, and when it is given up."""

import random
from datetime import datetime, timedelta

from worker.durations import spell
from worker.model import DeliveryState, Receipt, RetryDecision

SCHEDULE: tuple[timedelta, ...] = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The wait before each try, counted from the end of the one before (Standard Webhooks 1.0.0)."""

JITTER = 0.2
"""The most a wait is lengthened, as a share of it: deliveries that failed together spread out."""

LONGEST_WAIT = timedelta(hours=24)
"""The longest a receiver may put us off."""

LIFETIME = timedelta(days=4)
"""A delivery that has been owed for so long is tried no more: a little longer than all the waits."""


def decide_retry(
    receipt: Receipt,
    *,
    attempt: int,
    now: datetime,
    rng: random.Random,
    owed_at: datetime | None = None,
) -> RetryDecision:
    """What becomes of a delivery whose ``attempt`` (from 1) ended with ``receipt`` at ``now``.

    Delivered: SENT. Not recoverable, the receiver gone, the last try, or owed since ``owed_at`` for
    longer than ``LIFETIME``: DEAD. Else PENDING with the time of the next try, never before what the
    receiver asked for (up to a day); what the channel itself put off has had no try. Raises ValueError when ``attempt`` is below 1.
    """
    if attempt < 1:
        raise ValueError(f"attempts count from 1, not {attempt}")
    if receipt.delivered:
        return _over(DeliveryState.SENT, f"delivered: {receipt.detail}")
    if receipt.gone or not receipt.recoverable:
        return _over(DeliveryState.DEAD, f"refused for good: {receipt.detail}")
    if receipt.put_off and receipt.retry_after is not None:
        later = now + min(receipt.retry_after, LONGEST_WAIT)
        return RetryDecision(
            state=DeliveryState.PENDING, next_attempt_at=later, reason=receipt.detail
        )
    if attempt >= len(SCHEDULE):
        return _over(DeliveryState.DEAD, f"given up after {attempt} tries: {receipt.detail}")
    if owed_at is not None and now - owed_at > LIFETIME:
        spent = f"given up after {attempt} tries in {spell(now - owed_at)}"
        return _over(DeliveryState.DEAD, f"{spent}: {receipt.detail}")
    wait, whose = SCHEDULE[attempt], ""
    if receipt.retry_after is not None and receipt.retry_after > wait:
        wait, whose = receipt.retry_after, ", as the receiver asked"
        if wait > LONGEST_WAIT:
            wait, whose = LONGEST_WAIT, ", though the receiver asked for longer"
    wait *= 1 + JITTER * rng.random()
    reason = f"try {attempt + 1} of {len(SCHEDULE)} in {_in_words(wait)}{whose}: {receipt.detail}"
    return RetryDecision(state=DeliveryState.PENDING, next_attempt_at=now + wait, reason=reason)


def _over(state: DeliveryState, reason: str) -> RetryDecision:
    return RetryDecision(state=state, next_attempt_at=None, reason=reason)


def _in_words(wait: timedelta) -> str:
    seconds = wait.total_seconds()
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"
