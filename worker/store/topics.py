"""The user's own topics in the store."""

from collections.abc import Sequence

from sqlalchemy import Connection

from worker.model import Topic
from worker.store.engine import dump_json, run
from worker.store.versions import TOPIC, changed


def all_topics(connection: Connection) -> list[Topic]:
    """The user's own topics, by key."""
    return [
        Topic(key=row["key"], name=row["name"], examples=tuple(row["examples"]))
        for row in run(connection, "SELECT key, name, examples FROM topic ORDER BY key")
    ]


def put_topics(connection: Connection, topics: Sequence[Topic]) -> None:
    """Add topics, or change those of the same keys."""
    for one in topics:
        run(
            connection,
            """INSERT INTO topic (key, name, examples) VALUES (:key, :name, CAST(:examples AS jsonb))
               ON CONFLICT (key) DO UPDATE SET name = excluded.name, examples = excluded.examples""",
            key=one.key,
            name=one.name,
            examples=dump_json(list(one.examples)),
        )
    if topics:
        changed(connection, TOPIC)


def remove_topics(connection: Connection, keys: Sequence[str]) -> None:
    """Forget topics; what was tagged with them stays so."""
    if keys:
        run(connection, "DELETE FROM topic WHERE key = ANY(:keys)", keys=list(keys))
        changed(connection, TOPIC)
