"""Bytes to a feed document: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1.

In what comes out, titles are plain text while ``summary`` and ``content`` are HTML (plain text of
the source is escaped), links are absolute, and times are aware and in UTC.
"""

import calendar
import html
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from worker.charset import charset_of, decode
from worker.feeds.jsonfeed import parse_json_feed
from worker.feeds.links import web_url
from worker.feeds.refusal import NotAFeed, refuse_page, refuse_xml
from worker.markup import is_markup, language_code, one_line, storable, visible_text
from worker.model import Entry, FeedDocument

__all__ = ["NotAFeed", "parse_feed"]

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""")
_NAME = re.compile(r"<([\w.:-]+)")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_STAND_IN = "stand-in.invalid"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_PAGE_ROOTS = frozenset({"html", "head", "body", "title", "meta", "script", "div", "p"})
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
#: Hours from UTC of zone names used in feeds that feedparser takes for UTC.
_ZONES = {"MSK": 3, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "BST": 1, "WEST": 1, "JST": 9}
_AUTHOR = re.compile(r"^\S+@\S+\s*\((?P<after>[^()]+)\)$|^(?P<before>[^<>()]+?)\s*[<(]\S+@\S+[>)]$")


@dataclass(frozen=True, slots=True)
class _Base:
    """Where a document came from, under a host that stands in for the real one while it is parsed.

    feedparser makes relative links absolute, and relative guids with them, which would give every
    item a new guid when a feed moves. The stand-in tells what was relative.
    """

    url: str

    @property
    def stand_in(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(netloc=_STAND_IN, query="", fragment="").geturl()

    def link(self, text: str) -> str:
        return web_url(self.markup(text), self.url)

    def markup(self, text: str) -> str:
        return text.replace(f"//{_STAND_IN}", f"//{urlsplit(self.url).netloc}")

    def guid(self, text: str) -> str:
        folder = self.stand_in.rpartition("/")[0] + "/"
        root = urljoin(self.stand_in, "/").rstrip("/")
        return text.removeprefix(folder).removeprefix(root)


def parse_feed(body: bytes, *, url: str, content_type: str = "") -> FeedDocument:
    """Parse the body of an HTTP answer that came from ``url`` with this Content-Type.

    A malformed feed that can still be read is read, and its ``problem`` says what is wrong.
    Raises NotAFeed, with one line that says what the body is instead.
    """
    url = _without_user(url)
    found = _DECLARED.match(body)
    declared = (charset_of(content_type), found[1].decode() if found else "")
    decoded = decode(body, declared)
    text = decoded.text.lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise NotAFeed("the answer is empty")
    if text[0] in "{[":
        return parse_json_feed(text, url=url, problem=decoded.problem)
    root = _root(text)
    if root in _PAGE_ROOTS or (root not in _FEED_ROOTS and "html" in content_type):
        raise refuse_page(text, url)
    return _parse_xml(text, url=url, root=root, problem=decoded.problem)


def _without_user(url: str) -> str:
    """``url`` without user and password, which have no place in the links of items."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _root(text: str) -> str:
    """The local name of the first element, in small letters, ``""`` where there is none."""
    place = 0
    while found := re.compile(r"\s*(?=<)").match(text, place):
        place = found.end()
        if text.startswith("<?", place):
            end = text.find("?>", place) + 2
        elif text.startswith("<!--", place):
            end = text.find("-->", place) + 3
        else:
            doctype = _DOCTYPE.match(text, place)
            end = doctype.end() if doctype else 0
        if end <= place:
            break
        place = end
    name = _NAME.match(text, place)
    return name[1].rpartition(":")[2].lower() if name else ""


def _parse_xml(text: str, *, url: str, root: str, problem: str) -> FeedDocument:
    base = _Base(url)
    legal = _ILLEGAL.sub("", text)
    if legal != text:
        problem = problem or "it holds control characters, which XML forbids"
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base.stand_in}
    source = io.BytesIO(legal.encode("utf-8", "replace"))
    try:  # feedparser lets errors of many kinds out on broken input
        parsed = feedparser.parse(source, response_headers=headers)
    except Exception as error:
        raise NotAFeed(f"it cannot be read: {one_line(str(error))[:200]}") from error
    if root not in _FEED_ROOTS and not (parsed.version and parsed.entries):
        raise refuse_xml(root)
    if parsed.bozo:
        problem = problem or _complaint(parsed.bozo_exception)
    feed = parsed.feed
    language = language_code(_text(feed, "language"))
    entries = (_entry(raw, base, language, parsed.version) for raw in parsed.entries)
    return FeedDocument(
        version=parsed.version,
        title=_title(feed),
        site_url=base.link(_text(feed, "link")),
        language=language,
        ttl=_ttl(feed),
        entries=tuple(entry for entry in entries if _says_something(entry)),
        problem=problem,
    )


def _says_something(entry: Entry) -> bool:
    return bool(entry.guid or entry.url or entry.title or entry.summary or entry.content)


