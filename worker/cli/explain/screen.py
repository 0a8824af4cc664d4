"""An item's way, on one screen."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich.padding import Padding
from rich.text import Text

from worker.alerts.wording import clean_line, evidence_words
from worker.cli.explain.verdicts import ClauseVerdict, Outcome, Verdict, feed_trouble
from worker.cli.output import console, print_pairs
from worker.durations import spell
from worker.feeds.history import decode
from worker.model import Confidence, DeliveryState, Kind, Mention
from worker.store.deliveries import DeliveryRecord
from worker.store.ways import Way
from worker.traces import trace_of

_MOST_NAMES = 8
_SIGNS = {
    Outcome.RANG: ("●", "green"),
    Outcome.DIGEST: ("●", "green"),
    Outcome.WAITS: ("◐", "yellow"),
    Outcome.QUIET: ("○", "yellow"),
    Outcome.LATER: ("○", "cyan"),
    Outcome.NEARLY: ("·", ""),
    Outcome.OTHERWISE: ("·", "dim"),
}


def show(way: Way, found: Sequence[Verdict], silence: str, others: Sequence[int]) -> None:
    """Print it."""
    title = way.article.title if way.article else way.item.entry.title
    _line(Text(clean_line(title, 300) or "(no headline)", style="bold"))
    _line(Text(clean_line(way.item.entry.url, 300), style="dim"))
    print_pairs(_facts(way, others))
    for verdict in found:
        _show_verdict(way, verdict)
    if silence:
        print()
        _line(Text("In short: ", style="bold").append(silence, style="not bold"))


def _facts(way: Way, others: Sequence[int]) -> Iterator[tuple[str, str]]:
    also = f"; also item {', '.join(map(str, others))}" if others else ""
    yield "item", f"{way.item.id}, {way.item.state.value}{also}"
    yield "trace", trace_of(way.item.id, way.item.seen_at)
    yield "feed", _feed(way)
    yield "seen", _seen(way)
    yield "page", _page(way)
    if way.article is not None:
        tagger = f" by tagger {way.tagger}" if way.tagger else ""
        yield (
            "tagged",
            f"{_at(way.article_tagged_at)}{tagger}; language {way.article.language or '?'}",
        )
    for kind in Kind:
        named = [one for one in way.mentions if one.kind is kind]
        if named:
            yield _plural(kind), _named(named)
    if way.story is not None:
        yield "story", _story(way)


def _feed(way: Way) -> str:
    outlet = f" ({way.item.outlet})" if way.item.outlet != way.item.feed_name else ""
    polls = [one for one in decode(way.feed.history) if one.new and one.at <= way.item.seen_at]
    trouble = feed_trouble(way)
    found = ""
    if polls and (way.item.seen_at - polls[-1].at).total_seconds() < 60:
        poll = polls[-1]
        found = f"; found by the poll of {_at(poll.at)}: {poll.status}, {poll.new} new"
    return f"{way.item.feed_name}{outlet}{found}" + (f"; now {trouble}" if trouble else "")


def _seen(way: Way) -> str:
    item, published = way.item, way.item.entry.published
    words = _at(item.seen_at)
    if published is not None and published <= item.seen_at:
        words += f", {spell(item.seen_at - published)} after its own date"
    if item.baseline:
        words += "; it was there when the feed was first read"
    if item.revision:
        words += f"; edited {item.revision} times since (tocsin items revisions {item.id})"
    return words


def _page(way: Way) -> str:
    fetched = f"fetched {_at(way.fetched_at)}" if way.fetched_at else ""
    if way.article is None:
        return fetched or way.item.reason or "not fetched"
    why = f", because {way.article.note}" if way.article.note else ""
    text = f"text from the {way.article.source.value}{why}"
    cut = f"; cut short: {way.article.cut}" if way.article.cut else ""
    return "; ".join(filter(None, [fetched, text])) + cut


def _story(way: Way) -> str:
    story = way.story
    assert story is not None
    follows = f"; it takes up story {story.follows} again" if story.follows is not None else ""
    if story.items == 1:
        return f"{story.id}; it is the only item of it{follows}"
    begun = f"begun by item {story.first_item}"
    place = "begun by this item" if story.first_item == way.item.id else begun
    if story.near is not None:
        score = f" ({story.score:.2f})" if story.score is not None else ""
        place += f", joined for item {story.near}: {story.joined}{score}"
    outlets = ", ".join(story.outlets[:_MOST_NAMES])
    more = len(story.outlets) - _MOST_NAMES
    rest = f" and {more} more" if more > 0 else ""
    return f"{story.id}, {story.items} items, {place}; {outlets}{rest}{follows}"


def _named(found: Sequence[Mention]) -> str:
    shown = [_mention(one) for one in found[:_MOST_NAMES]]
    more = len(found) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _mention(one: Mention) -> str:
    name = clean_line(one.name, 60)
    if one.kind is Kind.TOPIC:
        return f"{name} {one.salience:.2f}"
    if one.confidence is Confidence.CERTAIN and not one.support:
        return name
    return f"{name} ({', '.join(filter(None, [one.confidence.value, one.support]))})"


def _plural(kind: Kind) -> str:
    return {
        Kind.PERSON: "people",
        Kind.ORGANIZATION: "orgs",
        Kind.COUNTRY: "countries",
        Kind.TOPIC: "topics",
    }[kind]


def _show_verdict(way: Way, verdict: Verdict) -> None:
    sign, colour = _SIGNS[verdict.outcome]
    print()
    head = Text(f"{sign} ", style=colour).append(clean_line(verdict.watch, 60), style="bold")
    sure = f" ({verdict.confidence.value})" if verdict.confidence else ""
    _line(head.append(f"  {verdict.outcome.value}{sure}: {verdict.why}", style="not bold"))
    for one in verdict.clauses:
        _line(_clause(way, one), by=4)
    if verdict.alert is not None and verdict.outcome is Outcome.RANG:
        _line(Text(f"rang {_at(verdict.alert.planned_at)}"), by=4)
        for delivery in verdict.alert.deliveries:
            _show_delivery(delivery)
    if verdict.outcome is Outcome.DIGEST:
        for digest in {one.alert_id for one in way.held if one.watch_id == verdict.watch_id}:
            for delivery in way.told_by.get(digest or 0, ()):
                _show_delivery(delivery)


def _clause(way: Way, one: ClauseVerdict) -> Text:
    clause = clean_line(one.clause if one.wanted else f"NOT {one.clause}", 160)
    if not one.fits:
        line = Text("- ", style="red").append(clause, style="dim")
        return line.append(f"  {one.reason}" if one.reason else "", style="dim")
    line = Text("+ ", style="green").append(clause, style="not bold")
    if way.article is None:
        return line
    places = [words for e in one.evidence if (words := evidence_words(e, way.article))]
    sure = [e.confidence.value for e in one.evidence if e.confidence is not Confidence.CERTAIN]
    line.append("".join(f"  {words}" for words in places), style="yellow")
    return line.append(f" ({', '.join(dict.fromkeys(sure))})" if sure else "", style="yellow")


def _show_delivery(delivery: DeliveryRecord) -> None:
    when = f" {_at(delivery.sent_at)}" if delivery.sent_at else ""
    tries = len(delivery.attempts)
    none = "no attempt yet" if delivery.state is DeliveryState.PENDING else "no attempt"
    attempts = f"{tries} attempt{'s' * (tries > 1)}" if tries else none
    said = f", {delivery.reason}" if delivery.reason else ""
    _line(Text(f"{delivery.channel}: {delivery.state.value}{when}, {attempts}{said}"), by=4)
    for attempt in delivery.attempts:
        if not attempt.delivered:
            _line(Text(f"{_at(attempt.at)} {attempt.detail}", style="dim"), by=6)


def _line(line: Text, by: int = 0) -> None:
    """Print a line; on a terminal what wraps of it stays as far to the right."""
    out = console()
    if out.is_terminal:
        out.print(Padding(line, (0, 0, 0, by), expand=False), highlight=False)
    else:
        print(" " * by + line.plain)


def _at(moment: datetime | None) -> str:
    """A moment of the local zone, named."""
    return f"{moment.astimezone():%d %b %Y %H:%M:%S %Z}" if moment else "never"
