"""The tag queue: from raw pages to mentions, stories, matches and planned alerts."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from worker.alerts.plan import Planned
from worker.articles.extract import NoArticle, combine, extract_page
from worker.articles.repetition import Threshold, learn, place_of, without_repeated
from worker.jobs.assigning import assign_stories
from worker.jobs.bench import Bench, Matched, decide, up_to_date
from worker.jobs.rates import Rated, count_rates, rated_by
from worker.jobs.workplace import (
    Workplace,
    at_work,
    claim_batch,
    items_held,
    named,
    put_back,
    traced,
)
from worker.model import Article, Item, ItemState, Match, Page, TextSource
from worker.observe import facts, logger
from worker.queue import DELIVER, TAG, go_on, stop_asked
from worker.store import articles, decisions, lines, stories, work
from worker.store.engine import is_away
from worker.stories import features, keys_of
from worker.watches.context import Context

TAG_CHUNK = 8  # items tagged between two commits: their alerts leave while the rest is worked on
TAG_DELAY = timedelta(seconds=30)

log = logger(__name__)
_Made = TypeVar("_Made")


def tag_items(ids: Sequence[int]) -> None:
    """Turn fetched items into articles, name what they name, match and plan alerts.

    What waits beside them is taken along: one job for several costs half as much. Where these
    have waited for long, as many of the newest are taken with them: news rings also while a
    backlog is worked off.
    """
    with at_work() as place:
        done = 0
        for start in range(0, len(ids), TAG_CHUNK):
            chunk, rest = ids[start : start + TAG_CHUNK], ids[start + TAG_CHUNK :]
            done += _tag_some(place, chunk, rest, instead=not (done or rest))
            if stop_asked():
                break
        if done >= TAG_CHUNK:
            _wake_for_more(place)


def _tag_some(place: Workplace, ids: Sequence[int], rest: Sequence[int], *, instead: bool) -> int:
    """Work on what can be claimed of these and beside them, before the ``rest``; gives how many.

    On others ``instead`` where these are done: once a job, which else would take too long.
    """
    with place.engine.begin() as connection:  # no bench, no claim: no attempt is counted
        claimed = claim_batch(connection, place, ids, ItemState.FETCHED, TAG_CHUNK, instead=instead)
        if not claimed:
            return 0
        bench = place.bench = up_to_date(place, connection)
    with items_held(place, [item.id for item in claimed], waiting=rest):
        go_on(TAG)
        _tag_chunk(place, bench, claimed)
    return len(claimed)


def _wake_for_more(place: Workplace) -> None:
    """Have a job for what did not fit into this one: nobody may have been woken for it."""
    with place.engine.connect() as connection:
        more = work.waiting(connection, state=ItemState.FETCHED, limit=1)
    place.queues.wake(TAG, more)


@dataclass(frozen=True)
class _Stored:
    """What was stored of items worked through, and what follows: deliveries to wake for."""

    kept: Sequence["_Worked"] = ()
    story_of: Mapping[int, int] = field(default_factory=dict)
    deliveries: Sequence[int] = ()
    alerts: int = 0


@dataclass(frozen=True)
class _Worked:
    """An item worked through, with what it matched and the spike watches that it counts for."""

    item: Item
    tagged: articles.Tagged
    arrival: stories.Arrival
    context: Context
    matches: tuple[Match, ...]
    rated_by: tuple[int, ...] = ()


def _tag_chunk(place: Workplace, bench: Bench, chunk: Sequence[Item]) -> None:
    with place.engine.connect() as connection:
        pages = work.load_pages(connection, [item.id for item in chunk])
    read = list(_tried(place, chunk, lambda item: _read_article(item, pages.get(item.id))))
    with place.engine.connect() as connection:
        memories = lines.load(connection, [place_of(article) for _, article in read])
    threshold = Threshold(place.settings.furniture_articles, place.settings.furniture_share)
    article_of = {
        item.id: without_repeated(article, memories[place_of(article)], threshold)
        for item, article in read
    }
    ready = [item for item, _ in read]
    with facts.span("recognize", traced(*ready)):
        _read_ahead(bench, list(article_of.values()))
    worked = [
        one for _, one in _tried(place, ready, lambda item: _tag(bench, item, article_of[item.id]))
    ]
    if worked:
        _store(place, bench, worked)


def _read_ahead(bench: Bench, read: Sequence[Article]) -> None:
    """Have the model read a chunk's texts together; where it cannot, each is tried by itself."""
    if stop_asked():
        return
    try:
        bench.tagger.read_ahead(read)
    except Exception as error:  # noqa: BLE001 - whose text it is shows when each is tagged
        log.warning("texts not read together", error=type(error).__name__)


