"""What workers do: fetch pages, tag items, deliver alerts.

Each job is handed ids and claims their rows first, so a job that runs twice does its work once.
Decisions are made by the pure modules; this one carries values between them and the world. No
transaction is open while the network is waited for.
"""

import asyncio
import gc
import os
import random
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from worker import channels
from worker.alerts.plan import decide_alert
from worker.alerts.retry import decide_retry
from worker.articles.extract import NoArticle, combine, extract_page
from worker.model import (
    Article,
    Channel,
    Entry,
    Item,
    ItemState,
    Match,
    Page,
    Receipt,
    Watch,
)
from worker.net import Net, NetError
from worker.observe import logger
from worker.queue import DELIVER, FETCH, TAG, Queues, stop_asked
from worker.settings import Settings
from worker.store import alerts, articles, claims, deliveries, items, stories, watches
from worker.store.engine import open_engine
from worker.stories import decide_story, sign
from worker.tagging import Tagger, load_tagger
from worker.watches.matcher import Matcher

TAG_CHUNK = 8  # items tagged between two commits: their alerts leave while the rest is worked on
FETCH_CONCURRENCY = 10
SEND_CONCURRENCY = 10
FETCH_DELAYS = (timedelta(seconds=20), timedelta(minutes=1))
TAG_DELAY = timedelta(seconds=30)
RECORD_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds; a restart of Postgres is waited out
STOP_LOOK_SECONDS = 0.1
STOP_SECONDS = 2.0  # what is under way when a stop is asked for gets this long
HOPELESS_STATUS = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 414, 451})

Value = TypeVar("Value")

log = logger(__name__)


def new_owner() -> str:
    """A name for whoever makes a claim: machine, process, and which start of it."""
    return f"{socket.gethostname()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"


@dataclass
class Workplace:
    """What a worker process has at hand. Connections are opened on first use: after the fork."""

    settings: Settings
    tagger: Tagger | None = None
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


def prepare(workplace: Workplace) -> None:
    """Set up this process before it forks for jobs: RQ hands a job nothing but its ids."""
    global _prepared  # noqa: PLW0603 - one worker process, one workplace
    _prepared = workplace


WARM_PAGE = (
    "<html lang='en'><head><title>A title</title></head><body><article><h1>A title</h1>"
    + "<p>The council of the town met on Monday to talk about the budget of the year.</p>" * 9
    + "</article></body></html>"
)


def warm_up(place: Workplace, queues: Sequence[str]) -> None:
    """Do the work of some queues once, on nothing: what it imports and loads is then shared.

    A job runs in a child forked from this process; what is loaded only there is loaded each time.
    No connection is left open.
    """
    if TAG in queues:
        place.tagger = place.tagger or load_tagger()
        place.tagger.preload(place.settings.preload)
        page = extract_page(WARM_PAGE, url="https://example.org/")
        article = combine(Entry(title="A title"), page, outlet="")
        with place.engine.connect() as connection:  # declining their names loads dictionaries
            tagger = place.tagger.with_entities(watches.all_entities(connection))
        Matcher([], tagger.find).match(article, tagger.tag(article))
        sign(article.text)
    if FETCH in queues or DELIVER in queues:

        async def open_and_close() -> None:
            async with Net.from_settings(place.settings):
                pass

        asyncio.run(open_and_close())
        channels.channel_kinds()
    place.close()
    gc.collect()
    gc.freeze()


@contextmanager
def _at_work() -> Iterator[Workplace]:
    """A workplace for one job: the prepared one's models, connections of its own."""
    base = _prepared or Workplace(Settings())
    workplace = Workplace(base.settings, base.tagger)
    try:
        yield workplace
    finally:
        workplace.close()


@contextmanager
def _claims_kept(place: Workplace, table: claims.Table, ids: Sequence[int]) -> Iterator[None]:
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


