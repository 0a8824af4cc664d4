"""What every job has at hand: connections of its own, claims that are kept, a way to stop."""

import asyncio
import os
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.model import Item, ItemState
from worker.observe import facts, logger
from worker.queue import FETCH, TAG, Death, OutageError, Queues, more_jobs_come, stop_asked
from worker.settings import Settings
from worker.store import claims, work
from worker.store.engine import first_line, is_away, open_engine
from worker.traces import trace_of

if TYPE_CHECKING:
    from worker.jobs.bench import Bench
    from worker.tagging import Tagger

STOP_LOOK_SECONDS = 0.1
BEHIND = timedelta(seconds=5)  # beside what has waited for longer the newest are taken
AGAIN_SECONDS = 0.3  # between attempts to give claims back
STOP_SECONDS = 2.0  # what is under way when a stop is asked for gets this long

Value = TypeVar("Value")

log = logger(__name__)


def new_owner() -> str:
    """A name for whoever makes a claim: machine, process, and which start of it."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass
class Workplace:
    """What a worker process has at hand. Connections are opened on first use: after the fork."""

    settings: Settings
    tagger: "Tagger | None" = None
    bench: "Bench | None" = None
    owner: str = field(default_factory=new_owner)
    _engine: Engine | None = None
    _queues: Queues | None = None

    @property
    def engine(self) -> Engine:
        """The database."""
        if self._engine is None:
            assert self.settings.database_url is not None
            self._engine = open_engine(self.settings.database_url.get_secret_value(), size=2)
        return self._engine

    @property
    def queues(self) -> Queues:
        """The queues."""
        if self._queues is None:
            assert self.settings.redis_url is not None
            self._queues = Queues(self.settings.redis_url.get_secret_value())
        return self._queues

    def close(self) -> None:
        """Let the connections go."""
        if self._engine is not None:
            self._engine.dispose()
        if self._queues is not None:
            self._queues.close()
        self._engine = self._queues = None


_prepared: Workplace | None = None
_kept: Workplace | None = None


def prepare(workplace: Workplace) -> None:
    """Set up this process before it forks for jobs: RQ hands a job nothing but its ids."""
    global _prepared  # noqa: PLW0603 - one worker process, one workplace
    _prepared = workplace


@contextmanager
def at_work() -> Iterator[Workplace]:
    """A workplace for one job: the prepared one's models, connections of its own.

    A child of a worker keeps it for its next job. Raises OutageError where the database is away.
    """
    global _kept  # noqa: PLW0603 - one child, one workplace
    base = _prepared or Workplace(Settings())
    place = _kept or Workplace(base.settings, base.tagger, base.bench)
    if more_jobs_come():
        _kept = place
    try:
        yield place
    except SQLAlchemyError as error:
        if is_away(error):
            raise OutageError(f"Postgres: {first_line(error)}") from None
        raise
    finally:
        if _kept is None:
            place.close()


@contextmanager
def claims_kept(place: Workplace, table: claims.Table, ids: Sequence[int]) -> Iterator[None]:
    """Renew claims from a thread while the work goes on.

    A lease bounds how long a dead worker's claims last, not how long a slow site may take.
    """
    done = threading.Event()
    lease = place.settings.lease

    def keep() -> None:
        while not done.wait(lease.total_seconds() / 3):
            try:
                with place.engine.begin() as connection:
                    claims.renew(connection, table, ids, owner=place.owner, lease=lease)
            except SQLAlchemyError as error:
                log.warning("claims not renewed", error=type(error).__name__)

    thread = threading.Thread(target=keep, name="claims", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(5)


def claim_items(
    connection: Connection, place: Workplace, ids: Sequence[int], state: ItemState
) -> list[Item]:
    """Claim items that wait in ``state`` for this job."""
    if not ids:
        return []
    return work.claim_items(
        connection,
        ids,
        state=state,
        owner=place.owner,
        lease=place.settings.lease,
        attempts=place.settings.item_attempts,
    )


def claim_batch(
    connection: Connection,
    place: Workplace,
    ids: Sequence[int],
    state: ItemState,
    size: int,
    *,
    instead: bool = True,
) -> list[Item]:
    """Claim items that wait in ``state``, and the oldest beside them until there are ``size``.

    Others ``instead`` of all of them, where these are done already. Where one of them has waited
    for long, as many of the newest come first, in the same batch, as one of a few costs more each.
    What was tried before is left to itself: it may be what kills its worker.
    """
    claimed = claim_items(connection, place, ids, state)
    if not (claimed or instead) or any(item.attempts > 1 for item in claimed):
        return claimed
    beside = work.waiting(connection, state=state, limit=size - len(claimed))
    claimed += claim_items(connection, place, beside, state)
    ours = [item.id for item in claimed]
    newest = work.newest_where_behind(connection, ours, state=state, behind=BEHIND, limit=size)
    return [*claim_items(connection, place, newest, state), *claimed]


@contextmanager
def items_held(
    place: Workplace, ids: Sequence[int], *, waiting: Sequence[int] = ()
) -> Iterator[None]:
    """Keep the claims on items meanwhile; give back those that a stop or a lost database left undone.

    What is done holds no claim any more. Others are woken for what is ``waiting``, unclaimed, then.
    """
    try:
        with claims_kept(place, "item", ids):
            yield
    except SQLAlchemyError:
        _hand_back(place, ids, waiting)
        raise
    if stop_asked():
        _hand_back(place, ids, waiting)


def _hand_back(place: Workplace, ids: Sequence[int], waiting: Sequence[int]) -> None:
    """Give claims back as soon as the database is there, unless their lease ends before."""
    deadline = time.monotonic() + place.settings.lease.total_seconds()
    while True:
        try:
            with place.engine.begin() as connection:
                claims.hand_back(connection, "item", ids, owner=place.owner)
                return work.wake_again(connection, waiting)
        except SQLAlchemyError:
            if stop_asked() or time.monotonic() > deadline:
                raise
            time.sleep(AGAIN_SECONDS)


def bury(place: Workplace, death: Death) -> None:
    """Free at once what a child that died had claimed, and count its death against it.

    Called in its parent. Without the database nothing happens: the claims end with their lease.
    """
    if death.queue not in {FETCH, TAG}:
        log.error("worker died", queue=death.queue, how=death.how)
        return
    try:
        with place.engine.begin() as connection:
            process = f"{socket.gethostname()}:{death.pid}:"
            freed = work.bury(connection, process=process, how=death.how)
            work.wake_again(connection, death.ids)
    except SQLAlchemyError as error:
        log.warning("claims of a dead process not freed", error=type(error).__name__)
    else:
        log.error("worker died", queue=death.queue, how=death.how, items=freed)
    finally:
        place.close()


async def limited(
    work: Callable[[Value], Awaitable[None]], values: Sequence[Value], limit: int
) -> list[Value]:
    """Work on all values, at most ``limit`` at a time. Gives those not begun when a stop was asked.

    One that fails does not take the others with it: its error is raised when all have ended.
    """
    waiting = deque(values)
    errors: list[Exception] = []

    async def hand() -> None:
        while waiting and not stop_asked():
            try:
                await work(waiting.popleft())
            except Exception as error:  # noqa: BLE001 - raised below
                errors.append(error)

    at_work = {asyncio.create_task(hand()) for _ in range(min(limit, len(values)))}
    while at_work and not stop_asked():
        _, at_work = await asyncio.wait(at_work, timeout=STOP_LOOK_SECONDS)
    if at_work:
        _, at_work = await asyncio.wait(at_work, timeout=STOP_SECONDS)
        for late in at_work:
            late.cancel()
        await asyncio.gather(*at_work, return_exceptions=True)
    if errors:
        raise errors[0]
    return list(waiting)


def named(item: Item) -> dict[str, Any]:
    """What a line of the log about an item names it by."""
    return {
        "item": item.id,
        "feed": item.feed_name,
        "trace": trace_of(item.id, item.seen_at),
    }


def traced(*items: Item) -> list[dict[str, Any]]:
    """Those whose steps are told to a tracer: what was there at a feed's first poll is no news."""
    if not facts.spans_are_wanted():
        return []
    return [named(item) for item in items if not item.baseline]


def put_back(place: Workplace, item: Item, delay: timedelta, reason: str) -> None:
    """Let an item wait for its next attempt, and say why."""
    with place.engine.begin() as connection:
        work.try_later(connection, item.id, owner=place.owner, delay=delay, reason=reason)
    tell_put_back(item, reason)


def tell_put_back(item: Item, reason: str, *, counted: bool = True) -> None:
    """Say that an item waits for its next attempt; ``counted``: this one was an attempt."""
    if counted:
        facts.count("retries_total", stage=FETCH if item.state is ItemState.DISCOVERED else TAG)
    say = log.info if counted else log.debug
    say("item put back", **named(item), url=item.entry.url, reason=reason)
