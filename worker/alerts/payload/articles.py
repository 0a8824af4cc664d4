"""Alerts of articles and of feeds as webhook events."""

from typing import Any

from worker.alerts.payload import models as m
from worker.alerts.payload.fitting import Fitting, fitted, framed, number, time_of
from worker.alerts.snippet import Snippet, snippet
from worker.alerts.wording import headline
from worker.model import Announcement, Evidence, Mention, Notice
from worker.traces import trace_of


def payload(a: Announcement) -> dict[str, Any]:
    """The alert as a value for JSON, always small enough: long texts and lists are cut.

    The same on every try of a delivery, as long as the announcement is.
    """
    if a.event is not None:
        kind = a.event.kind.value
        return fitted(lambda fit: framed(kind, a.alerted_at, _feed_data(a, fit)))
    if a.update is not None and not a.test:
        return fitted(lambda fit: framed("story.updated", a.alerted_at, _update_data(a, fit)))
    kind = "test.ping" if a.test else "alert.matched"
    return fitted(lambda fit: framed(kind, a.alerted_at, _match_data(a, fit)))


def alert_of(told: Announcement | Notice, fit: Fitting) -> m.Alert:
    """The alert itself."""
    reason = fit.line("alert.reason", told.reason)
    return {"id": told.alert_id, "reason": reason, "test": told.test}


def watch_of(number_: int, name: str, query: str, fit: Fitting, at: str = "watch") -> m.Watch:
    """The watch that it is about."""
    return {
        "id": number_,
        "name": fit.line(f"{at}.name", name),
        "query": fit.line(f"{at}.query", query, m.QUERY),
    }


def excerpt_of(shown: Snippet, fit: Fitting, at: str = "snippet") -> m.Excerpt:
    """A snippet, its highlights as pairs."""
    text, most = shown.text, fit.most(m.SNIPPET)
    end = len(text)
    if end > most:
        fit.note(f"{at}.text")
        end = most - 1
        text = f"{text[:end]}…"
    inside = [[start, min(stop, end)] for start, stop in shown.highlights if start < end]
    return {
        "text": text,
        "highlights": list(fit.first(f"{at}.highlights", inside, m.MOST_HIGHLIGHTS)),
    }


def _feed_data(a: Announcement, fit: Fitting) -> m.FeedData:
    assert a.event is not None
    return {
        "alert": alert_of(a, fit),
        "watch": watch_of(a.watch_id, a.watch_name, a.query, fit),
        "feed": {
            "name": fit.line("feed.name", a.feed_name),
            "outlet": fit.line("feed.outlet", a.article.outlet),
            "url": fit.link("feed.url", a.article.url),
        },
        "event": {
            "detail": fit.line("event.detail", a.event.detail, m.TITLE),
            "at": time_of(a.seen_at),
        },
        "cut": fit.fields(),
    }


def _match_data(a: Announcement, fit: Fitting) -> m.MatchData:
    salient = sorted(a.mentions, key=lambda one: -_salience(one))
    return {
        "alert": alert_of(a, fit),
        "watch": watch_of(a.watch_id, a.watch_name, a.query, fit),
        "confidence": a.confidence,
        "story": _story(a, fit),
        "article": _article(a, fit),
        "snippet": excerpt_of(snippet(a), fit),
        "evidence": [
            _clause(one, fit) for one in fit.first("evidence", a.evidence, m.MOST_EVIDENCE)
        ],
        "mentions": [_mention(one, fit) for one in fit.first("mentions", salient, m.MOST_MENTIONS)],
        "cut": fit.fields(),
    }


def _update_data(a: Announcement, fit: Fitting) -> m.UpdateData:
    assert a.update is not None
    return {**_match_data(a, fit), "update": {"first_alert": a.update.first_alert_id}}


def _story(a: Announcement, fit: Fitting) -> m.Story:
    names = fit.first("story.outlets", a.outlets, m.MOST_OUTLETS)
    return {
        "id": a.story_id,
        "outlet_count": len(a.outlets),
        "outlets": [fit.line("story.outlets", name) for name in names],
    }


def _article(a: Announcement, fit: Fitting) -> m.Article:
    article = a.article
    authors = fit.first("article.authors", article.authors, m.MOST_AUTHORS)
    return {
        "item_id": a.item_id,
        "trace": trace_of(a.item_id, a.seen_at),
        "title": fit.line("article.title", article.title, m.TITLE)
        or headline(a, fit.most(m.TITLE)),
        "url": fit.link("article.url", article.url),
        "outlet": fit.line("article.outlet", article.outlet),
        "feed": fit.line("article.feed", a.feed_name),
        "language": fit.line("article.language", article.language, m.LANGUAGE),
        "authors": [fit.line("article.authors", name) for name in authors],
        "published": time_of(article.published) if article.published else None,
        "modified": time_of(article.modified) if article.modified else None,
        "seen": time_of(a.seen_at),
        "source": article.source,
        "note": fit.line("article.note", article.note),
    }


def _clause(evidence: Evidence, fit: Fitting) -> m.Clause:
    return {
        "clause": fit.line("evidence.clause", evidence.clause, m.CLAUSE),
        "value": fit.line("evidence.value", evidence.value),
        "in_title": bool(evidence.title_spans),
        "in_text": bool(evidence.spans),
        "count": len(evidence.spans) + len(evidence.title_spans),
        "confidence": evidence.confidence,
    }


def _salience(mention: Mention) -> float:
    return number(mention.salience, 3) if 0 <= mention.salience <= 1 else 0.0


def _mention(mention: Mention, fit: Fitting) -> m.Mention:
    return {
        "kind": mention.kind,
        "key": fit.line("mentions.key", mention.key),
        "name": fit.line("mentions.name", mention.name),
        "count": mention.count,
        "salience": _salience(mention),
        "in_title": mention.in_title,
        "confidence": mention.confidence,
        "support": fit.line("mentions.support", mention.support),
    }
