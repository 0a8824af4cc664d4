"""Claims on items and deliveries: rows that one owner holds until a lease ends."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection

from worker.store.engine import run

Table = Literal["item", "delivery"]


def renew(
    connection: Connection, table: Table, ids: Sequence[int], *, owner: str, lease: timedelta
) -> None:
    """Keep the claims that are still ours for another ``lease``; rows being written are passed."""
    run(
        connection,
        f"""
        WITH ours AS (
            SELECT id AS our_id FROM {table} WHERE id = ANY(:ids) AND lease_owner = :owner
            FOR UPDATE SKIP LOCKED
        )
        UPDATE {table} SET lease_until = now() + :lease FROM ours WHERE id = our_id
        """,  # noqa: S608 - one of two words
        ids=list(ids),
        owner=owner,
        lease=lease,
    )


def hand_back(connection: Connection, table: Table, ids: Sequence[int], *, owner: str) -> None:
    """Give up claims that are still ours, on the way out, as if they had not been made."""
    run(
        connection,
        f"""UPDATE {table} SET lease_until = NULL, lease_owner = '', enqueued_at = NULL,
                attempts = greatest(attempts - 1, 0)
            WHERE id = ANY(:ids) AND lease_owner = :owner""",  # noqa: S608 - one of two words
        ids=list(ids),
        owner=owner,
    )
