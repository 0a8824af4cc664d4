"""robots.txt: what it allows, forbids and asks for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.net.robots import crawl_delay, may_fetch, robots_url

RULES = """\
User-agent: *
Disallow: /private/
Disallow: /*.pdf$
Crawl-delay: 10

User-agent: tocsin
Disallow: /search
Allow: /search/about
Crawl-delay: 2.5

User-agent: BadBot
Disallow: /
"""


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://news.example/2026/story.html", True),
        ("https://news.example/search?q=a", False),
        ("https://news.example/search/about", True),
        ("https://news.example/private/a", True),
        ("https://news.example/robots.txt", True),
    ],
)
def test_the_group_that_names_tocsin_counts(url: str, allowed: bool) -> None:
    """Its own group replaces that of all, whatever the case; the longest rule wins."""
    assert allowed is may_fetch(RULES, 200, url)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://news.example/private/a", False),
        ("https://news.example/paper.pdf", False),
        ("https://news.example/paper.pdf?x=1", True),
    ],
)
def test_others_keep_to_the_group_of_all(url: str, allowed: bool) -> None:
    """Wildcards and the end anchor are understood (RFC 9309, 2.2.3)."""
    assert allowed is may_fetch(RULES, 200, url, product="Other")


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (404, True),
        (403, True),
        (410, True),
        (429, False),
        (500, False),
        (503, False),
        (None, False),
    ],
)
def test_without_rules_the_status_decides(status: int | None, allowed: bool) -> None:
    """A missing robots.txt allows all, an unreachable one nothing, whatever text came with it."""
    assert allowed is may_fetch("User-agent: *\nDisallow: /", status, "https://a.example/b")


def test_unreachable_rules_are_missing_after_a_month() -> None:
    """A server that is broken for long does not forbid its pages for ever."""
    url, month = "https://a.example/b", timedelta(days=30)
    assert may_fetch("", 500, url, unreachable_for=month)
    assert not may_fetch("", 500, url, unreachable_for=month - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("line", "wait"),
    [
        ("Crawl-delay: 2.5", timedelta(seconds=2.5)),
        ("Crawl-delay: 0", None),
        ("Crawl-delay: soon", None),
        ("Crawl-delay: 1e99", None),
        ("", None),
    ],
)
def test_crawl_delay(line: str, wait: timedelta | None) -> None:
    """A sensible pause is honoured, nonsense is none."""
    assert wait == crawl_delay(f"User-agent: *\nDisallow: /x\n{line}", 200)


def test_a_byte_order_mark_hides_no_group() -> None:
    """Files saved by some editors begin with one."""
    assert not may_fetch("\ufeffUser-agent: *\nDisallow: /", 200, "https://a.example/b")


def test_where_the_rules_stand() -> None:
    """At the root of scheme, host and port, without credentials."""
    assert robots_url("http://ann:pw@a.example:8080/b/c?d#e") == "http://a.example:8080/robots.txt"


@given(st.text(), st.text(alphabet="aA:*$/%0\n #-userdiwlon", max_size=200))
def test_no_text_is_too_odd(noise: str, lines: str) -> None:
    """Whatever a server sends as robots.txt, there is an answer."""
    may_fetch(noise + lines, 200, "https://a.example/%zz?ü")
    crawl_delay(noise + lines, 200)
