"""What is remembered of the lines on each host's articles."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import Connection

from worker.articles.repetition import HostLines, host_lines
from worker.store.engine import rows_as_json, run

#: A host, and whether its pages or its feeds: the same lines stand round neither.
Place = tuple[str, str]


def hold(connection: Connection, places: Sequence[Place]) -> None:
    """Let nobody else learn the lines of these places until the transaction ends.

    The locks are taken in one order, so that nobody waits for somebody who waits for them.
    """
    run(
        connection,
        """
        SELECT pg_advisory_xact_lock(key) FROM (
            SELECT DISTINCT hashtextextended(place, 0) AS key
            FROM unnest(CAST(:places AS text[])) AS place ORDER BY key) AS held
        """,
        places=["\n".join(place) for place in places],
    )


def load(connection: Connection, places: Sequence[Place]) -> dict[Place, HostLines]:
    """The memories of some places; of a place never seen, an empty one."""
    rows = run(
        connection,
        """
        SELECT host, source, articles, lines FROM host_lines
        WHERE (host, source) IN
            (SELECT host, source FROM jsonb_to_recordset(CAST(:places AS jsonb)) AS p(host text, source text))
        """,
        places=rows_as_json([{"host": host, "source": source} for host, source in places]),
    )
    found = {
        (row["host"], row["source"]): host_lines(row["articles"], row["lines"]) for row in rows
    }
    return {place: found.get(place, HostLines()) for place in places}


def save(connection: Connection, memories: Mapping[Place, HostLines]) -> None:
    """Store what is remembered now of places that are held."""
    run(
        connection,
        """
        INSERT INTO host_lines (host, source, articles, lines)
        SELECT host, source, articles, decode(lines, 'hex')
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(host text, source text, articles integer, lines text)
        ON CONFLICT (host, source) DO UPDATE
            SET articles = excluded.articles, lines = excluded.lines, learned_at = now()
        """,
        rows=rows_as_json(
            [
                {
                    "host": host,
                    "source": source,
                    "articles": memory.articles,
                    "lines": memory.packed().hex(),
                }
                for (host, source), memory in sorted(memories.items())
            ]
        ),
    )


def forget(connection: Connection, *, after: timedelta) -> int:
    """Drop what is remembered of hosts that have had no article for so long; gives how many."""
    return len(
        run(
            connection,
            "DELETE FROM host_lines WHERE learned_at < now() - CAST(:after AS interval) RETURNING host",
            after=after,
        )
    )
