"""A watch as a feed that any reader can follow: Atom 1.0 (RFC 4287) and JSON Feed 1.1."""

import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape, unescape
from html.entities import name2codepoint
from typing import Any
from urllib.parse import quote, urlsplit

from lxml import etree

from worker.alerts.wording import LANGUAGES, clean_line, in_utc, safe_url, time_words

ATOM_TYPE = "application/atom+xml; charset=utf-8"
JSON_TYPE = "application/feed+json; charset=utf-8"

_ATOM = "http://www.w3.org/2005/Atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_JSON_FEED = "https://jsonfeed.org/version/1.1"
_TITLE, _LEAD, _NAME = 300, 600, 100
_FIRST_YEAR = 1990
_FRACTIONS = uuid.UUID("6f1e9f3a-8f0e-4d8e-9a53-0f8b2c1d7e64")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_REFERENCE = re.compile(r"&(#?\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class SyndicatedAlert:
    """What a watch told, as an entry of a feed.

    ``key`` names it among all that this Tocsin tells, for good: a story keeps it when it is first
    told in a digest and rings later. ``told`` says how it was told at ``told_at``, ``reason`` why;
    ``updates`` are what became of it since, oldest first. ``outlets`` reported it, the first one
    first; ``names`` are those of people, countries and topics in the article, ``lead`` is the
    beginning of its text.
    """

    key: str
    title: str
    url: str
    lead: str
    language: str
    outlets: tuple[str, ...]
    names: tuple[str, ...]
    reason: str
    told_at: datetime
    told: str = "Rang"
    published: datetime | None = None
    updates: tuple[tuple[datetime, str], ...] = ()

    @property
    def changed(self) -> datetime:
        """When it last changed.

        No two entries of a feed say the same: what was told in one second differs in its fraction.
        """
        last = max([self.told_at, *(at for at, _ in self.updates)])
        return in_utc(last).replace(microsecond=uuid.uuid5(_FRACTIONS, self.key).int % 1_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Syndication:
    """A feed: of which watch, its entries, newest first.

    ``source`` is the secret-free name of this Tocsin that makes ids its own; ``url`` is where the feed
    is read, ``""`` where nobody knows. ``made_at`` stands for the time of the newest entry where there is none.
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
        return _line(f"Tocsin: {self.watch_name}", _TITLE)

    @property
    def updated(self) -> datetime:
        """When the feed last changed."""
        return max((one.changed for one in self.alerts), default=self.made_at)

    def identity(self, key: str = "") -> str:
        """A ``urn:uuid:`` that stays the same wherever the feed is read, of the feed or an entry."""
        of = key or f"watch/{self.watch_id}"
        return uuid.uuid5(uuid.NAMESPACE_URL, f"{self.source}/{of}").urn


def atom(feed: Syndication) -> bytes:
    """The feed as Atom 1.0, UTF-8."""
    root = etree.Element(f"{{{_ATOM}}}feed", {_LANG: "en"}, nsmap={None: _ATOM})
    _add(root, "id", feed.identity())
    _add(root, "title", feed.title)
    if query := _line(feed.query, _TITLE):
        _add(root, "subtitle", query)
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
    told = {"description": _line(feed.query, _TITLE), "feed_url": feed.url}
    document: dict[str, Any] = {
        "version": _JSON_FEED,
        "title": feed.title,
        **{key: value for key, value in told.items() if value},
        "language": "en",
        "authors": [{"name": "Tocsin"}],
        "items": [_item(feed, one) for one in feed.alerts],
    }
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return text.encode("utf-8", "replace") + b"\n"


def _entry(root: etree._Element, feed: Syndication, one: SyndicatedAlert) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", feed.identity(one.key))
    title = _add(entry, "title", _title(one))
    if language := _language(one):
        title.set(_LANG, language)
    _add(entry, "updated", _moment(one.changed))
    if published := _published(one):
        _add(entry, "published", published)
    for name in _names(one.outlets)[:1]:
        _add(_add(entry, "author"), "name", name)
    if url := _address(one.url):
        _add(entry, "link", rel="alternate", href=url)
    for name in _names(one.names):
        _add(entry, "category", term=name)
    _add(entry, "content", _html(one), type="html")


def _item(feed: Syndication, one: SyndicatedAlert) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": feed.identity(one.key),
        "title": _title(one),
        "url": _address(one.url),
        "content_html": _html(one),
        "date_published": _published(one) or _moment(one.told_at),
        "date_modified": _moment(one.changed),
        "authors": [{"name": name} for name in _names(one.outlets)[:1]],
        "tags": _names(one.names),
        "language": _language(one),
    }
    return {key: value for key, value in found.items() if value}


def _html(one: SyndicatedAlert) -> str:
    """The body of an entry. Whatever strangers wrote is text in it."""
    facts = [
        f"Reported by {', '.join(_names(one.outlets))}" if one.outlets else "",
        f"Published {time_words(one.published)}" if one.published else "",
        f"{one.told} {time_words(one.told_at)}: {_line(one.reason, _TITLE)}",
        *(f"{time_words(at)}: {_line(said, _TITLE)}" for at, said in one.updates),
    ]
    lead, language = _line(one.lead, _LEAD), _language(one)
    of = f' lang="{language}"' if language else ""
    said = "<br>".join(escape(fact) for fact in facts if fact)
    return f"<p{of}>{escape(lead)}</p><p>{said}</p>" if lead else f"<p>{said}</p>"


def _title(one: SyndicatedAlert) -> str:
    return _line(one.title, _TITLE) or _line(one.lead, _NAME) or "(no headline)"


def _names(names: Sequence[str]) -> list[str]:
    lines = (_line(each, _NAME).replace("<", "‹").replace(">", "›") for each in names)
    return [name for name in dict.fromkeys(lines) if name]


def _line(text: str, limit: int) -> str:
    """One clean line that no reader takes for mark-up, whichever of the two it expects.

    A mark for what could not be decoded says nothing and counts as damage.
    """
    line = clean_line(unescape(text[: limit * 20]).replace("\ufffd", "?"), limit)
    return _REFERENCE.sub(_ampersand, _TAG.sub("‹", line))


def _ampersand(found: re.Match[str]) -> str:
    """AT&T stays; the sign before what reads as a reference becomes a wide one."""
    plain = found[1].isalpha() and found[1] not in name2codepoint and found[1] != "apos"
    return found[0] if plain else f"＆{found[1]}"


def _language(one: SyndicatedAlert) -> str:
    code = clean_line(one.language, 20)
    return code if code.partition("-")[0].lower() in LANGUAGES and _LANGUAGE.fullmatch(code) else ""


def _published(one: SyndicatedAlert) -> str:
    """When the article says it was published; not what cannot be, such as 1970 or next year."""
    if one.published is None:
        return ""
    at = in_utc(one.published)
    possible = at.year >= _FIRST_YEAR and at <= in_utc(one.told_at) + timedelta(hours=12)
    return _moment(at.replace(microsecond=0)) if possible else ""


def _address(url: str) -> str:
    """The URL when it is safe, in those signs alone that RFC 3986 knows."""
    safe = safe_url(url)
    start = len("://".join(urlsplit(safe)[:2]))
    path, mark, fragment = safe[start:].partition("#")
    return safe[:start] + _quoted(path) + mark + _quoted(fragment)


def _quoted(part: str) -> str:
    return quote(_PERCENT.sub("%25", part), safe="%/:?@!$&'()*+,;=~")


def _moment(moment: datetime) -> str:
    """A time after RFC 3339, in UTC."""
    utc = in_utc(moment)
    fraction = f".{utc.microsecond:06}" if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}".rjust(19, "0") + f"{fraction}Z"


def _add(parent: etree._Element, name: str, text: str | None = None, **of: str) -> etree._Element:
    element = etree.SubElement(parent, f"{{{_ATOM}}}{name}", of)
    element.text = text
    return element
