"""Entries of ordinary RSS 2.0 and Atom 1.0 read from a tree, as feedparser would read them.

What is made here are the mappings that feedparser makes of an entry and of a feed, as far as
``worker.feeds.parse`` looks at them, so that everything after that is shared. Only constructs on
the lists below are read, each in the way feedparser is known to read it. At anything else an
entry is left to feedparser (``None``), which stays the reference: tests hold the two together.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from feedparser.mixin import _FeedParserMixin

from worker.feeds.elements import (
    NAMES,
    Handler,
    OddError,
    Raw,
    Reader,
    element_name,
    plain_attributes,
    read_entry,
    read_head,
    scope,
)
from worker.feeds.parse import Source

_ATOM = "http://www.w3.org/2005/atom"
_XMLNS = re.compile(r"""xmlns(?::([\w.-]+))?\s*=\s*(?:"([^"]*)"|'([^']*)')""")
#: Prefixes whose elements feedparser, or what comes after it, does something with.
_OWN = frozenset(
    {
        name.split("_")[2]
        for name in dir(_FeedParserMixin)
        if re.match("_(?:start|end)_[a-z]+_", name)
    }
    | {"feedburner", "sy", "creativeCommons", "xml"}
)
#: Prefixes that would make a key that means something else.
_CONFUSING = frozenset({"summary", "title", "published", "updated", "created", "subtitle"})
_VERSIONS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}


@dataclass(frozen=True, slots=True)
class Swift:
    """A document whose first element and namespaces are ordinary.

    ``version`` is feedparser's word for the format; ``others`` are the prefixes of
    namespaces that it knows nothing of.
    """

    root: ET.Element
    version: str
    base: str
    language: str | None
    others: Mapping[str, str]
    _handlers: dict[str, Handler] = field(default_factory=dict)

    def feed(self) -> Raw | None:
        """Feedparser's feed mapping, as far as it is looked at; ``None``: not read here."""
        reader = self._reader(in_entry=False)
        if self.language:
            reader.raw["language"] = self.language
        try:
            read_head(reader, self._head())
        except OddError:
            return None
        return reader.raw

    def entry(self, element: ET.Element) -> Raw | None:
        """Feedparser's mapping of one entry, as far as it is looked at; ``None``: not read here."""
        reader = self._reader(in_entry=True)
        try:
            if element.attrib:
                attributes = plain_attributes(element.attrib)
                if not attributes.keys() <= {"xml:base", "xml:lang"}:
                    return None
                reader.base, reader.language = scope(attributes, self.base, self.language)
            read_entry(reader, element)
        except OddError:
            return None
        return reader.raw

    def _reader(self, *, in_entry: bool) -> Reader:
        return Reader(
            base=self.base,
            language=self.language,
            atom=self.version.startswith("atom"),
            others=self.others,
            handlers=self._handlers if in_entry else {},
            in_entry=in_entry,
        )

    def _head(self) -> Iterator[ET.Element]:
        place = self.root
        if self.version.startswith("rss"):
            channels = [child for child in self.root if element_name(child.tag) == "channel"]
            if len(self.root) != 1 or len(channels) != 1 or channels[0].attrib:
                raise OddError
            place = channels[0]
        return (child for child in place if element_name(child.tag) not in {"item", "entry"})


def swift(root: ET.Element, source: Source, base: str) -> Swift | None:
    """What reads this tree of ``source``, whose links are relative to ``base``; ``None``: nothing."""
    others = _other_namespaces(source.text)
    try:
        attributes = plain_attributes(root.attrib)
    except OddError:
        return None
    base, language = scope(attributes, base, source.language.replace("_", "-") or None)
    version = attributes.get("version", "")
    if root.tag == "rss":
        version = _VERSIONS.get(version) or ("rss20" if version.startswith("2.") else "rss")
    elif root.tag.lower() == f"{{{_ATOM}}}feed" and not version:
        version = "atom10"
    else:
        return None
    if others is None or (source.language and not language):
        return None
    return Swift(root=root, version=version, base=base, language=language, others=others)


def _other_namespaces(text: str) -> dict[str, str] | None:
    """Prefixes of namespaces that feedparser does not know, ``None`` where names are mixed up.

    Declarations count wherever something looks like one: one too many does no harm.
    """
    meant: dict[str, str] = {}
    others: dict[str, str] = {}
    for prefix, double, single in _XMLNS.findall(text):
        uri = double or single
        if not uri or uri.lower() == "http://purl.org/rss/1.0/":
            return None
        if not prefix:
            continue
        name = NAMES.get(uri.lower())
        if prefix in _CONFUSING or (prefix in _OWN and name is not None and prefix != name):
            return None
        if meant.setdefault(prefix.lower(), uri) != uri:
            return None
        if name is None:
            others.setdefault(uri, prefix)
    return others
