"""Connections to Postgres, and statements on them."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from types import NoneType
from typing import Any

import psycopg
from psycopg.abc import Buffer
from psycopg.pq import Format
from psycopg.types.array import ListDumper
from sqlalchemy import Connection, CursorResult, Engine, TextClause, create_engine, event, text
from sqlalchemy.engine import URL, ExecutionContext, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout

#: Divides the texts of a column (ASCII's unit separator); XML forbids it, so no text holds it.
_BETWEEN = "\x1f"
#: By so much a clock is off, and not only asked over a slow connection.
_NOTICED = timedelta(seconds=5)
#: How long a server that a network no longer reaches is waited for (libpq's parameters; seconds, the
#: last milliseconds). One that is only slow still answers for its connection.
_PATIENCE = {
    "connect_timeout": 5, "keepalives_idle": 4, "keepalives_interval": 1, "keepalives_count": 3,
    "tcp_user_timeout": 6_000,
}  # fmt: skip
#: And how long the server waits for us: what a lost machine had locked keeps everybody waiting.
_SERVERS_PATIENCE = {
    "tcp_keepalives_idle": 4, "tcp_keepalives_interval": 1, "tcp_keepalives_count": 3,
    "tcp_user_timeout": 6_000,
}  # fmt: skip
DIVIDER = "chr(31)"


class StoreError(Exception):
    """The database cannot be used; the message is one line, names the mend, holds no password."""


def driver_url(url: str) -> URL:
    """The URL with our driver in it. Raises StoreError when it is not a Postgres URL."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # ValueError: what stands where the port should
        raise StoreError(
            "TOCSIN_DATABASE_URL is not a URL: write postgresql://user:password@host/database"
        ) from None
    if parsed.get_backend_name() not in {"postgresql", "postgres"}:
        raise StoreError(
            f"TOCSIN_DATABASE_URL names {parsed.get_backend_name()}: Tocsin needs Postgres 14 or newer"
        )
    return parsed.set(drivername="postgresql+psycopg")


def open_engine(url: str, *, size: int = 5) -> Engine:
    """An engine for one process. Open it after a fork, never before.

    Its sessions live in UTC, whatever the server's or the role's time zone is: so do our values.
    """
    driver = driver_url(url)
    options = driver.query.get("options", "")
    asked = options if isinstance(options, str) else " ".join(options)
    ours = {"timezone": "UTC"} | _SERVERS_PATIENCE
    theirs = " ".join(f"-c {name}={value}" for name, value in ours.items() if name not in asked)
    engine = create_engine(
        driver,
        pool_size=size,
        max_overflow=size,
        pool_pre_ping=True,
        json_serializer=dump_json,
        hide_parameters=True,  # secrets and whole articles are among them, and errors get logged
        connect_args={name: value for name, value in _PATIENCE.items() if name not in driver.query}
        | {
            "application_name": "tocsin",
            "options": f"{asked} {theirs}".strip(),
        },
    )
    event.listen(engine, "connect", _adapt)
    event.listen(engine, "before_cursor_execute", _in_binary)
    return engine


class _Arrays(ListDumper):
    """Lists of plain values, which most statements have, are written at once and not one by one."""

    def dump(self, obj: list[Any]) -> Buffer | None:
        """A list in Postgres' notation of arrays."""
        kinds = set(map(type, obj))
        if kinds in ({int}, {bool}):
            return b"{" + str(obj)[1:-1].encode() + b"}"
        if kinds == {NoneType}:
            return b"{" + b",".join([b"NULL"] * len(obj)) + b"}"
        if kinds == {str} and not any(obj):
            return b"{" + b",".join([b'""'] * len(obj)) + b"}"
        return super().dump(obj)


def _adapt(connection: psycopg.Connection[Any], _: object) -> None:
    connection.adapters.register_dumper(list, _Arrays)


def _in_binary(_: Connection, cursor: Any, *rest: Any) -> None:
    """Ask for rows in binary where a statement wants it: bytes are not written out as hexadecimal."""
    context: ExecutionContext = rest[2]
    if context.execution_options.get("binary"):
        cursor.format = Format.BINARY


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turns what an operator can mend (connection, schema, rights) into one line."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        line = _in_words(error)
        if line is None:
            raise
        raise StoreError(line) from None


