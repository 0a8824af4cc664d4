"""``tocsin feeds``: what is polled."""

import asyncio
from typing import Annotated

import typer

from worker.cli.output import (
    CliError,
    JsonOption,
    ago,
    clip,
    duration,
    load_settings,
    print_json,
    print_table,
)
from worker.model import Feed, FeedDocument, FeedState

app = typer.Typer(
    no_args_is_help=True,
    help="What is polled: list, add, show, remove, pause, resume, poll.",
)
FeedArgument = Annotated[str, typer.Argument(metavar="FEED", help="The feed's name or URL.")]


@app.command("list")
def list_feeds(
    failing: Annotated[bool, typer.Option(help="Only feeds in trouble.")] = False,
    as_json: JsonOption = False,
) -> None:
    """List feeds with their health and next poll.

    Example: `tocsin feeds list --failing`
    """
    from worker.store.feeds import all_feeds
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = [feed for feed in all_feeds(connection) if feed.failures or not failing]
    if as_json:
        print_json(found)
        return
    print_table(
        ["name", "state", "last poll", "next poll", "title or trouble"],
        [
            [
                feed.name,
                health(feed),
                ago(feed.last_polled_at),
                ago(feed.next_poll_at) if feed.state is FeedState.ACTIVE else "-",
                clip(feed.last_error or feed.title or feed.url),
            ]
            for feed in found
        ],
        empty="No feed is in trouble." if failing else "No feeds yet: tocsin feeds add URL",
    )


def health(feed: Feed) -> str:
    """A feed's condition in a word or two."""
    if feed.state is not FeedState.ACTIVE:
        return feed.state.value
    if feed.failures:
        return f"failing ({feed.failures})"
    return "healthy" if feed.last_ok_at else "new"


@app.command("add")
def add_feed(
    url: Annotated[str, typer.Argument(help="The feed's URL.")],
    name: Annotated[str, typer.Option(help="A short name; else made from the URL.")] = "",
    outlet: Annotated[str, typer.Option(help="Who publishes it; else the feed's title.")] = "",
    backfill: Annotated[
        int,
        typer.Option(
            min=0, max=10_000, help="How many of its present items count as new and may ring."
        ),
    ] = 0,
    check: Annotated[bool, typer.Option(help="Read the feed once before adding it.")] = True,
) -> None:
    """Add a feed, after reading it once. Its present items are a silent baseline.

    Example: `tocsin feeds add https://feeds.bbci.co.uk/news/world/rss.xml --name bbc-world`
    """
    from worker.catalogue import name_from_url, name_problem, url_problem
    from worker.store.feeds import all_feeds, put_feed
    from worker.supervisor import open_store

    problem = url_problem(url, raw=url) or (name_problem(name) if name else None)
    if problem is not None:
        raise CliError("; ".join(problem))
    settings = load_settings()
    document = asyncio.run(_read(url)) if check else None
    with open_store(settings) as engine, engine.begin() as connection:
        living = all_feeds(connection)
        if any(feed.url == url for feed in living):
            raise CliError(f"{url} is polled already: see tocsin feeds list")
        taken = {feed.name for feed in living}
        if name in taken:
            raise CliError(f"a feed named {name!r} exists already: take another --name")
        chosen = name or _free(name_from_url(url), taken)
        put_feed(connection, name=chosen, url=url, outlet=outlet, backfill=backfill)
    what = f": {document.title}, {len(document.entries)} items now" if document else ""
    print(f"Added {chosen}{what}.")


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken."""
    number = 2
    chosen = name
    while chosen in taken:
        chosen, number = f"{name}-{number}", number + 1
    return chosen


async def _read(url: str) -> FeedDocument:
    from worker.feeds.parse import parse_feed
    from worker.net import Net

    async with Net.from_settings(load_settings()) as net:
        response = await net.get(url)
    if response.status != 200:
        raise CliError(f"{url} answered {response.status}: check the URL, or use --no-check")
    return parse_feed(response.body, url=response.url, content_type=response.header("content-type"))


@app.command("show")
def show_feed(feed: FeedArgument, as_json: JsonOption = False) -> None:
    """Show a feed: its health, why it is polled when, and its newest items.

    Example: `tocsin feeds show bbc-world`
    """
    from worker.store.items import list_items
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = _find(connection, feed)
        newest = list_items(connection, feed=found.name, limit=10)
    if as_json:
        print_json({"feed": found, "items": newest})
        return
    print(f"{found.name}: {found.title or found.outlet or 'not read yet'}")
    print(f"  url:       {found.url}")
    print(f"  state:     {health(found)}")
    print(
        f"  last poll: {ago(found.last_polled_at)}"
        + (f", answered {found.last_status}" if found.last_status else "")
    )
    if found.last_error:
        print(f"  trouble:   {found.last_error}")
    print(f"  last good: {ago(found.last_ok_at)}")
    print(f"  next poll: {ago(found.next_poll_at)} ({found.reason or 'as soon as Tocsin runs'})")
    print(f"  interval:  {duration(found.interval) if found.interval else 'default'}")
    print(f"  from:      {'feeds.yaml' if found.declared else 'tocsin feeds add'}\n")
    print_table(
        ["id", "seen", "state", "title"],
        [[str(i.id), ago(i.seen_at), i.state.value, clip(i.entry.title, 70)] for i in newest],
        empty="No items yet.",
    )


def _find(connection: object, name: str) -> Feed:
    from sqlalchemy import Connection

    from worker.store.feeds import find_feed

    assert isinstance(connection, Connection)
    found = find_feed(connection, name)
    if found is None:
        raise CliError(f"no feed {name!r}: see tocsin feeds list")
    return found


@app.command("remove")
def remove_feed(feed: FeedArgument) -> None:
    """Stop polling a feed for good; its items stay.

    Example: `tocsin feeds remove bbc-world`
    """
    from worker.store.feeds import remove_feeds
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        found = _find(connection, feed)
        remove_feeds(connection, [found.id])
    note = " It is declared in feeds.yaml and comes back with tocsin apply." * found.declared
    print(f"Removed {found.name}.{note}")


@app.command("pause")
def pause_feed(feed: FeedArgument) -> None:
    """Stop polling a feed until it is resumed.

    Example: `tocsin feeds pause bbc-world`
    """
    _set_state(feed, FeedState.PAUSED)


@app.command("resume")
def resume_feed(feed: FeedArgument) -> None:
    """Poll a paused or retired feed again.

    Example: `tocsin feeds resume bbc-world`
    """
    _set_state(feed, FeedState.ACTIVE)


def _set_state(name: str, state: FeedState) -> None:
    from worker.store.feeds import set_state
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        found = _find(connection, name)
        set_state(connection, found.id, state)
    print(f"{found.name} is {state.value}.")


@app.command("poll")
def poll_feed(feed: FeedArgument) -> None:
    """Poll a feed once, now, and say what came of it.

    Example: `tocsin feeds poll bbc-world`
    """
    from worker.jobs.workplace import new_owner
    from worker.net import Net
    from worker.observe import set_up_logging
    from worker.scheduler import Scheduler
    from worker.supervisor import open_store, queues_of

    settings = load_settings()
    set_up_logging(level="error", style=settings.log_format)

    async def poll() -> str:
        scheduler = Scheduler(settings, engine, queues_of(settings), owner=new_owner())
        async with Net.from_settings(settings, gate=scheduler.turns()) as net:
            return await scheduler.poll_now(net, found)

    with open_store(settings) as engine:
        with engine.connect() as connection:
            found = _find(connection, feed)
        print(asyncio.run(poll()))
