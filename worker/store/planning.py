"""What planning looks at: what was planned before, in a few statements for all matches at once."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection

from worker.alerts.ledger import Entry, told
from worker.alerts.milestones import StoryFacts, wants_updates
from worker.alerts.plan import Candidate, Load, Log, Told
from worker.model import AlertKind, Brake, HeldKind
from worker.store.engine import run
from worker.store.held import lock_planning
from worker.store.mutes import active_mutes


def read_log(connection: Connection, candidates: Sequence[Candidate], brake: Brake) -> Log:
    """What was planned for these watches and stories, and lately for their channels.

    Whoever reads it plans alone until the transaction ends: nobody else adds to what it counts.
    """
    now = lock_planning(connection)
    watches = {one.watch.id: one.watch for one in candidates}
    updated = {
        one.story_id
        for one in candidates
        if one.kind is AlertKind.STORY and wants_updates(one.watch.policy)
    }
    channels = _channels(connection, {name for one in watches.values() for name in one.channels})
    return Log(
        now=now,
        channels=channels,
        told=_told(connection, candidates),
        hour=_this_hour(connection, [w.id for w in watches.values() if w.policy.cap is not None]),
        loads=_loads(connection, channels, brake) if brake.alerts else {},
        mutes=active_mutes(connection),
        facts=story_facts(connection, updated),
    )


def _channels(connection: Connection, names: Collection[str]) -> dict[str, int]:
    rows = run(
        connection,
        "SELECT id, name FROM channel WHERE removed_at IS NULL AND name = ANY(:names)",
        names=list(names),
    )
    return {row["name"]: row["id"] for row in rows}


def _told(connection: Connection, candidates: Sequence[Candidate]) -> dict[tuple[int, int], Told]:
    known = _told_stories(connection, {one.story_id for one in candidates})
    asked = {one.pair for one in candidates if one.story_id in known}
    if not asked:
        return {}
    rows = run(
        connection,
        """
        WITH asked AS (
            SELECT w, s FROM unnest(CAST(:watches AS bigint[]), CAST(:stories AS bigint[])) AS r(w, s)
        )
        SELECT w, s, NULL AS held, content -> 'reached' AS reached, '' AS milestones
        FROM asked JOIN alert ON watch_id = w AND story_id = s AND kind IN ('story', 'update')
            AND story_id = ANY(:known)
        UNION ALL
        SELECT w, s, held.kind, NULL, milestones
        FROM asked JOIN held ON watch_id = w AND story_id = s AND story_id = ANY(:known)
        """,
        watches=[watch for watch, _ in asked],
        stories=[story for _, story in asked],
        known=list(known),
    )
    found: dict[tuple[int, int], list[Entry]] = {}
    for row in rows:
        entry = Entry(
            held=HeldKind(row["held"]) if row["held"] is not None else None,
            reached=row["reached"],
            milestones=row["milestones"],
        )
        found.setdefault((row["w"], row["s"]), []).append(entry)
    return {pair: told(entries) for pair, entries in found.items()}


def _told_stories(connection: Connection, stories: Collection[int]) -> set[int]:
    """Those of these stories of which anything was planned before: most are new.

    The least watch is found by the index, even by a plan that was made when there were few alerts.
    """
    rows = run(
        connection,
        """SELECT s FROM unnest(CAST(:stories AS bigint[])) AS s
           WHERE (SELECT min(watch_id) FROM alert WHERE story_id = s) IS NOT NULL
              OR EXISTS (SELECT FROM held WHERE story_id = s)""",
        stories=list(stories),
    )
    return {row["s"] for row in rows}


def _this_hour(connection: Connection, watches: Sequence[int]) -> dict[int, int]:
    if not watches:
        return {}
    rows = run(
        connection,
        """
        SELECT watch_id, count(*) FROM alert
        WHERE planned_at >= date_trunc('hour', now())
          AND kind IN ('story', 'update', 'event', 'spike')
          AND watch_id = ANY(:watches) GROUP BY watch_id
        """,
        watches=list(watches),
    )
    return {row["watch_id"]: row["count"] for row in rows}


def _loads(connection: Connection, channels: Mapping[str, int], brake: Brake) -> dict[str, Load]:
    rows = run(
        connection,
        """
        WITH given AS (
            SELECT channel_id FROM alert JOIN delivery ON alert_id = alert.id
            WHERE planned_at > now() - :window
              AND alert.kind IN ('story', 'update', 'event', 'spike')
              AND channel_id = ANY(:channels) AND delivery.state <> 'unsubscribed'
            UNION ALL
            SELECT channel_id FROM held
            WHERE held_at > now() - :window AND kind = 'storm' AND channel_id = ANY(:channels)
        ), storm AS (
            SELECT channel_id, min(held_at) AS since FROM held
            WHERE released_at IS NULL AND kind = 'storm' AND channel_id = ANY(:channels)
            GROUP BY channel_id
        )
        SELECT id, (SELECT count(*) FROM given WHERE channel_id = id) AS alerts, since
        FROM unnest(CAST(:channels AS bigint[])) AS id LEFT JOIN storm ON storm.channel_id = id
        """,
        channels=list(channels.values()),
        window=brake.window,
    )
    of_id = {row["id"]: Load(alerts=row["alerts"], since=row["since"]) for row in rows}
    return {name: of_id[channel_id] for name, channel_id in channels.items()}


def story_facts(connection: Connection, stories: Collection[int]) -> dict[int, StoryFacts]:
    """Who reports stories, and the countries of their headlines."""
    if not stories:
        return {}
    rows = run(
        connection,
        """
        SELECT s, ARRAY(SELECT DISTINCT outlet FROM item JOIN article ON item_id = item.id
                        WHERE story_id = s AND outlet <> '') AS outlets,
            ARRAY(SELECT DISTINCT key FROM item JOIN mention ON item_id = item.id
                  WHERE story_id = s AND kind = 'country' AND in_title) AS countries
        FROM unnest(CAST(:stories AS bigint[])) AS s
        """,
        stories=list(stories),
    )
    return {
        row["s"]: StoryFacts(
            outlets=frozenset(row["outlets"]), countries=frozenset(row["countries"])
        )
        for row in rows
    }
