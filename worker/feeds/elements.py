"""The elements of an ordinary entry or feed, each read in the way feedparser is known to read it.

feedparser builds a mapping of an entry from its elements in document order, and what an element
becomes depends on those before it. Here is as much of that as ``worker.feeds.parse`` looks at, for
the elements that news feeds are made of.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

from feedparser.datetimes import _parse_date
from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin

from worker.feeds.cleaning import PLAIN_URL, clean_html, mended

Raw = dict[str, Any]

#: feedparser's own names of namespaces.
NAMES: Mapping[str, str] = {
    uri.lower(): name for uri, name in _FeedParserMixin.namespaces.items() if uri
}
_QUERY = re.compile(r"&([A-Za-z0-9_]+);")
_TYPES = {
    "text": "text/plain",
    "plain": "text/plain",
    "text/plain": "text/plain",
    "html": "text/html",
    "text/html": "text/html",
}
#: Children without children of their own that leave nothing behind that is looked at.
_SILENT = frozenset({
    "comments", "rights", "copyright", "subtitle", "generator", "docs", "ttl", "icon", "logo",
    "media_thumbnail", "media_credit", "media_copyright", "media_rating", "media_text",
    "media_hash", "media_license", "media_restriction",
    "slash_comments", "slash_section", "slash_department", "slash_hit_parade",
    "wfw_comment", "wfw_commentrss", "thr_total", "trackback_ping", "pingback_server",
    "pingback_target", "dc_identifier", "dc_type", "dc_format", "dc_source", "dc_relation",
    "dc_coverage", "dc_rights", "dcterms_valid", "dcterms_available", "dcterms_identifier",
    "itunes_duration", "itunes_explicit", "itunes_episode", "itunes_season",
    "itunes_episodetype", "itunes_title", "itunes_block", "itunes_order",
})  # fmt: skip
#: The same of a feed.
_SILENT_OF_FEED = _SILENT | {
    "description", "tagline", "managingeditor", "webmaster", "pubdate", "lastbuilddate", "updated",
    "category", "cloud", "rating", "author", "dc_date", "dc_creator", "dc_publisher", "dc_subject",
    "itunes_author", "itunes_summary", "itunes_subtitle", "itunes_type", "itunes_keywords",
    "feedburner_info", "feedburner_emailserviceid", "feedburner_feedburnerhostname", "published",
}  # fmt: skip
_PAGES = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_PERSON = frozenset({"name", "email", "uri", "url"})
_IMAGE = frozenset({"title", "link", "url", "width", "height", "description"})


class OddError(Exception):
    """Something that is not read here but by feedparser."""


@dataclass(slots=True)
class Reader:
    """An entry, or a feed, half read. ``raw`` is what feedparser would have made of it so far."""

    base: str
    language: str | None
    atom: bool
    others: frozenset[str]
    raw: Raw = field(default_factory=dict)
    in_entry: bool = True
    title_depth: int = -1
    has_content: bool = False
    has_plain_author: bool = False
    stored_title_depth: int = 1_000_000


class _Child(NamedTuple):
    """An element, its attributes as feedparser gives them to its handlers, and how deep it is."""

    element: ET.Element
    attributes: Mapping[str, str]
    depth: int


_Handler = Callable[[Reader, _Child], None]


@lru_cache(maxsize=2048)
def element_name(tag: str) -> str:
    """An element's name as feedparser's handlers are called, ``"{"`` where it knows none."""
    uri, _, local = tag.rpartition("}")
    prefix = NAMES.get(uri[1:].lower()) if uri else ""
    if prefix is None:
        return "{"
    return f"{prefix}_{local.lower()}" if prefix else local.lower()


def read_entry(reader: Reader, children: Iterable[ET.Element]) -> None:
    """Read the children of an entry. Raises OddError."""
    for child in children:
        _read(reader, child, _ENTRY, 3)


def read_head(reader: Reader, children: Iterable[ET.Element]) -> None:
    """Read the children of a feed that are no entries. Raises OddError."""
    for child in children:
        _read(reader, child, _FEED, 3)


def _read(
    reader: Reader, element: ET.Element, handlers: Mapping[str, _Handler], depth: int
) -> None:
    name = element_name(element.tag)
    if name == "{":
        if element.tag[1:].rpartition("}")[0] not in reader.others or len(element):
            raise OddError
        return
    handler = handlers.get(name)
    if handler is None or (len(element) and handler not in _HOLDERS):
        raise OddError
    attributes = element.attrib
    handler(reader, _Child(element, _attributes(attributes) if attributes else attributes, depth))


def _attributes(source: Mapping[str, str]) -> dict[str, str]:
    attributes = {key.lower(): value for key, value in source.items()}
    if len(attributes) != len(source):
        raise OddError
    for key, value in attributes.items():
        if key[0] == "{" or key in {"base", "mode", "src"}:
            raise OddError
        if key in {"rel", "type"}:
            attributes[key] = value.lower()
    return attributes


# ------------------------------------------------------------------------- values


def _value(child: _Child) -> str:
    return mended((child.element.text or "").strip())


def _address(reader: Reader, child: _Child) -> str:
    text = (child.element.text or "").strip()
    return mended(_joined(reader.base, text)) if text else ""


def _joined(base: str, link: str) -> str:
    joined: str = link if PLAIN_URL.fullmatch(link) else _urljoin(base, link)
    return joined


def _detail(reader: Reader, child: _Child, default: str) -> Raw:
    """A text with the type it turns out to be of, cleaned if that is HTML."""
    kind = _TYPES.get(child.attributes.get("type", default))
    if kind is None or "lang" in child.attributes:
        raise OddError
    value = (child.element.text or "").strip()
    if kind == "text/plain" and not reader.atom and ("<" in value or "&" in value):
        kind = "text/html" if _FeedParserMixin.looks_like_html(value) else kind
    if kind == "text/html":
        value = clean_html(value, reader.base)
    return {"type": kind, "language": reader.language, "base": reader.base, "value": mended(value)}


# ------------------------------------------------------------------------- one kind of child each


def _silent(_reader: Reader, _child: _Child) -> None:
    """Nothing that is looked at comes of it."""


def _title(reader: Reader, child: _Child) -> None:
    detail = _detail(reader, child, "text/plain")
    if not -1 < reader.title_depth <= child.depth:
        if not reader.in_entry or child.depth <= reader.stored_title_depth:
            reader.stored_title_depth = child.depth
            reader.raw["title"] = detail["value"]
        reader.raw["title_detail"] = detail
    if detail["value"]:
        reader.title_depth = child.depth


def _media_title(reader: Reader, child: _Child) -> None:
    before = reader.title_depth
    _title(reader, child)
    reader.title_depth = before


def _link(reader: Reader, child: _Child) -> None:
    if child.attributes.keys() & {"url", "uri", "lang"}:
        raise OddError
    link = {"rel": "alternate", **child.attributes}
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
    reader.raw.setdefault("links", []).append(link)
    if "href" in link:
        link["href"] = _joined(reader.base, link["href"])
        if link["rel"] == "alternate" and link["type"] in _PAGES:
            reader.raw["link"] = link["href"]
        return
    address = _address(reader, child)
    if "&" in address:
        address = address.replace("&amp;", "&") if reader.in_entry else address
        address = _QUERY.sub(r"&\1", address)
    reader.raw["link"] = address
    if address or not reader.in_entry:
        link["href"] = address


def _guid(reader: Reader, child: _Child) -> None:
    is_link = child.attributes.get("ispermalink", "true") == "true"
    value = _address(reader, child) if is_link else _value(child)
    reader.raw["id"] = value
    if is_link:
        reader.raw.setdefault("link", value)


def _date(key: str) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        value = _value(child)
        reader.raw[key] = value
        reader.raw[f"{key}_parsed"] = _parse_date(value)

    return read


def _text(key: str) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        if child.attributes:
            raise OddError
        reader.raw[key] = _value(child)

    return read


def _content(default: str) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        detail = _detail(reader, child, default)
        reader.has_content = True
        reader.raw.setdefault("content", []).append(detail)
        reader.raw.setdefault("summary", detail["value"])

    return read


def _summary(default: str) -> _Handler:
    """A second summary is a content to feedparser, unless there is a content already."""
    as_content = _content("text/plain")

    def read(reader: Reader, child: _Child) -> None:
        if "summary" in reader.raw and not reader.has_content:
            as_content(reader, child)
            return
        detail = _detail(reader, child, default)
        reader.raw["summary"] = detail["value"]
        reader.raw["summary_detail"] = detail

    return read


def _author(reader: Reader, child: _Child) -> None:
    """A name, perhaps with an address; several only where nobody has an address."""
    if child.depth != 3 or "lang" in child.attributes:
        raise OddError
    if len(child.element):
        if reader.has_plain_author:  # feedparser then renames that one
            raise OddError
        _person(reader.raw, child.element)
        return
    reader.has_plain_author = True
    name = _value(child)
    authors = reader.raw.setdefault("authors", [])
    if not name or (authors and "@" in name + reader.raw["author"]):
        raise OddError
    authors.append({} if "@" in name else {"name": name})
    reader.raw["author"] = name
    if "@" in name:
        _FeedParserMixin._sync_author_detail(_Context(reader.raw))  # noqa: SLF001 - the reference


class _Context:
    """What stands for a parser where feedparser takes a name and an address apart."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def _get_context(self) -> Raw:
        return self._raw


