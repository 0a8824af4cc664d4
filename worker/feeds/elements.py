"""The elements of an ordinary entry or feed, each read in the way feedparser is known to read it.

feedparser builds a mapping of an entry from its elements in document order, and what an element
becomes depends on those before it. Here is as much of that as ``worker.feeds.parse`` looks at, for
the elements that news feeds are made of.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
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
#: Attributes that are what they seem to be.
_PLAIN_ATTRIBUTES = frozenset(
    {"href", "url", "length", "term", "label", "domain", "medium", "width", "height"}
)
_SCOPING = frozenset({"xml:base", "base", "xml:lang", "lang"})
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

    ``base`` and ``language`` are those of the element that is read, ``depth`` is how deep it
    stands. ``others`` are the prefixes of namespaces that feedparser does not know, by namespace;
    ``handlers`` are those of the tags that were met.
    """

    base: str
    language: str | None
    atom: bool
    others: Mapping[str, str]
    handlers: "dict[str, Handler]"
    in_entry: bool = True
    raw: Raw = field(default_factory=dict)
    depth: int = 3
    title_depth: int = -1
    has_content: bool = False
    has_plain_author: bool = False
    stored_title_depth: int = 1_000_000


_Attributes = Mapping[str, str]
#: Reads an element with its attributes as feedparser gives them to its own handlers.
Handler = Callable[[Reader, ET.Element, _Attributes], None]


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
    _read(reader, children, _ENTRY, reader.handlers)


def read_head(reader: Reader, children: Iterable[ET.Element]) -> None:
    """Read the children of a feed that are no entries. Raises OddError."""
    _read(reader, children, _FEED, reader.handlers)


def _read(
    reader: Reader,
    children: Iterable[ET.Element],
    handlers: Mapping[str, Handler],
    known: dict[str, Handler],
) -> None:
    for child in children:
        handler = known.get(child.tag)
        if handler is None:
            name = _name(reader, child)
            handler = handlers.get(name)
            if handler is None:
                if not _is_silent(reader, child, name):
                    raise OddError
                continue
            known[child.tag] = handler
        if len(child) and handler not in _HOLDERS:
            raise OddError
        attributes = child.attrib
        if not attributes:
            handler(reader, child, attributes)
            continue
        attributes = plain_attributes(attributes)
        if attributes.keys().isdisjoint(_SCOPING):
            handler(reader, child, attributes)
        else:
            _read_scoped(reader, child, attributes, handler)


def _read_scoped(
    reader: Reader, element: ET.Element, attributes: _Attributes, handler: Handler
) -> None:
    """Read an element that has a base or a language of its own."""
    outside = reader.base, reader.language
    inside = scope(attributes, *outside)
    if len(element) and handler is _media and inside != outside:
        raise OddError
    reader.base, reader.language = inside
    handler(reader, element, attributes)
    reader.base, reader.language = outside


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


def plain_attributes(source: dict[str, str]) -> dict[str, str]:
    """Attributes as feedparser sees them, those of foreign namespaces left out."""
    if _PLAIN_ATTRIBUTES.issuperset(source):
        return source
    keys = _attribute_keys(*source)
    if keys is None:
        raise OddError
    attributes = {key: value for key, value in zip(keys, source.values(), strict=True) if key}
    for key in attributes.keys() & {"rel", "type"}:
        attributes[key] = attributes[key].lower()
    return attributes


@lru_cache(maxsize=2048)
def _attribute_keys(*names: str) -> tuple[str, ...] | None:
    """Feedparser's names of attributes, ``""`` for one left out, ``None`` where some are odd."""
    keys: list[str] = []
    for name in names:
        key = name.lower()
        if key[0] == "{":
            local = key.rpartition("}")[2]
            if name.startswith(_XML):
                key = f"xml:{local}"
            elif local in _SENSITIVE:
                return None
            else:
                key = ""
        if key and (key in keys or key in {"mode", "src"}):
            return None
        keys.append(key)
    return tuple(keys)


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


def _value(element: ET.Element) -> str:
    return mended((element.text or "").strip())


def _address(reader: Reader, element: ET.Element) -> str:
    text = (element.text or "").strip()
    return mended(_joined(reader.base, text)) if text else ""


def _joined(base: str, link: str) -> str:
    joined: str = link if ABSOLUTE.fullmatch(link) else _urljoin(base, link)
    return joined


def _detail(reader: Reader, element: ET.Element, attributes: _Attributes, default: str) -> Raw:
    """A text with the type it turns out to be of, cleaned if that is HTML."""
    kind = _TYPES.get(attributes.get("type", default))
    if kind is None:
        raise OddError
    value = (element.text or "").strip()
    if kind == "text/plain" and not reader.atom and ("<" in value or "&" in value):
        kind = "text/html" if _FeedParserMixin.looks_like_html(value) else kind
    if kind == "text/html":
        value = clean_html(value, reader.base)
    return {"type": kind, "language": reader.language, "base": reader.base, "value": mended(value)}


# ------------------------------------------------------------------------- one kind of child each


def _silent(_reader: Reader, _element: ET.Element, _attributes: _Attributes) -> None:
    """Nothing that is looked at comes of it."""


