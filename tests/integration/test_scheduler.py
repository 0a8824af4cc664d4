"""The scheduler at work: what one feed does to it, the others do not notice."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import psutil
import pytest
from aiohttp import web
from sqlalchemy import Connection, Engine, create_engine, text

from tests.integration.conftest import Processes
from tests.integration.newsstand import Publisher, Served
from worker.model import Feed
from worker.queue import Queues
from worker.scheduler import Scheduler
from worker.settings import Settings
from worker.store import feeds
from worker.store.engine import run

TEXT = "Текст новости. " * 20


class Killer(Served):
    """A feed that takes its reader many seconds: large, and too broken to be read the fast way."""

    def __init__(self) -> None:
        super().__init__()
        broken = " &undefined; <b>x" * 30
        entries = "".join(
            f"<item><title>{n} {broken}</title><link>http://e.org/{n}</link></item>"
            for n in range(9_000)
        )
        self.body = f"<rss version='2.0'><channel><title>K</title>{entries}".encode()
        self.requests = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/feed", self._feed)]

    async def _feed(self, _request: web.Request) -> web.Response:
        self.requests += 1
        return web.Response(body=self.body, content_type="application/rss+xml")


class Slow(Served):
    """A feed that answers after a second and a half."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/feed", self._feed)]

    async def _feed(self, _request: web.Request) -> web.Response:
        self.requests += 1
        await asyncio.sleep(1.5)
        item = "<item><title>One</title><link>http://e.org/1</link></item>"
        body = f"<rss version='2.0'><channel><title>S</title>{item}</channel></rss>"
        return web.Response(text=body, content_type="application/rss+xml")


def add(engine: Engine, name: str, url: str, interval: timedelta = timedelta(seconds=1)) -> int:
    """Add a feed that is polled every so often."""
    with engine.begin() as connection:
        return feeds.put_feed(connection, name=name, url=url, interval=interval, backfill=10)


def stored(engine: Engine, name: str) -> Feed:
    """A feed as stored."""
    with engine.connect() as connection:
        found = feeds.find_feed(connection, name)
    assert found is not None
    return found


def titles(engine: Engine) -> set[str]:
    """The titles of all items."""
    with engine.connect() as connection:
        return {row["title"] for row in run(connection, "SELECT title FROM item")}


