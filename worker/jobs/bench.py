"""What tagging works with that may change at any time: the user's own names and topics, watches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from worker.alerts.plan import Candidate, Planned, plan
from worker.jobs.workplace import Workplace
from worker.model import Brake, Match, Watch
from worker.observe import logger
from worker.store import entities, topics, watches
from worker.store.planning import read_log
from worker.store.versions import ENTITY, TOPIC, WATCH, Versions, versions
from worker.tagging import Tagger, load_tagger
from worker.watches.matcher import Matcher

log = logger(__name__)


@dataclass(frozen=True)
class Bench:
    """A tagger that knows the user's entities and topics, and the enabled watches made ready to match."""

    tagger: Tagger
    matcher: Matcher
    watches: Mapping[int, Watch]
    versions: Versions


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """An item of a story with what it matched, and what planning asks of it.

    ``named`` are the keys of those it mentions. ``edited``: it was judged before, in an earlier
    text; ``quiet``: nobody asked to be told of it.
    """

    item_id: int
    story_id: int
    outlet: str
    named: Collection[str]
    baseline: bool
    matches: Sequence[Match]
    edited: bool = False
    quiet: bool = False


def decide(
    connection: Connection, bench: Bench, matched: Sequence[Matched], brake: Brake
) -> list[Planned]:
    """Which matches ring and which wait: of each watch and story the first at most."""
    candidates = [
        Candidate(
            watch=bench.watches[match.watch_id],
            match=match,
            item_id=one.item_id,
            story_id=one.story_id,
            outlet=one.outlet,
            named=one.named,
            baseline=one.baseline,
            edited=one.edited,
            quiet=one.quiet,
        )
        for one in matched
        for match in one.matches
    ]
    if not candidates:
        return []
    return plan(candidates, read_log(connection, candidates, brake), brake)


def up_to_date(place: Workplace, connection: Connection) -> Bench:
    """The bench as the database has it; the workplace's own where nothing has changed."""
    now = versions(connection)
    had = place.bench
    if had is not None and had.versions == now:
        return had
    if had is not None and all(had.versions.get(one) == now.get(one) for one in (ENTITY, TOPIC)):
        tagger = had.tagger
    else:
        shipped = place.tagger or load_tagger(models=place.settings.models)
        tagger = shipped.with_entities(entities.all_entities(connection))
        tagger = tagger.with_topics(topics.all_topics(connection))
    if had is not None and had.tagger is tagger and had.versions.get(WATCH) == now.get(WATCH):
        return Bench(tagger, had.matcher, had.watches, now)
    enabled = watches.all_watches(connection, enabled_only=True)
    matcher = Matcher(enabled, tagger.find)
    for watch_id, problem in matcher.problems.items():
        log.warning("watch skipped: its query cannot be read", watch=watch_id, error=str(problem))
    return Bench(tagger, matcher, {watch.id: watch for watch in enabled}, now)
