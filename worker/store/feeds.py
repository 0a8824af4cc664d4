"""Feeds in the store: claimed with leases, polled, edited."""

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.model import Feed, FeedState, PollOutcome, PollPlan
from worker.store.engine import dump_json, rows_as_json, run

COLUMNS = """id, name, url, title, outlet, language, tags, state, "interval", backfill, etag,
    last_modified, body_hash, next_poll_at, first_polled_at, last_polled_at, last_ok_at,
    failures, last_status, last_error, reason, declared"""


def _feed(row: dict[str, Any]) -> Feed:
    def blob(name: str) -> bytes | None:
        return bytes(row[name]) if row[name] is not None else None

    return Feed(
        **row
        | {
            "tags": tuple(row["tags"]),
            "state": FeedState(row["state"]),
            "etag": blob("etag"),
            "last_modified": blob("last_modified"),
            "body_hash": blob("body_hash"),
        }
    )


def claim_due(connection: Connection, *, owner: str, limit: int, lease: timedelta) -> list[Feed]:
    """Claim up to ``limit`` feeds that are due for ``lease``; several schedulers may ask at once."""
    rows = run(
        connection,
        f"""
        WITH due AS (
            SELECT id AS due_id FROM feed
            WHERE state = 'active' AND removed_at IS NULL AND next_poll_at <= now()
              AND (lease_until IS NULL OR lease_until < now())
            ORDER BY next_poll_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE feed SET lease_until = now() + :lease, lease_owner = :owner
        FROM due WHERE id = due_id RETURNING {COLUMNS}
        """,  # noqa: S608 - a constant
        owner=owner,
        limit=limit,
        lease=lease,
    )
    return [_feed(row) for row in rows]


def claim_feed(connection: Connection, feed_id: int, *, owner: str, lease: timedelta) -> bool:
    """Claim one feed whether due or not. False when another process is polling it."""
    return bool(
        run(
            connection,
            """UPDATE feed SET lease_until = now() + :lease, lease_owner = :owner
               WHERE id = :id AND (lease_until IS NULL OR lease_until < now()) RETURNING id""",
            id=feed_id,
            owner=owner,
            lease=lease,
        )
    )


