"""The pace: claims feeds that are due, has them asked, hands what they brought to the writer."""

import asyncio
import contextlib
import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.model import Feed
from worker.net import DaemonThreads, Net
from worker.observe import facts, logger
from worker.parsing.pool import ParserPool
from worker.queue import Queues
from worker.scheduler.asking import Asking
from worker.scheduler.blame import Blame
from worker.scheduler.poll import Poll
from worker.scheduler.pruning import Pruning
from worker.scheduler.storing import Storing
from worker.scheduler.sweep import LOOK_SECONDS, Sweep
from worker.scheduler.writer import Writer
from worker.settings import Settings
from worker.store import feeds
from worker.store.engine import first_line
from worker.turns import HostTurns

TICK = 1.0  # seconds between looks at the schedule when nothing is due sooner
SHORTEST_TICK = 0.2  # seconds: what falls due meanwhile is claimed together
ROOM_SECONDS = 0.2  # between looks for room where nothing ends
CLAIM_SECONDS = 0.1  # between claims while more is due than fits
OVERSLEPT_SECONDS = 60.0  # without a look at the schedule: a start, a stop, a sleeping machine
DOUBT_SECONDS = 2.0  # between a host that was not reached and the judgement whose fault it is
AT_ONCE = 20  # overdue feeds, for each that can be asked at a time, that are not spread
AHEAD = 400  # feeds claimed at once beyond those that can be asked at once
AHEAD_SECONDS = 0.2  # for which there are feeds at hand while more is claimed
LOW = 0.7  # of what was claimed last is left when more is claimed
BACKLOG = 1000  # polls waiting to be stored, with which no more are made
RELEASE_SECONDS = 2.0
SPIKE_SECONDS = 10.0
BEAT_SECONDS = 15.0
CLEAN_SECONDS = 600.0
LEARN_SECONDS = 60.0
TROUBLE_SECONDS = 2.0
STOP_SECONDS = 2.5

log = logger(__name__)


