"""Whether the page of an item may be fetched: robots.txt of its host, kept for a day in the store."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from worker.feeds.links import gate_name
from worker.jobs.workplace import Workplace
from worker.net import Net, NetError, Reason
from worker.net.robots import KEPT, crawl_delay, may_fetch, robots_url
from worker.store import hosts
from worker.store.hosts import RobotsRecord

#: Bytes of a robots.txt that are read (RFC 9309, 2.5 asks for 500 KiB at least).
MAX_BYTES = 512_000
#: How long a robots.txt that could not be read is left alone.
TROUBLE_KEPT = timedelta(minutes=10)
#: A longer crawl delay is kept to this one: a feed is polled by far more seldom anyway.
LONGEST_DELAY = timedelta(minutes=1)


Robots = dict[str, RobotsRecord]


def known_robots(connection: Connection, urls: Sequence[str]) -> Robots:
    """The robots.txt kept of the hosts of some URLs, for a job of a few minutes."""
    wanted = {host for url in urls if (host := gate_name(url))}
    return hosts.load_robots(connection, wanted, fresh=KEPT) if wanted else {}


async def allowed(place: Workplace, net: Net, url: str, robots: Robots) -> bool:
    """Whether robots.txt lets us fetch ``url``; it is asked for once a day.

    ``robots`` are those known, to which one that is asked for is added. Raises NetError (host
    busy) when it is not the host's turn.
    """
    host = gate_name(url)
    if not host:
        return True
    known = robots.get(host)
    if known is None or (_unread(known) and datetime.now(UTC) - known.fetched_at > TROUBLE_KEPT):
        known = await asyncio.to_thread(_save, place, host, await _fetch(net, url))
        robots[host] = known
    lost = datetime.now(UTC) - known.lost_at if known.lost_at else timedelta(0)
    return may_fetch(known.text, known.status, url, unreachable_for=lost)


def _unread(known: RobotsRecord) -> bool:
    return known.status is None or known.status >= 500 or known.status == 429


async def _fetch(net: Net, url: str) -> RobotsRecord:
    """The robots.txt of a URL's host; no answer is an answer too."""
    text, status = "", None
    try:
        response = await net.get(robots_url(url), max_bytes=MAX_BYTES)
        status = response.status
        text = response.body.decode("utf-8", "replace") if status == 200 else ""
    except NetError as error:
        if error.reason is Reason.HOST_BUSY:
            raise
    return RobotsRecord(text=text, status=status, fetched_at=datetime.now(UTC))


def _save(place: Workplace, host: str, record: RobotsRecord) -> RobotsRecord:
    delay = crawl_delay(record.text, record.status)
    with place.engine.begin() as connection:
        return hosts.save_robots(
            connection,
            host,
            text=record.text,
            status=record.status,
            crawl_delay=delay and min(delay, LONGEST_DELAY),
            lost=_unread(record),
        )
