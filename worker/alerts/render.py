"""An alert as its readers get it: subject, plain text, HTML, snippet and webhook payload.

``message`` puts them together for channels. Everything here is made from one value and nothing else. Headlines, names and URLs come
from strangers: they are cleaned, cut and escaped on the way.
"""

from dataclasses import replace

from worker.alerts.alert_form import html, plain_text
from worker.alerts.digest_form import digest_message
from worker.alerts.disabled_form import disabled_message
from worker.alerts.heartbeat_form import heartbeat_message
from worker.alerts.payload import payload
from worker.alerts.snippet import Snippet, snippet
from worker.alerts.spike_form import spike_message
from worker.alerts.wording import (
    clean_line,
    headline,
    outlet_count,
    outlet_words,
    safe_url,
    time_words,
)
from worker.model import Announcement, Digest, Disabled, Heartbeat, Message, Notice, Spike

__all__ = ["Snippet", "html", "message", "payload", "plain_text", "snippet", "subject"]

SUBJECT_LENGTH = 140
WATCH_LIMIT = 60
"""Code points of a watch's name on a screen."""


def message(told: Announcement | Notice, address: str = "", *, mail: bool = True) -> Message:
    """What is told in every form that channels send; ``address``: where this alert is shown.

    Without ``mail`` an alert's text and HTML, which take most of the work, may be left empty.
    """
    match told:
        case Notice(content=Spike() as content):
            return spike_message(told, content, address)
        case Notice(content=Digest() as content):
            return digest_message(told, content, address)
        case Notice(content=Heartbeat() as content):
            return heartbeat_message(told, content)
        case Notice(content=Disabled() as content):
            return disabled_message(told, content)
        case Announcement():
            return _message(told, address, mail=mail)
    raise AssertionError(told)  # pragma: no cover


def _message(a: Announcement, address: str, *, mail: bool) -> Message:
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
        text=plain_text(a, address) if mail else "",
        html=html(a, address) if mail else "",
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
    """Who, what and how many outlets in one line of at most 140 code points.

    That of an update answers the first mail's, so that readers show both as one conversation.
    """
    if a.update is not None:
        told = clean_line(a.update.first_title, 300)
        outlets = a.update.first_outlets or a.outlets[:1]
        article = replace(a.article, title=told or headline(a))
        return f"Re: {subject(replace(a, update=None, article=article, outlets=outlets))}"
    watch = clean_line(a.watch_name, 50) or f"watch {a.watch_id}"
    mark = "[test] " if a.test else ""
    only = clean_line(a.outlets[0], 40) if len(a.outlets) == 1 else outlet_count(a.outlets)
    told_by = f" ({only})" if a.outlets and only and a.event is None else ""
    return clean_line(f"{mark}{watch}: {headline(a)}", SUBJECT_LENGTH - len(told_by)) + told_by
