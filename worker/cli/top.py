"""``tocsin top``: the system at work, looked at again and again."""

import contextlib
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from worker.cli.output import JsonOption, ago, clip, console, duration, load_settings, plain
from worker.cli.output import print_json as print_document

if TYPE_CHECKING:
    from worker.store.pulse import Pulse

SECONDS = 2.0
#: Columns from which on two tables stand side by side.
WIDE = 76
QUEUES = ("fetch", "tag", "deliver")


def top(
    once: Annotated[bool, typer.Option("--once", help="Look once, print it and end.")] = False,
    every: Annotated[
        float, typer.Option("--every", min=0.2, max=3600, help="Seconds between two looks.")
    ] = SECONDS,
    as_json: JsonOption = False,
) -> None:
    """Watch the system at work: rates, lags, slow and failing feeds, the last alerts.

    Ends with q or Ctrl-C. Where standard output is no terminal it looks once.

    Example: `tocsin top --every 5`
    """
    from worker.cli.tail import patiently
    from worker.store.pulse import read_pulse
    from worker.supervisor import open_store, queues_of

    settings = load_settings()
    with open_store(settings) as engine, contextlib.suppress(KeyboardInterrupt):
        queues = queues_of(settings)

        def look() -> "tuple[Pulse, dict[str, int]]":
            with engine.connect() as connection:
                pulse = read_pulse(connection)
            return pulse, queues.workers() if queues else {}

        if as_json:
            pulse, workers = look()
            print_document({**plain(pulse), "workers": workers})
            return
        out = console()
        if once or not out.is_terminal:
            _print_once(*look())
            return
        _follow(lambda: patiently(look), every)


def _print_once(pulse: "Pulse", workers: dict[str, int]) -> None:
    out = console()
    if not out.is_terminal:
        out.width = 100
    with out.capture() as shown:
        out.print(screen(pulse, workers, out.width))
    print("\n".join(line.rstrip() for line in shown.get().splitlines()))


def _follow(look: "Callable[[], tuple[Pulse, dict[str, int]]]", every: float) -> None:
    from rich.live import Live

    out = console()
    with Live(console=out, screen=True, auto_refresh=False) as live, _keys() as quit_asked:
        while True:
            live.update(screen(*look(), out.width, out.height), refresh=True)
            if quit_asked(every):
                return


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Gives what waits some seconds and says whether q was pressed meanwhile."""

    def wait(seconds: float) -> bool:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if not sys.stdin.isatty():
                time.sleep(left)
            elif select.select([sys.stdin], [], [], left)[0] and sys.stdin.read(1) in {"q", "Q"}:
                return True
        return False

    if not sys.stdin.isatty():
        yield wait
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield wait
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def screen(
    pulse: "Pulse", workers: dict[str, int], width: int, height: int = 1000
) -> RenderableType:
    """One look, as wide as it may be and no higher than the terminal."""
    wide = width >= WIDE
    parts: list[Any] = [_head(pulse, width), _items(pulse, width), Text()]
    if wide:
        pair = Table.grid(expand=True, padding=(0, 4, 0, 0))
        pair.add_column(ratio=1)
        pair.add_column(ratio=1)
        pair.add_row(_rates(pulse), _queues(pulse, workers))
        parts.append(pair)
    else:
        parts += [_rates(pulse), Text(), _queues(pulse, workers)]
    left = height - (9 if wide else 14)
    failing, slow = pulse.failing, pulse.slow
    room = max(1, (left - 6) // 3)
    if failing:
        parts += [
            Text(),
            _title("failing feeds"),
            *(_failing(one, width) for one in failing[:room]),
        ]
    if slow:
        names = ", ".join(f"{one.name} {_seconds(one.pace)}" for one in slow)
        parts += [Text(), _title("slowest hosts"), Text(clip(names, width))]
    parts += [Text(), _title("last alerts")]
    shown = pulse.alerts[: max(1, room)]
    parts += [_alert(one, pulse, width) for one in shown] or [Text("nothing has rung yet", "dim")]
    return Group(*parts)


def _head(pulse: "Pulse", width: int) -> Text:
    feeds = pulse.feeds
    words = Text.assemble(("tocsin", "bold"))
    words.append(f"  {pulse.at.astimezone():%H:%M:%S}", style="dim")
    words.append(f"  {feeds['healthy']} feeds well", style="green")
    for state, style in (("failing", "red"), ("new", "cyan"), ("paused", "dim")):
        if feeds[state]:
            words.append(", ").append(f"{feeds[state]} {state}", style=style)
    words.append(f"  last story {ago(pulse.last_story_at, pulse.at)}", style="dim")
    words.truncate(width, overflow="ellipsis")
    return words


def _items(pulse: "Pulse", width: int) -> Text:
    items = pulse.items
    words = Text.assemble((f"{_number(items['tagged'])} items tagged", "dim"))
    for state, style in (("failed", "red"), ("held", "yellow")):
        if items[state]:
            words.append(", ").append(f"{_number(items[state])} {state}", style=style)
    words.truncate(width, overflow="ellipsis")
    return words


def _title(words: str) -> Text:
    return Text(words, style="bold")


def _grid(*titles: str) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    for _ in titles[1:]:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(_title(titles[0]), *(Text(one, style="dim") for one in titles[1:]))
    return table


def _rates(pulse: "Pulse") -> Table:
    table = _grid("work", "minute", "hour")
    for name, rates in (
        ("feeds polled", pulse.polls),
        ("items seen", pulse.seen),
        ("items tagged", pulse.tagged),
        ("deliveries", pulse.sent),
    ):
        table.add_row(name, _number(rates.minute), _number(rates.hour))
    return table


def _queues(pulse: "Pulse", workers: dict[str, int]) -> Table:
    table = _grid("queue", "waiting", "oldest", "workers")
    for queue in QUEUES:
        count, lag = pulse.waiting[queue]
        late = "red" if lag > 60 else "yellow" if lag > 10 else ""
        table.add_row(
            queue,
            _number(int(count)),
            Text(_age(lag), style=late),
            Text(str(workers.get(queue, 0)), style="" if workers.get(queue) else "red"),
        )
    return table


def _failing(one: Any, width: int) -> Text:
    words = Text.assemble((f"{one.name} ", "red"))
    words.append(f"{one.failures} times: ", style="dim").append(one.error)
    words.truncate(width, overflow="ellipsis")
    return words


def _alert(one: Any, pulse: "Pulse", width: int) -> Text:
    state = "dead" if one.dead else "waits" if one.pending else "sent" if one.sent else ""
    words = Text.assemble((f"{ago(one.planned_at, pulse.at):>10}  ", "dim"))
    words.append(one.watch or one.kind, style="bold")
    if state:
        words.append(f" {state}", style={"dead": "red", "waits": "yellow"}.get(state, "green"))
    words.append(f"  {' '.join(one.title.split())}")
    words.truncate(width, overflow="ellipsis")
    return words


def _number(value: int) -> str:
    return f"{value:,}"


def _age(seconds: float) -> str:
    return duration(timedelta(seconds=seconds)) if seconds >= 1 else "-"


def _seconds(value: timedelta) -> str:
    return f"{value.total_seconds():.1f} s"
