"""What a watch would have rung for: its matches in articles of the past, counted and sampled."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from worker.alerts.ledger import Ledger
from worker.alerts.plan import Candidate
from worker.alerts.snippet import Snippet, excerpt
from worker.model import Article, Confidence, Match, Mention, Watch


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


@dataclass(slots=True, kw_only=True)
class Rehearsal:
    """Takes matches in the order in which their articles came; keeps numbers and a few samples.

    ``stretch`` gives the day (or hour) that a moment belongs to.
    """

    stretch: Callable[[datetime], datetime]
    keep: int
    matches: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    counts: dict[datetime, Count] = field(default_factory=dict)
    samples: deque[Sample] = field(init=False)
    _stories: set[int] = field(default_factory=set)
    _rung: set[int] = field(default_factory=set)
    _ledger: Ledger = field(default_factory=lambda: Ledger(()))

    def __post_init__(self) -> None:
        """The newest samples are kept."""
        self.samples = deque(maxlen=self.keep)

    @property
    def stories(self) -> int:
        """How many stories matched."""
        return len(self._stories)

    @property
    def alerts(self) -> int:
        """How many alerts there would have been."""
        return len(self._rung)

    def take(self, past: Past, match: Match) -> None:
        """Count a match, and decide about it as it would have been decided then."""
        # An item without a story is one of its own; numbers below 0 are nobody's.
        story = past.story_id if past.story_id is not None else -past.item_id
        candidate = Candidate(
            watch=Watch(id=match.watch_id, name="", query=""),
            match=match,
            item_id=past.item_id,
            story_id=story,
            outlet=past.article.outlet,
            named={mention.key for mention in past.mentions},
            baseline=past.baseline,
        )
        (planned,) = self._ledger.plan([candidate], past.seen_at)
        announced = planned.kind is not None
        if announced:
            self._rung.add(story)
        self.matches += 1
        self._stories.add(story)
        self.reasons[planned.reason] += 1
        begun = self.stretch(past.seen_at)
        had = self.counts.get(begun, Count())
        self.counts[begun] = Count(matches=had.matches + 1, alerts=had.alerts + int(announced))
        self._sample(past, match, announced=announced, reason=planned.reason)

    def _sample(self, past: Past, match: Match, *, announced: bool, reason: str) -> None:
        """Keep what rings rather than what repeats it."""
        if not announced and sum(one.announced for one in self.samples):
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
