"""Watches and channels in the store."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, text

from worker.alerts.policy import policy_of, write_policy
from worker.model import Channel, Policy, Watch
from worker.store.engine import dump_json, run
from worker.store.versions import WATCH, changed

#: Those that may be for a rate; an index holds them. Here, for making the tables' classes takes long.
SPIKE_QUERY = r"query ~* '^\s*spike\s*\('"


def all_watches(connection: Connection, *, enabled_only: bool = False) -> list[Watch]:
    """Every living watch, by name."""
    return _watches(connection, "enabled OR NOT :enabled_only", enabled_only=enabled_only)


def spike_watches(connection: Connection) -> list[Watch]:
    """The watches that are on and whose query begins as one for a rate does: few of very many."""
    return _watches(connection, f"enabled AND {SPIKE_QUERY}")


def queries(connection: Connection) -> Iterator[tuple[int, str]]:
    """Ids and queries of the watches that are on, however many there are; each query once."""
    rows = connection.execute(
        text(
            """SELECT min(id) AS id, query FROM watch WHERE removed_at IS NULL AND enabled
               GROUP BY query ORDER BY min(id)"""
        ).execution_options(stream_results=True, max_row_buffer=10_000)
    )
    yield from ((row.id, row.query) for row in rows)


def count_watches(connection: Connection) -> int:
    """How many living watches there are."""
    found: int = run(connection, "SELECT count(*) FROM watch WHERE removed_at IS NULL")[0]["count"]
    return found


def watches_of(connection: Connection, ids: Collection[int]) -> list[Watch]:
    """Those of these watches that live, by name."""
    return _watches(connection, "id = ANY(:ids)", ids=list(ids))


def _watches(connection: Connection, where: str, **values: Any) -> list[Watch]:
    rows = run(
        connection,
        f"""SELECT id, name, query, channels, enabled, declared, policy FROM watch
            WHERE removed_at IS NULL AND ({where}) ORDER BY name""",  # noqa: S608 - constants
        **values,
    )
    return [_watch(row) for row in rows]


def changed_watches(
    connection: Connection, *, since: int, most: int
) -> tuple[list[Watch], list[int]] | None:
    """The watches that are new or others since a version of them, and the ids of those gone since.

    Disabled ones are gone. None where more than ``most`` have changed.
    """
    rows = run(
        connection,
        """SELECT id, name, query, channels, enabled, declared, policy, removed_at IS NOT NULL AS gone
           FROM watch WHERE version > :since ORDER BY name LIMIT :most + 1""",
        since=since,
        most=most,
    )
    if len(rows) > most:
        return None
    gone = [row["id"] for row in rows if row["gone"] or not row["enabled"]]
    kept = [row for row in rows if row["enabled"] and not row["gone"]]
    return [_watch({key: row[key] for key in row if key != "gone"}) for row in kept], gone


def _watch(row: Mapping[str, Any]) -> Watch:
    values = {"channels": tuple(row["channels"]), "policy": policy_of(row["policy"])}
    return Watch(**{**row, **values})


def find_watch(connection: Connection, name: str) -> Watch | None:
    """The living watch of this name."""
    return next(iter(_watches(connection, "name = :name", name=name)), None)


def names_and_queries(connection: Connection, ids: Collection[int]) -> dict[int, tuple[str, str]]:
    """Name and query of watches, removed ones too, by id."""
    rows = run(
        connection, "SELECT id, name, query FROM watch WHERE id = ANY(:ids)", ids=sorted(ids)
    )
    return {row["id"]: (row["name"], row["query"]) for row in rows}


def put_watch(
    connection: Connection,
    *,
    name: str,
    query: str,
    channels: Sequence[str],
    enabled: bool = True,
    declared: bool = False,
    watch_id: int | None = None,
    policy: Policy | None = None,
) -> int:
    """Add a watch, or change the one with ``watch_id``. Gives its id.

    Without a ``policy`` it rings as it did, a new one as any does of which nothing is said.
    """
    values = {
        "version": changed(connection, WATCH),
        "name": name,
        "query": query,
        "channels": dump_json(list(channels)),
        "enabled": enabled,
        "declared": declared,
        "policy": dump_json(write_policy(policy)) if policy is not None else None,
    }
    if watch_id is None:
        rows = run(
            connection,
            """INSERT INTO watch (name, query, channels, enabled, declared, version, policy)
               VALUES (:name, :query, CAST(:channels AS jsonb), :enabled, :declared, :version,
                   coalesce(CAST(:policy AS jsonb), '{}'))
               RETURNING id""",
            **values,
        )
        found: int = rows[0]["id"]
        return found
    run(
        connection,
        """UPDATE watch SET name = :name, query = :query, channels = CAST(:channels AS jsonb),
               enabled = :enabled, declared = :declared, version = :version,
               policy = coalesce(CAST(:policy AS jsonb), policy) WHERE id = :id""",
        id=watch_id,
        **values,
    )
    return watch_id


def remove_watches(connection: Connection, ids: Sequence[int]) -> None:
    """Take watches out of use; what they rang for stays on record."""
    if ids:
        run(
            connection,
            "UPDATE watch SET removed_at = now(), version = :version WHERE id = ANY(:ids)",
            ids=list(ids),
            version=changed(connection, WATCH),
        )


def all_channels(connection: Connection) -> list[Channel]:
    """Every living channel, by name."""
    rows = run(
        connection,
        """SELECT id, name, kind, config, declared FROM channel
           WHERE removed_at IS NULL ORDER BY name""",
    )
    return [Channel(**row) for row in rows]


def put_channel(
    connection: Connection,
    *,
    name: str,
    kind: str,
    config: Mapping[str, Any],
    declared: bool = False,
    channel_id: int | None = None,
) -> int:
    """Add a channel, or change the one with ``channel_id``. Gives its id.

    What its endpoint did is forgotten when it gets another configuration; a pause is not.
    """
    values = {"name": name, "kind": kind, "config": dump_json(dict(config)), "declared": declared}
    if channel_id is None:
        rows = run(
            connection,
            """INSERT INTO channel (name, kind, config, declared)
               VALUES (:name, :kind, CAST(:config AS jsonb), :declared) RETURNING id""",
            **values,
        )
        found: int = rows[0]["id"]
        return found
    run(
        connection,
        """
        WITH other AS (
            SELECT id AS other_id FROM channel
            WHERE id = :id AND (kind <> :kind OR config <> CAST(:config AS jsonb))
        ), closed AS (
            DELETE FROM circuit USING other WHERE channel_id = other_id
        )
        UPDATE channel SET name = :name, kind = :kind, config = CAST(:config AS jsonb),
            declared = :declared,
            disabled_at = CASE WHEN other_id IS NULL THEN disabled_at END,
            disabled_reason = CASE WHEN other_id IS NULL THEN disabled_reason ELSE '' END
        FROM (VALUES (1)) AS once LEFT JOIN other ON true WHERE id = :id
        """,
        id=channel_id,
        **values,
    )
    return channel_id


def remove_channels(connection: Connection, ids: Sequence[int]) -> None:
    """Take channels out of use. Deliveries still pending there are dead, and say why."""
    run(connection, "UPDATE channel SET removed_at = now() WHERE id = ANY(:ids)", ids=list(ids))
    run(
        connection,
        """UPDATE delivery SET state = 'dead', reason = 'the channel was removed',
               lease_until = NULL, lease_owner = ''
           WHERE channel_id = ANY(:ids) AND state = 'pending'""",
        ids=list(ids),
    )
