"""What is told of polls once they are stored: a line in the log, and metrics."""

import time
from collections import Counter
from datetime import UTC, datetime

from worker.model import ItemState, PollOutcome
from worker.observe import facts, logger
from worker.scheduler.storing import Stored
from worker.scheduler.verdict import Verdict
from worker.traces import trace_of

log = logger(__name__)


def tell(stored: Stored) -> None:
    """Count every poll, and log each that brought something, good or bad."""
    outcomes = Counter(outcome_of(one.poll.outcome) for one in stored.verdicts)
    for word, number in outcomes.items():
        facts.count("polls_total", number, outcome=word)
    for verdict in stored.verdicts:
        _log(verdict)
        if verdict.new:
            _count_new(verdict)
        feed = verdict.poll.feed
        if feed.first_polled_at is not None:  # what was there at a first poll is no news
            for one in stored.seen.get(feed.id, ()):
                assert one.seen_at is not None
                trace = trace_of(one.id, one.seen_at)
                names = {"item": one.id, "feed": feed.name, "trace": trace}
                log.info("item seen", **names)
                now = time.time()
                facts.spans("poll", [names], now - verdict.poll.outcome.seconds, now)


def outcome_of(outcome: PollOutcome) -> str:
    """What came of a poll, in one word of a few."""
    if outcome.error:
        return _failure(outcome)
    if outcome.status == 304:
        return "not_modified"
    if outcome.new_items or outcome.revised_items:
        return "new"
    return "nothing_new" if outcome.changed else "unchanged"


def _failure(outcome: PollOutcome) -> str:
    if outcome.ours:
        return "our_fault"
    match outcome.status:
        case None:
            return "no_answer"
        case 429:
            return "limited"
        case 200 | 304:
            return "unreadable"
        case status if status >= 500:
            return "server_error"
    return "refused"


def _log(verdict: Verdict) -> None:
    outcome = verdict.poll.outcome
    if outcome.new_items or outcome.revised_items or outcome.error:
        log.info(
            "feed polled",
            feed=verdict.poll.feed.name,
            status=outcome.status,
            error=outcome.error,
            new=outcome.new_items,
            revised=outcome.revised_items,
            seconds=round(outcome.seconds, 3),
        )


def _count_new(verdict: Verdict) -> None:
    kinds = Counter(
        "old" if one.baseline else "held" if one.state is ItemState.HELD else "new"
        for one in verdict.new
    )
    for kind, number in kinds.items():
        facts.count("items_seen_total", number, kind=kind)
    now = datetime.now(UTC)
    facts.measure(
        "publish_to_seen_seconds",
        [
            (now - one.entry.published).total_seconds()
            for one in verdict.new
            if one.entry.published and not one.baseline and one.state is not ItemState.HELD
        ],
    )
