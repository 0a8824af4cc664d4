"""The user's own people and organizations in the store, and whom mentions are of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from worker.model import Entity, Kind
from worker.store.articles import load_mentions
from worker.store.engine import rows_as_json, run
from worker.store.search import index_mentions
from worker.store.versions import ENTITY, changed
from worker.tagging.gazetteer import entity_key

_INDEXED = 1000  # items at a time
_FIELDS = "key, kind, name, aliases, countries, role, wikidata, merged_into, unmistakable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """An item that names an entity: how often, and how much it is about it (0 to 1)."""

    item_id: int
    title: str
    outlet: str
    seen_at: datetime
    count: int
    salience: float


def all_entities(connection: Connection) -> list[Entity]:
    """The user's own entities, by key, those merged into others included."""
    return [
        _entity(row)
        for row in run(connection, f"SELECT {_FIELDS} FROM entity ORDER BY key")  # noqa: S608
    ]


def find_entity(connection: Connection, key: str) -> Entity | None:
    """The user's own entity of this key."""
    rows = run(connection, f"SELECT {_FIELDS} FROM entity WHERE key = :key", key=key)  # noqa: S608
    return _entity(rows[0]) if rows else None


def sources(connection: Connection) -> dict[str, str]:
    """Keys of the user's own entities -> where they came from."""
    return {row["key"]: row["source"] for row in run(connection, "SELECT key, source FROM entity")}


def _entity(row: Mapping[str, Any]) -> Entity:
    values = dict(row)
    values |= {name: tuple(row[name]) for name in ("aliases", "countries")}
    return Entity(**values | {"kind": Kind(row["kind"])})


def declared_entities(connection: Connection) -> set[str]:
    """The keys of entities that came from a catalogue."""
    return {row["key"] for row in run(connection, "SELECT key FROM entity WHERE declared")}


def put_entities(
    connection: Connection, entities: Sequence[Entity], *, source: str, declared: bool = False
) -> int:
    """Add entities, or change those of the same keys; gives how many were new.

    What they are merged into stays as it is.
    """
    if not entities:
        return 0
    records = [
        {
            "key": one.key,
            "kind": one.kind.value,
            "name": one.name,
            "aliases": one.aliases,
            "countries": one.countries,
            "role": one.role,
            "wikidata": one.wikidata,
            "unmistakable": one.unmistakable,
        }
        for one in {one.key: one for one in entities}.values()
    ]
    rows = run(
        connection,
        """
        INSERT INTO entity (key, kind, name, aliases, countries, role, wikidata,
            unmistakable, source, declared)
        SELECT key, kind, name, aliases, countries, role, wikidata, unmistakable, :source, :declared
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(key text, kind text, name text,
            aliases jsonb, countries jsonb, role text, wikidata text, unmistakable boolean)
        ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, name = excluded.name,
            aliases = excluded.aliases, countries = excluded.countries, role = excluded.role,
            wikidata = excluded.wikidata,
            unmistakable = excluded.unmistakable, source = excluded.source,
            declared = entity.declared OR excluded.declared
        RETURNING xmax = 0 AS added
        """,
        rows=rows_as_json(records),
        source=source,
        declared=declared,
    )
    changed(connection, ENTITY)
    return sum(row["added"] for row in rows)


def remove_entities(connection: Connection, keys: Sequence[str]) -> None:
    """Forget entities, and that others were merged into them."""
    if not keys:
        return
    run(
        connection,
        "DELETE FROM entity WHERE key = ANY(:keys) OR merged_into = ANY(:keys)",
        keys=list(keys),
    )
    changed(connection, ENTITY)


def merge_entity(connection: Connection, key: str, into: str) -> None:
    """Say that one entity is another: what was merged into it is now merged into that one."""
    run(
        connection,
        "UPDATE entity SET merged_into = :into WHERE key = :key OR merged_into = :key",
        key=key,
        into=into,
    )
    changed(connection, ENTITY)


def split_entity(connection: Connection, key: str) -> None:
    """Take a merger back."""
    run(connection, "UPDATE entity SET merged_into = '' WHERE key = :key", key=key)
    changed(connection, ENTITY)


def merged_into(connection: Connection, key: str) -> list[Entity]:
    """The entities that were merged into this one."""
    rows = run(
        connection,
        f"SELECT {_FIELDS} FROM entity WHERE merged_into = :key ORDER BY key",  # noqa: S608
        key=key,
    )
    return [_entity(row) for row in rows]


