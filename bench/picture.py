"""The picture in the README: a run of the demonstration, of each thing that it shows the first few.

Nothing is written where the run was not as expected.
"""

import argparse
import io
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from worker.alerts.reasons import rule_of
from worker.demo.events import BellRang, Closing, Event, NoticeRang, StayedSilent
from worker.demo.play import play
from worker.demo.screen import Screen

WIDTH = 100
MOST = {"rings": 3, "told again": 1}
"""Rows of a kind that are shown; of each other kind one."""
_FETCHED = re.compile(r',\s*url\("https?:[^"]*"\) format\("[^"]*"\)')


class Kept(Screen):
    """Shows events as they come, and keeps them."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Event] = []

    def show(self, event: Event) -> None:
        """Show one event."""
        self.events.append(event)
        super().show(event)


def kind_of(event: Event) -> str:
    """What an event shows, ``""`` for what needs no picture: that an article came, and its tags."""
    match event:
        case BellRang():
            return "told again" if event.update else "rings"
        case NoticeRang():
            return event.label
        case StayedSilent():
            return f"silent: {rule_of(event.reason) or event.reason}"
        case Closing():
            return "closing"
    return ""


def chosen(events: Iterable[Event]) -> list[Event]:
    """The first few of each kind, in their order."""
    seen: Counter[str] = Counter()
    found: list[Event] = []
    for event in events:
        kind = kind_of(event)
        if isinstance(event, BellRang) and seen[event.headline]:
            continue  # it rang for several watches
        if isinstance(event, BellRang):
            seen[event.headline] += 1
        seen[kind] += 1
        if kind and seen[kind] <= MOST.get(kind, 1):
            found.append(event)
    return found


def drawn(events: Iterable[Event]) -> str:
    """The events as SVG that fetches nothing."""
    console = Console(
        record=True, force_terminal=True, color_system="truecolor", width=WIDTH, highlight=False,
        file=io.StringIO(), legacy_windows=False,
    )  # fmt: skip
    screen = Screen(console)
    for event in events:
        screen.show(event)
    svg = console.export_svg(title="tocsin demo", unique_id="demo", theme=MONOKAI)
    return "\n".join(line.rstrip() for line in _FETCHED.sub("", svg).splitlines()) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs/demo.svg"))
    given = parser.parse_args()
    screen = Kept()
    code = play(screen=screen)
    if code:
        print(f"{given.output} is left as it is: the run was not as expected")
        return code
    given.output.write_text(drawn(chosen(screen.events)))
    print(given.output)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
