"""What the demonstration tells its screen: plain values, all known when they are made.

``at`` are seconds since the start of play.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from worker.model import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A word on what goes on: servers started, a feed recovered."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryArrived:
    """An article was seen in a feed. ``revision`` counts from 0; ``baseline``: it was there before."""

    at: float
    outlet: str
    language: str
    headline: str
    revision: int = 0
    baseline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TagsFound:
    """Who, where and what an article is about; names as they are to be shown."""

    at: float
    headline: str
    people: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BellRang:
    """An alert reached its receivers.

    ``highlights`` are code point offsets in ``snippet``; ``latency`` is the time from
    publication to delivery in seconds, None while unknown. ``update``: it told of this story before.
    """

    at: float
    watch: str
    outlet: str
    headline: str
    snippet: str
    highlights: tuple[Span, ...] = ()
    channels: tuple[str, ...] = ()
    latency: float | None = None
    update: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRang:
    """What is of no single story reached its receivers: a digest, a summary or a spike."""

    at: float
    label: str
    headline: str
    lines: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StayedSilent:
    """An article matched a watch that did not ring for it, and the rule that says why."""

    at: float
    watch: str
    outlet: str
    headline: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Latencies:
    """How long deliveries took, in seconds, and how many there were."""

    p50: float
    p95: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """The last word: the counts and, when the run was not as expected, what was not.

    ``silent`` counts matches that did not ring, ``deliveries`` counts by channel; ``complaints`` is empty when every expected alert arrived
    exactly once and no other did.
    """

    feeds: int
    items: int
    tagged: int
    stories: int
    alerts: int
    silent: int = 0
    deliveries: Mapping[str, int] = field(default_factory=dict)
    latencies: Latencies | None = None
    complaints: tuple[str, ...] = ()


Step = Note | StoryArrived | TagsFound | BellRang | NoticeRang | StayedSilent
Event = Step | Closing
