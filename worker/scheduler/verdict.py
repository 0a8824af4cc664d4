"""What a poll means beside what is known of its feed: new items, revisions, the next poll. Pure."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from worker.feeds.identity import Comparison, Identified, compare
from worker.feeds.plan import plan_poll
from worker.model import Entry, Feed, ItemState, PollLimits, PollOutcome, PollPlan
from worker.scheduler.poll import Poll
from worker.store.items import Known, NewItem

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What becomes of a poll: what is stored, and what is planned."""

    poll: Poll
    plan: PollPlan
    new: tuple[NewItem, ...] = ()
    revised: tuple[NewItem, ...] = ()


def judge(poll: Poll, known: Known, *, now: datetime, rng: Random, limits: PollLimits) -> Verdict:
    """Everything that is decided about a poll; ``known`` are the feed's items it may hold."""
    if poll.read is None or poll.read.reading.document is None:
        plan = plan_poll(poll.feed, poll.outcome, now=now, rng=rng, limits=limits)
        return Verdict(poll=poll, plan=plan)
    marked = poll.read.marked
    full = {id(marked[place].entry) for place in poll.read.full}
    comparison = compare(marked, known)
    old = baseline_identities(poll.feed, comparison)
    outcome = _counted(poll.outcome, comparison, now)
    return Verdict(
        poll=replace(poll, outcome=outcome),
        plan=plan_poll(poll.feed, outcome, now=now, rng=rng, limits=limits),
        new=tuple(_item(one, full, baseline=one[0] in old) for one in comparison.new),
        revised=tuple(_item(one, full, baseline=False) for one in comparison.revised),
    )


def first_state(entry: Entry, *, baseline: bool, full: bool) -> ItemState:
    """Where a new item starts: its page is read unless the feed says it all (``full``).

    The pages of a baseline, old news of a feed just added, are left in peace.
    """
    if baseline or full or not entry.url:
        return ItemState.FETCHED
    return ItemState.DISCOVERED


def baseline_identities(feed: Feed, comparison: Comparison) -> frozenset[str]:
    """Which new entries were there already when the feed was first polled.

    All of them at the first poll, but for the newest ``feed.backfill``.
    """
    if feed.first_polled_at is not None:
        return frozenset()
    newest = sorted(comparison.new, key=lambda new: new[2].published or _LONG_AGO, reverse=True)
    return frozenset(identity for identity, _, _ in newest[feed.backfill :])


def _counted(outcome: PollOutcome, comparison: Comparison, now: datetime) -> PollOutcome:
    window = outcome.window or 0
    return replace(
        outcome,
        new_items=len(comparison.new),
        revised_items=len(comparison.revised),
        published=tuple(entry.published or now for _, _, entry in comparison.new),
        overlap=max(0, window - len(comparison.new)),
    )


def _item(identified: Identified, full: AbstractSet[int], *, baseline: bool) -> NewItem:
    identity, fingerprint, entry = identified
    return NewItem(
        identity=identity,
        fingerprint=fingerprint,
        entry=entry,
        baseline=baseline,
        state=first_state(entry, baseline=baseline, full=id(entry) in full),
    )
