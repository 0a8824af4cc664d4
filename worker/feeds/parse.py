"""Bytes to a feed document: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, JSON Feed, news sitemaps.

In what comes out, titles are plain text while ``summary`` and ``content`` are HTML (plain text of
the source is escaped), links are absolute, and times are aware and in UTC. feedparser reads RSS
and Atom here; ``worker.feeds.reading`` gives the same documents faster.
"""

import html
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser

from worker.charset import charset_of, decode
from worker.feeds.dates import entry_dates
from worker.feeds.jsonfeed import parse_json_feed
from worker.feeds.links import ABSOLUTE, web_url
from worker.feeds.refusal import NotAFeed, refuse_page, refuse_xml
from worker.feeds.sitemap import parse_sitemap
from worker.markup import is_markup, language_code, one_line, storable, visible_text
from worker.model import Enclosure, Entry, FeedDocument

__all__ = ["NotAFeed", "parse_feed"]

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]+)""")
_NAME = re.compile(r"<([\w.:-]+)")
_DOCTYPE = re.compile(r"<!DOCTYPE[^>\[]*(?:\[[^\]]*\]\s*)?>", re.IGNORECASE)
_STAND_IN = "stand-in.invalid"
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ILLEGAL_BYTES = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20)])
_REFERENCE = re.compile(r"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_PAGE_ROOTS = frozenset({"html", "head", "body", "title", "meta", "script", "div", "p"})
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel"})
_PERIODS = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(weeks=1),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
#: An address and a name are no longer; a text that is might take long to look through.
_LONGEST_AUTHOR = 500
_AUTHOR = re.compile(r"^\S+@\S+\s*\((?P<after>[^()]+)\)$|^(?P<before>[^<>()]+?)\s*[<(]\S+@\S+[>)]$")
_SKIPS = re.compile(
    r"<skip(hours|days)\b[^>]{0,200}>((?:(?!<skip).){0,2000}?)</skip\1\s*>",
    re.IGNORECASE | re.DOTALL,
)
_SKIP = re.compile(r"<(?:hour|day)\b[^>]{0,200}>\s*(\w{1,9})\s*<", re.IGNORECASE)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Base:
    """Where a document came from, under a host that stands in for the real one while it is parsed.

    feedparser makes relative links absolute, and relative guids with them, which would give every
    item a new guid when a feed moves. The stand-in tells what was relative.
    """

    url: str
    stand_in: str = field(init=False)
    _host: str = field(init=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        stand_in = parts._replace(netloc=_STAND_IN, query="", fragment="").geturl()
        object.__setattr__(self, "stand_in", stand_in)
        object.__setattr__(self, "_host", f"//{parts.netloc}")

    def link(self, text: str) -> str:
        """An absolute link as it is outside, ``""`` where it is none to a page."""
        if _STAND_IN not in text and ABSOLUTE.fullmatch(text):
            return text
        return web_url(self.markup(text), self.url)

    def markup(self, text: str) -> str:
        """HTML with the real host in its links."""
        return text.replace(f"//{_STAND_IN}", self._host) if _STAND_IN in text else text

    def guid(self, text: str) -> str:
        """A guid as the document gives it, relative where it was."""
        if _STAND_IN not in text:
            return text
        folder = self.stand_in.rpartition("/")[0] + "/"
        root = urljoin(self.stand_in, "/").rstrip("/")
        return text.removeprefix(folder).removeprefix(root)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A body as text and what could be told of it before it is parsed.

    ``root`` is the local name of the first element in small letters, ``"{"`` for JSON; ``place``
    is where that element starts. ``problem`` is what is wrong with the bytes, ``language`` what
    the server says of the language.
    """

    text: str
    url: str
    root: str
    place: int
    problem: str
    language: str = ""


def parse_feed(
    body: bytes, *, url: str, content_type: str = "", content_language: str = ""
) -> FeedDocument:
    """Parse the body of an HTTP answer that came from ``url`` with these headers.

    A malformed feed that can still be read is read, and its ``problem`` says what is wrong.
    Raises NotAFeed, with one line that says what the body is instead.
    """
    source = open_source(
        body, url=url, content_type=content_type, content_language=content_language
    )
    if source.root == "{":
        return parse_json_feed(source.text, url=source.url, problem=source.problem)
    if source.root == "urlset":
        return parse_sitemap(source.text[source.place :], url=source.url, problem=source.problem)
    return parse_source(source)