def next_due(connection: Connection) -> datetime | None:
    """When the next feed can be claimed, ``None`` when no feed is active.

    One that is being polled counts from the end of its lease.
    """
    rows = run(
        connection,
        """SELECT min(greatest(next_poll_at, lease_until)) AS at FROM feed
           WHERE state = 'active' AND removed_at IS NULL""",
    )
    at: datetime | None = rows[0]["at"]
    return at


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What is written down about one poll."""

    feed: Feed
    outcome: PollOutcome
    plan: PollPlan
    etag: bytes | None
    last_modified: bytes | None
    body_hash: bytes | None
    entry_hashes: bytes = b""
    title: str = ""


def record_polls(connection: Connection, owner: str, records: Sequence[PollRecord]) -> set[int]:
    """Write what polls brought and when the next ones are. Gives the feeds whose claim still held."""
    rows = run(
        connection,
        """
        UPDATE feed SET
            next_poll_at = r.next_poll_at, reason = r.reason, failures = r.failures,
            last_polled_at = now(), last_status = r.status, last_error = r.error,
            etag = decode(r.etag, 'base64'), last_modified = decode(r.last_modified, 'base64'),
            body_hash = decode(r.body_hash, 'base64'),
            last_ok_at = CASE WHEN r.ok THEN now() ELSE last_ok_at END,
            first_polled_at = CASE WHEN r.ok THEN coalesce(first_polled_at, now())
                              ELSE first_polled_at END,
            title = CASE WHEN r.title <> '' THEN r.title ELSE feed.title END,
            lease_until = NULL, lease_owner = ''
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(id bigint, next_poll_at timestamptz,
            reason text, failures int, status int, error text, ok boolean, etag text,
            last_modified text, body_hash text, title text)
        WHERE feed.id = r.id AND lease_owner = :owner RETURNING feed.id
        """,
        owner=owner,
        rows=rows_as_json([_poll_row(record) for record in records]),
    )
    return {row["id"] for row in rows}


def _poll_row(record: PollRecord) -> dict[str, Any]:
    def text(blob: bytes | None) -> str | None:
        return None if blob is None else b64encode(blob).decode()

    return {
        "id": record.feed.id,
        "next_poll_at": record.plan.next_poll_at,
        "reason": record.plan.reason,
        "failures": record.plan.failures,
        "status": record.outcome.status,
        "error": record.outcome.error,
        "ok": not record.outcome.error,
        "etag": text(record.etag),
        "last_modified": text(record.last_modified),
        "body_hash": text(record.body_hash),
        "title": record.title,
    }


def put_back(connection: Connection, until: Mapping[int, datetime], *, owner: str) -> None:
    """Give up claims on feeds that were not asked, to be claimed at these times."""
    run(
        connection,
        """UPDATE feed SET next_poll_at = r.at, lease_until = NULL, lease_owner = ''
           FROM unnest(CAST(:ids AS bigint[]), CAST(:at AS timestamptz[])) AS r(id, at)
           WHERE feed.id = r.id AND lease_owner = :owner""",
        ids=list(until),
        at=list(until.values()),
        owner=owner,
    )


def renew(connection: Connection, ids: Sequence[int], *, owner: str, lease: timedelta) -> None:
    """Keep the claims that are still ours for another ``lease``; rows being written are passed."""
    run(
        connection,
        """
        WITH ours AS (
            SELECT id AS our_id FROM feed WHERE id = ANY(:ids) AND lease_owner = :owner
            FOR UPDATE SKIP LOCKED
        )
        UPDATE feed SET lease_until = now() + :lease FROM ours WHERE id = our_id
        """,
        ids=list(ids),
        owner=owner,
        lease=lease,
    )


def hand_back(connection: Connection, *, owner: str) -> int:
    """Give up every claim of one process, on its way out. Gives how many."""
    return len(
        run(
            connection,
            "UPDATE feed SET lease_until = NULL, lease_owner = '' WHERE lease_owner = :owner"
            " RETURNING id",
            owner=owner,
        )
    )


def all_feeds(connection: Connection) -> list[Feed]:
    """Every living feed, by name."""
    rows = run(
        connection,
        f"SELECT {COLUMNS} FROM feed WHERE removed_at IS NULL ORDER BY name",  # noqa: S608
    )
    return [_feed(row) for row in rows]


def find_feed(connection: Connection, name_or_url: str) -> Feed | None:
    """The living feed with this name or URL."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM feed
            WHERE removed_at IS NULL AND (name = :it OR url = :it)""",  # noqa: S608
        it=name_or_url,
    )
    return _feed(rows[0]) if rows else None


def put_feed(
    connection: Connection,
    *,
    name: str,
    url: str,
    outlet: str = "",
    language: str = "",
    tags: Sequence[str] = (),
    interval: timedelta | None = None,
    backfill: int = 0,
    state: FeedState = FeedState.ACTIVE,
    declared: bool = False,
    feed_id: int | None = None,
) -> int:
    """Add a feed, or change the one with ``feed_id``. Gives its id.

    A feed that was removed comes back as itself, so that it still knows its items; what came
    while it was away is a silent baseline. A poll under way of another URL is not stored.
    """
    values = {
        "name": name,
        "url": url,
        "outlet": outlet,
        "language": language,
        "tags": dump_json(list(tags)),
        "interval": interval,
        "backfill": backfill,
        "state": state.value,
        "declared": declared,
    }
    if feed_id is None:
        feed_id = _removed_feed(connection, url)
    if feed_id is None:
        rows = run(
            connection,
            """
            INSERT INTO feed (name, url, outlet, language, tags, "interval", backfill, state,
                declared)
            VALUES (:name, :url, :outlet, :language, CAST(:tags AS jsonb), :interval, :backfill,
                :state, :declared)
            RETURNING id
            """,
            **values,
        )
        added: int = rows[0]["id"]
        return added
    run(
        connection,
        """
        UPDATE feed SET name = :name, outlet = :outlet, language = :language,
            tags = CAST(:tags AS jsonb), "interval" = :interval, backfill = :backfill,
            state = CASE WHEN state = 'retired' AND removed_at IS NULL THEN state ELSE :state END,
            declared = :declared, next_poll_at = CASE WHEN url = :url
                    AND removed_at IS NULL
                THEN least(next_poll_at, coalesce(last_polled_at + :interval, next_poll_at))
                ELSE now() END,
            etag = CASE WHEN url = :url THEN etag END,
            last_modified = CASE WHEN url = :url THEN last_modified END,
            body_hash = CASE WHEN url = :url THEN body_hash END,
            first_polled_at = CASE WHEN removed_at IS NULL THEN first_polled_at END,
            lease_until = CASE WHEN url = :url THEN lease_until END,
            lease_owner = CASE WHEN url = :url THEN lease_owner ELSE '' END,
            url = :url, removed_at = NULL
        WHERE id = :id
        """,
        id=feed_id,
        **values,
    )
    return feed_id


def _removed_feed(connection: Connection, url: str) -> int | None:
    """The feed of this URL that was removed last."""
    rows = run(
        connection,
        """SELECT id FROM feed WHERE url = :url AND removed_at IS NOT NULL
           ORDER BY removed_at DESC LIMIT 1""",
        url=url,
    )
    return rows[0]["id"] if rows else None


def set_state(connection: Connection, feed_id: int, state: FeedState) -> None:
    """Pause, resume or retire a feed. A resumed feed keeps its schedule."""
    run(
        connection,
        "UPDATE feed SET state = :state WHERE id = :id",
        id=feed_id,
        state=state.value,
    )


def remove_feeds(connection: Connection, ids: Sequence[int]) -> None:
    """Stop polling feeds for good; their items stay. A poll under way is not stored."""
    run(
        connection,
        """UPDATE feed SET removed_at = now(), lease_until = NULL, lease_owner = ''
           WHERE id = ANY(:ids)""",
        ids=list(ids),
    )
