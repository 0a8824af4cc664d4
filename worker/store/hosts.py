"""Hosts in the store: whose turn it is to ask one, across all processes and machines.

One request at a time, and a gap between two. All times are by the database's clock.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.store.engine import clean, run


@dataclass(frozen=True, slots=True, kw_only=True)
class HostDone:
    """A turn that ended: at which host, and until when that asked to be left alone, if it did."""

    host: str
    hold_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsRecord:
    """A robots.txt as it was fetched; ``status`` is ``None`` where there was no answer."""

    text: str
    status: int | None
    fetched_at: datetime


def take_hosts(
    connection: Connection, hosts: Collection[str], *, owner: str, lease: timedelta, gap: timedelta
) -> dict[str, datetime | None]:
    """Take turns at hosts for ``lease``: ``None`` where it is granted, else when to come back.

    Never waits for somebody else's transaction.
    """
    names = sorted(set(hosts))
    run(
        connection,
        """INSERT INTO host (name) SELECT unnest(CAST(:names AS text[])) EXCEPT
           SELECT name FROM host ON CONFLICT DO NOTHING""",
        names=names,
    )
    rows = run(
        connection,
        """
        WITH asked AS (
            SELECT name AS host, coalesce(scope, name) AS gate FROM host WHERE name = ANY(:names)
        ), free AS (
            SELECT name AS free_name FROM host
            WHERE name IN (SELECT gate FROM asked) AND free_at <= now()
              AND (busy_until IS NULL OR busy_until < now())
            FOR UPDATE SKIP LOCKED
        ), taken AS (
            UPDATE host SET busy_until = now() + :lease, lease_owner = :owner
            FROM free WHERE name = free_name RETURNING name
        )
        SELECT asked.host, CASE WHEN taken.name IS NULL THEN
            greatest(coalesce(host.free_at, now()), now() + coalesce(host.crawl_delay, :gap)) END
            AS again
        FROM asked LEFT JOIN taken ON taken.name = gate LEFT JOIN host ON host.name = gate
        """,
        names=names,
        owner=owner,
        lease=lease,
        gap=gap,
    )
    return {row["host"]: row["again"] for row in rows}


def give_back_hosts(
    connection: Connection, done: Sequence[HostDone], *, owner: str, gap: timedelta
) -> None:
    """End turns: each host may be asked again after its crawl delay or ``gap``, or when it says."""
    holds: dict[str, datetime | None] = {}
    for one in done:
        holds[one.host] = max(filter(None, (holds.get(one.host), one.hold_until)), default=None)
    run(
        connection,
        """
        WITH ended AS (
            SELECT own.name AS own_name, coalesce(own.scope, own.name) AS gate, r.hold
            FROM unnest(CAST(:names AS text[]), CAST(:holds AS timestamptz[])) AS r(name, hold)
            JOIN host AS own ON own.name = r.name
        ), ours AS (
            SELECT host.name AS our_name, max(hold) AS hold
            FROM host JOIN ended ON gate = host.name OR own_name = host.name
            WHERE lease_owner = :owner GROUP BY host.name
        )
        UPDATE host SET busy_until = NULL, lease_owner = '', free_at = greatest(
            free_at, clock_timestamp() + coalesce(crawl_delay, :gap), ours.hold)
        FROM ours WHERE name = our_name
        """,
        names=list(holds),
        holds=list(holds.values()),
        owner=owner,
        gap=gap,
    )


def note_limited(connection: Connection, host: str, domain: str) -> bool:
    """Note that a host limits us. True when it shares its turn with its domain from now on.

    Two hosts of one registrable ``domain`` limited within an hour are limited together: both,
    and every other of the domain that is limited later, take the domain's turn.
    """
    run(connection, "UPDATE host SET limited_at = now() WHERE name = :host", host=host)
    siblings = run(
        connection,
        """SELECT name FROM host
           WHERE (name = :domain OR right(name, length(:domain) + 1) = '.' || :domain)
             AND limited_at > now() - interval '1 hour'""",
        domain=domain,
    )
    if len(siblings) < 2:
        return False
    gate = f"*.{domain}"
    run(connection, "INSERT INTO host (name) VALUES (:gate) ON CONFLICT DO NOTHING", gate=gate)
    run(
        connection,
        "UPDATE host SET scope = :gate WHERE name = ANY(:names)",
        gate=gate,
        names=[row["name"] for row in siblings],
    )
    return True


def narrow_quiet(connection: Connection, *, after: timedelta = timedelta(days=1)) -> int:
    """Give hosts a turn of their own again when nobody of their domain limited us for ``after``."""
    return len(
        run(
            connection,
            """
            UPDATE host SET scope = NULL
            WHERE scope IS NOT NULL AND scope NOT IN (
                SELECT scope FROM host
                WHERE scope IS NOT NULL AND limited_at > now() - CAST(:after AS interval))
            RETURNING name
            """,
            after=after,
        )
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


def load_robots(connection: Connection, host: str, *, fresh: timedelta) -> RobotsRecord | None:
    """The robots.txt of a host, if it was fetched less than ``fresh`` ago."""
    rows = run(
        connection,
        """SELECT robots, robots_status, robots_at FROM host
           WHERE name = :host AND robots_at > now() - CAST(:fresh AS interval)""",
        host=host,
        fresh=fresh,
    )
    if not rows:
        return None
    row = rows[0]
    return RobotsRecord(
        text=row["robots"] or "", status=row["robots_status"], fetched_at=row["robots_at"]
    )


def save_robots(
    connection: Connection,
    host: str,
    *,
    text: str,
    status: int | None,
    crawl_delay: timedelta | None,
) -> None:
    """Keep the robots.txt of a host; the crawl delay it asks for counts unless one is declared."""
    run(
        connection,
        """
        INSERT INTO host (name, robots, robots_status, robots_at, crawl_delay)
        VALUES (:host, :text, :status, now(), :delay)
        ON CONFLICT (name) DO UPDATE SET robots = excluded.robots,
            robots_status = excluded.robots_status, robots_at = now(),
            crawl_delay = CASE WHEN host.declared THEN host.crawl_delay
                          ELSE excluded.crawl_delay END
        """,
        host=host,
        text=clean(text),
        status=status,
        delay=crawl_delay,
    )


def limiting_hosts(connection: Connection) -> list[tuple[str, datetime]]:
    """The hosts that hold us off for longer than a minute, and until when."""
    rows = run(
        connection,
        "SELECT name, free_at FROM host WHERE free_at > now() + interval '1 minute' ORDER BY name",
    )
    return [(row["name"], row["free_at"]) for row in rows]
