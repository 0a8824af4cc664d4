"""Articles and their mentions in the store."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection

from worker.model import Article, Confidence, Form, Kind, Mention, Removed, TextSource
from worker.store.engine import rows_as_json, run
from worker.store.search import index_articles, index_mentions

#: Of what was removed, so many lines are kept with an article.
_MOST_REMOVED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged:
    """An item worked through, ready to be stored."""

    item_id: int
    article: Article
    mentions: tuple[Mention, ...]
    tagger: str = ""


def save_articles(connection: Connection, tagged: Sequence[Tagged]) -> None:
    """Store articles with their mentions, in the place of what an earlier revision had."""
    run(
        connection,
        """
        INSERT INTO article (item_id, title, text, language, url, outlet, authors, published_at,
            modified_at, captions, credits, source, note, tagger, section, canonical,
            image, form, walled, cut, removed)
        SELECT item_id, title, text, language, url, outlet, authors, published_at, modified_at,
            captions, credits, source, note, tagger,
            section, canonical, image, form, walled, cut, removed
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(item_id bigint, title text, text text,
            language text, url text, outlet text, authors jsonb, published_at timestamptz,
            modified_at timestamptz, captions jsonb, credits jsonb, source text, note text,
            tagger text, section text, canonical text, image text,
            form text, walled boolean, cut text, removed jsonb)
        ON CONFLICT (item_id) DO UPDATE SET title = excluded.title, text = excluded.text,
            language = excluded.language, url = excluded.url, outlet = excluded.outlet,
            authors = excluded.authors, published_at = excluded.published_at,
            modified_at = excluded.modified_at, captions = excluded.captions,
            credits = excluded.credits, source = excluded.source, note = excluded.note,
            tagger = excluded.tagger,
            section = excluded.section, canonical = excluded.canonical, image = excluded.image,
            form = excluded.form, walled = excluded.walled, cut = excluded.cut,
            removed = excluded.removed, tagged_at = now()
        """,
        rows=rows_as_json([_article_record(one) for one in tagged]),
    )
    _save_mentions(connection, {one.item_id: one.mentions for one in tagged})
    index_articles(connection, {one.item_id: (one.article, one.mentions) for one in tagged})


def save_mentions(connection: Connection, mentions: Mapping[int, Sequence[Mention]]) -> None:
    """Store what items name, in the place of what they named before."""
    _save_mentions(connection, mentions)
    index_mentions(connection, mentions)


def _save_mentions(connection: Connection, mentions: Mapping[int, Sequence[Mention]]) -> None:
    run(connection, "DELETE FROM mention WHERE item_id = ANY(:ids)", ids=list(mentions))
    run(
        connection,
        """
        INSERT INTO mention (item_id, kind, key, name, count, salience, in_title, spans,
            title_spans, caption_spans, found_by, confidence, support)
        SELECT item_id, kind, key, name, count, salience, in_title, spans, title_spans,
            caption_spans, found_by, confidence, support
        FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS r(item_id bigint, kind text, key text,
            name text, count integer, salience double precision, in_title boolean, spans jsonb,
            title_spans jsonb, caption_spans jsonb, found_by text, confidence text, support text)
        ON CONFLICT DO NOTHING
        """,
        rows=rows_as_json(
            [_mention_record(item_id, one) for item_id, found in mentions.items() for one in found]
        ),
    )


def _article_record(tagged: Tagged) -> dict[str, Any]:
    article = tagged.article
    return {
        "item_id": tagged.item_id,
        "title": article.title,
        "text": article.text,
        "language": article.language,
        "url": article.url,
        "outlet": article.outlet,
        "authors": article.authors,
        "published_at": article.published,
        "modified_at": article.modified,
        "captions": article.captions,
        "credits": article.credits,
        "source": article.source.value,
        "note": article.note,
        "tagger": tagged.tagger,
        "section": article.section,
        "canonical": article.canonical,
        "image": article.image,
        "form": article.form.value,
        "walled": article.walled,
        "cut": article.cut,
        "removed": [asdict(one) for one in article.removed[:_MOST_REMOVED]],
    }


def _mention_record(item_id: int, mention: Mention) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "kind": mention.kind.value,
        "key": mention.key,
        "name": mention.name,
        "count": mention.count,
        "salience": mention.salience,
        "in_title": mention.in_title,
        "spans": mention.spans,
        "title_spans": mention.title_spans,
        "caption_spans": mention.caption_spans,
        "found_by": mention.found_by,
        "confidence": mention.confidence.value,
        "support": mention.support,
    }


def load_articles(connection: Connection, ids: Sequence[int]) -> dict[int, Article]:
    """The articles of items, by item id."""
    rows = run(connection, "SELECT * FROM article WHERE item_id = ANY(:ids)", ids=list(ids))
    return {row["item_id"]: article_of(row) for row in rows}


def latest_articles(connection: Connection, most: int) -> list[Article]:
    """The articles of the items that were seen last."""
    rows = run(connection, "SELECT * FROM article ORDER BY item_id DESC LIMIT :most", most=most)
    return [article_of(row) for row in rows]


def article_of(row: Mapping[str, Any]) -> Article:
    """The article of a row of the table."""
    return Article(
        title=row["title"],
        text=row["text"],
        language=row["language"],
        url=row["url"],
        outlet=row["outlet"],
        authors=tuple(row["authors"]),
        published=row["published_at"],
        modified=row["modified_at"],
        captions=tuple(row["captions"]),
        credits=tuple(row["credits"]),
        source=TextSource(row["source"]),
        note=row["note"],
        section=row["section"],
        canonical=row["canonical"],
        image=row["image"],
        form=Form(row["form"]),
        walled=row["walled"],
        cut=row["cut"],
        removed=tuple(Removed(**one) for one in row["removed"]),
    )


def load_mentions(connection: Connection, ids: Sequence[int]) -> dict[int, tuple[Mention, ...]]:
    """The mentions of items, by item id, the most salient first."""
    rows = run(
        connection,
        "SELECT * FROM mention WHERE item_id = ANY(:ids) ORDER BY salience DESC, key",
        ids=list(ids),
    )
    found: dict[int, list[Mention]] = {item_id: [] for item_id in ids}
    for row in rows:
        found[row["item_id"]].append(_mention(row))
    return {item_id: tuple(mentions) for item_id, mentions in found.items()}


def _mention(row: Mapping[str, Any]) -> Mention:
    return Mention(
        kind=Kind(row["kind"]),
        key=row["key"],
        name=row["name"],
        count=row["count"],
        salience=row["salience"],
        in_title=row["in_title"],
        spans=tuple((start, end) for start, end in row["spans"]),
        title_spans=tuple((start, end) for start, end in row["title_spans"]),
        caption_spans=tuple((start, end) for start, end in row["caption_spans"]),
        found_by=row["found_by"],
        confidence=Confidence(row["confidence"]),
        support=row["support"],
    )


def known_articles(connection: Connection, ids: Sequence[int]) -> dict[int, bool]:
    """Which of these items have an article already, and whether its page was wanted and not had."""
    rows = run(
        connection,
        """SELECT item_id, source = 'feed summary' AND note <> '' AS wanted FROM article
           WHERE item_id = ANY(:ids)""",
        ids=list(ids),
    )
    return {row["item_id"]: row["wanted"] for row in rows}
