"""Texts and lists cut until an event is small enough, and what was cut remembered."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from worker.alerts.payload.models import NAME, URL, VERSION
from worker.alerts.wording import clean_line, in_utc, safe_url

LARGEST = 20_000
"""Bytes of a webhook's body."""
ENVELOPE = 800
"""Bytes of these for what CloudEvents adds around an event."""
_STEP = 0.9
_STEPS = 20
_SHORTEST = 8

_T = TypeVar("_T")


class Fitting:
    """Cuts texts and lists to a ``share`` of their limits, and knows which ``fields`` it cut."""

    def __init__(self, share: float) -> None:
        self._share = share
        self._cut: set[str] = set()

    def fields(self) -> list[str]:
        """The fields cut so far, in the order of the alphabet."""
        return sorted(self._cut)

    def note(self, field: str) -> None:
        """Say that something of a field is left out."""
        self._cut.add(field)

    def most(self, limit: int) -> int:
        """So many code points may stay where ``limit`` is usual."""
        return max(_SHORTEST, int(limit * self._share))

    def line(self, field: str, text: str, limit: int = NAME) -> str:
        """A text as one clean line."""
        most = self.most(limit)
        line = clean_line(text, most)
        # Cleaning makes a text no longer, and looks no further than this.
        if len(text) > most and (line.endswith("…") or len(text) > most * 4 + 1000):
            self.note(field)
        return line

    def first(self, field: str, values: Sequence[_T], limit: int) -> Sequence[_T]:
        """The first of a list, at least one."""
        most = max(1, int(limit * self._share))
        if len(values) > most:
            self.note(field)
        return values[:most]

    def link(self, field: str, url: str) -> str | None:
        """A URL that can be followed and is not too long; one that was cut would lead elsewhere."""
        safe = safe_url(url)
        if len(safe) > URL * self._share:
            self.note(field)
            return None
        return safe or None


def fitted(make: Callable[[Fitting], _T]) -> _T:
    """What ``make`` makes with the largest share of every limit that is small enough."""
    share, room = 1.0, LARGEST - ENVELOPE
    for _ in range(_STEPS):
        event = make(Fitting(share))
        size = len(encoded(event))
        if size <= room:
            break
        # Lists and the texts in them shrink together: the size goes by the square of the share.
        share *= min(_STEP, math.sqrt(room / size))
    return event


def encoded(event: object) -> bytes:
    """An event as it is sent."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")  # a lone surrogate of a broken title becomes "?"


def framed(kind: str, at: datetime, data: Mapping[str, Any]) -> dict[str, Any]:
    """The frame that every event has."""
    return {"type": kind, "version": VERSION, "timestamp": time_of(at), "data": data}


def time_of(moment: datetime) -> str:
    """A time as JSON has it."""
    return in_utc(moment).isoformat().replace("+00:00", "Z")


def number(value: float, digits: int = 2) -> float:
    """A number as JSON can hold it: 0 where there is none."""
    return round(value, digits) if math.isfinite(value) else 0.0
