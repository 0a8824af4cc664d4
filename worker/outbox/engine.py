"""The engine of the outbox: claims for lanes that have room, keeps claims, stops in order."""

import asyncio
import time
from collections import Counter
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.alerts.addresses import Addresses
from worker.channels.unsubscribe import Unsubscribing
from worker.delivery.circuit import CLOSED
from worker.model import Receipt
from worker.net import DaemonThreads, Net
from worker.observe import facts, logger
from worker.outbox.clock import Clock
from worker.outbox.lane import Lane
from worker.outbox.recorder import Recorder
from worker.outbox.unsubscribing import addresses_of, unsubscribing_of
from worker.settings import Settings
from worker.store import claims, outbox
from worker.store.lanes import LaneState
from worker.store.outbox import Attempt
from worker.store.told import OwedDelivery

IDLE_SECONDS = 5.0  # between looks into the store when nobody wakes us
BUSY_SECONDS = 1.0  # and while something is claimed: what is paused meanwhile stops
AWAY_SECONDS = 1.0  # before the next look when Postgres does not answer
FIRST_CLAIM = 4  # deliveries of a channel that has no lane yet
STOP_SECONDS = 2.0  # what is under way when a stop is asked for gets this long
FLUSH_SECONDS = 1.0  # and what has ended this long to be written down

log = logger(__name__)


