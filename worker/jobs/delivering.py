"""The deliver queue: planned deliveries sent, and what became of each written down."""

import asyncio
import os
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from worker import channels
from worker.alerts.render import message
from worker.alerts.retry import decide_retry
from worker.delivery.rate import read_rate
from worker.jobs.workplace import Workplace, at_work, claims_kept, limited
from worker.model import Channel, Receipt
from worker.net import Net
from worker.observe import logger
from worker.store import claims, deliveries

SEND_CONCURRENCY = 10
RECORD_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; a restart of Postgres is waited out

log = logger(__name__)


def deliver(ids: Sequence[int]) -> None:
    """Send pending deliveries and write down what became of each."""
    with at_work() as place:
        with place.engine.begin() as connection:
            claimed = deliveries.claim_deliveries(
                connection, ids, owner=place.owner, lease=place.settings.lease
            )
        if not claimed:
            return
        ours = [one.told.delivery_id for one in claimed]
        with claims_kept(place, "delivery", ours):
            left = asyncio.run(_deliver_all(place, claimed))
        if left:  # not those under way: they may have arrived
            unsent = [one.told.delivery_id for one in left]
            with place.engine.begin() as connection:
                claims.hand_back(connection, "delivery", unsent, owner=place.owner)


async def _deliver_all(
    place: Workplace, claimed: Sequence[deliveries.ClaimedDelivery]
) -> list[deliveries.ClaimedDelivery]:
    """Send all. Gives those not begun because a stop was asked for."""
    async with Net.from_settings(place.settings) as net, AsyncExitStack() as open_senders:
        by_id = {one.channel.id: one.channel for one in claimed}
        senders = {
            number: await _sender(place, channel, net, open_senders)
            for number, channel in by_id.items()
        }

        async def send(one: deliveries.ClaimedDelivery) -> None:
            begun = time.monotonic()
            receipt = await senders[one.channel.id](one)
            await asyncio.to_thread(_record, place, one, receipt, time.monotonic() - begun)

        return await limited(send, claimed, SEND_CONCURRENCY)


Send = Callable[[deliveries.ClaimedDelivery], Awaitable[Receipt]]


async def _sender(
    place: Workplace, channel: Channel, net: Net, open_senders: AsyncExitStack
) -> Send:
    """How to send through a channel. One that cannot be set up answers for itself each time."""
    try:
        config = channels.configure(channel, os.environ)
        built = channels.build(channel, os.environ, net)
    except channels.ChannelError as error:
        problem = str(error)

        async def refuse(_: deliveries.ClaimedDelivery) -> Receipt:
            return Receipt(delivered=False, detail=problem, recoverable=True)

        return refuse
    open_senders.push_async_callback(channels.close, built)
    free = asyncio.Semaphore(config.at_once)
    turns = _Turns(read_rate(config.rate).gap if config.rate else 0.0)

    async def send(one: deliveries.ClaimedDelivery) -> Receipt:
        try:
            async with free:
                await turns.wait()
                return await built.send(message(one.told, place.settings.public_url))
        except Exception as error:
            log.exception("channel failed", channel=channel.name)
            return Receipt(delivered=False, detail=type(error).__name__, recoverable=True)

    return send


class _Turns:
    """Turns at least ``gap`` seconds apart."""

    def __init__(self, gap: float) -> None:
        self._gap = gap
        self._next = 0.0

    async def wait(self) -> None:
        """Wait for one's turn."""
        now = time.monotonic()
        at = max(now, self._next)
        self._next = at + self._gap
        await asyncio.sleep(at - now)


def _record(
    place: Workplace, one: deliveries.ClaimedDelivery, receipt: Receipt, elapsed: float
) -> None:
    """Write down how an attempt ended. A database that is away is waited for: it was made."""
    decision = decide_retry(
        receipt,
        attempt=one.told.attempt,
        now=datetime.now(UTC),
        rng=random.Random(),  # noqa: S311 - jitter, not a secret
    )
    for pause in (*RECORD_PAUSES, None):
        try:
            with place.engine.begin() as connection:
                deliveries.record_attempt(
                    connection,
                    one.told,
                    owner=place.owner,
                    receipt=receipt,
                    decision=decision,
                    elapsed=elapsed,
                )
            break
        except (InterfaceError, OperationalError):
            if pause is None:
                raise
            time.sleep(pause)
    log.info(
        "delivery attempted",
        delivery=one.told.delivery_id,
        alert=one.told.alert_id,
        channel=one.channel.name,
        state=decision.state.value,
        reason=decision.reason,
    )