def _in_words(error: DBAPIError) -> str | None:
    """One line with the mend for what the database said; ``None`` when it is a mistake of ours."""
    said = first_line(error)
    match getattr(error.orig, "sqlstate", None):
        case "42P01" | "42703" | "3F000":  # no such table, column or schema
            return f"the database schema is not this version's ({said}): run tocsin db upgrade"
        case "42501":
            return f"the database refuses: {said}; give Tocsin's role a database of its own"
        case state if isinstance(error, OperationalError):
            # Class 54: a limit was exceeded; 40: a deadlock. The database is there and well.
            if (state or "").startswith(("40", "54")):
                return f"the database could not do it: {said}; try again"
            return (
                f"the database cannot be reached: {said}; check that Postgres runs and "
                "TOCSIN_DATABASE_URL is right"
            )
    return None


def is_away(error: Exception) -> bool:
    """Whether an error says something about the database and nothing about what was stored."""
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None) or ""
        # Class 08: no connection; 40: a deadlock; 53: no room; 57: shutting down.
        return error.connection_invalidated or not state or state[:2] in {"08", "40", "53", "57"}
    return isinstance(error, PoolTimeout)


def first_line(error: Exception) -> str:
    """The first line of an error's message; for a database error, of what the driver said."""
    origin = getattr(error, "orig", None) or error
    return (str(origin).strip() or type(origin).__name__).splitlines()[0]


def lead(connection: Connection) -> timedelta:
    """How far the database's clock is ahead of ours; nothing where that may be the time of asking.

    What is due says the database's clock. What a process plans by its own is moved by this before
    it is stored, so that a machine whose clock is off neither plans for the past nor for hours later.
    """
    row = run(connection, "SELECT clock_timestamp() AS at")[0]
    ahead: timedelta = row["at"] - datetime.now(UTC)
    return ahead if abs(ahead) >= _NOTICED else timedelta()


def now_of(connection: Connection) -> datetime:
    """What time it is, by the database's clock."""
    return datetime.now(UTC) + lead(connection)


def clean(value: Any) -> Any:
    """The value with what Postgres cannot store (NUL, lone surrogates) taken out of its texts."""
    if isinstance(value, str):
        if "\x00" in value:
            value = value.replace("\x00", "")
        return value.encode("utf-8", "replace").decode("utf-8") if not value.isascii() else value
    if isinstance(value, Mapping):
        return {clean(key): clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean(item) for item in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: clean(getattr(value, one.name)) for one in fields(value)}
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Mapping):
        return dict(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: getattr(value, one.name) for one in fields(value)}
    raise TypeError(f"{type(value).__name__} has no JSON form")


def dump_json(value: Any) -> str:
    """JSON that Postgres takes; what it cannot store is taken out of the texts."""
    dumped = json.dumps(value, default=_plain, ensure_ascii=False)
    if "\\u0000" in dumped or not _is_utf8(dumped):  # hardly ever: looking at each text takes time
        dumped = json.dumps(clean(value), default=_plain, ensure_ascii=False)
    return dumped


def joined(texts: Iterable[str]) -> str:
    """Texts as one, for ``string_to_array(:texts, DIVIDER)``: a whole column in one parameter.

    What cannot be stored is taken out of them, and the character that divides them.
    """
    given = list(texts)
    whole = _BETWEEN.join(given)
    if whole.count(_BETWEEN) < len(given) and "\x00" not in whole and _is_utf8(whole):
        return whole
    return _BETWEEN.join(clean(text).replace(_BETWEEN, "") for text in given)


def _is_utf8(text: str) -> bool:
    """Whether a text can be written as UTF-8: it has no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


@lru_cache(maxsize=1024)
def _statement(sql: str, *, binary: bool = False) -> TextClause:
    return text(sql).execution_options(binary=binary)


def run(connection: Connection, sql: str, **values: Any) -> list[dict[str, Any]]:
    """Run one statement with named values; give its rows, as dicts, if it has any."""
    return _rows(connection.execute(_statement(sql), values))


def run_for_bytes(connection: Connection, sql: str, **values: Any) -> list[dict[str, Any]]:
    """The same for rows that are mostly bytes: they come as they are, not as hexadecimal."""
    return _rows(connection.execute(_statement(sql, binary=True), values))


def _rows(result: CursorResult[Any]) -> list[dict[str, Any]]:
    if not result.returns_rows:
        return []
    names = tuple(result.keys())
    return [dict(zip(names, row, strict=True)) for row in result.all()]


def rows_as_json(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as one JSON array for ``jsonb_to_recordset``: a whole set in one parameter."""
    return dump_json(list(rows))
