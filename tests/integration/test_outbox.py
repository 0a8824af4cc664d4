"""The outbox against real receivers: lanes apart, circuits, pauses, stops, several at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import psutil
import pytest
from sqlalchemy import Engine

from tests.integration.conftest import Processes, kill_tree, wait_until
from tests.integration.newsstand import SECRET, Receiver
from tests.integration.outgoing import answering, owe, rows, send_all, sending, states, webhook
from worker.delivery import circuit
from worker.queue import DELIVER, Queues
from worker.settings import Settings
from worker.store import lanes, outbox
from worker.store.deliveries import deliveries_of


@pytest.fixture(autouse=True)
def _secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_TEST_SECRET", SECRET)


@pytest.fixture
def other() -> Iterator[Receiver]:
    """A second receiver."""
    with Receiver() as running:
        yield running


def test_many_go_out_once_each(engine: Engine, settings: Settings, receiver: Receiver) -> None:
    """In few claims and few writes; each attempt is on record with the receiver's status."""
    webhook(engine, "hook", receiver.url)
    owe(engine, 150, "hook")
    send_all(engine, settings)
    assert {("hook", "sent"): 150} == states(engine)
    assert 150 == len(receiver.ids) == len(set(receiver.ids))
    found = rows(engine, "SELECT number, status, delivered FROM attempt")
    assert [{"number": 1, "status": 204, "delivered": True}] * 150 == found


def test_a_receiver_that_hangs_keeps_nobody_waiting(
    engine: Engine, settings: Settings, receiver: Receiver, other: Receiver
) -> None:
    """The other's alerts go out while it hangs; its own wait, with one try used by a few."""
    receiver.answer = answering(after=9)
    webhook(engine, "hanging", receiver.url, timeout=2)
    webhook(engine, "healthy", other.url)
    owe(engine, 60, "hanging", "healthy")
    asyncio.run(sending(engine, settings, lambda: len(other.ids) == 60, seconds=20))
    assert {("healthy", "sent"): 60, ("hanging", "pending"): 60} == states(engine)
    assert 60 == len(other.ids) == len(set(other.ids))