def open_source(
    body: bytes, *, url: str, content_type: str = "", content_language: str = ""
) -> Source:
    """Decode a body and say what it is. Raises NotAFeed if it is empty or a web page."""
    url = _without_user(url)
    found = _DECLARED.match(body)
    declared = (charset_of(content_type), found[1].decode() if found else "")
    decoded = decode(body, declared)
    text = decoded.text.lstrip("\ufeff \t\r\n\x00")
    if not text:
        raise NotAFeed("the answer is empty")
    if text[0] in "{[":
        return Source(text=text, url=url, root="{", place=0, problem=decoded.problem)
    place = _first_element(text)
    name = _NAME.match(text, place)
    root = name[1].rpartition(":")[2].lower() if name else ""
    if root in _PAGE_ROOTS or (root not in _FEED_ROOTS and "html" in content_type):
        raise refuse_page(text, url)
    legal = text if _is_legal(body, decoded.charset) else _ILLEGAL.sub("", text)
    problem = decoded.problem
    if legal != text:
        problem = problem or "it holds control characters, which XML forbids"
        place = _first_element(legal)
    return Source(
        text=legal,
        url=url,
        root=root,
        place=place,
        problem=problem,
        language=content_language.strip(),
    )


def _is_legal(body: bytes, charset: str) -> bool:
    """Whether there are no control characters in a text in UTF-8: told by its bytes it is fast."""
    return charset in {"utf-8", "ascii"} and len(body.translate(None, _ILLEGAL_BYTES)) == len(body)


def _without_user(url: str) -> str:
    """``url`` without user and password, which have no place in the links of items."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _first_element(text: str) -> int:
    """Where the first element, or what stands in its place, starts."""
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
    return place


def _existing(reference: re.Match[str]) -> str:
    """A character reference, or a replacement where it names none: feedparser trips over those."""
    digits = (reference[1] or reference[2]).lstrip("0")
    code = int(digits or "0", 16 if reference[1] else 10) if len(digits) < 9 else -1
    exists = 0 <= code < 0xD800 or 0xE000 <= code <= 0x10FFFF
    return reference[0] if exists else "\N{REPLACEMENT CHARACTER}"


def parse_source(
    source: Source, text: str | None = None, *, keep_empty: bool = False
) -> FeedDocument:
    """Parse XML with feedparser: the whole source, or ``text``, which is the source cut down.

    Entries that say nothing are left out unless they are to be kept. Raises NotAFeed.
    """
    base = Base(source.url)
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": base.stand_in}
    if source.language:
        headers["content-language"] = source.language
    shown = source.text if text is None else text
    stream = io.BytesIO(shown.encode("utf-8", "replace"))
    try:  # feedparser lets errors of many kinds out on broken input
        parsed = feedparser.parse(stream, response_headers=headers)
    except MemoryError:  # says nothing about the document, and whoever reads it knows what to do
        raise
    except (ValueError, OverflowError) as error:
        mended = _REFERENCE.sub(_existing, shown)
        if mended == shown:
            raise NotAFeed(f"it cannot be read: {one_line(str(error))[:200]}") from error
        return parse_source(source, mended, keep_empty=keep_empty)
    except Exception as error:
        raise NotAFeed(f"it cannot be read: {one_line(str(error))[:200]}") from error
    if source.root not in _FEED_ROOTS and not (parsed.version and parsed.entries):
        raise refuse_xml(source.root)
    complaint = _complaint(parsed.bozo_exception) if parsed.bozo else ""
    frame = read_frame(parsed.feed, parsed.version, base, source, complaint)
    entries = read_entries(parsed.entries, frame, base)
    return with_entries(frame, entries if keep_empty else filter(says_something, entries))


def with_entries(frame: FeedDocument, entries: Iterable[Entry]) -> FeedDocument:
    """A document without entries, and these entries in it."""
    return replace(frame, entries=tuple(entries))


def read_frame(
    feed: Mapping[str, Any], version: str, base: Base, source: Source, complaint: str = ""
) -> FeedDocument:
    """What a document says of itself, from feedparser's feed mapping; it has no entries yet."""
    hours, days = _skips(source.text)
    return FeedDocument(
        version=version,
        title=_title(feed),
        site_url=base.link(_text(feed, "link")),
        language=language_code(_text(feed, "language")),
        ttl=_ttl(feed),
        skip_hours=hours,
        skip_days=days,
        problem=source.problem or complaint,
    )