def _person(raw: Raw, element: ET.Element) -> None:
    """An Atom author: a name, perhaps an address; several only where nobody has an address."""
    parts: dict[str, str] = {}
    for part in element:
        name = element_name(part.tag)
        if name not in _PERSON or name in parts or len(part) or part.attrib:
            raise OddError
        parts[name] = (part.text or "").strip()
    name, address = parts.get("name", ""), parts.get("email", "")
    if not name or "@" in name or (address and next(iter(parts)) != "name"):
        raise OddError
    if raw.get("authors") and (address or "@" in raw["author"]):
        raise OddError
    person = {"name": name, "email": address} if address else {"name": name}
    raw.setdefault("authors", []).append(person)
    raw["author"] = f"{name} ({address})" if address else name


def _category(scheme: str | None = None) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        said = child.attributes
        _tag(
            reader.raw,
            said.get("term"),
            said.get("scheme", scheme or said.get("domain")),
            said.get("label"),
        )
        value = _value(child)
        tags = reader.raw["tags"]
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            _tag(reader.raw, value, None, None)

    return read


def _keywords(reader: Reader, child: _Child) -> None:
    if child.attributes:
        raise OddError
    for term in _value(child).split(","):
        if term.strip():
            _tag(reader.raw, term.strip(), None, None)


