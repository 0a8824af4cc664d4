"""Deleting what is kept no longer: in small batches, with pauses, once a day."""

import time as clock
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from worker.model import Retention
from worker.observe import logger
from worker.store import pruning
from worker.store.pruning import Key, Step

#: A run that could not begin at its time may begin this much later; a longer delay waits for the
#: next night, unless a night was missed altogether.
LATE = timedelta(hours=6)
MISSED = timedelta(days=2)
PAUSE = 0.5  # of the time that a batch took, before the next one
LONGEST_PAUSE = 2.0  # seconds
TRIES = 5  # of a batch that had to wait for somebody
#: Sqlstates of a batch that waited, or worked, for too long, of one that stood in a deadlock, and
#: of one whose rows somebody began to refer to.
_IN_THE_WAY = {"55P03", "57014", "40P01", "23503"}

log = logger(__name__)


def due(now: datetime, at: time | None, last: date | None) -> date | None:
    """The day whose pruning should begin now, if any; ``last`` is the latest that was begun."""
    if at is None:
        return None
    begins = datetime.combine(now.date(), at, UTC)
    if begins > now:
        begins -= timedelta(days=1)
    day = begins.date()
    if last is not None and day <= last:
        return None
    missed = last is not None and day - last >= MISSED
    return day if missed or now - begins < LATE else None


def prune(
    engine: Engine,
    retention: Retention,
    *,
    apply: bool = True,
    only: Collection[str] = (),
    stopped: Callable[[], bool] = lambda: False,
    sleep: Callable[[float], None] = clock.sleep,
) -> dict[str, int]:
    """Delete (or only count) what is kept no longer; gives how many rows, by table.

    ``only`` some policies. Ends after the batch under way when ``stopped`` says so.
    """
    removed: Counter[str] = Counter()
    for step in pruning.steps(retention):
        after: Key | None = step.start if not only or step.name in only else None
        while after is not None and not stopped():
            began = clock.monotonic()
            batch = _batch(engine, step, after, apply=apply, sleep=sleep)
            if batch is None:
                log.warning("pruning put off: rows are held by others", policy=step.name)
                break
            removed.update(batch.removed)
            after = batch.last
            if after is not None and apply:
                sleep(min(PAUSE * (clock.monotonic() - began), LONGEST_PAUSE))
    return {table: count for table, count in removed.items() if count}


def _batch(
    engine: Engine, step: Step, after: Key, *, apply: bool, sleep: Callable[[float], None]
) -> pruning.Batch | None:
    """One batch, again if somebody stood in its way; ``None`` if somebody always did."""
    for _ in range(TRIES):
        try:
            with engine.begin() as connection:
                return pruning.do_batch(connection, step, after, apply=apply)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _IN_THE_WAY:
                raise
            sleep(LONGEST_PAUSE)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """A scheduler's part: pages as they grow old, the rest once a day, by one scheduler."""

    engine: Engine
    retention: Retention
    at: time | None
    stopped: Callable[[], bool]

    def turn(self) -> None:
        """Do what is to be done now."""
        if self.at is None:
            return
        prune(self.engine, self.retention, only={"pages"}, stopped=self.stopped)
        now = datetime.now(UTC)
        with self.engine.begin() as connection:
            day = due(now, self.at, pruning.last_day(connection))
            if day is None or not pruning.begin(connection, day):
                return
        log.info("pruning begins", day=str(day))
        removed = prune(self.engine, self.retention, stopped=self.stopped)
        with self.engine.begin() as connection:
            pruning.end(connection, day, removed)
        _tell(removed, datetime.now(UTC) - now)


def _tell(removed: Mapping[str, int], took: timedelta) -> None:
    log.info("pruned", seconds=round(took.total_seconds(), 1), rows=dict(removed))
