"""Commands about the database itself."""

from typing import Annotated

import typer

from worker.cli.output import CliError, load_settings


def show_roles(
    prefix: Annotated[str, typer.Option(help="What the names of the roles begin with.")] = "tocsin",
    apply: Annotated[
        bool, typer.Option("--apply", help="Run it in the database instead of printing it.")
    ] = False,
) -> None:
    """Print the SQL of roles that may do no more than their work takes: owner, app and reader.

    The owner runs tocsin db upgrade. Scheduler, workers and commands work as the app, which cannot
    change the schema. The reader sees neither secrets nor addresses that may hold one. Run it as a
    superuser, or as who owns the database and may make roles, and again after each upgrade.

    Example: `tocsin db roles | psql -1 postgresql://postgres@host/tocsin`
    """
    from worker.store.roles import apply_roles, roles_sql
    from worker.supervisor import open_store

    try:
        sql = roles_sql(prefix)
    except ValueError as error:
        raise CliError(f"--prefix {prefix!r}: {error}") from None
    if not apply:
        print(sql, end="")
        return
    with open_store(load_settings()) as engine, engine.begin() as connection:
        apply_roles(connection, prefix)
    print(f"Roles {prefix}_owner, {prefix}_app and {prefix}_reader are as they should be.")


def downgrade_database(
    revision: Annotated[str, typer.Argument(help="The schema to go back to, as 0019.")],
    yes: Annotated[
        bool, typer.Option("--yes", help="Do it: what only the newer schema holds is lost.")
    ] = False,
) -> None:
    """Take the database schema back, before an older version is installed again.

    Stop everything first: no process runs on a schema that is not its version's at its start. What
    only the newer schema holds (its new columns and tables) is lost; the rest stays.

    Example: `TOCSIN_DATABASE_URL=postgresql://... tocsin db downgrade 0019 --yes`
    """
    from worker.store.schema import downgrade
    from worker.supervisor import database_url

    settings = load_settings()
    if settings.database_url is None:
        raise CliError("TOCSIN_DATABASE_URL is not set: name the database whose schema goes back")
    if not yes:
        raise CliError(
            f"this drops what schemas after {revision} have added: make a backup, then add --yes"
        )
    before, after = downgrade(database_url(settings), revision)
    print(f"Database schema taken back from {before} to {after}.")
