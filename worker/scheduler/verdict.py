"""What a poll means beside what is known of its feed: new items, revisions, the next poll. Pure."""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import Random

from worker.feeds.flood import is_flood
from worker.feeds.identity import Comparison, Identified, compare, needs_whole
from worker.feeds.plan import plan_poll
from worker.model import (
    Entry,
    EventKind,
    Feed,
    FeedEvent,
    ItemState,
    PollLimits,
    PollOutcome,
    PollPlan,
)
from worker.parsing.document import Read
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
    flood: bool = False

    def without(self, texts: AbstractSet[str]) -> "Verdict":
        """The verdict of a flood without the new items whose texts the feed has had already."""
        return replace(self, new=tuple(one for one in self.new if one.fingerprint not in texts))

    def told(self) -> "Verdict":
        """The verdict of a flood as something that happened to the feed."""
        event = FeedEvent(
            kind=EventKind.FLOOD,
            detail=f"all of its {len(self.new)} entries look new: they are held; let them ring with "
            f"tocsin feeds release {self.poll.feed.name}, or take them for old news with "
            f"tocsin feeds absorb {self.poll.feed.name}",
        )
        return replace(self, plan=replace(self.plan, events=(*self.plan.events, event)))


def needs_all(poll: Poll, known: Known) -> bool:
    """Whether a poll of which only unseen entries were read must be read whole."""
    if poll.read is None or poll.read.reading.document is None or poll.read.reading.whole:
        return False
    return needs_whole(poll.read.marked, known.fingerprints, known.links)


def judge(poll: Poll, known: Known, *, now: datetime, rng: Random, limits: PollLimits) -> Verdict:
    """Everything that is decided about a poll; ``known`` are the feed's items it may hold."""
    if poll.read is None or poll.read.reading.document is None:
        plan = plan_poll(poll.feed, poll.outcome, now=now, rng=rng, limits=limits)
        return Verdict(poll=poll, plan=plan)
    comparison = compare(poll.read.marked, known.fingerprints, known.links)
    old = baseline_identities(poll.feed, comparison)
    flood = is_flood(poll.feed, comparison, total=poll.read.reading.total, limits=limits)
    outcome = poll.outcome if flood else _counted(poll.outcome, comparison, now)
    item = _itemiser(poll.read)
    return Verdict(
        flood=flood,
        poll=replace(poll, outcome=outcome),
        plan=plan_poll(poll.feed, outcome, now=now, rng=rng, limits=limits),
        new=tuple(item(one, one[0] in old, flood) for one in comparison.new),
        revised=tuple(item(one, False, False) for one in comparison.revised),
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


def _itemiser(read: Read) -> Callable[[Identified, bool, bool], NewItem]:
    """What makes items of the entries of a document: baseline or not, held or not."""
    full = {id(read.marked[place].entry) for place in read.full}
    links = {id(one.entry): one.link for one in read.marked}

    def item(identified: Identified, baseline: bool, held: bool) -> NewItem:
        identity, fingerprint, entry = identified
        state = first_state(entry, baseline=baseline, full=id(entry) in full)
        return NewItem(
            identity=identity,
            fingerprint=fingerprint,
            entry=entry,
            link=links[id(entry)],
            baseline=baseline,
            state=ItemState.HELD if held else state,
        )

    return item