def fetch_pages(ids: Sequence[int]) -> None:
    """Read the pages of discovered items and hand them on to the tag queue."""
    with _at_work() as place:
        with place.engine.begin() as connection:
            claimed = _claim(connection, place, ids, ItemState.DISCOVERED)
        if not claimed:
            return
        ours = [item.id for item in claimed]
        with _claims_kept(place, "item", ours):
            asyncio.run(_fetch_all(place, claimed))
        _hand_back_items(place, ours)


def tag_items(ids: Sequence[int]) -> None:
    """Turn fetched items into articles, name what they name, match and plan alerts."""
    with _at_work() as place:
        with place.engine.begin() as connection:  # no bench, no claim: no attempt is counted
            claimed = _claim(connection, place, ids, ItemState.FETCHED)
            bench = _load_bench(connection, place) if claimed else None
        if bench is None:
            return
        ours = [item.id for item in claimed]
        with _claims_kept(place, "item", ours):
            for start in range(0, len(claimed), TAG_CHUNK):
                _tag_chunk(place, bench, claimed[start : start + TAG_CHUNK])
        _hand_back_items(place, ours)


def deliver(ids: Sequence[int]) -> None:
    """Send pending deliveries and write down what became of each."""
    with _at_work() as place:
        with place.engine.begin() as connection:
            claimed = deliveries.claim_deliveries(
                connection, ids, owner=place.owner, lease=place.settings.lease
            )
        if not claimed:
            return
        ours = [one.announcement.delivery_id for one in claimed]
        with _claims_kept(place, "delivery", ours):
            left = asyncio.run(_deliver_all(place, claimed))
        if left:  # not those under way: they may have arrived
            unsent = [one.announcement.delivery_id for one in left]
            with place.engine.begin() as connection:
                claims.hand_back(connection, "delivery", unsent, owner=place.owner)


def _claim(
    connection: Connection, place: Workplace, ids: Sequence[int], state: ItemState
) -> list[Item]:
    return items.claim_items(
        connection,
        ids,
        state=state,
        owner=place.owner,
        lease=place.settings.lease,
        attempts=place.settings.item_attempts,
    )


def _hand_back_items(place: Workplace, ids: Sequence[int]) -> None:
    """Give back what a stop left undone; what is done holds no claim any more."""
    if stop_asked():
        with place.engine.begin() as connection:
            claims.hand_back(connection, "item", ids, owner=place.owner)


