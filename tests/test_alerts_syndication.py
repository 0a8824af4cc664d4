"""Watches as Atom and JSON feeds: valid, stable, harmless."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import feedparser
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from worker.alerts.syndication import SyndicatedAlert, Syndication, atom, json_feed

AT = datetime(2026, 3, 20, 10, 0, 5, 123456, tzinfo=UTC)
URL = "https://tocsin.example/watches/4-abc.atom"
RANG = SyndicatedAlert(
    alert_id=7, title="Putin & Xi meet", url="https://news.example/1?a=1&b=2", lead="They met.",
    language="en", outlets=("Example News", "Other"), names=("Vladimir Putin", "China"),
    reason="first report", rang_at=AT,
    published=AT.astimezone(timezone(timedelta(hours=3))) - timedelta(minutes=5),
)  # fmt: skip
FEED = Syndication(
    watch_id=4, watch_name="Putin <3", query='person:"Vladimir Putin"', source="urn:tocsin:ab",
    url=URL, made_at=AT - timedelta(days=9), alerts=(replace(RANG, alert_id=9), RANG),
)  # fmt: skip
HOSTILE = '<script>alert(1)</script>\x00\x1b[31m\ud800\ufffe]]>&amp;"\u202e'
NS = {"a": "http://www.w3.org/2005/Atom"}
RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def parsed(body: bytes) -> Any:
    """What feedparser reads."""
    found = feedparser.parse(body)
    assert not found.bozo
    return found


def check_rules(body: bytes) -> None:
    """What RFC 4287 and the validators of feeds ask for."""
    root = etree.fromstring(body)
    for element in [root, *root.findall("a:entry", NS)]:
        for name in ("id", "title", "updated"):
            assert len(element.findall(f"a:{name}", NS)) == 1, name
        assert element.findtext("a:title", namespaces=NS)
    ids = [each.text for each in root.iter(f"{{{NS['a']}}}id")]
    assert len(ids) == len(set(ids))
    assert all(each and each.startswith("urn:uuid:") for each in ids)
    for name in ("updated", "published"):
        for each in root.iter(f"{{{NS['a']}}}{name}"):
            assert RFC_3339.fullmatch(each.text or "")
    assert root.find("a:author/a:name", NS) is not None
    assert [each.get("href") for each in root.findall("a:link[@rel='self']", NS)] == [URL]
    for entry in root.findall("a:entry", NS):
        assert entry.find("a:content", NS).get("type") == "html"
        assert len(entry.findall("a:link[@rel='alternate']", NS)) <= 1


def test_an_atom_feed_is_read_back() -> None:
    """Title, entries, authors, times, categories and content as they were given."""
    body = atom(FEED)
    check_rules(body)
    found = parsed(body)
    assert found.feed.title == "Tocsin: Putin <3"
    assert found.feed.updated == "2026-03-20T10:00:05Z"
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
    later = replace(FEED, watch_name="New", url="", alerts=(replace(RANG, title="Changed"),))
    assert parsed(atom(later)).entries[0].id == ids[1] != ids[0]
    assert json.loads(json_feed(later))["items"][0]["id"] == ids[1]
    assert parsed(atom(replace(FEED, source="urn:tocsin:cd"))).entries[1].id != ids[1]


def test_an_empty_feed_is_valid() -> None:
    """A watch that never rang has a feed, which stays the same until it does."""
    feed = replace(FEED, alerts=())
    check_rules(atom(feed))
    assert parsed(atom(feed)).feed.updated == "2026-03-11T10:00:05Z"
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
    url=st.text(max_size=40) | st.just("javascript:alert(1)"),
)
def test_what_strangers_write_is_text(title: str, lead: str, name: str, url: str) -> None:
    """Any text gives a valid feed in which nothing of it is mark-up or a dangerous link."""
    alert = replace(RANG, title=title, lead=lead, outlets=(name,), names=(name, lead), url=url)
    feed = replace(FEED, watch_name=name, query=title, alerts=(alert,))
    body = atom(feed)
    check_rules(body)
    content = etree.fromstring(body).findtext("a:entry/a:content", namespaces=NS) or ""
    fragment = etree.fromstring(f"<div>{content.replace('<br>', '<br/>')}</div>")
    assert {each.tag for each in fragment.iter()} <= {"div", "p", "br"}
    item = json.loads(json_feed(feed))["items"][0]
    assert not item.get("url", "").startswith("javascript")
    assert "<script" not in item["content_html"]
