"""The newsroom's feeds as bytes: RSS 2.0, RSS 1.0, Atom (RFC 4287) and JSON Feed 1.1.

Written by hand rather than by a feed library, so that what reads them is tested against
documents it had no part in. The same entries always give the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from typing import Any

from worker.demo.outlets import Format, Outlet

_SUMMARY_CHARACTERS = 240
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """One entry as it stands now: ``updated`` is later than ``published`` after an edit."""

    url: str
    headline: str
    author: str
    paragraphs: tuple[str, ...]
    published: datetime
    updated: datetime
    topics: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """The first paragraph, cut at a word when it is long."""
        first = self.paragraphs[0]
        if len(first) <= _SUMMARY_CHARACTERS:
            return first
        return first[:_SUMMARY_CHARACTERS].rsplit(" ", 1)[0].rstrip(",;:–— ") + " …"

    @property
    def html(self) -> str:
        """The whole text as HTML paragraphs."""
        return "".join(f"<p>{escape(text, quote=False)}</p>" for text in self.paragraphs)


@dataclass(frozen=True, slots=True)
class FeedBody:
    """A feed document as it goes over the wire."""

    body: bytes
    content_type: str


def render_feed(outlet: Outlet, root: str, entries: Sequence[Published]) -> FeedBody:
    """The outlet's feed, entries in the order given; ``root`` is the newsroom's URL."""
    if outlet.format is Format.JSON:
        return FeedBody(_json(outlet, root, entries), "application/feed+json; charset=utf-8")
    write, kind = {
        Format.RSS2: (_rss2, "application/rss+xml"),
        Format.RDF: (_rdf, "application/rdf+xml"),
        Format.ATOM: (_atom, "application/atom+xml"),
    }[outlet.format]
    declared = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n'
    document = declared + write(outlet, root, entries)
    body = document.encode(outlet.encoding, errors="xmlcharrefreplace")
    return FeedBody(body, f"{kind}; charset={outlet.encoding}")


def _rss2(outlet: Outlet, root: str, entries: Sequence[Published]) -> str:
    home = escape(f"{root}/{outlet.slug}/")
    items = "".join(_rss2_item(outlet, entry) for entry in entries)
    return (
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"<channel>\n<title>{escape(outlet.name)}</title>\n<link>{home}</link>\n"
        f'<atom:link href="{escape(root + outlet.feed_path)}" rel="self"'
        ' type="application/rss+xml"/>\n'
        f"<description>{escape(outlet.motto)}</description>\n"
        f"<language>{outlet.language}</language>\n{items}</channel>\n</rss>\n"
    )


def _rss2_item(outlet: Outlet, entry: Published) -> str:
    content = (
        f"<content:encoded>{escape(entry.html)}</content:encoded>\n" if outlet.full_text else ""
    )
    subjects = "".join(f"<category>{escape(topic)}</category>\n" for topic in entry.topics)
    return (
        f"<item>\n<title>{escape(entry.headline)}</title>\n<link>{escape(entry.url)}</link>\n"
        f'<guid isPermaLink="true">{escape(entry.url)}</guid>\n'
        f"<dc:creator>{escape(entry.author)}</dc:creator>\n"
        f"<pubDate>{format_datetime(entry.published)}</pubDate>\n{subjects}"
        f"<description>{escape(entry.summary)}</description>\n{content}</item>\n"
    )


def _rdf(outlet: Outlet, root: str, entries: Sequence[Published]) -> str:
    order = "".join(f'<rdf:li rdf:resource="{escape(entry.url)}"/>' for entry in entries)
    items = "".join(_rdf_item(outlet, entry) for entry in entries)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/">\n'
        f'<channel rdf:about="{escape(root + outlet.feed_path)}">\n'
        f"<title>{escape(outlet.name)}</title>\n<link>{escape(f'{root}/{outlet.slug}/')}</link>\n"
        f"<description>{escape(outlet.motto)}</description>\n"
        f"<dc:language>{outlet.language}</dc:language>\n"
        f"<items><rdf:Seq>{order}</rdf:Seq></items>\n</channel>\n{items}</rdf:RDF>\n"
    )


def _rdf_item(outlet: Outlet, entry: Published) -> str:
    content = (
        f"<content:encoded>{escape(entry.html)}</content:encoded>\n" if outlet.full_text else ""
    )
    return (
        f'<item rdf:about="{escape(entry.url)}">\n<title>{escape(entry.headline)}</title>\n'
        f"<link>{escape(entry.url)}</link>\n<description>{escape(entry.summary)}</description>\n"
        f"<dc:creator>{escape(entry.author)}</dc:creator>\n"
        f"<dc:date>{entry.published.isoformat(timespec='seconds')}</dc:date>\n{content}</item>\n"
    )


def _atom(outlet: Outlet, root: str, entries: Sequence[Published]) -> str:
    newest = max((entry.updated for entry in entries), default=_NEVER)
    items = "".join(_atom_entry(outlet, entry) for entry in entries)
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">\n'
        f"<id>{escape(root + outlet.feed_path)}</id>\n<title>{escape(outlet.name)}</title>\n"
        f"<subtitle>{escape(outlet.motto)}</subtitle>\n"
        f'<link href="{escape(f"{root}/{outlet.slug}/")}"/>\n'
        f'<link rel="self" type="application/atom+xml" href="{escape(root + outlet.feed_path)}"/>\n'
        f"<updated>{newest.isoformat()}</updated>\n{items}</feed>\n"
    )


def _atom_entry(outlet: Outlet, entry: Published) -> str:
    content = f'<content type="html">{escape(entry.html)}</content>\n' if outlet.full_text else ""
    return (
        f"<entry>\n<id>{escape(entry.url)}</id>\n<title>{escape(entry.headline)}</title>\n"
        f'<link rel="alternate" type="text/html" href="{escape(entry.url)}"/>\n'
        f"<author><name>{escape(entry.author)}</name></author>\n"
        f"<published>{entry.published.isoformat()}</published>\n"
        f"<updated>{entry.updated.isoformat()}</updated>\n"
        f'<summary type="text">{escape(entry.summary)}</summary>\n{content}</entry>\n'
    )


def _json(outlet: Outlet, root: str, entries: Sequence[Published]) -> bytes:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "description": outlet.motto,
        "home_page_url": f"{root}/{outlet.slug}/",
        "feed_url": root + outlet.feed_path,
        "language": outlet.language,
        "items": [_json_item(outlet, entry) for entry in entries],
    }
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def _json_item(outlet: Outlet, entry: Published) -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": entry.url,
        "url": entry.url,
        "title": entry.headline,
        "summary": entry.summary,
        "authors": [{"name": entry.author}],
        "date_published": entry.published.isoformat(),
        "date_modified": entry.updated.isoformat(),
        "tags": list(entry.topics),
    }
    # The format asks for content; an outlet that only links gives its summary there.
    if outlet.full_text:
        item["content_html"] = entry.html
    else:
        item["content_text"] = entry.summary
    return item
