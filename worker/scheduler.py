"""The scheduler: polls feeds that are due, stores what is new, and sweeps up what is owed.

    claim due feeds -> GET -> parse -> plan -> [transaction: new items + next poll] -> wake workers

Any number of schedulers may run: a feed is claimed with SKIP LOCKED and a lease.
"""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from worker.articles.fullness import has_full_content
from worker.catalogue import VariableError, fill
from worker.feeds.hints import body_hash, cache_max_age, retry_after
from worker.feeds.identity import Comparison, compare, possible_identities
from worker.feeds.parse import NotAFeed, parse_feed
from worker.feeds.plan import plan_poll
from worker.model import (
    Entry,
    Feed,
    FeedDocument,
    ItemState,
    PollOutcome,
    Response,
)
from worker.net import Net, NetError
from worker.observe import logger
from worker.queue import DELIVER, FETCH, TAG, Queues
from worker.settings import Settings
from worker.store import deliveries, feeds, items
from worker.store.items import NewItem, Owed

TICK = 1.0  # seconds between looks at the schedule when nothing is due sooner
SHORTEST_TICK = 0.2  # seconds: what falls due meanwhile is claimed together
SWEEP_SECONDS = 2.0
SWEEP_GRACE = timedelta(seconds=20)
SWEEP_LIMIT = 1000
SWEEP_DEPTH = 200  # jobs: a queue longer than this has lost nothing, its workers are behind
CLEAN_SECONDS = 600.0
TROUBLE_SECONDS = 2.0
STOP_SECONDS = 3.0
QUEUE_OF = {ItemState.DISCOVERED: FETCH, ItemState.FETCHED: TAG}

