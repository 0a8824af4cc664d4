"""Reading only what is new gives what reading the whole document with feedparser gives."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.feed_documents import documents, ordinary_documents
from worker.feeds import reading
from worker.feeds.parse import (
    Source,
    open_source,
    parse_feed,
    parse_source,
    says_something,
    with_entries,
)
from worker.feeds.reading import NotAFeed, Reading, read_feed
from worker.model import Entry, FeedDocument

DATA = Path(__file__).parent / "data" / "feeds"
URL = "http://paper.example/feeds/news"
#: Later than any date in the documents.
NOW = datetime(9990, 1, 1, tzinfo=UTC)
SAMPLES = sorted(path for path in DATA.iterdir() if ".expected" not in path.name)
RSS = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>Paper</title>
<item><guid isPermaLink="false">1</guid><title>One</title></item>
<item><guid isPermaLink="false">2</guid><title>Two</title></item>
<item><guid isPermaLink="false">3</guid><title>Three</title></item></channel></rss>"""


def read(body: bytes, known: frozenset[bytes] = frozenset()) -> Reading:
    """Read a body of which the entries ``known`` were there before."""
    return read_feed(body, url=URL, now=NOW, known_entries=known)


def titles(found: Reading) -> list[str]:
    """The titles of the entries that were read."""
    assert found.document is not None
    return [entry.title for entry in found.document.entries]


def by_feedparser(body: bytes) -> FeedDocument | str:
    """What feedparser makes of the whole body: the document, or why it is none."""
    try:
        return parse_feed(body, url=URL)
    except NotAFeed as refusal:
        return str(refusal)


def by_reading(body: bytes) -> FeedDocument | str | None:
    """What the fast way makes of it."""
    try:
        return read(body).document
    except NotAFeed as refusal:
        return str(refusal)


def less_the_known(body: bytes, found: Reading, known: frozenset[bytes]) -> FeedDocument:
    """Feedparser's whole document without the entries that are known."""
    document = parse_source(open_source(body, url=URL), keep_empty=True)
    unseen: list[Entry] = [
        entry
        for entry, each in zip(document.entries, found.entry_hashes, strict=True)
        if each not in known and says_something(entry)
    ]
    return with_entries(document, unseen)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples_are_read_as_by_feedparser(path: Path) -> None:
    """Every format and oddity of the corpus: the fast way and feedparser's agree."""
    assert by_feedparser(path.read_bytes()) == by_reading(path.read_bytes())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(documents(), ordinary_documents()))
def test_a_cold_reading_is_feedparsers(text: str) -> None:
    """Whatever a document is made of, the fast way and feedparser's agree on every field."""
    assert by_feedparser(text.encode()) == by_reading(text.encode())


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(documents(), ordinary_documents()), st.data())
def test_reading_the_unseen_is_reading_all_less_the_seen(text: str, data: st.DataObject) -> None:
    """Which entries are known changes nothing about the others, nor about the feed itself."""
    body = text.encode()
    found = read(body)
    known = frozenset(data.draw(st.sets(st.sampled_from(found.entry_hashes or (b"",)))))
    again = read(body, known)
    whole = by_feedparser(body)
    assert again.document == (whole if again.whole else less_the_known(body, found, known))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(documents(), st.sampled_from([path.read_text("utf-8", "replace") for path in SAMPLES])),
    st.lists(
        st.tuples(
            st.integers(0, 10_000),
            st.integers(0, 40),
            st.sampled_from(("", "<", ">", "&", "</item>", "<item>", "<entry/>", "<!--", "-->", "]]>", "<![CDATA[", '"', "\x00", "<channel>", "x", "<div>")),
        ),
        min_size=1,
        max_size=3,
    ),
)  # fmt: skip
def test_damaged_documents_are_read_as_by_feedparser(
    text: str, damages: list[tuple[int, int, str]]
) -> None:
    """Truncated, doubled, unclosed: the fast way stands back or gives the same."""
    for place, length, noise in damages:
        at = place % (len(text) + 1)
        text = text[:at] + noise + text[at + length :]
    assert by_feedparser(text.encode()) == by_reading(text.encode())


