"""Google News sitemaps to a feed document.

Source: https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap
"""

import hashlib
from collections.abc import Iterator

from feedparser.mixin import _FeedParserMixin
from lxml import etree

from worker.feeds.dates import text_dates
from worker.feeds.links import web_url
from worker.feeds.refusal import refuse_xml
from worker.markup import language_code, one_line, storable, visible_text
from worker.model import Entry, FeedDocument
from worker.moments import moment_of

#: What a news sitemap is called in ``FeedDocument.version``.
VERSION = "news-sitemap"


def parse_sitemap(text: str, *, url: str, problem: str = "") -> FeedDocument:
    """Parse a sitemap of news; ``problem`` is what is already known to be wrong with it.

    ``text`` starts with the first element: no document type, so no entities. Raises NotAFeed where no address of it is news.
    """
    frame, parts = open_sitemap(text, problem=problem)
    entries = tuple(sitemap_entry(part, url) for part in parts)
    return FeedDocument(
        version=frame.version,
        title=frame.title,
        language=frame.language,
        problem=frame.problem,
        entries=entries,
    )


def open_sitemap(text: str, *, problem: str = "") -> tuple[FeedDocument, list[etree._Element]]:
    """The frame of a sitemap and its ``url`` elements that hold news; NotAFeed if there are none.

    What is malformed is read as far as it goes.
    """
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True
    )
    root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    parts = (
        [] if root is None else [part for part in _children(root, "url") if _news(part) is not None]
    )
    if not parts:
        raise refuse_xml("urlset")
    complaint = one_line(str(parser.error_log[0].message))[:200] if len(parser.error_log) else ""
    news = _news(parts[0])
    publication = None if news is None else next(_children(news, "publication"), None)
    frame = FeedDocument(
        version=VERSION,
        title=_line(_text(publication, "name")),
        language=language_code(_text(publication, "language")),
        problem=problem or complaint,
    )
    return frame, parts


def sitemap_hash(part: etree._Element) -> bytes:
    """Eight bytes that change when a ``url`` element does."""
    return hashlib.blake2b(etree.tostring(part, with_tail=False), digest_size=8).digest()


def sitemap_entry(part: etree._Element, url: str) -> Entry:
    """The entry of one ``url`` element; its address is its guid."""
    news = _news(part)
    publication = None if news is None else next(_children(news, "publication"), None)
    published, updated = _text(news, "publication_date"), _text(part, "lastmod")
    dates = text_dates(published, updated, {when: moment_of(when) for when in (published, updated)})
    keywords = (one_line(word) for word in _text(news, "keywords").split(","))
    return Entry(
        guid=one_line(_text(part, "loc")),
        url=web_url(_text(part, "loc"), url),
        title=_line(_text(news, "title")),
        published=dates.published,
        updated=dates.updated,
        language=language_code(_text(publication, "language")),
        categories=tuple(dict.fromkeys(filter(None, keywords))),
        date_rule=dates.rule,
    )


def _line(text: str) -> str:
    """A title: plain text, unless it is clearly HTML in spite of what it should be."""
    return visible_text(text) if _FeedParserMixin.looks_like_html(text) else one_line(text)


def _news(part: etree._Element) -> etree._Element | None:
    return next(_children(part, "news"), None)


def _children(element: etree._Element, name: str) -> Iterator[etree._Element]:
    """The children of a local name, whatever their namespace: prefixes are often undeclared."""
    for child in element:
        if isinstance(child.tag, str):
            local = child.tag.rpartition("}")[2].rpartition(":")[2]
            if local.lower() == name:
                yield child


def _text(element: etree._Element | None, name: str) -> str:
    child = None if element is None else next(_children(element, name), None)
    return "" if child is None else storable("".join(child.itertext())).strip()
