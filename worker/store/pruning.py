"""Deleting what is kept no longer, a batch at a time.

Each step looks at rows in the order of a key, from where the batch before it ended, and deletes
those of them that may go. It locks only rows, passes over those that somebody else has locked, and
waits for nobody for longer than ``LOCK_WAIT``. Every batch is a transaction of its own, so a run
that ends early has only to be started again. Without ``apply`` rows are counted and nothing more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.model import Retention
from worker.store import gone
from worker.store.deleting import (
    delete_alerts,
    delete_items,
    delete_stories,
    free_alerts,
    free_items,
    free_stories,
)
from worker.store.engine import dump_json, run

BATCH = 5000  # rows looked at
STORIES = 500  # stories looked at: their items go with them
LOCK_WAIT = "100ms"
STATEMENT_TIME = "30s"

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """What one batch deleted, by table, and where it ended; ``None``: there is no more."""

    removed: Mapping[str, int] = field(default_factory=dict)
    last: Key | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One policy: ``keep`` is how long, ``batch`` does one batch after a key."""

    name: str
    keep: timedelta
    start: Key
    batch: Callable[[Connection, timedelta, Key, bool], Batch]


def steps(retention: Retention) -> list[Step]:
    """What there is to be done, in order; what is kept for ever is left out."""
    kept = {one: getattr(retention, _ALSO.get(one, one)) for one in _STEPS}
    return [
        Step(name=name, keep=kept[name], start=start, batch=batch)
        for name, (start, batch) in _STEPS.items()
        if kept[name] is not None
    ]


def do_batch(connection: Connection, step: Step, after: Key, *, apply: bool) -> Batch:
    """One batch of a step, in the transaction of ``connection``."""
    run(connection, f"SET LOCAL lock_timeout = '{LOCK_WAIT}'")
    run(connection, f"SET LOCAL statement_timeout = '{STATEMENT_TIME}'")
    return step.batch(connection, step.keep, after, apply)


