"""Notices as their readers get them: spikes, digests and heartbeats, in every form."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

import worker.alerts.render as module
from worker.alerts.bars import hours_in_text, sparks, text_bar
from worker.alerts.heartbeat_form import age, summary
from worker.alerts.payload import LARGEST, encoded
from worker.alerts.render import message
from worker.model import (
    Announcement,
    Article,
    Digest,
    DigestSection,
    FeedTrouble,
    Heartbeat,
    HourCount,
    Message,
    Notice,
    Spike,
    StoryLine,
    Update,
)

SCHEMA = json.loads(
    (Path(module.__file__).parent / "webhook.schema.json").read_text(encoding="utf-8")
)
NOW = datetime(2026, 3, 19, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTILE = '<script>alert("1")</script>\r\nBcc: x\u202e'

LINE = StoryLine(
    story_id=57,
    title="Geneva: Putin in no hurry",
    url="https://news.example/geneva",
    outlet="The Newsroom",
    outlets=4,
    at=NOW - HOUR,
    language="en",
    snippet="Putin added that the gas deal could be renewed.",
    highlights=((0, 5),),
    reason="quiet hours",
)
SPIKE = Spike(
    watch_id=4,
    watch_name="Putin",
    query='spike(person:"Vladimir Putin") > 3',
    at=NOW,
    observed=42,
    score=6.31,
    bound="> 3",
    normal=10.2,
    low=3.0,
    high=21.7,
    level="this hour of the week",
    hours=(
        HourCount(hour=NOW - 4 * HOUR, stories=9, low=3, high=20),
        HourCount(hour=NOW - 3 * HOUR, stories=0, low=3, high=20, covered=False),
        HourCount(hour=NOW - 2 * HOUR, stories=12, low=3, high=20),
        HourCount(hour=NOW - HOUR, stories=42, low=3, high=21),
    ),
    stories=(replace(LINE, reason=""),),
)
DIGEST = Digest(
    title="Digest",
    since=NOW - 24 * HOUR,
    until=NOW,
    sections=(
        DigestSection(watch_id=4, watch_name="Putin", query="putin", stories=(LINE,), total=3),
        DigestSection(
            watch_id=9,
            watch_name="gas",
            query="gas",
            stories=(replace(LINE, title="Gas flows", story_id=58, reason="capped"),),
            total=1,
        ),
    ),
    total=4,
)
BEAT = Heartbeat(
    channel="desk-mail",
    schedule="daily 08:00",
    zone="Europe/Berlin",
    since=NOW - 24 * HOUR,
    until=NOW,
    watches=7,
    matches=0,
    alerts=0,
    feeds=415,
    healthy=412,
    failing=(FeedTrouble(name="gazette", problem="answers 500", since=NOW - 5 * HOUR),),
    silent=(FeedTrouble(name="courier", problem="nothing new for 9 days"),),
    last_item_at=NOW - timedelta(seconds=14),
    last_outlet="The Newsroom",
    dead=1,
    held=2,
)


def told(content: Spike | Digest | Heartbeat, **changes: Any) -> Message:
    """A notice as channels send it."""
    notice = Notice(
        alert_id=311,
        delivery_id=902,
        message_id="<a@tocsin>",
        reason="its time has come",
        alerted_at=NOW,
        content=content,
    )
    return message(replace(notice, **changes))


def validate(payload: Any) -> None:
    """Raise when a payload is not what the schema says, or is too large."""
    jsonschema.Draft202012Validator(
        SCHEMA, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    ).validate(payload)
    assert len(encoded(payload)) <= LARGEST


class Tags(HTMLParser):
    """The tags of a page, in order, and whether each that was opened was closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Note a tag."""
        self.tags.append(tag)
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the tag that was opened last."""
        assert self.open.pop() == tag


# ------------------------------------------------------------------------------------ spikes


def test_a_spike_says_how_many_and_what_is_normal() -> None:
    """In the subject, in the text with its score and its stories, and for machines."""
    shown = told(SPIKE)
    assert shown.subject == "Putin: spike, 42 stories in an hour, normal is 10"
    assert "score 6.3 (the watch asks for > 3)" in " ".join(shown.text.split())
    assert "up to 22 would be normal for this hour of the week" in " ".join(shown.text.split())
    assert "1. Geneva: Putin in no hurry" in shown.text
    assert shown.list_name == "watch-4"
    assert shown.payload["type"] == "alert.spike"
    assert shown.payload["data"]["spike"]["observed"] == 42
    assert [one["covered"] for one in shown.payload["data"]["hours"]] == [True, False, True, True]
    validate(shown.payload)


