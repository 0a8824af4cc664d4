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
* The same guid and the same link twice is one entry in two versions (RFC 4287, 4.1.1): the one
  updated last is taken.

Look up ``known`` by ``possible_identities``, else qualified identities are not found again.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

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
    that do, ``fingerprint`` changes when a reader sees something else.
    """

    entry: Entry
    plain: str
    mark: str
    fingerprint: str


def mark_entry(entry: Entry | Marked) -> Marked:
    """The entry, marked; as it is, if it is marked already."""
    if isinstance(entry, Marked):
        return entry
    return Marked(entry, identify(entry), _mark(entry), fingerprint(entry))


def identify(entry: Entry) -> str:
    """What stays the same about an entry: its guid, else its URL, else its text.

    The prefix says which: ``guid:``, ``url:`` or ``hash:``. A guid that is a URL loses its scheme.
    So does a number some publishers count edits with, as in ``https://.../story#2``, where the
    rest is the entry's own link.
    """
    if entry.guid:
        return _bounded("guid:", _plain_guid(entry))
    if entry.url:
        return _bounded("url:", canonical_url(entry.url))
    return f"hash:{_text_hash(entry)}"


def fingerprint(entry: Entry) -> str:
    """A hash of what a reader sees: title and text. Dates, links and mark-up are no part of it."""
    return _text_hash(entry)


def possible_identities(entries: Iterable[Entry | Marked]) -> frozenset[str]:
    """Every identity that these entries may be known by: what to look ``known`` up with."""
    marked = [mark_entry(entry) for entry in entries]
    qualified = {f"{one.plain} {one.mark}" for one in marked}
    return frozenset(one.plain for one in marked) | qualified


def compare(entries: Sequence[Entry | Marked], known: Mapping[str, str]) -> Comparison:
    """Sort a document's entries into new, revised and unchanged.

    ``known`` maps the identities of the feed's items to their fingerprints; it need not hold more
    than ``possible_identities(entries)``.
    """
    new: list[Identified] = []
    revised: list[Identified] = []
    unchanged: list[Identified] = []
    for identity, current, entry in _identities([mark_entry(one) for one in entries], known):
        if identity not in known:
            new.append((identity, current, entry))
        elif known[identity] != current:
            revised.append((identity, current, entry))
        else:
            unchanged.append((identity, current, entry))
    return Comparison(new=tuple(new), revised=tuple(revised), unchanged=tuple(unchanged))


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


def _mark(entry: Entry) -> str:
    """What tells an entry from others of its plain identity: its link, else its text."""
    if not entry.url:
        return _text_hash(entry)[:16]
    anchor = entry.guid if _plain_guid(entry) != _WEB.sub("", entry.guid) else ""
    return _digest(canonical_url(entry.url, fragment=True) + anchor)[:16]


def _plain_guid(entry: Entry) -> str:
    guid = _WEB.sub("", entry.guid)
    page = _REVISION.sub("", guid)
    if page != guid and entry.url and canonical_url(page) == canonical_url(entry.url):
        return page
    return guid


def _last_change(entry: Entry) -> datetime:
    return entry.updated or entry.published or _EPOCH


def _bounded(prefix: str, value: str) -> str:
    return prefix + (value if len(value) <= _LONGEST else f"sha256-{_digest(value)}")


def _text_hash(entry: Entry) -> str:
    parts = (entry.title, visible_text(entry.summary), visible_text(entry.content))
    seen = (" ".join(unicodedata.normalize("NFKC", part).split()) for part in parts)
    return _digest("\n".join(seen))[:32]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
