"""The schema's version, and bringing it up.

Alembic is loaded only to bring it up: it takes a tenth of a second and ten megabytes, and every
process looks at the version.
"""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from worker.store.engine import StoreError, driver_url, open_engine, plain_errors, run

if TYPE_CHECKING:
    from alembic.config import Config

STARTING_SECONDS = 60.0
STARTING_LOOK_SECONDS = 0.2
_STARTING = re.compile("database system is (starting up|not yet accepting|in recovery)")
_REVISION = re.compile(r"^(down_)?revision\b[^=\n]*= *['\"](\w+)['\"]", re.MULTILINE)


def migrations_folder() -> Path:
    """Where the migrations are: beside the package in a checkout, inside it when installed."""
    package = Path(__file__).resolve().parent.parent
    checkout = package.parent / "alembic"
    return checkout if (checkout / "env.py").exists() else package / "migrations"


def alembic_config(url: str) -> "Config":
    """Alembic set up for our migrations against one database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["url"] = driver_url(url)
    return config


def upgrade(url: str, revision: str = "head") -> tuple[str, str]:
    """Bring the schema up. Gives the revision before and after; one upgrade runs at a time."""
    from alembic import command

    engine = open_engine(url, size=1)
    try:
        with plain_errors(), engine.connect() as connection:
            before = current_revision(connection)
            _refuse_unknown(before)
            config = alembic_config(url)
            config.attributes["connection"] = connection
            with connection.begin_nested() if connection.in_transaction() else connection.begin():
                run(connection, "SELECT pg_advisory_xact_lock(7263748)")
                command.upgrade(config, revision)
            connection.commit()
            return before, current_revision(connection)
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> tuple[str, str]:
    """Take the schema back to an earlier revision. Gives the revision before and after.

    Only a version that knows the present schema can: run it before the older one is installed.
    """
    from alembic import command

    revisions = sorted(_revisions()[0])
    engine = open_engine(url, size=1)
    try:
        with plain_errors(), engine.connect() as connection:
            before = current_revision(connection)
            _refuse_unknown(before)
            if revision not in revisions or revision > before:
                raise StoreError(
                    f"there is no earlier schema {revision!r}: this one is {before or 'empty'}, "
                    f"those before it are {', '.join(one for one in revisions if one < before)}"
                )
            config = alembic_config(url)
            config.attributes["connection"] = connection
            with connection.begin_nested() if connection.in_transaction() else connection.begin():
                run(connection, "SELECT pg_advisory_xact_lock(7263748)")
                command.downgrade(config, revision)
            connection.commit()
            return before, current_revision(connection)
    finally:
        engine.dispose()


def _refuse_unknown(revision: str) -> None:
    """Raise StoreError when the schema was made by a version of Tocsin that we do not know."""
    if revision and revision not in _revisions()[0]:
        raise StoreError(
            f"the database schema is {revision}, which this version of Tocsin does not know: "
            "it was made by a newer one; install that"
        )


def current_revision(connection: Connection) -> str:
    """The schema's revision, ``""`` for an empty database."""
    if run(connection, "SELECT to_regclass('alembic_version') AS found")[0]["found"] is None:
        return ""
    rows = run(connection, "SELECT version_num FROM alembic_version")
    return str(rows[0]["version_num"]) if rows else ""


def latest_revision() -> str:
    """The revision this version of Tocsin needs: the one that none comes after."""
    revisions, earlier = _revisions()
    (latest,) = revisions - earlier
    return latest


def _revisions() -> tuple[set[str], set[str]]:
    """All revisions, and those that another one comes after, as the migrations name them."""
    revisions: set[str] = set()
    earlier: set[str] = set()
    for path in (migrations_folder() / "versions").glob("*.py"):
        for down, revision in _REVISION.findall(path.read_text(encoding="utf-8")):
            (earlier if down else revisions).add(revision)
    return revisions, earlier


def _revision_when_started(engine: Engine) -> str:
    deadline = time.monotonic() + STARTING_SECONDS
    while True:
        try:
            with engine.connect() as connection:
                return current_revision(connection)
        except OperationalError as error:
            # An error of connecting has no code. A server that speaks another language is not told.
            if not _STARTING.search(str(error)) or time.monotonic() > deadline:
                raise
        time.sleep(STARTING_LOOK_SECONDS)


def require_schema(url: str) -> None:
    """Raise StoreError unless the schema is the one this version needs.

    A Postgres that says that it is only just starting is waited for: after a crash it reads its log
    first, and whoever starts beside it has no reason to end.
    """
    engine = open_engine(url, size=1)
    try:
        with plain_errors():
            found = _revision_when_started(engine)
    finally:
        engine.dispose()
    if found != latest_revision():
        raise StoreError(
            f"the database schema is {found or 'empty'}, this version needs {latest_revision()}: "
            "run tocsin db upgrade"
        )
