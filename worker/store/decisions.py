"""What was planned, written down: matches with their reasons, alerts with deliveries, what waits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from worker.alerts.plan import Planned
from worker.model import AlertKind, HeldKind
from worker.store.engine import rows_as_json, run
from worker.store.held import Holding, hold


def save_decisions(connection: Connection, planned: Sequence[Planned]) -> list[int]:
    """Store matches, the alerts and deliveries of those that ring, and what is held. Gives new delivery ids.

    A pair of watch and story that has an alert keeps it: the database lets no second one in. A
    watch that was removed or switched off meanwhile does not ring any more; rows that somebody
    is removing right now are waited for.
    """
    if not planned:
        return []
    _save_matches(connection, planned)
    deliveries = _save_alerts(connection, [one for one in planned if one.kind is not None])
    hold(connection, [holding for one in planned for holding in _holdings(one)])
    _take_out_of_digests(connection, planned)
    prolong_storms(connection, planned)
    return deliveries


def _save_matches(connection: Connection, planned: Sequence[Planned]) -> None:
    """A match that rang or was held keeps that; one that rings now says so."""
    run(
        connection,
        """
        INSERT INTO match (watch_id, item_id, evidence, confidence, announced, reason, due_at)
        SELECT watch_id, item_id, evidence, confidence, announced, reason, due_at
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(watch_id bigint, item_id bigint,
            evidence jsonb, confidence text, announced boolean, reason text, due_at timestamptz)
        ON CONFLICT (watch_id, item_id) DO UPDATE SET evidence = excluded.evidence,
            confidence = excluded.confidence,
            announced = match.announced OR excluded.announced,
            reason = CASE WHEN match.announced OR match.due_at IS NOT NULL
                AND NOT excluded.announced THEN match.reason ELSE excluded.reason END,
            due_at = CASE WHEN match.announced OR excluded.announced THEN NULL
                ELSE coalesce(match.due_at, excluded.due_at) END
        """,
        rows=rows_as_json(
            [
                {
                    "watch_id": one.candidate.watch.id,
                    "item_id": one.candidate.item_id,
                    "evidence": one.candidate.match.evidence,
                    "confidence": one.candidate.match.confidence,
                    "announced": one.kind is not None,
                    "reason": one.reason,
                    "due_at": one.due_at,
                }
                for one in planned
            ]
        ),
    )


def _save_alerts(connection: Connection, ringing: Sequence[Planned]) -> list[int]:
    if not ringing:
        return []
    rows = run(
        connection,
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text,
                watch_id bigint, story_id bigint, item_id bigint, once text, reason text,
                content jsonb, channels jsonb)
        ), living AS (
            SELECT id, channels FROM watch WHERE id = ANY(ARRAY(SELECT watch_id FROM given))
              AND enabled AND removed_at IS NULL ORDER BY id FOR SHARE
        ), open AS (
            SELECT id, name FROM channel WHERE removed_at IS NULL AND name IN (
                SELECT jsonb_array_elements_text(channels) FROM given)
            ORDER BY id FOR SHARE
        ), planned AS (
            INSERT INTO alert (kind, watch_id, story_id, item_id, once, reason, content)
            SELECT kind, watch_id, story_id, item_id, once, reason, content
            FROM given JOIN living ON living.id = watch_id
            ON CONFLICT DO NOTHING RETURNING id, watch_id, story_id, once
        )
        INSERT INTO delivery (alert_id, channel_id, message_id, enqueued_at)
        SELECT planned.id, open.id,
            '<' || replace(CAST(gen_random_uuid() AS text), '-', '') || '@tocsin.local>', now()
        FROM planned JOIN given USING (watch_id, story_id, once)
        JOIN living ON living.id = watch_id
        JOIN open ON given.channels ? open.name AND living.channels ? open.name
        RETURNING id
        """,
        rows=rows_as_json([_as_alert(one) for one in ringing]),
    )
    return [row["id"] for row in rows]


def _as_alert(one: Planned) -> dict[str, Any]:
    watch_id, story_id = one.candidate.pair
    update = f"update:{watch_id}:{story_id}:{one.milestones}"
    return {
        "kind": one.kind,
        "watch_id": watch_id,
        "story_id": story_id,
        "item_id": one.candidate.item_id,
        "once": update if one.kind is AlertKind.UPDATE else "",
        "reason": one.reason,
        "content": {"reached": one.reached} if one.reached is not None else None,
        "channels": one.channels,
    }


def _holdings(one: Planned) -> list[Holding]:
    watch_id, story_id = one.candidate.pair
    return [
        Holding(
            kind=wait.kind,
            watch_id=watch_id,
            story_id=story_id,
            item_id=one.candidate.item_id,
            channel=wait.channel,
            reason=one.reason,
            due_at=wait.due_at,
            milestones=one.milestones,
        )
        for wait in one.waits
    ]


def _take_out_of_digests(connection: Connection, planned: Sequence[Planned]) -> None:
    """What rings, or goes into a summary instead, is not told by a digest that is still to come."""
    pairs = [
        one.candidate.pair
        for one in planned
        if not one.milestones
        and (one.kind is not None or any(w.kind is not HeldKind.DIGEST for w in one.waits))
    ]
    if pairs:
        run(
            connection,
            """
            UPDATE held SET released_at = now(), note = 'rang, or was held in a summary, after all'
            FROM unnest(CAST(:watches AS bigint[]), CAST(:stories AS bigint[])) AS r(w, s)
            WHERE watch_id = w AND story_id = s AND kind IN ('digest', 'backfill')
              AND released_at IS NULL
            """,
            watches=[watch for watch, _ in pairs],
            stories=[story for _, story in pairs],
        )


def prolong_storms(connection: Connection, planned: Sequence[Planned]) -> None:
    """What a storm holds for a channel is told together, when the last of it is."""
    waits = [w for one in planned for w in one.waits if w.kind is HeldKind.STORM]
    due = {wait.channel: wait.due_at for wait in waits}
    if due:
        run(
            connection,
            """
            UPDATE held SET due_at = till
            FROM unnest(CAST(:names AS text[]), CAST(:till AS timestamptz[])) AS r(name, till)
            JOIN channel USING (name)
            WHERE channel_id = channel.id AND channel.removed_at IS NULL
              AND held.kind = 'storm' AND held.released_at IS NULL
            """,
            names=list(due),
            till=list(due.values()),
        )
