"""Matches that wait to be told with others: in a digest, a summary, or after a storm.

A row of ``held`` is Watch x Story x Channel; a spike and an event of a feed are held as the ``line``
that will tell of them. The planning of alerts puts it there (``hold``) in the
transaction that stores the match, with the time at which it is due. Whoever makes digests works in
one transaction: ``due`` gives what is due, locked; what is of one channel and kind goes into one
alert; ``release`` writes down into which. What dies in between leaves everything as it was, and the
database keeps a story from being twice in a digest of one watch for a channel.

A row that nobody is to be told of any more is released without an alert, and its ``note`` says why:
its watch or channel is gone, it is muted by now, or its story rang after all (``close``).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import TypeAdapter
from sqlalchemy import Connection

from worker.alerts.muting import Subject, muted_by
from worker.alerts.reasons import AlertReason
from worker.model import HeldKind, StoryLine
from worker.store.engine import clean, rows_as_json, run
from worker.store.mutes import active_mutes, subjects

_LOCK = 7263751
_LINE: TypeAdapter[StoryLine | None] = TypeAdapter(StoryLine | None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A match to be held for a channel, by name. ``milestones``: of an update of the story.

    What is of no story is told by a ``line``, once for a channel by the name ``once``.
    """

    kind: HeldKind
    watch_id: int
    story_id: int = 0
    item_id: int = 0
    channel: str
    reason: str
    due_at: datetime
    milestones: str = ""
    once: str = ""
    line: StoryLine | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A row that waits, or has been released; story and item are 0 where it has a ``line``."""

    id: int
    kind: HeldKind
    watch_id: int
    watch: str
    story_id: int
    item_id: int
    channel_id: int
    channel: str
    milestones: str
    reason: str
    held_at: datetime
    due_at: datetime
    released_at: datetime | None = None
    alert_id: int | None = None
    note: str = ""
    line: StoryLine | None = None


def lock_planning(connection: Connection) -> datetime:
    """Plan alone until the transaction ends, so that no two count the same; gives its time."""
    rows = run(connection, f"SELECT now() AS now, pg_advisory_xact_lock({_LOCK})")
    now: datetime = rows[0]["now"]
    return now


def hold(connection: Connection, holdings: Sequence[Holding]) -> int:
    """Hold matches until they are due; gives how many of them were not held before.

    Watches that are not on any more and channels that are gone get nothing.
    """
    if not holdings:
        return 0
    rows = run(
        connection,
        """
        WITH living AS (
            SELECT id FROM watch WHERE id = ANY(:watches) AND enabled AND removed_at IS NULL
            ORDER BY id FOR SHARE
        ), open AS (
            SELECT id, name FROM channel WHERE name = ANY(:channels) AND removed_at IS NULL
            ORDER BY id FOR SHARE
        )
        INSERT INTO held (kind, watch_id, story_id, item_id, channel_id, milestones, reason,
            due_at, once, line)
        SELECT kind, watch_id, nullif(story_id, 0), nullif(item_id, 0), open.id, milestones, reason,
            due_at, once, line
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, watch_id bigint,
            story_id bigint, item_id bigint, channel text, milestones text, reason text,
            due_at timestamptz, once text, line jsonb)
        JOIN living ON living.id = watch_id JOIN open ON open.name = channel
        ON CONFLICT DO NOTHING RETURNING id
        """,
        watches=sorted({one.watch_id for one in holdings}),
        channels=sorted({clean(one.channel) for one in holdings}),
        rows=rows_as_json([_as_row(one) for one in holdings]),
    )
    return len(rows)


def _as_row(one: Holding) -> dict[str, object]:
    return {
        "kind": one.kind.value,
        "watch_id": one.watch_id,
        "story_id": one.story_id,
        "item_id": one.item_id,
        "channel": one.channel,
        "milestones": one.milestones,
        "reason": one.reason,
        "due_at": one.due_at,
        "once": clean(one.once),
        "line": one.line,
    }


def anything_due(connection: Connection) -> bool:
    """Whether there is anything for ``due`` to look at; locks nothing."""
    rows = run(
        connection,
        """SELECT EXISTS (SELECT FROM held WHERE released_at IS NULL AND due_at <= now()) AS found""",
    )
    return bool(rows[0]["found"])


def due(connection: Connection) -> list[Held]:
    """What is due now, by channel, kind, watch and story; locked until the transaction ends.

    What nobody is to be told of any more is released without an alert, and left out.
    """
    lock_planning(connection)
    for gone, note in (
        ("watch", "the watch was removed"),
        ("channel", "the channel was removed"),
    ):
        run(
            connection,
            f"""UPDATE held SET released_at = now(), note = :note FROM {gone}
                WHERE {gone}.id = held.{gone}_id AND {gone}.removed_at IS NOT NULL
                  AND released_at IS NULL AND due_at <= now()""",  # noqa: S608 - constants
            note=note,
        )
    run(
        connection,
        """UPDATE held SET released_at = now(), note = :note FROM watch
           WHERE watch.id = held.watch_id AND NOT watch.enabled
             AND released_at IS NULL AND due_at <= now()""",
        note=AlertReason.DISABLED.value,
    )
    found = _select(connection, "held.released_at IS NULL AND held.due_at <= now()")
    return _without_muted(connection, found)


def _without_muted(connection: Connection, found: Sequence[Held]) -> list[Held]:
    mutes = active_mutes(connection)
    if not mutes or not found:
        return list(found)
    asked = subjects(connection, {(one.watch_id, one.item_id) for one in found})
    now = datetime.now(UTC)
    by = {
        one.id: muted_by(asked.get((one.watch_id, one.item_id)) or _subject(one), mutes, now)
        for one in found
    }
    for note in {words for words in by.values() if words}:
        silent = [held_id for held_id, words in by.items() if words == note]
        close(connection, silent, AlertReason.MUTED.of(note))
    return [one for one in found if not by[one.id]]


def _subject(one: Held) -> Subject:
    """What mutes are asked about where there is no item."""
    outlet = one.line.outlet if one.line is not None else ""
    return Subject(watch_id=one.watch_id, watch_name=one.watch, story_id=0, outlet=outlet)


def release(connection: Connection, ids: Collection[int], alert_id: int) -> int:
    """Write down that rows that waited are told by an alert; gives how many did."""
    rows = run(
        connection,
        """UPDATE held SET released_at = now(), alert_id = :alert_id
           WHERE id = ANY(:ids) AND released_at IS NULL RETURNING id""",
        ids=list(ids),
        alert_id=alert_id,
    )
    return len(rows)


def close(connection: Connection, ids: Collection[int], note: str) -> int:
    """Release rows that waited without telling of them, for a reason; gives how many did."""
    rows = run(
        connection,
        """UPDATE held SET released_at = now(), note = :note
           WHERE id = ANY(:ids) AND released_at IS NULL RETURNING id""",
        ids=list(ids),
        note=clean(note),
    )
    return len(rows)


def held_of(connection: Connection, *, story_id: int, watch_id: int | None = None) -> list[Held]:
    """Whatever of a story waits or waited, for one watch or all, oldest first."""
    return _select(
        connection,
        "held.story_id = :story_id AND (CAST(:watch_id AS bigint) IS NULL OR held.watch_id = :watch_id)",
        order="held.id",
        story_id=story_id,
        watch_id=watch_id,
    )


def told_by(connection: Connection, alert_id: int) -> list[Held]:
    """What was released into an alert."""
    return _select(connection, "held.alert_id = :alert_id", order="held.id", alert_id=alert_id)


def waiting(connection: Connection, channel_id: int) -> int:
    """How many stories, spikes and events of feeds wait for a channel."""
    rows = run(
        connection,
        """SELECT count(DISTINCT coalesce(CAST(story_id AS text), once)) FROM held
           WHERE channel_id = :channel_id AND released_at IS NULL""",
        channel_id=channel_id,
    )
    count: int = rows[0]["count"]
    return count


def waiting_by_watch(connection: Connection) -> dict[int, int]:
    """How many stories wait to be told, by the id of their watch."""
    rows = run(
        connection,
        """SELECT watch_id, count(DISTINCT story_id) AS stories FROM held
           WHERE released_at IS NULL GROUP BY watch_id""",
    )
    return {row["watch_id"]: row["stories"] for row in rows}


_ORDER = "held.channel_id, held.kind, watch.name, held.story_id, held.id"


def _select(
    connection: Connection, where: str, *, order: str = _ORDER, **values: object
) -> list[Held]:
    rows = run(
        connection,
        f"""
        SELECT held.id, held.kind, held.watch_id, watch.name AS watch,
            coalesce(held.story_id, 0) AS story_id, coalesce(held.item_id, 0) AS item_id, held.line,
            held.channel_id, channel.name AS channel, held.milestones, held.reason, held.held_at,
            held.due_at, held.released_at, held.alert_id, held.note
        FROM held JOIN watch ON watch.id = held.watch_id JOIN channel ON channel.id = held.channel_id
        WHERE {where} ORDER BY {order}
        """,  # noqa: S608 - constants
        **values,
    )
    return [
        Held(**row | {"kind": HeldKind(row["kind"]), "line": _LINE.validate_python(row["line"])})
        for row in rows
    ]
