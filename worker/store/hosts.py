"""Hosts in the store: whose turn it is to ask one, across all processes and machines.

One request at a time, and a gap between two. All times are by the database's clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.feeds.politeness import LimitingHost, narrowed, widened
from worker.model import Spacing
from worker.store.engine import clean, run


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDone:
    """A turn that ended: at which host, and until when that asked to be left alone, if it did.

    ``limited``: it answered that it is asked too often; one that asks to be left alone says so too.
    ``gap`` counts in place of the host's own crawl delay.
    """

    host: str
    hold_until: datetime | None = None
    limited: bool = False
    gap: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRecord:
    """A robots.txt as it was fetched; ``status`` is ``None`` where there was no answer.

    ``lost_at``: since when it could not be had, ``None`` where it could.
    """

    text: str
    status: int | None
    fetched_at: datetime
    lost_at: datetime | None = None


def take_hosts(
    connection: Connection, hosts: Collection[str], *, owner: str, lease: timedelta, gap: timedelta
) -> dict[str, timedelta | None]:
    """Take turns at hosts for ``lease``: ``None`` where it is granted, else for how long to wait.

    Never waits for somebody else's transaction. Whoever comes back may find others before him.
    """
    taken = _take_known(connection, hosts, owner=owner, lease=lease, gap=gap)
    new = sorted(set(hosts) - taken.keys())
    if new:
        run(
            connection,
            """INSERT INTO host (name) SELECT unnest(CAST(:names AS text[]))
               ON CONFLICT DO NOTHING""",
            names=new,
        )
        taken |= _take_known(connection, new, owner=owner, lease=lease, gap=gap)
    return taken


def _take_known(
    connection: Connection, hosts: Collection[str], *, owner: str, lease: timedelta, gap: timedelta
) -> dict[str, timedelta | None]:
    rows = run(
        connection,
        """
        WITH asked AS MATERIALIZED (
            SELECT name AS host, coalesce(scope, name) AS gate,
                row_number() OVER (PARTITION BY coalesce(scope, name) ORDER BY name) AS place
            FROM host WHERE name = ANY(:names)
        ), free AS MATERIALIZED (
            SELECT name AS free_name FROM host
            WHERE name = ANY(ARRAY(SELECT DISTINCT gate FROM asked)) AND free_at <= now()
              AND (busy_until IS NULL OR busy_until < now())
            FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE host SET busy_until = now() + :lease, taken_at = now(), lease_owner = :owner
            FROM free WHERE name = free_name RETURNING name
        )
        SELECT asked.host, CASE WHEN taken.name IS NULL OR place > 1 THEN
            greatest(host.free_at, now() + place * coalesce(host.crawl_delay, :gap))
            - clock_timestamp() END AS wait
        FROM asked LEFT JOIN taken ON taken.name = gate LEFT JOIN host ON host.name = gate
        """,
        names=sorted(set(hosts)),
        owner=owner,
        lease=lease,
        gap=gap,
    )
    return {row["host"]: row["wait"] for row in rows}


def give_back_hosts(
    connection: Connection, done: Sequence[HostDone], *, owner: str, spacing: Spacing
) -> None:
    """End turns: each host may be asked again after its crawl delay or the gap, or when it says.

    Hosts of one domain that limit us together share their turns from now on.
    """
    holds: dict[str, datetime | None] = {}
    gaps: dict[str, timedelta | None] = {}
    for one in done:
        holds[one.host] = max(filter(None, (holds.get(one.host), one.hold_until)), default=None)
        gaps[one.host] = max(filter(None, (gaps.get(one.host), one.gap)), default=None)
    run(
        connection,
        _END,
        names=list(holds),
        holds=list(holds.values()),
        gaps=list(gaps.values()),
        owner=owner,
        gap=spacing.gap,
        longest=LONGEST_PACE,
    )
    limited = {one.host for one in done if one.limited or one.hold_until is not None}
    if limited:
        _note_limited(connection, limited, together=spacing.together)


#: A turn is known by its own name, or by that of a host whose scope it is. What a turn took counts
#: for three tenths of the pace from now on. Rows are locked in the order of their names, as
#: wherever several hosts are written at once.
_END = """
    WITH given AS (
        SELECT * FROM unnest(CAST(:names AS text[]), CAST(:holds AS timestamptz[]),
            CAST(:gaps AS interval[])) AS r(host, hold, own_gap)
    ), named AS (
        SELECT host AS turn, hold, own_gap FROM given
        UNION ALL
        SELECT scope, hold, own_gap FROM given JOIN host ON name = host WHERE scope IS NOT NULL
    ), ended AS (
        SELECT turn, max(hold) AS hold, max(own_gap) AS own_gap FROM named GROUP BY turn
    ), ours AS MATERIALIZED (
        SELECT host.name AS our_name, clock_timestamp() AS ended_at, hold,
            coalesce(own_gap, crawl_delay, :gap) AS pause
        FROM ended JOIN host ON host.name = turn
        WHERE lease_owner = :owner ORDER BY host.name FOR UPDATE OF host
    )
    UPDATE host SET busy_until = NULL, lease_owner = '',
        free_at = greatest(free_at, ended_at + pause, ours.hold),
        pace = least(:longest, coalesce(
            pace * 0.7 + (ended_at - taken_at + pause) * 0.3, ended_at - taken_at + pause))
    FROM ours WHERE name = our_name
