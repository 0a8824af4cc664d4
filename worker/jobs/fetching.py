"""The fetch queue: pages of discovered items."""

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from worker.feeds.hints import retry_after
from worker.jobs.robots import Robots, allowed, known_robots
from worker.jobs.workplace import (
    Workplace,
    at_work,
    claim_batch,
    items_held,
    limited,
    named,
    tell_put_back,
    traced,
)
from worker.model import Item, ItemState, Page
from worker.net import DaemonThreads, Net, NetError, Reason, Together
from worker.observe import facts, logger
from worker.queue import FETCH, TAG, go_on
from worker.store import work
from worker.store.engine import is_away
from worker.turns import HostTurns

FETCH_CONCURRENCY = 10
#: Seconds that a page waits for its host's turn: put back, it would come later than that.
PATIENCE = 0.1
#: Threads that ask the store: not more than there are connections for, new ones are dear.
STORE_THREADS = 2
FETCH_DELAYS = (timedelta(seconds=20), timedelta(minutes=1))
#: An alert that waits for a page longer than this comes too late: the feed's text is taken.
LONGEST_WAIT = timedelta(minutes=10)
_NO_WAIT = timedelta(0)
ROBOTS = "robots.txt does not allow the page"
#: With so many tag jobs in the queue none is added: each takes what waits beside its own items.
ENOUGH = 4
#: What comes of a page, in one word: others are reasons of a failure.
FETCHED, NOT_ALLOWED, WAITS = "fetched", "robots", "waits_for_host"
NO_FAILURE = frozenset({FETCHED, NOT_ALLOWED, WAITS})
HOPELESS_STATUS = frozenset({400, 401, 402, 403, 404, 405, 406, 410, 414, 451})

log = logger(__name__)


def fetch_pages(ids: Sequence[int]) -> None:
    """Read the pages of discovered items and hand them on to the tag queue.

    What waits beside them is taken along: a worker that tags, too, has few turns for pages. Where
    these have waited for long, some of the newest are read first.
    """
    with at_work() as place:
        with place.engine.begin() as connection:
            claimed = claim_batch(connection, place, ids, ItemState.DISCOVERED, FETCH_CONCURRENCY)
            robots = known_robots(connection, [item.entry.url for item in claimed if item.robots])
        if not claimed:
            return
        ours = [item.id for item in claimed]
        with items_held(place, ours):
            asyncio.run(_fetch_all(place, claimed, robots))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """What came of the page of an item, as it is written down; ``word`` says it to who measures.

    After ``delay`` the page is tried again; without one the item is handed on, with the page or
    with the ``problem`` alone. ``counted``: it was an attempt.
    """

    item: Item
    word: str
    problem: str = ""
    page: Page | None = None
    delay: timedelta | None = None
    counted: bool = True


async def _fetch_all(place: Workplace, claimed: Sequence[Item], robots: Robots) -> None:
    settings = place.settings
    with closing(DaemonThreads(STORE_THREADS, "store")) as threads:
        turns = HostTurns(
            place.engine,
            owner=place.owner,
            lease=settings.lease,
            spacing=settings.spacing,
            threads=threads,
            patience=PATIENCE,
        )
        endings = Together(partial(_write, place), threads, common=is_away)
        async with Net.from_settings(settings, gate=turns) as net:

            async def one(item: Item) -> None:
                with facts.span("fetch", traced(item)) as said:
                    ending = await _fetch_one(place, net, item, robots)
                    await endings.call(ending)
                    said["outcome"] = ending.word
                    if ending.word not in NO_FAILURE:
                        said[facts.ERROR] = ending.word
                go_on(FETCH)

            await limited(one, claimed, FETCH_CONCURRENCY)


async def _fetch_one(place: Workplace, net: Net, item: Item, robots: Robots) -> _Ending:
    """Fetch a page."""
    wanted: timedelta | None = None
    failure = ""
    try:
        if item.robots and not await allowed(place, net, item.entry.url, robots):
            return _Ending(item=item, word=NOT_ALLOWED, problem=ROBOTS)
        response = await net.get(item.entry.url)
        problem = "" if response.status == 200 else f"the page answered {response.status}"
        hopeless, failure = response.status in HOPELESS_STATUS, f"status_{response.status}"
        wanted = retry_after(response, datetime.now(UTC)) if problem else None
    except NetError as error:
        if error.reason is Reason.HOST_BUSY:
            return _waits(place, item, error)
        response, problem, hopeless = None, str(error), False
        failure = error.reason.value.replace(" ", "_")
    except Exception as error:
        if is_away(error):
            raise  # it says nothing about the page: the item is handed back
        log.exception("page not fetched", **named(item), url=item.entry.url)
        response, problem, hopeless = None, f"not readable ({type(error).__name__})", True
        failure = type(error).__name__
    if problem:
        facts.count("failures_total", stage=FETCH, reason=failure)
    if problem and not hopeless and item.attempts <= len(FETCH_DELAYS):
        delay = max(FETCH_DELAYS[item.attempts - 1], min(wanted or _NO_WAIT, LONGEST_WAIT))
        return _Ending(item=item, word=failure, problem=problem, delay=delay)
    page = None
    if response is not None and not problem:
        page = Page(
            item_id=item.id,
            url=response.url,
            html=response.body,
            content_type=response.header("content-type"),
        )
    return _Ending(item=item, word=failure if problem else FETCHED, problem=problem, page=page)


def _waits(place: Workplace, item: Item, error: NetError) -> _Ending:
    """The item waits until its host's turn comes; that is no attempt."""
    until = error.until or datetime.now(UTC) + place.settings.host_gap
    delay = max(_NO_WAIT, until - datetime.now(UTC))
    return _Ending(item=item, word=WAITS, problem=str(error), delay=delay, counted=False)


def _write(place: Workplace, endings: Sequence[_Ending]) -> Sequence[None]:
    """Write down what came of pages and wake who goes on with them; what is not ours stays."""
    handed_on = []
    with place.engine.begin() as connection:
        for one in sorted(endings, key=lambda one: one.item.id):
            number, owner = one.item.id, place.owner
            if one.delay is not None:
                work.try_later(
                    connection,
                    number,
                    owner=owner,
                    delay=one.delay,
                    reason=one.problem,
                    counted=one.counted,
                )
            elif work.mark_fetched(
                connection, number, owner=owner, reason=one.problem, page=one.page
            ):
                handed_on.append(one)
    for one in handed_on:
        log.info("page fetched", **named(one.item), page=one.page is not None, problem=one.problem)
    for one in endings:
        if one.delay is not None:
            tell_put_back(one.item, one.problem, counted=one.counted)
    if handed_on:
        place.queues.wake(TAG, [one.item.id for one in handed_on], enough=ENOUGH)
    return [None] * len(endings)