async def come_true(condition: Callable[[], bool], *, seconds: float = 40) -> None:
    """Wait for something to become true; fail when it does not in time."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - servers send no event
            await asyncio.sleep(0.05)


def at_work(
    settings: Settings, engine: Engine, queues: Queues, meanwhile: Callable[[], Awaitable[None]]
) -> None:
    """Run a scheduler in this process while something else goes on."""

    async def both() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Scheduler(settings, engine, queues, owner="test").run(stop))
        try:
            await meanwhile()
        finally:
            stop.set()
            await running

    asyncio.run(both())


def test_a_document_that_takes_too_long_is_a_failure_of_its_feed_alone(
    settings: Settings, engine: Engine, queues: Queues, publisher: Publisher
) -> None:
    """It fails by name and is not asked again at once; the other feed is polled meanwhile."""
    quick = settings.model_copy(
        update={"parse_timeout": 2.0, "parse_memory": 500, "host_gap": timedelta(seconds=0.1)}
    )
    with Killer() as killer:
        publisher.publish("one", "Первая новость", TEXT)
        add(engine, "gazette", f"{publisher.url}/feed", timedelta(seconds=0.2))

        async def meanwhile() -> None:
            await come_true(lambda: bool(titles(engine)))
            add(engine, "killer", f"{killer.url}/feed")
            await come_true(lambda: killer.requests > 0)
            seen = publisher.state.requests["feed"]
            await come_true(lambda: publisher.state.requests["feed"] > seen)
            assert "" == stored(engine, "killer").last_error, "it is being read"
            await come_true(lambda: stored(engine, "killer").failures > 0)

        at_work(quick, engine, queues, meanwhile)
        failed = stored(engine, "killer")
        assert 1 == failed.failures
        assert "reading took over 2 s" == failed.last_error
        assert {"Первая новость"} == titles(engine)


def test_a_poll_that_cannot_be_stored_does_not_hold_up_those_stored_with_it(
    settings: Settings, engine: Engine, queues: Queues, publisher: Publisher
) -> None:
    """The batch falls apart; the poisoned poll is a failure of its feed, with a back-off."""
    refuse = """
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF NEW.title = 'poison' THEN RAISE EXCEPTION 'it cannot be stored'; END IF;
            RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON item FOR EACH ROW EXECUTE FUNCTION refuse();
    """
    with engine.begin() as connection:
        run(connection, refuse)
    publisher.publish("one", "Первая новость", TEXT)
    with Publisher() as poisoned:
        poisoned.publish("two", "poison", TEXT)
        add(engine, "gazette", f"{publisher.url}/feed")
        add(engine, "poisoned", f"{poisoned.url}/feed")

        async def meanwhile() -> None:
            await come_true(lambda: stored(engine, "poisoned").failures > 0)
            await come_true(lambda: bool(titles(engine)))

        at_work(settings.model_copy(update={"poll_gather": 0.5}), engine, queues, meanwhile)
        assert {"Первая новость"} == titles(engine)
        failed = stored(engine, "poisoned")
        assert "could not be stored (RaiseException)" == failed.last_error
        assert failed.body_hash is None, "it is read again when it is polled again"


def test_a_poll_waits_for_a_database_that_is_away(
    settings: Settings, engine: Engine, queues: Queues
) -> None:
    """What it brought is stored when the database is back: the feed is not asked a second time."""
    patient = settings.model_copy(update={"lease": timedelta(minutes=5)})
    name = engine.url.database
    server = create_engine(engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")

    def permit(allowed: str) -> None:
        with server.connect() as connection:
            connection.execute(text(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS {allowed}'))
            connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
                ),
                {"name": name},
            )

    with Slow() as slow:

        async def meanwhile() -> None:
            add(engine, "slow", f"{slow.url}/feed", timedelta(hours=1))
            await come_true(lambda: slow.requests > 0)
            await asyncio.to_thread(permit, "false")
            await asyncio.sleep(3)
            await asyncio.to_thread(permit, "true")
            await come_true(lambda: {"One"} == titles(engine))

        try:
            at_work(patient, engine, queues, meanwhile)
        finally:
            permit("true")
            server.dispose()
        assert 1 == slow.requests


def readers_of(pid: int) -> list[psutil.Process]:
    """The processes that read documents for a scheduler."""
    below = psutil.Process(pid).children(recursive=True)
    return [one for one in below if "worker.parsing.child" in one.cmdline()]


def test_a_killed_scheduler_leaves_no_process_behind(
    engine: Engine,
    publisher: Publisher,
    processes: Processes,
    wait_until: Callable[..., None],
) -> None:
    """Kill -9 of the scheduler alone ends those that read for it."""
    publisher.publish("one", "Первая новость", TEXT)
    add(engine, "gazette", f"{publisher.url}/feed")
    scheduler = processes.start("scheduler")
    wait_until(lambda: bool(titles(engine)))
    readers = readers_of(scheduler.pid)
    assert readers
    os.kill(scheduler.pid, signal.SIGKILL)
    scheduler.wait()
    _, alive = psutil.wait_procs(readers, timeout=10)
    assert [] == alive


def test_what_falls_due_soon_is_not_asked_for_without_a_pause(
    settings: Settings, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While nothing is due, or what is due is held by others, claims keep their distance."""
    looks: list[float] = []

    def none_due(*_: object, **__: object) -> list[Feed]:
        looks.append(time.monotonic())
        return []

    def next_due(_connection: Connection) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=0.05 if len(looks) % 2 else -1)

    monkeypatch.setattr(feeds, "claim_due", none_due)
    monkeypatch.setattr(feeds, "next_due", next_due)

    async def meanwhile() -> None:
        await come_true(lambda: len(looks) > 5)

    at_work(settings, engine, queues, meanwhile)
    assert all(b - a >= 0.09 for a, b in itertools.pairwise(looks[:6]))


