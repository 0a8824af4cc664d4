"""Blocking calls of many tasks made in one go: those that come while the last are being made."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from worker.net.thread import DaemonThreads

_V = TypeVar("_V")
_R = TypeVar("_R")


class Together(Generic[_V, _R]):
    """Has ``work`` done of all values that have come, one batch after the other, in a thread.

    ``work`` gives one result for each value. Where it fails of several, each is tried alone, so
    that none fails of another, unless the error is ``common`` to all.
    """

    def __init__(
        self,
        work: Callable[[Sequence[_V]], Sequence[_R]],
        threads: DaemonThreads,
        *,
        common: Callable[[Exception], bool],
    ) -> None:
        self._work = work
        self._threads = threads
        self._common = common
        self._waiting: list[tuple[_V, asyncio.Future[_R]]] = []
        self._working: asyncio.Task[None] | None = None

    async def call(self, value: _V) -> _R:
        """What comes of a value; a cancelled call is made all the same."""
        answer: asyncio.Future[_R] = asyncio.get_running_loop().create_future()
        self._waiting.append((value, answer))
        if self._working is None or self._working.done():
            # It begins when all tasks that can go on now have done so: what they ask comes along.
            self._working = asyncio.create_task(self._work_off())
        return await answer

    async def _work_off(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            await self._make(batch)

    async def _make(self, batch: Sequence[tuple[_V, "asyncio.Future[_R]"]]) -> None:
        try:
            results = await self._threads.call(self._work, [value for value, _ in batch])
        except Exception as error:  # noqa: BLE001 - handed to whoever awaits
            if len(batch) > 1 and not self._common(error):
                for one in batch:
                    await self._make([one])
                return
            for _, answer in batch:
                if not answer.done():
                    answer.set_exception(error)
            return
        for (_, answer), result in zip(batch, results, strict=True):
            if not answer.done():
                answer.set_result(result)
