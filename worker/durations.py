"""Lengths of time as people write them: ``30s``, ``15m``, ``6h``, ``1d``, or a number of seconds."""

import re
from datetime import timedelta

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WRITTEN = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd]?)")


def parse_duration(text: str) -> timedelta | None:
    """The duration ``text`` says, ``None`` when it says none. A bare number counts seconds."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        return None
    try:
        return timedelta(seconds=float(found[1]) * UNITS[found[2] or "s"])
    except OverflowError:
        return None


def spell(duration: timedelta) -> str:
    """A duration in at most two units: "45 s", "15 min", "1 h 30 min", "2 d"."""
    seconds = round(duration.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(minutes / 60)
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, unit: str, small: int, subunit: str) -> str:
    return f"{large} {unit} {small} {subunit}" if small else f"{large} {unit}"
