"""What a running Tocsin holds, read from outside, and how fast each figure grows."""

import statistics
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psutil
import redis
from sqlalchemy import Connection

from worker.store.engine import run

#: Tables whose rows are one for each feed, channel or watch: they keep their size.
LASTING = ("feed", "host", "channel", "watch", "entity", "circuit")
#: Rows from which a table's dead ones and bytes a row say something.
ROWS = 500
#: Megabytes by which a part may grow in an hour.
MEMORY = 12.0


@dataclass
class Sample:
    """Every figure at one moment; the name says what and of whom."""

    at: float
    figures: dict[str, float] = field(default_factory=dict)


def sample(root: psutil.Process, connection: Connection, valkey: "redis.Redis") -> Sample:
    """Read everything once."""
    taken = Sample(time.monotonic())
    taken.figures |= of_processes(root)
    taken.figures |= of_postgres(connection)
    taken.figures |= of_valkey(valkey)
    return taken


def of_processes(root: psutil.Process) -> dict[str, float]:
    """Memory (MB), open files, threads and number of processes of each part."""
    found: defaultdict[str, float] = defaultdict(float)
    for process in [root, *root.children(recursive=True)]:
        with suppress(psutil.Error):
            part = part_of(process.name(), process.cmdline())
            memory = process.memory_full_info()
            figures = {
                "private_mb": memory.uss / 1e6,
                "pss_mb": memory.pss / 1e6,
                "rss_mb": memory.rss / 1e6,
                "files": process.num_fds(),
                "threads": process.num_threads(),
                "processes": 1,
            }
            for what, value in figures.items():
                found[f"{what} of {part}"] += value
    return dict(found)


def part_of(name: str, command: Sequence[str]) -> str:
    """Which part of Tocsin a process is, by its command line."""
    if "postgres" in name:
        return "postgres"
    if "valkey" in name:
        return "valkey"
    if "worker.parsing.child" in command:
        return "readers of documents"
    if "worker" in command:
        return " ".join(command[command.index("worker") + 1 :][:2])
    return name


def of_postgres(connection: Connection) -> dict[str, float]:
    """Connections, and of each table the rows, the dead share, the bytes and the bytes a row."""
    found: dict[str, float] = {}
    rows = run(
        connection,
        """SELECT count(*) AS n FROM pg_stat_activity
           WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()""",
    )
    found["connections of postgres"] = float(rows[0]["n"])
    rows = run(
        connection,
        """SELECT relname, n_live_tup AS live, n_dead_tup AS dead, pg_total_relation_size(relid) AS size
           FROM pg_stat_user_tables""",
    )
    for row in rows:
        table, live = row["relname"], float(row["live"])
        found[f"mb of table {table}"] = row["size"] / 1e6
        found[f"rows of table {table}"] = live
        found[f"dead of table {table}"] = float(row["dead"])
        if live >= ROWS:
            found[f"bytes a row of table {table}"] = row["size"] / live
    connection.rollback()
    return found


def of_valkey(valkey: "redis.Redis") -> dict[str, float]:
    """Keys, memory and connections."""
    info: Mapping[str, float] = valkey.info()
    return {
        "keys of valkey": float(valkey.dbsize()),
        "used_mb of valkey": info["used_memory"] / 1e6,
        "connections of valkey": float(info["connected_clients"]),
    }


# ----------------------------------------------------------------------------------------- judging


@dataclass(frozen=True)
class Line:
    """How one figure went: its median in the first and last tenth, and its slope an hour."""

    name: str
    first: float
    last: float
    slope: float


def slope(points: Sequence[tuple[float, float]]) -> float:
    """The median of the slopes between all pairs of points (Theil and Sen): no outlier moves it."""
    found = [
        (later - sooner) / (b - a)
        for place, (a, sooner) in enumerate(points)
        for b, later in points[place + 1 :]
        if b > a
    ]
    return statistics.median(found) if found else 0.0


def lines(samples: Sequence[Sample], warm: float) -> list[Line]:
    """A line for each figure, of what came ``warm`` seconds or more after the first sample."""
    begin = samples[0].at + warm
    counted = [one for one in samples if one.at >= begin]
    made = []
    for name in sorted({name for one in counted for name in one.figures}):
        points = [(one.at / 3600, one.figures[name]) for one in counted if name in one.figures]
        values = [value for _, value in points]
        tenth = max(1, len(values) // 10)
        made.append(
            Line(
                name,
                statistics.median(values[:tenth]),
                statistics.median(values[-tenth:]),
                slope(points),
            )
        )
    return made


def bounds(line: Line) -> float | None:
    """How much a figure may grow in an hour; ``None`` where growing is its business.

    Memory is what each part would free (shared pages split among those that share them); of
    Postgres what is private, as it fills its shared buffers for long.
    """
    what, _, whom = line.name.partition(" of ")
    match what:
        case "private_mb" if whom == "postgres":
            return MEMORY
        case "pss_mb" if whom != "postgres":
            return MEMORY
        case "connections" | "files" | "threads" | "processes":
            return 2.0
        case "keys":
            return 10.0
        case "used_mb":
            return 1.0
        case "mb" if whom.removeprefix("table ") in LASTING:
            return 1.0
        case "bytes a row":
            return 0.1 * line.first
        case _:
            return None
