"""What is owed, from the side that sends: claims by channel, results in batches, what is overdue."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.alerts.retry import LIFETIME, decide_retry
from worker.delivery import circuit
from worker.delivery.circuit import Phase
from worker.durations import spell
from worker.model import Disabled, Receipt, RetryDecision
from worker.store import lanes
from worker.store.engine import clean, rows_as_json, run
from worker.store.lanes import FREE, RUNS, LaneState
from worker.store.notices import PlannedNotice, plan_notice
from worker.store.told import OwedDelivery, load_owed
from worker.store.unsubscriptions import take_out_unsubscribed

#: Tries up to which a delivery does not wait for its next once its receiver answers again.
EARLY_TRIES = 3
#: Claims in a row that come to nothing, after which a delivery is given up: it kills its worker.
MOST_CLAIMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """An attempt that was made and ended ``at``, after ``elapsed`` seconds, by a ``kind`` of channel.

    ``at`` is by the database's clock: the next try is counted from it.
    """

    delivery: OwedDelivery
    receipt: Receipt
    at: datetime
    elapsed: float
    kind: str = ""


def claim(
    connection: Connection,
    wanted: Callable[[int], int],
    *,
    owner: str,
    lease: timedelta,
) -> tuple[list[LaneState], list[OwedDelivery]]:
    """Claim what is due, for each channel as many as ``wanted`` says for its id.

    A channel whose circuit is not closed gets fewer. Gives the lanes as they were found, too.
    What readers unsubscribed from is not claimed but ended.
    """
    take_out_unsubscribed(connection)
    found = lanes.running_lanes(connection)
    due = [one for one in found if one.next_due is not None and one.next_due <= one.now]
    probing = [
        one.channel.id for one in due if circuit.phase(one.circuit, one.now) is Phase.PROBING
    ]
    free = lanes.probe_turns(connection, probing) if probing else set()
    room = {
        one.channel.id: circuit.allowed(
            one.circuit,
            wanted=wanted(one.channel.id),
            under_way=one.channel.id in probing and one.channel.id not in free,
            now=one.now,
        )
        for one in due
    }
    room = {channel: count for channel, count in room.items() if count > 0}
    ids = _claim(connection, room, owner=owner, lease=lease) if room else []
    return found, load_owed(connection, ids) if ids else []


def _claim(
    connection: Connection, room: dict[int, int], *, owner: str, lease: timedelta
) -> list[int]:
    rows = run(
        connection,
        f"""
        WITH picked AS (
            SELECT due.id AS picked_id
            FROM unnest(CAST(:channels AS bigint[]), CAST(:room AS integer[])) AS r(channel, room)
            CROSS JOIN LATERAL (
                SELECT id FROM delivery
                WHERE channel_id = channel AND state = 'pending' AND next_attempt_at <= now()
                  AND {FREE}
                ORDER BY next_attempt_at, id LIMIT room FOR UPDATE SKIP LOCKED
            ) AS due
        )
        UPDATE delivery SET
            claims = CASE WHEN claims < :most THEN claims + 1 ELSE claims END,
            state = CASE WHEN claims < :most THEN state ELSE 'dead' END,
            reason = CASE WHEN claims < :most THEN reason
                ELSE 'given up after ' || claims || ' attempts: its worker died each time' END,
            lease_until = CASE WHEN claims < :most THEN now() + :lease END,
            lease_owner = CASE WHEN claims < :most THEN :owner ELSE '' END
        FROM picked WHERE id = picked_id RETURNING id, state
        """,  # noqa: S608 - a constant
        channels=list(room),
        room=list(room.values()),
        most=MOST_CLAIMS,
        owner=owner,
        lease=lease,
    )
    return [row["id"] for row in rows if row["state"] == "pending"]


def hand_back(connection: Connection, ids: Sequence[int], *, owner: str) -> None:
    """Give up claims that are still ours and came to no attempt, as if they had not been made."""
    run(
        connection,
        """UPDATE delivery SET lease_until = NULL, lease_owner = '', enqueued_at = NULL,
               claims = greatest(claims - 1, 0)
           WHERE id = ANY(:ids) AND lease_owner = :owner AND state = 'pending'""",
        ids=list(ids),
        owner=owner,
    )


def record(
    connection: Connection, attempts: Sequence[Attempt], *, owner: str, rng: random.Random
) -> list[RetryDecision]:
    """Write down what attempts brought, in the order they ended, and all that follows from it.

    What follows: the deliveries' states and next tries, the circuits of their channels, and that
    a channel is disabled whose receiver is gone. Gives what was decided of each delivery.
    """
    decisions = [
        decide_retry(
            one.receipt, attempt=one.delivery.told.attempt, now=one.at, rng=rng,
            owed_at=one.delivery.owed_at,
        )
        for one in attempts
    ]  # fmt: skip
    rows = [_row(one, decision) for one, decision in zip(attempts, decisions, strict=True)]
    _write(connection, rows, owner=owner)
    _turn_circuits(connection, attempts, rng)
    for one in attempts:
        if one.receipt.gone:
            _disable(connection, one)
    return decisions


def _disable(connection: Connection, one: Attempt) -> None:
    """Send nothing more to a channel whose receiver is gone, and tell it by another one."""
    channel_id, reason = one.delivery.channel_id, one.receipt.detail
    if not lanes.disable(connection, channel_id, reason):
        return
    lane = lanes.lane_records(connection, [channel_id])[channel_id]
    disabled = Disabled(
        channel=lane.name, kind=lane.kind, reason=clean(reason), at=one.at, waiting=lane.waiting
    )
    notice = PlannedNotice(
        content=disabled,
        once=f"channel {channel_id} disabled by delivery {one.delivery.told.delivery_id}",
        reason="a channel was disabled: its receiver is gone",
        channels=tuple(lanes.who_hears(connection)),
    )
    plan_notice(connection, notice)


def _row(one: Attempt, decision: RetryDecision) -> dict[str, Any]:
    receipt = one.receipt
    return {
        "id": one.delivery.told.delivery_id,
        "number": one.delivery.told.attempt,
        "at": one.at,
        "made": not receipt.put_off,
        "delivered": receipt.delivered,
        "detail": clean(receipt.detail),
        "elapsed": one.elapsed,
        "status": receipt.status,
        "answer": clean(receipt.answer),
        "state": decision.state.value,
        "reason": clean(decision.reason),
        "next_attempt_at": decision.next_attempt_at,
    }


def _write(connection: Connection, rows: Sequence[dict[str, Any]], *, owner: str) -> None:
    """What has arrived is sent, whoever holds the claim by now: nobody is to send it again."""
    run(
        connection,
        """
        WITH told AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, number integer,
                at timestamptz, made boolean, delivered boolean, detail text, elapsed double precision,
                status integer, answer text, state text, reason text, next_attempt_at timestamptz)
        ), changed AS (
            UPDATE delivery SET state = told.state, reason = told.reason,
                attempts = CASE WHEN told.made THEN greatest(delivery.attempts, told.number)
                                ELSE delivery.attempts END, claims = 0,
                lease_until = NULL, lease_owner = '',
                next_attempt_at = coalesce(told.next_attempt_at, delivery.next_attempt_at),
                sent_at = CASE WHEN told.state = 'sent' THEN now() ELSE sent_at END
            FROM told WHERE delivery.id = told.id
              AND (lease_owner = :owner AND delivery.state = 'pending'
                   OR told.delivered AND delivery.state <> 'sent')
            RETURNING delivery.id
        )
        INSERT INTO attempt (delivery_id, number, at, delivered, detail, elapsed, status, answer)
        SELECT told.id, told.number, told.at, told.delivered,
            told.detail || CASE WHEN changed.id IS NULL THEN ' (after its claim had ended)' ELSE '' END,
            told.elapsed, told.status, told.answer
        FROM told JOIN delivery ON delivery.id = told.id LEFT JOIN changed ON changed.id = told.id
        WHERE told.made ORDER BY told.at, told.id
        """,
        rows=rows_as_json(rows),
        owner=owner,
    )


def _turn_circuits(connection: Connection, attempts: Iterable[Attempt], rng: random.Random) -> None:
    ended: dict[int, list[Attempt]] = defaultdict(list)
    for one in attempts:
        ended[one.delivery.channel_id].append(one)
    failed = [
        channel
        for channel, ends in ended.items()
        if any(circuit.unanswered(one.receipt) or circuit.asks_to_wait(one.receipt) for one in ends)
    ]
    before = lanes.troubled_circuits(connection, ended, failed)
    after = {
        channel: circuit.after(
            old, (one.receipt for one in ended[channel]), now=ended[channel][-1].at, rng=rng
        )
        for channel, old in before.items()
    }
    lanes.put_circuits(
        connection, {channel: new for channel, new in after.items() if new != before[channel]}
    )
    closed = [one for one, new in after.items() if before[one].opened and new == circuit.CLOSED]
    if closed:
        _hurry(connection, closed)


def _hurry(connection: Connection, channels: Sequence[int]) -> None:
    """Have deliveries tried at once whose last try got no answer, now that receivers answer again.

    Their early tries only: a receiver that comes and goes does not use up all of them.
    """
    run(
        connection,
        f"""
        WITH early AS (
            SELECT id AS early_id FROM delivery
            WHERE channel_id = ANY(:channels) AND state = 'pending' AND next_attempt_at > now()
              AND attempts BETWEEN 1 AND :tries AND {FREE} AND EXISTS (
                SELECT FROM attempt WHERE delivery_id = delivery.id AND number = delivery.attempts
                   AND NOT delivered AND status IS NULL)
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE delivery SET next_attempt_at = now(),
            reason = 'try ' || attempts + 1 || ' at once: the receiver answers again'
        FROM early WHERE id = early_id
        """,  # noqa: S608 - a constant
        channels=list(channels),
        tries=EARLY_TRIES,
    )


def sweep(connection: Connection, *, grace: timedelta, limit: int) -> list[int]:
    """Deliveries that are owed, may be sent, and nobody was woken for since they became due."""
    rows = run(
        connection,
        f"""
        WITH owed AS (
            SELECT delivery.id AS owed_id FROM delivery
            JOIN channel ON channel.id = channel_id AND {RUNS}
            LEFT JOIN circuit ON circuit.channel_id = delivery.channel_id
            WHERE state = 'pending' AND next_attempt_at <= now() AND {FREE}
              AND (enqueued_at IS NULL OR enqueued_at < next_attempt_at
                   OR enqueued_at < now() - :grace)
              AND (open_until IS NULL OR open_until <= now())
            ORDER BY next_attempt_at LIMIT :limit FOR UPDATE OF delivery SKIP LOCKED
        )
        UPDATE delivery SET enqueued_at = now() FROM owed WHERE id = owed_id RETURNING id
        """,  # noqa: S608 - constants
        grace=grace,
        limit=limit,
    )
    return [row["id"] for row in rows]


def give_up_unreached(connection: Connection) -> int:
    """Give up what is owed for too long at endpoints that do not answer; gives how many.

    The time in which a channel was paused or disabled does not count.
    """
    rows = run(
        connection,
        f"""
        WITH late AS (
            SELECT delivery.id AS late_id, circuit.reason AS said FROM circuit
            JOIN channel ON channel.id = circuit.channel_id AND {RUNS}
            JOIN delivery ON delivery.channel_id = circuit.channel_id AND state = 'pending'
            WHERE open_until IS NOT NULL AND next_attempt_at <= now() AND {FREE}
              AND greatest(owed_at, paused_until) < now() - :lifetime
            ORDER BY delivery.id FOR UPDATE OF delivery SKIP LOCKED
        )
        UPDATE delivery SET state = 'dead', reason = 'given up after ' || attempts || ' tries in '
            || :spent || ', the receiver gives no answer: ' || said
        FROM late WHERE id = late_id RETURNING id
        """,  # noqa: S608 - constants
        lifetime=LIFETIME,
        spent=spell(LIFETIME),
    )
    return len(rows)
