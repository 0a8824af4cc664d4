"""A heartbeat as its readers get it: one line that says all is well, or what is not."""

from collections.abc import Sequence
from datetime import timedelta
from html import escape

from worker.alerts import commands, plain
from worker.alerts.page import Head, box, document, footer, heading, section, table
from worker.alerts.payload import heartbeat_payload
from worker.alerts.wording import clean_line, time_words
from worker.model import FeedTrouble, Heartbeat, Message, Notice

_MOST_FEEDS = 50


def heartbeat_message(n: Notice, beat: Heartbeat) -> Message:
    """The notice in every form that channels send."""
    told = summary(beat)
    return Message(
        delivery_id=n.delivery_id,
        message_id=n.message_id,
        attempt=n.attempt,
        at=n.alerted_at,
        list_name="heartbeat",
        watch_name=None,
        subject=clean_line(f"{'[test] ' if n.test else ''}{_verdict(beat)}: {told}", 140),
        text=_text(n, beat),
        html=_html(n, beat),
        payload=heartbeat_payload(n, beat),
        bell=f"{'TEST' if n.test else 'HEARTBEAT'} {clean_line(beat.channel, 60)}",
        headline=told,
        excerpt=tuple((line, False) for line in ["\n".join(_troubles(beat, 10))] if line),
        source=_span(beat),
    )


def summary(beat: Heartbeat) -> str:
    """Like "0 matches; 412 of 415 feeds healthy; last story 14 s ago"."""
    matches = "1 match" if beat.matches == 1 else f"{beat.matches} matches"
    if beat.last_item_at is None:
        last = "no story yet"
    else:
        last = f"last story {age(beat.until - beat.last_item_at)} ago"
    return f"{matches}; {beat.healthy} of {beat.feeds} feeds healthy; {last}"


def age(span: timedelta) -> str:
    """A duration in its largest unit: 14 s, 3 min, 5 h, 2 days."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h" if seconds < 172_800 else f"{seconds // 86_400} days"


def _span(beat: Heartbeat) -> str:
    return f"{time_words(beat.since)} to {time_words(beat.until)}"


def _counts(beat: Heartbeat) -> list[tuple[str, str]]:
    """What is worth a line each."""
    last = time_words(beat.last_item_at) if beat.last_item_at else "none yet"
    outlet = clean_line(beat.last_outlet, 60)
    return [
        ("Time", _span(beat)),
        ("Watches of this channel", str(beat.watches)),
        ("Matches", str(beat.matches)),
        ("Alerts sent here", str(beat.alerts)),
        ("Waiting for a digest", str(beat.held)),
        ("Deliveries given up", str(beat.dead)),
        ("Feeds healthy", f"{beat.healthy} of {beat.feeds}"),
        ("Last story", f"{last} ({outlet})" if outlet and beat.last_item_at else last),
    ]


def _groups(beat: Heartbeat) -> list[tuple[str, Sequence[FeedTrouble]]]:
    groups = (("Feeds that cannot be read", beat.failing), ("Feeds gone silent", beat.silent))
    return [(title, feeds) for title, feeds in groups if feeds]


def _troubles(beat: Heartbeat, most: int) -> list[str]:
    """A line for each feed in trouble, and how many there are more."""
    lines = [_trouble(one) for _, feeds in _groups(beat) for one in feeds]
    more = len(lines) - most
    return [*lines[:most], f"and {more} more"] if more > 0 else lines


def _trouble(one: FeedTrouble) -> str:
    since = f" (since {time_words(one.since)})" if one.since else ""
    return f"{clean_line(one.name, 80)}: {clean_line(one.problem, 200)}{since}"


def _text(n: Notice, beat: Heartbeat) -> str:
    blocks = [
        "This is a test. Nothing has happened." if n.test else "",
        plain.title(f"{_verdict(beat)}: {summary(beat)}"),
        *(_feeds_in_text(title, feeds) for title, feeds in _groups(beat)),
        "\n".join(plain.labelled(_counts(beat))),
    ]
    footer = [
        plain.wrapped(_why(beat)),
        *plain.commands(_commands(beat)),
        f"Alert {n.alert_id} by Tocsin",
    ]
    return plain.page(blocks, footer)


def _feeds_in_text(title: str, feeds: Sequence[FeedTrouble]) -> str:
    return plain.part(
        title, [plain.wrapped(_trouble(one), "  ", first="- ") for one in _first(feeds)]
    )


def _verdict(beat: Heartbeat) -> str:
    return "Tocsin is well" if beat.well else "Tocsin needs you"


def _commands(beat: Heartbeat) -> list[tuple[str, str]]:
    return [] if beat.well else commands.of_trouble(dead=beat.dead > 0)


def _first(feeds: Sequence[FeedTrouble]) -> Sequence[FeedTrouble]:
    more = len(feeds) - _MOST_FEEDS
    if more <= 0:
        return feeds
    return [*feeds[:_MOST_FEEDS], FeedTrouble(name="…", problem=f"and {more} more")]


def _why(beat: Heartbeat) -> str:
    when = clean_line(f"{beat.schedule} ({beat.zone})", 80)
    return (
        f"This comes {when}, whether or not anything has happened. "
        "If it stops coming, Tocsin has stopped. When it comes stands at heartbeat of this channel "
        "in feeds.yaml."
    )


def _html(n: Notice, beat: Heartbeat) -> str:
    parts = [
        heading(_verdict(beat)),
        f'<p style="margin:0 0 4px">{escape(summary(beat))}.</p>',
        *(_feeds(title, feeds) for title, feeds in _groups(beat)),
        section("Since the last one"),
        table(_counts(beat)),
        box(f"<strong>Why you get this</strong><br>{escape(_why(beat))}"),
        footer(n.alert_id, _commands(beat)),
    ]
    head = Head("Heartbeat", "ok" if beat.well else "al", beat.channel, test=n.test)
    return document(f"{_verdict(beat)}: {summary(beat)}", head, parts, preview=summary(beat))


def _feeds(title: str, feeds: Sequence[FeedTrouble]) -> str:
    style = "margin:4px 0;font-size:15px;line-height:1.45"
    listed = "".join(
        f'<li style="{style}"><strong>{escape(name)}</strong>{escape(colon + problem)}</li>'
        for name, colon, problem in (_trouble(one).partition(": ") for one in _first(feeds))
    )
    return f'{section(title)}<ul style="margin:0;padding-left:20px">{listed}</ul>'
