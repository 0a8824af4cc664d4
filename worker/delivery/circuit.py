"""The circuit of an endpoint: one that gives no answer is left alone, and probed now and then.

It is closed while the endpoint answers, whatever it answers. After ``THRESHOLD`` attempts in a row
without any answer it opens: for a time nothing is sent. When that is over, one attempt at a time
is made as a probe. An answer closes the circuit; a probe without one opens it again, for longer.

An answer that asks for less and says for how long (``Retry-After``) holds it open as well, without a
failure: whoever delivers, in whatever process, leaves the endpoint alone so long and begins with one attempt.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from worker.model import Receipt

THRESHOLD = 5
FIRST_PAUSE = timedelta(seconds=5)  # most outages are short
LONGEST_PAUSE = timedelta(minutes=10)
LONGEST_HOLD = timedelta(minutes=10)
"""The longest that one answer can hold a channel; its own delivery waits as it asks."""
JITTER = 0.2
"""The most a pause is lengthened, as a share of it: endpoints that failed together spread out."""


class Phase(StrEnum):
    """What may be sent."""

    CLOSED = "closed"  # anything
    OPEN = "open"  # nothing
    PROBING = "probing"  # one attempt at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Circuit:
    """``failures``: attempts in a row without an answer; ``opened``: how often in a row it opened.

    ``since`` is when the first of these failures was, ``reason`` what the last one said.
    """

    failures: int = 0
    opened: int = 0
    since: datetime | None = None
    open_until: datetime | None = None
    reason: str = ""


CLOSED = Circuit()


def phase(circuit: Circuit, now: datetime) -> Phase:
    """What a circuit lets through now."""
    if circuit.open_until is None:
        return Phase.CLOSED
    return Phase.OPEN if now < circuit.open_until else Phase.PROBING


def allowed(circuit: Circuit, *, wanted: int, under_way: int, now: datetime) -> int:
    """How many of ``wanted`` attempts may be claimed beside those ``under_way`` in any process."""
    match phase(circuit, now):
        case Phase.CLOSED:
            return wanted
        case Phase.OPEN:
            return 0
        case Phase.PROBING:
            return min(wanted, 1) if under_way == 0 else 0


def after(
    circuit: Circuit, receipts: Iterable[Receipt], *, now: datetime, rng: random.Random
) -> Circuit:
    """The circuit once these attempts, in this order, have ended."""
    for receipt in receipts:
        if asks_to_wait(receipt):
            circuit = _held(circuit, receipt, now)
        elif circuit.failures == 0 and phase(circuit, now) is Phase.OPEN:
            continue  # held: what ends meanwhile had begun before
        elif receipt.delivered or receipt.status is not None:
            circuit = CLOSED
        elif unanswered(receipt):
            circuit = _failed(circuit, receipt.detail, now, rng)
    return circuit


def unanswered(receipt: Receipt) -> bool:
    """Whether an attempt failed without an answer, for a reason that may pass."""
    failed = not receipt.delivered and receipt.recoverable and not receipt.put_off
    return failed and receipt.status is None


def asks_to_wait(receipt: Receipt) -> bool:
    """Whether the receiver says that it wants nothing more for a time."""
    asked = receipt.retry_after
    return receipt.slow_down and asked is not None and asked > timedelta(0)


def _held(circuit: Circuit, receipt: Receipt, now: datetime) -> Circuit:
    until = now + min(receipt.retry_after or timedelta(0), LONGEST_HOLD)
    before = circuit.open_until if circuit.failures == 0 else None
    return Circuit(open_until=max(until, before or until), reason=receipt.detail)


def _failed(circuit: Circuit, said: str, now: datetime, rng: random.Random) -> Circuit:
    failed = replace(
        circuit, failures=circuit.failures + 1, since=circuit.since or now, reason=said
    )
    if failed.failures < THRESHOLD or phase(circuit, now) is Phase.OPEN:
        return failed  # one that ends while it is open had begun before
    pause = min(FIRST_PAUSE * 2 ** min(circuit.opened, 16), LONGEST_PAUSE)
    pause *= 1 + JITTER * rng.random()
    return replace(failed, opened=circuit.opened + 1, open_until=now + pause)
