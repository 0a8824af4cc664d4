"""What happened to feeds, in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.model import EventKind, FeedEvent
from worker.store.engine import clean, run


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One event as a person wants to read it."""

    id: int
    feed: str
    kind: EventKind
    detail: str
    at: datetime


def add_events(connection: Connection, happened: Mapping[int, Sequence[FeedEvent]]) -> None:
    """Write down what happened to feeds, by their ids."""
    found = [(feed_id, event) for feed_id, events in happened.items() for event in events]
    if found:
        run(
            connection,
            """INSERT INTO event (feed_id, kind, detail)
               SELECT * FROM unnest(CAST(:feeds AS bigint[]), CAST(:kinds AS text[]),
                   CAST(:details AS text[]))""",
            feeds=[feed_id for feed_id, _ in found],
            kinds=[event.kind.value for _, event in found],
            details=[clean(event.detail) for _, event in found],
        )


def list_events(
    connection: Connection, feed_id: int | None = None, *, limit: int = 20
) -> list[EventRecord]:
    """The newest events first, of one feed or of all."""
    rows = run(
        connection,
        """SELECT event.id, feed.name AS feed, kind, detail, at
           FROM event JOIN feed ON feed.id = feed_id
           WHERE CAST(:feed_id AS bigint) IS NULL OR feed_id = :feed_id
           ORDER BY event.id DESC LIMIT :limit""",
        feed_id=feed_id,
        limit=limit,
    )
    return [EventRecord(**row | {"kind": EventKind(row["kind"])}) for row in rows]
