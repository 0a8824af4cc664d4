"""Notices in the store: alerts that hold all they tell, each planned once, for some channels."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection

from worker.alerts.snippet import excerpt
from worker.model import AlertKind, Article, Digest, Disabled, Heartbeat, Spike, StoryLine
from worker.store.alerts import evidence_of
from worker.store.articles import load_articles
from worker.store.engine import clean, dump_json, run

Content = Spike | Digest | Heartbeat | Disabled
#: What kinds of alert are notices, and how the content of each is read.
NOTICES: Mapping[AlertKind, TypeAdapter[Any]] = {
    AlertKind.SPIKE: TypeAdapter(Spike),
    AlertKind.DIGEST: TypeAdapter(Digest),
    AlertKind.HEARTBEAT: TypeAdapter(Heartbeat),
    AlertKind.CHANNEL: TypeAdapter(Disabled),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNotice:
    """A notice to be planned for channels, by name, and sent at once.

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
        case Disabled():
            return AlertKind.CHANNEL


def read_content(kind: str, value: Any) -> Content:
    """The content of a stored notice."""
    read: Content = NOTICES[AlertKind(kind)].validate_python(value)
    return read


def content_of(connection: Connection, alert_id: int) -> Content | None:
    """What a notice tells; ``None`` for another alert."""
    rows = run(connection, "SELECT kind, content FROM alert WHERE id = :id", id=alert_id)
    notices = {kind.value for kind in NOTICES}
    return next(
        (read_content(row["kind"], row["content"]) for row in rows if row["kind"] in notices), None
    )


def stories_told(connection: Connection, alert_id: int) -> list[tuple[str, StoryLine]]:
    """What an alert lists, each story with the name of its watch; none where it is of one story."""
    match content_of(connection, alert_id):
        case Digest(sections=sections):
            return [(one.watch_name, story) for one in sections for story in one.stories]
        case Spike(watch_name=name, stories=stories):
            return [(name, story) for story in stories]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredNotice:
    """A notice that was planned: its alert, and the deliveries of it that are new.

    The alert is 0 where another process is storing it right now.
    """

    alert_id: int
    deliveries: tuple[int, ...]


def plan_notice(connection: Connection, notice: PlannedNotice) -> StoredNotice:
    """Store a notice and its deliveries; one of that name that is there already is left as it is.

    Channels that were removed get none; a notice that nobody gets is kept all the same.
    """
    row = run(
        connection,
        """
        WITH open AS (
            SELECT id FROM channel WHERE removed_at IS NULL AND name = ANY(:channels)
            ORDER BY id FOR SHARE
        ), planned AS (
            INSERT INTO alert (kind, once, reason, content, watch_id)
            VALUES (:kind, :once, :reason, CAST(:content AS jsonb), :watch_id)
            ON CONFLICT (once) WHERE once <> '' DO NOTHING RETURNING id
        ), made AS (
            INSERT INTO delivery (alert_id, channel_id, message_id, enqueued_at, owed_at, next_attempt_at)
            SELECT planned.id, open.id,
                '<' || replace(CAST(gen_random_uuid() AS text), '-', '') || '@tocsin.local>', now(),
                now(), now()
            FROM planned CROSS JOIN open RETURNING id
        )
        SELECT coalesce((SELECT id FROM planned), (SELECT id FROM alert WHERE once = :once), 0) AS id,
            ARRAY(SELECT id FROM made ORDER BY id) AS deliveries
        """,
        kind=kind_of(notice.content).value,
        once=notice.once,
        reason=clean(notice.reason),
        content=dump_json(notice.content),
        channels=list(notice.channels),
        watch_id=notice.watch_id,
    )[0]
    return StoredNotice(alert_id=row["id"], deliveries=tuple(row["deliveries"]))


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
