"""The lane of one channel: its sender, what is claimed for it, and what is under way."""

import asyncio
import math
import time
import traceback
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from worker import channels
from worker.alerts.addresses import Addresses
from worker.alerts.render import message
from worker.channels import ChannelConfig, Sender
from worker.channels.redaction import Redactor
from worker.channels.unsubscribe import Unsubscribing
from worker.delivery import circuit, pace
from worker.delivery.pace import Pace
from worker.delivery.rate import read_rate
from worker.environment import Environment
from worker.model import Channel, Receipt
from worker.net import Net
from worker.observe import logger
from worker.store.told import OwedDelivery

#: The longest that any attempt may take; every channel has a shorter time-out of its own.
ATTEMPT_SECONDS = 180.0
#: After "gone" nothing begins for so long: by then it is written down that the channel is disabled.
GONE_SECONDS = 5.0

log = logger(__name__)

Ended = Callable[["Lane", OwedDelivery, Receipt, float], None]


class Lane:
    """Sends what it is given, at the channel's pace; ``ended`` is told of each attempt.

    ``may_begin`` is asked before each attempt whether the delivery is still ours, ``now`` what time
    it is. It ``may_have_more`` unless the store has just given all there was.
    """

    def __init__(
        self,
        channel: Channel,
        net: Net,
        *,
        addresses: Addresses,
        may_begin: Callable[[int], bool],
        ended: Ended,
        now: Callable[[], datetime],
        unsubscribing: Unsubscribing | None = None,
    ) -> None:
        self.channel = channel
        self.may_have_more = True
        self._addresses = addresses
        self._may_begin = may_begin
        self._ended = ended
        self._waiting: deque[OwedDelivery] = deque()
        self._under_way: dict[int, asyncio.Task[None]] = {}
        self._last = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False
        self._unanswered = 0
        self._gone_until = -math.inf
        self._sender: Sender | None = None
        self._problem = ""
        try:
            config = channels.configure(channel, Environment())
            self._sender = channels.build(channel, Environment(), net, unsubscribing, now)
        except channels.ChannelError as error:
            config, self._problem = ChannelConfig(), str(error)
        gap = read_rate(config.rate).gap if config.rate else 0.0
        self.pace = Pace(concurrency=config.at_once, gap=gap)
        self._sends_mail = config.sends_mail

    @property
    def held(self) -> int:
        """Deliveries claimed for it: those that wait and those under way."""
        return len(self._waiting) + len(self._under_way)

    @property
    def wanted(self) -> int:
        """How many more deliveries it could use: a probe at the most where it gets no answers."""
        if self._closed or self.is_gone or (self.gets_no_answers and self.held):
            return 0
        room = pace.wanted(self.pace, held=self.held, now=time.monotonic())
        return min(room, 1) if self.gets_no_answers else room

    @property
    def gets_no_answers(self) -> bool:
        """Whether as many attempts in a row have been without an answer as open a circuit."""
        return self._unanswered >= circuit.THRESHOLD

    @property
    def is_gone(self) -> bool:
        """Whether the receiver has just said that it never wants to hear from us again."""
        return time.monotonic() < self._gone_until

    @property
    def is_low(self) -> bool:
        """Whether it is worth a look into the store for more."""
        return self.wanted * 2 >= self.pace.most_held

    def is_of(self, channel: Channel) -> bool:
        """Whether it was made for this channel as it is configured now."""
        return (channel.name, channel.kind, channel.config) == (
            self.channel.name,
            self.channel.kind,
            self.channel.config,
        )

    def add(self, delivery: OwedDelivery) -> None:
        """Take a delivery that was claimed; send it as soon as its turn comes."""
        self._waiting.append(delivery)
        self.pump()

    def take_back(self) -> list[int]:
        """The deliveries that have not begun, which are its own no more."""
        ids = [one.told.delivery_id for one in self._waiting]
        self._waiting.clear()
        return ids

    def pump(self) -> None:
        """Begin whatever may begin now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting and len(self._under_way) < self.pace.slots and not self._closed:
            if self.is_gone:
                return
            now = time.monotonic()
            start = pace.next_start(self.pace, last=self._last, now=now)
            if start > now:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(start - now, self.pump)
                return
            one = self._waiting.popleft()
            if self._may_begin(one.told.delivery_id):
                self._last = now
                task = asyncio.create_task(self._attempt(one))
                self._under_way[one.told.delivery_id] = task

    async def _attempt(self, one: OwedDelivery) -> None:
        begun = time.monotonic()
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                receipt = await self._send(one)
        except Exception as error:  # noqa: BLE001  a channel classifies and never raises: its mistake
            log.error("channel failed", channel=self.channel.name, exception=self._told(error))  # noqa: TRY400
            receipt = Receipt(delivered=False, detail=type(error).__name__, recoverable=True)
        now = time.monotonic()
        del self._under_way[one.told.delivery_id]
        self.pace = pace.after(self.pace, receipt, begun=begun, now=now)
        if receipt.gone:
            self._gone_until = now + GONE_SECONDS
        self._unanswered = self._unanswered + 1 if circuit.unanswered(receipt) else 0
        self._ended(self, one, receipt, now - begun)
        self.pump()

    def _told(self, error: Exception) -> str:
        """Where it happened, without secrets: what is raised may quote an address or a header."""
        strike = Redactor(channels.secrets_of(self.channel, Environment()))
        return strike("".join(traceback.format_exception(error)))

    def _send(self, one: OwedDelivery) -> Awaitable[Receipt]:
        if self._sender is None:
            return _refusal(self._problem)
        told = message(one.told, self._addresses.alert(one.told.alert_id), mail=self._sends_mail)
        return self._sender.send(told)

    async def close(self, *, seconds: float) -> None:
        """Begin nothing more, give what is under way so long, and let its connections go."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        under_way: set[asyncio.Task[Any]] = set(self._under_way.values())
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self._sender is not None:
            try:
                async with asyncio.timeout(1):
                    await channels.close(self._sender)
            except Exception as error:  # noqa: BLE001 - nothing is lost with it
                log.warning(
                    "channel not closed", channel=self.channel.name, error=type(error).__name__
                )


async def _refusal(problem: str) -> Receipt:
    """What became of an attempt through a channel that cannot be set up."""
    return Receipt(delivered=False, detail=problem, recoverable=True)
