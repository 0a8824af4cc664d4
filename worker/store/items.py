"""Items in the store: inserted once, claimed with leases, finished or tried again."""

import gzip
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from worker.feeds.identity import LinkedItem, Marked, link_hash, possible_identities
from worker.feeds.mirror import Trace
from worker.model import Entry, Item, ItemState, Page
from worker.store.engine import DIVIDER, clean, dump_json, joined, rows_as_json, run

COLUMNS = """item.id, item.feed_id, feed.name AS feed_name,
    coalesce(nullif(feed.outlet, ''), nullif(feed.title, ''), feed.name) AS outlet,
    item.identity, item.fingerprint, item.guid, item.url, item.title, item.summary, item.content,
    item.authors, item.categories, coalesce(nullif(item.language, ''), feed.language) AS language,
    item.published_at, item.updated_at, item.seen_at, item.baseline, item.revision, item.state,
    item.reason, item.attempts, item.tagged_at, item.story_id, feed.tags,
    coalesce(CAST(feed.options->>'robots' AS boolean), true) AS robots"""

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
#: Deaths of workers over an item after which it is not tried again.
MOST_DEATHS = 3
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


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRecord:
    """What an item said before an edit: ``number`` 0 is its first text."""

    number: int
    title: str
    summary: str
    content: str
    replaced_at: datetime


def revisions_of(connection: Connection, item_id: int) -> list[RevisionRecord]:
    """The former texts of an item, the first first."""
    rows = run(
        connection,
        """SELECT number, title, summary, content, replaced_at FROM revision
           WHERE item_id = :item_id ORDER BY number""",
        item_id=item_id,
    )
    return [RevisionRecord(**row) for row in rows]


