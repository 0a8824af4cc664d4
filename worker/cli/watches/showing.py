"""``tocsin watches list | show``."""

from worker.cli.output import JsonOption, load_settings, print_json, print_table
from worker.cli.watches.app import NameArgument, app, one_watch
from worker.store.watches import all_watches


@app.command("list")
def list_watches(as_json: JsonOption = False) -> None:
    """List watches.

    Example: `tocsin watches list --json`
    """
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


@app.command("show")
def show_watch(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show a watch and its last alerts.

    Example: `tocsin watches show putin`
    """
    from worker.cli.alerts import alert_rows
    from worker.store.alerts import list_alerts
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        watch = one_watch(connection, name)
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
