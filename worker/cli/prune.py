"""``tocsin db prune``: delete what is kept no longer."""

from dataclasses import asdict
from typing import Annotated

import typer

from worker.cli.output import JsonOption, load_settings, print_json, print_table


def prune(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count what would be deleted.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete what is kept no longer (TOCSIN_KEEP_*), in small batches that hold nobody up.

    Schedulers do it by themselves at TOCSIN_PRUNE_AT. It may be stopped and started again.

    Example: `tocsin db prune --dry-run`
    """
    from worker.scheduler.pruning import prune as delete
    from worker.store.engine import plain_errors
    from worker.supervisor import open_store

    settings = load_settings()
    with open_store(settings) as engine, plain_errors():
        removed = delete(engine, settings.retention, apply=not dry_run)
    if as_json:
        print_json(
            {
                "dry_run": dry_run,
                "keep": asdict(settings.retention),
                "removed": removed,
            }
        )
        return
    rows = [(table, f"{count:,}") for table, count in sorted(removed.items())]
    told = "would go" if dry_run else "deleted"
    print_table(("rows of", told), rows, empty="Nothing is older than it is kept.")
