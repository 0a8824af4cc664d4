"""Whose turn it is at a host: what ``Net`` asks before each request."""

from datetime import datetime
from typing import Protocol


class Turns(Protocol):
    """Who may ask a host now, be it among tasks, processes or machines."""

    async def take(self, host: str) -> None:
        """Return when the caller may ask ``host``.

        Raises NetError (host busy) whose ``until`` says when to come back; never waits long.
        """

    async def give_back(
        self, host: str, *, hold_until: datetime | None = None, limited: bool = False
    ) -> None:
        """End a turn; ``hold_until`` is when the host wants to be asked again at the earliest.

        ``limited``: it answered that it is asked too often.
        """