def _walk(
    table: str, key: str, at: str, free: str, *, ordered: bool = True
) -> Callable[..., Batch]:
    """A step over a table by its key; ``free`` says which old rows may go.

    ``ordered``: the key grows with ``at``, so what comes after a batch without old rows is new.
    """

    def batch(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
        rows = run(
            connection,
            f"""SELECT {key} AS key, {at} < now() - :keep AS old FROM {table}
                WHERE {key} > :after ORDER BY {key} LIMIT :limit""",  # noqa: S608 - constants
            after=after[0],
            keep=keep,
            limit=BATCH,
        )
        if not rows or (ordered and not any(row["old"] for row in rows)):
            return Batch()
        last = rows[-1]["key"]
        free_rows = f"""SELECT ctid AS place FROM {table}
            WHERE {key} > :after AND {key} <= :last AND {at} < now() - :keep AND {free}"""  # noqa: S608
        values = {"after": after[0], "last": last, "keep": keep}
        removed = _count_or_delete(connection, table, free_rows, apply=apply, **values)
        return Batch(removed={table: removed}, last=(last,) if len(rows) == BATCH else None)

    return batch


def _count_or_delete(
    connection: Connection, table: str, free: str, *, apply: bool, **values: Any
) -> int:
    if not apply:
        counted = run(connection, f"SELECT count(*) FROM ({free}) AS free", **values)  # noqa: S608
        return int(counted[0]["count"])
    deleted = run(
        connection,
        f"""WITH free AS MATERIALIZED ({free} FOR UPDATE OF {table} SKIP LOCKED), went AS (
                DELETE FROM {table} WHERE ctid = ANY(ARRAY(SELECT place FROM free)) RETURNING 1)
            SELECT count(*) FROM went""",  # noqa: S608 - constants
        **values,
    )
    return int(deleted[0]["count"])


def _by_time(
    connection: Connection,
    columns: tuple[str, str],
    table: str,
    keep: timedelta,
    after: Key,
    *,
    also: str = "",
    limit: int = BATCH,
) -> tuple[list[Any], Key | None]:
    """The old rows that come after a time and an id, and where to go on; ``None``: no more."""
    at, key = columns
    rows = run(
        connection,
        f"""SELECT {at}, {key}{also} FROM {table}
            WHERE ({at}, {key}) > (CAST(:at AS timestamptz), :id) AND {at} < now() - :keep
            ORDER BY {at}, {key} LIMIT :limit""",  # noqa: S608 - constants
        at=after[0],
        id=after[1],
        keep=keep,
        limit=limit,
    )
    return rows, (rows[-1][at], rows[-1][key]) if len(rows) == limit else None


def _pages(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
    """Pages of items that are done with, by when they were fetched."""
    rows, last = _by_time(connection, ("fetched_at", "item_id"), "page", keep, after)
    free = """SELECT page.ctid AS place FROM page WHERE item_id = ANY(:ids) AND EXISTS (
        SELECT FROM item WHERE id = item_id AND state IN ('tagged', 'failed'))"""
    ids = [row["item_id"] for row in rows]
    removed = _count_or_delete(connection, "page", free, apply=apply, ids=ids) if ids else 0
    return Batch(removed={"page": removed}, last=last)


def _items(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
    """Stories without alerts whose last article is old, with all that belongs to their articles."""
    rows, last = _by_time(connection, ("updated_at", "id"), "story", keep, after, limit=STORIES)
    free = free_stories(connection, [row["id"] for row in rows], apply=apply)
    removed = delete_stories(connection, free, apply=apply) if free else {}
    return Batch(removed=removed, last=last)


def _loose(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
    """Old items of no story: those that could not be tagged."""
    loose = ", story_id IS NULL AS loose"
    rows, last = _by_time(connection, ("seen_at", "id"), "item", keep, after, also=loose)
    free = free_items(connection, [row["id"] for row in rows if row["loose"]], apply=apply)
    if apply and free:
        delete_items(connection, free)
    return Batch(removed={"item": len(free)}, last=last)


def _alerts(kinds: str) -> Callable[..., Batch]:
    def batch(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
        columns = ("planned_at", "id")
        rows, last = _by_time(connection, columns, "alert", keep, after, also=", kind")
        wanted = [row["id"] for row in rows if (row["kind"] == "heartbeat") is (kinds == "beat")]
        free = free_alerts(connection, wanted, keep=keep, apply=apply)
        removed = delete_alerts(connection, free, apply=apply) if free else {}
        return Batch(removed=removed, last=last)

    return batch


def _identities(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
    removed, last = gone.forget(
        connection, after=(after[0], after[1]), keep=keep, limit=BATCH, apply=apply
    )
    return Batch(removed={"gone": removed}, last=last)


def _matches(connection: Connection, keep: timedelta, after: Key, apply: bool) -> Batch:
    """Matches that were not announced, by item: ids of items grow with their age."""
    rows = run(
        connection,
        """SELECT item_id FROM match WHERE item_id > :after AND item_id <= (
               SELECT id FROM item WHERE seen_at < now() - :keep ORDER BY seen_at DESC LIMIT 1)
           ORDER BY item_id LIMIT :limit""",
        after=after[0],
        keep=keep,
        limit=BATCH,
    )
    if not rows:
        return Batch()
    last = rows[-1]["item_id"]
    free = """SELECT ctid AS place FROM match WHERE item_id > :after AND item_id <= :last
        AND NOT announced AND due_at IS NULL AND matched_at < now() - :keep"""
    values = {"after": after[0], "last": last, "keep": keep}
    removed = _count_or_delete(connection, "match", free, apply=apply, **values)
    return Batch(removed={"match": removed}, last=(last,) if len(rows) == BATCH else None)


#: Steps that go by the policy of another: what was held and told in no alert, items of no story.
_ALSO = {"released": "alerts", "loose": "items"}
_TIME = ("-infinity", 0)
_STEPS: Mapping[str, tuple[Key, Callable[..., Batch]]] = {
    "pages": (_TIME, _pages),
    "attempts": (
        (0,),
        _walk(
            "attempt",
            "id",
            "at",
            "NOT EXISTS (SELECT FROM delivery"
            " WHERE delivery.id = delivery_id AND state = 'pending')",
        ),
    ),
    "heartbeats": (_TIME, _alerts("beat")),
    "alerts": (_TIME, _alerts("other")),
    "released": (
        (0,),
        _walk(
            "held",
            "id",
            "held_at",
            "released_at < now() - :keep AND alert_id IS NULL AND NOT EXISTS"
            " (SELECT FROM story WHERE story.id = story_id AND updated_at >= now() - :keep)",
        ),
    ),
    "matches": ((0,), _matches),
    "events": (
        (0,),
        _walk(
            "event",
            "id",
            "at",
            "announced_at IS NOT NULL AND NOT EXISTS (SELECT FROM alert WHERE event_id = event.id)",
        ),
    ),
    "items": (_TIME, _items),
    "loose": (_TIME, _loose),
    "identities": ((0, ""), _identities),
    "hosts": (
        ("",),
        _walk(
            "host",
            "name",
            "free_at",
            "NOT declared AND coalesce(busy_until < now(), true)"
            " AND coalesce(robots_at < now() - :keep, true)"
            " AND NOT EXISTS (SELECT FROM poll WHERE poll.host = host.name)",
            ordered=False,
        ),
    ),
}


def begin(connection: Connection, day: date) -> bool:
    """Take a day's pruning; False where another scheduler has it."""
    rows = run(
        connection,
        "INSERT INTO pruning (day) VALUES (:day) ON CONFLICT DO NOTHING RETURNING day",
        day=day,
    )
    return bool(rows)


def end(connection: Connection, day: date, removed: Mapping[str, int]) -> None:
    """Write down what a day's pruning deleted."""
    run(
        connection,
        """UPDATE pruning SET ended_at = clock_timestamp(), removed = CAST(:removed AS jsonb)
           WHERE day = :day""",
        day=day,
        removed=dump_json(removed),
    )


def last_day(connection: Connection) -> date | None:
    """The latest day on which a scheduler pruned."""
    found: date | None = run(connection, "SELECT max(day) AS day FROM pruning")[0]["day"]
    return found
