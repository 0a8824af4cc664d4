"""How fast feed documents are read: feedparser, the whole document, cold, two new entries, unchanged.

    python -m bench.reading

Documents are made here: RSS as newsrooms send it, with HTML descriptions and, in the larger ones,
full texts. All ways are measured in turn, in the same run; CPU time counts, of the best of several rounds.
"""

import io
import time
from collections.abc import Callable
from datetime import UTC, datetime

import feedparser

from bench.report import Bar, report
from worker.feeds.parse import parse_feed
from worker.feeds.reading import read_feed

URL = "https://news.example/feed/"
NOW = datetime(2027, 1, 1, tzinfo=UTC)
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>Harbour News</title>
<atom:link href="https://news.example/feed/" rel="self" type="application/rss+xml"/>
<link>https://news.example</link><description>All the news</description>
<lastBuildDate>Mon, 23 Nov 2026 12:00:00 +0000</lastBuildDate><language>en-GB</language>
<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>"""
_PARAGRAPH = (
    '<p>The ferry &amp; the <strong>harbour</strong> council said on Monday that <a href="https://'
    'news.example/2026/11/story-{0}?ref=rss&amp;x={1}" target="_blank">forty ships</a> waited.'
    " It&#8217;s the third time this year that the port has closed.</p>\n"
)


def main() -> None:
    figures: dict[str, float] = {}
    bars: dict[str, Bar] = {}
    for name, entries, paragraphs in (("brief_30", 30, 0), ("full_30", 30, 6), ("full_50", 50, 6)):
        body = document(entries, paragraphs)
        speeds = measure(body)
        size = len(body) / 1e6
        print(f"{name}: {len(body) / 1000:.0f} kB")
        for way, seconds in speeds.items():
            print(
                f"  {way:<12}{seconds * 1e3:8.2f} ms {1 / seconds:8.0f}/s {size / seconds:7.1f} MB/s"
            )
            figures[f"{name}_{way}_per_second"] = round(1 / seconds, 1)
        bars[f"{name}_cold_times_whole"] = Bar(round(speeds["whole"] / speeds["cold"], 1), 8.0)
        bars[f"{name}_two_new_times_whole"] = Bar(
            round(speeds["whole"] / speeds["two_new"], 1), 15.0
        )
    report("reading", figures, bars)


def measure(body: bytes) -> dict[str, float]:
    """Seconds a document for each way of reading it."""
    first = read_feed(body, url=URL, now=NOW)
    assert first.document == parse_feed(body, url=URL)
    known = frozenset(first.entry_hashes[2:])
    ways: dict[str, Callable[[], object]] = {
        "feedparser": lambda: feedparser.parse(io.BytesIO(body)),
        "whole": lambda: parse_feed(body, url=URL),
        "cold": lambda: read_feed(body, url=URL, now=NOW),
        "two_new": lambda: read_feed(body, url=URL, now=NOW, known_entries=known),
        "unchanged": lambda: read_feed(body, url=URL, now=NOW, known_body=first.body_hash),
    }
    return {
        way: best(read, 60 if way in {"cold", "two_new", "unchanged"} else 12)
        for way, read in ways.items()
    }


def best(read: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        started = time.process_time()
        read()
        times.append(time.process_time() - started)
    return min(times)


def document(entries: int, paragraphs: int) -> bytes:
    """An RSS document of ``entries`` items; with ``paragraphs`` in it, full texts."""
    items = "\n".join(item(number, paragraphs) for number in range(entries))
    return f"{_HEAD}{items}</channel></rss>".encode()


def item(number: int, paragraphs: int) -> str:
    picture = f'<p><img loading="lazy" src="https://cdn.example/{number}.jpg" alt="The quay" width="600"/></p>'
    text = "".join(_PARAGRAPH.format(number, place) for place in range(paragraphs))
    brief = (picture + _PARAGRAPH.format(number, 0)).replace("&", "&amp;").replace("<", "&lt;")
    full = f"<content:encoded><![CDATA[{picture}{text}]]></content:encoded>" if text else ""
    return f"""<item><title>Story {number}: pilots &amp; crews strike as cable is cut</title>
<link>https://news.example/2026/11/story-{number}?utm_source=rss</link>
<guid isPermaLink="false">https://news.example/?p={number}</guid>
<pubDate>Mon, 23 Nov 2026 {number % 24:02d}:15:00 +0000</pubDate>
<dc:creator><![CDATA[Ingrid Salt]]></dc:creator><category><![CDATA[News]]></category>
<category>Ports</category><description>{brief}</description>{full}
<media:content url="https://cdn.example/{number}.jpg" medium="image"/>
<slash:comments>{number}</slash:comments></item>"""


if __name__ == "__main__":
    main()
