"""What time it is, where this machine's own clock may be wrong."""

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The database's time, carried on between two looks by a clock that nobody sets.

    Until the first look it is this machine's time.
    """

    def __init__(self) -> None:
        self._told = datetime.now(UTC)
        self._at = time.monotonic()

    def set(self, told: datetime) -> None:
        """Take over the time that the database has just told."""
        self._told, self._at = told, time.monotonic()

    def now(self) -> datetime:
        """The time."""
        return self._told + timedelta(seconds=time.monotonic() - self._at)
