"""Secrets that Tocsin makes for itself, once, for all of its processes."""

import secrets

from sqlalchemy import Connection

from worker.store.engine import run

_BYTES = 32


def secret_of(connection: Connection, name: str) -> bytes:
    """The secret of this name: random bytes, made by whoever asks first."""
    run(
        connection,
        "INSERT INTO secret (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING",
        name=name,
        value=secrets.token_bytes(_BYTES),
    )
    (row,) = run(connection, "SELECT value FROM secret WHERE name = :name", name=name)
    return bytes(row["value"])
