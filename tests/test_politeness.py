"""Hosts that count as one: pure."""

from datetime import UTC, datetime, timedelta

import pytest

from worker.feeds.politeness import LimitingHost, narrowed, registrable_domain, widened

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def limiting(name: str, ago: timedelta = timedelta(), scope: str | None = None) -> LimitingHost:
    """Make a host that limited us some time ago."""
    return LimitingHost(name=name, limited_at=NOW - ago, scope=scope)


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("www.bbc.co.uk", "bbc.co.uk"),
        ("bbc.co.uk", "bbc.co.uk"),
        ("*.bbc.co.uk", "bbc.co.uk"),
        ("feeds.news.example.com.", "example.com"),
        ("one.github.io", "one.github.io"),
        ("xn--80aesfpebagmfblc0a.xn--p1ai", "xn--80aesfpebagmfblc0a.xn--p1ai"),
        ("feeds.newsroom.corp", "newsroom.corp"),
        ("co.uk", ""),
        ("localhost", ""),
        ("127.0.0.1", ""),
        ("2001:db8::1", ""),
        ("news.example.com:8080", ""),
        ("", ""),
    ],
)
def test_the_registrable_domain_is_that_of_the_public_suffix_list(host: str, domain: str) -> None:
    """Blogs under one roof are houses of their own; addresses and odd ports belong to nothing."""
    assert domain == registrable_domain(host)


def test_one_host_that_limits_us_is_its_own_matter() -> None:
    """Nor does it matter that another did so long ago, or that one of another domain does."""
    hosts = [
        limiting("a.news.com"),
        limiting("b.news.com", ago=HOUR + timedelta(seconds=1)),
        limiting("a.other.com"),
        limiting("one.github.io"),
        limiting("two.github.io"),
    ]
    assert {} == widened(hosts, now=NOW, together=HOUR)


def test_siblings_that_limit_us_together_share_a_turn() -> None:
    """A third one joins the turn that the others share, also when only that limited us since."""
    hosts = [limiting("a.news.com"), limiting("news.com", ago=HOUR)]
    turn = "*.news.com"
    assert {"a.news.com": turn, "news.com": turn} == widened(hosts, now=NOW, together=HOUR)
    shared = [limiting(turn), limiting("a.news.com", ago=DAY, scope=turn), limiting("c.news.com")]
    assert {"c.news.com": turn} == widened(shared, now=NOW, together=HOUR)


def test_a_shared_turn_ends_when_nobody_limited_us_for_long() -> None:
    """All of a domain stay together until all of them are quiet."""
    one, other = "*.one.com", "*.other.com"
    hosts = [
        limiting("a.one.com", ago=2 * DAY, scope=one),
        limiting("b.one.com", ago=2 * DAY, scope=one),
        limiting("a.other.com", ago=2 * DAY, scope=other),
        limiting(other, ago=DAY / 2),
        limiting("alone.com", ago=2 * DAY),
    ]
    assert {"a.one.com", "b.one.com"} == narrowed(hosts, now=NOW, quiet=DAY)
    assert {"a.one.com", "b.one.com", "a.other.com"} == narrowed(hosts, now=NOW, quiet=DAY / 2)
