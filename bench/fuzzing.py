"""What is fuzzed: each target reads bytes of a stranger and judges what comes of them.

A target may raise nothing but what it documents, which it catches itself; what else it finds wrong it
says by AssertionError. ``seeds`` are inputs to begin with.
"""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from bench.fuzzed_alerts import alert
from bench.fuzzed_alerts import seeds as alert_seeds
from bench.fuzzed_answers import ANSWERS, HEADERS, ROBOTS, SECRET, answer, headers, robots
from worker.articles.extract import NoArticle, extract_page
from worker.catalogue import CatalogueError, read_catalogue
from worker.catalogue.opml import OpmlError, read_opml, write_opml
from worker.channels import channel_kinds, validate
from worker.cli.output import CliError, load_settings
from worker.feeds.parse import NotAFeed, parse_feed
from worker.feeds.reading import read_feed
from worker.model import Article, Watch
from worker.settings import Settings, is_secret, variable_of
from worker.watches.explain import explain
from worker.watches.matcher import Matcher
from worker.watches.query import QueryError, parse_query
from worker.watches.remarks import remarks
from worker.watches.writing import write

NOW = datetime(2026, 1, 2, tzinfo=UTC)
URL = "https://news.example/feed"
ARTICLE = Article(
    title="Grain and gas price",
    text="Vladimir Putin spoke of the gas price in Moscow.\n\nA b c d. Зерно подорожало.",
    language="en",
    outlet="The Courier",
)
SECRETS = {variable_of(name) for name, field in Settings.model_fields.items() if is_secret(field)}
LONGEST = 50_000
DATA = Path(__file__).resolve().parent.parent / "tests" / "data"


@dataclass(frozen=True)
class Target:
    """One thing that strangers' bytes are put into."""

    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def feed(raw: bytes) -> None:
    """A document is a feed or it is not; what is known already is left out the second time."""
    with suppress(NotAFeed):
        first = read_feed(raw, url=URL, content_type="", now=NOW)
        assert first.document is not None
        for entry in first.document.entries:
            assert "\x00" not in entry.title + entry.url
        parse_feed(raw, url=URL, content_type="application/rss+xml")


def page(raw: bytes) -> None:
    """A page has an article of clean text or none."""
    with suppress(NoArticle):
        article = extract_page(raw, url="https://news.example/a", content_type="text/html")
        assert article.text.strip()
        assert "\x00" not in article.title + article.text


def query(raw: bytes) -> None:
    """What is a query says the same when it is written out and read again, and can be asked of an article."""
    text = raw.decode("utf-8", "replace")
    try:
        found = parse_query(text)
    except QueryError as error:
        _said(error.pretty())
        return
    remarks(found)
    written = write(found.root)
    again = parse_query(written)
    assert again.root == found.root or write(again.root) == written, (text, written)
    watch = Watch(id=1, name="w", query=text)
    matcher = Matcher([watch], lambda _kind, _name: None)
    matched = matcher.match(ARTICLE, ()) or matcher.spiking.match(ARTICLE, ())
    told = explain(watch, ARTICLE, (), lambda _kind, _name: None)
    assert (bool(matched), bool(matcher.problems)) == (told.matched, bool(told.problem)), text


def catalogue(raw: bytes) -> None:
    """A feeds.yaml is taken, or each of its mistakes has a line."""
    text = raw.decode("utf-8", "replace")
    try:
        read_catalogue(
            text,
            filename="feeds.yaml",
            environ={"KEY": SECRET},
            known_kinds=channel_kinds(),
            validate_channel=validate,
        )
    except CatalogueError as error:
        _said(str(error))


def settings(raw: bytes) -> None:
    """Variables of the environment make settings, or the first that does not is named without its value."""
    said = [line.partition("=") for line in raw.decode("utf-8", "replace").splitlines()]
    names = {variable_of(name) for name in Settings.model_fields}
    given = {
        name: f"{SECRET}{value}" if name in SECRETS else value
        for name, _, value in said
        if name in names and "\x00" not in value
    }
    with patch.dict(os.environ, given):
        try:
            load_settings()
        except CliError as error:
            _said(str(error))