def _tag(raw: Raw, term: str | None, scheme: str | None, label: str | None) -> None:
    tags = raw.setdefault("tags", [])
    value = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and value not in tags:
        tags.append(value)


def _enclosure(reader: Reader, child: _Child) -> None:
    link = dict(child.attributes)
    if "uri" in link or "url" not in link:
        raise OddError
    link["href"] = link.pop("url")
    link["rel"] = "enclosure"
    reader.raw.setdefault("links", []).append(link)


def _source(reader: Reader, _child: _Child) -> None:
    """Where an item was taken from; feedparser takes the next title for the item's again."""
    reader.title_depth = -1


def _media(reader: Reader, child: _Child) -> None:
    """Media groups and contents: their children count as the entry's own."""
    if len(child.element) and "lang" in child.attributes:
        raise OddError
    for part in child.element:
        _read(reader, part, _MEDIA, child.depth + 1)


def _image(reader: Reader, child: _Child) -> None:
    """The picture of a feed: its title and link are its own."""
    parts = child.element
    if any(element_name(part.tag) not in _IMAGE or len(part) or part.attrib for part in parts):
        raise OddError
    reader.title_depth = -1


def _skips(_reader: Reader, child: _Child) -> None:
    """Read from the text itself."""
    if any(element_name(part.tag) not in {"hour", "day"} or len(part) for part in child.element):
        raise OddError


def _feed_author(_reader: Reader, child: _Child) -> None:
    if any(element_name(part.tag) not in _PERSON or len(part) for part in child.element):
        raise OddError


_MEDIA: dict[str, _Handler] = {
    **dict.fromkeys((name for name in _SILENT if name.startswith("media_")), _silent),
    "media_group": _media,
    "media_content": _media,
    "media_title": _media_title,
    "media_description": _summary("text/html"),
    "media_keywords": _keywords,
    "media_category": _category("http://search.yahoo.com/mrss/category_schema"),
}
_ENTRY: dict[str, _Handler] = {
    **dict.fromkeys(_SILENT, _silent),
    **_MEDIA,
    "title": _title,
    "link": _link,
    "guid": _guid,
    "id": _guid,
    "pubdate": _date("published"),
    "published": _date("published"),
    "issued": _date("published"),
    "dcterms_issued": _date("published"),
    "updated": _date("updated"),
    "modified": _date("updated"),
    "dc_date": _date("updated"),
    "dcterms_modified": _date("updated"),
    "created": _date("created"),
    "dcterms_created": _date("created"),
    "description": _summary("text/html"),
    "dc_description": _summary("text/html"),
    "summary": _summary("text/plain"),
    "content": _content("text/plain"),
    "content_encoded": _content("text/html"),
    "author": _author,
    "dc_creator": _author,
    "dc_author": _author,
    "itunes_author": _author,
    "category": _category(),
    "dc_subject": _category(),
    "enclosure": _enclosure,
    "source": _source,
    "language": _text("language"),
    "dc_language": _text("language"),
    "feedburner_origlink": _text("feedburner_origlink"),
}
_FEED: dict[str, _Handler] = {
    **dict.fromkeys(_SILENT_OF_FEED, _silent),
    "title": _title,
    "link": _link,
    "id": _guid,
    "guid": _guid,
    "language": _text("language"),
    "dc_language": _text("language"),
    "ttl": _text("ttl"),
    "sy_updateperiod": _text("sy_updateperiod"),
    "sy_updatefrequency": _text("sy_updatefrequency"),
    "sy_updatebase": _silent,
    "image": _image,
    "author": _feed_author,
    "skiphours": _skips,
    "skipdays": _skips,
}
_HOLDERS = frozenset({_media, _author, _image, _skips, _feed_author})
