"""Watches as Atom and JSON feeds: valid, stable, harmless."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import feedparser
import html5lib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from worker.alerts.syndication import SyndicatedAlert, Syndication, atom, json_feed

AT = datetime(2026, 3, 20, 10, 0, 5, 123456, tzinfo=UTC)
URL = "https://tocsin.example/watches/4-abc.atom"
RANG = SyndicatedAlert(
    key="watch/4/story/7", title="Putin & Xi meet", url="https://news.example/1?a=1&b=2", lead="They met.",
    language="en", outlets=("Example News", "Other"), names=("Vladimir Putin", "China"),
    reason="first report", told_at=AT,
    published=AT.astimezone(timezone(timedelta(hours=3))) - timedelta(minutes=5),
)  # fmt: skip
FEED = Syndication(
    watch_id=4, watch_name="Putin <3", query='person:"Vladimir Putin"', source="urn:tocsin:ab",
    url=URL, made_at=AT - timedelta(days=9), alerts=(replace(RANG, key="watch/4/story/9"), RANG),
)  # fmt: skip
HOSTILE = '<script>alert(1)</script>\x00\x1b[31m\ud800\ufffe]]>&amp;"\u202e'
NS = {"a": "http://www.w3.org/2005/Atom"}
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")
RFC_3986 = re.compile(r"https?://[!$%&-;=?-Z_a-z~\[\]]+(#[!$%&-;=?-Z_a-z~]*)?")


def parsed(body: bytes) -> Any:
    """What feedparser reads."""
    found = feedparser.parse(body)
    assert not found.bozo
    return found


def check_rules(body: bytes) -> None:
    """What RFC 4287 asks for, and all that the validator of the W3C complains of in such a feed."""
    root = etree.fromstring(body)
    assert "\ufffd" not in body.decode()
    for element in [root, *root.findall("a:entry", NS)]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NS)) == 1, name
        assert element.findtext("a:title", namespaces=NS)
    ids = [each.text for each in root.iter(f"{{{NS['a']}}}id")]
    assert len(ids) == len(set(ids))
    assert all(each and each.startswith("urn:uuid:") for each in ids)
    updated = [each.text for each in root.findall("a:entry/a:updated", NS)]
    assert len(updated) == len(set(updated))
    for name in ("updated", "published"):
        for each in root.iter(f"{{{NS['a']}}}{name}"):
            assert RFC_3339.fullmatch(each.text or "")
            assert (each.text or "") > "1990"
    assert root.get(XML_LANG) == "en"
    assert root.find("a:author/a:name", NS) is not None
    assert len(root.findall("a:link[@rel='self']", NS)) <= 1
    for name in ("title", "subtitle"):
        for each in root.iter(f"{{{NS['a']}}}{name}"):
            assert (each.text or "").strip()
            assert not re.search(
                r"<[a-z/]|&(amp|lt|gt|quot|apos|nbsp|#\w+)", each.text, re.IGNORECASE
            )
    for each in root.iter(f"{{{NS['a']}}}name"):
        assert each.text
        assert not re.search(r"[<>]|&#|&(amp|lt|gt|quot|apos|alpha|nbsp)", each.text)
    assert all(each.get("term") for each in root.iter(f"{{{NS['a']}}}category"))
    assert all(RFC_3986.fullmatch(each.get("href")) for each in root.iter(f"{{{NS['a']}}}link"))
    for entry in root.findall("a:entry", NS):
        content = entry.find("a:content", NS)
        assert content.get("type") == "html"
        html5lib.HTMLParser(strict=True).parseFragment(content.text)
        assert len(entry.findall("a:link[@rel='alternate']", NS)) <= 1


def test_an_atom_feed_is_read_back() -> None:
    """Title, entries, authors, times, categories and content as they were given."""
    body = atom(FEED)
    check_rules(body)
    found = parsed(body)
    assert found.feed.title == "Tocsin: Putin <3"
    assert found.feed.updated.startswith("2026-03-20T10:00:05.")
    first = found.entries[0]
    assert (first.title, first.link) == ("Putin & Xi meet", "https://news.example/1?a=1&b=2")
    assert first.author == "Example News"
    assert first.published == "2026-03-20T09:55:05Z"
    assert [tag.term for tag in first.tags] == ["Vladimir Putin", "China"]
    assert "They met." in first.content[0].value
    assert "first report" in first.content[0].value


def test_ids_stay_and_differ() -> None:
    """The same alert keeps its id whatever else changes; alerts and Tocsins differ."""
    ids = [entry.id for entry in parsed(atom(FEED)).entries]
    later = replace(
        FEED, watch_name="New", url="", alerts=(replace(RANG, title="Changed", told="In a digest"),)
    )
    assert parsed(atom(later)).entries[0].id == ids[1] != ids[0]
    assert json.loads(json_feed(later))["items"][0]["id"] == ids[1]
    assert parsed(atom(replace(FEED, source="urn:tocsin:cd"))).entries[1].id != ids[1]


def test_an_update_keeps_the_id() -> None:
    """An entry with news in it is the same entry, changed since; readers show it once."""
    later = AT + timedelta(hours=2)
    updated = replace(RANG, updates=((later, "update: 5 outlets"),))
    before, after = (
        parsed(atom(replace(FEED, alerts=(one,)))).entries[0] for one in (RANG, updated)
    )
    assert (after.id, after.published) == (before.id, before.published)
    assert after.updated > before.updated
    assert "20 Mar 2026, 12:00 UTC: update: 5 outlets" in after.content[0].value
    item = json.loads(json_feed(replace(FEED, alerts=(updated,))))["items"][0]
    assert item["date_modified"] == after.updated


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://news.example/привет мир", None),
        ("https://news.example/привет|[1]?a={ж}", "https://news.example/%D0%BF%D1%80%D0%B8%D0%B2%D0%B5%D1%82%7C%5B1%5D?a=%7B%D0%B6%7D"),
        ("https://news.example/100%?b=%41#a#b", "https://news.example/100%25?b=%41#a%23b"),
        ("https://новости.example", "https://xn--b1amnebsh.example"),
        ("http://[::1]:80/a", "http://[::1]:80/a"),
    ],
)  # fmt: skip
def test_addresses_hold_only_what_they_may(url: str, written: str | None) -> None:
    """What RFC 3986 does not know is written as octets; the address stays the same."""
    feed = replace(FEED, alerts=(replace(RANG, url=url),))
    check_rules(atom(feed))
    link = etree.fromstring(atom(feed)).find("a:entry/a:link", NS)
    assert (link.get("href") if link is not None else None) == written
    assert json.loads(json_feed(feed))["items"][0].get("url") == written


def test_headlines_cannot_be_taken_for_mark_up() -> None:
    """Nor harmed by readers that expect it; a lone sign stays what it is."""
    title = "<b>1 < 2</b> & Putin <3 &lt;i&gt; AT&amp;T \ufffd"
    body = atom(replace(FEED, alerts=(replace(RANG, title=title),)))
    check_rules(body)
    assert parsed(body).entries[0].title == "‹b>1 < 2‹/b> & Putin <3 ‹i> AT&T ?"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AT&T", "AT&T"),
        ("AT&amp;T", "AT&T"),
        ("<b>News</b> <a@b.example>", "‹b›News‹/b› ‹a@b.example›"),
        ("R&alpha &1", "R＆alpha ＆1"),
    ],
)
def test_names_cannot_be_taken_for_mark_up(name: str, shown: str) -> None:
    """An author's name is plain text in Atom; no reader may think otherwise."""
    body = atom(replace(FEED, alerts=(replace(RANG, outlets=(name,)),)))
    check_rules(body)
    assert parsed(body).entries[0].author == shown