def _said(words: str) -> None:
    """A refusal says something, and no secret."""
    assert words
    assert SECRET not in words


def opml(raw: bytes) -> None:
    """A list of feeds is written and read again without loss."""
    with suppress(OpmlError):
        found = read_opml(raw)
        again = read_opml(write_opml(found, title="feeds"))
        assert {one.url for one in again} == {one.url for one in found}


def _files(folder: str, *ends: str) -> tuple[bytes, ...]:
    found = sorted(path for end in ends for path in (DATA / folder).rglob(f"*{end}"))
    return tuple(one.read_bytes()[:LONGEST] for one in found[:40])


TARGETS: Mapping[str, Target] = {
    "feed": Target(
        feed,
        (
            b"<rss version='2.0'><channel><title>a</title><item><title>b</title><guid>1</guid></item></channel></rss>",
            b"<feed xmlns='http://www.w3.org/2005/Atom'><title>a</title><entry><id>1</id><title>b</title></entry></feed>",
            b'{"version": "https://jsonfeed.org/version/1.1", "title": "a", "items": [{"id": "1", "title": "b"}]}',
            b"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>https://news.example/a</loc></url></urlset>",
            *_files("feeds", ".xml", ".rss", ".atom", ".json"),
        ),
    ),
    "page": Target(
        page,
        (
            (
                b"<html><head><title>a</title><meta charset='utf-8'></head><body><article><p>One sentence, long enough "
                b"to be read as text by anybody.</p><p>And another one, to be sure.</p></article></body></html>"
            ),
            *_files("pages", ".html"),
        ),
    ),
    "query": Target(
        query,
        (
            b'person:"Vladimir Putin" AND NOT country:Russia',
            b'(grain OR "gas price") NEAR/5 topic:economy',
            b"spike(person:Putin) > 3",
            b'title:(a b) -"c d" count(person:Putin) >= 2 sources > 3',
        ),
    ),
    "catalogue": Target(
        catalogue,
        (
            b"feeds:\n  - {name: a, url: https://a.example/feed, interval: 5m, tags: [x]}\n",
            b"channels:\n  - {name: c, kind: webhook, url: '${KEY}'}\nwatches:\n  - {name: w, query: 'a OR b', channels: [c]}\n",
            b"defaults: {interval: 15m}\nhosts:\n  - {name: a.example, gap: 2s}\nentities:\n  - {kind: person, name: Ann}\n",
        ),
    ),
    "opml": Target(
        opml,
        (
            b"<opml version='2.0'><body><outline text='a'><outline xmlUrl='https://a.example/f'/></outline></body></opml>",
        ),
    ),
    "settings": Target(
        settings,
        (
            b"TOCSIN_POLL_INTERVAL=15m\nTOCSIN_POLL_JITTER=0.1\nTOCSIN_LOG_LEVEL=debug\nTOCSIN_NET_PORTS=80,443",
            b"TOCSIN_NET_ALLOW=10.0.0.0/8, fd00::/8\nTOCSIN_NET_PROXY=http://a:b@c:1\nTOCSIN_LEASE=1d\nTOCSIN_DATABASE_URL=x",
            *(f"{variable_of(name)}=1".encode() for name in Settings.model_fields),
        ),
    ),
    "alert": Target(alert, tuple(alert_seeds())),
    "answer": Target(answer, ANSWERS),
    "headers": Target(headers, HEADERS),
    "robots": Target(robots, ROBOTS),
}


def inputs(name: str) -> tuple[bytes, ...]:
    """What a target begins with: its seeds, and whatever went wrong once."""
    found = DATA / "fuzz" / name
    return TARGETS[name].seeds + tuple(one.read_bytes() for one in sorted(found.glob("*")))
