"""Which matches ring at once, which wait, which stay silent, and why: once a story and watch.

Pure: ``plan`` is given matches, what was planned before (``Log``) and the operator's bounds, and
gives a ``Planned`` for each match. Given its own decisions as the log it plans nothing new.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from worker.alerts.milestones import StoryFacts, join, news, reached, wants_updates, words
from worker.alerts.muting import Subject, muted_by
from worker.alerts.policy import schedule_of
from worker.alerts.reasons import AlertReason
from worker.alerts.schedule import next_digest, quiet_until, read_quiet
from worker.model import AlertKind, Brake, Confidence, HeldKind, Match, Mute, Watch

HOUR = timedelta(hours=1)
#: A storm is told of when it is over, but not later than this after it began.
LONGEST_STORM = HOUR


class Candidate(NamedTuple):
    """A match to be decided about, and what of its article matters; a tuple, as ``Match`` is.

    ``kind`` is what rings. An event of a feed and a spike are of no story: ``story_id`` is a number below 1 that no other of its watch has.
    ``named`` are the keys of those whom it mentions. ``baseline``: it was there at its feed's first
    poll. ``edited``: its article was judged before, in an earlier text. ``quiet``: an old article is
    looked at again, and nobody asked to be told.
    """

    watch: Watch
    match: Match
    item_id: int
    story_id: int
    kind: AlertKind = AlertKind.STORY
    outlet: str = ""
    named: Collection[str] = frozenset()
    baseline: bool = False
    edited: bool = False
    quiet: bool = False

    @property
    def pair(self) -> tuple[int, int]:
        """Watch and story."""
        return self.watch.id, self.story_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was planned for a watch and a story before.

    ``rung``: an alert. ``waits``: it would have rung, and is, or was, in a summary. ``digest``: it
    is, or was, in a digest. ``reached`` are the milestones told or passed before; ``None``: nobody looked.
    """

    rung: bool = False
    waits: bool = False
    digest: bool = False
    reached: frozenset[str] | None = None


