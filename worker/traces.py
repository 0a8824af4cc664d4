"""One id for an item's whole life, told apart from those of every other Tocsin.

It is not stored: it says when the item was first seen and which number it has, so that anybody who
knows an item knows its trace, and a trace leads back to its item. The form is that of W3C Trace
Context: 16 bytes as 32 hexadecimal digits, never all zero.
"""

import re
from datetime import UTC, datetime, timedelta

_START = datetime(1970, 1, 1, tzinfo=UTC)
_SIZE = 1 << 64
#: Odd, so that it can be undone; it spreads the numbers, by whose last bits tracers take samples.
_SPREAD = 0x9E3779B97F4A7C15
_BACK = pow(_SPREAD, -1, _SIZE)


def trace_of(number: int, at: datetime) -> str:
    """The trace of an item by its number and when it was first seen; of a notice by its alert's."""
    moment = (at - _START) // timedelta(microseconds=1) % _SIZE
    return f"{moment:016x}{number * _SPREAD % _SIZE:016x}"


def number_of(trace: str) -> int | None:
    """The number in a trace; ``None`` for what is none. Whether there is such an item it cannot say."""
    if not re.fullmatch("[0-9a-f]{32}", trace):
        return None
    return int(trace[16:], 16) * _BACK % _SIZE
