"""Dates of entries: which stand as they are, which are put right, and by which rule."""

from datetime import UTC, datetime, timedelta

import pytest
from feedparser.datetimes import _parse_date
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.feeds.dates import AHEAD, entry_dates, read_date, settle
from worker.feeds.parse import parse_feed
from worker.model import Entry

URL = "http://paper.example/feed"
NOW = datetime(2026, 3, 6, 12, tzinfo=UTC)


def entry(dates: str) -> Entry:
    """The entry of an RSS item with these elements."""
    body = f'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><item><title>x</title>{dates}</item></channel></rss>'
    return parse_feed(body.encode(), url=URL).entries[0]


def at(hour: int, minute: int = 0) -> datetime:
    """A time of the same day."""
    return datetime(2026, 3, 6, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment", "rule"),
    [
        ("Fri, 06 Mar 2026 10:00:00 GMT", at(10), ""),
        ("Fri, 06 Mar 2026 10:00:00 Z", at(10), ""),
        ("Fri, 06 Mar 2026 10:00 +0200", at(8), ""),
        ("Fri, 06 Mar 2026 10:00:00 -05:00", at(15), ""),
        ("Fri, 06 Mar 2026 10:00:00 +0100 (CET)", at(9), ""),
        ("06 Mar 2026 10:00:00 MSK", at(7), ""),
        ("2026-03-06T10:00:00Z", at(10), ""),
        ("2026-03-06T10:00:00.123+01:00", at(9), ""),
        ("2026-03-06 10:00:00 +0000", at(10), ""),
        ("Fri, 06 Mar 2026 10:00:00", at(10), "no zone"),
        ("6 March 2026 10:00", at(10), "no zone"),
        ("2026-03-06T10:00:00", at(10), "no zone"),
        ("2026-03-06 10:00", at(10), "no zone"),
        ("2026-03-06", at(0), "no zone"),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, "before 1990"),
        ("1989-12-31T23:59:59Z", None, "before 1990"),
        ("0001-01-01T00:00:00Z", None, "before 1990"),
        ("next Friday", None, "unreadable"),
        ("Fri, 66 Mar 2026 10:00:00 GMT", None, "unreadable"),
        ("  ", None, "missing"),
        ("", None, "missing"),
    ],
)
def test_a_date_and_its_rule(text: str, moment: datetime | None, rule: str) -> None:
    """What is read of each form of date, and what had to be done to it."""
    read = entry(f"<pubDate>{text}</pubDate>")
    assert (moment, rule) == (read.published, read.date_rule)


@settings(max_examples=1000)
@given(
    st.builds(
        "{}{} {} {} {}:{}:{} {}".format,
        st.sampled_from(("", "Mon, ", "Tue, ", "mon, ", "Monday, ", "Mon,")),
        st.sampled_from(("1", "01", "29", "30", "31", "0", "32", "٣")),
        st.sampled_from(("Jan", "Feb", "Nov", "nov", "March", "Foo")),
        st.sampled_from(("2024", "2026", "1990", "1989", "2099", "26", "0026")),
        st.sampled_from(("00", "23", "24", "7")),
        st.sampled_from(("00", "59", "60")),
        st.sampled_from(("00", "59", "60", "00.5")),
        st.sampled_from(
            (
                "GMT",
                "UTC",
                "Z",
                "+0100",
                "-0030",
                "+1959",
                "+2000",
                "+0560",
                "EST",
                "MSK",
                "+01:00",
                "",
            )
        ),
    )
    | st.builds(
        "{}-{}-{}{}{}:{}{}{}".format,
        st.sampled_from(("2024", "2026", "1990", "1989", "0001", "9999", "26")),
        st.sampled_from(("01", "02", "11", "13", "00", "2")),
        st.sampled_from(("01", "29", "30", "31", "00", "3")),
        st.sampled_from(("T", "t", " ")),
        st.sampled_from(("00", "23", "24", "7")),
        st.sampled_from(("00", "59", "60")),
        st.sampled_from((":00", ":59", ":60", ":00.123", "")),
        st.sampled_from(
            ("Z", "z", "+01:00", "-00:30", "+23:59", "+24:00", "+0100", "+01", "", "MSK")
        ),
    )
)
@example("2026-11-23T24:00:00Z")
def test_an_ordinary_date_is_read_as_any_other(text: str) -> None:
    """A moment that is read at once is the one that feedparser's parts of it would give."""
    by_feedparser, at_once = [
        entry_dates({"published": text, "published_parsed": parsed}, only_one=True)
        for parsed in (_parse_date(text), read_date(text))
    ]
    assert by_feedparser == at_once


def test_the_usual_dates_are_read_at_once() -> None:
    """RSS and Atom as nearly all write them."""
    assert (
        at(9) == read_date("Fri, 06 Mar 2026 10:00:00 +0100") == read_date("2026-03-06T09:00:00Z")
    )


def test_no_date_at_all_is_missing() -> None:
    """The item then counts from when it was first seen."""
    assert (None, None, "missing") == (entry("").published, entry("").updated, entry("").date_rule)


def test_the_one_date_of_an_rss_item_is_its_publications() -> None:
    """Also if it is Dublin Core's, and its rule with it."""
    read = entry("<dc:date>2026-03-06T10:00:00</dc:date>")
    assert (at(10), at(10), "no zone") == (read.published, read.updated, read.date_rule)


def test_a_good_update_stands_in_for_a_bad_publication() -> None:
    """In RSS, where there is only one moment to tell of."""
    read = entry("<pubDate>now</pubDate><dc:date>2026-03-06T10:00:00Z</dc:date>")
    assert (at(10), "") == (read.published, read.date_rule)


@pytest.mark.parametrize(
    ("ahead", "kept"),
    [
        (timedelta(days=-1), True),
        (AHEAD, True),
        (AHEAD + timedelta(seconds=1), False),
        (timedelta(days=900), False),
    ],
)
def test_a_date_ahead_of_now_is_none(ahead: timedelta, kept: bool) -> None:
    """A clock that is a little fast is forgiven; news from tomorrow does not stand above today's."""
    moment = NOW + ahead
    settled = settle(Entry(published=moment, updated=moment, date_rule="no zone"), NOW)
    assert settled == (
        Entry(published=moment, updated=moment, date_rule="no zone")
        if kept
        else Entry(date_rule="future")
    )


def test_an_update_ahead_of_now_leaves_the_publication() -> None:
    """Each date is judged by itself."""
    settled = settle(Entry(published=NOW, updated=NOW + timedelta(hours=1)), NOW)
    assert Entry(published=NOW, date_rule="future") == settled