def _tried(
    place: Workplace, chunk: Sequence[Item], work: Callable[[Item], _Made]
) -> Iterator[tuple[Item, _Made]]:
    """What is made of each item; one that fails is put back, after a wish to stop none begins."""
    for item in chunk:
        if stop_asked():
            break
        try:
            yield item, work(item)
        except Exception as error:
            log.exception("item not tagged", **named(item), url=item.entry.url)
            facts.count("failures_total", stage=TAG, reason=type(error).__name__)
            put_back(place, item, TAG_DELAY, f"{type(error).__name__}: {error}")


def _store(place: Workplace, bench: Bench, worked: Sequence[_Worked]) -> None:
    """Store what was worked through, together; where the database refuses that, each alone."""
    try:
        arrivals = [one.arrival for one in worked]
        traces = traced(*(one.item for one in worked))
        with facts.span("story", traces):
            assign_stories(place.engine, arrivals, bench.rarity, window=place.settings.story_window)
        with place.engine.begin() as connection:
            stored = _store_worked(connection, place, bench, worked)
    except SQLAlchemyError as error:
        if is_away(error):  # it says nothing about them: they are handed back
            raise
        if len(worked) > 1:
            for one in worked:
                _store(place, bench, [one])
            return
        item = worked[0].item
        log.exception("item not stored", **named(item), url=item.entry.url)
        facts.count("failures_total", stage=TAG, reason=type(error).__name__)
        put_back(place, item, TAG_DELAY, f"not stored: {type(error).__name__}")
        return
    place.queues.wake(DELIVER, stored.deliveries)
    _tell(stored)


def _tell(stored: "_Stored") -> None:
    """What was stored, in the log and in metrics."""
    for one in stored.kept:
        log.info(
            "item tagged",
            **named(one.item),
            story=stored.story_of[one.item.id],
            mentions=len(one.tagged.mentions),
            matches=len(one.matches),
        )
    now = datetime.now(UTC)
    facts.count("items_tagged_total", len(stored.kept))
    facts.count("alerts_planned_total", stored.alerts)
    facts.measure(
        "seen_to_tagged_seconds",
        [
            (now - one.item.seen_at).total_seconds()
            for one in stored.kept
            if not one.item.baseline and not one.item.revision
        ],
    )


def _tag(bench: Bench, item: Item, article: Article) -> _Worked:
    """From an article to matches; computes only."""
    with facts.span("tag", traced(item)) as said:
        mentions = bench.tagger.tag(article)
        said |= {"language": article.language, "mentions": len(mentions)}
    found = features(article, mentions, _moment(item, article))
    context = Context(feed_name=item.feed_name, tags=item.tags, now=datetime.now(UTC))
    with facts.span("match", traced(item)) as said:
        matches = bench.matcher.match(article, mentions, context=context)
        said["matches"] = len(matches)
    return _Worked(
        item=item,
        tagged=articles.Tagged(
            item_id=item.id,
            article=article,
            mentions=mentions,
            tagger=bench.tagger.version,
        ),
        arrival=stories.Arrival(
            item_id=item.id,
            title=article.title,
            outlet=article.outlet,
            features=found,
            keys=keys_of(found, bench.rarity),
        ),
        context=context,
        matches=matches,
        rated_by=rated_by(bench, item, article, mentions, context),
    )


def _moment(item: Item, article: Article) -> datetime:
    """When an article was published, as far as can be told; never after it was seen."""
    return min(article.published or item.seen_at, item.seen_at)