def read_entries(
    raws: Iterable[Mapping[str, Any]], frame: FeedDocument, base: Base
) -> Iterable[Entry]:
    """Entries from feedparser's entry mappings, one for each."""
    return (_entry(raw, base, frame.language, frame.version) for raw in raws)


def says_something(entry: Entry) -> bool:
    """Whether anything tells this entry from nothing at all."""
    return bool(entry.guid or entry.url or entry.title or entry.summary or entry.content)


def _complaint(error: Exception) -> str:
    return re.sub(r"^<unknown>:(\d+):\d+: ", r"line \1: ", one_line(str(error)))[:200]


def _entry(raw: Mapping[str, Any], base: Base, language: str, version: str) -> Entry:
    content, content_language = _content(raw)
    summary = _html(raw.get("summary_detail"))
    dates = entry_dates(raw, only_one=version.startswith("rss"))
    own = _text(raw, "language") or content_language
    return Entry(
        guid=base.guid(one_line(_text(raw, "id"))),
        url=_entry_url(raw, base),
        title=_title(raw),
        summary=base.markup(summary),
        content="" if content == summary else base.markup(content),
        authors=_authors(raw),
        published=dates.published,
        updated=dates.updated,
        language=language_code(own) or language,
        categories=_categories(raw),
        enclosures=_enclosures(raw, base),
        date_rule=dates.rule,
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
    return _visible(_text(raw, "title"))


def _visible(text: str) -> str:
    """The visible text of what may be HTML, on one line."""
    return visible_text(text) if is_markup(text) else one_line(text)


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


def _entry_url(raw: Any, base: Base) -> str:
    for key in ("feedburner_origlink", "link"):
        if (text := _text(raw, key)) and (url := base.link(text)):
            return url
    for link in dict.get(raw, "links") or ():
        href = link.get("href") if link.get("rel") in {"alternate", "related"} else None
        if href and (url := base.link(href)):
            return url
    return ""


def _authors(raw: Any) -> tuple[str, ...]:
    """The authors' names. feedparser cuts "address (name)" wrongly: then its source is read."""
    source = _visible(_text(raw, "author"))
    names = [_author(str(each.get("name") or "")) for each in dict.get(raw, "authors") or ()]
    if "@" in source and len(source) <= _LONGEST_AUTHOR and _AUTHOR.match(source):
        names = [name for name in names if name not in source]
        names.append(_author(source))
    return tuple(dict.fromkeys(filter(None, names)))


def _author(name: str) -> str:
    """The name in "name", "name <address>" or "address (name)"; an address alone is none."""
    plain = _visible(name)
    if "@" not in plain or len(plain) > _LONGEST_AUTHOR:
        return plain
    found = _AUTHOR.match(plain)
    if found:
        return (found["after"] or found["before"]).strip()
    return "" if re.fullmatch(r"\S+@\S+", plain) else plain


def _categories(raw: Any) -> tuple[str, ...]:
    tags = dict.get(raw, "tags") or ()
    names = (_visible(str(tag.get("label") or tag.get("term") or "")) for tag in tags)
    return tuple(dict.fromkeys(filter(None, names)))


def _enclosures(raw: Any, base: Base) -> tuple[Enclosure, ...]:
    """The files of an entry, each URL once."""
    found: dict[str, Enclosure] = {}
    for link in dict.get(raw, "links") or ():
        if link.get("rel") == "enclosure" and (url := base.link(link.get("href") or "")):
            length = re.fullmatch(r"\s*(\d{1,15})\s*", link.get("length") or "", re.ASCII)
            kind = one_line(link.get("type") or "")
            found.setdefault(
                url, Enclosure(url=url, type=kind, length=int(length[1] if length else 0))
            )
    return tuple(found.values())


def _skips(text: str) -> tuple[frozenset[int], frozenset[int]]:
    """``skipHours`` (24 is 0) and ``skipDays`` (0 is Monday). Source: RSS 2.0 specification.

    feedparser keeps only the last of each, so the text itself is read.
    """
    hours: set[int] = set()
    days: set[int] = set()
    for kind, inner in _SKIPS.findall(text) if "<skip" in text or "<SKIP" in text else ():
        for word in _SKIP.findall(inner):
            if kind.lower() == "days" and word.lower() in _DAYS:
                days.add(_DAYS.index(word.lower()))
            elif kind.lower() == "hours" and word.isascii() and word.isdigit() and int(word) <= 24:
                hours.add(int(word) % 24)
    return frozenset(hours), frozenset(days)


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