@pytest.mark.parametrize("published", [AT + timedelta(days=2), AT.replace(year=1970)])
def test_dates_that_cannot_be_are_left_out(published: datetime) -> None:
    """An article of next week or of 1970 has no date of its own; when it rang is told."""
    feed = replace(FEED, alerts=(replace(RANG, published=published),))
    check_rules(atom(feed))
    assert "published" not in parsed(atom(feed)).entries[0]
    item = json.loads(json_feed(feed))["items"][0]
    assert item["date_published"] == "2026-03-20T10:00:05.123456Z"


@pytest.mark.parametrize(
    ("language", "written"), [("ru", "ru"), ("pt-BR", "pt-BR"), ("english", ""), ("xx", "")]
)
def test_only_languages_are_named(language: str, written: str) -> None:
    """Whatever a page says of its language, the feed names one or none; its own words are English."""
    feed = replace(FEED, alerts=(replace(RANG, language=language),))
    check_rules(atom(feed))
    root = etree.fromstring(atom(feed))
    assert (root.find("a:entry/a:title", NS).get(XML_LANG) or "") == written
    content = root.findtext("a:entry/a:content", namespaces=NS)
    assert (f'<p lang="{written}">They met.</p>' in content) == bool(written)


def test_an_empty_feed_is_valid() -> None:
    """A watch that never rang has a feed, which stays the same until it does."""
    feed = replace(FEED, alerts=())
    check_rules(atom(feed))
    assert parsed(atom(feed)).feed.updated == "2026-03-11T10:00:05.123456Z"
    assert json.loads(json_feed(feed))["items"] == []


def test_a_json_feed_follows_its_standard() -> None:
    """JSON Feed 1.1: version, URL of its own, items with ids, texts and times."""
    feed = json.loads(json_feed(FEED))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == URL
    item = feed["items"][0]
    assert item["url"] == "https://news.example/1?a=1&b=2"
    assert item["authors"] == [{"name": "Example News"}]
    assert item["tags"] == ["Vladimir Putin", "China"]
    assert item["date_published"] == "2026-03-20T09:55:05Z"
    assert item["language"] == "en"


@given(
    title=st.text(max_size=80) | st.just(HOSTILE),
    lead=st.text(max_size=80) | st.just(HOSTILE),
    name=st.text(max_size=30),
    url=st.text(max_size=40).map(lambda text: f"https://news.example/{text}")
    | st.just("javascript:alert(1)"),
)
def test_what_strangers_write_is_text(title: str, lead: str, name: str, url: str) -> None:
    """Any text gives a valid feed in which nothing of it is mark-up or a dangerous link."""
    alert = replace(
        RANG, title=title, lead=lead, outlets=(name,), names=(name, lead), url=url, language=name
    )
    feed = replace(FEED, watch_name=name, query=title, alerts=(alert,))
    body = atom(feed)
    check_rules(body)
    content = etree.fromstring(body).findtext("a:entry/a:content", namespaces=NS) or ""
    fragment = etree.fromstring(f"<div>{content.replace('<br>', '<br/>')}</div>")
    assert {each.tag for each in fragment.iter()} <= {"div", "p", "br"}
    item = json.loads(json_feed(feed))["items"][0]
    assert not item.get("url", "").startswith("javascript")
    assert "<script" not in item["content_html"]
