"""What Postgres says is owed and nobody holds, and what is old."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine

from worker.announcing.digests import release_digests
from worker.announcing.events import announce_events
from worker.announcing.heartbeats import announce_heartbeats
from worker.announcing.spikes import announce_spikes
from worker.model import Brake, Spacing
from worker.observe import logger
from worker.queue import DELIVER, RECOUNT, RETAG, Queues
from worker.scheduler.writer import QUEUE_OF
from worker.store import hosts, lines, outbox, retags, spikes, stories, work
from worker.store.engine import now_of

GRACE = timedelta(seconds=20)  # for a worker to come, where jobs wait before what it was woken for
LOST = timedelta(seconds=3)  # and where no job waits: what it was woken by is gone
LIMIT = 1000
LOOK_SECONDS = 0.5  # between two looks at what is owed, where there was something or a job waits
IDLE_SECONDS = 1.0  # and where there was nothing
SOON_SECONDS = 0.2  # the least, where a page's turn at its host comes sooner
TOLD_SECONDS = 60.0  # between two lines of the log
LINES_KEPT = timedelta(days=180)  # of a host that has had no article since
RETAG_LIMIT = 500  # in the queue at a time: more than is done until the next sweep
DEPTH = 200  # jobs: a queue longer than this has lost nothing, its workers are behind

log = logger(__name__)


@dataclass(slots=True)
class Tally:
    """What was woken for again, summed up: told at once, and then at most every ``TOLD_SECONDS``."""

    items: int = 0
    deliveries: int = 0
    told_at: float = -math.inf

    def add(self, items: int, deliveries: int, now: float) -> tuple[int, int] | None:
        """Count more of it; gives what is to be told now, by a clock in seconds."""
        self.items += items
        self.deliveries += deliveries
        if not (self.items or self.deliveries) or now - self.told_at < TOLD_SECONDS:
            return None
        told = self.items, self.deliveries
        self.items, self.deliveries, self.told_at = 0, 0, now
        return told


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Wakes workers for what a crash or a lost broker left behind; drops what is counted no more."""

    engine: Engine
    queues: Queues | None
    spacing: Spacing
    story_window: timedelta = timedelta(hours=72)
    brake: Brake = field(default_factory=Brake)
    _told: Tally = field(default_factory=Tally, repr=False)

    def sweep(self) -> float:
        """Wake workers again for what is owed; gives the seconds until the next look.

        It comes when the next item is due, where that is soon: a page that waits for its host's turn
        is news. What was tried before travels alone: if it kills its worker, it takes nothing with it.
        """
        if self.queues is None:
            return IDLE_SECONDS
        depths = self.queues.depths()
        with self.engine.begin() as connection:
            graces = {state: _grace(depths, queue) for state, queue in QUEUE_OF.items()}
            owed, due = work.sweep_items(connection, graces=graces, limit=LIMIT)
            outbox.give_up_unreached(connection)
            pending = outbox.sweep(connection, grace=_grace(depths, DELIVER), limit=LIMIT)
            anew = [] if depths.get(RETAG) else retags.waiting(connection, limit=RETAG_LIMIT)
            uncounted = [] if depths.get(RECOUNT) else spikes.uncounted(connection)
        for state, queue in QUEUE_OF.items():
            if depths.get(queue, 0) < DEPTH:
                waiting = [one for one in owed if one.state is state]
                self.queues.wake(queue, [one.id for one in waiting if not one.attempts])
                self.queues.wake(queue, [one.id for one in waiting if one.attempts], batch=1)
        if depths.get(DELIVER, 0) < DEPTH:
            self.queues.wake(DELIVER, pending)
        self.queues.wake(RETAG, anew)
        self.queues.wake(RECOUNT, uncounted)
        if told := self._told.add(len(owed), len(pending), time.monotonic()):
            log.info("woken for again", items=told[0], deliveries=told[1])
        waits = not depths or any(depths.values())
        return pause(found=waits or bool(owed or pending or anew or uncounted), due=due)

    def announce(self) -> None:
        """Ring for what happened to feeds."""
        with self.engine.begin() as connection:
            planned = announce_events(connection, brake=self.brake)
        self._wake(planned)

    def release(self) -> None:
        """Tell of what was held and is due."""
        with self.engine.begin() as connection:
            planned = release_digests(connection, now=now_of(connection))
        self._wake(planned)

    def measure(self) -> None:
        """Ring for rates of stories that have left their normal."""
        with self.engine.begin() as connection:
            planned = announce_spikes(connection, now=now_of(connection), brake=self.brake)
        self._wake(planned)

    def beat(self) -> None:
        """Tell channels that ask for it that all is well, or what is not."""
        with self.engine.begin() as connection:
            planned = announce_heartbeats(connection, now=now_of(connection))
        self._wake(planned)

    def _wake(self, planned: Sequence[int]) -> None:
        if planned and self.queues is not None:
            self.queues.wake(DELIVER, planned)

    def learn(self) -> None:
        """Count how rare terms are among the articles that came; drop what is compared no more."""
        with self.engine.begin() as connection:
            stories.learn_rarity(connection)
            stories.forget_sketches(connection, window=self.story_window)

    def clean(self) -> None:
        """Drop the lines of hosts long silent; let hosts that limited us together have turns of their own again."""
        with self.engine.begin() as connection:
            lines.forget(connection, after=LINES_KEPT)
            hosts.narrow_quiet(connection, quiet=self.spacing.quiet)
            spikes.forget(connection, now=now_of(connection))


def pause(*, found: bool, due: float | None) -> float:
    """Seconds until the next look, where the next item that waits is ``due`` in so many."""
    usual = LOOK_SECONDS if found else IDLE_SECONDS
    return usual if due is None else min(usual, max(due, SOON_SECONDS))


def _grace(depths: Mapping[str, int], queue: str) -> timedelta:
    """How long those who were woken by a job of this queue are given to come."""
    return LOST if depths.get(queue) == 0 else GRACE