async def _limited(
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


# --------------------------------------------------------------------------------------- fetch


async def _fetch_all(place: Workplace, claimed: Sequence[Item]) -> None:
    async with Net.from_settings(place.settings) as net:

        async def one(item: Item) -> None:
            await _fetch_one(place, net, item)

        await _limited(one, claimed, FETCH_CONCURRENCY)


async def _fetch_one(place: Workplace, net: Net, item: Item) -> None:
    try:
        response = await net.get(item.entry.url)
        problem = "" if response.status == 200 else f"the page answered {response.status}"
        hopeless = response.status in HOPELESS_STATUS
    except NetError as error:
        response, problem, hopeless = None, str(error), False
    except Exception as error:
        log.exception("page not fetched", item=item.id, url=item.entry.url)
        response, problem, hopeless = None, f"not readable ({type(error).__name__})", True
    if problem and not hopeless and item.attempts <= len(FETCH_DELAYS):
        delay = FETCH_DELAYS[item.attempts - 1]
        await asyncio.to_thread(_put_back, place, item, delay, problem)
        return
    page = None
    if response is not None and not problem:
        page = Page(
            item_id=item.id,
            url=response.url,
            html=response.body,
            content_type=response.header("content-type"),
        )
    await asyncio.to_thread(_hand_to_tagging, place, item, page, problem)


def _put_back(place: Workplace, item: Item, delay: timedelta, reason: str) -> None:
    with place.engine.begin() as connection:
        items.try_later(connection, item.id, owner=place.owner, delay=delay, reason=reason)
    log.info("item put back", item=item.id, url=item.entry.url, reason=reason)


def _hand_to_tagging(place: Workplace, item: Item, page: Page | None, problem: str) -> None:
    with place.engine.begin() as connection:
        ours = items.mark_fetched(connection, item.id, owner=place.owner, reason=problem)
        if ours and page is not None:
            items.save_page(connection, page)
    if ours:
        place.queues.wake(TAG, [item.id])


# ----------------------------------------------------------------------------------------- tag


@dataclass(frozen=True)
class _Bench:
    """What tagging needs that may have changed since the last job."""

    tagger: Tagger
    matcher: Matcher
    watches: Mapping[int, Watch]


def _load_bench(connection: Connection, place: Workplace) -> _Bench:
    entities = watches.all_entities(connection)
    tagger = (place.tagger or load_tagger()).with_entities(entities)
    enabled = watches.all_watches(connection, enabled_only=True)
    matcher = Matcher(enabled, tagger.find)
    for watch_id, problem in matcher.problems.items():
        log.warning("watch skipped: its query cannot be read", watch=watch_id, error=str(problem))
    return _Bench(tagger=tagger, matcher=matcher, watches={watch.id: watch for watch in enabled})


@dataclass(frozen=True)
class _Worked:
    """An item worked through, with what it matched."""

    item: Item
    tagged: articles.Tagged
    matches: tuple[Match, ...]


def _tag_chunk(place: Workplace, bench: _Bench, chunk: Sequence[Item]) -> None:
    with place.engine.connect() as connection:
        pages = items.load_pages(connection, [item.id for item in chunk])
    worked = []
    for item in chunk:
        if stop_asked():
            break
        try:
            worked.append(_work_through(bench, item, pages.get(item.id)))
        except Exception as error:
            log.exception("item not tagged", item=item.id, url=item.entry.url)
            _put_back(place, item, TAG_DELAY, f"{type(error).__name__}: {error}")
    if worked:
        _store(place, bench, worked)


def _store(place: Workplace, bench: _Bench, worked: Sequence[_Worked]) -> None:
    """Store what was worked through, together; where the database refuses that, each alone."""
    try:
        with place.engine.begin() as connection:
            planned = _store_worked(connection, place, bench, worked)
    except SQLAlchemyError as error:
        if len(worked) > 1:
            for one in worked:
                _store(place, bench, [one])
            return
        item = worked[0].item
        log.exception("item not stored", item=item.id, url=item.entry.url)
        _put_back(place, item, TAG_DELAY, f"not stored: {type(error).__name__}")
        return
    place.queues.wake(DELIVER, planned)


def _work_through(bench: _Bench, item: Item, page: Page | None) -> _Worked:
    """From raw bytes to matches; computes only."""
    article = _read_article(item, page)
    mentions = bench.tagger.tag(article)
    return _Worked(
        item=item,
        tagged=articles.Tagged(
            item_id=item.id,
            article=article,
            mentions=mentions,
            signature=sign(article.text),
        ),
        matches=bench.matcher.match(article, mentions, feed_name=item.feed_name),
    )


def _read_article(item: Item, page: Page | None) -> Article:
    note, read = item.reason, None
    if page is not None:
        try:
            read = extract_page(page.html, url=page.url, content_type=page.content_type)
        except NoArticle as error:
            note = f"no readable text on the page: {error}"
    return combine(item.entry, read, outlet=item.outlet, note=note)


def _store_worked(
    connection: Connection, place: Workplace, bench: _Bench, worked: Sequence[_Worked]
) -> list[int]:
    """Everything an item's tagging brings, in one transaction. Gives delivery ids to wake for."""
    stories.lock_stories(connection)
    ours = items.finish_items(connection, [one.item.id for one in worked], owner=place.owner)
    kept = [one for one in worked if one.item.id in ours]
    if not kept:
        return []
    articles.save_articles(connection, [one.tagged for one in kept])
    story_of = _assign_stories(connection, kept, place.settings.story_window)
    decided = _decide(connection, bench, kept, story_of)
    planned = alerts.save_decisions(connection, decided)
    for one in kept:
        log.info(
            "item tagged",
            item=one.item.id,
            feed=one.item.feed_name,
            story=story_of[one.item.id],
            mentions=len(one.tagged.mentions),
            matches=len(one.matches),
        )
    return planned


def _assign_stories(
    connection: Connection, kept: Sequence[_Worked], window: timedelta
) -> dict[int, int]:
    """The story of each item. A revision stays in its story; near copies share one."""
    story_of = {
        item_id: story_id
        for item_id, story_id in stories.story_ids(connection, [k.item.id for k in kept]).items()
        if story_id is not None
    }
    bands = {band for one in kept if one.tagged.signature for band in one.tagged.signature.bands}
    known = stories.candidates(connection, bands, window=window)
    for one in kept:
        if one.item.id in story_of:
            continue
        signature = one.tagged.signature
        mine = frozenset(signature.bands) if signature else frozenset()
        near = [stored.candidate for stored in known if stored.bands & mine]
        decision = decide_story(signature, near)
        story_id = decision.story_id
        if story_id is None:
            story_id = stories.create_stories(connection, [one.tagged.article.title])[0]
        story_of[one.item.id] = story_id
        if signature is not None:
            known.append(stories.stored_candidate(story_id, signature))
    stories.join_stories(connection, story_of)
    return story_of


def _decide(
    connection: Connection, bench: _Bench, kept: Sequence[_Worked], story_of: Mapping[int, int]
) -> list[alerts.Decided]:
    rung = alerts.rung(connection, set(story_of.values()))
    decided = []
    for one in kept:
        story_id = story_of[one.item.id]
        for match in one.matches:
            watch = bench.watches[match.watch_id]
            decision = decide_alert(
                baseline=one.item.baseline,
                revision=one.item.revision,
                already_rung=(watch.id, story_id) in rung,
                enabled=watch.enabled,
            )
            if decision.announce:
                rung.add((watch.id, story_id))
            decided.append(
                alerts.Decided(
                    match=match, item_id=one.item.id, story_id=story_id, decision=decision
                )
            )
    return decided


# ------------------------------------------------------------------------------------- deliver


async def _deliver_all(
    place: Workplace, claimed: Sequence[deliveries.ClaimedDelivery]
) -> list[deliveries.ClaimedDelivery]:
    """Send all. Gives those not begun because a stop was asked for."""
    async with Net.from_settings(place.settings) as net:
        senders = {one.channel.id: _sender(place, one.channel, net) for one in claimed}

        async def send(one: deliveries.ClaimedDelivery) -> None:
            begun = time.monotonic()
            receipt = await senders[one.channel.id](one)
            await asyncio.to_thread(_record, place, one, receipt, time.monotonic() - begun)

        return await _limited(send, claimed, SEND_CONCURRENCY)


Send = Callable[[deliveries.ClaimedDelivery], Awaitable[Receipt]]


def _sender(place: Workplace, channel: Channel, net: Net) -> Send:
    """How to send through a channel. One that cannot be set up answers for itself each time."""
    try:
        built = channels.build(channel, os.environ, net, public_url=place.settings.public_url)
    except channels.ChannelError as error:
        problem = str(error)

        async def refuse(_: deliveries.ClaimedDelivery) -> Receipt:
            return Receipt(delivered=False, detail=problem, recoverable=True)

        return refuse

    async def send(one: deliveries.ClaimedDelivery) -> Receipt:
        try:
            return await built.send(one.announcement)
        except Exception as error:
            log.exception("channel failed", channel=channel.name)
            return Receipt(delivered=False, detail=type(error).__name__, recoverable=True)

    return send


def _record(
    place: Workplace, one: deliveries.ClaimedDelivery, receipt: Receipt, elapsed: float
) -> None:
    """Write down how an attempt ended. A database that is away is waited for: it was made."""
    decision = decide_retry(
        receipt,
        attempt=one.announcement.attempt,
        now=datetime.now(UTC),
        rng=random.Random(),  # noqa: S311 - jitter, not a secret
    )
    for pause in (*RECORD_PAUSES, None):
        try:
            with place.engine.begin() as connection:
                deliveries.record_attempt(
                    connection,
                    one.announcement,
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
        delivery=one.announcement.delivery_id,
        alert=one.announcement.alert_id,
        channel=one.channel.name,
        state=decision.state.value,
        reason=decision.reason,
    )
