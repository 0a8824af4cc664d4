"""``tocsin alerts``: what rang, and what became of it."""

from collections.abc import Sequence
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

if TYPE_CHECKING:
    from worker.store.alerts import AlertRecord

app = typer.Typer(no_args_is_help=True, help="What rang, and what became of it: list, show.")


def alert_rows(found: "Sequence[AlertRecord]") -> tuple[list[str], list[list[str]]]:
    """The columns and rows of a table of alerts."""
    rows = [
        [
            str(alert.id),
            ago(alert.planned_at),
            alert.watch or f"({alert.kind})",
            clip(alert.title),
            alert.outlet,
            _deliveries(alert),
        ]
        for alert in found
    ]
    return ["id", "rang", "watch", "story", "outlet", "deliveries"], rows


def _deliveries(alert: "AlertRecord") -> str:
    counts = {
        "sent": alert.sent,
        "pending": alert.pending,
        "dead": alert.dead,
        "unsubscribed": alert.unsubscribed,
    }
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "none"


@app.command("list")
def list_alerts(
    limit: LimitOption = 20,
    watch: Annotated[str, typer.Option(help="Only this watch.")] = "",
    as_json: JsonOption = False,
) -> None:
    """List alerts, newest first.

    Example: `tocsin alerts list --watch putin -n 5`
    """
    from worker.cli.watches.app import one_watch
    from worker.store.alerts import list_alerts as read
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = read(connection, limit=limit, watch=watch)
        if watch and not found:
            one_watch(connection, watch)
    if as_json:
        print_json(found)
        return
    print_table(*alert_rows(found), empty="Nothing has rung yet.")


@app.command("show")
def show_alert(
    alert_id: Annotated[
        int, typer.Argument(metavar="ID", min=1, max=LARGEST_ID, help="The alert's id.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Show the life of an alert: what matched, why it rang, its story, every attempt to deliver it.

    Example: `tocsin alerts show 7`
    """
    from worker.cli import audit as page
    from worker.store.audit import audit
    from worker.store.notices import stories_told
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = audit(connection, alert_id)
        if found is None:
            raise CliError(f"no alert {alert_id}: see tocsin alerts list")
        stories = stories_told(connection, alert_id)
    if as_json:
        print_json(page.as_json(found, stories))
        return
    page.show(found, stories)
