"""The ``tocsin feeds`` group, and what its commands share: finding feeds, and a feed's condition."""

import difflib
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from worker.cli.output import CliError
from worker.model import Feed, FeedState
from worker.store.feeds import all_feeds, find_feed

app = typer.Typer(
    no_args_is_help=True,
    help="What is polled: add, import, list, show, check, pause, tag, release, export.",
)
FeedArgument = Annotated[str, typer.Argument(metavar="FEED", help="The feed's name or URL.")]
FeedsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="FEED...", help="Names or URLs of feeds.")
]
TagOption = Annotated[str, typer.Option("--tag", help="Every feed with this tag.")]
#: Options of a feed that may hold a secret.
SECRETS = ("password", "bearer", "proxy")


def health(feed: Feed) -> str:
    """A feed's condition in a word or two."""
    if feed.state is not FeedState.ACTIVE:
        return feed.state.value
    if feed.failures:
        return f"failing ({feed.failures})"
    if is_silent(feed):
        return "silent"
    return "healthy" if feed.last_ok_at else "new"


def is_silent(feed: Feed) -> bool:
    """Whether nothing new came for much longer than usual, as the event ``feed.silent`` tells."""
    return feed.state is FeedState.ACTIVE and "silent" in feed.standing.get("told", ())


def one_feed(connection: Connection, name: str) -> Feed:
    """The feed of this name or URL. CliError names those that are spelt nearly so."""
    found = find_feed(connection, name)
    if found is None:
        near = difflib.get_close_matches(name, [feed.name for feed in all_feeds(connection)], n=3)
        mend = f"did you mean {' or '.join(near)}?" if near else "see tocsin feeds list"
        raise CliError(f"no feed {name!r}: {mend}")
    return found


def some_feeds(connection: Connection, names: Sequence[str] | None, tag: str) -> list[Feed]:
    """The feeds of these names, and those with a tag. CliError where there is none."""
    found = {feed.id: feed for feed in (one_feed(connection, name) for name in names or ())}
    if tag:
        tagged = [feed for feed in all_feeds(connection) if tag in feed.tags]
        if not tagged:
            raise CliError(f"no feed has the tag {tag!r}: see tocsin feeds list")
        found |= {feed.id: feed for feed in tagged}
    if not found:
        raise CliError("name a feed, or a tag with --tag")
    return list(found.values())


def as_shown(feed: Feed) -> dict[str, Any]:
    """A feed for JSON: without what only Tocsin reads, and without secrets."""
    hidden = ("rhythm", "history", "entry_hashes", "body_hash")
    shown: dict[str, Any] = {
        name: getattr(feed, name) for name in Feed.__dataclass_fields__ if name not in hidden
    }
    options = {
        name: value
        for name in type(feed.options).__dataclass_fields__
        if (value := getattr(feed.options, name)) not in ("", None)
    }
    for name in SECRETS:
        if name in options and "${" not in options[name]:
            options[name] = "***"
    options["headers"] = {
        name: value if "${" in value else "***" for name, value in feed.options.headers.items()
    }
    return shown | {"options": options, "condition": health(feed)}
