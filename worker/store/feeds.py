"""Feeds in the store: claimed with leases and their hosts' turns, polled, edited."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from worker.feeds.links import gate_name
from worker.model import EventKind, Feed, FeedEvent, FeedOptions, FeedState, PollOutcome, PollPlan
from worker.store.engine import clean, dump_json, rows_as_json, run
from worker.store.events import add_events

CONFIGURED = """feed.id, feed.name, feed.url, feed.title, feed.outlet, feed.language, feed.tags,
    feed.state, feed."interval", feed.backfill, feed.declared, feed.declared_url,
    feed.options, feed.aliases"""
POLLED = """etag, last_modified, body_hash, entry_hashes, next_poll_at, first_polled_at,
    last_polled_at, last_ok_at, failures, last_status, last_error, reason, rhythm, standing,
    history, host"""
FEEDS = f"SELECT {CONFIGURED}, {POLLED} FROM feed JOIN poll ON feed_id = feed.id"  # noqa: S608
#: Thresholds among a feed's options, kept as seconds.
DURATIONS = ("crawl_delay", "interval_min", "interval_max", "silent_after")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """What is written down about one poll. Validators and hashes are those from now on.

    ``whole``: all entries of the document were compared with what is known.
    """

    feed: Feed
    outcome: PollOutcome
    plan: PollPlan
    etag: bytes | None
    last_modified: bytes | None
    body_hash: bytes | None
    entry_hashes: bytes = b""
    title: str = ""
    whole: bool = False

    @property
    def unchanged(self) -> bool:
        """Whether the poll taught nothing: what is kept of the document stays as it is."""
        feed, plan = self.feed, self.plan
        return (
            not self.whole
            and (self.etag, self.last_modified, self.body_hash, self.entry_hashes)
            == (feed.etag, feed.last_modified, feed.body_hash, feed.entry_hashes)
            and plan.rhythm == feed.rhythm
            and plan.standing == feed.standing
        )


def _feed(row: dict[str, Any]) -> Feed:
    blobs = {
        name: row[name] and bytes(row[name]) for name in ("etag", "last_modified", "body_hash")
    }
    learned = {name: bytes(row[name] or b"") for name in ("entry_hashes", "rhythm", "history")}
    return Feed(
        **row
        | blobs
        | learned
        | {
            "tags": tuple(row["tags"]),
            "aliases": tuple(row["aliases"]),
            "state": FeedState(row["state"]),
            "options": _options(row["options"]) if row["options"] else _NO_OPTIONS,
        }
    )


_NO_OPTIONS = FeedOptions()


def _options(stored: Mapping[str, Any]) -> FeedOptions:
    spans = {name: timedelta(seconds=stored[name]) for name in DURATIONS if name in stored}
    return FeedOptions(**dict(stored) | spans)


def _stored(options: FeedOptions) -> dict[str, Any]:
    """The options that differ from none, as JSON."""
    given = {
        name: value
        for name, value in asdict(options).items()
        if value != getattr(_NO_OPTIONS, name)
    }
    return {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in given.items()
    }


def claim_due(
    connection: Connection,
    *,
    owner: str,
    limit: int,
    lease: timedelta,
    gap: timedelta = timedelta(seconds=1),
) -> list[Feed]:
    """Claim up to ``limit`` feeds that are due, and the turns at their hosts, for ``lease``.

    Several schedulers may ask at once. One request at a time for a host: other feeds of the same
    host, and those of a host that is not free, are put in line for it. There each has a time of
    its own, ``gap`` (or the host's own crawl delay, or the time that it takes of late) after the
    one before, so that nobody looks again and again. ``host`` of a claimed feed names the turn
    that was taken. A lost claim harms nobody: the transaction does not wait for the disk.
    """
    run(connection, "SET LOCAL synchronous_commit = off")
    claimed: list[Feed] = []
    look = limit
    for _ in range(_ROUNDS):
        rows = run(
            connection,
            _CLAIM.format(look=look),
            owner=owner,
            room=limit - len(claimed),
            lease=lease,
            gap=gap,
        )
        claimed += [_feed(row) for row in rows if row.pop("ours")]
        if len(rows) < look or 2 * len(claimed) > limit:
            break
        look = min(4 * look, _MOST_LOOKED_AT)
    return claimed


#: How often one claim looks on when those at the head of the schedule had to be put in line.
_ROUNDS = 3
_MOST_LOOKED_AT = 1024
#: One look at the ``look`` feeds that are due the longest. The number stands in the statement and
#: the keys in arrays because Postgres plans for them then: index look-ups, whatever the tables
#: hold. Rows that somebody else has locked are passed over; a feed whose host is locked looks
#: again after a gap. ``ready``: its host is free, and nobody stands in line before it. Of those
#: that are ready, only as many are taken as there is ``room``; the rest stays as it was.
_CLAIM = f"""
    WITH due AS MATERIALIZED (
        SELECT feed_id, host, next_poll_at, in_line FROM poll WHERE due_at <= now()
        ORDER BY due_at LIMIT {{look}} FOR UPDATE SKIP LOCKED
    ), gated AS MATERIALIZED (
        SELECT feed_id, next_poll_at, in_line, coalesce(scope, name, '') AS gate
        FROM due LEFT JOIN host ON name = due.host
    ), gates AS MATERIALIZED (
        SELECT name, free_at <= now() AND coalesce(busy_until < now(), true) AS free,
            coalesce(line_until > now(), false) AS lined,
            greatest(free_at, now()) AS next_at, greatest(line_until, free_at, now()) AS last_at,
            greatest(coalesce(crawl_delay, :gap), pace) AS step
        FROM host WHERE name = ANY(ARRAY(SELECT DISTINCT gate FROM gated)) FOR UPDATE SKIP LOCKED
    ), placed AS (
        SELECT feed_id, gate, gates.*, in_line, next_poll_at,
            row_number() OVER (PARTITION BY gate, in_line ORDER BY next_poll_at, feed_id) AS nth,
            row_number() OVER (PARTITION BY gate
                               ORDER BY in_line DESC, next_poll_at, feed_id) AS place
        FROM gated LEFT JOIN gates ON name = gate
    ), judged AS (
        SELECT *, coalesce(gate = '' OR (free AND place = 1 AND (in_line OR NOT lined)), false)
            AS ready FROM placed
    ), decided AS MATERIALIZED (
        SELECT *, ready AND row_number() OVER (PARTITION BY ready ORDER BY next_poll_at) <= :room
            AS ours,
            CASE WHEN name IS NULL THEN now() + :gap
                 WHEN in_line THEN next_at + nth * step ELSE last_at + nth * step END AS again
        FROM judged
    ), turns AS (
        UPDATE host SET busy_until = CASE WHEN won THEN now() + :lease ELSE busy_until END,
            taken_at = CASE WHEN won THEN now() ELSE taken_at END,
            lease_owner = CASE WHEN won THEN :owner ELSE lease_owner END,
            line_until = greatest(line_until, line_end)
        FROM (SELECT name AS turn, bool_or(ours) AS won,
                  max(again) FILTER (WHERE NOT ready AND NOT in_line) AS line_end
              FROM decided WHERE name IS NOT NULL GROUP BY name) AS taken
        WHERE name = turn AND name = ANY(ARRAY(SELECT name FROM decided))
          AND (won OR line_end IS NOT NULL)
    ), claimed AS (
        UPDATE poll SET due_at = CASE WHEN ours THEN now() + :lease ELSE again END,
            in_line = NOT ours, lease_owner = CASE WHEN ours THEN :owner ELSE '' END
        FROM decided WHERE poll.feed_id = decided.feed_id AND (ours OR NOT ready)
          AND poll.feed_id = ANY(ARRAY(SELECT feed_id FROM decided))
        RETURNING poll.*, ours, gate
    )
    SELECT {CONFIGURED}, {POLLED.replace("host", "gate AS host")}, ours
    FROM claimed JOIN feed ON feed.id = feed_id
"""  # noqa: S608 - constants


def claim_feed(connection: Connection, feed_id: int, *, owner: str, lease: timedelta) -> bool:
    """Claim one feed whether due or not. False when another process is polling it.

    No turn at its host is taken.
    """
    return bool(
        run(
            connection,
            """UPDATE poll SET due_at = CASE WHEN due_at IS NOT NULL THEN now() + :lease END,
                   lease_owner = :owner, in_line = false
               WHERE feed_id = :id AND (lease_owner = '' OR due_at IS NULL OR due_at < now())
               RETURNING feed_id""",
            id=feed_id,
            owner=owner,
            lease=lease,
        )
    )


def next_due(connection: Connection) -> datetime | None:
    """When the next feed can be claimed, ``None`` when no feed is active.

    One that is being polled counts from the end of its lease.
    """
    at: datetime | None = run(connection, "SELECT min(due_at) AS at FROM poll")[0]["at"]
    return at


def record_polls(connection: Connection, owner: str, records: Sequence[PollRecord]) -> set[int]:
    """Write what polls brought and when the next ones are. Gives the feeds whose claim still held.

    What happened to a feed (state, address, events) is written with it.
    """
    ours: set[int] = set()
    for same in (True, False):
        some = [record for record in records if record.unchanged is same]
        if some:
            ours |= _write(connection, owner, some, unchanged=same)
    happened = {
        record.feed.id: _adopt(connection, record)
        for record in records
        if record.feed.id in ours and (record.plan.events or record.plan.url or record.plan.state)
    }
    add_events(connection, happened)
    return ours


def _write(
    connection: Connection, owner: str, records: Sequence[PollRecord], *, unchanged: bool
) -> set[int]:
    columns = _UNCHANGED if unchanged else _UNCHANGED | _CHANGED
    types = _TYPES if unchanged else _TYPES | _MORE_TYPES
    arrays = ", ".join(f"CAST(:{name} AS {kind}[])" for name, kind in types.items())
    assigned = ", ".join(f"{name} = {value}" for name, value in columns.items())
    values: dict[str, list[Any]] = {name: [] for name in types}
    for record in records:
        row = _row(record)
        for name, column in values.items():
            column.append(row[name])
    rows = run(
        connection,
        f"""UPDATE poll SET {assigned}
            FROM unnest({arrays}) AS r({", ".join(types)})
            WHERE feed_id = r.id AND lease_owner = :owner RETURNING feed_id""",  # noqa: S608
        owner=owner,
        **values,
    )
    if not unchanged:
        _write_titles(connection, records)
    return {row["feed_id"] for row in rows}


_TYPES = {
    "id": "bigint",
    "next": "timestamptz",
    "why": "text",
    "failed": "int",
    "status": "int",
    "error": "text",
    "past": "bytea",
}
_MORE_TYPES = {
    "tag": "bytea",
    "modified": "bytea",
    "body": "bytea",
    "hashes": "bytea",
    "learned": "bytea",
    "stands": "jsonb",
    "whole": "boolean",
}
_UNCHANGED = {
    # A feed that was paused meanwhile stays so.
    "due_at": "CASE WHEN poll.due_at IS NOT NULL THEN r.next END",
    "next_poll_at": "r.next",
    "lease_owner": "''",
    "reason": "r.why",
    "failures": "r.failed",
    "last_polled_at": "now()",
    "last_status": "r.status",
    "last_error": "r.error",
    "history": "r.past",
    "last_ok_at": "CASE WHEN r.error = '' THEN now() ELSE last_ok_at END",
    "first_polled_at": "CASE WHEN r.error = '' THEN coalesce(first_polled_at, now())"
    " ELSE first_polled_at END",
}
_CHANGED = {
    "etag": "r.tag",
    "last_modified": "r.modified",
    "body_hash": "r.body",
    "entry_hashes": "r.hashes",
    "rhythm": "r.learned",
    "standing": "r.stands",
    "whole_at": "CASE WHEN r.whole THEN now() ELSE whole_at END",
}


def _row(record: PollRecord) -> dict[str, Any]:
    plan = record.plan
    return {
        "id": record.feed.id,
        "next": plan.next_poll_at,
        "why": plan.reason,
        "failed": plan.failures,
        "status": record.outcome.status,
        "error": clean(record.outcome.error),
        "past": plan.history,
        "tag": record.etag,
        "modified": record.last_modified,
        "body": record.body_hash,
        "hashes": record.entry_hashes,
        "learned": plan.rhythm,
        "stands": dump_json(dict(plan.standing)),
        "whole": record.whole,
    }


def _write_titles(connection: Connection, records: Sequence[PollRecord]) -> None:
    """Keep the titles of documents that have another one than before."""
    titles = {r.feed.id: clean(r.title) for r in records if r.title and r.title != r.feed.title}
    if titles:
        run(
            connection,
            """UPDATE feed SET title = r.title
               FROM unnest(CAST(:ids AS bigint[]), CAST(:titles AS text[])) AS r(id, title)
               WHERE feed.id = r.id""",
            ids=list(titles),
            titles=list(titles.values()),
        )


def _adopt(connection: Connection, record: PollRecord) -> tuple[FeedEvent, ...]:
    """Give a feed the state and the address it was found to have. Gives the events to write down."""
    feed, plan = record.feed, record.plan
    if plan.state is not None:
        set_state(connection, feed.id, plan.state)
    if plan.url is None or plan.url == feed.url:
        return plan.events
    try:
        with connection.begin_nested():
            moved = run(
                connection,
                """UPDATE feed SET url = :url,
                       aliases = (aliases - :url - CAST(:old AS text)) || to_jsonb(CAST(:old AS text))
                   WHERE id = :id AND NOT EXISTS (
                       SELECT 1 FROM feed WHERE url = :url AND removed_at IS NULL AND id <> :id)
                   RETURNING id""",
                id=feed.id,
                url=plan.url,
                old=feed.url,
            )
    except IntegrityError:  # somebody adds a feed of this address at this moment
        moved = []
    if not moved:
        return _not_adopted(connection, record, plan.url)
    _set_host(connection, feed.id, plan.url)
    return plan.events


def _not_adopted(connection: Connection, record: PollRecord, url: str) -> tuple[FeedEvent, ...]:
    """The events of a poll whose feed has moved to where another one is polled; said but once."""
    rows = run(connection, "SELECT name FROM feed WHERE url = :url AND removed_at IS NULL", url=url)
    other = rows[0]["name"] if rows else "another feed"
    said = FeedEvent(
        kind=EventKind.MOVED, detail=f"moved to {url}, which is polled already as {other}"
    )
    last = run(
        connection,
        """SELECT detail FROM event WHERE feed_id = :id AND kind = :kind
           ORDER BY event.id DESC LIMIT 1""",
        id=record.feed.id,
        kind=said.kind.value,
    )
    rest = tuple(event for event in record.plan.events if event.kind is not EventKind.MOVED)
    return rest if last and last[0]["detail"] == said.detail else (*rest, said)


def put_back(connection: Connection, until: Mapping[int, datetime], *, owner: str) -> None:
    """Give up claims on feeds that were not asked, to be claimed at these times."""
    run(
        connection,
        """UPDATE poll SET due_at = CASE WHEN due_at IS NOT NULL THEN r.at END, lease_owner = ''
           FROM unnest(CAST(:ids AS bigint[]), CAST(:at AS timestamptz[])) AS r(id, at)
           WHERE feed_id = r.id AND lease_owner = :owner""",
        ids=list(until),
        at=list(until.values()),
        owner=owner,
    )


def renew(
    connection: Connection,
    ids: Sequence[int],
    *,
    owner: str,
    lease: timedelta,
    turns: Collection[str] = (),
) -> None:
    """Keep the claims that are still ours, with their hosts' turns, for another ``lease``.

    ``turns`` are hosts whose turns are held beside them. A turn that was taken while the connection
    broke is known to nobody: it must end. Rows that are being written are passed.
    """
    run(
        connection,
        """
        WITH ours AS (
            SELECT feed_id AS our_id FROM poll
            WHERE feed_id = ANY(:ids) AND lease_owner = :owner FOR UPDATE SKIP LOCKED
        )
        UPDATE poll SET due_at = CASE WHEN due_at IS NOT NULL THEN now() + :lease END
        FROM ours WHERE feed_id = our_id
        """,
        ids=list(ids),
        owner=owner,
        lease=lease,
    )
    run(
        connection,
        """
        WITH asked AS (
            SELECT coalesce(scope, name) AS gate FROM host WHERE name = ANY(:turns)
               OR name IN (SELECT host FROM poll WHERE feed_id = ANY(:ids) AND lease_owner = :owner)
        ), ours AS (
            SELECT name AS our_name FROM host
            WHERE name IN (SELECT gate FROM asked) AND lease_owner = :owner
              AND busy_until IS NOT NULL FOR UPDATE SKIP LOCKED
        )
        UPDATE host SET busy_until = now() + :lease FROM ours WHERE name = our_name
        """,
        turns=list(turns),
        ids=list(ids),
        owner=owner,
        lease=lease,
    )


def hand_back(connection: Connection, *, owner: str) -> int:
    """Give up every claim of one process, on its way out, and its turns. Gives how many feeds."""
    run(
        connection,
        "UPDATE host SET busy_until = NULL, lease_owner = '' WHERE lease_owner = :owner",
        owner=owner,
    )
    return len(
        run(
            connection,
            """UPDATE poll SET due_at = CASE WHEN due_at IS NOT NULL THEN next_poll_at END,
                   lease_owner = ''
               WHERE lease_owner = :owner RETURNING feed_id""",
            owner=owner,
        )
    )


def forget_claims(connection: Connection) -> None:
    """Free every claim on feeds and hosts. Only where nobody can be at work."""
    run(
        connection,
        "UPDATE host SET busy_until = NULL, lease_owner = '' WHERE busy_until IS NOT NULL",
    )
    run(
        connection,
        """UPDATE poll SET due_at = CASE WHEN due_at IS NOT NULL THEN next_poll_at END,
               lease_owner = '' WHERE lease_owner <> ''""",
    )


def spread_overdue(connection: Connection, *, over: timedelta, keep: int) -> int:
    """Spread feeds that are overdue by chance over a time to come; the ``keep`` oldest stay due.

    For the start after a night's outage, so that it does not ask everybody at once. Gives how
    many were put off.
    """
    return len(
        run(
            connection,
            """
            WITH overdue AS (
                SELECT feed_id AS late_id FROM poll
                WHERE due_at < now() AND lease_owner = '' AND last_polled_at IS NOT NULL
                ORDER BY due_at OFFSET :keep FOR UPDATE SKIP LOCKED
            )
            UPDATE poll SET due_at = now() + random() * CAST(:over AS interval)
            FROM overdue WHERE feed_id = late_id RETURNING feed_id
            """,
            keep=keep,
            over=over,
        )
    )


def all_feeds(connection: Connection) -> list[Feed]:
    """Every living feed, by name."""
    return [
        _feed(row) for row in run(connection, f"{FEEDS} WHERE removed_at IS NULL ORDER BY name")
    ]


def languages(connection: Connection) -> list[str]:
    """The languages that living feeds are said to be in."""
    rows = run(
        connection,
        """SELECT DISTINCT lower(left(language, 2)) AS language FROM feed
           WHERE removed_at IS NULL AND language <> '' ORDER BY 1""",
    )
    return [row["language"] for row in rows]


def feeds_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Feed]:
    """Feeds by their ids, removed ones too."""
    rows = run(connection, f"{FEEDS} WHERE feed.id = ANY(:ids)", ids=list(ids))
    return {row["id"]: _feed(row) for row in rows}


def all_addresses(connection: Connection) -> dict[str, list[str]]:
    """The names of the living feeds, with the URL of each and those it had before."""
    rows = run(connection, "SELECT name, url, aliases FROM feed WHERE removed_at IS NULL")
    return {row["name"]: [row["url"], *row["aliases"]] for row in rows}


def find_feed(connection: Connection, name_or_url: str) -> Feed | None:
    """The living feed with this name or URL, or that had this URL before."""
    rows = run(
        connection,
        f"""{FEEDS} WHERE removed_at IS NULL
            AND (name = :it OR url = :it OR aliases ? :it)
            ORDER BY name = :it OR url = :it DESC LIMIT 1""",
        it=name_or_url,
    )
    return _feed(rows[0]) if rows else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFeed:
    """A feed as it is to be. ``declared_url`` is the address that feeds.yaml gives, ``""`` for none."""

    name: str
    url: str
    outlet: str = ""
    language: str = ""
    tags: Sequence[str] = ()
    interval: timedelta | None = None
    backfill: int = 0
    options: FeedOptions = _NO_OPTIONS
    state: FeedState = FeedState.ACTIVE
    declared_url: str = ""

    def values(self) -> dict[str, Any]:
        """What is written down of it."""
        return {
            "name": self.name,
            "url": self.url,
            "outlet": self.outlet,
            "language": self.language,
            "tags": dump_json(list(self.tags)),
            "interval": self.interval,
            "backfill": self.backfill,
            "options": dump_json(_stored(self.options)),
            "state": self.state.value,
            "declared_url": self.declared_url,
        }


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
    options: FeedOptions = _NO_OPTIONS,
    state: FeedState = FeedState.ACTIVE,
    declared_url: str = "",
    feed_id: int | None = None,
) -> int:
    """Add one feed, or change the one with ``feed_id``. Gives its id. See ``NewFeed``.

    What another URL offers at first is a silent baseline. A poll under way of the former URL is
    not stored.
    """
    new = NewFeed(
        name=name,
        url=url,
        outlet=outlet,
        language=language,
        tags=tags,
        interval=interval,
        backfill=backfill,
        options=options,
        state=state,
        declared_url=declared_url,
    )
    if feed_id is None:
        return add_feeds(connection, [new])[new.url]
    _change(connection, feed_id, new.values())
    return feed_id


def add_feeds(
    connection: Connection, new: Sequence[NewFeed], *, pass_taken: bool = False
) -> dict[str, int]:
    """Add feeds, however many, at once. Gives their ids by URL.

    A feed that was removed comes back as itself, so that it still knows its items; what came
    while it was away is a silent baseline. ``pass_taken`` leaves out those whose name or URL a
    living feed has; else they fail.
    """
    back = _removed_feeds(connection, [one.url for one in new])
    for one in new:
        if one.url in back:
            _change(connection, back[one.url], one.values())
    rows = run(
        connection,
        _ADD.format(taken="ON CONFLICT DO NOTHING" if pass_taken else ""),
        feeds=rows_as_json([_new_row(one) for one in new if one.url not in back]),
    )
    return back | {row["url"]: row["id"] for row in rows}


def _new_row(new: NewFeed) -> dict[str, Any]:
    return new.values() | {
        "tags": list(new.tags),
        "options": _stored(new.options),
        "interval": new.interval.total_seconds() if new.interval else None,
        "host": gate_name(new.url),
    }


_ADD = """
    WITH given AS MATERIALIZED (
        SELECT * FROM jsonb_to_recordset(CAST(:feeds AS jsonb)) AS r(name text, url text,
            outlet text, language text, tags jsonb, "interval" double precision, backfill int,
            options jsonb, state text, declared_url text, host text)
    ), added AS (
        INSERT INTO feed (name, url, outlet, language, tags, "interval", backfill, options,
            state, declared, declared_url)
        SELECT name, url, outlet, language, tags, make_interval(secs => "interval"), backfill,
            options, state, declared_url <> '', declared_url
        FROM given {taken} RETURNING id, url, state
    ), polls AS (
        INSERT INTO poll (feed_id, due_at, host)
        SELECT id, CASE WHEN added.state = 'active' THEN now() END, host
        FROM added JOIN given USING (url)
    ), hosts AS (
        INSERT INTO host (name) SELECT DISTINCT host FROM given WHERE host <> ''
        ON CONFLICT DO NOTHING
    )
    SELECT id, url FROM added
"""


def _change(connection: Connection, feed_id: int, values: Mapping[str, Any]) -> None:
    """Change a feed; one that was away, or has another URL, begins anew but for its items."""
    run(
        connection,
        """
        UPDATE poll SET
            next_poll_at = CASE WHEN anew THEN now() ELSE least(next_poll_at,
                coalesce(last_polled_at + :interval, next_poll_at)) END,
            lease_owner = CASE WHEN anew THEN '' ELSE lease_owner END,
            etag = CASE WHEN anew THEN NULL ELSE etag END,
            last_modified = CASE WHEN anew THEN NULL ELSE last_modified END,
            body_hash = CASE WHEN anew THEN NULL ELSE body_hash END,
            entry_hashes = CASE WHEN anew THEN NULL ELSE entry_hashes END,
            standing = CASE WHEN anew THEN '{}' ELSE standing END,
            failures = CASE WHEN anew THEN 0 ELSE failures END,
            first_polled_at = CASE WHEN anew THEN NULL ELSE first_polled_at END
        FROM (SELECT url <> :url OR removed_at IS NOT NULL AS anew FROM feed WHERE id = :id)
            AS was
        WHERE feed_id = :id
        """,
        id=feed_id,
        url=values["url"],
        interval=values["interval"],
    )
    run(
        connection,
        """
        UPDATE feed SET name = :name, outlet = :outlet, language = :language,
            tags = CAST(:tags AS jsonb), "interval" = :interval, backfill = :backfill,
            options = CAST(:options AS jsonb),
            state = CASE WHEN state = 'retired' AND removed_at IS NULL AND url = :url
                THEN state ELSE :state END,
            declared = :declared_url <> '', declared_url = :declared_url,
            url = :url, removed_at = NULL
        WHERE id = :id
        """,
        id=feed_id,
        **values,
    )
    _reschedule(connection, [feed_id])
    _set_host(connection, feed_id, values["url"])


def _reschedule(connection: Connection, ids: Sequence[int]) -> None:
    """Let feeds be claimed at their next poll if they are polled at all; claims stay."""
    run(
        connection,
        """UPDATE poll SET due_at = CASE
               WHEN state <> 'active' OR removed_at IS NOT NULL THEN NULL
               WHEN lease_owner <> '' AND due_at > now() THEN due_at
               ELSE next_poll_at END
           FROM feed WHERE feed.id = feed_id AND feed_id = ANY(:ids)""",
        ids=list(ids),
    )


def _set_host(connection: Connection, feed_id: int, url: str) -> None:
    """Note whose turn is taken to ask a feed."""
    host = gate_name(url)
    run(connection, "UPDATE poll SET host = :host WHERE feed_id = :id", id=feed_id, host=host)
    if host:
        run(
            connection,
            "INSERT INTO host (name) VALUES (:host) ON CONFLICT DO NOTHING",
            host=host,
        )


def _removed_feeds(connection: Connection, urls: Sequence[str]) -> dict[str, int]:
    """For each URL the feed that was removed last of those that had it, or else had it before."""
    rows = run(
        connection,
        """
        SELECT DISTINCT ON (asked) asked, id, before
        FROM (
            SELECT id, removed_at, url AS had, false AS before FROM feed
            WHERE removed_at IS NOT NULL
            UNION ALL
            SELECT id, removed_at, jsonb_array_elements_text(aliases), true FROM feed
            WHERE removed_at IS NOT NULL
        ) AS gone JOIN unnest(CAST(:urls AS text[])) AS asked ON asked = had
        ORDER BY asked, before, removed_at DESC
        """,
        urls=list(urls),
    )
    found: dict[int, str] = {}
    for row in sorted(rows, key=lambda row: row["before"]):  # nobody comes back twice
        found.setdefault(row["id"], row["asked"])
    return {url: feed_id for feed_id, url in found.items()}


def set_state(connection: Connection, feed_id: int, state: FeedState) -> None:
    """Pause, resume or retire a feed. A resumed feed keeps its schedule."""
    run(
        connection,
        "UPDATE feed SET state = :state WHERE id = :id",
        id=feed_id,
        state=state.value,
    )
    _reschedule(connection, [feed_id])


def remove_feeds(connection: Connection, ids: Sequence[int]) -> None:
    """Stop polling feeds for good; their items stay. A poll under way is not stored."""
    run(connection, "UPDATE feed SET removed_at = now() WHERE id = ANY(:ids)", ids=list(ids))
    run(
        connection,
        "UPDATE poll SET due_at = NULL, lease_owner = '' WHERE feed_id = ANY(:ids)",
        ids=list(ids),
    )


def set_tags(connection: Connection, feed_id: int, tags: Sequence[str]) -> None:
    """Give a feed these tags and no others."""
    run(
        connection,
        "UPDATE feed SET tags = CAST(:tags AS jsonb) WHERE id = :id",
        id=feed_id,
        tags=dump_json(list(tags)),
    )


def poll_soon(connection: Connection, ids: Sequence[int]) -> None:
    """Make feeds due at once; those that are not polled at all stay so."""
    run(
        connection,
        """UPDATE poll SET next_poll_at = now(), reason = 'asked for',
               due_at = CASE WHEN due_at IS NULL OR lease_owner <> '' THEN due_at ELSE now() END
           WHERE feed_id = ANY(:ids)""",
        ids=list(ids),
    )
