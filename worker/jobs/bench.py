"""What tagging works with that may change at any time: the user's own names and topics, watches."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection

from worker.alerts.plan import Candidate, Planned, plan
from worker.jobs.matching import Watching, carry_on, follow, watch_all
from worker.jobs.workplace import Workplace
from worker.model import Brake, Match, Watch
from worker.store import entities, stories, topics
from worker.store.planning import read_log
from worker.store.versions import ENTITY, RARITY, TOPIC, WATCH, Versions, versions
from worker.stories import Rarity
from worker.tagging import Tagger, load_tagger
from worker.watches.matcher import Matcher


@dataclass(frozen=True)
class Bench:
    """A tagger that knows the user's entities and topics, and the enabled watches made ready to match."""

    tagger: Tagger
    watching: Watching
    versions: Versions
    rarity: Rarity = field(default_factory=Rarity)

    @property
    def matcher(self) -> Matcher:
        """The enabled watches, ready to match."""
        return self.watching.matcher

    @property
    def watches(self) -> Mapping[int, Watch]:
        """The enabled watches by their ids."""
        return self.watching.watches


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
    version = now.get(WATCH, 0)
    if had is not None and all(had.versions.get(one) == now.get(one) for one in (ENTITY, TOPIC)):
        watching = follow(had.watching, connection, had.tagger.find, version, renamed=False)
        return Bench(had.tagger, watching, now, _rarity(had, connection, now))
    shipped = place.tagger or load_tagger(models=place.settings.models)
    tagger = shipped.with_entities(entities.all_entities(connection))
    tagger = tagger.with_topics(topics.all_topics(connection))
    rarity = _rarity(had, connection, now)
    if had is None:
        return Bench(tagger, watch_all(connection, tagger.find, version), now, rarity)
    watching = follow(had.watching, connection, tagger.find, version, renamed=True)
    return Bench(tagger, watching, now, rarity)


def _rarity(had: Bench | None, connection: Connection, now: Versions) -> Rarity:
    """How rare terms are; read again only when they were counted anew."""
    if had is not None and had.versions.get(RARITY) == now.get(RARITY):
        return had.rarity
    return stories.load_rarity(connection)


def compiled_on(place: Workplace, connection: Connection) -> Bench | None:
    """The bench with its watches compiled on, where they are being compiled again."""
    had = place.bench
    if had is None or had.watching.remaking is None:
        return had
    watching = carry_on(had.watching, connection, had.tagger.find)
    return had if watching is had.watching else replace(had, watching=watching)
