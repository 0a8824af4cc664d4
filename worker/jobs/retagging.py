"""The retag queue: articles that were tagged before, tagged again from their stored text."""

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from worker.jobs.bench import Bench, Matched, decide, up_to_date
from worker.jobs.workplace import Workplace, at_work
from worker.observe import logger
from worker.queue import DELIVER, stop_asked
from worker.store import articles, decisions, retags, stories
from worker.store.work import MOST_DEATHS
from worker.watches.context import Context

CHUNK = 8  # articles a transaction: their rows are locked while they are tagged

log = logger(__name__)


def retag_items(ids: Sequence[int]) -> None:
    """Tag and match the articles of items anew; pages are not read again.

    A job that runs twice, or dies, does no harm: what is not stored yet still waits. What was tried
    before is tried alone, so that an article that ends its job takes no other with it.
    """
    with at_work() as place:
        with place.engine.connect() as connection:
            tried = retags.tried(connection, ids)
        fresh = [one for one in ids if one not in tried]
        chunks = [fresh[start : start + CHUNK] for start in range(0, len(fresh), CHUNK)]
        for chunk in [*chunks, *([one] for one in tried)]:
            if stop_asked():
                return
            with place.engine.begin() as connection:
                begun = retags.begin(connection, chunk, most=MOST_DEATHS)
            if begun:
                _retag_chunk(place, begun)


def _retag_chunk(place: Workplace, ids: Sequence[int]) -> None:
    """Tag some anew, together; where that fails each alone. One that fails alone keeps its tags."""
    try:
        with place.engine.begin() as connection:
            place.bench = up_to_date(place, connection)
            planned = _retag(connection, place, place.bench, ids)
    except SQLAlchemyError:  # all still wait
        raise
    except Exception as error:
        if len(ids) > 1:
            for one in ids:
                _retag_chunk(place, [one])
            return
        log.exception("item not tagged anew", item=ids[0])
        with place.engine.begin() as connection:
            retags.fail(
                connection, ids[0], " ".join([type(error).__name__, *str(error).splitlines()[:1]])
            )
        return
    place.queues.wake(DELIVER, planned)


def _retag(connection: Connection, place: Workplace, bench: Bench, ids: Sequence[int]) -> list[int]:
    """Gives the ids of deliveries to wake for.

    As in tagging, no story is merged or split meanwhile, and what is planned for a story is planned
    by one at a time: what another job decides for it is waited for, and known.
    """
    stories.keep_in_place(connection)
    taken = retags.take(connection, ids)
    stored = articles.load_articles(connection, [one.item_id for one in taken])
    ours = [one for one in taken if one.item_id in stored]
    if not ours:
        return []
    bench.tagger.read_ahead([stored[one.item_id] for one in ours])
    mentions = {one.item_id: bench.tagger.tag(stored[one.item_id]) for one in ours}
    stories.lock_stories(connection, {one.story_id for one in ours})
    articles.save_mentions(connection, mentions)
    retags.tagged_by(connection, list(mentions), bench.tagger.version)
    retags.forget_matches(connection, list(mentions))
    outlets = stories.outlets_of(connection, {one.story_id for one in ours})
    decided = decide(
        connection,
        bench,
        [
            Matched(
                item_id=one.item_id,
                story_id=one.story_id,
                outlet=stored[one.item_id].outlet,
                named={mention.key for mention in mentions[one.item_id]},
                baseline=one.baseline,
                matches=bench.matcher.match(
                    stored[one.item_id],
                    mentions[one.item_id],
                    context=Context(
                        feed_name=one.feed_name,
                        tags=tuple(one.tags),
                        outlets=outlets.get(one.story_id),
                        now=datetime.now(UTC),
                    ),
                ),
                quiet=not one.ring,
            )
            for one in ours
        ],
        place.settings.brake,
    )
    log.info("items tagged anew", items=len(ours), matches=len(decided))
    return decisions.save_decisions(connection, decided)
