"""The fetch queue: pages of discovered items."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from worker.feeds.hints import retry_after
from worker.jobs.robots import Robots, allowed, known_robots
from worker.jobs.workplace import (
    Workplace,
    at_work,
    claim_items,
    claim_newest,
    items_held,
    limited,
    named,
    put_back,
    traced,
)
from worker.model import Item, ItemState, Page
from worker.net import Net, NetError, Reason
from worker.observe import facts, logger
from worker.queue import FETCH, TAG, go_on
from worker.store import work
from worker.store.engine import is_away
from worker.turns import HostTurns

FETCH_CONCURRENCY = 10
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

    Where these have waited for long, some of the newest are read first.
    """
    with at_work() as place:
        with place.engine.begin() as connection:
            claimed = claim_items(connection, place, ids, ItemState.DISCOVERED)
            claimed = [*claim_newest(connection, place, claimed, FETCH_CONCURRENCY), *claimed]
            robots = known_robots(connection, [item.entry.url for item in claimed if item.robots])
        if not claimed:
            return
        ours = [item.id for item in claimed]
        with items_held(place, ours):
            asyncio.run(_fetch_all(place, claimed, robots))


async def _fetch_all(place: Workplace, claimed: Sequence[Item], robots: Robots) -> None:
    settings = place.settings
    turns = HostTurns(
        place.engine,
        owner=place.owner,
        lease=settings.lease,
        spacing=settings.spacing,
        patience=0.0,
    )
    async with Net.from_settings(settings, gate=turns) as net:

        async def one(item: Item) -> None:
            with facts.span("fetch", traced(item)) as said:
                said["outcome"] = outcome = await _fetch_one(place, net, item, robots)
                if outcome not in NO_FAILURE:
                    said[facts.ERROR] = outcome
            go_on(FETCH)

        await limited(one, claimed, FETCH_CONCURRENCY)


async def _fetch_one(place: Workplace, net: Net, item: Item, robots: Robots) -> str:
    """Fetch a page and hand it on, or put it back. What came of it, in one word."""
    wanted: timedelta | None = None
    failure = ""
    try:
        if item.robots and not await allowed(place, net, item.entry.url, robots):
            await asyncio.to_thread(_hand_to_tagging, place, item, None, ROBOTS)
            return NOT_ALLOWED
        response = await net.get(item.entry.url)
        problem = "" if response.status == 200 else f"the page answered {response.status}"
        hopeless, failure = response.status in HOPELESS_STATUS, f"status_{response.status}"
        wanted = retry_after(response, datetime.now(UTC)) if problem else None
    except NetError as error:
        if error.reason is Reason.HOST_BUSY:
            await asyncio.to_thread(_wait_for_host, place, item, error)
            return WAITS
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
        await asyncio.to_thread(put_back, place, item, delay, problem)
        return failure
    page = None
    if response is not None and not problem:
        page = Page(
            item_id=item.id,
            url=response.url,
            html=response.body,
            content_type=response.header("content-type"),
        )
    await asyncio.to_thread(_hand_to_tagging, place, item, page, problem)
    return failure if problem else FETCHED


def _wait_for_host(place: Workplace, item: Item, error: NetError) -> None:
    """Put an item back until its host's turn comes; that is no attempt."""
    until = error.until or datetime.now(UTC) + place.settings.host_gap
    delay = max(_NO_WAIT, until - datetime.now(UTC))
    put_back(place, item, delay, str(error), counted=False)


def _hand_to_tagging(place: Workplace, item: Item, page: Page | None, problem: str) -> None:
    with place.engine.begin() as connection:
        ours = work.mark_fetched(connection, item.id, owner=place.owner, reason=problem, page=page)
    if ours:
        log.info("page fetched", **named(item), page=page is not None, problem=problem)
        place.queues.wake(TAG, [item.id], enough=ENOUGH)
