"""Turns within one process: how many requests one host gets from it at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from worker.net.errors import NetError, Reason

#: Requests to one host at the same time.
HOST_CONCURRENCY = 2


class HostGate:
    """At most ``at_once`` requests to one host at the same time, in this process.

    Who gets no turn in ``patience`` seconds is told that the host is busy. It keeps no memory of
    a host that nobody asks, so it neither spaces requests nor holds a host for later: that takes
    ``Turns`` that all processes share.
    """

    def __init__(self, at_once: int = HOST_CONCURRENCY, patience: float = 30.0) -> None:
        self._at_once = at_once
        self._patience = patience
        self._hosts: dict[str, _Place] = {}

    async def take(self, host: str, patience: float | None = None) -> None:
        """Wait for a turn at ``host``; NetError (host busy)."""
        seconds = self._patience if patience is None else patience
        place = self._hosts.get(host)
        if place is None:
            place = self._hosts[host] = _Place(self._at_once)
        place.users += 1
        try:
            if not place.turns.locked():
                await place.turns.acquire()
                return
            async with asyncio.timeout(seconds):
                await place.turns.acquire()
        except BaseException as error:
            self._leave(host, place)
            if not isinstance(error, TimeoutError):
                raise
            raise NetError(
                Reason.HOST_BUSY, f"{host}: no turn in {seconds:g} s, others wait for it too"
            ) from None

    async def give_back(
        self,
        host: str,
        *,
        hold_until: datetime | None = None,  # noqa: ARG002
        limited: bool = False,  # noqa: ARG002
    ) -> None:
        """End a turn. Nothing is held: whoever polls knows what the host asked for."""
        place = self._hosts[host]
        place.turns.release()
        self._leave(host, place)

    @asynccontextmanager
    async def turn(self, host: str, patience: float) -> AsyncIterator[None]:
        """A turn as a context, waited for at most ``patience`` seconds."""
        await self.take(host, patience)
        try:
            yield
        finally:
            await self.give_back(host)

    def _leave(self, host: str, place: "_Place") -> None:
        place.users -= 1
        if not place.users:
            del self._hosts[host]


class _Place:
    """One host: its turns, and how many have one or wait for one."""

    __slots__ = ("turns", "users")

    def __init__(self, at_once: int) -> None:
        self.turns = asyncio.Semaphore(at_once)
        self.users = 0
