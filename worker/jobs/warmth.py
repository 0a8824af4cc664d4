"""What is loaded before the fork, so that jobs share it."""

import asyncio
import ctypes
import gc
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from worker.jobs.workplace import Workplace
from worker.memory import without_collection
from worker.model import Entry
from worker.observe import facts, logger
from worker.queue import FETCH, TAG
from worker.store import articles

if TYPE_CHECKING:
    from worker.jobs.bench import Bench
    from worker.tagging import Tagger

log = logger(__name__)

YOUNG = 50_000
"""So many new objects make a collection: what a job makes is nearly all let go without one."""
READ_AHEAD = 200
"""Of so many of the latest articles the words are looked up before the fork."""
WARM_PAGE = (
    "<html lang='en'><head><title>A title</title></head><body><article><h1>A title</h1>"
    + "<p>The council of the town met on Monday to talk about the budget of the year.</p>" * 9
    + "</article></body></html>"
)


def warm_up(place: Workplace, queues: Sequence[str]) -> None:
    """Do the work of some queues once, on nothing: what it imports and loads is then shared.

    Jobs run in children forked from this process; what is loaded only there is loaded each time.
    No connection is left open.
    """
    with without_collection():  # nearly all of it stays
        if TAG in queues:
            _warm_up_tagging(place)
        if FETCH in queues:
            from worker.jobs import fetching  # noqa: F401 - what a job imports is loaded here

            asyncio.run(_open_and_close(place))
        place.close()
        _give_back_memory()
        gc.freeze()
    gc.set_threshold(YOUNG)


def _give_back_memory() -> None:
    """Hand what loading has freed back to the system, where the C library can (glibc)."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _warm_up_tagging(place: Workplace) -> None:
    from worker.articles.extract import combine, extract_page
    from worker.jobs import tagging  # noqa: F401 - what a job imports is loaded here
    from worker.jobs.bench import up_to_date
    from worker.stories import features, keys_of
    from worker.tagging import load_tagger

    place.tagger = place.tagger or load_tagger(models=place.settings.models)
    place.tagger.preload(place.settings.preload)
    page = extract_page(WARM_PAGE, url="https://example.org/")
    article = combine(Entry(title="A title"), page, outlet="")
    with place.engine.connect() as connection:
        place.bench = up_to_date(place, connection)
        place.bench.matcher.read_ahead(articles.latest_articles(connection, READ_AHEAD))
    _show_models(place.tagger)
    mentions = place.bench.tagger.tag(article)
    place.bench.matcher.match(article, mentions)
    keys_of(features(article, mentions, datetime.now(UTC)), place.bench.rarity)


def _show_models(tagger: "Tagger") -> None:
    facts.forget("model_info")
    for language, model in tagger.models.items():
        facts.show("model_info", 1, language=language, model=model, version=tagger.version)


def keep_warm(place: Workplace, queues: Sequence[str]) -> object:
    """Read entities and watches again if they have changed since the last job. Gives what children share."""
    from worker.jobs.bench import up_to_date

    if TAG in queues:
        _renew(place, up_to_date)
        work_ahead(place, queues)
    return _dear(place)


def work_ahead(place: Workplace, queues: Sequence[str]) -> bool:
    """Compile watches on for a moment, where that is under way. Whether it still is."""
    from worker.jobs.bench import compiled_on

    if TAG not in queues or place.bench is None or place.bench.watching.remaking is None:
        return False
    _renew(place, compiled_on)
    return place.bench.watching.remaking is not None


def _renew(place: Workplace, renew: "Callable[[Workplace, Connection], Bench | None]") -> None:
    """Put another bench in place; what the next children share is not looked through again."""
    before = _dear(place)
    try:
        with place.engine.connect() as connection:
            place.bench = renew(place, connection)
            if place.bench and _dear(place) is not before:
                place.bench.matcher.read_ahead(articles.latest_articles(connection, READ_AHEAD))
    except SQLAlchemyError as error:  # the job will see, and say, more
        log.warning("entities and watches not looked up", error=type(error).__name__)
    if _dear(place) is not before:
        gc.collect()
        gc.freeze()


def _dear(place: Workplace) -> object:
    """What is dear to make and shared; how rare terms are, which changes most often, is not."""
    return place.bench and place.bench.watching.matcher


async def _open_and_close(place: Workplace) -> None:
    """Build the HTTP client once."""
    from worker.net import Net

    async with Net.from_settings(place.settings):
        pass
