"""What has happened since one last looked: for people who watch it live."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.model import Item, Mention
from worker.store.alerts import AlertRecord, list_alerts
from worker.store.articles import load_mentions
from worker.store.engine import run
from worker.store.lookup import items_after, items_by_id


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
    arrived_id: int
    alert_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What has happened, oldest first, and how far that is."""

    arrived: tuple[Item, ...]
    tagged: tuple[TaggedItem, ...]
    alerts: tuple[AlertRecord, ...]
    place: Place

    @property
    def happened(self) -> bool:
        """Whether there is anything new."""
        return bool(self.arrived or self.tagged or self.alerts)


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentMatch:
    """A match that did not ring, and the named reason."""

    watch: str
    item: Item
    reason: str


def silent_matches(connection: Connection, since: datetime) -> list[SilentMatch]:
    """All matches after a time that did not ring, oldest first."""
    rows = run(
        connection,
        """SELECT watch.name AS watch, item_id, reason
           FROM match JOIN watch ON watch.id = watch_id
           WHERE NOT announced AND matched_at > :since ORDER BY matched_at, item_id, watch_id""",
        since=since,
    )
    items = items_by_id(connection, [row["item_id"] for row in rows])
    return [
        SilentMatch(watch=row["watch"], item=items[row["item_id"]], reason=row["reason"])
        for row in rows
    ]


def here(connection: Connection) -> Place:
    """The place where nothing has happened yet."""
    row = run(
        connection,
        """SELECT now() AS tagged_at, coalesce((SELECT max(id) FROM item), 0) AS item_id,
               coalesce((SELECT max(id) FROM item), 0) AS arrived_id,
               coalesce((SELECT max(id) FROM alert), 0) AS alert_id""",
    )[0]
    return Place(**row)


def since(connection: Connection, place: Place) -> News:
    """Items seen, items tagged and alerts planned after ``place``."""
    arrived = items_after(connection, place.arrived_id, limit=200)
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
    return News(
        arrived=tuple(arrived),
        tagged=tuple(TaggedItem(item=items[one], mentions=mentions[one]) for one in ids),
        alerts=tuple(alerts),
        place=Place(
            tagged_at=rows[-1]["tagged_at"] if rows else place.tagged_at,
            item_id=rows[-1]["id"] if rows else place.item_id,
            arrived_id=max((item.id for item in arrived), default=place.arrived_id),
            alert_id=alerts[-1].id if alerts else place.alert_id,
        ),
    )
