"""Notices in the store: alerts that hold all they tell, each planned once, for some channels."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from worker.alerts.snippet import excerpt
from worker.model import AlertKind, Article, Digest, Heartbeat, Spike, StoryLine
from worker.store.alerts import evidence_of
from worker.store.articles import load_articles
from worker.store.engine import rows_as_json, run

Content = Spike | Digest | Heartbeat
_READ: dict[AlertKind, TypeAdapter[Any]] = {
    AlertKind.SPIKE: TypeAdapter(Spike),
    AlertKind.DIGEST: TypeAdapter(Digest),
    AlertKind.HEARTBEAT: TypeAdapter(Heartbeat),
}


#: Kinds of alerts that hold all they tell.
NOTICES = frozenset(_READ)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNotice:
    """A notice to be planned for channels, by name.

    ``once`` names what it is of: a second notice of that name is not planned.
    """

    content: Content
    once: str
    reason: str
    channels: tuple[str, ...]
    watch_id: int | None = None


def kind_of(content: Content) -> AlertKind:
    """What an alert with this content tells of."""
    match content:
        case Spike():
            return AlertKind.SPIKE
        case Digest():
            return AlertKind.DIGEST
        case Heartbeat():
            return AlertKind.HEARTBEAT


def read_content(kind: str, value: Any) -> Content:
    """The content of a stored notice."""
    read: Content = _READ[AlertKind(kind)].validate_python(value)
    return read


def plan_notices(connection: Connection, notices: Sequence[PlannedNotice]) -> list[int]:
    """Store notices that are not there yet, and their deliveries. Gives new delivery ids.

    Channels that were removed get none; a notice that nobody gets is kept all the same.
    """
    rows = run(
        connection,
        """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(kind text, once text,
                reason text, content jsonb, channels jsonb, watch_id bigint)
        ), open AS (
            SELECT id, name FROM channel
            WHERE removed_at IS NULL AND name IN (
                SELECT jsonb_array_elements_text(channels) FROM given)
            ORDER BY id FOR SHARE
        ), planned AS (
            INSERT INTO alert (kind, once, reason, content, watch_id)
            SELECT kind, once, reason, content, watch_id FROM given
            ON CONFLICT (once) WHERE once <> '' DO NOTHING RETURNING id, once
        )
        INSERT INTO delivery (alert_id, channel_id, message_id, enqueued_at)
        SELECT planned.id, open.id,
            '<' || replace(CAST(gen_random_uuid() AS text), '-', '') || '@tocsin.local>', now()
        FROM planned JOIN given USING (once) JOIN open ON given.channels ? open.name
        RETURNING id
        """,
        rows=rows_as_json(
            [
                {
                    "kind": kind_of(one.content).value,
                    "once": one.once,
                    "reason": one.reason,
                    "content": one.content,
                    "channels": one.channels,
                    "watch_id": one.watch_id,
                }
                for one in notices
            ]
        ),
    )
    return [row["id"] for row in rows]


def story_lines(
    connection: Connection, wanted: Collection[tuple[int, int]]
) -> dict[tuple[int, int], StoryLine]:
    """The stories of items as list entries, by (watch, item), with what the watch found there.

    An item that has no article any more is left out; one that did not match shows its beginning.
    """
    rows = run(
        connection,
        """
        SELECT w AS watch_id, item.id AS item_id, item.story_id, item.seen_at, item.url,
            coalesce(match.evidence, '[]') AS evidence,
            (SELECT count(DISTINCT a.outlet) FROM item AS i JOIN article AS a ON a.item_id = i.id
             WHERE i.story_id = item.story_id AND a.outlet <> '') AS outlets
        FROM unnest(CAST(:watches AS bigint[]), CAST(:items AS bigint[])) AS r(w, i)
        JOIN item ON item.id = i
        LEFT JOIN match ON match.watch_id = w AND match.item_id = item.id
        """,
        watches=[watch_id for watch_id, _ in wanted],
        items=[item_id for _, item_id in wanted],
    )
    articles = load_articles(connection, [row["item_id"] for row in rows])
    return {
        (row["watch_id"], row["item_id"]): _story_line(row, articles[row["item_id"]])
        for row in rows
        if row["item_id"] in articles
    }


def _story_line(row: Mapping[str, Any], article: Article) -> StoryLine:
    shown = excerpt(article, evidence_of(row["evidence"]))
    return StoryLine(
        story_id=row["story_id"] or 0,
        title=article.title or shown.text,
        url=article.url or row["url"],
        outlet=article.outlet,
        outlets=max(1, row["outlets"]),
        at=article.published or row["seen_at"],
        language=article.language,
        snippet=shown.text,
        highlights=shown.highlights,
    )
