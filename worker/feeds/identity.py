"""Which entry is which: identities, fingerprints, and what is new in a document.

How entries that share a guid keep their identities from document to document:

* One entry of an identity in a document keeps the plain identity.
* Several with different links get a qualified one each: plain identity, a space, and a mark made
  from the link (or, where no entry has a link, from the text).
* What is ``known`` comes first: an entry whose qualified identity is known keeps it, also when it
  comes alone later. One that was alone before and is known by the plain identity keeps that one as
  long as its fingerprint is the known one. If it changed at the very moment a second entry took
  its guid, nobody can tell which of the two it was: both count as new, for an alert too many is
  better than one too few.
* A guid that nobody knows, at a link that one known item has and no other entry of the document,
  is that item under another guid, if the text is the same or title and date are: publishers
  rebuild their guids. If anything speaks against it the entry is new.
* The same guid and the same link twice is one entry in two versions (RFC 4287, 4.1.1): the one
  updated last is taken.

Look up ``known`` by ``possible_identities``, else qualified identities are not found again, and
the items that share a link by ``Marked.link``.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from unicodedata import is_normalized, normalize

from worker.feeds.links import canonical_url
from worker.markup import visible_text
from worker.model import Entry

Identified = tuple[str, str, Entry]

_WEB = re.compile(r"https?:(?=//)", re.IGNORECASE)
_REVISION = re.compile(r"#\d{1,3}$")
#: Longer guids are hashed: an index row of Postgres holds no more than about 2,700 bytes.
_LONGEST = 400
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The entries of a document beside what is known: (identity, fingerprint, entry) each.

    All three are in document order, and no identity comes twice.
    """

    new: tuple[Identified, ...] = ()
    revised: tuple[Identified, ...] = ()
    unchanged: tuple[Identified, ...] = ()


@dataclass(frozen=True, slots=True)
class Marked:
    """An entry with what is worked out from its texts, which takes time and may go wrong.

    ``plain`` is its identity as long as no other entry shares it, ``mark`` tells it from those
    that do, ``fingerprint`` changes when a reader sees something else. ``link`` is a signed
    64-bit hash of where it leads, ``None`` if nowhere.
    """

    entry: Entry
    plain: str
    mark: str
    fingerprint: str
    link: int | None = None


@dataclass(frozen=True, slots=True)
class LinkedItem:
    """A known item that is looked up by its link."""

    identity: str
    fingerprint: str
    title: str
    published: datetime | None


Links = Mapping[int, Sequence[LinkedItem]]
"""The known items of a feed by their links; two at one link are enough to know of."""
_NO_LINKS: Links = {}


def mark_entry(entry: Entry | Marked, *, content: str | None = None) -> Marked:
    """The entry, marked; as it is, if it is marked already.

    ``content`` is the visible text of its content, where that is known.
    """
    if isinstance(entry, Marked):
        return entry
    text = _text_hash(entry, content)
    link = canonical_url(entry.url) if entry.url else ""
    guid = _plain_guid(entry, link) if entry.guid else ""
    return Marked(
        entry,
        _identity(entry, guid, link, text),
        _mark(entry, guid, link, text),
        text,
        _hash(link) if link else None,
    )


def link_hash(url: str) -> int | None:
    """A signed 64-bit hash of where a URL leads (see ``canonical_url``), ``None`` without one."""
    return _hash(canonical_url(url)) if url else None