def test_the_chart_in_text_marks_where_more_is_not_normal() -> None:
    """A bar that passes the mark is the spike; an hour in which nothing was read has no bar."""
    lines = hours_in_text(SPIKE.hours).splitlines()
    assert lines[1] == "Thu 11:20  (nothing was read)"
    assert re.fullmatch(r"Thu 10:20  #{8} +\| 9", lines[0])
    assert re.fullmatch(r"Thu 13:20  #{18}\|#{18} 42", lines[3])


def test_the_chart_in_html_is_boxes_and_shows_what_is_beyond_in_red() -> None:
    """No picture is fetched and no script runs; one hour has a red box."""
    page = told(SPIKE).html
    assert page.count("background:#c62828") == 1
    assert not {"img", "svg", "script", "canvas"} & set(Tags(page).tags)


def test_a_short_line_shows_the_hours_too() -> None:
    """On a screen, where there is no room for a chart."""
    assert sparks(SPIKE.hours) == "▂·▃█"
    assert told(SPIKE).excerpt[0] == ("▂·▃█", False)


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_bar_never_leaves_its_width(value: float, largest: float) -> None:
    """Whatever it shows."""
    assert len(text_bar(value, largest)) <= 20


# ------------------------------------------------------------------------------------ digests


def test_a_digest_lists_each_watch_with_its_stories() -> None:
    """Contents first, then entries with outlets, evidence, and why each was held."""
    shown = told(DIGEST)
    assert shown.subject == "Digest: 4 stories for 2 watches"
    for words in (
        "Putin     3  ####################",
        "gas       1  #######",
        "Putin (3 stories)",
        "1. Geneva: Putin in no hurry",
        "The Newsroom · 3 more outlets",
        "quiet hours",
        "*Putin* added that the gas deal",
        "https://news.example/geneva",
        "and 2 more",
    ):
        assert words in shown.text
    assert shown.watch_name is None
    assert shown.list_name == "digest"


def test_a_digest_of_one_watch_is_named_after_it() -> None:
    """It needs no contents."""
    shown = told(replace(DIGEST, sections=DIGEST.sections[:1], total=3))
    assert shown.subject == "Digest: 3 stories for Putin"
    assert "###" not in shown.text


def test_contents_lead_to_the_sections() -> None:
    """Each link of the contents has its place on the page."""
    page = told(DIGEST).html
    assert re.findall(r'href="#([^"]+)"', page) == re.findall(r'<h2 id="([^"]+)"', page)


def test_a_digest_for_machines() -> None:
    """Every section with its stories; what is not listed is said to be left out."""
    sent = told(DIGEST).payload
    validate(sent)
    assert sent["type"] == "alert.digest"
    assert [one["watch"]["name"] for one in sent["data"]["sections"]] == ["Putin", "gas"]
    assert sent["data"]["sections"][0]["stories"][0]["reason"] == "quiet hours"
    assert sent["data"]["cut"] == ["sections.stories"]
    whole = replace(DIGEST, sections=DIGEST.sections[1:], total=1)
    assert told(whole).payload["data"]["cut"] == []


def test_a_huge_digest_stays_small_for_machines() -> None:
    """A hundred watches with fifty long stories each are cut to 20 kB."""
    long = replace(LINE, title="Ж" * 900, snippet="Ж " * 300, url=f"https://e.example/{'x' * 1500}")
    sections = tuple(
        DigestSection(
            watch_id=n, watch_name="w" * 300, query="q" * 3000, stories=(long,) * 50, total=50
        )
        for n in range(100)
    )
    sent = told(Digest(title="D", since=NOW, until=NOW, sections=sections, total=5000)).payload
    validate(sent)
    assert {"sections", "sections.stories", "sections.watch.query"} <= set(sent["data"]["cut"])


# ------------------------------------------------------------------------------------ heartbeats


def test_a_heartbeat_is_one_line_that_says_all() -> None:
    """Matches, feeds and the last story; in the subject whether somebody is needed."""
    assert summary(BEAT) == "0 matches; 412 of 415 feeds healthy; last story 14 s ago"
    assert told(BEAT).subject.startswith("Tocsin needs you: 0 matches; 412 of 415 feeds healthy")
    well = replace(BEAT, healthy=415, failing=(), silent=(), dead=0)
    assert well.well
    assert told(well).subject.startswith("Tocsin is well: 0 matches; 415 of 415")


