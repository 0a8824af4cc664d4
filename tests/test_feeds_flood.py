"""The flood gate: which documents of a known feed are held."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from worker.feeds.flood import is_flood
from worker.feeds.identity import Comparison, compare, fingerprint, identify
from worker.model import Entry, Feed, FeedOptions, PollLimits

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)
FEED = Feed(
    id=1,
    name="gazette",
    url="https://gazette.example/feed",
    next_poll_at=NOW,
    first_polled_at=NOW - timedelta(days=9),
    last_ok_at=NOW - timedelta(hours=1),
    entry_hashes=b"12345678" * 10,
)


def entries(count: int, *dates: datetime | None) -> list[Entry]:
    """Entries that nobody knows, dated one after the other."""
    given = [*dates, *[dates[-1] if dates else None] * count][:count]
    return [
        Entry(guid=f"new-{n}", title=f"Story {n}", url=f"https://gazette.example/{n}", published=at)
        for n, at in enumerate(given)
    ]


def flood(
    made: list[Entry], *, feed: Feed = FEED, known: int = 0, total: int | None = None
) -> bool:
    """Whether a document of these entries, the first ``known`` of which are known, is a flood."""
    had = {identify(entry): fingerprint(entry) for entry in made[:known]}
    comparison: Comparison = compare(made, had)
    return is_flood(feed, comparison, total=total or len(made), limits=PollLimits())


def test_a_known_feed_whose_old_entries_all_look_new_is_held() -> None:
    """The publisher rebuilt guids and links: the dates tell that it is old news."""
    assert flood(entries(10, *(NOW - timedelta(days=n) for n in range(10))))


def test_entries_without_usable_dates_cannot_show_that_they_are_news() -> None:
    """None at all, or all of the moment the document was made."""
    assert flood(entries(10))
    assert flood(entries(10, NOW - timedelta(seconds=5)))


def test_a_busy_feed_after_an_outage_is_no_flood() -> None:
    """Everything in it was published since the last good poll."""
    feed = replace(FEED, last_ok_at=NOW - timedelta(hours=12))
    assert not flood(entries(10, *(NOW - timedelta(hours=n) for n in range(10))), feed=feed)


@pytest.mark.parametrize(
    ("feed", "known", "count"),
    [
        (replace(FEED, first_polled_at=None), 0, 10),  # the silent baseline is for that
        (FEED, 1, 10),  # something of it is known
        (FEED, 0, 7),  # too few to be one
        (replace(FEED, entry_hashes=b""), 0, 10),  # it offered nothing last time
        (replace(FEED, options=FeedOptions(flood_gate=False)), 0, 10),  # the gate is off
    ],
)
def test_what_is_no_flood(feed: Feed, known: int, count: int) -> None:
    """A first poll, an overlap, a few entries, a feed that was empty, a gate that is off."""
    assert not flood(entries(count), feed=feed, known=known)


def test_entries_that_were_seen_before_are_an_overlap() -> None:
    """Of a document only unseen entries are compared; its total tells that there were others."""
    assert not flood(entries(10), total=11)
