"""An example of each event, made as real ones are."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from worker.alerts.payload.articles import payload
from worker.alerts.payload.forms import cloud_event
from worker.alerts.payload.models import CloudEvent
from worker.alerts.payload.notices import (
    digest_payload,
    disabled_payload,
    heartbeat_payload,
    spike_payload,
)
from worker.model import (
    Announcement,
    Article,
    Confidence,
    Digest,
    DigestSection,
    Disabled,
    EventKind,
    Evidence,
    FeedEvent,
    FeedTrouble,
    Heartbeat,
    HourCount,
    Kind,
    Mention,
    Notice,
    Spike,
    StoryLine,
    Update,
)

_AT = datetime(2026, 3, 19, 22, 31, 9, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_TEXT = (
    "President Vladimir Putin told state television that he saw no reason for haste. "
    "Putin added that the gas transit deal could be renewed before the winter. "
    "Kyiv has not commented so far."
)
_ALERT = Announcement(
    alert_id=311,
    delivery_id=902,
    message_id="<alert-311.902@tocsin.example>",
    watch_id=4,
    watch_name="Putin and gas",
    query='person:"Vladimir Putin" AND gas',
    reason="first report of this story",
    story_id=57,
    item_id=1204,
    feed_name="newsroom-world",
    article=Article(
        title="Geneva: Putin in no hurry",
        text=_TEXT,
        language="en",
        url="https://news.example/2026/geneva",
        outlet="The Newsroom",
        authors=("Ada Lund",),
        published=datetime(2026, 3, 20, 0, 30, tzinfo=timezone(timedelta(hours=2))),
    ),
    mentions=(
        Mention(
            kind=Kind.PERSON,
            key="person:vladimir-putin",
            name="Vladimir Putin",
            count=3,
            salience=0.61,
            in_title=True,
            support="full name",
        ),
        Mention(
            kind=Kind.COUNTRY,
            key="UA",
            name="Ukraine",
            count=1,
            salience=0.2,
            in_title=False,
            confidence=Confidence.LIKELY,
            support="a place in it",
        ),
    ),
    evidence=(
        Evidence(
            clause='person:"Vladimir Putin"',
            value="Putin",
            spans=tuple(found.span() for found in re.finditer("Vladimir Putin|Putin", _TEXT)),
            title_spans=((8, 13),),
        ),
        Evidence(
            clause="gas",
            value="gas",
            spans=tuple(found.span() for found in re.finditer("gas", _TEXT)),
        ),
    ),
    outlets=("The Newsroom", "Daily Post", "Le Courrier"),
    seen_at=_AT - timedelta(seconds=4),
    alerted_at=_AT,
)
_LINE = StoryLine(
    story_id=57,
    title="Geneva: Putin in no hurry",
    url="https://news.example/2026/geneva",
    outlet="The Newsroom",
    outlets=3,
    at=_AT - _HOUR,
    language="en",
    snippet="Putin added that the gas transit deal could be renewed before the winter.",
    highlights=((0, 5), (21, 24)),
    reason="quiet hours",
)
_SPIKE = Spike(
    watch_id=9,
    watch_name="Putin, more than usual",
    query='spike(person:"Vladimir Putin") > 3',
    at=_AT,
    observed=42,
    score=6.31,
    bound="> 3",
    normal=10.2,
    low=3.0,
    high=21.7,
    level="this hour of the week",
    hours=(
        HourCount(hour=_AT - 2 * _HOUR, stories=12, low=3, high=20),
        HourCount(hour=_AT - _HOUR, stories=42, low=3, high=21.7),
    ),
    stories=(replace(_LINE, reason=""),),
)
_DIGEST = Digest(
    title="Digest",
    since=_AT - 24 * _HOUR,
    until=_AT,
    sections=(
        DigestSection(
            watch_id=4,
            watch_name="Putin and gas",
            query='person:"Vladimir Putin" AND gas',
            stories=(_LINE,),
            total=3,
        ),
    ),
    total=3,
)
_BEAT = Heartbeat(
    channel="newsroom-bot",
    schedule="daily 08:00",
    zone="Europe/Berlin",
    since=_AT - 24 * _HOUR,
    until=_AT,
    watches=7,
    matches=0,
    alerts=0,
    feeds=415,
    healthy=413,
    failing=(FeedTrouble(name="gazette", problem="answers 500", since=_AT - 5 * _HOUR),),
    silent=(FeedTrouble(name="courier", problem="nothing new for 9 days"),),
    last_item_at=_AT - timedelta(seconds=14),
    held=2,
)
_DISABLED = Disabled(
    channel="old-bot",
    kind="webhook",
    reason="410 in 0.04 s: this hook was removed",
    at=_AT,
    waiting=3,
)
_FEEDS = {
    EventKind.FAILING: "it answered 500 ten times in a row",
    EventKind.RECOVERED: "it can be read again, after 5 hours",
    EventKind.SILENT: "nothing new for 9 days, which is usually 3 hours",
    EventKind.MOVED: "it has moved to https://gazette.example/rss.xml",
    EventKind.GONE: "it answers 410: it is gone and no longer polled",
    EventKind.FLOOD: "all its 80 entries are new at once; they are held",
    EventKind.LYING: "it says that nothing has changed when something has",
}


def told() -> Mapping[str, Announcement | Notice]:
    """What each example tells of, by the type of its event."""
    update = Update(first_alert_id=311, first_title="Geneva: Putin in no hurry")
    whole: dict[str, Announcement | Notice] = {
        "alert.matched": _ALERT,
        "story.updated": replace(
            _ALERT, alert_id=340, reason="20 outlets report it", update=update
        ),
        "alert.spike": _notice(_SPIKE),
        "alert.digest": _notice(_DIGEST),
    }
    return {
        **whole,
        **{kind.value: _of_feed(kind, words) for kind, words in _FEEDS.items()},
        "heartbeat": _notice(_BEAT),
        "channel.disabled": _notice(_DISABLED),
        "test.ping": replace(
            _ALERT, alert_id=0, reason="asked for by tocsin channels test", test=True
        ),
    }


def examples() -> Mapping[str, dict[str, Any]]:
    """An example of each type of event, by its type."""
    return {kind: event_of(one) for kind, one in told().items()}


def event_of(one: Announcement | Notice) -> dict[str, Any]:
    """The event of what is told."""
    match one:
        case Notice(content=Spike() as content):
            return spike_payload(one, content)
        case Notice(content=Digest() as content):
            return digest_payload(one, content)
        case Notice(content=Heartbeat() as content):
            return heartbeat_payload(one, content)
        case Notice(content=Disabled() as content):
            return disabled_payload(one, content)
        case Announcement():
            return payload(one)
    raise AssertionError(one)  # pragma: no cover


def enveloped(example: Mapping[str, Any]) -> CloudEvent:
    """An example in the envelope of CloudEvents."""
    return cloud_event(
        example,
        identity="msg_902_83f1a4de0b7c",
        message_id=_ALERT.message_id,
        subject="watch-4",
    )


def _notice(content: Spike | Digest | Heartbeat | Disabled) -> Notice:
    return Notice(
        alert_id=312,
        delivery_id=903,
        message_id="<alert-312.903@tocsin.example>",
        reason="its time has come",
        alerted_at=_AT,
        content=content,
    )


def _of_feed(kind: EventKind, words: str) -> Announcement:
    return replace(
        _ALERT,
        watch_id=12,
        watch_name="my feeds",
        query=f"event:{kind.value}",
        reason="something happened to a feed",
        feed_name="gazette",
        article=Article(
            title="", text="", outlet="Gazette", url="https://gazette.example/feed.xml"
        ),
        event=FeedEvent(kind=kind, detail=words),
    )
