"""Channels with things to send, for tests of how they are sent."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from sqlalchemy import Engine

from tests.integration.conftest import wait_until
from worker.model import Heartbeat
from worker.outbox.engine import Outbox
from worker.settings import Settings
from worker.store import watches
from worker.store.engine import run
from worker.store.notices import PlannedNotice, plan_notice

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def webhook(engine: Engine, name: str, url: str, **config: Any) -> int:
    """A webhook channel."""
    keys = {"url": f"{url}/hook", "secret": "${TOCSIN_TEST_SECRET}"} | config
    with engine.begin() as connection:
        return watches.put_channel(connection, name=name, kind="webhook", config=keys)


def owe(engine: Engine, count: int, *names: str) -> list[int]:
    """As many notices for each of these channels; gives the ids of the deliveries."""
    ids: list[int] = []
    with engine.begin() as connection:
        first = run(connection, "SELECT count(*) AS n FROM alert")[0]["n"]
        for number in range(first, first + count):
            told = Heartbeat(
                channel="x", schedule="daily 08:00", zone="UTC", since=NOW, until=NOW,
                watches=0, matches=number, alerts=0, feeds=0, healthy=0,
            )  # fmt: skip
            notice = PlannedNotice(
                content=told, once=f"test {number}", reason="a test", channels=names
            )
            ids += plan_notice(connection, notice).deliveries
    return ids


def rows(engine: Engine, sql: str, **values: Any) -> list[dict[str, Any]]:
    """What a statement finds or changes."""
    with engine.begin() as connection:
        return run(connection, sql, **values)


def states(engine: Engine) -> dict[tuple[str, str], int]:
    """How many deliveries each channel has in each state."""
    found = rows(engine, "SELECT name, state FROM delivery JOIN channel ON channel.id = channel_id")
    return dict(Counter((row["name"], row["state"]) for row in found))


def send_all(engine: Engine, settings: Settings) -> None:
    """Send what is due until nothing is left to be done now."""

    async def main() -> None:
        await Outbox(settings, engine, owner="me").run(asyncio.Event(), until_idle=True)

    asyncio.run(main())


async def sending(
    engine: Engine,
    settings: Settings,
    until: Callable[[], bool],
    *,
    owner: str = "me",
    seconds: float = 30.0,
) -> None:
    """Run an outbox until something is true, then stop it."""
    stop = asyncio.Event()
    running = asyncio.create_task(Outbox(settings, engine, owner=owner).run(stop))
    try:
        await asyncio.to_thread(wait_until, until, seconds=seconds)
    finally:
        stop.set()
        await running


def answering(
    status: int = 204, *, after: float = 0.0, headers: dict[str, str] | None = None
) -> Callable[[], Awaitable[web.Response]]:
    """What a receiver answers."""

    async def answer() -> web.Response:
        await asyncio.sleep(after)
        return web.Response(status=status, headers=headers)

    return answer
