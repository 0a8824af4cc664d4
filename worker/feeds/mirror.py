"""Feeds that offer the same under another address: mirrors, copies for readers, parts of one another."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from heapq import nlargest

from worker.feeds.identity import Marked

#: So many of the newest entries are enough to find feeds that may offer the same.
SAMPLE = 12
#: Of fewer entries nothing can be told.
_FEWEST = 3
#: Such a part of a document's entries makes another feed the same.
_MOST = 0.7
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What an entry is found again by in another feed: its link, or its identity and title together.

    An identity alone is not enough, as ``1`` or ``post-1`` is many a feed's. ``link`` is ``None``
    where there is none, or where several entries of the document share it.
    """

    link: int | None
    identity: str
    title: str


def traces(marked: Sequence[Marked]) -> list[Trace]:
    """What the entries of a document are found by in other feeds, newest first."""
    links = Counter(one.link for one in marked)
    newest = sorted(marked, key=lambda one: one.entry.published or _LONG_AGO, reverse=True)
    return [
        Trace(
            link=one.link if links[one.link] == 1 else None,
            identity=one.plain,
            title=one.entry.title,
        )
        for one in newest
    ]


def likely(alike: Iterable[tuple[int, int]], *, total: int) -> list[int]:
    """The feeds worth a closer look, of (feed, entries of the sample that it has) each."""
    found = [(count, feed_id) for feed_id, count in alike if 2 * count >= min(total, SAMPLE)]
    return [feed_id for _, feed_id in nlargest(5, found)]


def is_mirror(alike: int, *, total: int) -> bool:
    """Whether a feed that has so many of a document's entries offers the same as it."""
    return total >= _FEWEST and alike >= _MOST * total
