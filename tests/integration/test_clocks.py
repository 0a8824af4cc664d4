"""Processes whose clock is wrong: what is due says the database's clock."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.integration.outgoing import owe, rows, webhook
from worker.model import PollLimits, Receipt, Spacing
from worker.net import DaemonThreads, NetError
from worker.scheduler.poll import unanswered
from worker.scheduler.storing import Storing
from worker.store import engine as store
from worker.store import feeds, outbox
from worker.store.outbox import Attempt
from worker.turns import HostTurns

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=30)


@pytest.fixture(params=[HOUR, -HOUR], ids=["fast", "slow"])
def off(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> timedelta:
    """How far this process's clock is ahead of the right time."""
    wrong: timedelta = request.param

    class Alike(type):
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Clock(datetime, metaclass=Alike):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + wrong

    monkeypatch.setattr(store, "datetime", Clock)
    monkeypatch.setattr("worker.turns.datetime", Clock)
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


@pytest.mark.parametrize("off", [HOUR, -HOUR], ids=["fast", "slow"])
def test_a_delivery_is_tried_again_when_it_should_be(engine: Engine, off: timedelta) -> None:
    """Its receiver refused it, by a clock that is set before it is written down: the retry comes after seconds."""
    webhook(engine, "hook", "http://127.0.0.1:1")
    owe(engine, 1, "hook")
    with engine.begin() as connection:
        _, (owed,) = outbox.claim(connection, lambda _: 1, owner="me", lease=LEASE)
        receipt = Receipt(delivered=False, detail="answered 401", recoverable=True, status=401)
        attempt = Attempt(delivery=owed, receipt=receipt, at=datetime.now(UTC) + off, elapsed=0.1)
        outbox.record(connection, [attempt], owner="me", rng=random.Random(1))
    (delivery,) = rows(engine, "SELECT state, next_attempt_at FROM delivery")
    assert "pending" == delivery["state"]
    assert seconds_away(delivery["next_attempt_at"]) < 60


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
