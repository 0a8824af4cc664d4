"""Roles that may do no more than their work takes, on a real Postgres."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import ProgrammingError

from tests.integration.command import Run, one_line
from tests.integration.conftest import Processes
from tests.integration.newsstand import Publisher, Receiver
from worker.store.engine import open_engine, run
from worker.store.roles import HIDDEN
from worker.store.schema import latest_revision
from worker.store.tables import METADATA

pytestmark = pytest.mark.timeout(300)  # whole processes start, maybe on a busy machine

#: Columns whose names say that they may hold a secret; those that hold none, as is known of them.
SUSPICIOUS = re.compile(r"secret|password|token|config|options|url|value|recipient|aliases")
HARMLESS = {"article.url", "entity.aliases", "item.url", "mute.value", "page.url"}


def url_as(url: str, role: str) -> str:
    """The same database as another role."""
    return url.replace("postgres@", f"tocsin_{role}@")


@pytest.fixture
def roles(tocsin: Run, empty_database_url: str) -> str:
    """An empty database with roles, brought up by the owner. Gives the superuser's URL."""
    whole = {"TOCSIN_DATABASE_URL": empty_database_url}
    assert 0 == tocsin("db", "roles", "--apply", **whole).returncode
    owner = {"TOCSIN_DATABASE_URL": url_as(empty_database_url, "owner")}
    made = tocsin("db", "upgrade", **owner)
    assert 0 == made.returncode, made.stderr
    assert latest_revision() in made.stdout
    assert 0 == tocsin("db", "roles", "--apply", **whole).returncode
    return empty_database_url


@pytest.fixture
def as_role(roles: str) -> Iterator[Callable[[str], Engine]]:
    """An engine for each role."""
    made = {role: open_engine(url_as(roles, role)) for role in ("owner", "app", "reader")}
    yield made.__getitem__
    for engine in made.values():
        engine.dispose()


def refused(engine: Engine, sql: str) -> str:
    """What Postgres says when it does not let a role do something."""
    with engine.connect() as connection, pytest.raises(ProgrammingError) as caught:
        run(connection, sql)
    return str(caught.value.orig)


def test_everything_works_as_the_app(
    roles: str,
    processes: Processes,
    publisher: Publisher,
    receiver: Receiver,
    tocsin: Run,
    tmp_path: Path,
    wait_until: Callable[..., None],
) -> None:
    """``tocsin up`` with all its parts, from a feed to a webhook, and commands; without any DDL."""
    publisher.publish("first", "Цены выросли", "Цены выросли в мае.")
    (tmp_path / "feeds.yaml").write_text(
        f"feeds: [{{name: gazette, url: '{publisher.url}/feed', language: ru}}]\n"
        f"channels: [{{name: hook, kind: webhook, url: '{receiver.url}/hook', secret: '${{TOCSIN_TEST_SECRET}}'}}]\n"
        "watches: [{name: putin, query: 'person:\"Vladimir Putin\"', channels: [hook]}]\n"
    )
    app = {"TOCSIN_DATABASE_URL": url_as(roles, "app")}
    processes.start(
        "up",
        "--catalogue",
        str(tmp_path / "feeds.yaml"),
        TOCSIN_HEALTH_LISTEN="127.0.0.1:0",
        **app,
    )
    wait_until(lambda: publisher.state.requests["feed"] > 1, seconds=90)
    publisher.publish("second", "Путин прибыл", "Владимир Путин прибыл в Казань.")
    wait_until(lambda: receiver.received, seconds=90)
    for command in (
        ("db", "upgrade"),
        ("status",),
        ("items", "list"),
        ("alerts", "list"),
        ("watches", "feed", "putin"),
        ("watches", "mute", "putin", "--until", "1h"),
        ("feeds", "pause", "gazette"),
        ("apply", "feeds.yaml", "--prune"),
    ):
        done = tocsin(*command, **app)
        assert 0 == done.returncode, (command, done.stderr)


def test_the_app_makes_and_drops_nothing(as_role: Callable[[str], Engine]) -> None:
    """Rows are its business, of tables to come too; the schema and its version are the owner's."""
    with as_role("owner").begin() as connection:
        run(connection, "CREATE TABLE to_come (id bigint GENERATED ALWAYS AS IDENTITY, word text)")
    app = as_role("app")
    with app.begin() as connection:
        run(connection, "INSERT INTO to_come (word) VALUES ('a')")
        assert [{"word": "a"}] == run(connection, "DELETE FROM to_come RETURNING word")
    for sql in (
        "CREATE TABLE mine (id int)",
        "DROP TABLE item",
        "ALTER TABLE item ADD COLUMN more text",
        "TRUNCATE item CASCADE",
        "UPDATE alembic_version SET version_num = '0001'",
        "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ):
        said = refused(app, sql)
        assert "permission denied" in said or "must be owner" in said


def test_the_reader_reads_what_is_no_secret(as_role: Callable[[str], Engine]) -> None:
    """No writing, also when asked to; no secret, no address that may hold one; nothing new."""
    with as_role("owner").begin() as connection:
        run(connection, "CREATE TABLE to_come (word text)")
    reader = as_role("reader")
    with reader.connect() as connection:
        assert [{"n": 0}] == run(connection, "SELECT count(*) AS n FROM item JOIN article ON true")
        assert [] == run(connection, "SELECT id, name, state FROM feed")
    for table, columns in HIDDEN.items():
        for column in columns:
            assert "permission denied" in refused(reader, f"SELECT {column} FROM {table}")
    for sql in (
        "SELECT * FROM to_come",
        "SET TRANSACTION READ WRITE; DELETE FROM item",
        "SET TRANSACTION READ WRITE; CREATE TABLE mine (id int)",
    ):
        assert "permission denied" in refused(reader, sql)


def test_columns_that_may_hold_a_secret_are_hidden() -> None:
    """Whoever adds such a column hides it from the reader, or says here that it is harmless."""
    named = {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if SUSPICIOUS.search(column.name) and HIDDEN.get(table.name) != ("*",)
    }
    hidden = {f"{table}.{column}" for table, columns in HIDDEN.items() for column in columns}
    assert named - HARMLESS == hidden - {"secret.*"}


def test_nobody_else_comes_in(roles: str) -> None:
    """A role that is none of ours may not even connect."""
    admin = open_engine(roles)
    with admin.begin() as connection:
        run(
            connection,
            """DO $$ BEGIN
                   IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tocsin_stranger')
                   THEN CREATE ROLE tocsin_stranger LOGIN; END IF;
               END $$""",
        )
        rows = run(
            connection,
            """SELECT has_database_privilege('tocsin_stranger', current_database(), 'CONNECT') AS comes,
                      has_schema_privilege('tocsin_stranger', 'public', 'USAGE') AS looks""",
        )
    admin.dispose()
    assert [{"comes": False, "looks": False}] == rows


def test_the_sql_is_printed(tocsin: Run) -> None:
    """For who looks at it first, with names of their own; a name that is none is refused."""
    shown = tocsin("db", "roles", "--prefix", "news").stdout
    assert "GRANT USAGE ON SCHEMA public TO news_app, news_reader;" in shown
    assert "tocsin_" not in shown
    assert "--prefix" in one_line(tocsin("db", "roles", "--prefix", "a; DROP"))