def _title(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
    detail = _detail(reader, element, attributes, "text/plain")
    if not -1 < reader.title_depth <= reader.depth:
        if not reader.in_entry or reader.depth <= reader.stored_title_depth:
            reader.stored_title_depth = reader.depth
            reader.raw["title"] = detail["value"]
        reader.raw["title_detail"] = detail
    if detail["value"]:
        reader.title_depth = reader.depth


def _media_title(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
    before = reader.title_depth
    _title(reader, element, attributes)
    reader.title_depth = before


def _link(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
    if attributes.keys() & {"url", "uri"}:
        raise OddError
    link = {"rel": "alternate", **attributes}
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
    reader.raw.setdefault("links", []).append(link)
    if "href" in link:
        link["href"] = _joined(reader.base, link["href"])
        if link["rel"] == "alternate" and link["type"] in _PAGES:
            reader.raw["link"] = link["href"]
        return
    address = _address(reader, element)
    if "&" in address:
        address = address.replace("&amp;", "&") if reader.in_entry else address
        address = _QUERY.sub(r"&\1", address)
    reader.raw["link"] = address
    if address or not reader.in_entry:
        link["href"] = address


def _guid(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
    is_link = attributes.get("ispermalink", "true") == "true"
    value = _address(reader, element) if is_link else _value(element)
    reader.raw["id"] = value
    if is_link:
        reader.raw.setdefault("link", value)


def _date(key: str) -> Handler:
    parsed = f"{key}_parsed"

    def read(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
        value = _value(element)
        reader.raw[key] = value
        reader.raw[parsed] = read_date(value)

    return read


def _text(key: str) -> Handler:
    def read(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
        if element.attrib:
            raise OddError
        reader.raw[key] = _value(element)

    return read


def _content(default: str) -> Handler:
    def read(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
        detail = _detail(reader, element, attributes, default)
        reader.has_content = True
        reader.raw.setdefault("content", []).append(detail)
        reader.raw.setdefault("summary", detail["value"])

    return read


def _summary(default: str) -> Handler:
    """A second summary is a content to feedparser, unless there is a content already."""
    as_content = _content("text/plain")

    def read(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
        if "summary" in reader.raw and not reader.has_content:
            as_content(reader, element, attributes)
            return
        detail = _detail(reader, element, attributes, default)
        reader.raw["summary"] = detail["value"]
        reader.raw["summary_detail"] = detail

    return read


def _author(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """A name, perhaps with an address; several only where nobody has an address."""
    if reader.depth != 3:
        raise OddError
    if len(element):
        if reader.has_plain_author:  # feedparser then renames that one
            raise OddError
        _person(reader.raw, element)
        return
    reader.has_plain_author = True
    name = _value(element)
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


def _category(scheme: str | None = None) -> Handler:
    def read(reader: Reader, element: ET.Element, attributes: _Attributes) -> None:
        tags = reader.raw.setdefault("tags", [])
        if attributes or scheme:
            said = attributes.get("scheme", scheme or attributes.get("domain"))
            _tag(reader.raw, attributes.get("term"), said, attributes.get("label"))
        value = _value(element)
        if value and tags and not tags[-1]["term"]:
            tags[-1]["term"] = value
        elif value:
            _tag(reader.raw, value, None, None)

    return read


def _keywords(scheme: str | None) -> Handler:
    def read(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
        if element.attrib:
            raise OddError
        for term in _value(element).split(","):
            if term.strip():
                _tag(reader.raw, term.strip(), scheme, None)

    return read


def _tag(raw: Raw, term: str | None, scheme: str | None, label: str | None) -> None:
    tags = raw.setdefault("tags", [])
    value = {"term": term, "scheme": scheme, "label": label}
    if (term or scheme or label) and value not in tags:
        tags.append(value)


def _enclosure(reader: Reader, _element: ET.Element, attributes: _Attributes) -> None:
    link = dict(attributes)
    if "uri" in link or "url" not in link:
        raise OddError
    link["href"] = link.pop("url")
    link["rel"] = "enclosure"
    reader.raw.setdefault("links", []).append(link)


def _source(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """Where an item was taken from. A title of the item that comes later is taken again."""
    reader.title_depth = -1
    for part in element:
        name = _name(reader, part)
        if name not in _SOURCE or len(part):
            raise OddError
        if name == "title" and (part.text or "").strip():
            reader.title_depth = reader.depth + 1


def _media(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """Media groups and contents: their children count as the entry's own."""
    if reader.depth > _DEEPEST:
        raise OddError
    reader.depth += 1
    _read(reader, element, _MEDIA, {})
    reader.depth -= 1


def _image(reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """The picture of a feed: its title and link are its own."""
    parts = element
    if any(element_name(part.tag) not in _IMAGE or len(part) or part.attrib for part in parts):
        raise OddError
    reader.title_depth = -1


def _skips(_reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """Read from the text itself."""
    if any(element_name(part.tag) not in {"hour", "day"} or len(part) for part in element):
        raise OddError


def _anything(_reader: Reader, element: ET.Element, _attributes: _Attributes) -> None:
    """Of a feed: people and categories, which nobody looks at, whatever is in them."""
    if any(element_name(part.tag) not in _ASIDE or len(part) for part in element):
        raise OddError


_MEDIA: dict[str, Handler] = {
    **dict.fromkeys((name for name in _SILENT if name.startswith("media_")), _silent),
    "media_group": _media,
    "media_content": _media,
    "media_title": _media_title,
    "media_description": _summary("text/html"),
    "media_keywords": _keywords(None),
    "media_category": _category("http://search.yahoo.com/mrss/category_schema"),
}
_ENTRY: dict[str, Handler] = {
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
_FEED: dict[str, Handler] = {
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