def rename_mentions(connection: Connection, new: Mapping[str, Entity]) -> int:
    """Let mentions of other keys be mentions of ``new`` entities; gives how many were changed.

    Where an article has mentions under several of these keys they become one: spans are joined,
    counts added.
    """
    keys = {old: one for old, one in new.items() if old != one.key}
    if not keys:
        return 0
    rows = run(
        connection,
        """
        WITH wanted AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS r(old text, kind text, key text, name text)
        ), named AS (
            SELECT m.item_id, m.kind, m.key AS old, w.key, w.name
            FROM wanted w JOIN mention m ON m.key = w.old AND m.kind = w.kind
        ), touched AS (
            SELECT DISTINCT item_id, kind, key, name FROM named
        ), removed AS (
            DELETE FROM mention m USING named n
            WHERE m.item_id = n.item_id AND m.kind = n.kind AND m.key = n.old
            RETURNING m.*, n.key AS new_key
        ), all_of_them AS (
            SELECT item_id, kind, new_key AS key, count, salience, in_title, spans, title_spans,
                caption_spans, found_by, confidence, support FROM removed
            UNION ALL
            SELECT m.item_id, m.kind, m.key, m.count, m.salience, m.in_title, m.spans,
                m.title_spans, m.caption_spans, m.found_by, m.confidence, m.support
            FROM mention m JOIN touched t USING (item_id, kind, key)
        ), joined AS (
            SELECT t.item_id, t.kind, t.key, t.name, sum(a.count) AS count,
                max(a.salience) AS salience, bool_or(a.in_title) AS in_title,
                jsonb_path_query_array(jsonb_agg(a.spans), '$[*][*]') AS spans,
                jsonb_path_query_array(jsonb_agg(a.title_spans), '$[*][*]') AS title_spans,
                jsonb_path_query_array(jsonb_agg(a.caption_spans), '$[*][*]') AS caption_spans,
                min(a.found_by) AS found_by,
                -- The surest: as it happens, the first by the alphabet.
                min(a.confidence) AS confidence,
                (array_agg(a.support ORDER BY a.confidence, a.support))[1] AS support
            FROM touched t JOIN all_of_them a USING (item_id, kind, key)
            GROUP BY t.item_id, t.kind, t.key, t.name
        )
        INSERT INTO mention (item_id, kind, key, name, count, salience, in_title, spans,
            title_spans, caption_spans, found_by, confidence, support)
        SELECT item_id, kind, key, name, count, salience, in_title, spans, title_spans,
            caption_spans, found_by, confidence, support
        FROM joined
        ON CONFLICT (item_id, kind, key) DO UPDATE SET name = excluded.name,
            count = excluded.count, salience = excluded.salience, in_title = excluded.in_title,
            spans = excluded.spans, title_spans = excluded.title_spans,
            caption_spans = excluded.caption_spans, confidence = excluded.confidence,
            support = excluded.support
        RETURNING item_id
        """,
        rows=rows_as_json(
            [
                {"old": old, "kind": one.kind.value, "key": one.key, "name": one.name}
                for old, one in keys.items()
            ]
        ),
    )
    touched = sorted({row["item_id"] for row in rows})
    for start in range(0, len(touched), _INDEXED):
        index_mentions(connection, load_mentions(connection, touched[start : start + _INDEXED]))
    return len(rows)


def learn_names(connection: Connection, entities: Sequence[Entity]) -> int:
    """Let what was found under names of these entities be mentions of them; gives how many were.

    Before somebody is known their name alone is the key: "person:jane-roe".
    """
    return rename_mentions(
        connection,
        {
            entity_key(entity.kind, name): entity
            for entity in entities
            for name in (*entity.aliases, entity.name)
        },
    )


def name_in_items(connection: Connection, key: str, kind: Kind) -> str | None:
    """What the newest item calls whoever it names by this key."""
    rows = run(
        connection,
        "SELECT name FROM mention WHERE key = :key AND kind = :kind ORDER BY item_id DESC LIMIT 1",
        key=key,
        kind=kind.value,
    )
    return rows[0]["name"] if rows else None


def namings(connection: Connection, key: str, *, limit: int) -> tuple[int, list[Naming]]:
    """How many items name an entity, and the newest of them."""
    total: int = run(connection, "SELECT count(*) FROM mention WHERE key = :key", key=key)[0][
        "count"
    ]
    rows = run(
        connection,
        """SELECT item.id AS item_id, article.title, article.outlet, item.seen_at, mention.count,
               mention.salience
           FROM mention JOIN item ON item.id = mention.item_id
           JOIN article ON article.item_id = item.id
           WHERE mention.key = :key ORDER BY item.seen_at DESC LIMIT :limit""",
        key=key,
        limit=limit,
    )
    return total, [Naming(**row) for row in rows]
