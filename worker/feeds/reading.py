"""Reading the body of a poll: only what is new in it, and that fast.

1. The body's hash tells an unchanged body: nothing is read.
2. The document is cut into raw entries (``worker.feeds.delta``) and each is hashed: entries that
   were there before are not read again.
3. Unseen entries of ordinary shape are read from the tree (``worker.feeds.swift``), the others by
   feedparser from a document that holds only them. Where that might change what feedparser makes
   of them, feedparser reads the whole document, as it does where no cut is safe.

The outcome is always the whole document's, less the entries seen before.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.feeds.dates import settle
from worker.feeds.delta import Outline, most, outline
from worker.feeds.elements import Raw
from worker.feeds.jsonfeed import json_entry, open_json_feed
from worker.feeds.parse import (
    Base,
    Source,
    open_source,
    parse_source,
    read_entries,
    read_frame,
    says_something,
    with_entries,
)
from worker.feeds.refusal import NotAFeed
from worker.feeds.sitemap import open_sitemap, sitemap_entry, sitemap_hash
from worker.feeds.swift import Swift, swift
from worker.model import Entry, FeedDocument

__all__ = ["NotAFeed", "Reading", "read_feed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of one body.

    ``body_hash`` is SHA-256; ``entry_hashes`` are eight bytes for each raw entry, in document
    order, ``()`` where the document could not be cut. ``total`` is how many entries it has.
    ``document`` is ``None`` where the body is the known one, else it holds the unseen entries;
    ``whole`` says that these are all entries.
    """

    body_hash: bytes
    entry_hashes: tuple[bytes, ...]
    total: int
    document: FeedDocument | None
    whole: bool


def read_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    content_language: str = "",
    known_body: bytes | None = None,
    known_entries: frozenset[bytes] = frozenset(),
    now: datetime,
    most_entries: int = 10_000,
) -> Reading:
    """Read the body of an HTTP answer that came from ``url`` with these headers.

    ``known_body`` and ``known_entries`` are hashes of earlier readings. Dates that lie ahead of
    ``now`` are dropped. Of a document with more than ``most_entries`` the first are read, and its
    problem says so. Raises NotAFeed, with one line that says what the body is instead.
    """
    digest = hashlib.sha256(body).digest()
    if digest == known_body:
        return Reading(body_hash=digest, entry_hashes=(), total=0, document=None, whole=False)
    source = open_source(
        body, url=url, content_type=content_type, content_language=content_language
    )
    if source.root == "{":
        hashes, total, document = _json(source, known_entries, most_entries)
    elif source.root == "urlset":
        hashes, total, document = _sitemap(source, known_entries, most_entries)
    else:
        hashes, total, document = _xml(source, known_entries, most_entries)
    if total > most_entries:
        told = f"it holds {total} entries, of which the first {most_entries} are read"
        document = replace(document, problem=told)
    return Reading(
        body_hash=digest,
        entry_hashes=hashes,
        total=total,
        document=with_entries(document, (settle(entry, now) for entry in document.entries)),
        whole=not known_entries.intersection(hashes),
    )


_Read = tuple[tuple[bytes, ...], int, FeedDocument]


def _json(source: Source, known: frozenset[bytes], limit: int) -> _Read:
    opened = open_json_feed(source.text, url=source.url, problem=source.problem)
    items = opened.items[:limit]
    hashes = tuple(
        hashlib.blake2b(json.dumps(item, sort_keys=True).encode(), digest_size=8).digest()
        for item in items
    )
    entries = tuple(
        json_entry(item, opened)
        for item, each in zip(items, hashes, strict=True)
        if each not in known
    )
    return hashes, len(opened.items), with_entries(opened.frame, entries)


def _sitemap(source: Source, known: frozenset[bytes], limit: int) -> _Read:
    frame, parts = open_sitemap(source.text[source.place :], problem=source.problem)
    kept = parts[:limit]
    hashes = tuple(map(sitemap_hash, kept))
    unseen = (part for part, each in zip(kept, hashes, strict=True) if each not in known)
    return (
        hashes,
        len(parts),
        with_entries(frame, (sitemap_entry(part, source.url) for part in unseen)),
    )


def _xml(source: Source, known: frozenset[bytes], limit: int) -> _Read:
    found = outline(source)
    if found is None:
        text, total = most(source, limit)
        document = parse_source(source, text)
        kept = document.entries[:limit]
        return (), max(total, len(kept)) if text else len(kept), with_entries(document, kept)
    hashes = found.hashes[:limit]
    unseen = [place for place, each in enumerate(hashes) if each not in known]
    read = _read(found, unseen)
    if read is not None:
        return hashes, len(found.hashes), read
    text = found.cut(range(limit)) if len(found.hashes) > limit else None
    return (), len(found.hashes), parse_source(source, text)


def _read(found: Outline, unseen: Sequence[int]) -> FeedDocument | None:
    """The document with its unseen entries, ``None`` where only the whole tells."""
    base = Base(found.source.url)
    reader = swift(found.root, found.source, base.stand_in)
    raws: dict[int, Raw] = {}
    for place in unseen if reader else ():
        raw = reader.entry(found.elements[place]) if reader and (place or found.settled) else None
        if raw is not None:
            raws[place] = raw
    frame = _frame(reader, base, found.source) if reader else None
    odd = [place for place in unseen if place not in raws]
    if (odd or frame is None or len(unseen) < len(found.elements)) and not found.calm():
        return None
    entries: dict[int, Entry] = {}
    if odd or frame is None:
        if odd and not found.settled and odd[0]:
            odd.insert(0, 0)  # so that it is the first that is read otherwise
        parsed = parse_source(found.source, found.cut(odd), keep_empty=True)
        if len(parsed.entries) != len(odd):
            return None
        frame = frame or with_entries(parsed, ())
        entries = dict(zip(odd, parsed.entries, strict=True))
    entries.update(zip(raws, read_entries(raws.values(), frame, base), strict=True))
    return with_entries(frame, filter(says_something, map(entries.__getitem__, unseen)))


def _frame(reader: Swift, base: Base, source: Source) -> FeedDocument | None:
    raw = reader.feed()
    return None if raw is None else read_frame(raw, reader.version, base, source)
