"""The lanes of channels in the store: what may be sent in each now, and what keeps it back."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.delivery.circuit import Circuit
from worker.model import Channel
from worker.store.engine import clean, rows_as_json, run

#: A channel from which things may be sent, as far as people and its receiver have said.
RUNS = (
    "channel.removed_at IS NULL AND channel.disabled_at IS NULL"
    " AND (channel.paused_at IS NULL OR channel.paused_until <= now())"
)
#: A delivery that nobody holds.
FREE = "(delivery.lease_until IS NULL OR delivery.lease_until < now())"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """A channel that runs: its circuit, and when the first delivery that nobody holds is due."""

    channel: Channel
    circuit: Circuit
    now: datetime
    next_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRecord:
    """A channel as a person wants to read it: what keeps it back, and how many deliveries wait."""

    name: str
    kind: str
    paused_at: datetime | None
    paused_until: datetime | None
    disabled_at: datetime | None
    disabled_reason: str
    circuit: Circuit
    waiting: int
    dead: int
    removed_at: datetime | None = None


def running_lanes(connection: Connection) -> list[LaneState]:
    """Every channel that is neither removed, disabled nor paused."""
    rows = run(
        connection,
        f"""
        SELECT channel.id, channel.name, channel.kind, channel.config, circuit.*, now() AS now,
            owed.next_attempt_at AS next_due
        FROM channel LEFT JOIN circuit ON circuit.channel_id = channel.id
        LEFT JOIN LATERAL (
            SELECT next_attempt_at FROM delivery
            WHERE delivery.channel_id = channel.id AND state = 'pending' AND {FREE}
            ORDER BY next_attempt_at LIMIT 1
        ) AS owed ON true
        WHERE {RUNS}
        """,  # noqa: S608 - constants
    )
    return [
        LaneState(
            channel=Channel(id=row["id"], name=row["name"], kind=row["kind"], config=row["config"]),
            circuit=_circuit(row),
            now=row["now"],
            next_due=row["next_due"],
        )
        for row in rows
    ]


def _circuit(row: Mapping[str, Any]) -> Circuit:
    return Circuit(
        failures=row["failures"] or 0,
        opened=row["opened"] or 0,
        since=row["since"],
        open_until=row["open_until"],
        reason=row["reason"] or "",
    )


def probe_turns(connection: Connection, channels: Collection[int]) -> set[int]:
    """Which of these channels nobody is probing; held until the transaction ends."""
    rows = run(
        connection,
        """
        SELECT channel_id FROM circuit WHERE channel_id = ANY(:channels) AND NOT EXISTS (
            SELECT 1 FROM delivery WHERE delivery.channel_id = circuit.channel_id
              AND state = 'pending' AND lease_until > now())
        ORDER BY channel_id FOR UPDATE OF circuit SKIP LOCKED
        """,
        channels=sorted(channels),
    )
    return {row["channel_id"] for row in rows}


def troubled_circuits(
    connection: Connection, channels: Collection[int], failed: Collection[int]
) -> dict[int, Circuit]:
    """The circuits, held until the transaction ends, that attempts at these channels may change.

    Those of channels at which one has ``failed``, and those that are not as new.
    """
    if failed:
        run(
            connection,
            """INSERT INTO circuit (channel_id) SELECT id FROM channel WHERE id = ANY(:failed)
               ORDER BY id ON CONFLICT DO NOTHING""",
            failed=sorted(failed),
        )
    rows = run(
        connection,
        """SELECT * FROM circuit WHERE channel_id = ANY(:channels) AND
             (channel_id = ANY(:failed) OR failures > 0 OR open_until IS NOT NULL)
           ORDER BY channel_id FOR UPDATE""",
        channels=sorted(channels),
        failed=sorted(failed),
    )
    return {row["channel_id"]: _circuit(row) for row in rows}


def put_circuits(connection: Connection, circuits: Mapping[int, Circuit]) -> None:
    """Store circuits that were held."""
    if not circuits:
        return
    rows = [asdict(one) | {"channel_id": channel} for channel, one in circuits.items()]
    run(
        connection,
        """
        UPDATE circuit SET failures = r.failures, opened = r.opened, since = r.since,
            open_until = r.open_until, reason = r.reason
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(channel_id bigint, failures integer,
            opened integer, since timestamptz, open_until timestamptz, reason text)
        WHERE circuit.channel_id = r.channel_id
        """,
        rows=rows_as_json([clean(row) for row in rows]),
    )


def disable(connection: Connection, channel_id: int, reason: str) -> bool:
    """Send nothing more there until it is resumed; whether it was not disabled before."""
    return bool(
        run(
            connection,
            """UPDATE channel SET disabled_at = now(), disabled_reason = :reason
               WHERE id = :id AND disabled_at IS NULL AND removed_at IS NULL RETURNING id""",
            id=channel_id,
            reason=clean(reason),
        )
    )


def who_hears(connection: Connection) -> list[str]:
    """The channels by which trouble with another is told: two that run, should one be gone, too.

    Mail goes to a person and comes first; standard output, which nobody may be reading, last.
    """
    rows = run(
        connection,
        f"""SELECT channel.name FROM channel LEFT JOIN circuit ON circuit.channel_id = channel.id
            WHERE {RUNS}
            ORDER BY open_until IS NOT NULL, kind = 'console', kind <> 'email', channel.id LIMIT 2
        """,  # noqa: S608 - a constant
    )
    return [row["name"] for row in rows]


def pause(connection: Connection, channel_id: int, until: datetime | None) -> None:
    """Send nothing there until then, or until it is resumed; what is owed waits."""
    run(
        connection,
        "UPDATE channel SET paused_at = now(), paused_until = :until WHERE id = :id",
        id=channel_id,
        until=until,
    )


def resume(connection: Connection, channel_id: int) -> None:
    """Send again, whatever kept it back; what waited is owed from now."""
    run(
        connection,
        """UPDATE channel SET paused_at = NULL, disabled_at = NULL, disabled_reason = '',
               paused_until = CASE WHEN paused_at IS NULL AND disabled_at IS NULL
                                   THEN paused_until ELSE now() END
           WHERE id = :id""",
        id=channel_id,
    )
    run(connection, "DELETE FROM circuit WHERE channel_id = :id", id=channel_id)


def lane_records(connection: Connection, channels: Sequence[int]) -> dict[int, LaneRecord]:
    """What keeps these channels back, and what waits there, by id."""
    rows = run(
        connection,
        """
        SELECT channel.id, name, kind, paused_until, disabled_at, disabled_reason, removed_at,
            circuit.*,
            CASE WHEN paused_until <= now() THEN NULL ELSE paused_at END AS paused_at,
            (SELECT count(*) FROM delivery
             WHERE delivery.channel_id = channel.id AND state = 'pending') AS waiting,
            (SELECT count(*) FROM delivery
             WHERE delivery.channel_id = channel.id AND state = 'dead') AS dead
        FROM channel LEFT JOIN circuit ON circuit.channel_id = channel.id
        WHERE channel.id = ANY(:channels)
        """,
        channels=list(channels),
    )
    return {
        row["id"]: LaneRecord(
            name=row["name"],
            kind=row["kind"],
            paused_at=row["paused_at"],
            paused_until=row["paused_until"] if row["paused_at"] else None,
            disabled_at=row["disabled_at"],
            disabled_reason=row["disabled_reason"],
            circuit=_circuit(row),
            waiting=row["waiting"],
            dead=row["dead"],
            removed_at=row["removed_at"],
        )
        for row in rows
    }
