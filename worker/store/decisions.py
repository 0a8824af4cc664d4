"""What was planned, written down: matches with their reasons, alerts with deliveries, what waits."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from worker.alerts.plan import Planned
from worker.model import AlertKind, Evidence, HeldKind
from worker.store.engine import DIVIDER, dump_json, joined, rows_as_json, run
from worker.store.held import Holding, hold


def save_decisions(connection: Connection, planned: Sequence[Planned]) -> list[int]:
    """Store matches, the alerts and deliveries of those that ring, and what is held. Gives new delivery ids.

    A pair of watch and story that has an alert keeps it: the database lets no second one in. A
    watch that was removed or switched off meanwhile does not ring any more; where a channel is to
    ring, rows that somebody is removing right now are waited for.
    """
    if not planned:
        return []
    _save_matches(connection, planned)
    ringing = [one for one in planned if one.kind is not None]
    deliveries = _save_alerts(connection, [one for one in ringing if one.channels])
    _save_unheard(connection, [one for one in ringing if not one.channels])
    hold(connection, [held for one in planned if one.waits for held in _holdings(one)])
    _take_out_of_digests(connection, planned)
    prolong_storms(connection, planned)
    return deliveries


def _save_matches(connection: Connection, planned: Sequence[Planned]) -> None:
    """A match that rang or was held keeps that; one that rings now says so."""
    pieces: dict[int, str] = {}
    run(
        connection,
        f"""
        INSERT INTO match (watch_id, item_id, evidence, confidence, announced, reason, due_at)
        SELECT watch_id, item_id, CAST(evidence AS jsonb), confidence, announced, reason, due_at
        FROM unnest(CAST(:watches AS bigint[]), CAST(:items AS bigint[]),
            string_to_array(:evidence, {DIVIDER}), string_to_array(:confidences, {DIVIDER}),
            CAST(:announced AS boolean[]), string_to_array(:reasons, {DIVIDER}),
            CAST(:due AS timestamptz[]))
            AS r(watch_id, item_id, evidence, confidence, announced, reason, due_at)
        ON CONFLICT (item_id, watch_id) DO UPDATE SET evidence = excluded.evidence,
            confidence = excluded.confidence,
            announced = match.announced OR excluded.announced,
            reason = CASE WHEN match.announced OR match.due_at IS NOT NULL
                AND NOT excluded.announced THEN match.reason ELSE excluded.reason END,
            due_at = CASE WHEN match.announced OR excluded.announced THEN NULL
                ELSE coalesce(match.due_at, excluded.due_at) END
        """,  # noqa: S608 - a constant
        watches=[one.candidate.watch.id for one in planned],
        items=[one.candidate.item_id for one in planned],
        evidence=joined(_evidence(one.candidate.match.evidence, pieces) for one in planned),
        confidences=joined(one.candidate.match.confidence for one in planned),
        announced=[one.kind is not None for one in planned],
        reasons=joined(one.reason for one in planned),
        due=[one.due_at for one in planned],
    )


def _evidence(found: Sequence[Evidence], pieces: dict[int, str]) -> str:
    """Evidence as JSON; each piece, which hundreds of watches may share, is written once."""
    for one in found:
        if id(one) not in pieces:
            pieces[id(one)] = dump_json(one)
    return f"[{','.join([pieces[id(one)] for one in found])}]"


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


def _save_unheard(connection: Connection, ringing: Sequence[Planned]) -> None:
    """The alerts of watches without a channel: many, and nobody is waited for."""
    if not ringing:
        return
    alerts = [_as_alert(one) for one in ringing]
    contents = [one["content"] for one in alerts]
    run(
        connection,
        f"""
        WITH living AS (
            SELECT id FROM watch WHERE id = ANY(:watches) AND enabled AND removed_at IS NULL
        )
        INSERT INTO alert (kind, watch_id, story_id, item_id, once, reason, content)
        SELECT kind, watch_id, story_id, item_id, once, reason, CAST(content AS jsonb)
        FROM unnest(string_to_array(:kinds, {DIVIDER}), CAST(:watches AS bigint[]),
            CAST(:stories AS bigint[]), CAST(:items AS bigint[]), CAST(:once AS text[]),
            string_to_array(:reasons, {DIVIDER}), CAST(:contents AS text[]))
            AS r(kind, watch_id, story_id, item_id, once, reason, content)
        JOIN living ON living.id = watch_id
        ON CONFLICT DO NOTHING
        """,  # noqa: S608 - a constant
        kinds=joined(one["kind"] for one in alerts),
        watches=[one["watch_id"] for one in alerts],
        stories=[one["story_id"] for one in alerts],
        items=[one["item_id"] for one in alerts],
        once=[one["once"] for one in alerts],
        reasons=joined(one["reason"] for one in alerts),
        contents=[one and dump_json(one) for one in contents],
    )


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
