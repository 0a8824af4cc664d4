"""Alerts and deliveries while watches and channels are changed under them, on a real database."""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import psycopg
import pytest
from aiohttp import web
from sqlalchemy import Engine

from tests.integration.newsstand import SECRET, Receiver
from worker.embedded import EmbeddedPostgres
from worker.jobs import delivering, tagging, workplace
from worker.jobs.assigning import assign_stories
from worker.jobs.bench import Bench, up_to_date
from worker.model import Entry, ItemState, Receipt, Spacing
from worker.queue import BATCH, DELIVER, Queues
from worker.scheduler.sweep import DEPTH, Sweep
from worker.settings import Settings
from worker.store import feeds, items, outbox, watches
from worker.store.engine import run
from worker.store.items import NewItem
from worker.store.outbox import Attempt
from worker.store.told import OwedDelivery


@pytest.fixture
def place(
    engine: Engine, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> workplace.Workplace:
    """A feed with one item on Putin, a console channel, a watch; and who works on it."""
    with engine.begin() as connection:
        watches.put_channel(connection, name="console", kind="console", config={})
        watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=["console"]
        )
        feed_id = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
        entry = Entry(title="Путин прибыл", content="<p>Владимир Путин прибыл.</p>", language="ru")
        new = NewItem(identity="guid:1", fingerprint="1", entry=entry, state=ItemState.FETCHED)
        items.insert_items(connection, {feed_id: [new]})
    made = workplace.Workplace(settings)
    monkeypatch.setattr(workplace, "_prepared", made)
    return made


def worked_through(
    engine: Engine, place: workplace.Workplace
) -> tuple[Bench, list[tagging._Worked]]:
    """The item claimed, tagged and matched, but not stored yet."""
    with engine.begin() as connection:
        claimed = workplace.claim_items(connection, place, [1], ItemState.FETCHED)
        bench = up_to_date(place, connection)
    worked = [tagging._tag(bench, item, tagging._read_article(item, None)) for item in claimed]
    assert [1] == [len(one.matches) for one in worked]
    arrivals = [one.arrival for one in worked]
    assign_stories(engine, arrivals, bench.rarity, window=place.settings.story_window)
    return bench, worked


def states(engine: Engine) -> list[str]:
    """The state of every delivery."""
    with engine.connect() as connection:
        return [row["state"] for row in run(connection, "SELECT state FROM delivery")]


def test_a_watch_removed_while_its_job_runs_does_not_ring(
    engine: Engine, place: workplace.Workplace
) -> None:
    """The item is tagged; no alert is planned."""
    bench, worked = worked_through(engine, place)
    with engine.begin() as connection:
        watches.remove_watches(connection, list(bench.watches))
    with engine.begin() as connection:
        assert [] == tagging._store_worked(connection, place, bench, worked).deliveries
        assert [] == run(connection, "SELECT * FROM alert")
        assert "tagged" == run(connection, "SELECT state FROM item")[0]["state"]


def test_a_channel_removed_while_an_alert_is_planned_gets_nothing(
    engine: Engine, place: workplace.Workplace
) -> None:
    """The planner waits for the removal to be over, and then plans without the channel."""
    bench, worked = worked_through(engine, place)
    planned: list[Sequence[int]] = []

    def plan() -> None:
        with engine.begin() as connection:
            stored = tagging._store_worked(connection, place, bench, worked)
            planned.append(stored.deliveries)

    with engine.begin() as connection:
        channel = watches.all_channels(connection)[0]
        watches.remove_channels(connection, [channel.id])
        planner = threading.Thread(target=plan)
        planner.start()
        time.sleep(0.5)
        assert [] == planned
    planner.join()
    assert [[]] == planned
    assert [] == states(engine)


def test_a_removed_channel_kills_what_is_pending(
    engine: Engine, place: workplace.Workplace
) -> None:
    """A failure of an attempt that was under way does not bring the delivery back to life."""
    tagging.tag_items([1])
    owner = place.owner
    claimed = claim(engine, owner)
    with engine.begin() as connection:
        watches.remove_channels(connection, [claimed.channel_id])
    record(engine, claimed, owner, Receipt(delivered=False, detail="busy", recoverable=True))
    assert ["dead"] == states(engine)


def test_what_has_arrived_is_sent_though_the_claim_was_lost(
    engine: Engine, place: workplace.Workplace
) -> None:
    """A successor that claimed it meanwhile does not leave it to be sent a third time."""
    tagging.tag_items([1])
    claimed = claim(engine, "late")
    with engine.begin() as connection:
        run(connection, "UPDATE delivery SET lease_owner = 'its successor'")
    record(engine, claimed, "late", Receipt(delivered=True, detail="204"))
    assert ["sent"] == states(engine)
    record(engine, claimed, "its successor", Receipt(delivered=False, detail="x", recoverable=True))
    assert ["sent"] == states(engine)


def claim(engine: Engine, owner: str) -> OwedDelivery:
    """Claim the one delivery."""
    with engine.begin() as connection:
        lease = timedelta(seconds=60)
        _, (claimed,) = outbox.claim(connection, lambda _: 4, owner=owner, lease=lease)
    return claimed


def record(engine: Engine, claimed: OwedDelivery, owner: str, receipt: Receipt) -> None:
    """Write down an attempt."""
    made = Attempt(delivery=claimed, receipt=receipt, at=datetime.now(UTC), elapsed=0.1)
    with engine.begin() as connection:
        outbox.record(connection, [made], owner=owner, rng=Random(1))


def test_deliveries_nobody_works_on_do_not_fill_the_queue(
    engine: Engine, place: workplace.Workplace, queues: Queues
) -> None:
    """The sweep wakes again for what may have been lost, not for what a long queue holds."""
    tagging.tag_items([1])
    assert 1 == queues.depths()[DELIVER]
    queues.wake(DELIVER, range(DEPTH * BATCH[DELIVER]))
    with engine.begin() as connection:
        run(connection, "UPDATE delivery SET enqueued_at = NULL")
    Sweep(engine=engine, queues=queues, spacing=Spacing(), story_window=timedelta(days=3)).sweep()
    assert DEPTH + 1 == queues.depths()[DELIVER]


def test_an_attempt_is_written_down_when_postgres_is_back(
    engine: Engine,
    place: workplace.Workplace,
    postgres: EmbeddedPostgres,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The database goes away while a webhook is sent: what arrived is not sent again."""
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)
    config = {"url": f"{receiver.url}/hook", "secret": "${TOCSIN_TEST_SECRET}"}
    with engine.begin() as connection:
        channel = watches.all_channels(connection)[0]
        watches.put_channel(
            connection, channel_id=channel.id, name=channel.name, kind="webhook", config=config
        )
    tagging.tag_items([1])
    name = engine.url.database
    admin = postgres.url.replace("/tocsin?", "/postgres?")

    def administer(sql: str) -> None:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(sql.encode())

    async def pull_the_plug() -> web.Response:
        administer(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        administer(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        threading.Timer(1, administer, [f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true']).start()
        return web.Response(status=204)

    receiver.answer = pull_the_plug
    delivering.deliver([1])
    assert ["sent"] == states(engine)
    assert 1 == len(receiver.ids)
