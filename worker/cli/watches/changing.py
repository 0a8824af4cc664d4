"""``tocsin watches add | edit | enable | disable | remove``."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Annotated

import typer
from sqlalchemy import Connection

from worker.catalogue.plan import untold
from worker.cli.output import CliError, load_settings
from worker.cli.watches.app import (
    NameArgument,
    NamesArgument,
    app,
    free_name,
    known_channels,
    one_watch,
)
from worker.cli.watches.hints import known_names, unknown_names
from worker.cli.watches.policies import (
    CapOption,
    DigestOption,
    FloorOption,
    QuietOption,
    UpdateAtOption,
    UpdateCountriesOption,
    UpdateSourceOption,
    ZoneOption,
    is_given,
    policy_from,
    tells_of,
)
from worker.cli.watches.trial import breadth
from worker.model import Policy, Watch
from worker.store.held import waiting_by_watch
from worker.store.watches import put_watch, remove_watches
from worker.watches.remarks import remarks
from worker.watches.resolve import read_query

ChannelOption = Annotated[
    list[str] | None, typer.Option("--channel", "-c", help="Where to ring; may be repeated.")
]


@app.command("add")
def add_watch(
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    query: Annotated[str, typer.Argument(help="What to ring for; see docs/query-language.md.")],
    channel: ChannelOption = None,
    floor: FloorOption = None,
    digest: DigestOption = None,
    zone: ZoneOption = None,
    quiet: QuietOption = None,
    cap: CapOption = None,
    update_at: UpdateAtOption = None,
    update_source: UpdateSourceOption = None,
    update_countries: UpdateCountriesOption = None,
) -> None:
    """Add a watch; it takes effect with the next story.

    Examples: `tocsin watches add putin 'person:"Vladimir Putin" AND country:UA' -c console`,
    `tocsin watches add floods 'flood*' --digest "daily 08:00" --zone Europe/Berlin`
    """
    from worker.supervisor import open_store

    given = {
        "floor": floor,
        "digest": digest,
        "zone": zone,
        "quiet": quiet,
        "cap": cap,
        "update_at": update_at,
        "update_source": update_source,
        "update_countries": update_countries,
    }
    policy = policy_from(Policy(), given)
    with open_store(load_settings()) as engine, engine.begin() as connection:
        notes = _checked(connection, query)
        free_name(connection, name)
        channels = known_channels(connection, channel or ["console"])
        put_watch(connection, name=name, query=query, channels=channels, policy=policy)
    print(f"Watching {query} as {name!r}; rings through {', '.join(channels)}.")
    if policy != Policy():
        print(f"Tells of {tells_of(query, policy)}.")
    print("".join(f"Note: {note}\n" for note in notes), end="")


def _checked(connection: Connection, query: str) -> list[str]:
    """What its writer should know of a query that can be read. Raises QueryError where it cannot."""
    find = known_names(connection)
    read = read_query(query, find)
    notes = [*remarks(read), *unknown_names(connection, read.clauses(), find)]
    broad = breadth(connection, find, read)
    return [*notes, broad] if broad else notes


@app.command("edit")
def edit_watch(
    name: NameArgument,
    query: Annotated[str | None, typer.Option(help="Another query.")] = None,
    channel: ChannelOption = None,
    rename: Annotated[str | None, typer.Option(help="Another name.")] = None,
    floor: FloorOption = None,
    digest: DigestOption = None,
    zone: ZoneOption = None,
    quiet: QuietOption = None,
    cap: CapOption = None,
    update_at: UpdateAtOption = None,
    update_source: UpdateSourceOption = None,
    update_countries: UpdateCountriesOption = None,
) -> None:
    """Change a watch; what it rang for stays with it, and a story it rang for stays rung.

    Takes effect with the next story. Channels given replace those it had.

    Examples: `tocsin watches edit putin --query 'person:"Vladimir Putin" AND country:(UA|RU)'`,
    `tocsin watches edit putin --cap 10 --quiet 22:00-07:00 --zone Europe/Berlin`
    """
    from worker.supervisor import open_store

    given = {
        "floor": floor,
        "digest": digest,
        "zone": zone,
        "quiet": quiet,
        "cap": cap,
        "update_at": update_at,
        "update_source": update_source,
        "update_countries": update_countries,
    }
    if query is None and channel is None and rename is None and not is_given(given):
        raise CliError("nothing to change: give --query, --channel, --rename or how it rings")
    with open_store(load_settings()) as engine, engine.begin() as connection:
        watch = one_watch(connection, name)
        changed, notes = watch, []
        if query is not None:
            notes = _checked(connection, query)
            changed = replace(changed, query=query)
        if channel is not None:
            changed = replace(changed, channels=tuple(known_channels(connection, channel)))
        if rename is not None and rename != name:
            changed = replace(changed, name=free_name(connection, rename))
        changed = replace(changed, policy=policy_from(watch.policy, given))
        _put(connection, changed)
    print("\n".join([*_told(watch, changed), *(f"Note: {note}" for note in notes)]))


def _put(connection: Connection, watch: Watch) -> None:
    put_watch(
        connection,
        watch_id=watch.id,
        name=watch.name,
        query=watch.query,
        channels=watch.channels,
        enabled=watch.enabled,
        declared=watch.declared,
        policy=watch.policy,
    )


def _told(before: Watch, after: Watch) -> list[str]:
    """What an edit changed, and that a declared watch is the file's."""
    rows = [
        ("name", before.name, after.name),
        ("query", before.query, after.query),
        ("channels", ", ".join(before.channels), ", ".join(after.channels)),
    ]
    said = [f"  {field}: {old} -> {new}" for field, old, new in rows if old != new]
    if before.policy != after.policy:
        said.append(f"  now tells of {tells_of(after.query, after.policy)}")
    if not said:
        return [f"{after.name!r} is so already."]
    if before.declared and before.name != after.name:
        said.append(f"Note: feeds.yaml declares {before.name!r}: tocsin apply adds that again.")
    elif before.declared:
        said.append("Note: feeds.yaml declares it: tocsin apply sets what the file says again.")
    return [f"Changed {before.name!r}:", *said]


