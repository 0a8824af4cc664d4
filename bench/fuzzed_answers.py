"""What servers answer, fuzzed: headers, redirects, robots.txt, and the words of receivers."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

from worker.articles.page import NoArticle, page_text
from worker.channels.answers import classify, heard, kept_words
from worker.channels.redaction import Redactor
from worker.feeds.hints import cache_max_age, retry_after
from worker.model import Receipt, Response
from worker.net.errors import NetError
from worker.net.robots import crawl_delay, may_fetch, robots_url
from worker.net.target import redirected, target_of

NOW = datetime(2026, 1, 2, tzinfo=UTC)
SECRET = "a-secret-that-is-struck-out"
URL = "https://news.example/a?b=c"


def answer(raw: bytes) -> None:
    """A receiver's words are kept short and without our secrets."""
    kept = kept_words(raw + SECRET.encode() + raw, Redactor([SECRET]))
    assert SECRET[: len(SECRET) // 2] not in kept
    assert len(kept.encode()) <= Receipt.ANSWER_BYTES


def headers(raw: bytes) -> None:
    """Whatever an answer's headers say, the waits that are read of them are waits, and redirects lead to the web."""
    lines = [line.partition(b":") for line in raw.split(b"\n")]
    said = Response(
        url=URL,
        status=503,
        headers={name.decode("latin-1").lower(): value.strip() for name, _, value in lines},
        body=raw,
        elapsed=1.0,
    )
    for wait in (retry_after(said, NOW), cache_max_age(said)):
        assert wait is None or timedelta() < wait <= NOW.max.replace(tzinfo=UTC) - NOW
    assert classify(said, now=NOW, strike=Redactor([SECRET])).recoverable
    assert all("\x1b" not in line for line in heard(said))
    with suppress(NoArticle):
        page_text(raw[:100], said.header("content-type"))
    if "location" in said.headers:
        with suppress(NetError):
            assert redirected(target_of(URL), said.headers).url.startswith("https://")


def robots(raw: bytes) -> None:
    """A robots.txt says yes or no, and a pause that can be kept."""
    text = raw.decode("utf-8", "replace")
    url = f"https://news.example/{text[-300:]}"
    assert may_fetch(text, 200, url) in {True, False}
    assert may_fetch(text, 200, robots_url(url))
    delay = crawl_delay(text, 200)
    assert delay is None or timedelta() < delay <= timedelta(days=1)


ANSWERS = (
    b"HTTP 500 oops",
    b'{"error": {"token": "abc", "message": "no"}}',
    b"Authorization: Bearer ab\xff",
)
HEADERS = (
    b"retry-after: 120\ncache-control: public, max-age=60\nage: 3\ncontent-type: text/html; charset=utf-8",
    b'retry-after: Fri, 02 Jan 2026 00:10:00 GMT\ncache-control: private="a, b", s-maxage=1',
    b"expires: Fri, 02 Jan 2026 00:10:00 GMT\ndate: Thursday, 01-Jan-26 00:00:00 GMT\nlocation: /there",
    b"location: //other.example/x\ncontent-type: application/rss+xml;charset=windows-1251",
    b"location: http://a:b@[::1]:80/\nretry-after: 99999999999999999999",
)  # fmt: skip
ROBOTS = (
    b"User-agent: *\nDisallow: /a\nCrawl-delay: 3\n",
    b"user-agent: tocsin\nuser-agent: b\nallow: /*.html$\ndisallow: /%D0%96*\nrequest-rate: 1/10m 0800-1200\nsitemap: x\n",
)  # fmt: skip
