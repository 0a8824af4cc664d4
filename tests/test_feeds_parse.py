"""Feed documents: each file of data/feeds beside what is to be read in it, and what is refused."""

import dataclasses
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worker.feeds.parse import NotAFeed, parse_feed
from worker.model import Enclosure, Entry, FeedDocument

DATA = Path(__file__).parent / "data" / "feeds"
URL = "http://paper.example/feeds/news"
SAMPLES = sorted(path for path in DATA.iterdir() if ".expected" not in path.name)


def expected_document(path: Path) -> FeedDocument:
    """The document written down beside a sample."""
    data = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    ttl = data.pop("ttl")
    entries = tuple(expected_entry(entry) for entry in data.pop("entries"))
    for name in data.keys() & {"skip_hours", "skip_days"}:
        data[name] = frozenset(data[name])
    return FeedDocument(
        ttl=None if ttl is None else timedelta(seconds=ttl), entries=entries, **data
    )


def expected_entry(data: dict[str, Any]) -> Entry:
    """An entry from its JSON: times from ISO 8601, lists as tuples."""
    for name in data.keys() & {"published", "updated"}:
        data[name] = datetime.fromisoformat(data[name])
    for name in data.keys() & {"authors", "categories"}:
        data[name] = tuple(data[name])
    data["enclosures"] = tuple(Enclosure(**each) for each in data.get("enclosures", ()))
    return Entry(**data)


def rss(item: str, channel: str = "") -> bytes:
    """A small RSS document round one item."""
    return f'<rss version="2.0"><channel>{channel}<item>{item}</item></channel></rss>'.encode()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_sample_is_read_as_written_down(path: Path) -> None:
    """Every format, charset and oddity gives exactly the document beside it."""
    assert expected_document(path) == parse_feed(path.read_bytes(), url=URL)


def test_a_moved_feed_keeps_its_guids() -> None:
    """A guid that is no URL does not come to depend on where the feed was fetched from."""
    body = (DATA / "atom03.xml").read_bytes()
    guids = {
        parse_feed(body, url=url).entries[0].guid
        for url in ("https://a.example/x/feed.xml", "http://b.example/", "https://c.example/y?z=1")
    }
    assert {"staryj-1"} == guids


def test_user_and_password_of_a_feed_stay_out_of_its_links() -> None:
    """A feed behind basic authentication does not leak it by relative links."""
    document = parse_feed(rss("<title>a</title><link>/1</link>"), url="https://me:key@p.example/f")
    assert document.entries[0].url == "https://p.example/1"


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/xml; charset=iso-8859-1", "utf-8"),
        ("text/xml", "utf-8"),
        ("application/rss+xml; charset=windows-1251", "windows-1251"),
        ("text/html; charset=koi8-r", "koi8-r"),
        ("", "utf-16"),
        ("application/xml; charset=nonsense", "utf-8"),
    ],
)
def test_charset_is_decided_by_the_bytes_and_then_by_the_label(
    content_type: str, charset: str
) -> None:
    """UTF-8 wins over a wrong label, and a label holds where the bytes cannot tell."""
    title = "Паром через залив снова ходит по расписанию"
    body = rss(f"<title>{title}</title>").decode().encode(charset)
    assert title == parse_feed(body, url=URL, content_type=content_type).entries[0].title


