"""What deleted items were known by: an entry that its feed still offers must not come as new again.

An identity stays while its feed offers the entry, and ``keep`` longer. Which entries a feed offers
is known from documents of which all entries were read. So before identities go, their feed is read
whole once more: what is offered still is marked so, and only the rest goes. A feed that is not
polled any more keeps them: it may be added again.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from worker.store.engine import run


def bury(connection: Connection, items: Sequence[int]) -> None:
    """Write down what these items are known by, before they are deleted."""
    run(
        connection,
        """INSERT INTO gone (feed_id, identity, fingerprint, link, title, published_at)
           SELECT feed_id, identity, fingerprint, link, title, published_at FROM item
           WHERE id = ANY(:items) ON CONFLICT (feed_id, identity) DO UPDATE
           SET offered_at = now(), fingerprint = excluded.fingerprint""",
        items=list(items),
    )


def still_offered(connection: Connection, offered: Mapping[int, Collection[str]]) -> None:
    """Mark identities, by feed, as offered now; once a day is enough."""
    pairs = [(feed_id, one) for feed_id, identities in offered.items() for one in identities]
    if pairs:
        run(
            connection,
            """UPDATE gone SET offered_at = now()
               FROM unnest(CAST(:feeds AS bigint[]), CAST(:identities AS text[])) AS r(feed, one)
               WHERE feed_id = r.feed AND identity = r.one
                 AND offered_at < now() - interval '1 day'""",
            feeds=[feed_id for feed_id, _ in pairs],
            identities=[one for _, one in pairs],
        )


def read_whole(connection: Connection, feeds: Collection[int]) -> None:
    """Have these feeds' documents read whole at their next polls."""
    run(
        connection,
        """UPDATE poll SET etag = NULL, last_modified = NULL, body_hash = NULL, entry_hashes = NULL
           FROM (SELECT feed_id AS asked FROM poll WHERE feed_id = ANY(:feeds) AND due_at IS NOT NULL
                 ORDER BY feed_id FOR UPDATE SKIP LOCKED) AS free
           WHERE feed_id = asked""",
        feeds=list(feeds),
    )


def forget(
    connection: Connection, *, after: tuple[int, str], keep: timedelta, limit: int, apply: bool
) -> tuple[int, tuple[int, str] | None]:
    """Delete identities that are offered no more, of the ``limit`` that come after a key.

    Feeds that must be read whole first are asked for it. Gives how many went, and the last key
    looked at; ``None`` at the end.
    """
    rows = run(
        connection,
        """SELECT gone.feed_id, identity, offered_at < now() - :keep AS due,
               coalesce(whole_at > offered_at + :keep, false) AS told
           FROM gone LEFT JOIN poll ON poll.feed_id = gone.feed_id
           WHERE (gone.feed_id, identity) > (:feed, :identity)
           ORDER BY gone.feed_id, identity LIMIT :limit""",
        feed=after[0],
        identity=after[1],
        keep=keep,
        limit=limit,
    )
    free = [row for row in rows if row["due"] and row["told"]]
    if apply and rows:
        read_whole(connection, {row["feed_id"] for row in rows if row["due"] and not row["told"]})
        run(
            connection,
            """DELETE FROM gone USING unnest(CAST(:feeds AS bigint[]), CAST(:identities AS text[]))
                   AS r(feed, one)
               WHERE feed_id = r.feed AND identity = r.one AND offered_at < now() - :keep""",
            feeds=[row["feed_id"] for row in free],
            identities=[row["identity"] for row in free],
            keep=keep,
        )
    last = (rows[-1]["feed_id"], rows[-1]["identity"]) if len(rows) == limit else None
    return len(free), last
