"""``tocsin watches``: what to ring for."""

from typing import Annotated

import typer

from worker.cli.output import CliError, JsonOption, load_settings, print_json, print_table
from worker.cli.queries import check_query

app = typer.Typer(no_args_is_help=True, help="What to ring for: list, add, show, remove.")


@app.command("list")
def list_watches(as_json: JsonOption = False) -> None:
    """List watches.

    Example: `tocsin watches list --json`
    """
    from worker.store.watches import all_watches
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_watches(connection)
    if as_json:
        print_json(found)
        return
    print_table(
        ["name", "query", "channels", "state"],
        [
            [w.name, w.query, ", ".join(w.channels) or "none", "on" if w.enabled else "off"]
            for w in found
        ],
        empty="No watches yet. Add one: tocsin watches add putin 'person:\"Vladimir Putin\"'",
    )


@app.command("add")
def add_watch(
    name: Annotated[str, typer.Argument(help="A name of your choice.")],
    query: Annotated[str, typer.Argument(help="What to ring for; see docs/query-language.md.")],
    channel: Annotated[
        list[str] | None, typer.Option("--channel", "-c", help="Where to ring; may be repeated.")
    ] = None,
) -> None:
    """Add a watch; it takes effect with the next story.

    Example: `tocsin watches add putin 'person:"Vladimir Putin" AND country:UA' -c console`
    """
    from worker.store.topics import all_topics
    from worker.store.watches import all_channels, find_watch, put_channel, put_watch
    from worker.supervisor import open_store

    if not name.strip() or len(name.splitlines()) > 1:
        raise CliError("a watch needs a name of one line")
    wanted = channel or ["console"]
    with open_store(load_settings()) as engine, engine.begin() as connection:
        check_query(query, all_topics(connection))
        if find_watch(connection, name) is not None:
            raise CliError(
                f"a watch named {name!r} exists already: remove it, or take another name"
            )
        known = {one.name for one in all_channels(connection)}
        if wanted == ["console"] and "console" not in known:
            put_channel(connection, name="console", kind="console", config={})
            known.add("console")
        for one in wanted:
            if one not in known:
                listed = ", ".join(sorted(known)) or "none yet"
                raise CliError(f"no channel named {one!r}: there are {listed}")
        put_watch(connection, name=name, query=query, channels=wanted)
    print(f"Watching {query} as {name!r}; rings through {', '.join(wanted)}.")


@app.command("show")
def show_watch(
    name: Annotated[str, typer.Argument(help="The watch's name.")], as_json: JsonOption = False
) -> None:
    """Show a watch and its last alerts.

    Example: `tocsin watches show putin`
    """
    from worker.cli.alerts import alert_rows
    from worker.store.alerts import list_alerts
    from worker.store.watches import find_watch
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        watch = find_watch(connection, name)
        if watch is None:
            raise CliError(f"no watch named {name!r}: see tocsin watches list")
        recent = list_alerts(connection, watch=name, limit=10)
    if as_json:
        print_json({"watch": watch, "alerts": recent})
        return
    print(f"{watch.name} ({'on' if watch.enabled else 'off'})")
    print(f"  query:    {watch.query}")
    print(f"  channels: {', '.join(watch.channels) or 'none'}")
    print(f"  from:     {'feeds.yaml' if watch.declared else 'tocsin watches add'}")
    print()
    print_table(*alert_rows(recent), empty="It has not rung yet.")


@app.command("remove")
def remove_watch(name: Annotated[str, typer.Argument(help="The watch's name.")]) -> None:
    """Remove a watch; its alerts stay on record.

    Example: `tocsin watches remove putin`
    """
    from worker.store.watches import find_watch, remove_watches
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.begin() as connection:
        watch = find_watch(connection, name)
        if watch is None:
            raise CliError(f"no watch named {name!r}: see tocsin watches list")
        remove_watches(connection, [watch.id])
    note = " It is declared in feeds.yaml and comes back with tocsin apply." * watch.declared
    print(f"Removed {name!r}.{note}")