def _complaint(error: Exception) -> str:
    return re.sub(r"^<unknown>:(\d+):\d+: ", r"line \1: ", one_line(str(error)))[:200]


def _entry(raw: Any, base: _Base, language: str, version: str) -> Entry:
    content, content_language = _content(raw)
    summary = _html(raw.get("summary_detail"))
    updated = _moment(raw, "updated")
    published = _moment(raw, "published") or _moment(raw, "created")
    own = _text(raw, "language") or content_language
    return Entry(
        guid=base.guid(one_line(_text(raw, "id"))),
        url=_entry_url(raw, base),
        title=_title(raw),
        summary=base.markup(summary),
        content="" if content == summary else base.markup(content),
        authors=_authors(raw),
        # In RSS the one date there is ("dc:date") is the publication's.
        published=published or (updated if version.startswith("rss") else None),
        updated=updated,
        language=language_code(own) or language,
        categories=_categories(raw),
    )


def _text(raw: Any, key: str) -> str:
    """A text of a feedparser mapping as it stands, ``""`` where absent.

    ``dict.get`` and not ``.get``: the latter answers for ``updated`` with ``published``.
    """
    value = dict.get(raw, key)
    return storable(value) if isinstance(value, str) else ""


def _title(raw: Any) -> str:
    detail = dict.get(raw, "title_detail")
    if detail is not None and detail.get("type") == "text/plain" and not is_markup(detail["value"]):
        return one_line(detail["value"])
    return visible_text(_text(raw, "title"))


def _html(detail: Any) -> str:
    """The value of a feedparser detail as HTML; plain text is escaped."""
    if not detail:
        return ""
    value = storable(str(detail.get("value") or "")).strip()
    if detail.get("type") == "text/plain" and is_markup(value):
        return html.escape(value, quote=False)
    return value


def _content(raw: Any) -> tuple[str, str]:
    """The longest content of an entry as HTML, and the language it is marked with."""
    details = [
        detail
        for detail in dict.get(raw, "content") or ()
        if str(detail.get("type")) in {"text/html", "application/xhtml+xml", "text/plain"}
    ]
    if not details:
        return "", ""
    longest = max(details, key=lambda detail: len(detail.get("value") or ""))
    return _html(longest), longest.get("language") or ""


def _entry_url(raw: Any, base: _Base) -> str:
    links = [link for link in dict.get(raw, "links") or () if link.get("href")]
    candidates = [
        _text(raw, "feedburner_origlink"),
        _text(raw, "link"),
        *(link["href"] for link in links if link.get("rel") in {"alternate", "related"}),
    ]
    return next(filter(None, map(base.link, candidates)), "")


def _authors(raw: Any) -> tuple[str, ...]:
    """The authors' names. feedparser cuts "address (name)" wrongly: then its source is read."""
    source = visible_text(_text(raw, "author"))
    names = [_author(str(each.get("name") or "")) for each in dict.get(raw, "authors") or ()]
    if _AUTHOR.match(source):
        names = [name for name in names if name not in source]
        names.append(_author(source))
    return tuple(dict.fromkeys(filter(None, names)))


def _author(name: str) -> str:
    """The name in "name", "name <address>" or "address (name)"; an address alone is none."""
    plain = visible_text(name)
    found = _AUTHOR.match(plain)
    if found:
        return (found["after"] or found["before"]).strip()
    return "" if re.fullmatch(r"\S+@\S+", plain) else plain


def _categories(raw: Any) -> tuple[str, ...]:
    tags = dict.get(raw, "tags") or ()
    names = (visible_text(str(tag.get("label") or tag.get("term") or "")) for tag in tags)
    return tuple(dict.fromkeys(filter(None, names)))


def _moment(raw: Any, key: str) -> datetime | None:
    """A time as feedparser read it (UTC), ``None`` where absent or before 1990."""
    parts = dict.get(raw, f"{key}_parsed")
    if parts is None or parts[0] < 1990:
        return None
    zone = _text(raw, key).rpartition(" ")[2].upper()
    try:
        seconds = calendar.timegm(parts) - 3600 * _ZONES.get(zone, 0)
        return datetime.fromtimestamp(seconds, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _ttl(feed: Any) -> timedelta | None:
    """How long the document asks to be left alone: RSS ``ttl`` (minutes), else ``sy:update*``.

    Source: RSS 2.0 specification; RSS 1.0 Syndication module. At most a year.
    """
    minutes = _text(feed, "ttl").strip()
    if minutes.isascii() and minutes.isdigit() and int(minutes[:9]) > 0:
        return min(timedelta(minutes=int(minutes[:9])), _PERIODS["yearly"])
    period = _PERIODS.get(_text(feed, "sy_updateperiod").strip().lower())
    if period is None:
        return None
    frequency = _text(feed, "sy_updatefrequency").strip()
    times = int(frequency[:6]) if frequency.isascii() and frequency.isdigit() else 1
    return period / max(times, 1)