Result = TypeVar("Result")

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll of a feed brought, before anything is stored.

    ``document`` is ``None`` where there was nothing to read: not modified, unchanged, or failed.
    """

    outcome: PollOutcome
    etag: bytes | None
    last_modified: bytes | None
    body_hash: bytes | None
    document: FeedDocument | None = None


def first_state(entry: Entry, *, baseline: bool) -> ItemState:
    """Where a new item starts: its page is read unless the feed says it all.

    The pages of a baseline, old news of a feed just added, are left in peace.
    """
    if baseline or not entry.url or has_full_content(entry):
        return ItemState.FETCHED
    return ItemState.DISCOVERED


def baseline_identities(feed: Feed, comparison: Comparison) -> frozenset[str]:
    """Which new entries were there already when the feed was first polled.

    All of them at the first poll, but for the newest ``feed.backfill``.
    """
    if feed.first_polled_at is not None:
        return frozenset()
    oldest = datetime.min.replace(tzinfo=UTC)
    newest_first = sorted(comparison.new, key=lambda new: new[2].published or oldest, reverse=True)
    return frozenset(identity for identity, _, _ in newest_first[feed.backfill :])


def read_response(feed: Feed, response: Response, *, now: datetime) -> Poll:
    """Turn an answer into a poll: what changed and what the server wishes. Parses; no network."""
    hints = PollOutcome(
        status=response.status,
        retry_after=retry_after(response, now),
        max_age=cache_max_age(response),
    )
    kept = Poll(
        outcome=hints,
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
    )
    if response.status == 304:
        return kept
    if response.status != 200:
        return replace(kept, outcome=replace(hints, error=f"the server answered {response.status}"))
    digest = body_hash(response.body)
    fresh = replace(
        kept,
        etag=response.headers.get("etag"),
        last_modified=response.headers.get("last-modified"),
        body_hash=digest,
    )
    if digest == feed.body_hash:
        return fresh
    try:
        document = parse_feed(
            response.body, url=response.url, content_type=response.header("content-type")
        )
    except NotAFeed as error:
        return replace(kept, outcome=replace(hints, error=str(error)))
    return replace(fresh, document=document, outcome=replace(hints, ttl=document.ttl))


class Scheduler:
    """Polls and sweeps until told to stop."""

    def __init__(
        self, settings: Settings, engine: Engine, queues: Queues | None, *, owner: str
    ) -> None:
        """``owner`` names this process in its claims. Without queues the sweep wakes workers later."""
        self._settings = settings
        self._engine = engine
        self._queues = queues
        self._owner = owner
        self._rng = random.Random()  # noqa: S311 - jitter, not a secret
        self._polls: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until ``stop`` is set, then give back what is held."""
        async with Net.from_settings(self._settings) as net, asyncio.TaskGroup() as group:
            group.create_task(self._every(SWEEP_SECONDS, self._sweep, stop))
            group.create_task(self._every(CLEAN_SECONDS, self._clean, stop))
            group.create_task(self._poll_loop(net, stop))

    async def _every(self, seconds: float, work: Callable[[], None], stop: asyncio.Event) -> None:
        """Do ``work`` in a thread, again and again; trouble is logged and waited out."""
        while not stop.is_set():
            try:
                await asyncio.to_thread(work)
                pause = seconds
            except SQLAlchemyError as error:
                log.warning("database trouble", error=_first_line(error))
                pause = TROUBLE_SECONDS
            await _pause(stop, pause)

    async def _poll_loop(self, net: Net, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                claimed, pause = await asyncio.to_thread(self._claim)
            except SQLAlchemyError as error:
                log.warning("database trouble", error=_first_line(error))
                await _pause(stop, TROUBLE_SECONDS)
                continue
            for feed in claimed:
                task = asyncio.create_task(self._poll(net, feed))
                self._polls.add(task)
                task.add_done_callback(self._polls.discard)
            await _pause(stop, pause)
        await self._wind_up()

    async def _wind_up(self) -> None:
        """Let polls under way finish for a moment, then give the rest back."""
        if self._polls:
            _, late = await asyncio.wait(self._polls, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await asyncio.to_thread(self._hand_back)
        except SQLAlchemyError as error:
            log.warning("claims not given back; their leases will end", error=_first_line(error))

    def _hand_back(self) -> None:
        with self._engine.begin() as connection:
            feeds.hand_back(connection, owner=self._owner)

    def _claim(self) -> tuple[list[Feed], float]:
        """Feeds to poll now, and the seconds until the next look."""
        free = self._settings.poll_concurrency - len(self._polls)
        with self._engine.begin() as connection:
            claimed = (
                feeds.claim_due(
                    connection, owner=self._owner, limit=free, lease=self._settings.lease
                )
                if free > 0
                else []
            )
            due = feeds.next_due(connection)
        wait = (due - datetime.now(UTC)).total_seconds() if due else TICK
        return claimed, SHORTEST_TICK if claimed else min(max(wait, SHORTEST_TICK), TICK)

    async def poll_now(self, net: Net, feed: Feed) -> str:
        """Poll one feed at once, whatever its schedule says. Gives a sentence on what came of it."""
        with self._engine.begin() as connection:
            ours = feeds.claim_feed(
                connection, feed.id, owner=self._owner, lease=self._settings.lease
            )
        if not ours:
            return f"{feed.name} is being polled right now by another process."
        poll = await self._ask(net, feed)
        new, revised = self._store(feed, poll)
        if poll.outcome.error:
            return f"{feed.name}: {poll.outcome.error}"
        if poll.document is None:
            return f"{feed.name}: answered {poll.outcome.status}, nothing has changed."
        first = " (a silent baseline)" * (feed.first_polled_at is None)
        return f"{feed.name}: {new} new items{first}, {revised} revised."

    async def _poll(self, net: Net, feed: Feed) -> None:
        """Poll one feed; nothing that goes wrong with it reaches the others."""
        begun = time.monotonic()
        try:
            poll = await self._ask(net, feed)
            new, revised = await asyncio.to_thread(self._store, feed, poll)
        except SQLAlchemyError as error:
            log.warning("poll not stored", feed=feed.name, error=_first_line(error))
        except Exception:
            log.exception("poll failed", feed=feed.name)
        else:
            say = log.info if new or revised or poll.outcome.error else log.debug
            say(
                "feed polled",
                feed=feed.name,
                status=poll.outcome.status,
                error=poll.outcome.error,
                new=new,
                revised=revised,
                seconds=round(time.monotonic() - begun, 3),
            )

    async def _ask(self, net: Net, feed: Feed) -> Poll:
        failed = Poll(
            outcome=PollOutcome(status=None),
            etag=feed.etag,
            last_modified=feed.last_modified,
            body_hash=feed.body_hash,
        )
        try:
            url = fill(feed.url, os.environ)
            response = await net.get(url, etag=feed.etag, last_modified=feed.last_modified)
            return await asyncio.to_thread(read_response, feed, response, now=datetime.now(UTC))
        except (NetError, VariableError) as error:
            return replace(failed, outcome=PollOutcome(status=None, error=_first_line(error)))
        except Exception as error:
            log.exception("feed not read", feed=feed.name)
            problem = f"not readable ({type(error).__name__})"
            return replace(failed, outcome=PollOutcome(status=None, error=problem))

    def _store(self, feed: Feed, poll: Poll) -> tuple[int, int]:
        """Store new and revised items and the next poll together, then wake workers."""
        owed: list[Owed] = []
        revised: list[Owed] = []
        with self._engine.begin() as connection:
            outcome = poll.outcome
            if poll.document is not None:
                entries = poll.document.entries
                known = items.known_items(connection, feed.id, possible_identities(entries))
                comparison = compare(entries, known)
                old = baseline_identities(feed, comparison)
                owed = items.insert_items(connection, feed.id, _new_items(comparison, old))
                revised = items.revise_items(connection, feed.id, _revisions(comparison))
                outcome = replace(outcome, new_items=len(owed))
            plan = plan_poll(
                feed,
                outcome,
                now=datetime.now(UTC),
                rng=self._rng,
                limits=self._settings.poll_limits,
            )
            ours = feeds.record_poll(
                connection,
                feed,
                owner=self._owner,
                outcome=outcome,
                plan=plan,
                etag=poll.etag,
                last_modified=poll.last_modified,
                body_hash=poll.body_hash,
                title=poll.document.title if poll.document else "",
            )
            if not ours:
                connection.rollback()
                return 0, 0
        self._wake([*owed, *revised])
        return len(owed), len(revised)

    def _wake(self, owed: Iterable[Owed]) -> None:
        by_queue: dict[str, list[int]] = {}
        for one in owed:
            by_queue.setdefault(QUEUE_OF[one.state], []).append(one.id)
        for queue, ids in by_queue.items():
            if self._queues is not None:
                self._queues.wake(queue, ids)

    def _sweep(self) -> None:
        """Wake workers again for what Postgres says is owed and nobody holds.

        What was tried before travels alone: if it kills its worker, it takes nothing with it.
        """
        if self._queues is None:
            return
        depths = self._queues.depths()
        with self._engine.begin() as connection:
            owed = items.sweep_items(connection, grace=SWEEP_GRACE, limit=SWEEP_LIMIT)
            pending = deliveries.sweep_deliveries(connection, grace=SWEEP_GRACE, limit=SWEEP_LIMIT)
        for state, queue in QUEUE_OF.items():
            if depths.get(queue, 0) < SWEEP_DEPTH:
                waiting = [one for one in owed if one.state is state]
                self._queues.wake(queue, [one.id for one in waiting if not one.attempts])
                self._queues.wake(queue, [one.id for one in waiting if one.attempts], batch=1)
        if depths.get(DELIVER, 0) < SWEEP_DEPTH:
            self._queues.wake(DELIVER, pending)
        if owed or pending:
            log.info("swept", items=len(owed), deliveries=len(pending))

    def _clean(self) -> None:
        with self._engine.begin() as connection:
            items.drop_old_pages(connection, days=self._settings.page_days)


def _new_items(comparison: Comparison, old: frozenset[str]) -> list[NewItem]:
    return [
        NewItem(
            identity=identity,
            fingerprint=fingerprint,
            entry=entry,
            baseline=identity in old,
            state=first_state(entry, baseline=identity in old),
        )
        for identity, fingerprint, entry in comparison.new
    ]


def _revisions(comparison: Comparison) -> list[NewItem]:
    return [
        NewItem(
            identity=identity,
            fingerprint=fingerprint,
            entry=entry,
            state=first_state(entry, baseline=False),
        )
        for identity, fingerprint, entry in comparison.revised
    ]


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until ``stop`` is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass


def _first_line(error: Exception) -> str:
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip() or type(origin).__name__).splitlines()[0]
