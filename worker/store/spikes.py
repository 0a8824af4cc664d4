"""How often spike watches match: distinct stories by hour, and each watch's last spike.

A watch is counted ``since`` a moment: from there on as articles are tagged. Before it the stored
articles are counted afterwards, the newest first, until what is remembered is counted: ``since``
moves back with every batch, so that whatever dies meanwhile, nothing is counted twice or left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from worker.alerts.spikes import HOUR, MEMORY, Past, Ringing, full_hour
from worker.model import Watch
from worker.store.engine import run

#: Stories themselves are kept for the hour up to now and for the chart's list, counts for longer.
STORIES_KEPT = 6 * HOUR
#: Before the past of a watch is counted, all workers know of it, and have stored what they had begun.
SETTLED = timedelta(seconds=10)
_LOCK = 7263752


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """An article of a story that a spike watch's inner query matches, and when it counts."""

    watch_id: int
    story_id: int
    item_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A spike watch as it is counted: since when, and its last spike."""

    watch_id: int
    since: datetime
    ringing: Ringing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncounted:
    """Spike watches (id: query) that are all counted since ``since``, and not before."""

    since: datetime
    queries: Mapping[int, str]


def cover(connection: Connection, seen: Collection[datetime]) -> None:
    """Note the hours in which anything at all was tagged."""
    run(
        connection,
        """INSERT INTO covered_hour (hour) SELECT h FROM unnest(CAST(:hours AS timestamptz[])) AS h
           ON CONFLICT DO NOTHING""",
        hours=sorted({full_hour(moment) for moment in seen}),
    )


def count(connection: Connection, sightings: Sequence[Sighting]) -> None:
    """Count stories for the hours in which they were seen: each once an hour and watch."""
    if not sightings:
        return
    run(
        connection,
        """
        WITH given AS (
            SELECT w AS watch_id, h AS hour, s AS story_id, max(i) AS item_id, max(t) AS seen_at
            FROM unnest(CAST(:watches AS bigint[]), CAST(:hours AS timestamptz[]),
                CAST(:stories AS bigint[]), CAST(:items AS bigint[]),
                CAST(:times AS timestamptz[])) AS r(w, h, s, i, t)
            GROUP BY w, h, s
        ), counted AS (
            INSERT INTO spike_story (watch_id, hour, story_id, item_id, seen_at)
            SELECT watch_id, hour, story_id, item_id, seen_at FROM given
            JOIN watch ON watch.id = watch_id ORDER BY watch_id, hour, story_id
            ON CONFLICT (watch_id, hour, story_id)
            DO UPDATE SET seen_at = greatest(spike_story.seen_at, excluded.seen_at),
                item_id = excluded.item_id
            RETURNING watch_id, hour, xmax = 0 AS new
        )
        INSERT INTO spike_hour (watch_id, hour, stories)
        SELECT watch_id, hour, count(*) FROM counted WHERE new
        GROUP BY watch_id, hour ORDER BY watch_id, hour
        ON CONFLICT (watch_id, hour)
        DO UPDATE SET stories = spike_hour.stories + excluded.stories
        """,
        watches=[one.watch_id for one in sightings],
        hours=[full_hour(one.at) for one in sightings],
        stories=[one.story_id for one in sightings],
        items=[one.item_id for one in sightings],
        times=[one.at for one in sightings],
    )


def keep(connection: Connection, watches: Sequence[Watch], *, now: datetime) -> None:
    """Have these and no other watches counted; one whose query is another is counted anew."""
    # Who moves a watch's past back has ended before, so that what it counted is seen and dropped.
    run(connection, "SELECT FROM spike ORDER BY watch_id FOR UPDATE")
    run(
        connection,
        """
        WITH given AS (
            SELECT w AS watch_id, q AS query
            FROM unnest(CAST(:watches AS bigint[]), CAST(:queries AS text[])) AS r(w, q)
        ), gone AS (
            DELETE FROM spike WHERE NOT EXISTS (
                SELECT FROM given WHERE given.watch_id = spike.watch_id
                AND given.query = spike.query)
            RETURNING watch_id
        ), hours AS (
            DELETE FROM spike_hour USING gone WHERE spike_hour.watch_id = gone.watch_id
        )
        DELETE FROM spike_story USING gone WHERE spike_story.watch_id = gone.watch_id
        """,
        watches=[watch.id for watch in watches],
        queries=[watch.query for watch in watches],
    )
    run(
        connection,
        """INSERT INTO spike (watch_id, query, since)
           SELECT w, q, :now FROM unnest(CAST(:watches AS bigint[]), CAST(:queries AS text[]))
               AS r(w, q) JOIN watch ON watch.id = w
           ON CONFLICT DO NOTHING""",
        watches=[watch.id for watch in watches],
        queries=[watch.query for watch in watches],
        now=now,
    )


def uncounted(connection: Connection) -> list[int]:
    """The watches whose past is not counted yet."""
    rows = run(
        connection,
        """SELECT watch_id FROM spike WHERE since > now() - CAST(:memory AS interval)
               AND since < now() - CAST(:settled AS interval) ORDER BY watch_id""",
        memory=MEMORY,
        settled=SETTLED,
    )
    return [row["watch_id"] for row in rows]


def next_uncounted(connection: Connection, ids: Collection[int]) -> Uncounted | None:
    """Those of these watches whose past is to be counted next: they share a ``since``, the latest.

    So a new watch comes up with those before it, and goes on with them.
    """
    rows = run(
        connection,
        """SELECT watch_id, query, since FROM spike
           WHERE watch_id = ANY(:ids) AND since > now() - CAST(:memory AS interval)
           ORDER BY since DESC, watch_id""",
        ids=list(ids),
        memory=MEMORY,
    )
    if not rows:
        return None
    latest = rows[0]["since"]
    return Uncounted(
        since=latest,
        queries={row["watch_id"]: row["query"] for row in rows if row["since"] == latest},
    )


def move_back(connection: Connection, moved: Uncounted, to: datetime) -> set[int]:
    """Have watches be counted since ``to``; gives those that still are as they were found."""
    rows = run(
        connection,
        """WITH ours AS (
               SELECT watch_id AS our_id
               FROM spike JOIN unnest(CAST(:ids AS bigint[]), CAST(:queries AS text[])) AS r(w, q)
                   ON watch_id = w AND query = q
               WHERE since = :since ORDER BY watch_id FOR UPDATE OF spike
           )
           UPDATE spike SET since = :to FROM ours WHERE watch_id = our_id RETURNING watch_id""",
        ids=list(moved.queries),
        queries=list(moved.queries.values()),
        since=moved.since,
        to=to,
    )
    return {row["watch_id"] for row in rows}


def take_turn(connection: Connection) -> bool:
    """Whether nobody else looks at spikes right now; nobody will until the transaction ends."""
    rows = run(connection, f"SELECT pg_try_advisory_xact_lock({_LOCK}) AS ours")
    return bool(rows[0]["ours"])


def counted(connection: Connection) -> list[Counted]:
    """The watches that are counted."""
    rows = run(connection, "SELECT watch_id, since, rung_at, high_at FROM spike ORDER BY watch_id")
    return [
        Counted(
            watch_id=row["watch_id"],
            since=row["since"],
            ringing=Ringing(rung_at=row["rung_at"], high_at=row["high_at"])
            if row["rung_at"]
            else None,
        )
        for row in rows
    ]


def observed(connection: Connection, *, now: datetime) -> dict[int, int]:
    """How many stories each watch has had in the hour before ``now``; none: not in it."""
    rows = run(
        connection,
        """SELECT watch_id, count(DISTINCT story_id) AS stories FROM spike_story
           WHERE seen_at > :since AND seen_at <= :now GROUP BY watch_id""",
        since=now - HOUR,
        now=now,
    )
    return {row["watch_id"]: row["stories"] for row in rows}


def pasts(
    connection: Connection, since: Mapping[int, datetime], *, now: datetime
) -> dict[int, Past]:
    """What is known of each watch (id: since when it is counted) up to ``now``."""
    covered = run(
        connection,
        "SELECT hour FROM covered_hour WHERE hour >= :first AND hour <= :now",
        first=now - MEMORY,
        now=now,
    )
    rows = run(
        connection,
        """SELECT watch_id, hour, stories FROM spike_hour
           WHERE watch_id = ANY(:watches) AND hour >= :first AND hour <= :now""",
        watches=list(since),
        first=now - MEMORY,
        now=now,
    )
    counts: dict[int, dict[datetime, int]] = {watch_id: {} for watch_id in since}
    for row in rows:
        counts[row["watch_id"]][row["hour"]] = row["stories"]
    return {
        watch_id: Past(
            counts=counts[watch_id],
            covered=frozenset(row["hour"] for row in covered if row["hour"] >= begun),
        )
        for watch_id, begun in since.items()
    }


def remember(connection: Connection, ringing: Mapping[int, Ringing | None]) -> None:
    """Write down the last spike of watches."""
    rung = {watch_id: one for watch_id, one in ringing.items() if one is not None}
    run(
        connection,
        """UPDATE spike SET rung_at = r, high_at = h
           FROM unnest(CAST(:watches AS bigint[]), CAST(:rung AS timestamptz[]),
               CAST(:high AS timestamptz[])) AS given(w, r, h) WHERE watch_id = w""",
        watches=list(rung),
        rung=[one.rung_at for one in rung.values()],
        high=[one.high_at for one in rung.values()],
    )


def latest_items(connection: Connection, watch_id: int, *, now: datetime, limit: int) -> list[int]:
    """The newest item of each story of the hour before ``now``, the newest first."""
    rows = run(
        connection,
        """SELECT item_id FROM (
               SELECT DISTINCT ON (story_id) story_id, item_id, seen_at FROM spike_story
               WHERE watch_id = :watch_id AND seen_at > :since AND seen_at <= :now
               ORDER BY story_id, seen_at DESC) AS newest
           ORDER BY seen_at DESC, item_id DESC LIMIT :limit""",
        watch_id=watch_id,
        since=now - HOUR,
        now=now,
        limit=limit,
    )
    return [row["item_id"] for row in rows]


def forget(connection: Connection, *, now: datetime) -> None:
    """Drop counts that are too old to say what is normal."""
    first = now - MEMORY - HOUR
    run(
        connection,
        # While the past of a watch is counted, its stories are known: none counts twice in an hour.
        """DELETE FROM spike_story WHERE seen_at < :before AND (seen_at < :first
               OR watch_id NOT IN (SELECT watch_id FROM spike WHERE since > :now - CAST(:memory AS interval)))""",
        before=now - STORIES_KEPT,
        first=first,
        now=now,
        memory=MEMORY,
    )
    run(connection, "DELETE FROM spike_hour WHERE hour < :first", first=first)
    run(connection, "DELETE FROM covered_hour WHERE hour < :first", first=first)