def test_bom_and_blank_lines_before_the_declaration_are_forgiven() -> None:
    """A byte order mark and white space at the start are no problem."""
    body = "\ufeff\r\n \n".encode() + b'<?xml version="1.0"?>' + rss("<title>a</title>")
    document = parse_feed(body, url=URL)
    assert (document.entries[0].title, document.problem) == ("a", "")


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("Mon, 02 Mar 2026 08:15:00 +0100", datetime(2026, 3, 2, 7, 15, tzinfo=UTC)),
        ("2 Mar 2026 08:15 EST", datetime(2026, 3, 2, 13, 15, tzinfo=UTC)),
        ("Mon, 02 Mar 2026 08:15:00 EEST", datetime(2026, 3, 2, 5, 15, tzinfo=UTC)),
        ("2026-03-02T08:15:00Z", datetime(2026, 3, 2, 8, 15, tzinfo=UTC)),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("0001-01-01T00:00:00Z", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_are_utc_or_absent(value: str, moment: datetime | None) -> None:
    """Zones are reckoned in, absurd dates are none."""
    document = parse_feed(rss(f"<title>a</title><pubDate>{value}</pubDate>"), url=URL)
    assert moment == document.entries[0].published


@pytest.mark.parametrize(
    ("channel", "ttl"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>99999999999999</ttl>", timedelta(days=365)),
    ],
)
def test_ttl_is_a_sane_duration_or_none(channel: str, ttl: timedelta | None) -> None:
    """Minutes, at most a year; nothing for nonsense."""
    assert ttl == parse_feed(rss("<title>a</title>", channel), url=URL).ttl


PAGE = b"""<!DOCTYPE html><html><head><title>Paper</title>
<link rel="alternate" type="application/rss+xml" href="/rss"><link rel="stylesheet" href="/x.css">
<link rel="alternate" type="application/json" href="/api">
<LINK REL="Alternate" TYPE="application/atom+xml; charset=utf-8" HREF="https://o.example/atom">
</head><body><p>Hello</p></body></html>"""


@pytest.mark.parametrize(
    ("body", "content_type", "reason"),
    [
        (
            PAGE,
            "text/html",
            "this is a web page, not a feed; it names these feeds: http://paper.example/rss, https://o.example/atom",
        ),
        (b"<html><p>x", "application/xml", "this is a web page, not a feed; it names no feeds"),
        (b"<!-- a --><div>x", "", "this is a web page, not a feed; it names no feeds"),
        (b"", "", "the answer is empty"),
        (b" \n\n", "text/xml", "the answer is empty"),
        (
            b"<urlset><url/></urlset>",
            "",
            "this is XML but not a feed (its first element is <urlset>)",
        ),
        (b"just words", "", "this is neither RSS, Atom nor JSON Feed"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "", "this is neither RSS, Atom nor JSON Feed"),
        (b'{"a": 1}', "", 'this is JSON but not a JSON Feed (no "version" of jsonfeed.org)'),
        (b"[1, 2]", "", 'this is JSON but not a JSON Feed (no "version" of jsonfeed.org)'),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(
    body: bytes, content_type: str, reason: str
) -> None:
    """One line says what the body is and, of a page, which feeds it names."""
    with pytest.raises(NotAFeed) as refusal:
        parse_feed(body, url=URL, content_type=content_type)
    assert reason == str(refusal.value)


def test_deeply_nested_json_is_refused() -> None:
    """A hostile document does not exhaust the stack."""
    with pytest.raises(NotAFeed, match="cannot be read"):
        parse_feed(b"[" * 200_000, url=URL)


def test_entities_are_not_expanded_from_hostile_declarations() -> None:
    """Entities that multiply, or read files, come to nothing."""
    bomb = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
    document = parse_feed(bomb + rss("<title>x &b; &f; y</title>"), url=URL)
    assert "root:" not in document.entries[0].title
    assert "haha" not in document.entries[0].title


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 400), st.sampled_from(SAMPLES))
def test_damaged_bytes_are_read_or_refused(noise: bytes, place: int, path: Path) -> None:
    """Whatever is written into a feed, the answer is a document of storable texts or NotAFeed."""
    body = path.read_bytes()
    try:
        document = parse_feed(body[:place] + noise + body[place:], url=URL)
    except NotAFeed:
        return
    for entry in document.entries:
        texts = [value for value in dataclasses.astuple(entry) if isinstance(value, str)]
        assert "\x00" not in "".join(texts)
        assert "".join(texts).encode()
