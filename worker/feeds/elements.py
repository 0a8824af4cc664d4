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

from feedparser.mixin import _FeedParserMixin
from feedparser.urls import _urljoin, make_safe_absolute_uri
from feedparser.util import FeedParserDict

from worker.feeds.cleaning import clean_html, mended
from worker.feeds.dates import read_date
from worker.feeds.links import ABSOLUTE

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
#: Names that feedparser has a method for. Any other element becomes a key of that name.
HANDLED = frozenset(
    name.removeprefix(prefix).lower()
    for name in dir(_FeedParserMixin)
    for prefix in ("_start_", "_end_")
    if name.startswith(prefix)
)
#: Keys that are looked at later, and those that feedparser takes for others.
_LOOKED_AT = frozenset(FeedParserDict.keymap) | {
    "author", "authors", "content", "created", "created_parsed", "feedburner_origlink", "id",
    "language", "link", "links", "published", "published_parsed", "summary", "summary_detail",
    "sy_updatefrequency", "sy_updateperiod", "tags", "title", "title_detail", "ttl", "updated",
    "updated_parsed",
}  # fmt: skip
_NOTICED = HANDLED | _LOOKED_AT
#: Elements with a method that leave nothing behind that is looked at.
_SILENT = frozenset({
    "rights", "copyright", "dc_rights", "subtitle", "generator", "expirationdate", "dcterms_valid",
    "dc_publisher", "webmaster", "width", "height", "media_thumbnail", "media_credit",
    "media_rating", "media_license", "media_restriction", "itunes_subtitle", "itunes_explicit",
    "itunes_block", "itunes_image", "cc_license", "creativecommons_license",
    "georss_point", "georss_box", "georss_line",
})  # fmt: skip
#: The same of a feed.
_SILENT_OF_FEED = _SILENT | {
    "description", "tagline", "managingeditor", "pubdate", "lastbuilddate", "updated", "modified",
    "published", "category", "cloud", "dc_date", "dc_creator", "dc_subject", "dc_description",
    "info", "itunes_author", "itunes_summary", "itunes_keywords", "admin_generatoragent",
    "admin_errorreportsto", "feedburner_browserfriendly",
}  # fmt: skip
_SOURCE = _SILENT_OF_FEED | {"title", "link", "id", "guid", "language"}
#: Attributes that feedparser would take for its own, whatever namespace they are in.
_SENSITIVE = frozenset({
    "href", "rel", "type", "length", "url", "uri", "base", "lang", "term", "scheme", "label",
    "domain", "ispermalink", "mode", "src", "text", "value", "about", "lastmod", "version",
})  # fmt: skip
#: How deep a media group may stand in others.
_DEEPEST = 9
_XML = "{http://www.w3.org/XML/1998/namespace}"
_PAGES = frozenset({"text/html", "html", "xhtml", "application/xhtml+xml"})
_PERSON = frozenset({"name", "email", "uri", "url"})
_ASIDE = _PERSON | {"{", "itunes_name", "itunes_email", "itunes_category"}
_IMAGE = frozenset({"title", "link", "url", "width", "height", "description"})


class OddError(Exception):
    """Something that is not read here but by feedparser."""


@dataclass(slots=True)
class Reader:
    """An entry, or a feed, half read. ``raw`` is what feedparser would have made of it so far.

    ``others`` are the prefixes of namespaces that feedparser does not know, by namespace.
    """

    base: str
    language: str | None
    atom: bool
    others: Mapping[str, str]
    raw: Raw = field(default_factory=dict)
    in_entry: bool = True
    title_depth: int = -1
    has_content: bool = False
    has_plain_author: bool = False
    stored_title_depth: int = 1_000_000


class _Child(NamedTuple):
    """An element, its attributes as feedparser gives them to its handlers, and where it stands."""

    element: ET.Element
    attributes: Mapping[str, str]
    depth: int
    base: str
    language: str | None


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
    name = _name(reader, element)
    handler = handlers.get(name)
    if handler is None:
        if not _is_silent(reader, element, name):
            raise OddError
        return
    if len(element) and handler not in _HOLDERS:
        raise OddError
    found = element.attrib
    if not found:
        handler(reader, _Child(element, found, depth, reader.base, reader.language))
        return
    attributes = plain_attributes(found)
    base, language = scope(attributes, reader.base, reader.language)
    handler(reader, _Child(element, attributes, depth, base, language))


def _name(reader: Reader, element: ET.Element) -> str:
    name = element_name(element.tag)
    if name != "{":
        return name
    uri, _, local = element.tag[1:].rpartition("}")
    prefix = reader.others.get(uri)
    return f"{prefix}_{local}".lower() if prefix else local.lower()


def _is_silent(reader: Reader, element: ET.Element, name: str) -> bool:
    """Whether feedparser has no method for an element, nor for those in it, and no use for it."""
    if name in _NOTICED:
        return False
    names = {_name(reader, part) for part in element.iter()} - {name} if len(element) else set()
    return not names & _NOTICED


