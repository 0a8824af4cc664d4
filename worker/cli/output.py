"""What every command shares: settings, printing, and the error a user sees."""

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.cells import cell_len
from rich.console import Console
from rich.control import strip_control_codes
from rich.table import Table
from rich.text import Text

from worker.environment import VariableError
from worker.settings import Settings

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
LimitOption = Annotated[
    int, typer.Option("--limit", "-n", min=1, max=1_000_000, help="How many at the most.")
]

LARGEST_ID = 2**63 - 1  # a bigint of the database


class CliError(Exception):
    """Bad input: one line that names the thing and the mend. Exit code 2."""


def load_settings() -> Settings:
    """The settings. Raises CliError that names the variable and what is wrong with it."""
    try:
        return Settings()
    except VariableError as error:
        raise CliError(str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        name = "TOCSIN_" + "_".join(str(part) for part in first["loc"]).upper()
        wrong = first["msg"].removeprefix("Value error, ").lower()
        raise CliError(f"{name}: {wrong}; see docs/configuration.md") from None


def console() -> Console:
    """Standard output: in colour on a terminal, plain otherwise."""
    return Console(soft_wrap=not sys.stdout.isatty())


def plain(value: Any) -> Any:
    """A value as JSON can hold it: times in ISO 8601, durations in seconds."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, Path):
        return str(value)
    return value


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(plain(value), ensure_ascii=False, indent=2))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str) -> None:
    """A table, or the sentence ``empty`` where there is nothing to show."""
    out = console()
    if not rows:
        out.print(empty, highlight=False, markup=False)
        return
    if not out.is_terminal:
        print("\n".join(_aligned([columns, *rows])))
        return
    table = Table(box=None, header_style="bold", pad_edge=False, expand=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(_one_line(cell)) for cell in row))
    out.print(table)


def _aligned(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Each row as a line, its cells under each other: what wraps nothing needs no layout."""
    cells = [[_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        padded = (
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        )
        yield "  ".join(padded).rstrip()


def print_grid(table: Table) -> None:
    """Print a table: as wide as the terminal; elsewhere a row is a line, however long."""
    out = console()
    if out.is_terminal:
        out.print(table)
        return
    out.width = 10_000
    with out.capture() as shown:
        out.print(table)
    print("\n".join(line.rstrip() for line in shown.get().splitlines()))


def print_pairs(facts: Iterable[tuple[str, str]], by: int = 0) -> None:
    """Labels with their words beside them, which wrap under themselves on a terminal."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column()
    for label, words in facts:
        table.add_row(" " * by + label, Text(words))
    print_grid(table)


def _one_line(cell: str) -> str:
    return strip_control_codes(" ".join(cell.split()))


def ago(at: datetime | None, now: datetime | None = None) -> str:
    """How long ago (or how soon) a moment is, in words: "3 min ago", "in 12 s", "never"."""
    if at is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - at).total_seconds()
    words = duration(timedelta(seconds=abs(seconds)))
    return f"{words} ago" if seconds >= 0 else f"in {words}"


def duration(value: timedelta) -> str:
    """A duration in its largest fitting unit."""
    seconds = value.total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def clip(text: str, width: int = 60) -> str:
    """Text cut to a width, with an ellipsis where something is missing."""
    return text if len(text) <= width else text[: width - 1].rstrip() + "…"
