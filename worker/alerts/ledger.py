"""What was planned, as the log of what is planned next: in memory, or read from the store. Pure."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from worker.alerts.milestones import StoryFacts, split
from worker.alerts.plan import Candidate, Load, Log, Planned, Told, plan
from worker.model import Brake, HeldKind, Mute

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing that was planned for a watch and a story.

    ``held``: what it waits, or waited, for; ``None``: it rang. ``reached`` are the milestones that the
    story had passed when it rang, ``None`` where nobody looked; ``milestones`` those of a held update.
    """

    held: HeldKind | None = None
    reached: Collection[str] | None = None
    milestones: str = ""


def told(entries: Iterable[Entry]) -> Told:
    """What the entries of one watch and story come to."""
    found = list(entries)
    stories = {one.held for one in found if not one.milestones and one.held is not None}
    looked = [one.reached for one in found if one.reached is not None]
    passed = {name for names in looked for name in names}
    passed |= {name for one in found for name in split(one.milestones)}
    return Told(
        rung=any(one.held is None for one in found),
        waits=bool(stories & {HeldKind.SUMMARY, HeldKind.STORM}),
        digest=bool(stories & {HeldKind.DIGEST, HeldKind.BACKFILL}),
        reached=frozenset(passed) if looked else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A story, or an update of it, that waits for a channel."""

    pair: Pair
    channel: str
    kind: HeldKind
    milestones: str
    held_at: datetime
    due_at: datetime


@dataclass(slots=True)
class Ledger:
    """Plans with a memory of its own: what the store does with tables, for rehearsals and tests."""

    channels: Collection[str]
    brake: Brake = field(default_factory=Brake)
    mutes: Sequence[Mute] = ()
    entries: dict[Pair, list[Entry]] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    _rung: list[tuple[datetime, int]] = field(default_factory=list)
    _given: list[tuple[datetime, str]] = field(default_factory=list)

    def plan(
        self,
        candidates: Sequence[Candidate],
        now: datetime,
        facts: Mapping[int, StoryFacts] | None = None,
    ) -> list[Planned]:
        """Decide about matches at a time, and remember it."""
        log = self.log({one.pair for one in candidates}, now, facts or {})
        planned = plan(candidates, log, self.brake)
        for one in planned:
            self._note(one, now)
        return planned

    def log(self, pairs: Collection[Pair], now: datetime, facts: Mapping[int, StoryFacts]) -> Log:
        """What was planned up to now, of these watches and stories."""
        hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        storms = [one for one in self.waiting if one.kind is HeldKind.STORM]
        self._given = [one for one in self._given if one[0] > now - self.brake.window]
        self._rung = [one for one in self._rung if one[0] >= hour]
        counts = Counter(channel for _, channel in self._given)
        return Log(
            now=now,
            channels=self.channels,
            told={pair: told(self.entries.get(pair, ())) for pair in pairs},
            hour=Counter(watch_id for _, watch_id in self._rung),
            loads={
                name: Load(
                    alerts=counts[name],
                    since=min((one.held_at for one in storms if one.channel == name), default=None),
                )
                for name in self.channels
            },
            mutes=self.mutes,
            facts=facts,
        )

    def release(self, now: datetime) -> list[Waiting]:
        """What is due by now; it waits no longer."""
        due = [one for one in self.waiting if one.due_at <= now]
        self.waiting = [one for one in self.waiting if one.due_at > now]
        return due

    def _note(self, one: Planned, now: datetime) -> None:
        pair = one.candidate.pair
        entries = self.entries.setdefault(pair, [])
        if one.kind is not None:
            entries.append(Entry(reached=one.reached))
            self._rung.append((now, pair[0]))
            self._given += [(now, channel) for channel in one.channels]
        for wait in one.waits:
            entries.append(Entry(held=wait.kind, milestones=one.milestones))
            if wait.kind is HeldKind.STORM:
                self._given.append((now, wait.channel))
                self._prolong(wait.channel, wait.due_at)
        if not one.milestones and (
            one.kind or any(w.kind is not HeldKind.DIGEST for w in one.waits)
        ):
            self.waiting = [
                w for w in self.waiting if w.pair != pair or w.kind is not HeldKind.DIGEST
            ]
        self.waiting += [
            Waiting(
                pair=pair,
                channel=wait.channel,
                kind=wait.kind,
                milestones=one.milestones,
                held_at=now,
                due_at=wait.due_at,
            )
            for wait in one.waits
        ]

    def _prolong(self, channel: str, due: datetime) -> None:
        self.waiting = [
            replace(one, due_at=due)
            if one.channel == channel and one.kind is HeldKind.STORM
            else one
            for one in self.waiting
        ]
