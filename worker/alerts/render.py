"""An alert as its readers get it: subject, plain text, HTML, snippet and webhook payload.

``message`` puts them together for channels. Everything here is made from one value and nothing else. Headlines, names and URLs come
from strangers: they are cleaned, cut and escaped on the way.
"""

from dataclasses import replace

from worker.alerts.digest_form import digest_message
from worker.alerts.heartbeat_form import heartbeat_message
from worker.alerts.page import html
from worker.alerts.payload import payload
from worker.alerts.snippet import Snippet, snippet
from worker.alerts.spike_form import spike_message
from worker.alerts.wording import (
    clean_line,
    facts,
    headline,
    in_blocks,
    outlet_words,
    reasons,
    safe_url,
    time_words,
)
from worker.model import Announcement, Digest, Heartbeat, Message, Notice, Spike

__all__ = ["Snippet", "html", "message", "payload", "plain_text", "snippet", "subject"]

SUBJECT_LENGTH = 140
WATCH_LIMIT = 60
"""Code points of a watch's name on a screen."""


def message(told: Announcement | Notice, public_url: str = "") -> Message:
    """What is told in every form that channels send; ``public_url``: where this Tocsin is reached."""
    match told:
        case Notice(content=Spike() as content):
            return spike_message(told, content)
        case Notice(content=Digest() as content):
            return digest_message(told, content)
        case Notice(content=Heartbeat() as content):
            return heartbeat_message(told, content)
        case Announcement():
            return _message(told, public_url)
    raise AssertionError(told)  # pragma: no cover


def _message(a: Announcement, public_url: str) -> Message:
    published = a.article.published
    when = time_words(published) if published else ""
    return Message(
        delivery_id=a.delivery_id,
        message_id=a.message_id,
        attempt=a.attempt,
        at=a.alerted_at,
        list_name=f"watch-{a.watch_id}",
        watch_name=a.watch_name,
        subject=subject(a),
        text=plain_text(a, public_url),
        html=html(a, public_url),
        payload=payload(a),
        bell=f"{_bell(a)} {clean_line(a.watch_name, WATCH_LIMIT)}",
        headline=headline(a),
        excerpt=tuple(snippet(a).pieces()),
        source=" · ".join(part for part in (outlet_words(a.outlets), when) if part),
        url=safe_url(a.article.url),
        thread=a.update.thread if a.update else (),
    )


def _bell(a: Announcement) -> str:
    return "TEST" if a.test else "UPDATE" if a.update else "ALERT"


def subject(a: Announcement) -> str:
    """Who and what in one line of at most 140 code points: the watch and the headline.

    That of an update answers the first mail's, so that readers show both as one conversation.
    """
    if a.update is not None:
        told = clean_line(a.update.first_title, 300)
        first = replace(a, update=None, article=replace(a.article, title=told or headline(a)))
        return clean_line(f"Re: {subject(first)}", SUBJECT_LENGTH + len("Re: "))
    watch = clean_line(a.watch_name, 50) or f"watch {a.watch_id}"
    mark = "[test] " if a.test else ""
    return clean_line(f"{mark}{watch}: {headline(a)}", SUBJECT_LENGTH)


def plain_text(a: Announcement, public_url: str = "") -> str:
    """The alert for a text mail or a terminal; evidence in the snippet stands between asterisks."""
    excerpt = "".join(f"*{part}*" if marked else part for part, marked in snippet(a).pieces())
    url = safe_url(a.article.url)
    blocks = [
        "This is a test. Nothing has happened." if a.test else "",
        f"New: {clean_line(a.reason, 120)}" if a.update else "",
        headline(a),
        excerpt,
        f"Read: {url}" if url else "",
        _why(a),
        "\n".join(f"{label}: {words}" for label, words in facts(a)),
        _footer(a, public_url),
    ]
    return in_blocks(blocks)


def _why(a: Announcement) -> str:
    lines = [f"Why you get this ({clean_line(a.reason, 120)}):"]
    lines += [f"- {clause}: {found}" if found else f"- {clause}" for clause, found in reasons(a)]
    return "\n".join(lines)


def _footer(a: Announcement, public_url: str) -> str:
    name = clean_line(a.watch_name, 100)
    lines = [f"Watch: {name}", f"Query: {clean_line(a.query, 500)}"]
    lines.append(f"Alert {a.alert_id} by Tocsin")
    base = safe_url(public_url).rstrip("/")
    if base:
        lines.append(f"This alert: {base}/alerts/{a.alert_id}")
        lines.append(f"Change or mute this watch: {base}/watches/{a.watch_id}")
    return "\n".join(lines)
