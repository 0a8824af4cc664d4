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
