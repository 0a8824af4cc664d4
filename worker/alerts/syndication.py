"""A watch as a feed that any reader can follow: Atom 1.0 (RFC 4287) and JSON Feed 1.1."""

import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from lxml import etree

from worker.alerts.wording import clean_line, in_utc, safe_url, time_words

ATOM_TYPE = "application/atom+xml; charset=utf-8"
JSON_TYPE = "application/feed+json; charset=utf-8"

_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_JSON_FEED = "https://jsonfeed.org/version/1.1"
_TITLE, _LEAD, _NAME = 300, 600, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SyndicatedAlert:
    """An alert as an entry of a feed.

    ``outlets`` reported it, the first one first; ``names`` are those of people, countries and topics
    in the article, ``lead`` is the beginning of its text; ``reason`` says why it rang.
    """

    alert_id: int
    title: str
    url: str
    lead: str
    language: str
    outlets: tuple[str, ...]
    names: tuple[str, ...]
    reason: str
    rang_at: datetime
    published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Syndication:
    """A feed: of which watch, its entries, newest first.

    ``source`` is the secret-free name of this Tocsin that makes ids its own; ``url`` is where the feed
    is read, ``""`` for a file. ``made_at`` stands for the time of the newest entry where there is none.
    """

    watch_id: int
    watch_name: str
    query: str
    source: str
    url: str
    made_at: datetime
    alerts: Sequence[SyndicatedAlert]

    @property
    def title(self) -> str:
        """The feed's title."""
        return clean_line(f"Tocsin: {self.watch_name}", _TITLE)

    @property
    def updated(self) -> datetime:
        """When the feed last changed."""
        return max((one.rang_at for one in self.alerts), default=self.made_at)

    def identity(self, alert_id: int | None = None) -> str:
        """A ``urn:uuid:`` that stays the same wherever the feed is read, of the feed or an alert."""
        of = f"watch/{self.watch_id}" if alert_id is None else f"alert/{alert_id}"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.source}/{of}").urn


def atom(feed: Syndication) -> bytes:
    """The feed as Atom 1.0, UTF-8."""
    root = etree.Element(f"{{{_ATOM}}}feed", nsmap={None: _ATOM})
    _add(root, "id", feed.identity())
    _add(root, "title", feed.title)
    _add(root, "subtitle", clean_line(feed.query, _TITLE))
    _add(root, "updated", _moment(feed.updated))
    _add(root, "generator", "Tocsin")
    _add(_add(root, "author"), "name", "Tocsin")
    if feed.url:
        _add(root, "link", rel="self", type="application/atom+xml", href=feed.url)
    for one in feed.alerts:
        _entry(root, feed, one)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return written


def json_feed(feed: Syndication) -> bytes:
    """The feed as JSON Feed 1.1."""
    document: dict[str, Any] = {
        "version": _JSON_FEED,
        "title": feed.title,
        "description": clean_line(feed.query, _TITLE),
        **({"feed_url": feed.url} if feed.url else {}),
        "authors": [{"name": "Tocsin"}],
        "items": [_item(feed, one) for one in feed.alerts],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def _entry(root: etree._Element, feed: Syndication, one: SyndicatedAlert) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", feed.identity(one.alert_id))
    title = _add(entry, "title", _title(one))
    if one.language:
        title.set(_LANG, clean_line(one.language, 20))
    _add(entry, "updated", _moment(one.rang_at))
    if one.published is not None:
        _add(entry, "published", _moment(one.published))
    for name in _names(one.outlets)[:1]:
        _add(_add(entry, "author"), "name", name)
    url = safe_url(one.url)
    if url:
        _add(entry, "link", rel="alternate", href=url)
    for name in _names(one.names):
        _add(entry, "category", term=name)
    _add(entry, "content", _html(one), type="html")


def _item(feed: Syndication, one: SyndicatedAlert) -> dict[str, Any]:
    url = safe_url(one.url)
    found: dict[str, Any] = {
        "id": feed.identity(one.alert_id),
        "title": _title(one),
        "url": url,
        "content_html": _html(one),
        "date_published": _moment(one.published or one.rang_at),
        "date_modified": _moment(one.rang_at),
        "authors": [{"name": name} for name in _names(one.outlets)[:1]],
        "tags": _names(one.names),
        "language": clean_line(one.language, 20),
    }
    return {key: value for key, value in found.items() if value}


def _html(one: SyndicatedAlert) -> str:
    """The body of an entry. Whatever strangers wrote is text in it."""
    facts = [
        f"Reported by {', '.join(_names(one.outlets))}" if one.outlets else "",
        f"Published {time_words(one.published)}" if one.published else "",
        f"Rang {time_words(one.rang_at)}: {clean_line(one.reason, _TITLE)}",
    ]
    lead = clean_line(one.lead, _LEAD)
    parts = [escape(lead), "<br>".join(escape(fact) for fact in facts if fact)]
    return "".join(f"<p>{part}</p>" for part in parts if part)


def _title(one: SyndicatedAlert) -> str:
    return clean_line(one.title, _TITLE) or clean_line(one.lead, _NAME) or "(no headline)"


def _names(names: Sequence[str]) -> list[str]:
    return [name for name in dict.fromkeys(clean_line(each, _NAME) for each in names) if name]


def _moment(moment: datetime) -> str:
    """A time after RFC 3339, in UTC and whole seconds."""
    return f"{in_utc(moment):%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0")


def _add(parent: etree._Element, name: str, text: str | None = None, **of: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", of)
    element.text = text
    return element