def _hash(link: str) -> int:
    digest = hashlib.blake2b(link.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def identify(entry: Entry) -> str:
    """What stays the same about an entry: its guid, else its URL, else its text.

    The prefix says which: ``guid:``, ``url:`` or ``hash:``. A guid that is a URL loses its scheme.
    So does a number some publishers count edits with, as in ``https://.../story#2``, where the
    rest is the entry's own link.
    """
    return mark_entry(entry).plain


def _identity(entry: Entry, guid: str, link: str, text: str) -> str:
    if entry.guid:
        return _bounded("guid:", guid)
    return _bounded("url:", link) if entry.url else f"hash:{text}"


def fingerprint(entry: Entry) -> str:
    """A hash of what a reader sees: title and text. Dates, links and mark-up are no part of it."""
    return _text_hash(entry)


def possible_identities(entries: Iterable[Entry | Marked]) -> frozenset[str]:
    """Every identity that these entries may be known by: what to look ``known`` up with."""
    marked = [mark_entry(entry) for entry in entries]
    qualified = {f"{one.plain} {one.mark}" for one in marked}
    return frozenset(one.plain for one in marked) | qualified


def needs_whole(
    entries: Iterable[Entry | Marked], known: Mapping[str, str], links: Links = _NO_LINKS
) -> bool:
    """Whether only the whole document tells what these entries of it are.

    They are those of a document that were never seen before. One that may be a known item under
    the same guid or at the same link is compared beside the entries that were seen.
    """
    marked = [mark_entry(entry) for entry in entries]
    return any(
        one.plain in known or f"{one.plain} {one.mark}" in known or links.get(one.link or 0)
        for one in marked
    )


def compare(
    entries: Sequence[Entry | Marked], known: Mapping[str, str], links: Links = _NO_LINKS
) -> Comparison:
    """Sort a document's entries into new, revised and unchanged.

    ``known`` maps the identities of the feed's items to their fingerprints; it need not hold more
    than ``possible_identities(entries)``. ``links`` holds the items at the links of the entries.
    """
    new: list[Identified] = []
    revised: list[Identified] = []
    unchanged: list[Identified] = []
    marked = [mark_entry(one) for one in entries]
    moved = _moved(marked, known, links)
    for one in _identities(marked, known):
        identity, current, entry = one
        before = moved.get(id(entry)) if identity not in known else None
        if before is not None:
            same = before.fingerprint == current
            (unchanged if same else revised).append((before.identity, current, entry))
        elif identity not in known:
            new.append(one)
        elif known[identity] != current:
            revised.append((identity, current, entry))
        else:
            unchanged.append((identity, current, entry))
    return Comparison(new=tuple(new), revised=tuple(revised), unchanged=tuple(unchanged))


def _moved(
    entries: Sequence[Marked], known: Mapping[str, str], links: Links
) -> dict[int, LinkedItem]:
    """The items that entries with unknown guids are, by the ids of the entries."""
    offered = Counter(one.link for one in entries)
    own = {one.plain for one in entries} | {f"{one.plain} {one.mark}" for one in entries}
    found: dict[int, LinkedItem] = {}
    for one in entries:
        there = links.get(one.link, ()) if one.link is not None else ()
        alone = len(there) == 1 and offered[one.link] == 1 and there[0].identity not in own
        if alone and one.plain not in known and _is_same(one, there[0]):
            found[id(one.entry)] = there[0]
    return found


def _is_same(one: Marked, item: LinkedItem) -> bool:
    """Whether text, or title and date, of an entry are those of an item at its link."""
    if one.fingerprint == item.fingerprint:
        return True
    dated = one.entry.published is not None and one.entry.published == item.published
    return dated and _folded(one.entry.title) == _folded(item.title)


def _folded(text: str) -> str:
    return " ".join(normalize("NFKC", text).split())


def _identities(entries: Sequence[Marked], known: Mapping[str, str]) -> list[Identified]:
    """Every distinct entry with its identity, in document order."""
    groups: dict[str, dict[str, Marked]] = {}
    for one in entries:
        versions = groups.setdefault(one.plain, {})
        earlier = versions.get(one.mark)
        if earlier is None or _last_change(one.entry) > _last_change(earlier.entry):
            versions[one.mark] = one
    unique: dict[str, Marked] = {}
    for one in entries:
        versions = groups[one.plain]
        if versions[one.mark] is one:
            unique[_settle(one, known, alone=len(versions) == 1)] = one
    return [(identity, one.fingerprint, one.entry) for identity, one in unique.items()]


def _settle(one: Marked, known: Mapping[str, str], *, alone: bool) -> str:
    """The identity of one entry, plain or qualified (see above)."""
    qualified = f"{one.plain} {one.mark}"
    if qualified in known:
        return qualified
    if alone or known.get(one.plain) == one.fingerprint:
        return one.plain
    return qualified


def _mark(entry: Entry, guid: str, link: str, text: str) -> str:
    """What tells an entry from others of its plain identity: its link, else its text."""
    if not entry.url:
        return text[:16]
    if "#" in entry.url:
        link = canonical_url(entry.url, fragment=True)
    counted = "#" in entry.guid and guid != _without_scheme(entry.guid)
    return _digest(link + entry.guid if counted else link)[:16]


def _plain_guid(entry: Entry, link: str) -> str:
    """The guid without a scheme, and without an edit's number where ``link`` is the rest of it."""
    guid = _without_scheme(entry.guid)
    page = _REVISION.sub("", guid) if entry.url and "#" in guid else guid
    return page if page != guid and canonical_url(page) == link else guid


def _without_scheme(guid: str) -> str:
    return _WEB.sub("", guid) if "://" in guid else guid


def _last_change(entry: Entry) -> datetime:
    return entry.updated or entry.published or _EPOCH


def _bounded(prefix: str, value: str) -> str:
    return f"{prefix}{value if len(value) <= _LONGEST else f'sha256-{_digest(value)}'}"


def _text_hash(entry: Entry, content: str | None = None) -> str:
    summary = visible_text(entry.summary) if entry.summary else ""
    if content is None:
        content = visible_text(entry.content) if entry.content else ""
    return _digest(f"{_folded(entry.title)}\n{_unified(summary)}\n{_unified(content)}")[:32]


def _unified(line: str) -> str:
    """The same as ``_folded`` of a text that is on one line already, which that seldom changes."""
    return line if line.isascii() or is_normalized("NFKC", line) else _folded(line)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
