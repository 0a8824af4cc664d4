"""Processes whose clock is wrong: what is due says the database's clock."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.newsstand import SECRET, Receiver
from tests.integration.outgoing import answering, owe, rows, send_all, webhook
from worker.channels.sender import own_clock
from worker.cli import checks
from worker.model import PollLimits, Spacing
from worker.net import DaemonThreads, NetError
from worker.outbox.clock import Clock
from worker.scheduler.poll import unanswered
from worker.scheduler.storing import Storing
from worker.settings import Settings
from worker.store import engine as store
from worker.store import feeds
from worker.turns import HostTurns

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)


@pytest.fixture(params=[HOUR, -HOUR], ids=["fast", "slow"])
def off(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """How far this process's clock is ahead of the right time."""
    wrong: timedelta = request.param

    class Alike(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Wrong(datetime, metaclass=Alike):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + wrong

    monkeypatch.setattr(store, "datetime", Wrong)
    for module in ("worker.turns", "worker.outbox.clock", "worker.channels.sender"):
        monkeypatch.setattr(f"{module}.datetime", Wrong)
    return wrong


def seconds_away(moment: datetime) -> float:
    """How far a moment lies from the right time."""
    return abs((moment - datetime.now(UTC)).total_seconds())


def test_a_feed_is_polled_again_when_it_should_be(engine: Engine, off: timedelta) -> None:
    """Not an hour later, and not at once."""
    with engine.begin() as connection:
        feed_id = feeds.put_feed(connection, name="press", url="http://press.test/feed")
        (feed,) = feeds.claim_due(connection, owner="me", limit=9, lease=LEASE, gap=timedelta(0))
        storing = Storing(owner="me", spacing=Spacing(), limits=PollLimits(), rng=random.Random(1))
        storing.store(connection, [unanswered(feed, "no answer")], now=datetime.now(UTC) + off)
    (poll,) = rows(engine, "SELECT next_poll_at FROM poll WHERE feed_id = :id", id=feed_id)
    limits = PollLimits()
    assert 0 < (poll["next_poll_at"] - datetime.now(UTC)).total_seconds()
    assert seconds_away(poll["next_poll_at"]) < 1.3 * limits.default.total_seconds()


def test_a_webhook_is_signed_with_the_right_time(
    engine: Engine, settings: Settings, receiver: Receiver, off: timedelta
) -> None:
    """Receivers refuse what was signed an hour ago, or ahead."""
    assert seconds_away(own_clock()) > 3000
    webhook(engine, "hook", receiver.url)
    owe(engine, 1, "hook")
    send_all(engine, settings)
    assert (0, 1) == (receiver.refused, len(receiver.ids))
    (attempt,) = rows(engine, "SELECT at FROM attempt")
    assert seconds_away(attempt["at"]) < 60


def test_a_delivery_is_tried_again_when_it_should_be(
    engine: Engine, settings: Settings, receiver: Receiver, off: timedelta
) -> None:
    """Its receiver could not take it: the retry comes after seconds, not at once or an hour later."""
    receiver.answer = answering(503)
    webhook(engine, "hook", receiver.url)
    owe(engine, 1, "hook")
    send_all(engine, settings)
    (delivery,) = rows(
        engine,
        "SELECT state, next_attempt_at, at FROM delivery JOIN attempt ON delivery_id = delivery.id",
    )
    assert "pending" == delivery["state"]
    assert timedelta() < delivery["next_attempt_at"] - delivery["at"] < timedelta(seconds=60)
    assert seconds_away(delivery["next_attempt_at"]) < 100


def test_a_clock_that_is_set_meanwhile_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Postgres told goes on by the clock that nobody sets."""
    clock = Clock()
    told = datetime(2026, 3, 1, 12, tzinfo=UTC)
    clock.set(told)
    monkeypatch.setattr("worker.outbox.clock.datetime", None)
    assert timedelta() <= clock.now() - told < timedelta(seconds=60)


def test_the_doctor_names_the_difference(settings: Settings, off: timedelta) -> None:
    """And which of the two is behind."""
    (found,) = (one for one in checks.run_checks(settings) if one.name == "database")
    side = "ahead of" if off > timedelta() else "behind"
    assert not found.ok
    assert f"s {side} that of Postgres" in found.detail


def test_a_turn_at_a_host_is_waited_for_by_the_own_clock(engine: Engine, off: timedelta) -> None:
    """Somebody else has it: when to come back is told in the time of who asked."""
    threads = DaemonThreads(1, "turns")

    def turns(owner: str) -> HostTurns:
        return HostTurns(
            engine, owner=owner, lease=LEASE, spacing=Spacing(), threads=threads, patience=0.0
        )

    async def both() -> datetime | None:
        await turns("other").take("press.test")
        with pytest.raises(NetError) as refused:
            await turns("me").take("press.test")
        return refused.value.until

    until = asyncio.run(both())
    threads.close()
    assert until is not None
    assert seconds_away(until - off) < 60