def test_a_heartbeat_names_what_is_wrong() -> None:
    """Feeds that fail and feeds gone silent, deliveries given up, and what waits."""
    shown = told(BEAT)
    for words in (
        "gazette: answers 500 (since 19 Mar 2026, 09:20 UTC)",
        "courier: nothing new for 9 days",
        "Deliveries given up: 1",
        "Waiting for a digest: 2",
        "daily 08:00 (Europe/Berlin)",
    ):
        assert words in " ".join(shown.text.split())
        told_in_html = re.sub(r"</th><td[^>]*>", ": ", shown.html)
        assert words in re.sub(r"<[^>]*>", "", told_in_html)
    validate(shown.payload)
    assert shown.payload["type"] == "heartbeat"
    assert shown.payload["data"]["failing"][0]["name"] == "gazette"
    assert not shown.payload["data"]["heartbeat"]["well"]


def test_a_heartbeat_without_any_story() -> None:
    """A Tocsin that has just been set up."""
    fresh = replace(BEAT, last_item_at=None)
    assert summary(fresh).endswith("no story yet")
    assert told(fresh).payload["data"]["heartbeat"]["last_item_at"] is None


def test_a_thousand_broken_feeds_are_counted_and_not_all_named() -> None:
    """Fifty of them, and how many there are more."""
    many = tuple(FeedTrouble(name=f"feed-{n}", problem="x" * 500) for n in range(1000))
    shown = told(replace(BEAT, failing=many))
    assert "and 950 more" in shown.text
    validate(shown.payload)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (119, "119 s"), (130, "2 min"), (7300, "2 h"), (1e6, "11 days")],
)
def test_ages_are_told_in_their_largest_unit(seconds: float, words: str) -> None:
    """As people say it."""
    assert age(timedelta(seconds=seconds)) == words


# ------------------------------------------------------------------------------------ all of them


@pytest.mark.parametrize("content", [SPIKE, DIGEST, BEAT])
def test_what_comes_from_outside_does_no_harm(content: Spike | Digest | Heartbeat) -> None:
    """Names and titles are escaped, cut and put on one line in every form."""
    line = replace(
        LINE, title=HOSTILE, outlet=HOSTILE, snippet="<script>1</script>", url="javascript:x"
    )
    match content:
        case Spike():
            evil: Any = replace(content, watch_name=HOSTILE, query=HOSTILE, stories=(line,))
        case Digest():
            section = replace(
                DIGEST.sections[0], watch_name=HOSTILE, query=HOSTILE, stories=(line,)
            )
            evil = replace(content, title=HOSTILE, sections=(section, DIGEST.sections[1]))
        case Heartbeat():
            feed = FeedTrouble(name=HOSTILE, problem=HOSTILE)
            evil = replace(content, channel=HOSTILE, failing=(feed,), silent=(feed,))
    shown = told(evil)
    page = Tags(shown.html)
    assert page.open == []
    assert "script" not in page.tags
    assert "javascript:" not in shown.html + shown.text
    assert not set(shown.subject + shown.bell + shown.headline) & set("\r\n\u202e")
    assert "\nBcc" not in shown.text
    validate(shown.payload)


@pytest.mark.parametrize("content", [SPIKE, DIGEST, BEAT])
def test_a_test_is_marked(content: Spike | Digest | Heartbeat) -> None:
    """In every form."""
    shown = told(content, test=True)
    assert shown.subject.startswith("[test] ")
    assert shown.bell.split()[0] == "TEST"
    assert "This is a test" in shown.text
    assert "This is a test" in shown.html
    assert shown.payload["data"]["alert"]["test"]


# ------------------------------------------------------------------------------------ updates


def test_an_update_answers_the_first_mail_and_says_what_is_new() -> None:
    """Same subject with Re:, the thread of mails, and a type of its own for machines."""
    first = Announcement(
        alert_id=7, delivery_id=9, message_id="<b@t>", watch_id=3, watch_name="Putin", query="putin",
        reason="first report of this story", story_id=1, item_id=2, feed_name="example",
        article=Article(title="Putin lands", text="Putin landed.", outlet="A"), mentions=(),
        evidence=(), outlets=("A",), seen_at=NOW, alerted_at=NOW,
    )  # fmt: skip
    update = replace(
        first,
        alert_id=8,
        reason="20 outlets report it",
        article=replace(first.article, title="What the landing means"),
        update=Update(first_alert_id=7, first_title="Putin lands", thread=("<a@t>",)),
    )
    shown = message(update)
    assert shown.subject == f"Re: {message(first).subject}"
    assert shown.thread == ("<a@t>",)
    assert shown.bell == "UPDATE Putin"
    assert "New: 20 outlets report it" in shown.text
    assert "New: 20 outlets report it" in shown.html
    assert shown.payload["type"] == "story.updated"
    assert shown.payload["data"]["update"] == {"first_alert": 7}
    validate(shown.payload)
