"""Articles of the past, read back as the matcher would see them now."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, RowMapping, text

from worker.alerts.rehearsal import Past
from worker.model import Article, Kind, Mention
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """An item's title and language, and how often and how much it is about whom."""

    item_id: int
    seen_at: datetime
    article: Article
    mentions: Sequence[Mention]


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
        yield _past(connection, part)


def articles_before(
    connection: Connection, before: datetime, *, since: datetime, most: int
) -> list[Past]:
    """The last ``most`` articles of stories that came before a moment, but not before ``since``.

    The newest first; there are more where the last came at the very moment that others did.
    """
    rows = connection.execute(
        text(
            f"""SELECT {_COLUMNS} FROM item JOIN article ON article.item_id = item.id
                JOIN feed ON feed.id = item.feed_id
                WHERE item.seen_at < :before AND item.seen_at >= :since
                    AND item.story_id IS NOT NULL
                ORDER BY item.seen_at DESC FETCH FIRST :most ROWS WITH TIES"""  # noqa: S608 - a constant
        ),
        {"before": before, "since": since, "most": most},
    )
    return _past(connection, rows.mappings().all())


def searched_articles(
    connection: Connection, items: Sequence[int], *, mentions: bool
) -> list[Past]:
    """The articles of these items, the newest item first: of each what a query may ask for.

    ``mentions`` says whether one does so for whom and what they name.
    """
    rows = run(
        connection,
        """SELECT item.id, item.story_id, item.baseline, item.revision, item.seen_at,
               feed.name AS feed_name, feed.tags, article.title, article.text, article.language,
               article.url, article.outlet, article.authors, article.published_at
           FROM item JOIN article ON article.item_id = item.id JOIN feed ON feed.id = item.feed_id
           WHERE item.id = ANY(:items) ORDER BY item.id DESC""",
        items=list(items),
    )
    named = load_mentions(connection, [row["id"] for row in rows]) if mentions else {}
    return [
        Past(
            item_id=row["id"],
            story_id=row["story_id"],
            feed_name=row["feed_name"],
            tags=tuple(row["tags"]),
            baseline=row["baseline"],
            revision=row["revision"],
            seen_at=row["seen_at"],
            article=Article(
                title=row["title"],
                text=row["text"],
                language=row["language"],
                url=row["url"],
                outlet=row["outlet"],
                authors=tuple(row["authors"]),
                published=row["published_at"],
            ),
            mentions=named.get(row["id"], ()),
        )
        for row in rows
    ]


def sifted_articles(connection: Connection, items: Sequence[int]) -> list[Sifted]:
    """Of these items what can be judged before a text is read."""
    rows = run(
        connection,
        """SELECT item.id, item.seen_at, article.title, article.language
           FROM item JOIN article ON article.item_id = item.id WHERE item.id = ANY(:items)""",
        items=list(items),
    )
    figures = run(
        connection,
        """SELECT item_id, kind, key, name, count, salience FROM mention
           WHERE item_id = ANY(:items)""",
        items=list(items),
    )
    named: dict[int, list[Mention]] = {row["id"]: [] for row in rows}
    for one in figures:
        item = one.pop("item_id")
        named[item].append(Mention(**one | {"kind": Kind(one["kind"])}, in_title=False))
    return [
        Sifted(
            item_id=row["id"],
            seen_at=row["seen_at"],
            article=Article(title=row["title"], text="", language=row["language"]),
            mentions=named[row["id"]],
        )
        for row in rows
    ]


def sample_articles(connection: Connection, past: timedelta, *, most: int) -> list[Past]:
    """Tagged articles of a time that is just over, at even distances of time, each once."""
    rows = connection.execute(
        text(
            # The index on the time is asked so many times, however many articles there are.
            f"""WITH chosen AS (
                    SELECT DISTINCT near.id
                    FROM generate_series(1, :most) AS n CROSS JOIN LATERAL (
                        SELECT id FROM item
                        WHERE seen_at >= now() - n * CAST(:past AS interval) / :most
                          AND state = 'tagged' ORDER BY seen_at LIMIT 1) AS near)
                SELECT {_COLUMNS} FROM chosen JOIN item ON item.id = chosen.id
                JOIN article ON article.item_id = item.id
                JOIN feed ON feed.id = item.feed_id"""  # noqa: S608 - a constant
        ),
        {"past": past, "most": most},
    )
    return _past(connection, rows.mappings().all())


def _past(connection: Connection, rows: Sequence[RowMapping]) -> list[Past]:
    """Articles with their mentions, of rows that hold all but those."""
    mentions = load_mentions(connection, [row["item_id"] for row in rows])
    return [
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
        for row in rows
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


def keys_of_late(connection: Connection, *, items: int = 3_000) -> list[tuple[str, str]]:
    """Whom and what the newest items name, by key and name."""
    rows = run(
        connection,
        """SELECT DISTINCT key, name FROM mention
           WHERE item_id IN (SELECT id FROM item ORDER BY id DESC LIMIT :items)""",
        items=items,
    )
    return [(row["key"], row["name"]) for row in rows]
