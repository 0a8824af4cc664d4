"""``tocsin stories``: which articles report the same event, and why."""

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.output import (
    LARGEST_ID,
    CliError,
    JsonOption,
    LimitOption,
    ago,
    clip,
    load_settings,
    print_json,
    print_table,
)
from worker.cli.when import how_long, shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from worker.store.storylines import Joining

app = typer.Typer(
    no_args_is_help=True, help="Articles that report the same event: list, show, merge, split."
)
StoryArgument = Annotated[
    int, typer.Argument(metavar="STORY", min=1, max=LARGEST_ID, help="The story's number.")
]


@app.command("list")
def list_stories(
    limit: LimitOption = 20,
    since: Annotated[str, typer.Option(help="Only stories with an article since: 7d, 2h.")] = "3d",
    outlets: Annotated[int, typer.Option(min=1, help="Only from so many outlets or more.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """List stories, the one with the newest article first.

    Example: `tocsin stories list --since 24h --outlets 3`
    """
    from worker.store.storylines import list_stories as read
    from worker.supervisor import open_store

    length = how_long(since)
    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = read(connection, since=length, outlets=outlets, limit=limit)
    if as_json:
        print_json(found)
        return
    print_table(
        ["id", "first", "last", "outlets", "articles", "title"],
        [
            [
                str(one.id),
                ago(one.created_at),
                ago(one.updated_at),
                str(one.outlets),
                str(one.items),
                clip(one.title),
            ]
            for one in found
        ],
        empty="No such stories. Ask further back with --since, or for fewer --outlets.",
    )


@app.command("show")
def show_story(story: StoryArgument, as_json: JsonOption = False) -> None:
    """Show a story: its articles in the order they came, why each joined, and what rang.

    Example: `tocsin stories show 42`
    """
    from worker.store.storylines import show_story as read
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = read(connection, _known(connection, story))
    if as_json:
        print_json(found)
        return
    if found.id != story:
        print(f"Story {story} was merged into {found.id}.")
    print(f"Story {found.id}: {found.title}")
    if found.follows:
        print(f"  follows:     {found.follows}")
    if found.followed_by:
        print(f"  followed by: {', '.join(map(str, found.followed_by))}")
    print(f"  outlets:     {len({one.outlet for one in found.joinings})}")
    print()
    for one in found.joinings:
        print(f"{shown(one.joined_at)}  {one.outlet} ({one.language or '?'}), item {one.item_id}")
        print(f"    {clip(one.title, 100)}")
        print(f"    {_why(one)}")
    for line in (*(f"Rang: {one}" for one in found.rang), *found.changes):
        print(line)


def _why(one: "Joining") -> str:
    """The reason of a joining with its figures."""
    if one.near is None:
        return one.reason
    figures = ", ".join(f"{name} {value:g}" for name, value in sorted(one.figures.items()))
    return f"{one.reason} of item {one.near} ({figures})"


def _known(connection: "Connection", story: int) -> int:
    """The story that a number leads to."""
    from worker.store.storylines import resolve

    found = resolve(connection, story)
    if found is None:
        raise CliError(f"no story {story}: see tocsin stories list")
    return found


@app.command("merge")
def merge_stories(
    story: StoryArgument,
    other: Annotated[
        int,
        typer.Argument(metavar="OTHER", min=1, max=LARGEST_ID, help="The story that goes into it."),
    ],
) -> None:
    """Put all articles of another story into a story. Nothing rings again.

    Example: `tocsin stories merge 42 57`
    """
    from worker.store.storylines import merge_stories as merge
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        into, gone = _known(connection, story), _known(connection, other)
        if into == gone:
            raise CliError(f"stories {story} and {other} are one already")
        moved = merge(connection, into, gone)
    print(f"Story {into} has {len(moved)} more of story {gone}, whose number leads here now.")


@app.command("split")
def split_story(
    item: Annotated[
        int, typer.Argument(metavar="ITEM", min=1, max=LARGEST_ID, help="The item's number.")
    ],
) -> None:
    """Make an item a story of its own. What has rung for it does not ring again.

    Example: `tocsin stories split 1234`
    """
    from worker.store.lookup import find_item
    from worker.store.storylines import split_story as split
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        if find_item(connection, str(item)) is None:
            raise CliError(f"no item {item}: see tocsin items list")
        done = split(connection, item)
    if done is None:
        raise CliError(f"item {item} shares a story with no other: see tocsin items show {item}")
    print(f"Item {item} went from story {done[0]} to story {done[1]}, its own.")
