"""robots.txt (RFC 9309): whether a page may be fetched. Pure; fetching and keeping is the jobs'.

A job asks ``robots_url(url)`` once a day and host, keeps status and text, and then decides each
page with ``may_fetch``. Feeds are made to be polled and are not subject to it.
"""

from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit, urlunsplit

from protego import Protego

#: The product token that robots.txt can name.
PRODUCT = "Tocsin"
#: How long a robots.txt may be used (RFC 9309, 2.4).
KEPT = timedelta(days=1)
#: How long an unreachable robots.txt forbids everything; then it counts as missing (2.3.1.4).
UNREACHABLE = timedelta(days=30)
#: What is read of a longer file (2.5 asks for 500 KiB at least).
MOST_CHARACTERS = 512_000


def robots_url(url: str) -> str:
    """Where the rules for a URL stand."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "/robots.txt", "", ""))


def may_fetch(
    text: str,
    status: int | None,
    url: str,
    *,
    product: str = PRODUCT,
    unreachable_for: timedelta = timedelta(),
) -> bool:
    """Whether ``url`` may be fetched, by the robots.txt of its host.

    ``status`` is that of its last answer, after redirects, ``None`` where there was none (server
    unreachable); ``text`` counts where it is 2xx. A missing one (4xx) allows all. One that is
    broken or unreachable (5xx, none, and 429, which means "later") forbids all until it has been
    so for 30 days (``unreachable_for``).
    """
    if urlsplit(url).path == "/robots.txt":
        return True
    if status is not None and 200 <= status < 300:
        return bool(_rules(text[:MOST_CHARACTERS]).can_fetch(url, product))
    if status is None or status >= 500 or status == 429:
        return unreachable_for >= UNREACHABLE
    return True


def crawl_delay(text: str, status: int | None, *, product: str = PRODUCT) -> timedelta | None:
    """The pause between requests that a robots.txt asks for; ``None`` where it asks for none.

    Crawl-delay is not part of RFC 9309, but publishers write it.
    """
    if status is None or not 200 <= status < 300:
        return None
    delay = _rules(text[:MOST_CHARACTERS]).crawl_delay(product)
    if delay is None or not 0 < delay <= timedelta(days=1).total_seconds():
        return None
    return timedelta(seconds=delay)


@lru_cache(maxsize=16)  # the pages of a host come one after the other
def _rules(text: str) -> Protego:
    return Protego.parse(text.removeprefix("\ufeff"))