NEVER = Told()
"""Nothing was planned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a channel was given within the brake's window, rung or held by the brake.

    ``since`` is when the storm began whose alerts still wait, ``None`` where none do.
    """

    alerts: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What was planned before: of pairs, in this hour by watch, and lately by channel.

    ``channels`` are those that exist. ``facts`` are of stories, the articles to be judged among them.
    """

    now: datetime
    channels: Collection[str]
    told: Mapping[tuple[int, int], Told] = field(default_factory=dict)
    hour: Mapping[int, int] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    mutes: Sequence[Mute] = ()
    facts: Mapping[int, StoryFacts] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """That a match is held for a channel: for which digest, until when."""

    channel: str
    kind: HeldKind
    due_at: datetime


class Planned(NamedTuple):
    """What becomes of a match, and the named reason; a tuple, as ``Match`` is.

    ``kind`` is that of the alert which rings, ``None`` where none does; it goes to ``channels`` at
    once. ``waits`` are the channels that are told later. ``milestones`` are those of an update,
    ``reached`` all that the story has passed by now, ``None`` where the watch does not ask.
    """

    candidate: Candidate
    reason: str
    kind: AlertKind | None = None
    channels: tuple[str, ...] = ()
    waits: tuple[Wait, ...] = ()
    milestones: str = ""
    reached: tuple[str, ...] | None = None

    @property
    def due_at(self) -> datetime | None:
        """When it is told that does not ring."""
        if self.kind is not None or not self.waits:
            return None
        return min(one.due_at for one in self.waits)


def plan(candidates: Sequence[Candidate], log: Log, brake: Brake = Brake()) -> list[Planned]:  # noqa: B008 - frozen
    """Decide about matches, in their order."""
    groups: dict[tuple[int, int], list[int]] = {}
    for place, one in enumerate(candidates):
        groups.setdefault(one.pair, []).append(place)
    planner = _Planner(log, brake)
    decided: dict[int, Planned] = {}
    for pair, places in groups.items():
        found = planner.decide([candidates[place] for place in places], log.told.get(pair, NEVER))
        decided.update(zip(places, found, strict=True))
    return [decided[place] for place in range(len(candidates))]


class _Planner:
    """Decides pair by pair, and counts what it lets through."""

    def __init__(self, log: Log, brake: Brake) -> None:
        self.log = log
        self.brake = brake
        self.hour = Counter(log.hour)
        self.loads = dict(log.loads)
        self.quiet: dict[tuple[str, str, datetime], datetime | None] = {}

    def decide(self, matches: Sequence[Candidate], told: Told) -> list[Planned]:
        """About the matches of one watch and story: the surest speaks for them, or the first of those."""
        if len(matches) == 1:  # as nearly always
            (one,) = matches
            reason = self._silence(one, told)
            return [Planned(candidate=one, reason=reason) if reason else self._judge(one, told)]
        silent = {n: self._silence(one, told) for n, one in enumerate(matches)}
        heard = [n for n in silent if not silent[n]]
        if not heard:
            return [Planned(candidate=one, reason=silent[n]) for n, one in enumerate(matches)]
        lead = max(heard, key=lambda n: matches[n].match.confidence.rank)
        chief = self._judge(matches[lead], told)
        rest = _after(chief)
        return [
            chief if n == lead else Planned(candidate=one, reason=silent[n] or rest)
            for n, one in enumerate(matches)
        ]

    def _silence(self, one: Candidate, told: Told) -> str:
        """Why a match counts for nothing, whatever its story has come to; ``""``: it counts."""
        if not one.watch.enabled:
            return AlertReason.DISABLED
        if one.baseline:
            return AlertReason.BASELINE
        muted = self._muted(one)
        if muted:
            return AlertReason.MUTED.of(muted)
        if one.quiet or one.edited:
            if told.rung:
                return AlertReason.RUNG
            return AlertReason.RETAGGED if one.quiet else AlertReason.EDITED
        return ""

    def _muted(self, one: Candidate) -> str:
        if not self.log.mutes:
            return ""
        subject = Subject(
            watch_id=one.watch.id,
            watch_name=one.watch.name,
            story_id=one.story_id,
            outlet=one.outlet,
            named=one.named,
        )
        return muted_by(subject, self.log.mutes, self.log.now)

    def _judge(self, one: Candidate, told: Told) -> Planned:
        if one.kind is not AlertKind.STORY:
            return self._happened(one, told)
        policy, confidence = one.watch.policy, one.match.confidence
        if told.rung:
            return self._follow(one, told)
        if told.waits:
            return Planned(candidate=one, reason=AlertReason.HELD)
        sure = confidence.rank >= policy.floor.rank
        if sure and not policy.digest:
            reason = AlertReason.SURER if told.digest else AlertReason.FIRST_REPORT
            ready = Planned(candidate=one, reason=reason, reached=self._reached(one))
            return self._ring(ready, AlertKind.STORY)
        if not sure and confidence is Confidence.POSSIBLE:
            return Planned(candidate=one, reason=AlertReason.LISTED)
        if told.digest:
            return Planned(candidate=one, reason=AlertReason.HELD)
        return self._into_digest(one)

    def _happened(self, one: Candidate, told: Told) -> Planned:
        """Something that is no story, and sure; a spike is no matter for a digest."""
        if told.rung or told.waits or told.digest:
            reason = AlertReason.RUNG if told.rung else AlertReason.HELD
            return Planned(candidate=one, reason=reason)
        if one.kind is AlertKind.EVENT and one.watch.policy.digest:
            return self._into_digest(one)
        reason = AlertReason.EVENT if one.kind is AlertKind.EVENT else AlertReason.SPIKE
        return self._ring(Planned(candidate=one, reason=reason), one.kind)

    def _follow(self, one: Candidate, told: Told) -> Planned:
        """A story that has rung: silent, or an update where it has reached something."""
        now = self._reached(one)
        new = news(now, told.reached) if now is not None else ()
        if not new:
            return Planned(candidate=one, reason=AlertReason.RUNG)
        reason = AlertReason.UPDATE.of(words(new))
        ready = Planned(candidate=one, reason=reason, milestones=join(new), reached=now)
        return self._ring(ready, AlertKind.UPDATE)

    def _reached(self, one: Candidate) -> tuple[str, ...] | None:
        if not wants_updates(one.watch.policy):
            return None
        return reached(one.watch.policy, self.log.facts.get(one.story_id, StoryFacts()))

    def _into_digest(self, one: Candidate) -> Planned:
        policy = one.watch.policy
        due = self._awake(one, next_digest(self.log.now, schedule_of(policy), _zone(one)))
        told_by_digest = policy.digest and one.match.confidence.rank >= policy.floor.rank
        reason = AlertReason.IN_DIGEST if told_by_digest else AlertReason.UNSURE
        detail = str(schedule_of(policy)) if told_by_digest else one.match.confidence.value
        return self._wait(_nothing(one), HeldKind.DIGEST, due, reason.of(detail))

    def _ring(self, ready: Planned, kind: AlertKind) -> Planned:
        """Ring, unless it is quiet hours, the cap is reached, or a storm rages on every channel."""
        one, policy = ready.candidate, ready.candidate.watch.policy
        names = self._channels(one)
        if not names:  # most matches, where there are very many watches
            self.hour[one.watch.id] += 1
            return ready._replace(kind=kind)
        until = self._quiet_until(one, self.log.now)
        if until is not None:
            reason = AlertReason.QUIET.of(f"{policy.quiet} {policy.zone}")
            return self._wait(ready, HeldKind.SUMMARY, until, reason)
        if policy.cap is not None and self.hour[one.watch.id] >= policy.cap:
            due = self._awake(one, _full_hour(self.log.now))
            return self._wait(ready, HeldKind.SUMMARY, due, AlertReason.CAP.of(str(policy.cap)))
        calm = tuple(name for name in names if not self._stormy(name))
        waits = tuple(self._storm_wait(name) for name in names if name not in calm)
        for name in names:
            load = self.loads.get(name, Load())
            self.loads[name] = replace(load, alerts=load.alerts + 1)
        if not calm:
            return ready._replace(reason=AlertReason.STORM, waits=waits)
        self.hour[one.watch.id] += 1
        return ready._replace(kind=kind, channels=calm, waits=waits)

    def _wait(self, ready: Planned, kind: HeldKind, due: datetime, reason: str) -> Planned:
        names = self._channels(ready.candidate)
        if not names:
            return ready._replace(reason=AlertReason.NOWHERE)
        waits = tuple(Wait(channel=name, kind=kind, due_at=due) for name in names)
        return ready._replace(reason=reason, waits=waits)

    def _channels(self, one: Candidate) -> tuple[str, ...]:
        return tuple(name for name in one.watch.channels if name in self.log.channels)

    def _stormy(self, channel: str) -> bool:
        load = self.loads.get(channel, Load())
        return bool(self.brake.alerts) and load.alerts >= self.brake.alerts

    def _storm_wait(self, channel: str) -> Wait:
        """All that a storm holds is told together: a window after the last, or when it lasts too long."""
        load = self.loads.get(channel, Load())
        since = load.since or self.log.now
        self.loads[channel] = replace(load, since=since)
        due = min(self.log.now + self.brake.window, since + LONGEST_STORM)
        return Wait(channel=channel, kind=HeldKind.STORM, due_at=due)

    def _quiet_until(self, one: Candidate, moment: datetime) -> datetime | None:
        policy = one.watch.policy
        if not policy.quiet:
            return None
        asked = policy.quiet, policy.zone, moment
        if asked not in self.quiet:  # many watches keep the same hours
            self.quiet[asked] = quiet_until(moment, read_quiet(policy.quiet), _zone(one))
        return self.quiet[asked]

    def _awake(self, one: Candidate, due: datetime) -> datetime:
        """What would be due in quiet hours is due when they end."""
        return self._quiet_until(one, due) or due


def _nothing(one: Candidate) -> Planned:
    return Planned(candidate=one, reason="")


def _after(chief: Planned) -> str:
    """Why the other matches of a pair are silent beside the one that speaks for them."""
    if chief.kind is not None or chief.milestones:
        return AlertReason.RUNG
    return AlertReason.HELD if chief.waits else chief.reason


def _zone(one: Candidate) -> ZoneInfo:
    return ZoneInfo(one.watch.policy.zone)


def _full_hour(now: datetime) -> datetime:
    return now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + HOUR
