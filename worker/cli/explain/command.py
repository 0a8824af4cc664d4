"""``tocsin explain``, and ``tocsin watches explain``, which asks of one watch."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from worker.cli.explain import screen, unknown
from worker.cli.explain.verdicts import Outcome, Verdict, silence, verdicts, worth_telling
from worker.cli.output import CliError, JsonOption, load_settings, print_json
from worker.cli.watches.app import one_watch
from worker.cli.watches.hints import known_names
from worker.cli.watches.trial import progress
from worker.model import Item, Watch
from worker.store.watches import all_watches, count_watches, queries, watches_of
from worker.store.ways import Way, find_items, watches_since, way_of
from worker.traces import number_of, trace_of
from worker.watches.context import Context
from worker.watches.explain import Explainer
from worker.watches.nearby import nearest
from worker.watches.query import Find

#: Of more watches than this those that matched are explained, and so many that came nearest.
_MOST_WATCHES = 2_000
_NEAREST = 100


def explain(
    which: Annotated[
        str, typer.Argument(metavar="URL|ITEM", help="An item's number, URL or trace.")
    ],
    watch: Annotated[str, typer.Option(help="Only this watch, clause by clause.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Explain what became of a story's item: its whole way, and why it rang or did not.

    Tells which poll found it, where its text came from, what it names, its story, which watches
    matched or nearly did and which clause failed, each alert and delivery, and what held it back.

    Examples: `tocsin explain https://example.org/story.html`, `tocsin explain 42 --watch putin`
    """
    tell(which, watch=watch, as_json=as_json)


def tell(which: str, *, watch: str, as_json: bool) -> None:
    """Print the way of an item, or what is known of a URL that none has."""
    from worker.supervisor import open_store

    which = which.strip()
    with open_store(load_settings()) as engine, engine.connect() as connection:
        asked = [one_watch(connection, watch)] if watch else None
        found = _found(connection, which)
        if not found:
            if which.isdecimal() or number_of(which) is not None:
                raise CliError(f"no item {which}: see tocsin items list")
            feeds = unknown.feeds_near(connection, which)
            if as_json:
                print_json({"url": which, "item": None, "feeds": feeds})
            else:
                print("\n".join(unknown.in_words(which, feeds)))
            return
        way = way_of(connection, found[0])
        find = known_names(connection)
        watches = _asked(connection, way, find) if asked is None else asked
        judged = _judge(connection, way, watches, find)
        number = count_watches(connection) if asked is None else 1
    if asked is not None:
        judged = [one for one in judged if one.watch_id == asked[0].id]
    told = judged if asked is not None else worth_telling(judged)
    why = silence(way, judged, watches=number)
    if as_json:
        print_json(_as_json(way, told, why))
        return
    screen.show(way, told, why, [one.id for one in found[1:]])


def _found(connection: Connection, which: str) -> list[Item]:
    """The items asked for, the newest first; by its trace only the one that has it, no notice's number."""
    if (number := number_of(which)) is None:
        return find_items(connection, which) if which else []
    found = find_items(connection, str(number))
    return [one for one in found if trace_of(one.id, one.seen_at) == which]


def _asked(connection: Connection, way: Way, find: Find) -> list[Watch]:
    """All watches; of very many those that have to do with the item, and those that came nearest."""
    count = count_watches(connection)
    if count <= _MOST_WATCHES:
        return all_watches(connection)
    concerned = {one.watch_id for one in way.matches} | {one.watch_id for one in way.alerts}
    if way.article is not None:
        with progress(count) as advance:
            concerned |= set(
                nearest(
                    _noted(queries(connection), advance),
                    way.article,
                    way.mentions,
                    find,
                    most=_NEAREST,
                    context=_context(way),
                )
            )
    return watches_of(connection, concerned)


def _noted(
    found: Iterable[tuple[int, str]], advance: Callable[[], None]
) -> Iterator[tuple[int, str]]:
    for one in found:
        advance()
        yield one


def _context(way: Way) -> Context:
    """What is known of the item beside its article."""
    return Context(
        feed_name=way.item.feed_name,
        tags=way.feed.tags,
        outlets=len(way.story.outlets) if way.story else None,
        now=way.item.tagged_at or way.item.seen_at,
    )


def _judge(connection: Connection, way: Way, watches: Sequence[Watch], find: Find) -> list[Verdict]:
    article = way.article
    if article is None:
        return []
    queries = [watch.query for watch in watches]
    explainer = Explainer(queries, article, way.mentions, find, context=_context(way))
    added = watches_since(connection, [one.id for one in watches])
    return verdicts(way, watches, explainer, added=added)


def _as_json(way: Way, found: Sequence[Verdict], why: str) -> dict[str, Any]:
    feed = {"name": way.feed.name, "url": way.feed.url, "state": way.feed.state.value}
    return {
        "item": way.item,
        "trace": trace_of(way.item.id, way.item.seen_at),
        "feed": feed,
        "fetched_at": way.fetched_at,
        "article": way.article,
        "tagged_at": way.article_tagged_at,
        "tagger": way.tagger,
        "mentions": way.mentions,
        "story": way.story,
        "watches": found,
        "alerts": way.alerts,
        "held": way.held,
        "rang": any(one.outcome is Outcome.RANG for one in found),
        "silence": why,
    }
