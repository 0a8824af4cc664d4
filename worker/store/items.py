"""Items in the store: what feeds bring, inserted once and revised, and what of it is held."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.feeds.identity import LinkedItem, Marked, link_hash, possible_identities
from worker.feeds.mirror import Trace
from worker.model import Entry, ItemState
from worker.store.engine import DIVIDER, clean, dump_json, joined, rows_as_json, run

#: Columns that come as texts, one after the other in one string, and the types they are read as.
_TEXTS = {
    "feed_id": "bigint", "identity": "text", "fingerprint": "text", "link": "bigint",
    "guid": "text", "url": "text", "title": "text", "summary": "text", "content": "text",
    "language": "text", "published_at": "timestamptz", "updated_at": "timestamptz",
    "date_rule": "text", "baseline": "boolean", "state": "text",
}  # fmt: skip
_LISTS = ("authors", "categories", "enclosures")
#: The items of ``_columns``, a row each. A column of nothing but one empty text comes as no row.
_RECORDS = f"""(
    SELECT {
    ", ".join(
        f"coalesce({name}, '') AS {name}"
        if kind == "text"
        else f"CAST(nullif({name}, '') AS {kind}) AS {name}"
        for name, kind in _TEXTS.items()
    )
}, {", ".join(_LISTS)}
    FROM ROWS FROM (
        {", ".join(f"unnest(string_to_array(:{name}, {DIVIDER}))" for name in _TEXTS)},
        {", ".join(f"jsonb_array_elements(CAST(:{name} AS jsonb))" for name in _LISTS)}
    ) AS given({", ".join((*_TEXTS, *_LISTS))})
) AS r"""  # noqa: S608 - constants
_STATES = {state.value: state for state in ItemState}


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a feed has of the entries looked up: fingerprints by identity, and items by link.

    ``gone`` are the identities of those that were deleted.
    """

    fingerprints: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[int, Sequence[LinkedItem]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """An entry about to be stored, and the state it starts in.

    ``link`` is its ``link_hash``, where that has been worked out already.
    """

    identity: str
    fingerprint: str
    entry: Entry
    state: ItemState
    baseline: bool = False
    link: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """An item that waits for the worker of its state."""

    id: int
    state: ItemState
    attempts: int = 0
    seen_at: datetime | None = None


def _columns(given: Mapping[int, Sequence[NewItem]]) -> dict[str, str]:
    """Items by their feeds, a string for each column: far cheaper than a record for each."""
    items = [item for of in given.values() for item in of]
    entries = [item.entry for item in items]
    links = [link_hash(one.entry.url) if one.link is None else one.link for one in items]
    texts: dict[str, Iterable[str]] = {
        "feed_id": [str(feed_id) for feed_id, of in given.items() for _ in of],
        "identity": [item.identity for item in items],
        "fingerprint": [item.fingerprint for item in items],
        "link": ["" if link is None else str(link) for link in links],
        "guid": [entry.guid for entry in entries],
        "url": [entry.url for entry in entries],
        "title": [entry.title for entry in entries],
        "summary": [entry.summary for entry in entries],
        "content": [entry.content for entry in entries],
        "language": [entry.language for entry in entries],
        "published_at": [one.published.isoformat() if one.published else "" for one in entries],
        "updated_at": [one.updated.isoformat() if one.updated else "" for one in entries],
        "date_rule": [entry.date_rule for entry in entries],
        "baseline": ["true" if item.baseline else "false" for item in items],
        "state": [item.state for item in items],
    }
    return {name: joined(column) for name, column in texts.items()} | {
        "authors": dump_json([entry.authors for entry in entries]),
        "categories": dump_json([entry.categories for entry in entries]),
        "enclosures": dump_json([entry.enclosures for entry in entries]),
    }


def feeds_with_items(connection: Connection, feed_ids: Collection[int]) -> frozenset[int]:
    """Which of these feeds have any item."""
    rows = run(
        connection,
        """SELECT id FROM unnest(CAST(:ids AS bigint[])) AS wanted(id)
           WHERE EXISTS (SELECT FROM item WHERE feed_id = wanted.id)
              OR EXISTS (SELECT FROM gone WHERE feed_id = wanted.id)""",
        ids=list(feed_ids),
    )
    return frozenset(row["id"] for row in rows)


def known_items(
    connection: Connection, wanted: Mapping[int, Collection[Marked]]
) -> dict[int, Known]:
    """Of each feed, by its id, what it already has of these entries, or had."""
    identities = _by_identity(
        connection, {feed_id: possible_identities(marked) for feed_id, marked in wanted.items()}
    )
    links = _by_link(connection, wanted)
    known = {}
    for feed_id in wanted:
        rows = [*identities.get(feed_id, ()), *links.get(feed_id, ())]
        known[feed_id] = Known(
            fingerprints={
                row["identity"]: row["fingerprint"] for row in identities.get(feed_id, ())
            },
            links=_linked(links.get(feed_id, ())),
            gone=frozenset(row["identity"] for row in rows if row["gone"]),
        )
    return known


def _linked(rows: Iterable[dict[str, Any]]) -> dict[int, list[LinkedItem]]:
    found: dict[int, list[LinkedItem]] = {}
    for row in rows:
        one = LinkedItem(row["identity"], row["fingerprint"], row["title"], row["published_at"])
        found.setdefault(row["link"], []).append(one)
    return found


def _of_feeds(rows: Iterable[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["feed_id"], []).append(row)
    return found


def _by_link(
    connection: Connection, wanted: Mapping[int, Collection[Marked]]
) -> dict[int, list[dict[str, Any]]]:
    """The items at the links of entries, two at most for each, by feed."""
    pairs = {
        (feed_id, one.link)
        for feed_id, marked in wanted.items()
        for one in marked
        if one.link is not None
    }
    rows = run(
        connection,
        # An item that is being deleted is in one of both: one statement sees one state.
        """SELECT w.feed AS feed_id, w.link, known.*
           FROM json_to_recordset(CAST(:wanted AS json)) AS w(feed bigint, link bigint)
           CROSS JOIN LATERAL (
               (SELECT identity, fingerprint, title, published_at, false AS gone FROM item
                WHERE feed_id = w.feed AND link = w.link ORDER BY id DESC LIMIT 2)
               UNION ALL
               (SELECT identity, fingerprint, title, published_at, true FROM gone
                WHERE feed_id = w.feed AND link = w.link ORDER BY offered_at DESC LIMIT 2)
               LIMIT 2) AS known""",
        wanted=rows_as_json([{"feed": feed_id, "link": link} for feed_id, link in pairs]),
    )
    return _of_feeds(rows)


def feeds_with(
    connection: Connection, traces: Sequence[Trace], among: Collection[int] | None = None
) -> dict[int, int]:
    """How many of these entries active feeds have, by feed; ``among`` some of them only."""
    rows = run(
        connection,
        # One look-up in an index for each feed and entry, however many items there are.
        """SELECT feed.id, count(*) AS alike
           FROM feed CROSS JOIN unnest(CAST(:links AS bigint[]), CAST(:identities AS text[]),
               CAST(:titles AS text[])) AS w(link, identity, title)
           CROSS JOIN LATERAL (
               (SELECT 1 FROM item WHERE feed_id = feed.id AND link = w.link LIMIT 1)
               UNION ALL
               (SELECT 1 FROM item
                WHERE feed_id = feed.id AND item.identity = w.identity AND item.title = w.title)
               LIMIT 1) AS has
           WHERE state = 'active' AND removed_at IS NULL
             AND (CAST(:among AS bigint[]) IS NULL OR feed.id = ANY(:among))
           GROUP BY feed.id""",
        links=[one.link for one in traces],
        identities=[clean(one.identity) for one in traces],
        titles=[clean(one.title) for one in traces],
        among=None if among is None else list(among),
    )
    return {row["id"]: row["alike"] for row in rows}


def known_texts(
    connection: Connection, feed_id: int, fingerprints: Collection[str]
) -> frozenset[str]:
    """Which of these fingerprints items of a feed have, or had."""
    rows = run(
        connection,
        """SELECT fingerprint FROM item
           WHERE feed_id = :feed_id AND fingerprint = ANY(:fingerprints)
           UNION SELECT fingerprint FROM gone
           WHERE feed_id = :feed_id AND fingerprint = ANY(:fingerprints)""",
        feed_id=feed_id,
        fingerprints=list(fingerprints),
    )
    return frozenset(row["fingerprint"] for row in rows)


def held_items(connection: Connection, feed_id: int | None = None) -> dict[int, int]:
    """How many items are held, by feed: of all feeds that have any, or of one."""
    rows = run(
        connection,
        """SELECT feed_id, count(*) AS held FROM item
           WHERE state = 'held' AND (CAST(:feed_id AS bigint) IS NULL OR feed_id = :feed_id)
           GROUP BY feed_id""",
        feed_id=feed_id,
    )
    return {row["feed_id"]: row["held"] for row in rows}


def items_since(connection: Connection, past: timedelta) -> dict[int, int]:
    """How many new items came in a time that is just over, by feed, where any did.

    Those that a feed offered when it was added do not count.
    """
    rows = run(
        connection,
        """SELECT feed_id, count(*) AS came FROM item
           WHERE seen_at > now() - CAST(:past AS interval) AND NOT baseline GROUP BY feed_id""",
        past=past,
    )
    return {row["feed_id"]: row["came"] for row in rows}


def release_items(connection: Connection, feed_id: int) -> int:
    """Let what a flood brought go its way: it is read, tagged and rings. Gives how many."""
    return len(
        run(
            connection,
            """UPDATE item SET state = CASE WHEN url = '' THEN 'fetched' ELSE 'discovered' END,
                   next_attempt_at = now(), enqueued_at = NULL
               WHERE feed_id = :feed_id AND state = 'held' RETURNING id""",
            feed_id=feed_id,
        )
    )


def absorb_items(connection: Connection, feed_id: int) -> int:
    """Take what a flood brought for old news: it is tagged and never rings. Gives how many."""
    return len(
        run(
            connection,
            """UPDATE item SET state = 'fetched', baseline = true, next_attempt_at = now(),
                   enqueued_at = NULL
               WHERE feed_id = :feed_id AND state = 'held' RETURNING id""",
            feed_id=feed_id,
        )
    )


def _by_identity(
    connection: Connection, wanted: Mapping[int, Collection[str]]
) -> dict[int, list[dict[str, Any]]]:
    """Of each feed the identities that it already has, with their fingerprints."""
    pairs = [
        {"feed": feed_id, "identity": one}
        for feed_id, identities in wanted.items()
        for one in identities
    ]
    rows = run(
        connection,
        """WITH w AS (
               SELECT * FROM json_to_recordset(CAST(:wanted AS json)) AS w(feed bigint, identity text)
           )
           SELECT item.feed_id, item.identity, item.fingerprint, false AS gone
           FROM w JOIN item ON item.feed_id = w.feed AND item.identity = w.identity
           UNION ALL
           SELECT gone.feed_id, gone.identity, gone.fingerprint, true
           FROM w JOIN gone ON gone.feed_id = w.feed AND gone.identity = w.identity""",
        wanted=rows_as_json(pairs),
    )
    return _of_feeds(rows)


def insert_items(
    connection: Connection, new: Mapping[int, Sequence[NewItem]]
) -> dict[int, list[Owed]]:
    """Store new items of feeds; those another process stored meanwhile are left alone."""
    if not any(new.values()):
        return {}
    rows = run(
        connection,
        f"""
        INSERT INTO item (feed_id, identity, fingerprint, link, guid, url, title, summary, content,
            authors, categories, language, published_at, updated_at, date_rule, enclosures,
            baseline, state, enqueued_at)
        SELECT feed_id, identity, fingerprint, link, guid, url, title, summary, content,
            authors, categories, language, published_at, updated_at, date_rule, enclosures,
            baseline, state, now()
        FROM {_RECORDS}
        ON CONFLICT (feed_id, identity) DO NOTHING RETURNING id, state, feed_id, seen_at
        """,  # noqa: S608 - a constant
        **_columns(new),
    )
    return _owed(rows)


def date_back(connection: Connection, item_id: int, seen_at: datetime) -> None:
    """Have an item be of a time: seen and tagged then."""
    run(
        connection,
        "UPDATE item SET seen_at = :at, tagged_at = :at WHERE id = :id",
        id=item_id,
        at=seen_at,
    )


def _owed(rows: Sequence[dict[str, Any]]) -> dict[int, list[Owed]]:
    owed: dict[int, list[Owed]] = {}
    for row in rows:
        one = Owed(id=row["id"], state=_STATES[row["state"]], seen_at=row.get("seen_at"))
        owed.setdefault(row["feed_id"], []).append(one)
    return owed


def revise_items(
    connection: Connection, revised: Mapping[int, Sequence[NewItem]]
) -> dict[int, list[Owed]]:
    """Give known items their new text and send them through the workers again.

    Whoever holds a claim on the old text loses it; the item keeps its story and its baseline.
    The page of the old text goes: if the new one cannot be had, the feed's new text counts.
    """
    if not any(revised.values()):
        return {}
    rows = run(
        connection,
        f"""
        WITH known AS (
            SELECT item.id AS known_id, r.*
            FROM item JOIN {_RECORDS}
                ON item.identity = r.identity AND item.feed_id = r.feed_id
            ORDER BY item.id FOR UPDATE OF item
        ), kept AS (
            INSERT INTO revision (item_id, number, title, summary, content)
            SELECT item.id, item.revision, item.title, item.summary, item.content
            FROM item JOIN known ON known_id = item.id ON CONFLICT DO NOTHING
        )
        UPDATE item SET fingerprint = r.fingerprint, link = r.link, url = r.url, title = r.title,
            summary = r.summary, content = r.content, authors = r.authors,
            categories = r.categories, published_at = r.published_at, updated_at = r.updated_at,
            date_rule = r.date_rule, enclosures = r.enclosures,
            revision = revision + 1, reason = '', attempts = 0, deaths = 0,
            next_attempt_at = now(), enqueued_at = now(), lease_until = NULL, lease_owner = '',
            state = CASE WHEN item.state = 'held' THEN 'held'
                WHEN item.baseline THEN 'fetched' ELSE r.state END
        FROM known AS r WHERE item.id = r.known_id
        RETURNING item.id, item.state, item.feed_id
        """,  # noqa: S608 - a constant
        **_columns(revised),
    )
    run(connection, "DELETE FROM page WHERE item_id = ANY(:ids)", ids=[row["id"] for row in rows])
    return _owed(rows)
