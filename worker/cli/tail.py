"""``tocsin tail``: stories and alerts as they come."""

import contextlib
import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer
from rich.markup import escape

from worker.cli.items import about
from worker.cli.output import clip, console, load_settings, plain

if TYPE_CHECKING:
    from worker.store.tail import News

LOOK_SECONDS = 0.5
AWAY_SECONDS = 1.0

T = TypeVar("T")


def tail(
    alerts_only: Annotated[bool, typer.Option("--alerts", help="Only alerts.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Follow stories and alerts as they come, until Ctrl-C.

    Example: `tocsin tail --alerts`
    """
    from worker.store.tail import here, since
    from worker.supervisor import open_store

    show = _print_json if as_json else _print
    with open_store(load_settings()) as engine, contextlib.suppress(KeyboardInterrupt):
        with engine.connect() as connection:
            place = here(connection)

        def look() -> "News":
            with engine.connect() as connection:
                return since(connection, place)

        while True:
            news = patiently(look)
            place = news.place
            show(news, alerts_only=alerts_only)
            time.sleep(LOOK_SECONDS)


def patiently(look: Callable[[], T], wait: Callable[[float], None] = time.sleep) -> T:
    """What ``look`` gives; while the database is away it is waited for, and that is said once."""
    from sqlalchemy.exc import InterfaceError, OperationalError

    said = False
    while True:
        try:
            return look()
        except (InterfaceError, OperationalError):
            if not said:
                print("tocsin: the database is away; waiting for it", file=sys.stderr)
            said = True
            wait(AWAY_SECONDS)


def _print_json(news: "News", *, alerts_only: bool) -> None:
    events: list[object] = [] if alerts_only else [{"item": one} for one in news.tagged]
    for event in [*events, *({"alert": one} for one in news.alerts)]:
        print(json.dumps(plain(event), ensure_ascii=False), flush=True)


def _print(news: "News", *, alerts_only: bool) -> None:
    out = console()
    for one in () if alerts_only else news.tagged:
        stamp = (one.item.tagged_at or datetime.now(UTC)).astimezone()
        out.print(
            f"[dim]{stamp:%H:%M:%S}[/] [cyan]{escape(one.item.feed_name)}[/]",
            escape(clip(one.item.entry.title, 90)),
            f"[dim]{escape(about(one.mentions))}[/]",
            highlight=False,
        )
    for alert in news.alerts:
        out.print(
            f"[dim]{alert.planned_at.astimezone():%H:%M:%S}[/] [bold red]RINGS[/]",
            f"[bold]{escape(alert.watch)}[/]:",
            escape(clip(alert.title, 90)),
            highlight=False,
        )
