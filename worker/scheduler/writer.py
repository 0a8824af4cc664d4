"""Stores finished polls: those that end within a moment together, in one transaction."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine

from worker.model import ItemState
from worker.observe import facts, logger
from worker.queue import FETCH, TAG, Queues
from worker.scheduler.poll import Poll, refused
from worker.scheduler.storing import Storing
from worker.scheduler.telling import tell
from worker.scheduler.verdict import Verdict
from worker.store.engine import first_line, is_away
from worker.store.items import Owed

#: Polls stored in one transaction at most, and about how many entries they may have together.
MOST, MOST_ENTRIES = 200, 2000
AGAIN_SECONDS = 1.0  # before the next try, while the database is away
QUEUE_OF = {ItemState.DISCOVERED: FETCH, ItemState.FETCHED: TAG}

log = logger(__name__)


class Writer:
    """Collects polls for ``gather`` seconds at most and stores them; then wakes workers."""

    def __init__(
        self,
        engine: Engine,
        queues: Queues | None,
        storing: Storing,
        *,
        gather: float,
        again: Callable[[Poll], None],
        busy: Callable[[], bool] = lambda: True,
    ) -> None:
        """Without queues the sweep wakes workers later.

        ``again`` is called, in the loop's thread, with each poll that must be read whole; ``busy``
        says whether polls are under way.
        """
        self._again = again
        self._unfinished: list[Poll] = []
        self._engine = engine
        self._queues = queues
        self._storing = storing
        self._gather = gather
        self._polls: deque[Poll] = deque()
        self._batch: list[Poll] = []
        self._came = asyncio.Event()
        self._now = asyncio.Event()
        self._busy = busy
        self._closed = False

    def __len__(self) -> int:
        """How many polls wait to be stored."""
        return len(self._polls)

    def feeds(self) -> list[int]:
        """The feeds of the polls that wait to be stored, or are being stored."""
        return [poll.feed.id for poll in (*self._batch, *self._polls)]

    def put(self, poll: Poll) -> None:
        """Have a poll stored soon."""
        self._polls.append(poll)
        self._came.set()
        if len(self._polls) >= MOST:
            self._now.set()

    def hurry(self) -> None:
        """Store what there is: no more will come for a while."""
        self._now.set()

    def close(self) -> None:
        """Store what there is, then end."""
        self._closed = True
        self._came.set()
        self._now.set()

    async def run(self) -> None:
        """Store until closed."""
        while not self._closed or self._polls:
            await self._came.wait()
            await self._more()
            self._batch = self._next()
            if not self._polls and not self._closed:
                self._came.clear()
            if self._batch:
                facts.turn("write")
                await self._store_in_time(self._batch)
                self._batch = []
                while self._unfinished:
                    self._again(self._unfinished.pop())

    async def _store_in_time(self, polls: Sequence[Poll]) -> None:
        """Store polls; while the database is away they wait for it, as their claims are still ours.

        On the way out there is one try: others poll again when the claims end.
        """
        while await asyncio.to_thread(self._tried, polls) is None and not self._closed:
            facts.turn("write")
            await asyncio.sleep(AGAIN_SECONDS)

    async def _more(self) -> None:
        """Wait a moment for other polls to store with those that are there, if any are under way."""
        if len(self._polls) >= MOST or self._closed or not self._busy():
            return
        self._now.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._gather):
                await self._now.wait()

    def _next(self) -> list[Poll]:
        """The polls to store together, the oldest first."""
        batch: list[Poll] = []
        entries = 0
        while self._polls and len(batch) < MOST and entries < MOST_ENTRIES:
            batch.append(self._polls.popleft())
            entries += len(batch[-1].read.marked) if batch[-1].read else 0
        return batch

    def store(self, polls: Sequence[Poll]) -> list[Verdict]:
        """Store polls, together or, if that fails, each alone; never raises."""
        return self._tried(polls) or []

    def _tried(self, polls: Sequence[Poll]) -> list[Verdict] | None:
        """The same; ``None`` where the database is away."""
        try:
            return self._store(polls)
        except Exception as error:
            if is_away(error):
                log.warning("polls not stored", polls=len(polls), error=first_line(error))
                return None
            if len(polls) > 1:
                log.warning("polls not stored together", polls=len(polls), error=first_line(error))
                return [verdict for poll in polls for verdict in self.store([poll])]
            log.exception("poll not stored", feed=polls[0].feed.name)
            return self._store_failure(polls[0], error)

    def _store_failure(self, poll: Poll, error: Exception) -> list[Verdict]:
        """Write down that what a poll brought cannot be stored, so that it is not tried at once."""
        problem = f"could not be stored ({type(getattr(error, 'orig', None) or error).__name__})"
        try:
            return self._store([refused(poll, problem)])
        except Exception:
            log.exception("failure not stored", feed=poll.feed.name)
            return []

    def _store(self, polls: Sequence[Poll]) -> list[Verdict]:
        with self._engine.begin() as connection:
            stored = self._storing.store(connection, polls, now=datetime.now(UTC))
        self._unfinished.extend(stored.unfinished)
        self._wake(stored.owed)
        tell(stored)
        return list(stored.verdicts)

    def _wake(self, owed: Iterable[Owed]) -> None:
        by_queue: dict[str, list[int]] = {}
        for one in owed:
            if one.state in QUEUE_OF:
                by_queue.setdefault(QUEUE_OF[one.state], []).append(one.id)
        for queue, ids in by_queue.items():
            if self._queues is not None:
                self._queues.wake(queue, ids)
