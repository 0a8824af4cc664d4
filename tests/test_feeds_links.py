"""Links are made absolute and canonical at once where they are ordinary, with the same result."""

from urllib.parse import parse_qsl, urlencode, urljoin

import pytest
from feedparser.urls import _urljoin
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.feeds.elements import _joined
from worker.feeds.links import (
    _TRACKING,
    ABSOLUTE,
    _taken_apart,
    _without_tracking,
    canonical_url,
    web_url,
)

PARTS = (
    "https://", "http://", "HTTP://", "//", "www.", "m.", "amp.", "mobile.", "news", "example", ".com", ".", "/", "/amp",
    ".amp", ".html", "?", "&", "=", "utm_source", "utm_x=1", "a=b", "c", "amp", "#", "#2", ":80", ":443", ":8080", "@",
    "%20", "%75tm_x=1", "é", "’", "путь", "+", " ", "\t", "\xa0", "\x1f", ";", "fbclid=1", "cdn.ampproject.org/c/s/", "A",
    "[", "]", "~", "\\", "_", "-", "$", "tag:", "urn:", "news.example,2026:1",
)  # fmt: skip
BASE = "http://stand-in.invalid/feeds/x"
urls = st.one_of(
    st.lists(st.sampled_from(PARTS), max_size=9).map("".join),
    st.lists(st.sampled_from(PARTS), max_size=9).map("".join).map("https://www.a.b".__add__),
    st.text().map("https://a.b/".__add__),
)


@settings(max_examples=1000)
@given(urls)
@example("https://mobile.m.example/x")
@example("https://www.localhost/a.b")
@example("https://a.bwww.")
def test_an_ordinary_url_is_canonical_as_any_other(url: str) -> None:
    """What is plain to see in a URL is what taking it apart tells."""
    assert _taken_apart(url, fragment=False) == canonical_url(url)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(PARTS), max_size=9).map("".join))
@example("a=b&utm_source=x&c=")
@example("utm_source=x")
def test_a_plain_query_is_searched_as_any_other(query: str) -> None:
    """The same parameters go, and the same text is left."""
    pairs = parse_qsl(query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if not _TRACKING.fullmatch(name)]
    assert (query if kept == pairs else urlencode(kept)) == _without_tracking(query)


@settings(max_examples=500)
@given(st.one_of(urls, st.from_regex(ABSOLUTE, fullmatch=True)))
def test_an_absolute_url_stays_as_it_is(url: str) -> None:
    """Where a look tells that joining changes nothing, it changes nothing."""
    if ABSOLUTE.fullmatch(url):
        assert url == _urljoin(BASE, url) == urljoin(BASE, url) == web_url(url, BASE)


@settings(max_examples=500)
@given(urls)
@example("tag:news.example,2026:1")
@example("tag://a/../b")
@example("urn:uuid:1")
def test_a_link_is_joined_as_by_feedparser(link: str) -> None:
    """Absolute addresses and identifiers are not even joined."""
    link = link.strip()
    assert _urljoin(BASE, link) == _joined(BASE, link)


@pytest.mark.parametrize("scheme", ["https://", "http://"])
def test_the_usual_link_of_a_feed_is_ordinary(scheme: str) -> None:
    """A slug, tracking parameters, letters of any script: no joining, whatever the base."""
    assert ABSOLUTE.fullmatch(f"{scheme}www.a.example/2026/11/são-paulo’s_1?utm_source=rss&x=y#top")
