"""How often entities, topics and watches have changed, so that workers know when to read them again."""

from sqlalchemy import Connection

from worker.store.engine import run

ENTITY, TOPIC, WATCH, RARITY = "entity", "topic", "watch", "rarity"

Versions = dict[str, int]
"""Noun -> how often its rows have changed."""


def versions(connection: Connection) -> Versions:
    """The versions as they are; a noun that never changed is missing."""
    return {row["noun"]: row["number"] for row in run(connection, "SELECT * FROM version")}


def changed(connection: Connection, noun: str) -> int:
    """Say, with the transaction that changes a noun's rows, that they have changed.

    Gives how often they have. Whoever else changes rows of the noun waits for this transaction.
    """
    rows = run(
        connection,
        """INSERT INTO version (noun, number) VALUES (:noun, 1)
           ON CONFLICT (noun) DO UPDATE SET number = version.number + 1 RETURNING number""",
        noun=noun,
    )
    number: int = rows[0]["number"]
    return number
