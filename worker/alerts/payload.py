"""An alert as the JSON that webhooks carry; ``webhook.schema.json`` beside this file binds it."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from worker.alerts.snippet import Snippet, snippet
from worker.alerts.wording import clean_line, headline, in_utc, safe_url
from worker.model import Announcement, Evidence, Mention, Notice

VERSION = 1
LARGEST = 20_000
"""Bytes of the payload as JSON, even with every character outside ASCII escaped."""

_MOST_MENTIONS = 40
_MOST_EVIDENCE = 20
_MOST_OUTLETS = 20
_MOST_AUTHORS = 10
_MOST_HIGHLIGHTS = 40
TITLE = 400
URL = 2_000
NAME = 120
QUERY = 1_000
_CLAUSE = 300

_T = TypeVar("_T")


def payload(a: Announcement) -> dict[str, Any]:
    """The alert as a value for JSON, always under 20 kB: long texts and lists are cut.

    The same on every try of a delivery, as long as the announcement is.
    """
    return fitted(partial(_event if a.event is None else _feed_event, a))


def fitted(make: Callable[[float], dict[str, Any]]) -> dict[str, Any]:
    """What ``make`` makes with every limit multiplied by the largest share that is small enough."""
    for halvings in range(8):
        event = make(0.5**halvings)
        if len(json.dumps(event)) <= LARGEST:
            break
    return event


def event_of(kind: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    """The frame that every webhook event has."""
    return {"type": kind, "version": VERSION, "timestamp": time_of(at), "data": data}


def _feed_event(a: Announcement, share: float) -> dict[str, Any]:
    """What happened to a feed, with every limit multiplied by ``share``."""
    assert a.event is not None
    return event_of(
        a.event.kind.value,
        a.alerted_at,
        {
            **_cause(a, share),
            "feed": {
                "name": cut(a.feed_name, NAME, share),
                "outlet": cut(a.article.outlet, NAME, share),
                "url": url_of(a.article.url, share),
            },
            "event": {"detail": cut(a.event.detail, TITLE, share), "at": time_of(a.seen_at)},
        },
    )


def _cause(a: Announcement, share: float) -> dict[str, Any]:
    """The alert and the watch: what every payload of a watch has."""
    return {
        "alert": alert_of(a, share),
        "watch": watch_of(a.watch_id, a.watch_name, a.query, share),
    }


def alert_of(told: Announcement | Notice, share: float) -> dict[str, Any]:
    """The alert itself."""
    return {"id": told.alert_id, "reason": cut(told.reason, NAME, share), "test": told.test}


def watch_of(watch_id: int, name: str, query: str, share: float) -> dict[str, Any]:
    """The watch that it is about."""
    return {"id": watch_id, "name": cut(name, NAME, share), "query": cut(query, QUERY, share)}


def _event(a: Announcement, share: float) -> dict[str, Any]:
    """The event with every limit multiplied by ``share``."""
    return event_of(
        "test.ping" if a.test else "story.updated" if a.update else "alert.matched",
        a.alerted_at,
        {
            **_cause(a, share),
            **({"update": {"first_alert": a.update.first_alert_id}} if a.update else {}),
            "story": {
                "id": a.story_id,
                "outlet_count": len(a.outlets),
                "outlets": [cut(o, NAME, share) for o in first(a.outlets, _MOST_OUTLETS, share)],
            },
            "confidence": a.confidence.value,
            "article": _article(a, share),
            "snippet": snippet_of(snippet(a), share),
            "evidence": [_evidence(e, share) for e in first(a.evidence, _MOST_EVIDENCE, share)],
            "mentions": [
                _mention(m, share)
                for m in first(
                    sorted(a.mentions, key=lambda m: -_salience(m)), _MOST_MENTIONS, share
                )
            ],
            "shortened": share < 1,
        },
    )


def cut(text: str, limit: int, share: float) -> str:
    """A text as one line of at most a share of so many code points."""
    return clean_line(text, max(8, int(limit * share)))


def first(values: Sequence[_T], limit: int, share: float) -> Sequence[_T]:
    """The first of a list: at most a share of so many, but at least one."""
    return values[: max(1, int(limit * share))]


def time_of(moment: datetime) -> str:
    """A time as JSON has it."""
    return in_utc(moment).isoformat().replace("+00:00", "Z")


def url_of(url: str, share: float) -> str | None:
    """A URL that can be followed and is not too long; one that was cut would lead elsewhere."""
    safe = safe_url(url)
    return safe if safe and len(safe) <= URL * share else None


def _article(a: Announcement, share: float) -> dict[str, Any]:
    article = a.article
    return {
        "item_id": a.item_id,
        "title": cut(headline(a, TITLE), TITLE, share),
        "url": url_of(article.url, share),
        "outlet": cut(article.outlet, NAME, share),
        "feed": cut(a.feed_name, NAME, share),
        "language": cut(article.language, 8, 1),
        "authors": [cut(w, NAME, share) for w in first(article.authors, _MOST_AUTHORS, share)],
        "published": time_of(article.published) if article.published else None,
        "modified": time_of(article.modified) if article.modified else None,
        "seen": time_of(a.seen_at),
        "source": str(article.source),
        "note": cut(article.note, NAME, share),
    }


def snippet_of(shown: Snippet, share: float) -> dict[str, Any]:
    """A snippet, its highlights as pairs."""
    # A snippet is short by its making; only text that JSON must escape at length is cut.
    length = max(8, int(2 * len(shown.text) * share))
    return {
        "text": shown.text[:length],
        "highlights": [
            [start, min(end, length)]
            for start, end in first(shown.highlights, _MOST_HIGHLIGHTS, share)
            if start < length
        ],
    }


def _evidence(evidence: Evidence, share: float) -> dict[str, Any]:
    return {
        "clause": cut(evidence.clause, _CLAUSE, share),
        "value": cut(evidence.value, NAME, share),
        "in_title": bool(evidence.title_spans),
        "in_text": bool(evidence.spans),
        "count": len(evidence.spans) + len(evidence.title_spans),
        "confidence": evidence.confidence.value,
    }


def _salience(mention: Mention) -> float:
    """The salience as JSON can hold it."""
    return round(mention.salience, 3) if 0 <= mention.salience <= 1 else 0.0


def _mention(mention: Mention, share: float) -> dict[str, Any]:
    return {
        "kind": str(mention.kind),
        "key": cut(mention.key, NAME, share),
        "name": cut(mention.name, NAME, share),
        "count": mention.count,
        "salience": _salience(mention),
        "in_title": mention.in_title,
        "confidence": mention.confidence.value,
        "support": cut(mention.support, NAME, share),
    }