def test_a_circuit_opens_and_a_probe_closes_it(
    engine: Engine, settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No try is used up by those that wait; one attempt goes first when the pause is over."""
    # However slow the machine is, the pause is not over while the first are sent.
    monkeypatch.setattr(circuit, "FIRST_PAUSE", timedelta(minutes=1))
    channel = webhook(engine, "hook", "http://127.0.0.1:9")
    ids = owe(engine, 40, "hook")
    send_all(engine, settings)
    with engine.connect() as connection:
        lane = lanes.lane_records(connection, [channel])[channel]
    assert lane.circuit.open_until is not None
    assert lane.circuit.reason.startswith("connection failed")
    tried = rows(engine, "SELECT count(*) AS n FROM delivery WHERE attempts > 0")[0]["n"]
    assert 5 <= tried <= 16
    assert 40 == lane.waiting
    rows(engine, "UPDATE channel SET config = config || jsonb_build_object('url', CAST(:u AS text))",
         u=f"{receiver.url}/hook")  # fmt: skip
    send_all(engine, settings)
    assert 0 == len(receiver.ids)
    rows(engine, "UPDATE circuit SET open_until = now()")
    rows(engine, "UPDATE delivery SET next_attempt_at = now() WHERE id = ANY(:ids)", ids=ids)
    with engine.begin() as connection:
        lease = timedelta(seconds=60)
        _, probes = outbox.claim(connection, lambda _: 9, owner="a", lease=lease)
        _, more = outbox.claim(connection, lambda _: 9, owner="b", lease=lease)
        outbox.hand_back(connection, [one.told.delivery_id for one in probes], owner="a")
    assert (1, 0) == (len(probes), len(more))
    send_all(engine, settings)
    assert {("hook", "sent"): 40} == states(engine)
    assert [] == rows(engine, "SELECT * FROM circuit WHERE failures > 0 OR open_until IS NOT NULL")


def test_what_got_no_answer_goes_out_at_once_when_there_is_one_again(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """It does not wait for minutes; what was tried often already keeps to its schedule."""
    webhook(engine, "hook", "http://127.0.0.1:9")
    ids = owe(engine, 8, "hook")
    send_all(engine, settings)
    rows(engine, "UPDATE channel SET config = config || jsonb_build_object('url', CAST(:u AS text))",
         u=f"{receiver.url}/hook")  # fmt: skip
    rows(engine, "UPDATE circuit SET open_until = now()")
    tried = rows(engine, "SELECT id FROM delivery WHERE attempts > 0 ORDER BY id")
    probe, often = tried[0]["id"], tried[1]["id"]
    rows(engine, "UPDATE delivery SET next_attempt_at = now() + interval '1 hour'")
    rows(engine, "UPDATE delivery SET attempts = 4 WHERE id = :id", id=often)
    rows(engine, "UPDATE attempt SET number = 4 WHERE delivery_id = :id", id=often)
    rows(engine, "UPDATE delivery SET next_attempt_at = now() WHERE id = :id", id=probe)
    untried = len(ids) - len(tried)
    send_all(engine, settings)
    assert len(tried) - 1 == len(receiver.ids)
    left = rows(engine, "SELECT id FROM delivery WHERE state = 'pending'")
    assert 1 + untried == len(left)
    assert {"id": often} in left


def test_what_no_receiver_took_for_days_is_given_up(engine: Engine, settings: Settings) -> None:
    """Also those that were hardly tried; the time of a pause does not count."""
    webhook(engine, "hook", "http://127.0.0.1:9")
    webhook(engine, "paused", "http://127.0.0.1:9")
    owe(engine, 6, "hook", "paused")
    send_all(engine, settings)
    rows(engine, "UPDATE delivery SET owed_at = now() - interval '5 days', next_attempt_at = now()")
    rows(engine, "UPDATE channel SET paused_until = now() - interval '1 day' WHERE name = 'paused'")
    with engine.begin() as connection:
        assert 6 == outbox.give_up_unreached(connection)
    assert {("hook", "dead"): 6, ("paused", "pending"): 6} == states(engine)
    reason = rows(engine, "SELECT reason FROM delivery WHERE state = 'dead'")[0]["reason"]
    assert reason.startswith("given up after 1 tries in 4 d, the receiver gives no answer: conn")


def test_a_paused_channel_loses_nothing_and_keeps_the_order(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """Nothing is sent nor woken for meanwhile; afterwards the oldest go first."""
    channel = webhook(engine, "hook", receiver.url, concurrency=1)
    with engine.begin() as connection:
        lanes.pause(connection, channel, None)
    owe(engine, 12, "hook")
    send_all(engine, settings)
    with engine.begin() as connection:
        assert [] == outbox.sweep(connection, grace=timedelta(seconds=-1), limit=50)
        lanes.resume(connection, channel)
    assert [] == receiver.ids
    send_all(engine, settings)
    numbers = [one["data"]["heartbeat"]["matches"] for one in receiver.received]  # type: ignore[index]
    assert list(range(12)) == numbers


def test_a_pause_takes_hold_of_what_is_claimed(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """What has not begun is handed back within a second or two, and no claim is left."""
    channel = webhook(engine, "hook", receiver.url, rate="2/s")
    owe(engine, 30, "hook")

    def paused() -> bool:
        if len(receiver.ids) == 1:
            with engine.begin() as connection:
                lanes.pause(connection, channel, None)
        return not rows(engine, "SELECT 1 FROM delivery WHERE lease_owner <> ''")

    asyncio.run(sending(engine, settings, lambda: bool(receiver.ids) and paused()))
    assert 5 > len(receiver.ids)


def test_a_rate_is_kept(engine: Engine, settings: Settings, receiver: Receiver) -> None:
    """Attempts begin as far apart as it says, whatever the concurrency."""
    channel = webhook(engine, "hook", receiver.url, rate="20/s")
    owe(engine, 10, "hook")
    send_all(engine, settings)
    at = [row["at"] for row in rows(engine, "SELECT at FROM attempt ORDER BY at")]
    assert at[-1] - at[0] >= timedelta(seconds=0.4)
    assert {("hook", "sent"): 10} == states(engine)
    assert channel > 0


def test_a_receiver_that_is_gone_disables_its_channel(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """With the reason; what waits there goes out when it is resumed."""
    receiver.answer = answering(410)
    channel = webhook(engine, "hook", receiver.url, concurrency=1)
    owe(engine, 20, "hook")
    send_all(engine, settings)
    found = states(engine)
    assert found[("hook", "dead")] + found[("hook", "pending")] == 20
    assert found[("hook", "dead")] == 1
    with engine.begin() as connection:
        lane = lanes.lane_records(connection, [channel])[channel]
        assert lane.disabled_at is not None
        assert lane.disabled_reason.startswith("410")
        lanes.resume(connection, channel)
    receiver.answer = None
    send_all(engine, settings)
    assert found[("hook", "pending")] == states(engine)[("hook", "sent")]


def test_the_owner_is_told_by_another_channel(
    engine: Engine, settings: Settings, receiver: Receiver, other: Receiver
) -> None:
    """Once, however many answers say so, and by two of them, of which one is gone, too."""
    receiver.answer = answering(410)
    for name in ("gone", "gone-too"):
        webhook(engine, name, receiver.url)
    owe(engine, 12, "gone")
    webhook(engine, "desk", other.url)
    asyncio.run(sending(engine, settings, lambda: len(other.received) == 2))
    assert ["channel.disabled"] * 2 == [one["type"] for one in other.received]
    found = [one["data"]["channel"] for one in other.received]  # type: ignore[index]
    assert ["gone", "gone-too"] == [one["name"] for one in found]
    assert all(one["reason"].startswith("410") for one in found)
    assert 2 == states(engine)[("desk", "sent")]


def test_one_that_asks_for_less_holds_its_lane(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """After a 429 with Retry-After nothing of the channel is begun, nor counted as a try."""
    receiver.answer = answering(429, headers={"Retry-After": "60"})
    webhook(engine, "hook", receiver.url, concurrency=1)
    owe(engine, 10, "hook")
    asyncio.run(sending(engine, settings, lambda: bool(rows(engine, "SELECT 1 FROM attempt"))))
    assert 1 == len(receiver.ids)
    assert [1] + [0] * 9 == [
        row["attempts"] for row in rows(engine, "SELECT attempts FROM delivery ORDER BY id")
    ]
    rows(
        engine, "UPDATE delivery SET lease_until = NULL, next_attempt_at = now() WHERE attempts = 0"
    )
    with engine.begin() as connection:  # any other process
        _, claimed = outbox.claim(connection, lambda _: 9, owner="other", lease=settings.lease)
    assert [] == claimed
    rows(engine, "UPDATE circuit SET open_until = now()")
    with engine.begin() as connection:
        _, claimed = outbox.claim(connection, lambda _: 9, owner="other", lease=settings.lease)
    assert 1 == len(claimed)


def test_another_configuration_is_used_at_once(
    engine: Engine, settings: Settings, receiver: Receiver, other: Receiver
) -> None:
    """Those claimed for the old receiver go to the new one."""
    webhook(engine, "hook", receiver.url, rate="2/s")
    owe(engine, 8, "hook")

    def moved() -> bool:
        if len(receiver.ids) == 1:
            rows(engine, "UPDATE channel SET config = jsonb_build_object('url', CAST(:url AS text),"
                 " 'secret', '${TOCSIN_TEST_SECRET}')", url=f"{other.url}/hook")  # fmt: skip
        return states(engine) == {("hook", "sent"): 8}

    asyncio.run(sending(engine, settings, moved))
    assert 8 == len(set(receiver.ids) | set(other.ids)) == len(receiver.ids) + len(other.ids)
    assert len(other.ids) >= 4


def test_a_stop_hands_back_what_has_not_begun(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """What is under way ends and is on record; the rest has no claim and no try."""
    receiver.answer = answering(after=0.7)
    webhook(engine, "hook", receiver.url, concurrency=2)
    owe(engine, 20, "hook")
    asyncio.run(sending(engine, settings, lambda: len(receiver.ids) == 2))
    assert {("hook", "sent"): 2, ("hook", "pending"): 18} == states(engine)
    waiting = rows(
        engine,
        "SELECT DISTINCT attempts, claims, lease_owner FROM delivery WHERE state = 'pending'",
    )
    assert [{"attempts": 0, "claims": 0, "lease_owner": ""}] == waiting


def test_several_at_once_send_each_delivery_once(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    """Claims pass each other by."""
    webhook(engine, "hook", receiver.url)
    owe(engine, 120, "hook")

    def done() -> bool:
        return states(engine) == {("hook", "sent"): 120}

    async def main() -> None:
        await asyncio.gather(
            *(sending(engine, settings, done, owner=f"process {each}") for each in range(3))
        )

    asyncio.run(main())
    assert 120 == len(receiver.ids) == len(set(receiver.ids))


def test_a_killed_process_loses_nothing(
    engine: Engine, settings: Settings, receiver: Receiver, queues: Queues, processes: Processes
) -> None:
    """Kill -9 in the middle: all arrive, some perhaps twice, with the same ids."""
    webhook(engine, "hook", receiver.url, rate="40/s")
    ids = owe(engine, 120, "hook")
    queues.wake(DELIVER, ids)
    first = processes.start("worker", "deliver")
    wait_until(lambda: len(receiver.ids) > 20)
    kill_tree(first.pid)
    processes.start("worker", "deliver")
    wait_until(lambda: states(engine) == {("hook", "sent"): 120})
    counted = Counter(receiver.ids)
    assert 120 == len(counted)
    assert max(counted.values()) <= 2
    assert psutil.pid_exists(first.pid) is False or first.poll() is not None


def test_it_delivers_without_valkey(
    engine: Engine, settings: Settings, receiver: Receiver, processes: Processes
) -> None:
    """Nobody is woken; the process looks by itself."""
    webhook(engine, "hook", receiver.url)
    processes.start("worker", "deliver")
    owe(engine, 5, "hook")
    wait_until(lambda: states(engine) == {("hook", "sent"): 5})


def test_a_channel_that_cannot_be_set_up_says_so(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its deliveries are tried again, with the variable named."""
    monkeypatch.delenv("TOCSIN_TEST_SECRET")
    webhook(engine, "hook", "http://127.0.0.1:9")
    owe(engine, 1, "hook")
    send_all(engine, settings)
    with engine.connect() as connection:
        (found,) = deliveries_of(connection, 1)
    assert "${TOCSIN_TEST_SECRET} is not set" in found.reason
    assert found.reason.startswith("try 2 of 10 in ")


def test_what_cannot_be_written_costs_no_other(
    engine: Engine, settings: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An attempt that the database refuses is left to its lease; the others of its batch are kept."""
    webhook(engine, "hook", receiver.url)
    owe(engine, 6, "hook")
    row = outbox._row

    def too_large(one: outbox.Attempt, decision: object) -> dict[str, object]:
        made = row(one, decision)  # type: ignore[arg-type]
        return made | ({"number": 2**40} if one.delivery.told.delivery_id == 3 else {})

    monkeypatch.setattr(outbox, "_row", too_large)
    send_all(engine, replace_lease(settings))
    assert {("hook", "sent"): 5, ("hook", "pending"): 1} == states(engine)


def replace_lease(settings: Settings) -> Settings:
    """Settings whose leases outlast the test."""
    return settings.model_copy(update={"lease": timedelta(minutes=5)})
