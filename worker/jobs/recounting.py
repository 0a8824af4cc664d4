"""The recount queue: what spike watches would have counted in the stored articles of the past."""

import time
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from worker.alerts.rehearsal import Past
from worker.alerts.spikes import MEMORY, counted_at
from worker.jobs.bench import up_to_date
from worker.jobs.rates import counted_by
from worker.jobs.workplace import Workplace, at_work
from worker.model import Watch
from worker.observe import logger
from worker.queue import stop_asked
from worker.store import spikes
from worker.store.history import articles_before
from worker.watches.context import Context
from worker.watches.matcher import Matcher
from worker.watches.query import Find

BATCH = 200
"""So many articles are read, matched and counted at a time."""
SLICE = 1.0
"""After so many seconds a job ends: what is new goes first. The sweep has it go on."""

log = logger(__name__)


def recount(watch_ids: Sequence[int]) -> None:
    """Count on, for a moment, the stories that came before spike watches were there.

    The newest first, batch by batch, each in a transaction of its own; a job that runs twice, or
    dies, does no harm.
    """
    with at_work() as place:
        with place.engine.begin() as connection:
            place.bench = up_to_date(place, connection)
        end = time.monotonic() + SLICE
        while not stop_asked() and time.monotonic() < end:
            if not _count_batch(place, place.bench.tagger.find, watch_ids):
                return


def _count_batch(place: Workplace, find: Find, watch_ids: Collection[int]) -> bool:
    """Count the articles before those counted last; whether there may be more."""
    first = datetime.now(UTC) - MEMORY
    with place.engine.connect() as connection:
        wanted = spikes.next_uncounted(connection, watch_ids)
        if wanted is None:
            return False
        past = articles_before(connection, wanted.since, since=first, most=BATCH)
    found = sightings_in(past, wanted.queries, find)
    to = past[-1].seen_at if past else first
    with place.engine.begin() as connection:
        ours = spikes.move_back(connection, wanted, to)
        if ours:
            spikes.cover(connection, [one.seen_at for one in past])
            spikes.count(connection, [one for one in found if one.watch_id in ours])
    if not past:
        log.info("past counted", watches=sorted(ours))
    return True


def sightings_in(
    past: Sequence[Past], queries: Mapping[int, str], find: Find
) -> list[spikes.Sighting]:
    """What spike watches (id: query) count in articles of the past, as if they had been there.

    An article that was edited since counts once, by what it says now. Pure.
    """
    matcher = Matcher(
        [Watch(id=number, name="", query=query) for number, query in queries.items()], find
    )
    return [
        spikes.Sighting(
            watch_id=watch_id,
            story_id=one.story_id,
            item_id=one.item_id,
            at=counted_at(one.article.published, one.seen_at),
        )
        for one in past
        if one.story_id is not None and not one.baseline
        for watch_id in counted_by(
            matcher,
            one.article,
            one.mentions,
            Context(feed_name=one.feed_name, tags=one.tags, now=one.seen_at),
        )
    ]
