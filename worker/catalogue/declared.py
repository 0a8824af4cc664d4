"""What feeds.yaml declares, as frozen values, with the file's defaults already filled in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from worker.model import FeedOptions, Kind, Policy, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often a feed is polled: at a fixed ``interval``, or by its rhythm within bounds."""

    interval: timedelta | None = None
    shortest: timedelta | None = None
    longest: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for feeds and watches that say nothing of their own."""

    pace: Pace = Pace()
    channels: tuple[str, ...] | None = None
    backfill: int = 0
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredFeed:
    """A feed to be polled.

    ``url`` keeps its ``${NAME}`` references: fill them in when it is fetched. ``interval`` ``None``
    leaves the pace to the scheduler; ``paused`` ``None`` leaves the feed as it is (a new one runs).
    ``options`` are how it is asked, with their references kept too. ``moved_to`` is where a stored
    feed has moved since it was declared; a file says nothing of it.
    """

    name: str
    url: str
    outlet: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None
    backfill: int = 0
    paused: bool | None = None
    options: FeedOptions = field(default_factory=FeedOptions)
    moved_to: str = ""

    @property
    def address(self) -> str:
        """Where it is polled."""
        return self.moved_to or self.url


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredHost:
    """A host to be spared: ``name`` is host, or host:port for an odd port."""

    name: str
    crawl_delay: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredEntity:
    """A person or organization of the user's own, with other names in any language or script."""

    kind: Kind
    name: str
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    role: str = ""
    unmistakable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredWatch:
    """A query, the names of the channels it rings, and how it rings."""

    name: str
    query: str
    channels: tuple[str, ...] = ()
    enabled: bool = True
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredChannel:
    """A destination. ``config`` is what its kind asks for, with ``${NAME}`` references kept."""

    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Everything one file declares, in the file's order."""

    defaults: Defaults = field(default_factory=Defaults)
    feeds: tuple[DeclaredFeed, ...] = ()
    hosts: tuple[DeclaredHost, ...] = ()
    entities: tuple[DeclaredEntity, ...] = ()
    topics: tuple[Topic, ...] = ()
    watches: tuple[DeclaredWatch, ...] = ()
    channels: tuple[DeclaredChannel, ...] = ()
