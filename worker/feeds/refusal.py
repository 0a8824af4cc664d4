"""What to say of a body that is no feed."""

import re
from urllib.parse import urljoin

from worker.markup import one_line, parse_html

#: Types a page names its feeds with. Plain ``application/json`` is left out: it names APIs.
_FEED_TYPES = frozenset({
    "application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/feed+json",
    "text/xml", "application/xml",
})  # fmt: skip
_MOST_NAMED = 5


class NotAFeed(ValueError):  # noqa: N818 - says what it means without a suffix
    """The body is no feed; the message is one line that says what it is.

    ``page``: it is a web page; ``feeds`` are those it names.
    """

    def __init__(self, message: str, *, page: bool = False, feeds: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.page = page
        self.feeds = feeds


def refuse_page(text: str, url: str) -> NotAFeed:
    """The refusal of a web page, with the feeds the page itself names."""
    feeds = _named_feeds(text, url)
    if not feeds:
        return NotAFeed("this is a web page, not a feed; it names no feeds", page=True)
    return NotAFeed(
        f"this is a web page, not a feed; it names these feeds: {', '.join(feeds)}",
        page=True,
        feeds=feeds,
    )


def refuse_xml(root: str) -> NotAFeed:
    """The refusal of a text whose first element is no feed's; ``root`` may be ``""``."""
    if root:
        return NotAFeed(f"this is XML but not a feed (its first element is <{root[:40]}>)")
    return NotAFeed("this is neither RSS, Atom nor JSON Feed")


def _named_feeds(text: str, url: str) -> tuple[str, ...]:
    tree = parse_html(text)
    if tree is None:
        return ()
    feeds: dict[str, None] = {}
    for link in tree.iter("link"):
        relations = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").partition(";")[0].strip().lower()
        href = re.sub(r"\s", "", link.get("href") or "")
        if href and "alternate" in relations and kind in _FEED_TYPES:
            feeds[one_line(_joined(url, href))] = None
    return tuple(feeds)[:_MOST_NAMED]


def _joined(url: str, href: str) -> str:
    try:
        return urljoin(url, href)
    except ValueError:
        return href
