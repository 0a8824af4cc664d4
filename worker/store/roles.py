"""Roles of the database that may do no more than their work takes, as SQL that can be run again.

An owner brings the schema up, an application works with rows, a reader looks. Nothing is granted to
anybody else, and the reader sees no column in which a secret may stand.
"""

import re
from collections.abc import Mapping

from sqlalchemy import Connection

NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
#: Columns that the reader does not see, by table; ``*``: none of its columns. Addresses of feeds may
#: hold keys, configurations of channels addresses that are secrets.
HIDDEN: Mapping[str, tuple[str, ...]] = {
    "secret": ("*",),
    "feed": ("url", "declared_url", "aliases", "options"),
    "channel": ("config",),
    "unsubscription": ("recipient",),
}


def roles_sql(prefix: str) -> str:
    """The SQL that makes ``PREFIX_owner``, ``PREFIX_app`` and ``PREFIX_reader`` in this database.

    For a superuser, or whoever owns the database and may make roles. The prefix is a plain name.
    """
    if not NAME.fullmatch(prefix):
        raise ValueError("write a name of small letters, digits and '_'")
    owner, app, reader = (f"{prefix}_{role}" for role in ("owner", "app", "reader"))
    hidden = ", ".join(
        f"('{table}', '{column}')" for table, columns in HIDDEN.items() for column in columns
    )
    return _SQL.format(owner=owner, app=app, reader=reader, hidden=hidden)


def apply_roles(connection: Connection, prefix: str) -> None:
    """Run that SQL, in the transaction of the connection."""
    connection.exec_driver_sql(roles_sql(prefix).replace("%", "%%"))


_SQL = """\
-- The roles of Tocsin. May be run again at any time: run it again after tocsin db upgrade.
-- None gets a password here: ALTER ROLE {app} PASSWORD '...' gives it one.

DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['{owner}', '{app}', '{reader}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE', one);
        END IF;
    END LOOP;
    -- To give things to a role that is no superuser takes being one of its members.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       AND current_user <> '{owner}' THEN
        EXECUTE 'GRANT {owner} TO CURRENT_USER';
    END IF;
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format(
        'GRANT CONNECT ON DATABASE %I TO {owner}, {app}, {reader}', current_database()
    );
END $$;

-- The owner brings the schema up, and nobody else makes anything in it.
ALTER SCHEMA public OWNER TO {owner};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app}, {reader};
DO $$
DECLARE
    one regclass;
BEGIN
    -- Sequences of columns, and indexes, go with their tables.
    FOR one IN
        SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
    LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO {owner}', one);
    END LOOP;
END $$;

-- The application: rows of every table, those to come as well; which version the schema has is not its to say.
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE ON SEQUENCES TO {app};
DO $$
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM {app};
    END IF;
END $$;

-- The reader: columns that hold no secret. Nothing by default: what is new is looked at first.
DO $$
DECLARE
    one regclass;
    columns text;
BEGIN
    REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {reader};
    FOR one, columns IN
        SELECT attrelid, string_agg(quote_ident(attname), ', ' ORDER BY attnum)
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')
          AND attnum > 0 AND NOT attisdropped
          AND NOT EXISTS (
              SELECT FROM (VALUES {hidden}) AS hidden (tabled, named)
              WHERE tabled = relname AND named IN (attname, '*')
          )
        GROUP BY attrelid
    LOOP
        EXECUTE format('GRANT SELECT (%s) ON %s TO {reader}', columns, one);
    END LOOP;
END $$;
ALTER ROLE {reader} SET default_transaction_read_only = on;
"""
