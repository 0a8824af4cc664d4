"""The commands that look after Tocsin as a whole."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from worker.cli.catalogue import apply_to_store, find_catalogue, read_file
from worker.cli.database import downgrade_database, show_roles
from worker.cli.indexing import index_articles
from worker.cli.output import CliError, console, load_settings
from worker.cli.prune import prune


def upgrade_database() -> None:
    """Bring the database schema to this version.

    Example: `TOCSIN_DATABASE_URL=postgresql://... tocsin db upgrade`
    """
    from worker.store.schema import current_revision, latest_revision, upgrade
    from worker.supervisor import database_url, open_store

    settings = load_settings()
    if settings.database_url is not None:
        before, after = upgrade(database_url(settings))
    else:
        with open_store(settings) as engine, engine.connect() as connection:
            before = after = current_revision(connection)
    done = "already at" if before == after else f"from {before or 'empty'} to"
    print(f"Database schema {done} {after} (newest: {latest_revision()}).")


def demo(
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave it running at the end, and say what to try.")
    ] = False,
) -> None:
    """Play a recorded newsroom through the real system, and show the bell ringing.

    Starts bundled servers in a temporary folder, a local newsroom, a mail sink and a webhook
    receiver; ends with exit code 0 only if every expected alert, and no other, arrived once. It
    takes a minute or two: a digest and the end of quiet hours come by the real clock.

    Example: `tocsin demo --keep`
    """
    from worker.demo.play import play
    from worker.demo.stage import DemoError

    try:
        raise typer.Exit(play(keep=keep))
    except DemoError as error:
        raise CliError(str(error)) from None


def apply_catalogue(
    file: Annotated[
        Path | None, typer.Argument(help="The catalogue; ./feeds.yaml when not named.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the changes.")] = False,
    prune: Annotated[
        bool, typer.Option("--prune", help="Also remove what the file no longer declares.")
    ] = False,
) -> None:
    """Show what a feeds.yaml changes, and apply it in one transaction.

    Example: `tocsin apply feeds.yaml --dry-run`
    """
    settings = load_settings()
    path = find_catalogue(file or settings.catalogue)
    plan = apply_to_store(settings, read_file(path), prune=prune, dry_run=dry_run)
    for line in plan.lines():
        print(line)
    if plan.is_empty:
        print(f"{path}: nothing to change.")
    elif dry_run:
        print(f"{path}: {plan.summary()}. Nothing was changed (--dry-run).")
    else:
        print(f"{path}: applied, {plan.summary()}.")


def doctor() -> None:
    """Check every dependency, setting and permission, and say the mend of what is wrong.

    Example: `tocsin doctor`
    """
    from worker.cli.checks import run_checks

    out = console()
    failed = 0
    for check in run_checks(load_settings()):
        failed += not check.ok
        mark = "[green]ok  [/]" if check.ok else "[red]FAIL[/]"
        out.print(f"{mark} [bold]{check.name}[/]:", escape(check.detail), highlight=False)
    if failed:
        raise typer.Exit(1)


database = typer.Typer(
    no_args_is_help=True, help="The database: upgrade, downgrade, roles, prune, index."
)
database.command("upgrade")(upgrade_database)
database.command("downgrade")(downgrade_database)
database.command("roles")(show_roles)
database.command("prune")(prune)
database.command("index")(index_articles)