class Scheduler:
    """Polls and sweeps until told to stop."""

    def __init__(
        self, settings: Settings, engine: Engine, queues: Queues | None, *, owner: str
    ) -> None:
        """``owner`` names this process in its claims. Without queues the sweep wakes workers later."""
        self._settings = settings
        self._engine = engine
        self._owner = owner
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        self._limits = settings.poll_limits
        storing = Storing(owner=owner, spacing=settings.spacing, limits=self._limits, rng=self._rng)
        self._writer = Writer(
            engine,
            queues,
            storing,
            gather=settings.poll_gather,
            again=self._read_again,
            busy=lambda: bool(self._polls),
        )
        self._blame = Blame(self._limits)
        self._asking: Asking | None = None
        self._readings: dict[int, asyncio.Task[None]] = {}
        self._sweep = Sweep(
            engine=engine,
            queues=queues,
            spacing=settings.spacing,
            story_window=settings.story_window,
            brake=settings.brake,
        )
        self._ready: deque[Feed] = deque()
        self._polls: dict[int, asyncio.Task[None]] = {}
        self._finished, self._counted = 0, time.monotonic()
        self._ended = asyncio.Event()
        self._turns = self.turns()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then give back what is held."""
        async with (
            Net.from_settings(self._settings, gate=self._turns) as net,
            self._parsers() as parsers,
            asyncio.TaskGroup() as group,
        ):
            group.create_task(self._every(LOOK_SECONDS, self._sweep.sweep, stop))
            group.create_task(self._every(RELEASE_SECONDS, self._sweep.announce, stop))
            group.create_task(self._every(RELEASE_SECONDS, self._sweep.release, stop))
            group.create_task(self._every(SPIKE_SECONDS, self._sweep.measure, stop))
            group.create_task(self._every(BEAT_SECONDS, self._sweep.beat, stop))
            group.create_task(self._every(CLEAN_SECONDS, self._sweep.clean, stop))
            group.create_task(self._every(LEARN_SECONDS, self._sweep.learn, stop))
            group.create_task(self._every(CLEAN_SECONDS, self._pruning(stop).turn, stop))
            group.create_task(self._renew_claims(stop))
            parsers.start()
            writing = group.create_task(self._writer.run())
            self._asking = self._asker(net, parsers)
            await self._poll_loop(self._asking, stop)
            self._writer.close()
            await writing
            await self._hand_back()

    def turns(self) -> HostTurns:
        """Whose turn it is at a host, among all schedulers and workers."""
        settings = self._settings
        return HostTurns(
            self._engine,
            owner=self._owner,
            lease=settings.lease,
            spacing=settings.spacing,
            threads=DaemonThreads(1, "turns"),
        )

    def _pruning(self, stop: asyncio.Event) -> Pruning:
        settings = self._settings
        return Pruning(
            engine=self._engine,
            retention=settings.retention,
            at=settings.prune_at,
            stopped=stop.is_set,
        )

    def _asker(self, net: Net, parsers: ParserPool) -> Asking:
        return Asking(net=net, parsers=parsers, limits=self._limits, rng=self._rng)

    def _parsers(self) -> ParserPool:
        return ParserPool(
            processes=self._settings.parse_processes,
            seconds=self._settings.parse_timeout,
            megabytes=self._settings.parse_memory,
        )

    async def _every(
        self, seconds: float, work: Callable[[], float | None], stop: asyncio.Event
    ) -> None:
        """Do ``work`` in a thread, again and again; trouble is logged and waited out.

        Work may give the seconds until it is to be done again.
        """
        while not stop.is_set():
            facts.turn(work.__name__, least=3 * seconds)
            try:
                wanted = await asyncio.to_thread(work)
                pause = seconds if wanted is None else wanted
            except SQLAlchemyError as error:
                log.warning("database trouble", error=first_line(error))
                pause = TROUBLE_SECONDS
            await _pause(stop, pause)

    # ------------------------------------------------------------------------------- the poll loop

    async def _poll_loop(self, asking: Asking, stop: asyncio.Event) -> None:
        looked = -OVERSLEPT_SECONDS
        while not stop.is_set():
            facts.turn("poll")
            limit = await self._room(stop)
            if not self._writer.feeds():  # it stands still since it has nothing to do
                facts.turn("write")
            try:
                if time.time() - looked >= OVERSLEPT_SECONDS:
                    await asyncio.to_thread(self._spread)
                claimed, pause = await asyncio.to_thread(self._claim, limit)
            except SQLAlchemyError as error:
                log.warning("database trouble", error=first_line(error))
                await _pause(stop, TROUBLE_SECONDS)
                continue
            looked = time.time()
            self._ready.extend(feed for feed in claimed if feed.id not in self._polls)
            self._start_polls(asking)
            if pause or not claimed:
                await _pause(stop, pause or CLAIM_SECONDS)
            else:
                await self._run_low()
        await self._let_finish()

    def _spread(self) -> None:
        """After a long stop, of ours or of the database, do not ask everybody at once."""
        over, keep = self._settings.poll_spread, self._settings.poll_concurrency * AT_ONCE
        with self._engine.begin() as connection:
            spread = feeds.spread_overdue(connection, over=over, keep=keep)
        if spread:
            log.info("overdue feeds spread", feeds=spread, over=str(over))

    async def _room(self, stop: asyncio.Event) -> int:
        """Wait for room. Gives how many feeds to claim: what can be asked now, and in a moment."""
        while not stop.is_set():
            wanted = self._settings.poll_concurrency + self._soon()
            wanted -= len(self._polls) + len(self._ready)
            if wanted > 0 and len(self._writer) < BACKLOG:
                return wanted
            self._ended.clear()
            await _pause(self._ended, ROOM_SECONDS)
        return 0

    def _soon(self) -> int:
        """How many polls will end within ``AHEAD_SECONDS``, by those that ended lately."""
        if not self._polls:  # what it was before is not known any more
            self._counted, self._finished = time.monotonic(), 0
            return self._settings.poll_concurrency
        over = time.monotonic() - self._counted
        if over > 1.0:  # what is longer ago counts for less and less
            over, self._finished = over / 2, self._finished // 2
            self._counted += over
        return min(round(self._finished / max(over, SHORTEST_TICK) * AHEAD_SECONDS), AHEAD)

    async def _run_low(self) -> None:
        """Wait until it is time to claim more, ``CLAIM_SECONDS`` at most.

        A claim takes its time, in which what is left goes on: it must not run dry meanwhile.
        """
        low = (len(self._polls) + len(self._ready)) * LOW
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLAIM_SECONDS):
                while len(self._polls) + len(self._ready) > low:
                    self._ended.clear()
                    await self._ended.wait()

    def _claim(self, limit: int) -> tuple[list[Feed], float]:
        """Feeds to poll now, and the seconds until the next look; 0 while more is due than fits."""
        if limit < 1:
            return [], CLAIM_SECONDS
        with self._engine.begin() as connection:
            claimed = feeds.claim_due(
                connection,
                owner=self._owner,
                limit=limit,
                lease=self._settings.lease,
                gap=self._settings.host_gap,
            )
            due = feeds.next_due(connection)
        wait = (due - datetime.now(UTC)).total_seconds() if due else TICK
        return claimed, 0.0 if wait < 0 else min(max(wait, SHORTEST_TICK), TICK)

    def _start_polls(self, asking: Asking) -> None:
        while self._ready and len(self._polls) < self._settings.poll_concurrency:
            feed = self._ready.popleft()
            task = asyncio.create_task(self._poll(asking, feed))
            self._polls[feed.id] = task

    async def _poll(self, asking: Asking, feed: Feed) -> None:
        try:
            poll = await asking.ask(feed)
            self._blame.note(poll, now=datetime.now(UTC))
            if poll.unreached:  # others that fail in a moment tell whose fault it is
                await asyncio.sleep(DOUBT_SECONDS)
            self._writer.put(self._blame.settle(poll))
        finally:
            self._polls.pop(feed.id, None)
            self._finished += 1
            self._ended.set()
            self._start_polls(asking)
            if not self._polls:
                self._writer.hurry()

    def _read_again(self, poll: Poll) -> None:
        """Have a document read whole of which the unseen entries alone do not tell enough."""

        async def read(asking: Asking) -> None:
            # Its turn at the host has ended.
            alone = replace(poll, feed=replace(poll.feed, host=""))
            try:
                self._writer.put(await asking.read(alone, all_of_it=True))
            finally:
                self._readings.pop(poll.feed.id, None)

        if self._asking is not None:
            self._readings[poll.feed.id] = asyncio.create_task(read(self._asking))

    async def _renew_claims(self, stop: asyncio.Event) -> None:
        """Keep the claims on feeds whose polls take their time."""
        lease = self._settings.lease
        while not stop.is_set():
            await _pause(stop, lease.total_seconds() / 3)
            held = [*self._polls, *self._readings, *self._writer.feeds()]
            held += [feed.id for feed in self._ready]
            try:
                if held:
                    await asyncio.to_thread(self._renew, held)
            except SQLAlchemyError as error:
                log.warning("claims not renewed", error=first_line(error))

    def _renew(self, held: list[int]) -> None:
        with self._engine.begin() as connection:
            feeds.renew(
                connection,
                held,
                owner=self._owner,
                lease=self._settings.lease,
                turns=tuple(self._turns.held),
            )

    async def _let_finish(self) -> None:
        """Let polls under way end within a moment."""
        self._ready.clear()
        working = [*self._polls.values(), *self._readings.values()]
        if working:
            _, late = await asyncio.wait(working, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _hand_back(self) -> None:
        """Give up the claims on what was not polled any more."""

        def work() -> None:
            with self._engine.begin() as connection:
                feeds.hand_back(connection, owner=self._owner)

        try:
            await asyncio.to_thread(work)
        except SQLAlchemyError as error:
            log.warning("claims not given back; their leases will end", error=first_line(error))

    # --------------------------------------------------------------------------------- one by hand

    async def poll_now(self, net: Net, feed: Feed) -> str:
        """Poll one feed at once, whatever its schedule says. Gives a sentence on what came of it."""
        with self._engine.begin() as connection:
            ours = feeds.claim_feed(
                connection, feed.id, owner=self._owner, lease=self._settings.lease
            )
        if not ours:
            return f"{feed.name} is being polled right now by another process."
        async with self._parsers() as parsers:
            # Without the hashes of its last entries the document is read whole.
            alone = replace(feed, host="", entry_hashes=b"")
            poll = await self._asker(net, parsers).ask(alone)
            poll = replace(poll, feed=replace(feed, host=""))
        return await asyncio.to_thread(self._store_one, poll)

    def _store_one(self, poll: Poll) -> str:
        name, stored = poll.feed.name, self._writer.store([poll])
        if poll.put_back is not None:
            return f"{name}: {poll.outcome.error}"
        if not stored:
            return f"{name}: nothing was stored, the feed has changed hands meanwhile."
        outcome = stored[0].poll.outcome
        if outcome.error:
            return f"{name}: {outcome.error}"
        if outcome.window is None:
            return f"{name}: answered {outcome.status}, nothing has changed."
        first = " (a silent baseline)" * (poll.feed.first_polled_at is None)
        return f"{name}: {outcome.new_items} new items{first}, {outcome.revised_items} revised."


async def _pause(event: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until ``event`` is set."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