def test_a_restart_does_not_poll_early(
    settings: Settings, engine: Engine, queues: Queues, publisher: Publisher
) -> None:
    """A feed polled just before a restart is not due; one that was overdue is polled."""
    publisher.publish("one", "Первая новость", TEXT)
    with Publisher() as overdue:
        add(engine, "gazette", f"{publisher.url}/feed", timedelta(hours=1))

        async def first() -> None:
            await come_true(lambda: stored(engine, "gazette").last_polled_at is not None)

        at_work(settings, engine, queues, first)
        add(engine, "overdue", f"{overdue.url}/feed", timedelta(hours=1))

        async def second() -> None:
            await come_true(lambda: stored(engine, "overdue").last_polled_at is not None)

        at_work(settings, engine, queues, second)
        assert (1, 1) == (publisher.state.requests["feed"], overdue.state.requests["feed"])


class Counting(Served):
    """A feed server that takes its time and notes when each request began and ended."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[tuple[float, float]] = []
        self.feeds: set[str] = set()

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/{feed}", self._feed)]

    async def _feed(self, request: web.Request) -> web.Response:
        begun = time.monotonic()
        await asyncio.sleep(0.05)
        self.feeds.add(request.match_info["feed"])
        self.requests.append((begun, time.monotonic()))
        return web.Response(text="<rss version='2.0'><channel><title>C</title></channel></rss>")


def test_two_schedulers_share_the_turns_at_a_host(
    settings: Settings, engine: Engine, queues: Queues
) -> None:
    """Never two requests at once, and the gap is kept, although five feeds are due all the time."""
    eager = settings.model_copy(update={"host_gap": timedelta(seconds=0.2)})
    with Counting() as server:
        for number in range(5):
            add(engine, f"f{number}", f"{server.url}/f{number}")

        async def second() -> None:
            stop = asyncio.Event()
            other = Scheduler(eager, engine, queues, owner="other")
            running = asyncio.create_task(other.run(stop))
            await come_true(lambda: len(server.requests) >= 12 and len(server.feeds) == 5)
            stop.set()
            await running

        at_work(eager, engine, queues, second)
        requests = sorted(server.requests)
    pauses = [later[0] - earlier[1] for earlier, later in itertools.pairwise(requests)]
    assert min(pauses) >= 0.2


def test_a_redirect_takes_its_turn_at_the_other_host(
    settings: Settings, engine: Engine, queues: Queues
) -> None:
    """A host that is only ever redirected to is spared as well."""
    patient = settings.model_copy(update={"host_gap": timedelta(seconds=0.5)})

    class Leading(Counting):
        async def _feed(self, request: web.Request) -> web.Response:
            raise web.HTTPFound(f"{target.url}/{request.match_info['feed']}")

    with Counting() as target, Leading() as one, Leading() as two:
        add(engine, "one", f"{one.url}/one")
        add(engine, "two", f"{two.url}/two")

        async def meanwhile() -> None:
            await come_true(lambda: len(target.requests) >= 4 and len(target.feeds) == 2)

        at_work(patient, engine, queues, meanwhile)
        requests = sorted(target.requests)
    pauses = [later[0] - earlier[1] for earlier, later in itertools.pairwise(requests)]
    assert min(pauses) >= 0.5


def test_an_outage_of_our_own_is_not_counted_against_the_feeds(
    settings: Settings, engine: Engine, queues: Queues
) -> None:
    """Many hosts fail at once: no feed has failed, and each says why it is polled again."""
    for number in range(12):
        add(engine, f"f{number}", f"http://127.0.1.{number + 1}:9/feed")

    async def meanwhile() -> None:
        await come_true(lambda: all(one.last_error for one in every()))

    def every() -> list[Feed]:
        with engine.connect() as connection:
            return feeds.all_feeds(connection)

    at_work(settings, engine, queues, meanwhile)
    assert {0} == {feed.failures for feed in every()}
    assert all("our own connection" in feed.reason for feed in every())


def test_hosts_that_are_down_while_others_answer_have_failed(
    settings: Settings, engine: Engine, queues: Queues, publisher: Publisher
) -> None:
    """A few dead hosts are no outage."""
    add(engine, "gazette", f"{publisher.url}/feed")
    for number in range(3):
        add(engine, f"f{number}", f"http://127.0.1.{number + 1}:9/feed")

    async def meanwhile() -> None:
        await come_true(lambda: stored(engine, "f2").failures > 0)

    at_work(settings, engine, queues, meanwhile)
    assert "" == stored(engine, "gazette").last_error
