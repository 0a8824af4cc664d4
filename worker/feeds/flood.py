"""The flood gate: a known feed whose entries suddenly all look new.

It happens when a publisher rebuilds guids and links, or puts another feed at the address. Nothing
of it is lost: such items are held until somebody releases or absorbs them.
"""

from collections.abc import Sequence
from datetime import timedelta

from worker.feeds.identity import Comparison
from worker.model import Entry, Feed, PollLimits

#: Of the dates in a document, so many must be later than the last poll to make it news.
_MOST = 0.8
#: Dates this close together are those of the document's making, not of its entries.
_SAME_MOMENT = timedelta(minutes=1)
#: Servers' clocks and late publications.
_SLACK = timedelta(hours=1)


def is_flood(feed: Feed, comparison: Comparison, *, total: int, limits: PollLimits) -> bool:
    """Whether the new entries of a document with ``total`` entries are to be held.

    They are if the feed is known, none of its entries is, they are ``limits.flood_items`` or
    more, and their dates do not show that they were published since the last good poll. A feed
    whose entries have no usable dates cannot show it.
    """
    if not feed.options.flood_gate or feed.first_polled_at is None or not feed.entry_hashes:
        return False
    new = [entry for _, _, entry in comparison.new]
    if len(new) < max(limits.flood_items, 2) or len(new) < total:
        return False
    return not _published_since(feed, new)


def _published_since(feed: Feed, entries: Sequence[Entry]) -> bool:
    """Whether the dates tell that nearly all of it is news since the last good poll."""
    dates = [entry.published for entry in entries if entry.published is not None]
    if feed.last_ok_at is None or len(dates) < _MOST * len(entries):
        return False
    if max(dates) - min(dates) < _SAME_MOMENT:
        return False
    later = sum(date > feed.last_ok_at - _SLACK for date in dates)
    return later >= _MOST * len(dates)
