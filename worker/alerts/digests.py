"""What a digest holds: matches that waited, by watch, each story once (pure)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from worker.model import Digest, DigestSection, HeldKind, StoryLine

LISTED = 30
"""Stories of a watch that are listed; of the others only how many they are is told."""
MOST_WATCHES = 100
"""Watches that have a part of their own, those with most stories."""
MOST_LISTED = 500
"""About how many stories are listed in all, so that a mail after a storm can still be read."""

_TITLES = {
    HeldKind.DIGEST: "Digest",
    HeldKind.SUMMARY: "Summary",
    HeldKind.STORM: "After the storm",
    HeldKind.BACKFILL: "Looking back",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """A match that waited: of which watch and story, since when, and why it did not ring."""

    watch_id: int
    story_id: int
    item_id: int
    reason: str
    at: datetime

    @property
    def pair(self) -> tuple[int, int]:
        """Watch and item: what evidence is kept by."""
        return self.watch_id, self.item_id


def title_of(kind: HeldKind) -> str:
    """What a digest of this kind is called."""
    return _TITLES[kind]


def choose(
    waited: Collection[Waited], outlets: Mapping[int, int], *, most: int = LISTED
) -> list[Waited]:
    """Which are listed: of each watch's stories those that most outlets report, then the newest.

    Only watches with most stories are shown where there are very many.

    Of a story that waited several times for one watch, the first match is shown.
    """
    by_watch: dict[int, dict[int, Waited]] = {}
    for one in waited:
        by_watch.setdefault(one.watch_id, {}).setdefault(one.story_id, one)
    shown = sorted(by_watch.values(), key=len, reverse=True)[:MOST_WATCHES]
    most = min(most, max(3, MOST_LISTED // max(1, len(shown))))
    return [
        one
        for stories in shown
        for one in sorted(
            stories.values(), key=lambda one: (-outlets.get(one.story_id, 0), -one.item_id)
        )[:most]
    ]


def make_digest(
    waited: Sequence[Waited],
    listed: Sequence[Waited],
    lines: Mapping[tuple[int, int], StoryLine],
    watches: Mapping[int, tuple[str, str]],
    *,
    title: str,
    until: datetime,
) -> Digest:
    """The digest of what waited; ``listed`` of it, whose entries are ``lines``, by watch and item.

    ``watches`` are name and query by id. Watches with most stories come first.
    """
    stories: dict[int, set[int]] = {}
    for one in waited:
        stories.setdefault(one.watch_id, set()).add(one.story_id)
    shown = {one.watch_id for one in listed}
    sections = [
        DigestSection(
            watch_id=watch_id,
            watch_name=watches[watch_id][0],
            query=watches[watch_id][1],
            stories=tuple(
                replace(lines[one.pair], reason=one.reason)
                for one in listed
                if one.watch_id == watch_id and one.pair in lines
            ),
            total=len(found),
        )
        for watch_id, found in stories.items()
        if watch_id in shown
    ]
    return Digest(
        title=title,
        since=min((one.at for one in waited), default=until),
        until=until,
        sections=tuple(sorted(sections, key=lambda one: (-one.total, one.watch_name))),
        total=len({one.story_id for one in waited}),
        more_watches=len(stories) - len(sections),
    )
