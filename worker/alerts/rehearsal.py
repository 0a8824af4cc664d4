"""What a watch would have rung for: its matches in articles of the past, counted and sampled."""

from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from worker.alerts.ledger import Ledger
from worker.alerts.milestones import StoryFacts
from worker.alerts.plan import Candidate, Planned
from worker.alerts.reasons import rule_of
from worker.alerts.snippet import Snippet, excerpt
from worker.model import (
    AlertKind,
    Article,
    Brake,
    Confidence,
    Kind,
    Match,
    Mention,
    Watch,
)

_CHANNEL = "each"


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """An article that came in, with what tagging knew of it."""

    item_id: int
    story_id: int | None
    feed_name: str
    tags: tuple[str, ...]
    baseline: bool
    revision: int
    seen_at: datetime
    article: Article
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One match for a person's eyes, and what would have become of it."""

    item_id: int
    story_id: int | None
    seen_at: datetime
    outlet: str
    title: str
    url: str
    confidence: Confidence
    announced: bool
    reason: str
    excerpt: Snippet


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Matches of one stretch of time, and how many of them would have rung."""

    matches: int = 0
    alerts: int = 0


class StoriesSoFar:
    """Who has reported each story up to an article, and the countries of its headlines.

    The stories longest not heard of are forgotten, so that it stays small over any time.
    """

    def __init__(self, most: int = 100_000) -> None:
        self._facts: OrderedDict[int, StoryFacts] = OrderedDict()
        self._most = most

    def with_this(self, past: Past) -> StoryFacts:
        """What is known of an article's story, the article counted in."""
        story = story_of(past)
        had = self._facts.pop(story, StoryFacts())
        headed = {m.key for m in past.mentions if m.kind is Kind.COUNTRY and m.in_title}
        outlet = {past.article.outlet} - {""}
        self._facts[story] = StoryFacts(
            outlets=had.outlets | outlet, countries=had.countries | headed
        )
        if len(self._facts) > self._most:
            self._facts.popitem(last=False)
        return self._facts[story]


def story_of(past: Past) -> int:
    """The story of an article; one without a story is one of its own, by a number nobody has."""
    return past.story_id if past.story_id is not None else -past.item_id


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """Takes matches in the order in which their articles came; keeps numbers and a few samples.

    ``watch`` says how they would be told, ``brake`` what a storm is. ``stretch`` gives the day (or
    hour) that a moment belongs to.
    """

    watch: Watch
    stretch: Callable[[datetime], datetime]
    keep: int
    brake: Brake = field(default_factory=Brake)
    matches: int = 0
    updates: int = 0
    digests: int = 0
    held: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[datetime, Count] = field(default_factory=dict)
    samples: deque[Sample] = field(init=False)
    _stories: set[int] = field(default_factory=set)
    _rung: set[int] = field(default_factory=set)
    _ledger: Ledger = field(init=False)
    _due: datetime | None = None

    def __post_init__(self) -> None:
        """The newest samples are kept; one channel stands for all."""
        self.samples = deque(maxlen=self.keep)
        self.watch = replace(self.watch, enabled=True, channels=(_CHANNEL,))
        self._ledger = Ledger((_CHANNEL,), self.brake)

    @property
    def stories(self) -> int:
        """How many stories matched."""
        return len(self._stories)

    @property
    def alerts(self) -> int:
        """How many stories would have rung at once."""
        return len(self._rung)

    @property
    def messages(self) -> int:
        """How many messages each channel would have got."""
        return self.alerts + self.updates + self.digests

    def take(self, past: Past, match: Match, facts: StoryFacts) -> None:
        """Count a match, and decide about it as it would have been decided then."""
        self._tell_what_is_due(past.seen_at)
        story = story_of(past)
        candidate = Candidate(
            watch=self.watch,
            match=match._replace(watch_id=self.watch.id),
            item_id=past.item_id,
            story_id=story,
            outlet=past.article.outlet,
            named={mention.key for mention in past.mentions},
            baseline=past.baseline,
        )
        (planned,) = self._ledger.plan([candidate], past.seen_at, {story: facts})
        if planned.kind is AlertKind.STORY:
            self._rung.add(story)
        self.updates += planned.kind is AlertKind.UPDATE
        if planned.due_at is not None:
            self._due = min(self._due or planned.due_at, planned.due_at)
        self._count(past, match, story, planned)

    def end(self) -> None:
        """No more come: what still waits is told when it is due."""
        self._tell_what_is_due(datetime.max.replace(tzinfo=UTC))

    def _tell_what_is_due(self, now: datetime) -> None:
        if self._due is None or self._due > now:
            return
        told = self._ledger.release(now)
        self.held += len(told)
        self.digests += len({(one.kind, one.due_at) for one in told})
        self._due = min((one.due_at for one in self._ledger.waiting), default=None)

    def _count(self, past: Past, match: Match, story: int, planned: Planned) -> None:
        announced = planned.kind is not None
        self.matches += 1
        self._stories.add(story)
        self.reasons[rule_of(planned.reason) or planned.reason] += 1
        begun = self.stretch(past.seen_at)
        had = self.counts.get(begun, Count())
        self.counts[begun] = Count(matches=had.matches + 1, alerts=had.alerts + int(announced))
        self._sample(past, match, announced=announced, reason=planned.reason)

    def _sample(self, past: Past, match: Match, *, announced: bool, reason: str) -> None:
        """Keep what rings rather than what repeats it."""
        if not announced and any(one.announced for one in self.samples):
            return
        if announced and self.samples and not self.samples[0].announced:
            self.samples.clear()
        self.samples.append(sample(past, match, announced=announced, reason=reason))


def sample(past: Past, match: Match, *, announced: bool = False, reason: str = "") -> Sample:
    """A match as a sample."""
    return Sample(
        item_id=past.item_id,
        story_id=past.story_id,
        seen_at=past.seen_at,
        outlet=past.article.outlet or past.feed_name,
        title=past.article.title,
        url=past.article.url,
        confidence=match.confidence,
        announced=announced,
        reason=reason,
        excerpt=excerpt(past.article, match.evidence),
    )
