"""Matches of the past in the store: recorded, and held to be told in one digest."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.alerts.reasons import AlertReason
from worker.model import HeldKind, Match, Watch
from worker.store.engine import rows_as_json, run
from worker.store.held import Holding, hold, lock_planning


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A match in an article of the past."""

    item_id: int
    story_id: int
    match: Match


def told_stories(connection: Connection, watch_id: int) -> dict[int, str]:
    """The stories of which a watch has told or will, each with why it is not told again."""
    rows = run(
        connection,
        """
        SELECT story_id, true AS rang FROM alert WHERE watch_id = :watch_id AND story_id IS NOT NULL
        UNION
        SELECT story_id, false FROM held WHERE watch_id = :watch_id AND story_id IS NOT NULL
        ORDER BY rang
        """,
        watch_id=watch_id,
    )
    reasons = {True: AlertReason.RUNG.value, False: AlertReason.HELD.value}
    return {row["story_id"]: reasons[row["rang"]] for row in rows}


def keep_matches(
    connection: Connection,
    watch: Watch,
    found: Sequence[Found],
    *,
    tell: Mapping[int, int],
    silent: Mapping[int, str],
) -> datetime:
    """Record matches, and hold those to be told for the watch's channels, due at once.

    ``tell`` is the item that speaks for each story to be told, ``silent`` why others are not. A
    match that rang or is held keeps its reason. Gives when it was done.
    """
    now = lock_planning(connection)
    _record(connection, watch, found, now=now, tell=tell, silent=silent)
    hold(
        connection,
        [
            Holding(
                kind=HeldKind.BACKFILL,
                watch_id=watch.id,
                story_id=story_id,
                item_id=item_id,
                channel=channel,
                reason=AlertReason.BACKFILL,
                due_at=now,
            )
            for story_id, item_id in tell.items()
            for channel in watch.channels
        ],
    )
    return now


def _record(
    connection: Connection,
    watch: Watch,
    found: Collection[Found],
    *,
    now: datetime,
    tell: Mapping[int, int],
    silent: Mapping[int, str],
) -> None:
    def row(one: Found) -> dict[str, Any]:
        told = tell.get(one.story_id) == one.item_id and bool(watch.channels)
        return {
            "watch_id": watch.id,
            "item_id": one.item_id,
            "evidence": one.match.evidence,
            "confidence": one.match.confidence,
            "reason": silent.get(one.story_id, AlertReason.BACKFILL.value),
            "due_at": now if told else None,
        }

    run(
        connection,
        """
        WITH kept AS (
            SELECT id FROM item WHERE id = ANY(:items) ORDER BY id FOR KEY SHARE
        )
        INSERT INTO match (watch_id, item_id, evidence, confidence, announced, reason, due_at)
        SELECT watch_id, item_id, evidence, confidence, false, reason, due_at
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(watch_id bigint, item_id bigint,
            evidence jsonb, confidence text, reason text, due_at timestamptz)
        JOIN kept ON kept.id = item_id
        ON CONFLICT (item_id, watch_id) DO UPDATE SET evidence = excluded.evidence,
            confidence = excluded.confidence, reason = excluded.reason, due_at = excluded.due_at
        WHERE NOT match.announced AND match.due_at IS NULL
        """,
        items=[one.item_id for one in found],
        rows=rows_as_json([row(one) for one in found]),
    )
