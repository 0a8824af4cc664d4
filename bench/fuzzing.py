"""What is fuzzed: each target reads bytes of a stranger and judges what comes of them.

A target may raise nothing but what it documents, which it catches itself; what else it finds wrong it
says by AssertionError. ``seeds`` are inputs to begin with.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from worker.articles.extract import NoArticle, extract_page
from worker.catalogue import CatalogueError, read_catalogue
from worker.catalogue.opml import OpmlError, read_opml, write_opml
from worker.channels.answers import kept_words
from worker.channels.redaction import Redactor
from worker.feeds.parse import NotAFeed, parse_feed
from worker.feeds.reading import read_feed
from worker.model import Receipt
from worker.net.robots import may_fetch
from worker.watches.query import QueryError, parse_query
from worker.watches.writing import write

NOW = datetime(2026, 1, 2, tzinfo=UTC)
URL = "https://news.example/feed"
SECRET = "a-secret-that-is-struck-out"
LONGEST = 50_000
DATA = Path(__file__).resolve().parent.parent / "tests" / "data"


@dataclass(frozen=True)
class Target:
    """One thing that strangers' bytes are put into."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def feed(raw: bytes) -> None:
    """A document is a feed or it is not; what is known already is left out the second time."""
    with suppress(NotAFeed):
        first = read_feed(raw, url=URL, content_type="", now=NOW)
        assert first.document is not None
        for entry in first.document.entries:
            assert "\x00" not in entry.title + entry.url
        parse_feed(raw, url=URL, content_type="application/rss+xml")


def page(raw: bytes) -> None:
    """A page has an article of clean text or none."""
    with suppress(NoArticle):
        article = extract_page(raw, url="https://news.example/a", content_type="text/html")
        assert article.text.strip()
        assert "\x00" not in article.title + article.text


def query(raw: bytes) -> None:
    """What is a query says the same when it is written out and read again."""
    text = raw.decode("utf-8", "replace")
    try:
        found = parse_query(text)
    except QueryError as error:
        _said(error.pretty())
        return
    written = write(found.root)
    again = parse_query(written)
    assert again.root == found.root or write(again.root) == written, (text, written)


def catalogue(raw: bytes) -> None:
    """A feeds.yaml is taken, or each of its mistakes has a line."""
    text = raw.decode("utf-8", "replace")
    try:
        read_catalogue(
            text, filename="feeds.yaml", environ={"KEY": SECRET}, check_query=parse_query
        )
    except CatalogueError as error:
        _said(str(error))


def _said(words: str) -> None:
    """A refusal says something, and no secret."""
    assert words
    assert SECRET not in words


def opml(raw: bytes) -> None:
    """A list of feeds is written and read again without loss."""
    with suppress(OpmlError):
        found = read_opml(raw)
        again = read_opml(write_opml(found, title="feeds"))
        assert {one.url for one in again} == {one.url for one in found}


def answer(raw: bytes) -> None:
    """A receiver's words are kept short and without our secrets; robots.txt says yes or no."""
    kept = kept_words(raw + SECRET.encode() + raw, Redactor([SECRET]))
    assert SECRET[: len(SECRET) // 2] not in kept
    assert len(kept.encode()) <= Receipt.ANSWER_BYTES
    assert may_fetch(raw.decode("utf-8", "replace"), 200, "https://news.example/a") in {True, False}


def _files(folder: str, *ends: str) -> tuple[bytes, ...]:
    found = sorted(path for end in ends for path in (DATA / folder).rglob(f"*{end}"))
    return tuple(one.read_bytes()[:LONGEST] for one in found[:40])


TARGETS: Mapping[str, Target] = {
    "feed": Target(
        feed,
        (
            b"<rss version='2.0'><channel><title>a</title><item><title>b</title><guid>1</guid></item></channel></rss>",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><entry><id>1</id><title>b</title></entry></feed>",
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "a", "items": [{"id": "1", "title": "b"}]}',
            b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://news.example/a</loc></url></urlset>",
            *_files("feeds", ".xml", ".rss", ".atom", ".json"),
        ),
    ),
    "page": Target(
        page,
        (
            (
                b"<html><head><title>a</title><meta charset='utf-8'></head><body><article><p>One sentence, long enough "
                b"to be read as text by anybody.</p><p>And another one, to be sure.</p></article></body></html>"
            ),
            *_files("pages", ".html"),
        ),
    ),
    "query": Target(
        query,
        (
            b'person:"Vladimir Putin" AND NOT country:Russia',
            b'(grain OR "gas price") NEAR/5 topic:economy',
            b"spike(person:Putin) > 3",
            b'title:(a b) -"c d" count(person:Putin) >= 2 sources > 3',
        ),
    ),
    "catalogue": Target(
        catalogue,
        (
            b"feeds:\n  - {name: a, url: https://a.example/feed, interval: 5m, tags: [x]}\n",
            b"channels:\n  - {name: c, kind: webhook, url: '${KEY}'}\nwatches:\n  - {name: w, query: 'a OR b', channels: [c]}\n",
            b"defaults: {interval: 15m}\nhosts:\n  - {name: a.example, gap: 2s}\nentities:\n  - {kind: person, name: Ann}\n",
        ),
    ),
    "opml": Target(
        opml,
        (
            b"<opml version='2.0'><body><outline text='a'><outline xmlUrl='https://a.example/f'/></outline></body></opml>",
        ),
    ),
    "answer": Target(
        answer, (b"HTTP 500 oops", b"User-agent: *\nDisallow: /a\nCrawl-delay: 3\n", b"{}")
    ),
}


def inputs(name: str) -> tuple[bytes, ...]:
    """What a target begins with: its seeds, and whatever went wrong once."""
    found = DATA / "fuzz" / name
    return TARGETS[name].seeds + tuple(one.read_bytes() for one in sorted(found.glob("*")))
