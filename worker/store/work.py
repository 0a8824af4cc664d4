"""Work on items in the store: claimed with leases, finished, tried again or given up."""

import gzip
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from worker.model import Item, ItemState, Page
from worker.store.engine import clean, run
from worker.store.items import Owed
from worker.store.lookup import COLUMNS, item_of

#: Deaths of workers over an item after which it is not tried again.
MOST_DEATHS = 3


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
    return [item_of(row) for row in rows]


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


_WAITS = """state IN ('discovered', 'fetched') AND state = :state AND next_attempt_at <= now()
    AND lease_until IS NULL AND attempts = 0 AND deaths = 0"""


def waiting(connection: Connection, *, state: ItemState, limit: int) -> list[int]:
    """Items that wait in ``state`` and were never tried, the oldest first."""
    if limit < 1:
        return []
    rows = run(
        connection,
        f"SELECT id FROM item WHERE {_WAITS} ORDER BY next_attempt_at, id LIMIT :limit",  # noqa: S608 - a constant
        state=state.value,
        limit=limit,
    )
    return [row["id"] for row in rows]


def newest_where_behind(
    connection: Connection, ids: Sequence[int], *, state: ItemState, behind: timedelta, limit: int
) -> list[int]:
    """Where one of ``ids`` has waited for longer than ``behind``: the newest that wait, newest first.

    None that was tried before, and none of a feed's first poll: those are no news.
    """
    rows = run(
        connection,
        f"""
        SELECT id FROM item WHERE {_WAITS} AND NOT baseline AND EXISTS (
            SELECT FROM item WHERE id = ANY(:ids) AND next_attempt_at < now() - :behind)
        ORDER BY next_attempt_at DESC, id DESC LIMIT :limit
        """,  # noqa: S608 - a constant
        ids=list(ids),
        state=state.value,
        behind=behind,
        limit=limit,
    )
    return [row["id"] for row in rows]


def wake_again(connection: Connection, ids: Sequence[int]) -> None:
    """Have the sweep wake a worker for those of ``ids`` that nobody holds: theirs will not come."""
    run(
        connection,
        """UPDATE item SET enqueued_at = NULL
           WHERE id = ANY(:ids) AND state IN ('discovered', 'fetched') AND lease_until IS NULL""",
        ids=list(ids),
    )


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
) -> tuple[list[Owed], float | None]:
    """Items that are owed, unclaimed, and for which nobody was woken since they became due.

    A worker woken less ago than the grace of their state is given the time to come. Gives the
    seconds until the next one that waits becomes due, too, where one does.
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
        ), woken AS (
            UPDATE item SET enqueued_at = now() FROM owed WHERE id = owed_id
            RETURNING id, state, attempts
        )
        SELECT woken.*, CAST(extract(epoch FROM later.due - now()) AS float8) AS seconds
        FROM (
            SELECT min(next_attempt_at) AS due FROM item
            WHERE state IN ('discovered', 'fetched') AND next_attempt_at > now()
              AND lease_until IS NULL
        ) AS later LEFT JOIN woken ON true
        """,
        page_grace=graces[ItemState.DISCOVERED],
        text_grace=graces[ItemState.FETCHED],
        limit=limit,
    )
    owed = [
        Owed(id=row["id"], state=ItemState(row["state"]), attempts=row["attempts"])
        for row in rows
        if row["id"] is not None
    ]
    return owed, rows[0]["seconds"]
