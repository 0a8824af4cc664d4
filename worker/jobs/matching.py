"""The watches of a worker, kept as the database has them without a pause.

Of watches that have changed only those are compiled, to lie over the others. When many have, or other
names are known, all are compiled anew: a few at once, many bit by bit between jobs, while the
matcher at hand goes on.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from worker.model import Watch
from worker.observe import logger
from worker.store import feeds, watches
from worker.watches.matcher import Making, Matcher
from worker.watches.query import Find

log = logger(__name__)

AT_ONCE = 3_000
"""So many watches are compiled while a job waits: a fraction of a second."""
MOST_CHANGED = 1_000
"""So many changed watches lie over the others before all are compiled together again."""
SLICE = 0.2
"""So many seconds are spent on compiling between two jobs."""


@dataclass(frozen=True)
class Remaking:
    """All watches, as they were at a ``version`` of them, being compiled again."""

    making: Making
    watches: Mapping[int, Watch]
    version: int


@dataclass(frozen=True)
class Watching:
    """The enabled watches ready to match, as they are at a ``version`` of them.

    ``remaking``: they are being compiled again, all together.
    """

    matcher: Matcher
    watches: Mapping[int, Watch]
    version: int
    remaking: Remaking | None = None


def watch_all(connection: Connection, find: Find, version: int) -> Watching:
    """Every enabled watch, compiled at once."""
    made = _begin(connection, find, version)
    matcher = made.making.go_on(lambda: False)
    assert matcher is not None
    return _said(Watching(matcher, made.watches, version))


def follow(
    had: Watching, connection: Connection, find: Find, version: int, *, renamed: bool
) -> Watching:
    """The watches as they are now; ``renamed``: other names are known than when they were compiled."""
    changed = watches.changed_watches(connection, since=had.version, most=AT_ONCE)
    if len(had.watches) <= AT_ONCE and (renamed or changed is None):
        return watch_all(connection, find, version)
    remaking = had.remaking
    if renamed or changed is None or (remaking is None and had.matcher.changes > MOST_CHANGED):
        remaking = _begin(connection, find, version)
    if changed is None:
        return replace(had, version=version, remaking=remaking)
    kept, gone = changed
    if not kept and not gone:
        return replace(had, version=version, remaking=remaking)
    matcher = had.matcher.changed(kept, gone, find)
    known = {**had.watches, **{watch.id: watch for watch in kept}}
    for watch_id in gone:
        known.pop(watch_id, None)
    return _said(Watching(matcher, known, version, remaking))


def carry_on(had: Watching, connection: Connection, find: Find) -> Watching:
    """Compile on for a moment; what has changed since it was begun is laid over what was compiled."""
    remaking = had.remaking
    if remaking is None:
        return had
    end = time.monotonic() + SLICE
    matcher = remaking.making.go_on(lambda: time.monotonic() >= end)
    if matcher is None:
        return had
    made = Watching(matcher, remaking.watches, remaking.version)
    return follow(made, connection, find, had.version, renamed=False)


def _begin(connection: Connection, find: Find, version: int) -> Remaking:
    enabled = watches.all_watches(connection, enabled_only=True)
    making = Making(enabled, find, feeds.languages(connection))
    return Remaking(making, {watch.id: watch for watch in enabled}, version)


def _said(watching: Watching) -> Watching:
    """Say which queries cannot be used."""
    for watch_id, problem in watching.matcher.problems.items():
        log.warning("watch skipped: its query cannot be read", watch=watch_id, error=str(problem))
    return watching
