"""Whole ways: what the real scheduler announces, and a story told of again through real tagging."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.integration.conftest import wait_until
from tests.integration.reports import make_stories
from worker.alerts.spikes import HOUR, full_hour
from worker.channels.unsubscribe import Subscription, read_token
from worker.demo.sinks import MailSink, mail_text
from worker.jobs import delivering, tagging, workplace
from worker.model import Entry, HeldKind, ItemState, Policy
from worker.queue import DELIVER, Queues
from worker.scheduler import Scheduler
from worker.settings import Settings
from worker.store import feeds, held, items, spikes, watches
from worker.store.engine import run
from worker.store.held import Holding
from worker.store.items import NewItem
from worker.store.secrets import secret_of
from worker.store.spikes import Sighting

TEXT = (
    "Vladimir Putin arrived in Geneva on Monday for talks on gas transit, officials said. "
    "The delegations met behind closed doors for three hours and agreed to meet again. "
    "A spokesman for the Swiss foreign ministry called the mood constructive but cautious."
)


def test_the_scheduler_announces_all_that_is_due(
    engine: Engine, settings: Settings, queues: Queues
) -> None:
    """A digest, a spike and a heartbeat, by themselves, and workers are woken for each."""
    now = datetime.now(UTC)
    with engine.begin() as connection:
        channel = watches.put_channel(
            connection, name="desk", kind="console", config={"heartbeat": "hourly"}
        )
        run(
            connection,
            "INSERT INTO heartbeat (channel_id, told_at) VALUES (:channel, :at)",
            channel=channel,
            at=now - timedelta(days=1),
        )
        watch = watches.put_watch(connection, name="putin", query="putin", channels=["desk"])
        query = "spike(putin) > 3"
        rate = watches.put_watch(connection, name="rate", query=query, channels=["desk"])
        made = make_stories(connection, 12)
        holding = Holding(
            kind=HeldKind.DIGEST,
            watch_id=watch,
            story_id=made[0][0],
            item_id=made[0][1],
            channel="desk",
            reason="quiet hours",
            due_at=now - HOUR,
        )
        held.hold(connection, [holding])
        begun = now - timedelta(days=20)
        spikes.keep(connection, watches.spike_watches(connection), now=begun)
        spikes.cover(connection, [full_hour(now) - n * HOUR for n in range(400)])
        spikes.count(
            connection,
            [Sighting(watch_id=rate, story_id=s, item_id=i, at=now) for s, i in made],
        )

    async def work() -> None:
        stop = asyncio.Event()
        running = asyncio.create_task(Scheduler(settings, engine, queues, owner="t").run(stop))
        await asyncio.to_thread(wait_until, lambda: len(kinds()) == 3)
        stop.set()
        await running

    def kinds() -> set[str]:
        with engine.connect() as connection:
            return {row["kind"] for row in run(connection, "SELECT kind FROM alert")}

    asyncio.run(work())
    assert {"digest", "spike", "heartbeat"} == kinds()
    assert 3 <= queues.depths()[DELIVER]


def test_a_story_that_more_outlets_report_is_told_of_again_in_its_thread(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From two articles to two mails: the second answers the first, and says what is new."""
    reached = settings.model_copy(update={"public_url": "https://tocsin.example"})
    monkeypatch.setattr(workplace, "_prepared", workplace.Workplace(reached))
    sink = MailSink()
    sink.start()
    try:
        config = {
            "host": "127.0.0.1",
            "port": sink.port,
            "security": "none",
            "from": "tocsin@example.org",
            "to": ["ann@example.org"],
        }
        with engine.begin() as connection:
            watches.put_channel(connection, name="mail", kind="email", config=config)
            watches.put_watch(
                connection,
                name="putin",
                query='person:"Vladimir Putin"',
                channels=["mail"],
                policy=Policy(outlets=(2,)),
            )
        for name in ("gazette", "courier"):
            with engine.begin() as connection:
                feed = feeds.put_feed(
                    connection, name=name, url=f"http://{name}.example/", outlet=name
                )
                entry = Entry(title="Putin in Geneva", content=f"<p>{TEXT}</p>", language="en")
                new = NewItem(identity=name, fingerprint=name, entry=entry, state=ItemState.FETCHED)
                owed = items.insert_items(connection, {feed: [new]})[feed]
            tagging.tag_items([one.id for one in owed])
            with engine.connect() as connection:
                pending = run(connection, "SELECT id FROM delivery WHERE state = 'pending'")
            delivering.deliver([row["id"] for row in pending])
    finally:
        sink.stop()
    first, update = (mail.message for mail in sink.mails)
    assert "putin: Putin in Geneva (gazette)" == first["Subject"]
    assert "Re: putin: Putin in Geneva (gazette)" == update["Subject"]
    assert first["Message-ID"] == update["References"]
    assert "New: " in mail_text(update)
    assert "2 outlets" in mail_text(update)
    with engine.begin() as connection:
        key = secret_of(connection, "unsubscribe")
        watch = run(connection, "SELECT id FROM watch")[0]["id"]
    for mail in (first, update):
        token = str(mail["List-Unsubscribe"]).removeprefix("<https://tocsin.example/unsubscribe/")
        said = Subscription("mail", f"watch-{watch}", "ann@example.org")
        assert said == read_token(key, token.removesuffix(">"))