def _item(row: dict[str, Any]) -> Item:
    entry = Entry(
        guid=row["guid"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        content=row["content"],
        authors=tuple(row["authors"]),
        published=row["published_at"],
        updated=row["updated_at"],
        language=row["language"],
        categories=tuple(row["categories"]),
    )
    names = (
        "id feed_id feed_name outlet identity fingerprint reason baseline revision attempts "
        "story_id seen_at tagged_at robots"
    )
    return Item(
        entry=entry,
        state=ItemState(row["state"]),
        tags=tuple(row["tags"]),
        **{name: row[name] for name in names.split()},
    )


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


def claim_items(
    connection: Connection,
    ids: Sequence[int],
    *,
    state: ItemState,
    owner: str,
    lease: timedelta,
    attempts: int,
) -> list[Item]:
    """Claim those of ``ids`` that wait in ``state``; the second of two equal jobs gets none.

    One whose worker died before is claimed alone only: it may be what killed it. An item that was
    claimed ``attempts`` times and never finished cannot be worked on. Its page is given up first,
    so that its feed text is tagged; then the item is.
    """
    _put_right(connection, ids, state=state, attempts=attempts)
    rows = run(
        connection,
        f"""
        WITH free AS (
            SELECT id AS free_id FROM item
            WHERE id = ANY(:ids) AND state = :state AND next_attempt_at <= now()
              AND (lease_until IS NULL OR lease_until < now()) AND (deaths = 0 OR :alone)
            ORDER BY id FOR UPDATE SKIP LOCKED
        ), claimed AS (
            UPDATE item SET lease_until = now() + :lease, lease_owner = :owner,
                attempts = attempts + 1
            FROM free WHERE id = free_id RETURNING item.*
        )
        SELECT {COLUMNS} FROM claimed AS item JOIN feed ON feed.id = item.feed_id ORDER BY item.id
        """,  # noqa: S608 - a constant
        ids=list(ids),
        state=state.value,
        alone=len(ids) == 1,
        owner=owner,
        lease=lease,
    )
    return [_item(row) for row in rows]


def _put_right(
    connection: Connection, ids: Sequence[int], *, state: ItemState, attempts: int
) -> None:
    """Count what died over items before, and give up what was claimed too often; mostly there is neither."""
    if not run(
        connection,
        """SELECT id FROM item WHERE id = ANY(:ids) AND (lease_until < now()
           OR state = :state AND attempts >= :attempts) LIMIT 1""",
        ids=list(ids),
        state=state.value,
        attempts=attempts,
    ):
        return
    _count_deaths(connection, "id = ANY(:ids) AND lease_until < now()", ids=list(ids), how="")
    run(
        connection,
        """
        WITH spent AS (
            SELECT id AS spent_id FROM item
            WHERE id = ANY(:ids) AND state = :state AND attempts >= :attempts
              AND (lease_until IS NULL OR lease_until < now())
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE item SET lease_until = NULL, lease_owner = '', next_attempt_at = now(),
            enqueued_at = NULL,
            state = CASE WHEN state = 'discovered' THEN 'fetched' ELSE 'failed' END,
            attempts = CASE WHEN state = 'discovered' THEN 0 ELSE attempts END, deaths = 0,
            reason = CASE WHEN state = 'discovered' THEN 'page ' ELSE '' END
                || 'given up after ' || attempts || ' attempts: '
                || coalesce(nullif(reason, ''), 'none came to an end')
        FROM spent WHERE id = spent_id
        """,
        ids=list(ids),
        state=state.value,
        attempts=attempts,
    )


def waiting_beside(
    connection: Connection, ids: Sequence[int], *, state: ItemState, limit: int
) -> list[int]:
    """Further items that wait in ``state`` and were never tried, the oldest first.

    None where one of ``ids`` was tried before: it may be what kills its worker.
    """
    if limit < 1:
        return []
    rows = run(
        connection,
        """
        SELECT id FROM item
        WHERE state IN ('discovered', 'fetched') AND state = :state AND next_attempt_at <= now()
          AND lease_until IS NULL AND attempts = 0 AND deaths = 0 AND id <> ALL(:ids)
          AND NOT EXISTS (
            SELECT FROM item WHERE id = ANY(:ids) AND (attempts > 0 OR deaths > 0))
        ORDER BY next_attempt_at, id LIMIT :limit
        """,
        ids=list(ids),
        state=state.value,
        limit=limit,
    )
    return [row["id"] for row in rows]


def bury(connection: Connection, *, process: str, how: str) -> list[int]:
    """Free what a dead process held, and count its death against it; gives the ids.

    ``process`` is how the names of all its owners begin, ``how`` what ended it, for the reason.
    """
    return _count_deaths(connection, "starts_with(lease_owner, :process)", process=process, how=how)


def _count_deaths(connection: Connection, held: str, **values: Any) -> list[int]:
    """Free items whose worker died over them, to be tried alone; after too many it is their fault.

    Then the page of an item is given up first, so that its feed text is tagged; then the item is.
    """
    rows = run(
        connection,
        f"""
        WITH dead AS (
            SELECT id AS dead_id, deaths + 1 >= :most AS poison, state = 'discovered' AS has_page
            FROM item WHERE state IN ('discovered', 'fetched') AND {held}
            ORDER BY id FOR UPDATE SKIP LOCKED
        )
        UPDATE item SET lease_until = NULL, lease_owner = '', next_attempt_at = now(),
            enqueued_at = NULL,
            state = CASE WHEN NOT poison THEN state WHEN has_page THEN 'fetched' ELSE 'failed' END,
            attempts = CASE WHEN poison AND has_page THEN 0 ELSE attempts END,
            deaths = CASE WHEN poison AND has_page THEN 0 ELSE deaths + 1 END,
            reason = CASE WHEN NOT poison THEN reason
                ELSE CASE WHEN has_page THEN 'page given up: ' ELSE '' END
                    || 'poison: its worker died ' || deaths + 1 || ' times'
                    || CASE WHEN :how = '' THEN '' ELSE ', at last of ' || :how END END
        FROM dead WHERE id = dead_id RETURNING id
        """,  # noqa: S608 - one of two conditions
        most=MOST_DEATHS,
        **values,
    )
    return [row["id"] for row in rows]


def save_page(connection: Connection, page: Page) -> None:
    """Keep the page of an item."""
    columns = _page_columns(page)
    run(
        connection,
        _KEEP_PAGE.format(source="SELECT CAST(:id AS bigint)"),
        id=page.item_id,
        **columns,
    )


_KEEP_PAGE = """
    INSERT INTO page (item_id, url, content_type, html)
    SELECT id, :url, :content_type, :html FROM ({source}) AS r(id)
    ON CONFLICT (item_id) DO UPDATE SET url = excluded.url, html = excluded.html,
        content_type = excluded.content_type, fetched_at = now()
"""


def _page_columns(page: Page) -> dict[str, Any]:
    return {
        "url": clean(page.url),
        "content_type": clean(page.content_type),
        "html": gzip.compress(page.html, compresslevel=3),
    }


def load_pages(connection: Connection, ids: Sequence[int]) -> dict[int, Page]:
    """The pages of items, where there are any."""
    rows = run(connection, "SELECT * FROM page WHERE item_id = ANY(:ids)", ids=list(ids))
    return {
        row["item_id"]: Page(
            item_id=row["item_id"],
            url=row["url"],
            html=gzip.decompress(bytes(row["html"])),
            content_type=row["content_type"],
        )
        for row in rows
    }


def mark_fetched(
    connection: Connection, item_id: int, *, owner: str, reason: str = "", page: Page | None = None
) -> bool:
    """Hand an item on to the tag queue with its page; ``reason`` says why there is none.

    False where the claim was lost: nothing is kept then.
    """
    handed_on = """
        UPDATE item SET state = 'fetched', reason = :reason, attempts = 0, deaths = 0,
            next_attempt_at = now(), enqueued_at = now(), lease_until = NULL, lease_owner = ''
        WHERE id = :id AND lease_owner = :owner RETURNING id
    """
    values = {"id": item_id, "owner": owner, "reason": clean(reason)}
    if page is None:
        return bool(run(connection, handed_on, **values))
    kept = _KEEP_PAGE.format(source="SELECT id FROM ours")
    both = f"WITH ours AS ({handed_on}) {kept} RETURNING item_id"
    return bool(run(connection, both, **values, **_page_columns(page)))


def finish_items(connection: Connection, ids: Sequence[int], *, owner: str) -> set[int]:
    """Mark items tagged; gives those whose claim was still ours.

    Rows are locked in the order of their ids, as everywhere: an edit of the same items cannot
    wait for us while we wait for it.
    """
    rows = run(
        connection,
        """
        WITH ours AS (
            SELECT id AS our_id FROM item
            WHERE id = ANY(:ids) AND lease_owner = :owner AND state = 'fetched'
            ORDER BY id FOR UPDATE
        )
        UPDATE item SET state = 'tagged', tagged_at = clock_timestamp(), attempts = 0,
            deaths = 0, lease_until = NULL, lease_owner = ''
        FROM ours WHERE id = our_id RETURNING id
        """,
        ids=list(ids),
        owner=owner,
    )
    return {row["id"] for row in rows}


def try_later(
    connection: Connection,
    item_id: int,
    *,
    owner: str,
    delay: timedelta,
    reason: str,
    counted: bool = True,
) -> None:
    """Put an item back with the time of its next attempt and the reason.

    What was not ``counted`` may be tried as often as before.
    """
    run(
        connection,
        """
        UPDATE item SET next_attempt_at = now() + :delay, reason = :reason,
            attempts = attempts - CASE WHEN :counted THEN 0 ELSE 1 END,
            lease_until = NULL, lease_owner = ''
        WHERE id = :id AND lease_owner = :owner
        """,
        counted=counted,
        id=item_id,
        owner=owner,
        delay=delay,
        reason=clean(reason),
    )


def sweep_items(
    connection: Connection, *, graces: Mapping[ItemState, timedelta], limit: int
) -> list[Owed]:
    """Items that are owed, unclaimed, and for which nobody was woken since they became due.

    A worker woken less ago than the grace of their state is given the time to come.
    """
    rows = run(
        connection,
        """
        WITH owed AS (
            SELECT id AS owed_id FROM item
            WHERE state IN ('discovered', 'fetched') AND next_attempt_at <= now()
              AND (lease_until IS NULL OR lease_until < now())
              AND (enqueued_at IS NULL OR enqueued_at < next_attempt_at
                   OR enqueued_at < now() - CASE state WHEN 'discovered'
                       THEN CAST(:page_grace AS interval) ELSE CAST(:text_grace AS interval) END)
            ORDER BY next_attempt_at LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        UPDATE item SET enqueued_at = now() FROM owed WHERE id = owed_id
        RETURNING id, state, attempts
        """,
        page_grace=graces[ItemState.DISCOVERED],
        text_grace=graces[ItemState.FETCHED],
        limit=limit,
    )
    return [
        Owed(id=row["id"], state=ItemState(row["state"]), attempts=row["attempts"]) for row in rows
    ]


def list_items(
    connection: Connection,
    *,
    limit: int = 20,
    feed: str = "",
    state: str = "",
    mention: str = "",
) -> list[Item]:
    """The newest items first.

    Each condition is put so that an index gives the newest: else Postgres would look through all
    items for the few of a feed, or all that name somebody for the newest.
    """
    wanted = ["true"]
    if feed:
        wanted.append("item.feed_id = ANY(ARRAY(SELECT id FROM feed WHERE name = :feed))")
    if state:
        wanted.append(f"item.state = '{ItemState(state).value}'")
    where = " AND ".join(wanted)
    newest = "item.seen_at DESC, item.id DESC"
    if mention:
        return _naming(connection, mention, where, limit=limit, feed=feed)
    rows = run(
        connection,
        f"""WITH newest AS MATERIALIZED (
                SELECT id FROM item WHERE {where} ORDER BY {newest} LIMIT :limit)
            SELECT {COLUMNS} FROM newest JOIN item USING (id) JOIN feed ON feed.id = item.feed_id
            ORDER BY {newest}""",  # noqa: S608 - constants
        feed=feed,
        limit=limit,
    )
    return [_item(row) for row in rows]


def _naming(
    connection: Connection, mention: str, where: str, *, limit: int, feed: str
) -> list[Item]:
    """The newest items that name something, by its key or its name."""
    of_index = """(SELECT item.id FROM mention JOIN item ON item.id = item_id
        WHERE {column} = :mention AND {where} ORDER BY item_id DESC LIMIT :limit)"""
    rows = run(
        connection,
        f"""WITH newest AS MATERIALIZED (
                {of_index.format(column="key", where=where)} UNION
                {of_index.format(column="name", where=where)})
            SELECT {COLUMNS} FROM newest JOIN item USING (id) JOIN feed ON feed.id = item.feed_id
            ORDER BY item.id DESC LIMIT :limit""",  # noqa: S608 - constants
        mention=mention,
        feed=feed,
        limit=limit,
    )
    return [_item(row) for row in rows]


def items_after(connection: Connection, item_id: int, *, limit: int) -> list[Item]:
    """The first items with a greater id, in its order."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id > :after ORDER BY item.id LIMIT :limit""",  # noqa: S608 - a constant
        after=item_id,
        limit=limit,
    )
    return [_item(row) for row in rows]


def items_by_id(connection: Connection, ids: Sequence[int]) -> dict[int, Item]:
    """Items by their ids."""
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id = ANY(:ids)""",  # noqa: S608 - a constant
        ids=list(ids),
    )
    return {row["id"]: _item(row) for row in rows}


def find_item(connection: Connection, id_or_url: str) -> Item | None:
    """The item with this id or URL (the newest, where feeds share it)."""
    number = int(id_or_url) if id_or_url.isdecimal() and len(id_or_url) < 19 else -1
    rows = run(
        connection,
        f"""SELECT {COLUMNS} FROM item JOIN feed ON feed.id = item.feed_id
            WHERE item.id = :number OR item.url = :url
            ORDER BY item.id DESC LIMIT 1""",  # noqa: S608 - a constant
        number=number,
        url=id_or_url,
    )
    return _item(rows[0]) if rows else None
