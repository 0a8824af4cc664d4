"""Articles of the past, read back as the matcher would see them now."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from worker.alerts.rehearsal import Past
from worker.model import Kind
from worker.store.articles import article_of, load_mentions
from worker.store.engine import run

_COLUMNS = """article.item_id, article.title, article.text, article.language, article.url,
    article.outlet, article.authors, article.published_at, article.modified_at, article.captions,
    article.credits, article.source, article.note, article.section, article.canonical,
    article.image, article.form, article.walled, article.cut, article.removed,
    item.story_id, item.baseline, item.revision, item.seen_at, feed.name AS feed_name, feed.tags"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much there is to read: articles and feeds of a time, and since when the store has any."""

    articles: int
    feeds: int
    oldest: datetime | None


def extent(connection: Connection, since: datetime) -> Extent:
    """How much has come in since then."""
    row = run(
        connection,
        """SELECT count(*) AS articles, count(DISTINCT feed_id) AS feeds,
               (SELECT min(seen_at) FROM item) AS oldest
           FROM item WHERE seen_at >= :since AND state = 'tagged'""",
        since=since,
    )[0]
    return Extent(**row)


def past_articles(
    connection: Connection, since: datetime, *, batch: int = 300
) -> Iterator[list[Past]]:
    """Tagged articles that came since then, oldest first, a batch at a time.

    They are read through a cursor of the server's: however many there are, one batch is in memory.
    """
    rows = connection.execute(
        text(
            f"""SELECT {_COLUMNS} FROM item JOIN article ON article.item_id = item.id
                JOIN feed ON feed.id = item.feed_id
                WHERE item.seen_at >= :since AND item.state = 'tagged'
                ORDER BY item.seen_at, item.id"""  # noqa: S608 - a constant
        ).execution_options(stream_results=True, max_row_buffer=batch),
        {"since": since},
    )
    for part in rows.mappings().partitions(batch):
        mentions = load_mentions(connection, [row["item_id"] for row in part])
        yield [
            Past(
                item_id=row["item_id"],
                story_id=row["story_id"],
                feed_name=row["feed_name"],
                tags=tuple(row["tags"]),
                baseline=row["baseline"],
                revision=row["revision"],
                seen_at=row["seen_at"],
                article=article_of(dict(row)),
                mentions=mentions[row["item_id"]],
            )
            for row in part
        ]


def names_of_late(connection: Connection, kind: Kind, *, items: int = 3_000) -> list[str]:
    """What the newest items name, of one kind, each once."""
    rows = run(
        connection,
        """SELECT DISTINCT name FROM mention
           WHERE kind = :kind AND item_id IN (SELECT id FROM item ORDER BY id DESC LIMIT :items)""",
        kind=kind.value,
        items=items,
    )
    return [row["name"] for row in rows]
