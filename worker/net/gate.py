"""The per-host gate: how many requests one host gets from this process at the same time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from worker.net.errors import NetError, Reason

#: Requests to one host at the same time.
HOST_CONCURRENCY = 2


class HostGate:
    """At most ``at_once`` requests to one host at the same time, in this process."""

    def __init__(self, at_once: int = HOST_CONCURRENCY) -> None:
        self._at_once = at_once
        self._hosts: dict[str, tuple[asyncio.Semaphore, list[object]]] = {}

    @asynccontextmanager
    async def turn(self, host: str, patience: float) -> AsyncIterator[None]:
        """Wait for a turn at ``host``, at most ``patience`` seconds; NetError (host busy)."""
        gate, users = self._hosts.setdefault(host, (asyncio.Semaphore(self._at_once), []))
        me = object()
        users.append(me)
        try:
            try:
                async with asyncio.timeout(patience):
                    await gate.acquire()
            except TimeoutError:
                raise NetError(
                    Reason.HOST_BUSY, f"{host}: no turn in {patience:g} s, others wait for it too"
                ) from None
            try:
                yield
            finally:
                gate.release()
        finally:
            users.remove(me)
            if not users:
                del self._hosts[host]
