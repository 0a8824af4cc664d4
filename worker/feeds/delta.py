"""A feed document cut into its raw entries, so that only the unseen ones need to be parsed.

A cut is made only where it is provably safe: the document is well-formed (as expat, feedparser's
own judge, sees it), declares no document type, its entries are direct children of the one place
where entries belong, nothing stands between them, and nothing but closing tags follows them. Then
``head + some entries + tail`` is a well-formed document with these entries and the same feed.

Whether feedparser also reads an entry the same when its neighbours are gone is another question:
``Outline.calm`` answers it.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from xml.etree import ElementTree as ET

from worker.feeds.elements import HANDLED, element_name
from worker.feeds.parse import Source

_DECLARATION = re.compile(r"^<\?xml[^>]*?>")
_START = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)(?=[\s/>])", re.IGNORECASE)
_TAIL = re.compile(r"(?:\s++|<!--(?:(?!-->).)*+-->|</[^<>]++>)*+", re.DOTALL)
_ENTRY_NAMES = frozenset({"item", "entry"})
#: Where entries belong: beside or inside these.
_ROOTS = frozenset({"rss", "rdf", "feed"})
_FEED_NAMES = _ROOTS | {"channel"}
_OTHERS = _ENTRY_NAMES | _FEED_NAMES
_XHTML = "{http://www.w3.org/1999/xhtml}"
#: Elements with a method that may hold elements without touching what comes after them.
_HOLDERS = frozenset({
    "author", "contributor", "media_group", "media_content", "source", "image", "textinput",
    "itunes_owner", "itunes_category",
})  # fmt: skip
_MARKUP_HOLDERS = frozenset({"content", "summary", "title", "rights", "subtitle", "tagline"})
#: Elements of a feed that change how feedparser reads the texts of its first entry.
_UNSETTLING = frozenset({
    "content", "content_encoded", "fullitem", "body", "xhtml_body", "summary", "itunes_summary",
    "abstract", "media_description",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """A document as a tree and as text: where each entry starts and ends.

    ``elements`` and ``spans`` are in document order and belong together one by one. ``hashes``
    are eight bytes each, of the raw entry and the start of the document's first element.
    ``settled``: nothing in the feed's own elements changes how its first entry is read.
    """

    source: Source
    root: ET.Element
    elements: tuple[ET.Element, ...]
    spans: tuple[tuple[int, int], ...]
    hashes: tuple[bytes, ...]
    settled: bool

    def cut(self, places: Iterable[int]) -> str:
        """The document with only these entries in it."""
        text = self.source.text
        if not self.spans:
            return text
        kept = [text[start:end] for start, end in map(self.spans.__getitem__, places)]
        return "".join((text[: self.spans[0][0]], *kept, text[self.spans[-1][1] :]))

    def calm(self) -> bool:
        """Whether no entry changes how feedparser reads those after it."""
        return all(map(_is_calm, self.elements))


def outline(source: Source) -> Outline | None:
    """The outline of a source, ``None`` where it cannot be cut safely."""
    if source.root not in _ROOTS or "<!DOCTYPE" in source.text[: source.place]:
        return None
    root = _tree(source.text)
    if root is None:
        return None
    places = [root, *(child for child in root if local_name(child.tag) == "channel")]
    elements = _entries(root, places)
    head = [child for place in places for child in place if local_name(child.tag) not in _OTHERS]
    if elements is None or not all(_is_calm_child(child, 0) for child in head):
        return None
    spans = _spans(source.text, elements)
    if len(spans) != len(elements) or not _is_bare(source.text, spans):
        return None
    return Outline(
        source=source,
        root=root,
        elements=tuple(elements),
        spans=tuple(spans),
        hashes=_hashes(source, spans),
        settled=not any(
            element_name(part.tag) in _UNSETTLING for child in head for part in child.iter()
        ),
    )


def most(source: Source, limit: int) -> tuple[str | None, int]:
    """The text cut off before the entry after ``limit``, and how many there are.

    The text is ``None`` where it holds no more than that.
    """
    starts = [found.start() for found in _START.finditer(source.text)]
    return (source.text[: starts[limit]] if len(starts) > limit else None), len(starts)


@lru_cache(maxsize=2048)
def local_name(tag: str) -> str:
    """The name of an element without its namespace, in small letters."""
    return tag.rpartition("}")[2].lower()


def _tree(text: str) -> ET.Element | None:
    """The tree as expat builds it. There is no document type, so no entities to expand."""
    parser = ET.XMLParser()  # noqa: S314 - see above
    try:
        parser.feed(_DECLARATION.sub("", text, count=1).encode("utf-8", "replace"))
        root: ET.Element = parser.close()
    except (ET.ParseError, ValueError):
        return None
    return root


def _entries(root: ET.Element, places: list[ET.Element]) -> list[ET.Element] | None:
    """The entries in document order, ``None`` where there are some in other places as well.

    Nor may there be a second feed in the first.
    """
    direct = [child for place in places for child in place if local_name(child.tag) in _ENTRY_NAMES]
    counts = Counter([element.tag for element in root.iter()])
    entries = [counts[name] for name in counts if local_name(name) in _ENTRY_NAMES]
    feeds = [counts[name] for name in counts if local_name(name) in _FEED_NAMES]
    if len(places) > 2 or len(entries) > 1 or sum(entries) != len(direct):
        return None
    return direct if sum(feeds) == len(places) else None


def _spans(text: str, elements: list[ET.Element]) -> list[tuple[int, int]]:
    """Where entries start and end.

    What looks like a tag inside of comments or CDATA is counted too, and then there are more of
    them than elements in the tree. As many as there are elements: then they are the elements.
    """
    if not elements:
        return []
    name = re.escape(elements[0].tag.rpartition("}")[2])
    for prefix in ("", r"[\w.-]+:"):  # the first is the faster search, and nearly always enough
        starts = [found.start() for found in re.finditer(f"<{prefix}{name}[\\s/>]", text)]
        ends = [found.end() for found in re.finditer(f"</{prefix}{name}\\s*>", text)]
        if len(starts) == len(ends) == len(elements):
            return list(zip(starts, ends, strict=True))
    return []


def _is_bare(text: str, spans: list[tuple[int, int]]) -> bool:
    """Whether the entries follow each other with nothing between them and only ends after them."""
    place = spans[0][0] if spans else 0
    for start, end in spans:
        if start < place or text[place:start].strip():
            return False
        place = end
    return not spans or _TAIL.fullmatch(text, place) is not None


def _hashes(source: Source, spans: list[tuple[int, int]]) -> tuple[bytes, ...]:
    text = source.text
    opening = text[source.place : text.find(">", source.place) + 1]
    first = hashlib.blake2b(opening.encode("utf-8", "replace"), digest_size=8)
    hashes = []
    for start, end in spans:
        each = first.copy()
        each.update(text[start:end].encode("utf-8", "replace"))
        hashes.append(each.digest())
    return tuple(hashes)


def _is_calm(entry: ET.Element) -> bool:
    if entry.attrib and any(local_name(key) in {"lastmod", "href"} for key in entry.attrib):
        return False
    parents = [child for child in entry if len(child)]
    return all(_is_calm_child(child, 0) for child in parents)


def _is_calm_child(element: ET.Element, depth: int) -> bool:
    if not len(element):
        return True
    name = element_name(element.tag)
    if name == "{":
        name = local_name(element.tag)
    if name in _MARKUP_HOLDERS and element.get("type") in {"xhtml", "application/xhtml+xml"}:
        return _is_calm_markup(element)
    if depth > 1 or (name in HANDLED and name not in _HOLDERS):
        return False
    return all(_is_calm_child(child, depth + 1) for child in element)


def _is_calm_markup(holder: ET.Element) -> bool:
    """Whether a holder of XHTML holds nothing else."""
    return all(
        element.tag.startswith(_XHTML) and local_name(element.tag) not in {"svg", "math", "body"}
        for child in holder
        for element in child.iter()
    )
