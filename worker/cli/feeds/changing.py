"""``tocsin feeds pause | resume | remove | poll | tag | untag | release | absorb``."""

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer
from sqlalchemy import Connection

from worker.cli.feeds.app import FeedArgument, FeedsArgument, TagOption, app, one_feed, some_feeds
from worker.cli.output import load_settings
from worker.model import Feed, FeedState

TagsOption = Annotated[str, typer.Option("--with", help="Every feed with this other tag.")]
WordArgument = Annotated[str, typer.Argument(metavar="TAG", help="The tag, as news/world.")]


@app.command("remove")
def remove_feed(feeds: FeedsArgument = None, tag: TagOption = "") -> None:
    """Stop polling feeds for good; their items stay.

    Example: `tocsin feeds remove bbc-world`
    """
    from worker.store.feeds import remove_feeds

    def remove(connection: Connection, feed: Feed) -> str:
        remove_feeds(connection, [feed.id])
        note = " It is declared in feeds.yaml and comes back with tocsin apply." * feed.declared
        return f"Removed {feed.name}.{note}"

    _each(feeds, tag, remove)


@app.command("pause")
def pause_feed(feeds: FeedsArgument = None, tag: TagOption = "") -> None:
    """Stop polling feeds until they are resumed.

    Example: `tocsin feeds pause --tag sport`
    """
    _each(feeds, tag, _state_to(FeedState.PAUSED))


@app.command("resume")
def resume_feed(feeds: FeedsArgument = None, tag: TagOption = "") -> None:
    """Poll paused or retired feeds again.

    Example: `tocsin feeds resume bbc-world`
    """
    _each(feeds, tag, _state_to(FeedState.ACTIVE))


def _state_to(state: FeedState) -> Callable[[Connection, Feed], str]:
    from worker.store.feeds import set_state

    def change(connection: Connection, feed: Feed) -> str:
        set_state(connection, feed.id, state)
        return f"{feed.name} is {state.value}."

    return change


@app.command("tag")
def tag_feeds(word: WordArgument, feeds: FeedsArgument = None, tag: TagsOption = "") -> None:
    """Give feeds a tag.

    Example: `tocsin feeds tag europe bbc-world guardian-world`
    """
    _each(feeds, tag, _tags_to(lambda tags: (*(one for one in tags if one != word), word)))


@app.command("untag")
def untag_feeds(word: WordArgument, feeds: FeedsArgument = None, tag: TagsOption = "") -> None:
    """Take a tag from feeds.

    Example: `tocsin feeds untag europe bbc-world`
    """
    _each(feeds, tag, _tags_to(lambda tags: tuple(one for one in tags if one != word)))


def _tags_to(
    changed: Callable[[tuple[str, ...]], tuple[str, ...]],
) -> Callable[[Connection, Feed], str]:
    from worker.store.feeds import set_tags

    def change(connection: Connection, feed: Feed) -> str:
        tags = changed(feed.tags)
        set_tags(connection, feed.id, tags)
        note = " feeds.yaml declares it: tocsin apply sets its tags again." * feed.declared
        return f"{feed.name}: {', '.join(tags) or 'no tags'}.{note}"

    return change


@app.command("release")
def release_feed(feed: FeedArgument) -> None:
    """Let the items that the flood gate holds go their way: they are tagged and may ring.

    Example: `tocsin feeds release bbc-world`
    """
    from worker.store.items import release_items

    _held(feed, release_items, "released: they are tagged and may ring")


@app.command("absorb")
def absorb_feed(feed: FeedArgument) -> None:
    """Take the items that the flood gate holds for old news: they never ring.

    Example: `tocsin feeds absorb bbc-world`
    """
    from worker.store.items import absorb_items

    _held(feed, absorb_items, "absorbed: they are tagged and never ring")


def _held(name: str, act: Callable[[Connection, int], int], done: str) -> None:
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        found = one_feed(connection, name)
        count = act(connection, found.id)
    print(f"{found.name}: {count} items {done}." if count else f"{found.name} holds nothing.")


def _each(names: list[str] | None, tag: str, act: Callable[[Connection, Feed], str]) -> None:
    """Do one thing to some feeds, all of them or none, and say of each what came of it."""
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        said = [act(connection, feed) for feed in some_feeds(connection, names, tag)]
    print("\n".join(said))


@app.command("poll")
def poll_feed(
    feeds: FeedsArgument = None,
    tag: TagOption = "",
    now: Annotated[
        bool, typer.Option("--now/--soon", help="In this process, or as soon as the scheduler can.")
    ] = True,
) -> None:
    """Poll feeds once, now, and say what came of it.

    Example: `tocsin feeds poll bbc-world`
    """
    from worker.jobs.workplace import new_owner
    from worker.net import Net
    from worker.observe import set_up_logging
    from worker.scheduler import Scheduler
    from worker.store.feeds import poll_soon
    from worker.supervisor import open_store, queues_of

    settings = load_settings()
    set_up_logging(level="error", style=settings.log_format)

    async def poll(found: list[Feed]) -> None:
        scheduler = Scheduler(settings, engine, queues_of(settings), owner=new_owner())
        async with Net.from_settings(settings, gate=scheduler.turns()) as net:
            for feed in found:
                print(await scheduler.poll_now(net, feed))

    with open_store(settings) as engine:
        with engine.begin() as connection:
            found = some_feeds(connection, feeds, tag)
            if not now:
                poll_soon(connection, [feed.id for feed in found])
        if now:
            asyncio.run(poll(found))
        else:
            print(f"{len(found)} feeds are polled next.")
