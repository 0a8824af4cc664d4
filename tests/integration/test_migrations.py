"""The migrations and the models describe the same schema."""

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from worker.store.engine import open_engine
from worker.store.schema import (
    alembic_config,
    current_revision,
    latest_revision,
    migrations_folder,
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


def described(engine: Engine) -> dict[str, set[tuple[str, str, str]]]:
    """Every column, index and constraint as Postgres describes them: table, name, definition."""
    columns = """SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod)
            || CASE WHEN attnotnull THEN ' not null ' ELSE ' ' END || attidentity::text
            || coalesce(pg_get_expr(adbin, adrelid), '')
        FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE attrelid IN (SELECT relid FROM pg_stat_user_tables)
        AND attnum > 0 AND NOT attisdropped"""
    indexes = "SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    constraints = """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE conrelid IN (SELECT relid FROM pg_stat_user_tables)"""
    found = {}
    with engine.connect() as connection:
        for what, sql in (("column", columns), ("index", indexes), ("constraint", constraints)):
            rows = connection.exec_driver_sql(sql).all()
            found[what] = {(r[0], r[1], r[2]) for r in rows if r[0] != "alembic_version"}
    return found


def test_the_migrated_schema_is_the_models_to_the_last_check(
    database_url: str, empty_database_url: str
) -> None:
    """Checks, conditions of indexes and defaults too, which autogenerating does not compare."""
    migrated, made = open_engine(database_url), open_engine(empty_database_url)
    METADATA.create_all(made)
    expected, found = described(made), described(migrated)
    migrated.dispose()
    made.dispose()
    assert 100 < len(expected["column"])
    for what in ("column", "index", "constraint"):
        assert expected[what] == found[what]


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
