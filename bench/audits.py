"""A sample of an alert's audit, for looking at its page and for judging it."""

from dataclasses import replace
from datetime import timedelta

from bench.mails import ALERT, LINES, NOW
from worker.alert_page.form import page
from worker.delivery.circuit import CLOSED
from worker.model import AlertKind, DeliveryState
from worker.store.alerts import AlertRecord
from worker.store.audit import Audit, MatchRecord, StoryArticle
from worker.store.deliveries import AttemptRecord, DeliveryRecord
from worker.store.lanes import LaneRecord

TRIES = (
    AttemptRecord(number=1, at=NOW, delivered=False, detail="503 Service Unavailable: ann@desk.example", elapsed=0.21, status=503, answer="ann@desk.example is full"),
    AttemptRecord(number=2, at=NOW + timedelta(seconds=6), delivered=True, detail="200 OK", elapsed=0.05, status=200),
)  # fmt: skip
DELIVERY = DeliveryRecord(
    id=902, alert_id=311, watch="Putin and gas", channel="desk-hook", channel_id=1, kind="webhook",
    state=DeliveryState.SENT, reason="200 OK", message_id="<a@tocsin.example>", owed_at=NOW,
    next_attempt_at=NOW, sent_at=NOW, attempts=TRIES,
)  # fmt: skip
LANE = LaneRecord(
    name="desk-hook", kind="webhook", paused_at=None, paused_until=None, disabled_at=None,
    disabled_reason="", circuit=CLOSED, waiting=0, dead=0,
)  # fmt: skip
AUDIT = Audit(
    alert=AlertRecord(
        id=311, kind=AlertKind.STORY, watch=ALERT.watch_name, query=ALERT.query, reason=ALERT.reason,
        story_id=57, item_id=1204, event="", title=ALERT.article.title, url=ALERT.article.url,
        outlet=ALERT.article.outlet, planned_at=NOW, evidence=ALERT.evidence, sent=1, pending=0,
        dead=0, unsubscribed=0,
    ),
    article=ALERT.article,
    mentions=tuple(
        replace(one, spans=ALERT.evidence[0].spans, support="full name", found_by="gazetteer") if n == 0 else one
        for n, one in enumerate(ALERT.mentions)
    ),
    seen_at=ALERT.seen_at,
    match=MatchRecord(confidence=ALERT.confidence, matched_at=NOW, announced=True, reason=ALERT.reason),
    story_title=ALERT.article.title,
    outlets=ALERT.outlets,
    articles=70,
    deliveries=((DELIVERY, LANE), (replace(DELIVERY, id=903, channel="desk-mail", kind="email", state=DeliveryState.PENDING, attempts=TRIES[:1]), LANE)),
)  # fmt: skip
ARTICLES = [
    StoryArticle(title=one.title, url=one.url, outlet=one.outlet, language=one.language, at=one.at)
    for one in LINES
]


def pages() -> dict[str, str]:
    """Pages of a story's alert, of a digest, and of one that says nothing."""
    bare = replace(
        AUDIT.alert, kind=AlertKind.DIGEST, watch="", query="", title="Digest: 4 stories", url="",
        outlet="", story_id=None, item_id=None, evidence=(),
    )  # fmt: skip
    notice = replace(
        AUDIT, alert=bare, article=None, mentions=(), match=None, story_title="", outlets=(),
        articles=0, seen_at=None,
    )  # fmt: skip
    return {
        "page-alert": page(AUDIT, ARTICLES, []),
        "page-digest": page(notice, [], [("Putin and gas", one) for one in LINES]),
        "page-bare": page(replace(notice, deliveries=()), [], []),
    }
