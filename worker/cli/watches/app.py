"""The ``tocsin watches`` group, and what its commands share: finding watches and channels."""

import difflib
from collections.abc import Sequence
from typing import Annotated

import typer
from sqlalchemy import Connection

from worker.cli.output import CliError
from worker.model import Watch
from worker.store.watches import all_channels, all_watches, find_watch, put_channel

app = typer.Typer(
    no_args_is_help=True,
    help="What to ring for: list, add, edit, mute, test, backfill, explain, show, remove.",
)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The watch's name.")]
NamesArgument = Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of watches.")]


def one_watch(connection: Connection, name: str) -> Watch:
    """The watch of this name. CliError names those that are spelt nearly so."""
    found = find_watch(connection, name)
    if found is not None:
        return found
    known = [watch.name for watch in all_watches(connection)]
    near = (
        difflib.get_close_matches(name, known, n=3)
        or [one for one in known if name and name.casefold() in one.casefold()][:3]
    )
    mend = f"did you mean {' or '.join(near)}?" if near else "see tocsin watches list"
    raise CliError(f"no watch named {name!r}: {mend}")


def free_name(connection: Connection, name: str) -> str:
    """A name for a watch, if it is one and nobody has it. Else CliError."""
    if not name.strip() or len(name.splitlines()) > 1:
        raise CliError("a watch needs a name of one line")
    if find_watch(connection, name) is not None:
        raise CliError(f"a watch named {name!r} exists already: edit it, or take another name")
    return name


def known_channels(connection: Connection, wanted: Sequence[str]) -> list[str]:
    """Names of channels, each once, if all exist. The console is made where it is the only one."""
    known = {one.name for one in all_channels(connection)}
    if list(wanted) == ["console"] and "console" not in known:
        put_channel(connection, name="console", kind="console", config={})
        known.add("console")
    for one in wanted:
        if one not in known:
            listed = ", ".join(sorted(known)) or "none yet"
            raise CliError(f"no channel named {one!r}: there are {listed}")
    return list(dict.fromkeys(wanted))