"""
#: However slow a host is, those who wait for it look again this often.
LONGEST_PACE = timedelta(minutes=1)


def _note_limited(connection: Connection, names: Collection[str], *, together: timedelta) -> None:
    """Note that hosts limit us, and let those share their turns that do so together."""
    run(
        connection,
        """WITH noted AS (
               SELECT name AS noted FROM host WHERE name = ANY(:names) ORDER BY name FOR UPDATE
           )
           UPDATE host SET limited_at = now() FROM noted WHERE name = noted""",
        names=list(names),
    )
    hosts, now = _limiting(connection, within=together)
    scopes = widened(hosts, now=now, together=together)
    if scopes:
        run(
            connection,
            """INSERT INTO host (name) SELECT DISTINCT unnest(CAST(:scopes AS text[]))
               ON CONFLICT DO NOTHING""",
            scopes=list(scopes.values()),
        )
        _share(connection, scopes)


def narrow_quiet(connection: Connection, *, quiet: timedelta) -> int:
    """Give hosts turns of their own again when nobody of their domain limited us for ``quiet``.

    Gives how many.
    """
    hosts, now = _limiting(connection)
    alone = narrowed(hosts, now=now, quiet=quiet)
    _share(connection, dict.fromkeys(alone))
    return len(alone)


def _limiting(
    connection: Connection, *, within: timedelta | None = None
) -> tuple[list[LimitingHost], datetime]:
    """The hosts that ever limited us, or did ``within`` a time, and what time it is."""
    rows = run(
        connection,
        """SELECT name, limited_at, scope, now() AS now FROM host WHERE limited_at IS NOT NULL
           AND limited_at >= now() - coalesce(CAST(:within AS interval), 'infinity')""",
        within=within,
    )
    now = rows[0]["now"] if rows else datetime.max.replace(tzinfo=UTC)
    hosts = [
        LimitingHost(name=row["name"], limited_at=row["limited_at"], scope=row["scope"])
        for row in rows
    ]
    return hosts, now


def _share(connection: Connection, scopes: Mapping[str, str | None]) -> None:
    """Let hosts take the turns named from now on, ``None`` for their own."""
    run(
        connection,
        """WITH given AS (
               SELECT name AS given_name, r.scope AS given_scope
               FROM unnest(CAST(:names AS text[]), CAST(:scopes AS text[])) AS r(host, scope)
               JOIN host ON name = r.host ORDER BY name FOR UPDATE OF host
           )
           UPDATE host SET scope = given_scope FROM given WHERE name = given_name""",
        names=list(scopes),
        scopes=list(scopes.values()),
    )


def set_crawl_delays(connection: Connection, delays: Mapping[str, timedelta]) -> None:
    """Declare the gaps of hosts; those declared before and not any more have none of their own."""
    run(
        connection,
        """UPDATE host SET crawl_delay = NULL, declared = false
           WHERE declared AND NOT name = ANY(:names)""",
        names=list(delays),
    )
    run(
        connection,
        """INSERT INTO host (name, crawl_delay, declared)
           SELECT r.name, r.delay, true
           FROM unnest(CAST(:names AS text[]), CAST(:delays AS interval[])) AS r(name, delay)
           ON CONFLICT (name) DO UPDATE SET crawl_delay = excluded.crawl_delay, declared = true""",
        names=list(delays),
        delays=list(delays.values()),
    )


def declared_crawl_delays(connection: Connection) -> dict[str, timedelta]:
    """The declared gaps of hosts."""
    rows = run(connection, "SELECT name, crawl_delay FROM host WHERE declared ORDER BY name")
    return {row["name"]: row["crawl_delay"] for row in rows}


def load_robots(
    connection: Connection, hosts: Collection[str], *, fresh: timedelta
) -> dict[str, RobotsRecord]:
    """The robots.txt of hosts, where it was fetched less than ``fresh`` ago."""
    rows = run(
        connection,
        """SELECT name, robots, robots_status, robots_at, robots_lost_at FROM host
           WHERE name = ANY(:hosts) AND robots_at > now() - CAST(:fresh AS interval)""",
        hosts=list(hosts),
        fresh=fresh,
    )
    return {row["name"]: _robots(row) for row in rows}


def _robots(row: Mapping[str, Any]) -> RobotsRecord:
    return RobotsRecord(
        text=row["robots"] or "",
        status=row["robots_status"],
        fetched_at=row["robots_at"],
        lost_at=row["robots_lost_at"],
    )


def save_robots(
    connection: Connection,
    host: str,
    *,
    text: str,
    status: int | None,
    crawl_delay: timedelta | None,
    lost: bool = False,
) -> RobotsRecord:
    """Keep the robots.txt of a host; the crawl delay it asks for counts unless one is declared.

    ``lost``: there is one, perhaps, but it could not be had. Gives what is kept.
    """
    rows = run(
        connection,
        """
        INSERT INTO host (name, robots, robots_status, robots_at, robots_lost_at, crawl_delay)
        VALUES (:host, :text, :status, now(), CASE WHEN :lost THEN now() END, :delay)
        ON CONFLICT (name) DO UPDATE SET robots = excluded.robots,
            robots_status = excluded.robots_status, robots_at = now(),
            robots_lost_at = CASE WHEN :lost THEN coalesce(host.robots_lost_at, now()) END,
            crawl_delay = CASE WHEN host.declared THEN host.crawl_delay
                          ELSE excluded.crawl_delay END
        RETURNING robots, robots_status, robots_at, robots_lost_at
        """,
        host=host,
        text=clean(text),
        status=status,
        delay=crawl_delay,
        lost=lost,
    )
    return _robots(rows[0])


def limiting_hosts(connection: Connection) -> list[tuple[str, datetime]]:
    """The hosts that hold us off for longer than a minute, and until when."""
    rows = run(
        connection,
        "SELECT name, free_at FROM host WHERE free_at > now() + interval '1 minute' ORDER BY name",
    )
    return [(row["name"], row["free_at"]) for row in rows]
