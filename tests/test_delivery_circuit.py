"""Circuits of endpoints: when one that gives no answer is left alone, and how it comes back."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from worker.delivery.circuit import (
    CLOSED,
    FIRST_PAUSE,
    JITTER,
    LONGEST_HOLD,
    LONGEST_PAUSE,
    THRESHOLD,
    Circuit,
    Phase,
    after,
    allowed,
    phase,
)
from worker.model import Receipt

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SILENT = Receipt(delivered=False, recoverable=True, detail="timed out")
BUSY = Receipt(delivered=False, recoverable=True, detail="500", status=500)
TAKEN = Receipt(delivered=True, detail="204", status=204)
PRINTED = Receipt(delivered=True, detail="printed")
WRONG = Receipt(delivered=False, detail="not a URL")
PUT_OFF = Receipt(delivered=False, recoverable=True, detail="too soon", put_off=True)


def turned(circuit: Circuit, *receipts: Receipt, at: datetime = NOW) -> Circuit:
    """The circuit after these attempts."""
    return after(circuit, receipts, now=at, rng=random.Random(1))


def test_it_opens_after_failures_in_a_row_without_an_answer() -> None:
    """One less keeps it closed; the reason and the beginning of the trouble are kept."""
    almost = turned(CLOSED, *[SILENT] * (THRESHOLD - 1))
    assert phase(almost, NOW) is Phase.CLOSED
    opened = turned(almost, SILENT)
    assert phase(opened, NOW) is Phase.OPEN
    assert (opened.reason, opened.since, opened.opened) == ("timed out", NOW, 1)


def test_any_answer_closes_it() -> None:
    """Who says no is there."""
    opened = turned(CLOSED, *[SILENT] * THRESHOLD)
    for answer in (BUSY, TAKEN, PRINTED):
        assert turned(opened, answer) == CLOSED
        assert turned(CLOSED, *[SILENT] * 4, answer, *[SILENT] * 4).opened == 0


WAIT = Receipt(
    delivered=False, recoverable=True, detail="429 Too Many Requests", status=429, slow_down=True,
    retry_after=timedelta(minutes=2),
)  # fmt: skip


def test_an_answer_that_asks_to_wait_holds_it_for_everybody() -> None:
    """So long, whatever had begun before says meanwhile; then one attempt goes first."""
    held = turned(CLOSED, WAIT, TAKEN, BUSY, SILENT)
    assert (held.open_until, held.reason) == (NOW + timedelta(minutes=2), "429 Too Many Requests")
    assert allowed(held, wanted=9, under_way=0, now=NOW + timedelta(seconds=119)) == 0
    later = NOW + timedelta(minutes=2)
    assert allowed(held, wanted=9, under_way=0, now=later) == 1
    assert turned(held, TAKEN, at=later) == CLOSED


def test_the_longest_wait_that_is_asked_for_counts_up_to_a_bound() -> None:
    """A shorter one takes nothing back, and a day is ten minutes; one of no length is none."""
    shorter = replace(WAIT, retry_after=timedelta(seconds=5))
    assert turned(CLOSED, WAIT, shorter).open_until == NOW + timedelta(minutes=2)
    day = replace(WAIT, retry_after=timedelta(days=1))
    assert turned(CLOSED, day).open_until == NOW + LONGEST_HOLD
    for none in (replace(WAIT, retry_after=timedelta(0)), replace(WAIT, retry_after=None)):
        assert turned(CLOSED, none) == CLOSED


def test_what_says_nothing_of_the_endpoint_changes_nothing() -> None:
    """A mistake in the configuration, and what the channel itself put off."""
    assert turned(CLOSED, *[WRONG, PUT_OFF] * 9) == CLOSED


def test_one_that_ends_while_it_is_open_had_begun_before() -> None:
    """Eight time-outs at once open it once, for the first pause."""
    opened = turned(CLOSED, *[SILENT] * 8)
    assert (opened.failures, opened.opened) == (8, 1)
    assert opened.open_until is not None
    assert FIRST_PAUSE <= opened.open_until - NOW <= FIRST_PAUSE * (1 + JITTER)


@given(st.integers(1, 40), st.integers(0, 1000))
def test_pauses_double_up_to_the_longest(probes: int, seed: int) -> None:
    """Each probe that gets no answer opens it again, for as long or longer, a little varied."""
    rng, now = random.Random(seed), NOW
    circuit = after(CLOSED, [SILENT] * THRESHOLD, now=now, rng=rng)
    for number in range(1, probes):
        assert circuit.open_until is not None
        now = circuit.open_until
        assert phase(circuit, now) is Phase.PROBING
        circuit = after(circuit, [SILENT], now=now, rng=rng)
        assert circuit.open_until is not None
        expected = min(FIRST_PAUSE * 2**number, LONGEST_PAUSE)
        assert expected <= circuit.open_until - now <= expected * (1 + JITTER)


@given(
    st.lists(st.sampled_from([SILENT, BUSY, TAKEN, WRONG]), max_size=30),
    st.integers(0, 50),
    st.integers(0, 3),
    st.integers(0, 1200),
)
def test_what_it_lets_through(
    ended: list[Receipt], wanted: int, under_way: int, seconds: int
) -> None:
    """All while it is closed, nothing while it is open, then one at a time."""
    circuit, later = turned(CLOSED, *ended), NOW + timedelta(seconds=seconds)
    room = allowed(circuit, wanted=wanted, under_way=under_way, now=later)
    match phase(circuit, later):
        case Phase.CLOSED:
            assert room == wanted
        case Phase.OPEN:
            assert room == 0
        case Phase.PROBING:
            assert room + under_way <= max(1, under_way)
            assert room <= wanted
