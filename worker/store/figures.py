"""What the store says of itself when somebody reads the metrics: cheap, however much it holds.

What is rare is counted by indexes that hold nothing else, and no further than ``MOST``; what there
may be millions of is estimated.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from worker.store.engine import run

MOST = 100_000
#: Rows of a table from which on its statistics are believed: below, it is counted.
MANY = 50_000

Figure = tuple[str, Mapping[str, str], float]

_QUEUES = {"discovered": "fetch", "fetched": "tag"}


def figures(connection: Connection) -> Iterator[Figure]:
    """Every figure that the store knows, under the name of its metric."""
    owed = waiting(connection)
    for queue, (count, lag) in owed.items():
        yield "tocsin_queue_waiting", {"queue": queue}, count
        yield "tocsin_queue_lag_seconds", {"queue": queue}, lag
    for state, count in items_by_state(connection).items():
        yield "tocsin_items", {"state": state}, count
    for state, count in feeds_by_state(connection).items():
        yield "tocsin_feeds", {"state": state}, count
    for name, value in _rest(connection).items():
        if value is not None:
            yield f"tocsin_{name}", {}, float(value)


def waiting(connection: Connection) -> dict[str, tuple[float, float]]:
    """By queue: how much is owed, and the age in seconds of the oldest that is due."""
    rows = run(
        connection,
        """
        SELECT state, count(*) AS waiting,
            coalesce(extract(epoch FROM now() - min(next_attempt_at)
                FILTER (WHERE next_attempt_at <= now())), 0) AS lag
        FROM (SELECT state, next_attempt_at FROM item WHERE state IN ('discovered', 'fetched')
              ORDER BY next_attempt_at LIMIT :most) AS owed
        GROUP BY state
        UNION ALL
        SELECT 'deliver', count(*),
            coalesce(extract(epoch FROM now() - min(next_attempt_at)
                FILTER (WHERE next_attempt_at <= now())), 0)
        FROM (SELECT next_attempt_at FROM delivery WHERE state = 'pending'
              ORDER BY next_attempt_at LIMIT :most) AS owed
        """,
        most=MOST,
    )
    found = {"fetch": (0.0, 0.0), "tag": (0.0, 0.0), "deliver": (0.0, 0.0)}
    for row in rows:
        queue = _QUEUES.get(row["state"], row["state"])
        found[queue] = float(row["waiting"]), float(row["lag"])
    return found


def rows_of(connection: Connection, table: str) -> int:
    """How many rows a table holds: counted where there are few, else as its statistics say."""
    estimated = _estimated(connection, table)
    if estimated >= MANY:
        return estimated
    counted = run(
        connection,
        f"SELECT count(*) AS n FROM (SELECT 1 FROM {table} LIMIT :most) AS few",  # noqa: S608 - ours
        most=MOST,
    )
    return int(counted[0]["n"])


def _estimated(connection: Connection, table: str) -> int:
    """As counted while writing, which is lost in a crash; then as the last vacuum has found it."""
    row = run(
        connection,
        """SELECT coalesce(nullif(n_live_tup, 0), reltuples) AS living
           FROM pg_stat_user_tables JOIN pg_class ON oid = relid WHERE relid = to_regclass(:table)""",
        table=table,
    )[0]
    return int(row["living"])


def items_by_state(connection: Connection) -> dict[str, int]:
    """How many items are in each state; the tagged ones are what is left of all."""
    counted = {
        state: run(
            connection,
            f"""SELECT count(*) AS n FROM
                (SELECT 1 FROM item WHERE state = '{state}' LIMIT :most) AS few""",  # noqa: S608 - a constant
            most=MOST,
        )[0]["n"]
        for state in ("held", "failed")
    }
    owed = run(
        connection,
        """SELECT state, count(*) AS n FROM
               (SELECT state FROM item WHERE state IN ('discovered', 'fetched') LIMIT :most) AS owed
           GROUP BY state""",
        most=MOST,
    )
    counted |= {"discovered": 0, "fetched": 0} | {row["state"]: row["n"] for row in owed}
    return counted | {"tagged": max(0, rows_of(connection, "item") - sum(counted.values()))}


def deliveries_by_state(connection: Connection) -> dict[str, int]:
    """How many deliveries are in each state they are in; of many, all but two count as sent."""
    estimated = _estimated(connection, "delivery")
    if estimated < MANY:
        rows = run(connection, "SELECT state, count(*) AS n FROM delivery GROUP BY state")
        return {row["state"]: row["n"] for row in rows}
    found = {
        state: int(
            run(
                connection,
                f"""SELECT count(*) AS n FROM
                    (SELECT 1 FROM delivery WHERE state = '{state}' LIMIT :most) AS few""",  # noqa: S608 - a constant
                most=MOST,
            )[0]["n"]
        )
        for state in ("pending", "dead")
    }
    found["sent"] = max(0, estimated - sum(found.values()))
    return {state: count for state, count in found.items() if count}


def feeds_by_state(connection: Connection) -> dict[str, int]:
    """How many feeds are healthy, failing, new (not polled yet), paused and retired."""
    rows = run(
        connection,
        """
        SELECT CASE WHEN state <> 'active' THEN state WHEN failures > 0 THEN 'failing'
            WHEN last_ok_at IS NULL THEN 'new' ELSE 'healthy' END AS how, count(*) AS n
        FROM feed JOIN poll ON feed_id = feed.id WHERE removed_at IS NULL GROUP BY how
        """,
    )
    known = dict.fromkeys(("healthy", "failing", "new", "paused", "retired"), 0)
    return known | {row["how"]: row["n"] for row in rows}


def _rest(connection: Connection) -> dict[str, float | None]:
    return run(
        connection,
        """
        SELECT (SELECT count(*) FROM (SELECT 1 FROM poll
                WHERE due_at < now() - interval '1 minute' LIMIT :most) AS due) AS feeds_overdue,
            (SELECT count(*) FROM host
             WHERE limited_at > now() - interval '1 hour') AS hosts_limited,
            (SELECT count(*) FROM (SELECT 1 FROM delivery
             WHERE state = 'dead' LIMIT :most) AS given_up) AS deliveries_dead,
            (SELECT count(*) FROM circuit WHERE open_until IS NOT NULL) AS circuits_open,
            (SELECT extract(epoch FROM now() - max(updated_at)) FROM story) AS last_story_age_seconds
        """,
        most=MOST,
    )[0]