@app.command("enable")
def enable_watches(names: NamesArgument) -> None:
    """Let watches that were disabled ring again, from the next story on.

    Example: `tocsin watches enable putin`
    """
    _each(names, _switched(enabled=True))


@app.command("disable")
def disable_watches(names: NamesArgument) -> None:
    """Switch watches off until they are enabled; what they rang for stays on record.

    To have quiet for a while only, mute them: tocsin watches mute.

    Example: `tocsin watches disable putin`
    """
    _each(names, _switched(enabled=False))


def _switched(*, enabled: bool) -> Callable[[Connection, Watch], str]:
    word = "enabled" if enabled else "disabled"

    def switch(connection: Connection, watch: Watch) -> str:
        if watch.enabled is enabled:
            return f"{watch.name!r} is {word} already."
        _put(connection, replace(watch, enabled=enabled))
        note = " Note: feeds.yaml declares it: tocsin apply sets that again." * watch.declared
        return f"{watch.name!r} is {word}.{note}"

    return switch


@app.command("remove")
def remove_watch(names: NamesArgument) -> None:
    """Remove watches; their alerts stay on record, and what waits for a digest is not told.

    Example: `tocsin watches remove putin`
    """

    def remove(connection: Connection, watch: Watch) -> str:
        waiting = untold(waiting_by_watch(connection).get(watch.id, 0))
        remove_watches(connection, [watch.id])
        note = " It is declared in feeds.yaml and comes back with tocsin apply." * watch.declared
        return f"Removed {watch.name!r}{f'; {waiting}' if waiting else ''}.{note}"

    _each(names, remove)


def _each(names: Sequence[str], act: Callable[[Connection, Watch], str]) -> None:
    """Do one thing to some watches, all of them or none, and say of each what came of it."""
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        watches = [one_watch(connection, name) for name in dict.fromkeys(names)]
        said = [act(connection, watch) for watch in watches]
    print("\n".join(said))
