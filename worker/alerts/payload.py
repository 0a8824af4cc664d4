"""An alert as the JSON that webhooks carry; ``webhook.schema.json`` beside this file binds it."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from worker.alerts.snippet import snippet
from worker.alerts.wording import clean_line, headline, in_utc, safe_url
from worker.model import Announcement, Evidence, Mention

VERSION = 1
LARGEST = 20_000
"""Bytes of the payload as JSON, even with every character outside ASCII escaped."""

_MOST_MENTIONS = 40
_MOST_EVIDENCE = 20
_MOST_OUTLETS = 20
_MOST_AUTHORS = 10
_MOST_HIGHLIGHTS = 40
_TITLE = 400
_URL = 2_000
_NAME = 120
_QUERY = 1_000
_CLAUSE = 300

_T = TypeVar("_T")


def payload(a: Announcement) -> dict[str, Any]:
    """The alert as a value for JSON, always under 20 kB: long texts and lists are cut.

    The same on every try of a delivery, as long as the announcement is.
    """
    made = _event if a.event is None else _feed_event
    for halvings in range(8):
        event = made(a, share=0.5**halvings)
        if len(json.dumps(event)) <= LARGEST:
            break
    return event


def _feed_event(a: Announcement, *, share: float) -> dict[str, Any]:
    """What happened to a feed, with every limit multiplied by ``share``."""
    assert a.event is not None
    url = safe_url(a.article.url)
    return {
        "type": a.event.kind.value,
        "version": VERSION,
        "timestamp": _time(a.alerted_at),
        "data": {
            **_cause(a, share),
            "feed": {
                "name": _cut(a.feed_name, _NAME, share),
                "outlet": _cut(a.article.outlet, _NAME, share),
                "url": url if url and len(url) <= _URL * share else None,
            },
            "event": {"detail": _cut(a.event.detail, _TITLE, share), "at": _time(a.seen_at)},
        },
    }


def _cause(a: Announcement, share: float) -> dict[str, Any]:
    """The alert and the watch: what every payload has."""
    return {
        "alert": {"id": a.alert_id, "reason": _cut(a.reason, _NAME, share), "test": a.test},
        "watch": {
            "id": a.watch_id,
            "name": _cut(a.watch_name, _NAME, share),
            "query": _cut(a.query, _QUERY, share),
        },
    }


def _event(a: Announcement, *, share: float) -> dict[str, Any]:
    """The event with every limit multiplied by ``share``."""
    return {
        "type": "alert.matched",
        "version": VERSION,
        "timestamp": _time(a.alerted_at),
        "data": {
            **_cause(a, share),
            "story": {
                "id": a.story_id,
                "outlet_count": len(a.outlets),
                "outlets": [_cut(o, _NAME, share) for o in _first(a.outlets, _MOST_OUTLETS, share)],
            },
            "article": _article(a, share),
            "snippet": _snippet(a, share),
            "evidence": [_evidence(e, share) for e in _first(a.evidence, _MOST_EVIDENCE, share)],
            "mentions": [
                _mention(m, share)
                for m in _first(
                    sorted(a.mentions, key=lambda m: -_salience(m)), _MOST_MENTIONS, share
                )
            ],
            "shortened": share < 1,
        },
    }


def _cut(text: str, limit: int, share: float) -> str:
    return clean_line(text, max(8, int(limit * share)))


def _first(values: Sequence[_T], limit: int, share: float) -> Sequence[_T]:
    return values[: max(1, int(limit * share))]


def _time(moment: datetime) -> str:
    return in_utc(moment).isoformat().replace("+00:00", "Z")


def _article(a: Announcement, share: float) -> dict[str, Any]:
    article = a.article
    url = safe_url(article.url)
    return {
        "item_id": a.item_id,
        "title": _cut(headline(a, _TITLE), _TITLE, share),
        "url": url if url and len(url) <= _URL * share else None,
        "outlet": _cut(article.outlet, _NAME, share),
        "feed": _cut(a.feed_name, _NAME, share),
        "language": _cut(article.language, 8, 1),
        "authors": [_cut(w, _NAME, share) for w in _first(article.authors, _MOST_AUTHORS, share)],
        "published": _time(article.published) if article.published else None,
        "modified": _time(article.modified) if article.modified else None,
        "seen": _time(a.seen_at),
        "source": str(article.source),
        "note": _cut(article.note, _NAME, share),
    }


def _snippet(a: Announcement, share: float) -> dict[str, Any]:
    shown = snippet(a)
    # A snippet is short by its making; only text that JSON must escape at length is cut.
    length = max(8, int(2 * len(shown.text) * share))
    return {
        "text": shown.text[:length],
        "highlights": [
            [start, min(end, length)]
            for start, end in _first(shown.highlights, _MOST_HIGHLIGHTS, share)
            if start < length
        ],
    }


def _evidence(evidence: Evidence, share: float) -> dict[str, Any]:
    return {
        "clause": _cut(evidence.clause, _CLAUSE, share),
        "value": _cut(evidence.value, _NAME, share),
        "in_title": bool(evidence.title_spans),
        "in_text": bool(evidence.spans),
        "count": len(evidence.spans) + len(evidence.title_spans),
    }


def _salience(mention: Mention) -> float:
    """The salience as JSON can hold it."""
    return round(mention.salience, 3) if 0 <= mention.salience <= 1 else 0.0


def _mention(mention: Mention, share: float) -> dict[str, Any]:
    return {
        "kind": str(mention.kind),
        "key": _cut(mention.key, _NAME, share),
        "name": _cut(mention.name, _NAME, share),
        "count": mention.count,
        "salience": _salience(mention),
        "in_title": mention.in_title,
    }
