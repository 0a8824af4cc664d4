"""What goes to a child and what comes back: a document not read yet, and what it says."""

from dataclasses import dataclass
from datetime import datetime

from worker.articles.fullness import has_full_content
from worker.feeds.identity import Marked, mark_entry
from worker.feeds.reading import Reading, read_feed
from worker.markup import paragraphs


class TooMuchMemory(Exception):  # noqa: N818 - what a document asked for, named as NotAFeed is
    """A document that needs more memory than it may have."""


class Unreadable(Exception):  # noqa: N818 - as above
    """A document at which the reader fails; the message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A feed document as it came from ``url``, to be read at ``now``.

    Entries whose hashes are ``known`` are not read again; at most ``most_entries`` are read.
    """

    body: bytes
    url: str
    content_type: str = ""
    known: frozenset[bytes] = frozenset()
    now: datetime
    most_entries: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a document says, and all that must be worked out from its texts.

    Mark-up is taken apart in the child only: whoever gets this need not look into texts again.
    ``marked`` are the entries with their identities and fingerprints, ``full`` the places of those
    that hold the whole text of their article.
    """

    reading: Reading
    marked: tuple[Marked, ...] = ()
    full: frozenset[int] = frozenset()


def read_document(unread: Unread) -> Read:
    """Read one document. Pure; raises NotAFeed."""
    reading = read_feed(
        unread.body,
        url=unread.url,
        content_type=unread.content_type,
        known_entries=unread.known,
        now=unread.now,
        most_entries=unread.most_entries,
    )
    entries = reading.document.entries if reading.document else ()
    marked: list[Marked] = []
    full: set[int] = set()
    for place, entry in enumerate(entries):
        lines = paragraphs(entry.content) if entry.content else ()
        marked.append(mark_entry(entry, content=" ".join(lines)))
        if has_full_content(entry, lines):
            full.add(place)
    return Read(reading=reading, marked=tuple(marked), full=frozenset(full))
