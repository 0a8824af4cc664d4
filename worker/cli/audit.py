"""``tocsin alerts show``: the life of one alert on one screen."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from worker.alerts.wording import evidence_words, language_name
from worker.cli.channels import state_of
from worker.cli.deliveries import facts_of
from worker.cli.output import plain, print_pairs
from worker.cli.when import shown
from worker.traces import trace_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from worker.model import Article, Evidence, Mention, StoryLine
    from worker.store.audit import Audit

Facts = list[tuple[str, str]]


def as_json(found: "Audit", stories: "Sequence[tuple[str, StoryLine]]") -> dict[str, Any]:
    """All of it, for programs: evidence with the words found and the mentions they belong to."""
    alert, article, now = found.alert, found.article, datetime.now(UTC)
    told: dict[str, Any] = plain(alert)
    told["evidence"] = [
        plain(one)
        | {
            "found": _variants(one, article) if article else [],
            "fields": _fields(one),
            "mentions": [_mention(each) for each in found.mentions_of(one)],
        }
        for one in alert.evidence
    ]
    about = {"title", "language", "url", "outlet", "published"}
    return {
        "alert": told,
        "match": plain(found.match),
        "article": {k: v for k, v in plain(article).items() if k in about} if article else None,
        "seen_at": plain(found.seen_at),
        "trace": _trace(found),
        "story": {
            "id": alert.story_id,
            "title": found.story_title,
            "outlets": list(found.outlets),
        }
        if alert.story_id
        else None,
        "stories": [{"watch": watch} | plain(story) for watch, story in stories],
        "deliveries": [
            plain(one) | {"lane": {"state": state_of(lane, now)} | plain(lane)}
            for one, lane in found.deliveries
        ],
    }


def _trace(found: "Audit") -> str:
    """That of its item; a notice has its own, as in the log."""
    alert = found.alert
    if alert.item_id and found.seen_at:
        return trace_of(alert.item_id, found.seen_at)
    return trace_of(alert.id, alert.planned_at)


def _variants(evidence: "Evidence", article: "Article") -> list[str]:
    found = [article.title[start:end] for start, end in evidence.title_spans]
    found += [article.text[start:end] for start, end in evidence.spans]
    return list(dict.fromkeys(found))


def _fields(evidence: "Evidence") -> list[str]:
    places = {"title": evidence.title_spans, "text": evidence.spans}
    return [name for name, spans in places.items() if spans]


def _mention(one: "Mention") -> dict[str, Any]:
    kept = ("kind", "key", "name", "confidence", "support", "found_by")
    return {name: str(getattr(one, name)) for name in kept}


def show(found: "Audit", stories: "Sequence[tuple[str, StoryLine]]") -> None:
    """Print it."""
    alert, now = found.alert, datetime.now(UTC)
    print(f"{alert.watch or alert.kind}: {alert.title}")
    print_pairs(_about(found) + _why(found), by=2)
    for watch, story in stories:
        print(f"  {watch}: story {story.story_id}, {story.title}\n    {story.url}")
    if not found.deliveries:
        print("No channel: nothing was sent.")
    for one, lane in found.deliveries:
        print(f"Delivery {one.id} by {one.channel} ({one.kind})")
        facts = facts_of(one)
        print_pairs([*facts[:1], ("channel", state_of(lane, now)), *facts[1:]], by=2)


def _about(found: "Audit") -> Facts:
    alert, article = found.alert, found.article
    facts: Facts = [("address", alert.url)] if alert.url else []
    facts.append(("trace", _trace(found)))
    if article:
        published = f", published {shown(article.published)}" if article.published else ""
        language = f", {language_name(article.language)}" if article.language else ""
        facts.append(("article", f"item {alert.item_id}: {article.outlet}{language}{published}"))
    elif alert.outlet:
        facts.append(("feed", f"{alert.outlet}: {alert.event}"))
    if found.seen_at:
        facts.append(("seen", shown(found.seen_at, seconds=True)))
    if alert.story_id:
        facts.append(("story", f"{alert.story_id}: {found.story_title}"))
        facts.append(("outlets", f"{len(found.outlets)}: {', '.join(found.outlets)}"))
    return facts


def _why(found: "Audit") -> Facts:
    alert, match, article = found.alert, found.match, found.article
    facts: Facts = [("query", alert.query)] if alert.query else []
    if match:
        at = shown(match.matched_at, seconds=True)
        facts.append(("matched", f"{at}, {match.confidence.value}: {match.reason}"))
    for evidence in alert.evidence:
        words = evidence_words(evidence, article) if article else evidence.value
        facts.append(("held", f"{evidence.clause}, {evidence.confidence.value}: {words}"))
        facts += [("", _mention_words(one)) for one in found.mentions_of(evidence)]
    facts.append(("rang", f"{shown(alert.planned_at, seconds=True)}: {alert.reason}"))
    return facts


def _mention_words(one: "Mention") -> str:
    rests = ", ".join(word for word in (one.support, one.found_by) if word)
    return f"{one.name} ({one.kind.value} {one.key}), {one.confidence.value}: {rests}"