def test_ordinary_news_needs_no_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    """RSS as most newsrooms send it is read from the tree alone."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError

    monkeypatch.setattr(reading, "parse_source", refuse)
    assert ["One", "Two", "Three"] == titles(read(RSS))


def test_an_odd_entry_is_read_alone_by_feedparser(monkeypatch: pytest.MonkeyPatch) -> None:
    """One entry out of the ordinary does not make feedparser read the others."""
    given_to_feedparser = []

    def note(source: Source, text: str | None = None, *, keep_empty: bool = False) -> FeedDocument:
        given_to_feedparser.append(text)
        return parse_source(source, text, keep_empty=keep_empty)

    monkeypatch.setattr(reading, "parse_source", note)
    odd = RSS.replace(b"<title>Two</title>", b'<title type="xhtml">Deux</title>')
    assert ["One", "Deux", "Three"] == titles(read(odd))
    assert [True] == [text is not None and "One" not in text for text in given_to_feedparser]


def test_an_unchanged_body_is_not_read() -> None:
    """The known hash of the body is all that is looked at."""
    digest = hashlib.sha256(b"not even a feed").digest()
    found = read_feed(b"not even a feed", url=URL, known_body=digest, now=NOW)
    assert (digest, None, ()) == (found.body_hash, found.document, found.entry_hashes)


def test_only_unseen_entries_are_read() -> None:
    """Entries keep their hashes when others come and go round them."""
    first = read(RSS)
    later = RSS.replace(b'<item><guid isPermaLink="false">3</guid>', b'<item><guid>4</guid><title>Four</title></item><item><guid isPermaLink="false">3</guid>')  # fmt: skip
    second = read(later, frozenset(first.entry_hashes))
    assert (["Four"], 4, False) == (titles(second), second.total, second.whole)
    assert set(first.entry_hashes) < set(second.entry_hashes)


def test_an_edited_entry_is_unseen() -> None:
    """One letter changes the hash."""
    known = frozenset(read(RSS).entry_hashes)
    assert ["Tow"] == titles(read(RSS.replace(b"Two", b"Tow"), known))


def test_a_changed_first_element_makes_all_entries_unseen() -> None:
    """What is declared there may change what entries mean."""
    known = frozenset(read(RSS).entry_hashes)
    body = RSS.replace(b"<rss ", b'<rss xml:lang="fr" ')
    assert ["One", "Two", "Three"] == titles(read(body, known))


def test_hashes_do_not_depend_on_the_charset() -> None:
    """A server that changes its mind between UTF-8 and UTF-16 repeats nothing."""
    text = RSS.decode().replace("Two", "Два")
    known = frozenset(read(text.encode()).entry_hashes)
    assert [] == titles(read(text.encode("utf-16"), known))


@pytest.mark.parametrize(
    "body",
    [
        RSS[:-40],
        RSS.replace(b"<title>Two</title>", b"<title>Two & <b></title>"),
        RSS.replace(b"<rss", b'<!DOCTYPE rss [<!ENTITY a "b">]><rss'),
        RSS.replace(b"<title>Two</title>", b"<item><title>Two</title></item>"),
        RSS.replace(b"<title>Two</title>", b"<title><![CDATA[</item><item>]]></title>"),
        RSS.replace(b"</item>\n<item>", b"</item><link>/x</link><item>", 1),
        RSS.replace(b"</channel>", b"<language>fr</language></channel>"),
    ],
    ids=["truncated", "malformed", "doctype", "nested", "cdata", "between", "after"],
)
def test_where_no_cut_is_safe_the_whole_document_is_read(body: bytes) -> None:
    """Nothing is hashed then, and every entry comes out."""
    found = read(body, frozenset(read(RSS).entry_hashes))
    assert ((), True) == (found.entry_hashes, found.whole)
    assert by_feedparser(body) == found.document


def test_json_items_that_are_known_are_left_out() -> None:
    """Also when their members come in another order."""
    items: list[dict[str, object]] = [{"id": "1", "title": "One"}, {"id": "2", "title": "Two"}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "items": items}
    known = read(json.dumps(feed).encode()).entry_hashes[:1]
    items[0] = {"title": "One", "id": "1"}
    assert ["Two"] == titles(read(json.dumps(feed).encode(), frozenset(known)))


def many(form: str, count: int) -> bytes:
    """A document of so many entries."""
    match form:
        case "json":
            items = [{"id": str(number), "title": "x"} for number in range(count)]
            return json.dumps(
                {"version": "https://jsonfeed.org/version/1", "items": items}
            ).encode()
        case "sitemap":
            part = "<url><loc>/x</loc><n:news><n:title>x</n:title></n:news></url>"
            return f'<urlset xmlns:n="n">{part * count}</urlset>'.encode()
        case "malformed":
            return b'<rss version="2.0"><channel>' + b"<item><title>x</title></item>" * count
        case "unclosed":
            return b'<rss version="2.0"><channel>' + b"<item><title>x</title>" * count
        case _:
            return b'<rss version="2.0"><channel>' + b"<item><title>x</title></item>" * count + b"</channel></rss>"  # fmt: skip


@pytest.mark.parametrize("form", ["rss", "json", "sitemap", "malformed", "unclosed"])
def test_of_too_many_entries_the_first_are_read(form: str) -> None:
    """The problem says how many there are."""
    found = read_feed(many(form, 30), url=URL, now=NOW, most_entries=20)
    assert found.document is not None
    assert (20, 30) == (len(found.document.entries), found.total)
    assert "it holds 30 entries, of which the first 20 are read" in found.document.problem


@pytest.mark.parametrize(
    "markup",
    [
        "<!DOCTYPE r [" + "".join(f'<!ENTITY a{n + 1} "{f"&a{n};" * 10}">' for n in range(9)) + '<!ENTITY a0 "ha">]>',
        '<!DOCTYPE r [<!ENTITY a9 SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE r SYSTEM "http://127.0.0.1:9/x.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>',
        "\n<!-- a comment --><!DOCTYPE r [\n<!ENTITY a9 '&#38;a9;'>\n]>",
    ],
    ids=["billion laughs", "file", "parameter", "itself"],
)  # fmt: skip
@pytest.mark.parametrize("root", ["rss", "urlset"])
def test_declared_entities_are_not_expanded(markup: str, root: str) -> None:
    """Entities that multiply, or read files or the network, stand as they are or come to nothing."""
    inner = "<item><title>x &a9; y</title></item>"
    body = f'{markup}<rss version="2.0"><channel>{inner}</channel></rss>'
    if root == "urlset":
        body = (
            f"{markup}<urlset><url><loc>/x</loc><news><title>x &a9; y</title></news></url></urlset>"
        )
    (title,) = titles(read(body.encode()))
    assert title in {"x &a9; y", "x &a9 y", "x y", "x a9 y"}


def test_deep_nesting_is_read_or_refused() -> None:
    """Thousands of elements in one another exhaust no stack."""
    opening = b'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>'
    for name in ("item", "x", "div", "rss", "media:group", "author", "source", "image"):
        nested = f"<{name}>".encode() * 9_000
        closed = nested + f"</{name}>".encode() * 9_000
        inside = b"<item>" + closed + b"</item></channel></rss>"
        for body in (nested, closed + b"</channel></rss>", inside):
            assert by_feedparser(opening + body) == by_reading(opening + body)


def test_dates_ahead_of_now_are_dropped() -> None:
    """Five minutes are the clock's; more would stand above fresh news."""
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    moments = [now + timedelta(minutes=minutes) for minutes in (-1, 5, 6, 10_000)]
    items = "".join(
        f"<item><pubDate>{at:%a, %d %b %Y %H:%M:%S} GMT</pubDate><title>x</title></item>"
        for at in moments
    )
    body = f'<rss version="2.0"><channel>{items}</channel></rss>'.encode()
    found = read_feed(body, url=URL, now=now).document
    assert found is not None
    assert [(moments[0], ""), (moments[1], ""), (None, "future"), (None, "future")] == [
        (entry.published, entry.date_rule) for entry in found.entries
    ]


def test_the_language_a_server_names_is_the_last_resort() -> None:
    """As in feedparser: the document's own comes first."""
    for body, language in (
        (RSS, "fr"),
        (RSS.replace(b"<title>Paper", b"<language>de</language><title>Paper"), "de"),
    ):
        found = read_feed(body, url=URL, content_language="fr-CA", now=NOW).document
        assert parse_feed(body, url=URL, content_language="fr-CA") == found
        assert found is not None
        assert (language, language) == (found.language, found.entries[0].language)


def test_reading_is_a_function_of_its_arguments() -> None:
    """The same body at the same time gives the same, whatever was read before."""
    assert read(RSS) == read(RSS)
    assert replace(read(RSS), whole=False) != read(RSS)
