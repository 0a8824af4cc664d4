"""What attempts brought, written down in batches; kept while Postgres is away."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from worker.model import RetryDecision
from worker.net import DaemonThreads
from worker.observe import logger
from worker.outbox.telling import tell
from worker.store import outbox
from worker.store.outbox import Attempt

MOST_AT_ONCE = 200
PAUSES = (0.1, 0.3, 0.5, 1.0, 2.0)  # seconds; a restart of Postgres is waited out

log = logger(__name__)


class Recorder:
    """Writes attempts as they end: all that have ended while the ones before were being written.

    ``written`` is called with each batch once it is.
    """

    def __init__(
        self,
        engine: Engine,
        threads: DaemonThreads,
        *,
        owner: str,
        written: Callable[[Sequence[Attempt]], None],
    ) -> None:
        self._engine = engine
        self._threads = threads
        self._owner = owner
        self._written = written
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        self._ended: list[Attempt] = []
        self._new = asyncio.Event()
        self._clear = asyncio.Event()
        self._clear.set()

    def put(self, attempt: Attempt) -> None:
        """Take an attempt that has ended."""
        self._ended.append(attempt)
        self._new.set()
        self._clear.clear()

    async def flush(self, seconds: float) -> int:
        """Wait until all is written, at most so long; gives how many attempts are not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._clear.wait()
        return len(self._ended)

    async def run(self) -> None:
        """Write for ever."""
        failures = 0
        while True:
            await self._new.wait()
            batch = self._ended[:MOST_AT_ONCE]
            try:
                decisions = await self._threads.call(self._write, batch)
            except (InterfaceError, OperationalError) as error:
                pause = PAUSES[min(failures, len(PAUSES) - 1)]
                failures += 1
                log.warning(
                    "attempts not written yet",
                    attempts=len(self._ended),
                    error=type(error).__name__,
                )
                await asyncio.sleep(pause)
                continue
            failures = 0
            del self._ended[: len(batch)]
            if not self._ended:
                self._new.clear()
                self._clear.set()
            for one, decision in zip(batch, decisions, strict=True):
                if decision is not None:
                    tell(one, decision)
            self._written(batch)

    def _write(self, batch: Sequence[Attempt]) -> list[RetryDecision | None]:
        """What was decided of each; none of one that cannot be written, which costs no other."""
        try:
            with self._engine.begin() as connection:
                return [*outbox.record(connection, batch, owner=self._owner, rng=self._rng)]
        except (InterfaceError, OperationalError):
            raise
        except SQLAlchemyError:
            if len(batch) > 1:
                return [decided for one in batch for decided in self._write([one])]
            log.exception("attempt not written", delivery=batch[0].delivery.told.delivery_id)
            return [None]
