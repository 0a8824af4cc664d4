"""What a feed offers and what is wrong with it, told to a person. Pure."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from worker.durations import spell
from worker.feeds.hints import cache_max_age
from worker.feeds.identity import identify
from worker.feeds.rhythm import begin
from worker.markup import visible_text
from worker.model import Entry, FeedDocument, PollLimits, Response

#: Code points from which the text of an entry counts as its whole article.
FULL_TEXT = 1500
#: The rule that ``worker.feeds.dates`` names where an entry has no date.
MISSING = "missing"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What was found: ``offers`` as label and words, ``problems`` a sentence each."""

    offers: tuple[tuple[str, str], ...]
    problems: tuple[str, ...]


def check_feed(
    first: Response,
    document: FeedDocument,
    again: Response | None,
    *,
    now: datetime,
    limits: PollLimits,
) -> Report:
    """The report on a feed: its answer, its document, and the answer to a conditional request.

    ``again`` is ``None`` where there was nothing to make a request conditional with.
    """
    entries = document.entries
    rate = _items_a_day(entries, now)
    offers = (
        ("format", f"{document.version or 'unknown'}, {len(entries)} entries"),
        ("size", _size(first)),
        ("validators", _validators(first, again)),
        ("hints", _hints(first, document)),
        ("window", _window(entries, rate)),
        ("rhythm", f"about {rate:.1f} items a day" if rate else "not to be told from its dates"),
        ("text", _text(entries)),
        ("requests", _requests(rate, first, document, limits)),
    )
    return Report(offers=offers, problems=tuple(_problems(first, document, again, now)))


def _items_a_day(entries: tuple[Entry, ...], now: datetime) -> float:
    dates = [entry.published.timestamp() for entry in entries if entry.published]
    if len(dates) < 2:
        return 0.0
    return begin(now.timestamp(), dates).items_per_day(now)


def _size(first: Response) -> str:
    how = first.header("content-encoding")
    sent = f"{first.wire:,} bytes sent, {how}" if how and first.wire else "not compressed"
    return f"{len(first.body):,} bytes ({sent})"


def _validators(first: Response, again: Response | None) -> str:
    names = [name for name in ("etag", "last-modified") if first.header(name)]
    if again is None:
        return "none: every poll transfers the whole document"
    kept = "answers 304" if again.status == 304 else f"answers {again.status} all the same"
    return f"{' and '.join(names)}; asked again, it {kept}"


def _hints(first: Response, document: FeedDocument) -> str:
    age = cache_max_age(first)
    hints = [
        f"max-age {spell(age)}" if age else "",
        f"ttl {spell(document.ttl)}" if document.ttl else "",
        f"{len(document.skip_hours)} hours skipped" if document.skip_hours else "",
        f"{len(document.skip_days)} days skipped" if document.skip_days else "",
    ]
    return ", ".join(filter(None, hints)) or "none"


def _window(entries: tuple[Entry, ...], rate: float) -> str:
    if not rate:
        return f"{len(entries)} entries"
    return f"{len(entries)} entries, about {spell(len(entries) / rate * DAY)} of news"


def _text(entries: tuple[Entry, ...]) -> str:
    lengths = sorted(
        max(len(visible_text(e.content)), len(visible_text(e.summary))) for e in entries
    )
    if not lengths:
        return "no entries"
    middle = lengths[len(lengths) // 2]
    if middle >= FULL_TEXT:
        return "full text"
    return f"summaries of about {middle} characters" if middle else "headlines only"


def _requests(rate: float, first: Response, document: FeedDocument, limits: PollLimits) -> str:
    """How often it would be polled: the square-root law within the bounds and the hints."""
    wait = limits.default
    if rate:
        wait = timedelta(seconds=(2 * limits.price.total_seconds() * 86_400 / rate) ** 0.5)
    wait = min(max(wait, limits.minimum), limits.maximum)
    asked = max(filter(None, (cache_max_age(first), document.ttl)), default=wait)
    wait = max(wait, min(asked, limits.maximum))
    return f"about {DAY / wait:.0f} a day, one in {spell(wait)}"


def _problems(
    first: Response, document: FeedDocument, again: Response | None, now: datetime
) -> list[str]:
    entries = document.entries
    found = [document.problem] if document.problem else []
    if not entries:
        found.append("it has no entries")
    if again is not None and again.status != 304:
        found.append("it has validators but does not answer 304 to them")
    same = Counter(identify(entry) for entry in entries)
    repeated = sum(count - 1 for count in same.values())
    if repeated:
        found.append(f"{repeated} entries share their id with another")
    for what, missing in (
        ("id", sum(not entry.guid for entry in entries)),
        ("link", sum(not entry.url for entry in entries)),
        ("title", sum(not entry.title for entry in entries)),
        (
            "date",
            sum(entry.published is None and entry.date_rule in {"", MISSING} for entry in entries),
        ),
    ):
        if missing:
            found.append(f"{missing} of {len(entries)} entries have no {what}")
    rules = Counter(entry.date_rule for entry in entries if entry.date_rule not in {"", MISSING})
    found += [f"{count} dates are odd: {rule}" for rule, count in sorted(rules.items())]
    late = [entry for entry in entries if entry.published and entry.published > now + DAY / 288]
    if late:
        found.append(f"{len(late)} entries are dated in the future")
    if first.permanent_redirect:
        found.append(f"it has moved for good: use {first.url}")
    if len(first.body) > 100_000 and not first.header("content-encoding"):
        found.append("it is large and not compressed")
    return found