def plain_attributes(source: Mapping[str, str]) -> dict[str, str]:
    """Attributes as feedparser sees them, those of foreign namespaces left out."""
    attributes: dict[str, str] = {}
    for given, value in source.items():
        key = given.lower()
        if key[0] == "{":
            local = key.rpartition("}")[2]
            if given.startswith(_XML):
                key = f"xml:{local}"
            elif local in _SENSITIVE:
                raise OddError
            else:
                continue
        if key in attributes or key in {"mode", "src"}:
            raise OddError
        attributes[key] = value.lower() if key in {"rel", "type"} else value
    return attributes


def scope(attributes: Mapping[str, str], base: str, language: str | None) -> tuple[str, str | None]:
    """The base of links and the language inside an element with these attributes."""
    link = attributes.get("xml:base", attributes.get("base"))
    if link:
        base = make_safe_absolute_uri(base, link) or base
    said = attributes.get("xml:lang", attributes.get("lang"))
    if said is not None:
        language = said.replace("_", "-") or None
    return base, language


# ------------------------------------------------------------------------- values


def _value(child: _Child) -> str:
    return mended((child.element.text or "").strip())


def _address(child: _Child) -> str:
    text = (child.element.text or "").strip()
    return mended(_joined(child.base, text)) if text else ""


def _joined(base: str, link: str) -> str:
    joined: str = link if ABSOLUTE.fullmatch(link) else _urljoin(base, link)
    return joined


def _detail(reader: Reader, child: _Child, default: str) -> Raw:
    """A text with the type it turns out to be of, cleaned if that is HTML."""
    kind = _TYPES.get(child.attributes.get("type", default))
    if kind is None:
        raise OddError
    value = (child.element.text or "").strip()
    if kind == "text/plain" and not reader.atom and ("<" in value or "&" in value):
        kind = "text/html" if _FeedParserMixin.looks_like_html(value) else kind
    if kind == "text/html":
        value = clean_html(value, child.base)
    return {"type": kind, "language": child.language, "base": child.base, "value": mended(value)}


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
    if child.attributes.keys() & {"url", "uri"}:
        raise OddError
    link = {"rel": "alternate", **child.attributes}
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
    reader.raw.setdefault("links", []).append(link)
    if "href" in link:
        link["href"] = _joined(child.base, link["href"])
        if link["rel"] == "alternate" and link["type"] in _PAGES:
            reader.raw["link"] = link["href"]
        return
    address = _address(child)
    if "&" in address:
        address = address.replace("&amp;", "&") if reader.in_entry else address
        address = _QUERY.sub(r"&\1", address)
    reader.raw["link"] = address
    if address or not reader.in_entry:
        link["href"] = address


def _guid(reader: Reader, child: _Child) -> None:
    is_link = child.attributes.get("ispermalink", "true") == "true"
    value = _address(child) if is_link else _value(child)
    reader.raw["id"] = value
    if is_link:
        reader.raw.setdefault("link", value)


def _date(key: str) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        value = _value(child)
        reader.raw[key] = value
        reader.raw[f"{key}_parsed"] = read_date(value)

    return read


def _text(key: str) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        if child.element.attrib:
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
    if child.depth != 3:
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
        if name not in _PERSON:
            if name in HANDLED or len(part):
                raise OddError
            continue
        if name in parts or len(part) or part.attrib:
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


def _keywords(scheme: str | None) -> _Handler:
    def read(reader: Reader, child: _Child) -> None:
        if child.element.attrib:
            raise OddError
        for term in _value(child).split(","):
            if term.strip():
                _tag(reader.raw, term.strip(), scheme, None)

    return read


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


def _source(reader: Reader, child: _Child) -> None:
    """Where an item was taken from. A title of the item that comes later is taken again."""
    reader.title_depth = -1
    for part in child.element:
        name = _name(reader, part)
        if name not in _SOURCE or len(part):
            raise OddError
        if name == "title" and (part.text or "").strip():
            reader.title_depth = child.depth + 1


def _media(reader: Reader, child: _Child) -> None:
    """Media groups and contents: their children count as the entry's own."""
    if child.depth > _DEEPEST:
        raise OddError
    if len(child.element) and (child.base, child.language) != (reader.base, reader.language):
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


def _anything(_reader: Reader, child: _Child) -> None:
    """Of a feed: people and categories, which nobody looks at, whatever is in them."""
    if any(element_name(part.tag) not in _ASIDE or len(part) for part in child.element):
        raise OddError


_MEDIA: dict[str, _Handler] = {
    **dict.fromkeys((name for name in _SILENT if name.startswith("media_")), _silent),
    "media_group": _media,
    "media_content": _media,
    "media_title": _media_title,
    "media_description": _summary("text/html"),
    "media_keywords": _keywords(None),
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
    "itunes_summary": _summary("text/plain"),
    "itunes_keywords": _keywords("http://www.itunes.com/"),
    "dc_title": _title,
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
    "dc_title": _title,
    "image": _image,
    "author": _anything,
    "itunes_owner": _anything,
    "itunes_category": _anything,
    "skiphours": _skips,
    "skipdays": _skips,
}
_HOLDERS = frozenset({_media, _author, _image, _skips, _anything, _source})