def _read_article(item: Item, page: Page | None) -> Article:
    note, read = item.reason, None
    with facts.span("extract", traced(item)) as said:
        if page is not None:
            try:
                read = extract_page(page.html, url=page.url, content_type=page.content_type)
            except NoArticle as error:
                note = f"no readable text on the page: {error}"
        said["page"] = read is not None
        return combine(item.entry, read, outlet=item.outlet, note=note)


def _store_worked(
    connection: Connection, place: Workplace, bench: Bench, worked: Sequence[_Worked]
) -> _Stored:
    """Everything an item's tagging brings, in one transaction."""
    stories.keep_in_place(connection)
    ours = work.finish_items(connection, [one.item.id for one in worked], owner=place.owner)
    kept = [one for one in worked if one.item.id in ours]
    if not kept:
        return _Stored()
    _learn_lines(connection, [one.tagged for one in kept])
    judged = _judged(connection, kept)
    articles.save_articles(connection, [one.tagged for one in kept])
    story_of = stories.story_ids(connection, [one.item.id for one in kept])
    stories.join_stories(connection, story_of)
    kept = _with_outlets(connection, bench, kept, story_of)
    _count_rates(connection, kept, story_of)
    with facts.span("plan", traced(*(one.item for one in kept))):
        decided = _decide(connection, place, bench, kept, story_of, judged)
    return _Stored(
        kept,
        story_of,
        decisions.save_decisions(connection, decided),
        sum(one.kind is not None for one in decided),
    )


def _judged(connection: Connection, kept: Sequence[_Worked]) -> set[int]:
    """The items that were judged by an earlier text: not those whose page is read only now."""
    before = articles.known_articles(connection, [one.item.id for one in kept])
    read = {one.item.id for one in kept if one.tagged.article.source is TextSource.PAGE}
    return {item_id for item_id, wanted in before.items() if not (wanted and item_id in read)}


def _learn_lines(connection: Connection, tagged: Sequence[articles.Tagged]) -> None:
    """Count the lines of articles that are new, each host's by one worker at a time."""
    known = articles.known_articles(connection, [one.item_id for one in tagged])
    new: dict[lines.Place, list[Article]] = {}
    for one in tagged:
        place = place_of(one.article)
        if one.item_id not in known and place[0]:
            new.setdefault(place, []).append(one.article)
    lines.hold(connection, list(new))
    memories = lines.load(connection, list(new))
    lines.save(connection, {place: learn(memories[place], new[place]) for place in new})


def _with_outlets(
    connection: Connection, bench: Bench, kept: list[_Worked], story_of: Mapping[int, int]
) -> list[_Worked]:
    """The same with the watches that ask how many outlets the story has, which is known by now."""
    counting = bench.matcher.counting
    if not counting:
        return kept
    outlets = stories.outlets_of(connection, set(story_of.values()))
    found = []
    for one in kept:
        context = replace(one.context, outlets=outlets.get(story_of[one.item.id], 0))
        more = counting.match(one.tagged.article, one.tagged.mentions, context=context)
        found.append(replace(one, matches=(*one.matches, *more)))
    return found


def _count_rates(
    connection: Connection, kept: Sequence[_Worked], story_of: Mapping[int, int]
) -> None:
    count_rates(
        connection,
        [
            Rated(
                item=one.item,
                article=one.tagged.article,
                story_id=story_of[one.item.id],
                watch_ids=one.rated_by,
            )
            for one in kept
        ],
    )


def _decide(
    connection: Connection,
    place: Workplace,
    bench: Bench,
    kept: Sequence[_Worked],
    story_of: Mapping[int, int],
    judged: Collection[int],
) -> list[Planned]:
    return decide(
        connection,
        bench,
        [
            Matched(
                item_id=one.item.id,
                story_id=story_of[one.item.id],
                outlet=one.tagged.article.outlet,
                named={mention.key for mention in one.tagged.mentions},
                baseline=one.item.baseline,
                edited=one.item.id in judged,
                matches=one.matches,
            )
            for one in kept
        ],
        place.settings.brake,
    )
