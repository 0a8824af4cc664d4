"""Heartbeats in the store: which channels want one, up to when each was told, and how things are."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import Channel, FeedTrouble, Heartbeat
from worker.store.engine import run
from worker.store.held import waiting

#: Feeds of one sort that are named; a digest of troubles is no list of all feeds.
NAMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A channel that wants heartbeats, and up to when it was told."""

    channel: Channel
    told_at: datetime


def take(connection: Connection, *, now: datetime) -> list[Told]:
    """The channels that want heartbeats and nobody else tells; ours until the transaction ends.

    One that is new here counts as told up to now: its first heartbeat comes when the next is due.
    """
    run(
        connection,
        """INSERT INTO heartbeat (channel_id, told_at)
           SELECT id, :now FROM channel
           WHERE removed_at IS NULL AND coalesce(config ->> 'heartbeat', '') <> ''
             AND NOT EXISTS (SELECT FROM heartbeat WHERE channel_id = channel.id)
           ON CONFLICT DO NOTHING""",
        now=now,
    )
    rows = run(
        connection,
        """SELECT channel.id, name, kind, config, told_at
           FROM heartbeat JOIN channel ON channel.id = channel_id
           WHERE removed_at IS NULL AND coalesce(config ->> 'heartbeat', '') <> ''
           ORDER BY channel.id FOR UPDATE OF heartbeat SKIP LOCKED""",
    )
    return [
        Told(
            channel=Channel(id=row["id"], name=row["name"], kind=row["kind"], config=row["config"]),
            told_at=row["told_at"],
        )
        for row in rows
    ]


def told(connection: Connection, channel_id: int, *, at: datetime) -> None:
    """Note up to when a channel has been told."""
    run(
        connection,
        "UPDATE heartbeat SET told_at = :at WHERE channel_id = :channel_id",
        channel_id=channel_id,
        at=at,
    )


def read_heartbeat(
    connection: Connection, one: Told, *, schedule: str, zone: str, now: datetime
) -> Heartbeat:
    """How things are for a channel, and what has happened since it was told."""
    failing, silent, feeds = _feeds(connection)
    last = run(
        connection,
        """SELECT seen_at, coalesce(nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name) AS outlet
           FROM item JOIN feed ON feed.id = feed_id ORDER BY seen_at DESC LIMIT 1""",
    )
    return Heartbeat(
        channel=one.channel.name,
        schedule=schedule,
        zone=zone,
        since=one.told_at,
        until=now,
        feeds=feeds,
        healthy=feeds - len(failing) - len(silent),
        failing=tuple(failing[:NAMED]),
        silent=tuple(silent[:NAMED]),
        last_item_at=last[0]["seen_at"] if last else None,
        last_outlet=last[0]["outlet"] if last else "",
        held=waiting(connection, one.channel.id),
        **_counts(connection, one, now),
    )


def _counts(connection: Connection, one: Told, now: datetime) -> Mapping[str, int]:
    """Watches of the channel, stories that matched them, alerts sent, deliveries given up."""
    return run(
        connection,
        """
        WITH ringing AS (
            SELECT id FROM watch WHERE removed_at IS NULL AND enabled AND channels ? :name
        ), made AS (
            SELECT delivery.id, delivery.state, delivery.sent_at, alert.kind, alert.planned_at
            FROM delivery JOIN alert ON alert.id = alert_id
            WHERE channel_id = :channel_id AND state IN ('sent', 'dead')
        )
        SELECT (SELECT count(*) FROM ringing) AS watches,
            (SELECT count(DISTINCT item.story_id) FROM item JOIN match ON match.item_id = item.id
             JOIN ringing ON ringing.id = match.watch_id
             WHERE item.seen_at > :since AND item.seen_at <= :now AND NOT item.baseline) AS matches,
            (SELECT count(*) FROM made
             WHERE state = 'sent' AND kind <> 'heartbeat' AND sent_at > :since) AS alerts,
            (SELECT count(*) FROM made WHERE state = 'dead' AND coalesce(
                (SELECT max(at) FROM attempt WHERE delivery_id = made.id), planned_at) > :since)
                AS dead
        """,
        name=one.channel.name,
        channel_id=one.channel.id,
        since=one.told_at,
        now=now,
    )[0]


def _feeds(connection: Connection) -> tuple[list[FeedTrouble], list[FeedTrouble], int]:
    """Feeds that cannot be read, feeds gone silent, and how many are polled in all.

    A single failure is no trouble yet; the next poll will tell.
    """
    rows = run(
        connection,
        """
        SELECT feed.name, failures, last_error, last_ok_at,
            coalesce(standing -> 'told' ? 'silent', false) AS silent, said.detail, said.at
        FROM feed JOIN poll ON poll.feed_id = feed.id
        LEFT JOIN LATERAL (
            SELECT detail, at FROM event WHERE event.feed_id = feed.id AND kind = 'feed.silent'
            ORDER BY event.id DESC LIMIT 1) AS said ON standing -> 'told' ? 'silent'
        WHERE removed_at IS NULL AND state = 'active' ORDER BY feed.name
        """,
    )
    failing = [_failing(row) for row in rows if _fails(row)]
    silent = [
        FeedTrouble(name=row["name"], problem=row["detail"] or "nothing new", since=row["at"])
        for row in rows
        if row["silent"] and not _fails(row)
    ]
    return failing, silent, len(rows)


def _fails(row: Mapping[str, Any]) -> bool:
    return bool(row["failures"] > 1 or row["last_ok_at"] is None)


def _failing(row: Mapping[str, Any]) -> FeedTrouble:
    problem = row["last_error"] or "not read yet"
    return FeedTrouble(name=row["name"], problem=problem, since=row["last_ok_at"])
