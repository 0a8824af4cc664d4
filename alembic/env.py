"""Alembic's entry: runs the migrations on the connection it is handed, or on TOCSIN_DATABASE_URL."""

import os

from alembic import context
from sqlalchemy import Connection, create_engine

from worker.store.engine import driver_url
from worker.store.tables import METADATA


def _run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=METADATA, compare_type=True)
    context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    _run(handed)
else:
    url = context.config.attributes.get("url") or driver_url(os.environ["TOCSIN_DATABASE_URL"])
    with create_engine(url).begin() as own:
        _run(own)
