"""What has happened since one last looked: for people who watch it live."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.model import Item, Mention
from worker.store.alerts import AlertRecord, list_alerts
from worker.store.articles import load_mentions
from worker.store.engine import run
from worker.store.items import items_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class TaggedItem:
    """An item that has been tagged, and what it names."""

    item: Item
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far one has looked."""

    tagged_at: datetime
    item_id: int
    alert_id: int


def here(connection: Connection) -> Place:
    """The place where nothing has happened yet."""
    row = run(
        connection,
        """SELECT now() AS tagged_at, coalesce((SELECT max(id) FROM item), 0) AS item_id,
               coalesce((SELECT max(id) FROM alert), 0) AS alert_id""",
    )[0]
    return Place(**row)


def since(
    connection: Connection, place: Place
) -> tuple[list[TaggedItem], list[AlertRecord], Place]:
    """Items tagged and alerts planned after ``place``, oldest first, and the new place."""
    rows = run(
        connection,
        """SELECT id, tagged_at FROM item
           WHERE state = 'tagged' AND (tagged_at, id) > (:tagged_at, :item_id)
           ORDER BY tagged_at, id LIMIT 200""",
        tagged_at=place.tagged_at,
        item_id=place.item_id,
    )
    ids = [row["id"] for row in rows]
    items, mentions = items_by_id(connection, ids), load_mentions(connection, ids)
    alerts = list_alerts(connection, after=place.alert_id, limit=200)[::-1]
    return (
        [TaggedItem(item=items[one], mentions=mentions[one]) for one in ids],
        alerts,
        Place(
            tagged_at=rows[-1]["tagged_at"] if rows else place.tagged_at,
            item_id=rows[-1]["id"] if rows else place.item_id,
            alert_id=alerts[-1].id if alerts else place.alert_id,
        ),
    )
