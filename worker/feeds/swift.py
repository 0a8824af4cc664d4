"""Entries of ordinary RSS 2.0 and Atom 1.0 read from a tree, as feedparser would read them.

What is made here are the mappings that feedparser makes of an entry and of a feed, as far as
``worker.feeds.parse`` looks at them, so that everything after that is shared. Only constructs on
the lists below are read, each in the way feedparser is known to read it. At anything else an
entry is left to feedparser (``None``), which stays the reference: tests hold the two together.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from feedparser.mixin import _FeedParserMixin

from worker.feeds.elements import (
    NAMES,
    OddError,
    Raw,
    Reader,
    element_name,
    read_entry,
    read_head,
)
from worker.feeds.parse import Source

_ATOM = "http://www.w3.org/2005/atom"
_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
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

    ``version`` is feedparser's word for the format; ``others`` are the namespaces it knows
    nothing of.
    """

    root: ET.Element
    version: str
    base: str
    language: str | None
    others: frozenset[str]

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
        if element.attrib:
            return None
        reader = self._reader(in_entry=True)
        try:
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
    attributes = {key.lower(): value for key, value in root.attrib.items()}
    language = root.attrib.get(_LANG, source.language or None)
    if others is None or not attributes.keys() <= {"version", _LANG.lower()} or language == "":
        return None
    version = attributes.get("version", "")
    if root.tag.lower() == "rss" and root.tag.islower():
        version = _VERSIONS.get(version) or ("rss20" if version.startswith("2.") else "rss")
    elif root.tag.lower() == f"{{{_ATOM}}}feed" and not version:
        version = "atom10"
    else:
        return None
    said = language.replace("_", "-") if language else None
    return Swift(root=root, version=version, base=base, language=said, others=others)


def _other_namespaces(text: str) -> frozenset[str] | None:
    """Namespaces with a prefix that feedparser does not know, ``None`` where names are mixed up.

    Declarations count wherever something looks like one: one too many does no harm.
    """
    meant: dict[str, str] = {}
    others = set()
    for prefix, double, single in _XMLNS.findall(text):
        uri = (double or single).strip()
        if not uri or uri.lower() in {"http://purl.org/rss/1.0/", "http://www.w3.org/1999/xlink"}:
            return None
        if not prefix:
            continue
        name = NAMES.get(uri.lower())
        if prefix in _CONFUSING or (prefix in _OWN and prefix != name):
            return None
        if meant.setdefault(prefix, uri) != uri:
            return None
        if name is None:
            others.add(uri)
    return frozenset(others)