class Outbox:
    """Sends what is owed, until it is told to stop. Made and run on one event loop.

    ``wake`` says that something may have become due; it may be called from any thread.
    """

    def __init__(self, settings: Settings, engine: Engine, *, owner: str) -> None:
        self._settings = settings
        self._engine = engine
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._woken = asyncio.Event()
        self._threads = DaemonThreads(3, "outbox")
        self._recorder = Recorder(engine, self._threads, owner=owner, written=self._written)
        self._clock = Clock()
        self._lanes: dict[int, Lane] = {}
        self._aside_tasks: set[asyncio.Task[None]] = set()
        self._kept_until: dict[int, float] = {}
        self._troubled: set[int] = set()
        self._unsubscribing: Unsubscribing | None = None
        self._addresses = Addresses("", b"")
        self._until_idle = self._stopping = False

    def wake(self) -> None:
        """Look soon for what is due."""
        with suppress(RuntimeError):  # the loop has ended meanwhile
            self._loop.call_soon_threadsafe(self._woken.set)

    async def run(self, stop: asyncio.Event, *, until_idle: bool = False) -> None:
        """Send until ``stop`` is set, or until nothing is due any more where ``until_idle``."""
        self._until_idle = until_idle
        async with Net.from_settings(self._settings) as net:
            recording = asyncio.create_task(self._recorder.run())
            keeping = asyncio.create_task(self._keep_claims())
            sending = asyncio.create_task(self._send_all(net))
            stopping = asyncio.create_task(stop.wait())
            try:
                await asyncio.wait(
                    {sending, recording, keeping, stopping}, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                stopping.cancel()
                await self._leave(sending)
                for task in (recording, keeping):
                    task.cancel()
                self._threads.close()
            for task in (sending, recording, keeping):
                if task.done() and not task.cancelled():
                    task.result()  # raises what ended us

    # ------------------------------------------------------------------------------ claiming

    async def _send_all(self, net: Net) -> None:
        while not self._stopping:
            facts.turn("outbox", 3 * IDLE_SECONDS)
            self._woken.clear()
            begun = time.monotonic()
            wanted = {channel: lane.wanted for channel, lane in self._lanes.items()}
            try:
                found, claimed = await self._threads.call(self._claim, wanted)
            except SQLAlchemyError as error:
                log.warning("nothing claimed", error=type(error).__name__)
                await self._sleep(AWAY_SECONDS)
                continue
            if found:
                self._clock.set(found[0].now)
            self._keep(claimed, since=begun)
            await self._follow(found, net)
            self._hand_out(claimed, wanted)
            if self._until_idle and not claimed and not self._kept_until:
                return
            await self._sleep(self._pause(found))

    async def _sleep(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()

    def _claim(self, wanted: Mapping[int, int]) -> tuple[list[LaneState], list[OwedDelivery]]:
        with self._engine.begin() as connection:
            if self._unsubscribing is None:
                self._unsubscribing = unsubscribing_of(connection, self._settings)
                self._addresses = addresses_of(connection, self._settings)
            return outbox.claim(
                connection,
                lambda channel: wanted.get(channel, FIRST_CLAIM),
                owner=self._owner,
                lease=self._settings.lease,
            )

    async def _follow(self, found: Sequence[LaneState], net: Net) -> None:
        """Have a lane for each channel that runs, as it is configured now, and no other."""
        running = {state.channel.id: state.channel for state in found}
        back = []
        for number, lane in list(self._lanes.items()):
            if number not in running or not lane.is_of(running[number]):
                back += lane.take_back()
                self._aside(lane.close(seconds=self._settings.net_timeout))
                del self._lanes[number]
        for number, channel in running.items():
            if number not in self._lanes:
                self._lanes[number] = Lane(
                    channel,
                    net,
                    addresses=self._addresses,
                    unsubscribing=self._unsubscribing,
                    may_begin=self._is_ours,
                    ended=self._ended,
                    now=self._clock.now,
                )
        await self._hand_back(back)

    def _hand_out(self, claimed: Sequence[OwedDelivery], wanted: Mapping[int, int]) -> None:
        """Give each lane what is claimed for it, and see whether there may be more.

        One that has got no answers meanwhile gets one as a probe: the others use up no try on it.
        """
        got = Counter(one.channel_id for one in claimed)
        for number, lane in self._lanes.items():
            asked = wanted.get(number, FIRST_CLAIM)
            lane.may_have_more = got[number] >= asked
        back = []
        for one in claimed:
            lane = self._lanes[one.channel_id]
            if lane.gets_no_answers and lane.held:
                back.append(one.told.delivery_id)
            else:
                lane.add(one)
        if back:
            self._aside(self._hand_back(back))

    def _pause(self, found: Sequence[LaneState]) -> float:
        """Seconds until the next look is due if nobody wakes us."""
        self._troubled = {one.channel.id for one in found if one.circuit != CLOSED}
        pause = BUSY_SECONDS if self._kept_until else IDLE_SECONDS
        for state in found:
            lane = self._lanes[state.channel.id]
            if lane.may_have_more and lane.is_low:
                return 0.0
            due = [one for one in (state.next_due, state.circuit.open_until) if one is not None]
            if (
                state.next_due is not None
                and (seconds := (max(due) - state.now).total_seconds()) > 0
            ):
                pause = min(pause, seconds)
        return pause

    # ------------------------------------------------------------------------------- attempts

    def _ended(self, lane: Lane, one: OwedDelivery, receipt: Receipt, elapsed: float) -> None:
        at, kind = self._clock.now(), lane.channel.kind
        self._recorder.put(
            Attempt(delivery=one, receipt=receipt, at=at, elapsed=elapsed, kind=kind)
        )
        if (lane.gets_no_answers or lane.is_gone) and (unsent := lane.take_back()):
            self._aside(self._hand_back(unsent))
        if lane.may_have_more and lane.is_low:
            self._woken.set()

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something beside the rest."""
        task = asyncio.create_task(work)
        self._aside_tasks.add(task)
        task.add_done_callback(self._aside_tasks.discard)

    def _written(self, attempts: Sequence[Attempt]) -> None:
        """Let the claims go; look again where what was written can change what is to be done."""
        for one in attempts:
            self._kept_until.pop(one.delivery.told.delivery_id, None)
            if not one.receipt.delivered or one.delivery.channel_id in self._troubled:
                self._woken.set()
        if self._until_idle and not self._kept_until:
            self._woken.set()

    # --------------------------------------------------------------------------------- claims

    def _keep(self, claimed: Sequence[OwedDelivery], *, since: float) -> None:
        until = since + self._settings.lease.total_seconds()
        self._kept_until |= {one.told.delivery_id: until for one in claimed}

    def _is_ours(self, delivery: int) -> bool:
        """Whether our claim on it cannot have ended; where it may have, somebody else has it."""
        if time.monotonic() < self._kept_until.get(delivery, 0.0):
            return True
        self._kept_until.pop(delivery, None)
        return False

    async def _keep_claims(self) -> None:
        """Renew what is claimed while the work goes on.

        A lease bounds how long a dead process's claims last, not how long a slow receiver may take.
        """
        lease = self._settings.lease
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            ids, begun = list(self._kept_until), time.monotonic()
            if not ids:
                continue
            try:
                await self._threads.call(self._renew, ids)
            except SQLAlchemyError as error:
                log.warning("claims not renewed", error=type(error).__name__)
            else:
                until = begun + lease.total_seconds()
                self._kept_until |= {one: until for one in ids if one in self._kept_until}

    def _renew(self, ids: Sequence[int]) -> None:
        with self._engine.begin() as connection:
            claims.renew(connection, "delivery", ids, owner=self._owner, lease=self._settings.lease)

    async def _hand_back(self, ids: Sequence[int]) -> None:
        if not ids:
            return
        try:
            await self._threads.call(self._give_up_claims, ids)
        except SQLAlchemyError as error:  # they end by themselves
            log.warning("claims not handed back", error=type(error).__name__)
        for number in ids:
            self._kept_until.pop(number, None)

    def _give_up_claims(self, ids: Sequence[int]) -> None:
        with self._engine.begin() as connection:
            outbox.hand_back(connection, ids, owner=self._owner)

    async def _leave(self, sending: "asyncio.Task[None]") -> None:
        """Hand back what has not begun; give what has a moment to end and to be written down.

        What does not end in it is not handed back: it may have arrived.
        """
        self._stopping = True
        self._woken.set()
        closing = [lane.close(seconds=STOP_SECONDS) for lane in self._lanes.values()]
        await asyncio.gather(asyncio.wait({sending}, timeout=STOP_SECONDS), *closing)
        sending.cancel()
        await self._hand_back([one for lane in self._lanes.values() for one in lane.take_back()])
        unwritten = await self._recorder.flush(FLUSH_SECONDS)
        if unwritten:
            log.warning("attempts not written down will be made again", attempts=unwritten)
        for task in self._aside_tasks:
            task.cancel()
        await asyncio.gather(*self._aside_tasks, return_exceptions=True)
