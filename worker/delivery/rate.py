"""How many attempts a channel may be sent in a time, as people write it: ``60/min``, ``10/s``."""

import re
from dataclasses import dataclass
from datetime import timedelta

UNITS = {
    "s": timedelta(seconds=1),
    "min": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_WRITTEN = re.compile(r"([1-9]\d{0,5})\s*/\s*(s|min|h|d)")


@dataclass(frozen=True, slots=True)
class Rate:
    """``count`` attempts in each ``per``."""

    count: int
    per: timedelta

    @property
    def gap(self) -> float:
        """The seconds between two attempts at an even pace."""
        return self.per.total_seconds() / self.count


def read_rate(text: str) -> Rate:
    """The rate that ``text`` says. Raises ValueError with the mend when it says none."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError("write a number and s, min, h or d, e.g. 60/min or 10/s")
    return Rate(int(found[1]), UNITS[found[2]])
