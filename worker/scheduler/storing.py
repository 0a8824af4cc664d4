"""Many polls into the store at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from sqlalchemy import Connection

from worker.model import PollLimits, Spacing
from worker.scheduler.poll import Poll
from worker.scheduler.verdict import Verdict, judge, needs_all
from worker.store import feeds, gone, hosts, items
from worker.store.engine import lead
from worker.store.feeds import PollRecord
from worker.store.hosts import HostDone
from worker.store.items import Known, Owed


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What was stored: verdicts whose claim still held, and the items that workers owe.

    ``seen`` are the new ones by their feeds. Of ``unfinished`` polls the whole document must be read first; nothing of them was stored.
    """

    verdicts: tuple[Verdict, ...] = ()
    owed: tuple[Owed, ...] = ()
    seen: Mapping[int, Sequence[Owed]] = field(default_factory=dict)
    unfinished: tuple[Poll, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Storing:
    """How polls are stored: under whose claims, with what bounds and jitter."""

    owner: str
    spacing: Spacing
    limits: PollLimits
    rng: Random = field(repr=False)

    def store(self, connection: Connection, polls: Sequence[Poll], *, now: datetime) -> Stored:
        """Store new and revised items and the next polls of feeds that are still ours.

        ``now`` and the polls are by our clock. One poll a feed. What somebody did to a feed while it was polled is not written over:
        of a poll whose claim was lost nothing is kept.
        """
        ahead = lead(connection)
        now += ahead
        asked = [poll for poll in polls if poll.put_back is None]
        known = _known(connection, asked)
        nothing = Known()
        unfinished = tuple(
            poll for poll in asked if needs_all(poll, known.get(poll.feed.id, nothing))
        )
        verdicts = [
            _dried(
                connection,
                judge(
                    poll,
                    known.get(poll.feed.id, nothing),
                    now=now,
                    rng=self.rng,
                    limits=self.limits,
                ),
            )
            for poll in asked
            if not any(poll is one for one in unfinished)
        ]
        self._give_back(connection, polls, ahead)
        if not verdicts:
            return Stored(unfinished=unfinished)
        records = [_record(verdict) for verdict in verdicts]
        ours = feeds.record_polls(connection, self.owner, records)
        kept = tuple(verdict for verdict in verdicts if verdict.poll.feed.id in ours)
        gone.still_offered(
            connection,
            {
                one.poll.feed.id: known[one.poll.feed.id].gone
                for one in kept
                if one.poll.feed.id in known
            },
        )
        new = {verdict.poll.feed.id: verdict.new for verdict in kept if verdict.new}
        revised = {verdict.poll.feed.id: verdict.revised for verdict in kept if verdict.revised}
        seen = items.insert_items(connection, new)
        owed = [
            *_flat(seen.values()),
            *_flat(items.revise_items(connection, revised).values()),
        ]
        return Stored(verdicts=kept, owed=tuple(owed), seen=seen, unfinished=unfinished)

    def _give_back(self, connection: Connection, polls: Sequence[Poll], ahead: timedelta) -> None:
        """End the turns at hosts, and the claims on feeds that were not asked."""
        until = {poll.feed.id: poll.put_back + ahead for poll in polls if poll.put_back is not None}
        if until:
            feeds.put_back(connection, until, owner=self.owner)
        done = [
            HostDone(
                host=poll.feed.host,
                hold_until=poll.hold_until and poll.hold_until + ahead,
                limited=poll.outcome.status == 429,
                gap=poll.feed.options.crawl_delay,
            )
            for poll in polls
            if poll.feed.host
        ]
        hosts.give_back_hosts(connection, done, owner=self.owner, spacing=self.spacing)


def _dried(connection: Connection, verdict: Verdict) -> Verdict:
    """A flood without what the feed has had already under other names, told once while it lasts.

    Links and guids that are made anew for every answer would else bring the same texts for ever.
    """
    if not verdict.flood:
        return verdict
    feed_id = verdict.poll.feed.id
    texts = items.known_texts(connection, feed_id, {one.fingerprint for one in verdict.new})
    left = verdict.without(texts)
    return left.told() if left.new and not items.held_items(connection, feed_id) else left


def _known(connection: Connection, polls: Iterable[Poll]) -> dict[int, Known]:
    """What is known of the entries that came; of a feed without items there is nothing to ask."""
    wanted = {
        poll.feed.id: poll.read.marked
        for poll in polls
        if poll.read is not None and poll.read.reading.document is not None
    }
    first = [
        poll.feed.id
        for poll in polls
        if poll.feed.first_polled_at is None and poll.feed.id in wanted
    ]
    for feed_id in set(first) - items.feeds_with_items(connection, first) if first else ():
        del wanted[feed_id]
    return dict(items.known_items(connection, wanted)) if any(wanted.values()) else {}


def _record(verdict: Verdict) -> PollRecord:
    poll = verdict.poll
    document = poll.read.reading.document if poll.read else None
    return PollRecord(
        feed=poll.feed,
        outcome=poll.outcome,
        plan=verdict.plan,
        etag=poll.etag,
        last_modified=poll.last_modified,
        body_hash=poll.body_hash,
        entry_hashes=poll.entry_hashes,
        title=document.title if document else "",
        whole=poll.read is not None and document is not None and poll.read.reading.whole,
    )


def _flat(lists: Iterable[Sequence[Owed]]) -> list[Owed]:
    return [one for each in lists for one in each]
