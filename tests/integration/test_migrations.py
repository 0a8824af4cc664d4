"""The migrations and the models describe the same schema."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from worker.store.engine import (
    alembic_config,
    current_revision,
    latest_revision,
    migrations_folder,
    open_engine,
    upgrade,
)
from worker.store.tables import METADATA


def test_models_and_migrations_agree(database_url: str) -> None:
    """Autogenerating against a migrated database finds nothing to do."""
    engine = open_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = compare_metadata(context, METADATA)
    engine.dispose()
    assert [] == differences


def test_every_migration_goes_up_and_down(empty_database_url: str) -> None:
    """Each revision is applied, taken back and applied again; the last down leaves no table."""
    revisions = [one.revision for one in ScriptDirectory(str(migrations_folder())).walk_revisions()]
    engine = open_engine(empty_database_url)
    with engine.connect() as connection:
        config = alembic_config(empty_database_url)
        config.attributes["connection"] = connection
        for revision in reversed(revisions):
            command.upgrade(config, revision)
            command.downgrade(config, "-1")
            command.upgrade(config, revision)
            assert revision == current_revision(connection)
        command.downgrade(config, "base")
        left = connection.execute(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).scalars()
        assert ["alembic_version"] == list(left)
    engine.dispose()


def test_upgrade_reports_where_it_came_from(empty_database_url: str) -> None:
    """The first upgrade starts from nothing, the second finds nothing to do."""
    assert ("", latest_revision()) == upgrade(empty_database_url)
    assert (latest_revision(), latest_revision()) == upgrade(empty_database_url)
