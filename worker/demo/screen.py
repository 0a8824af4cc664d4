"""Screen: shows the demonstration's events as they come.

In colour on a terminal; otherwise plain lines, one event a line and no control codes, so that
a log of the run reads well too.
"""

import math
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise

from rich.box import ROUNDED
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from worker.demo.events import (
    BellRang,
    Closing,
    Event,
    Latencies,
    Note,
    NoticeRang,
    StayedSilent,
    Step,
    StoryArrived,
    TagsFound,
)
from worker.model import Span

_PEOPLE = "black on bright_cyan"
_ORGANIZATIONS = "black on bright_magenta"
_COUNTRIES = "black on bright_green"
_TOPICS = "black on bright_yellow"
_BELL = "bold white on red"
_MORE = "bold white on blue"
_HIT = "bold black on yellow"

#: Cells the time and the label take, with the gaps round them.
_MARGIN = 19


def latencies(seconds: Iterable[float]) -> Latencies | None:
    """The median and the 95th percentile by nearest rank; None when there is nothing."""
    ordered = sorted(seconds)
    if not ordered:
        return None

    def rank(share: float) -> float:
        return ordered[max(0, math.ceil(share * len(ordered)) - 1)]

    return Latencies(p50=rank(0.50), p95=rank(0.95), count=len(ordered))


def clean(text: str) -> str:
    """The text on one line and without control characters, which news could smuggle in.

    Keeps the number of characters, so that offsets still hold.
    """
    return "".join(" " if unicodedata.category(char) in _UNSEEN else char for char in text)


_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def merge(highlights: Iterable[Span], length: int) -> list[Span]:
    """The spans in order, cut to the text's length, overlapping ones joined, empty ones left out."""
    merged: list[Span] = []
    for start, end in sorted(highlights):
        begin, stop = max(0, start), min(length, end)
        if begin >= stop:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((begin, stop))
    return merged


def mark(snippet: str, highlights: Iterable[Span]) -> str:
    """The snippet with its highlights between asterisks, for plain lines."""
    spans = merge(highlights, len(snippet))
    edges = [0, *(edge for span in spans for edge in span), len(snippet)]
    parts = [snippet[start:end] for start, end in pairwise(edges)]
    return "".join(f"*{part}*" if number % 2 else part for number, part in enumerate(parts))


class Screen:
    """Shows events on a console; without one, on standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._plain = not self._console.is_terminal or self._console.is_dumb_terminal

    def show(self, event: Event) -> None:
        """Show one event."""
        if self._plain:
            for line in plain_lines(event):
                self._console.print(line, markup=False, highlight=False, soft_wrap=True)
        elif isinstance(event, Closing):
            self._close(event)
        else:
            self._console.print(_row(event, self._console.width))

    def _close(self, event: Closing) -> None:
        self._console.print()
        self._console.print(_closing_table(event))
        if not event.complaints:
            self._console.print(Text(" ✔ every expected alert, and no other ", _COUNTRIES))
            return
        self._console.print(Text(" ✘ not as expected ", _BELL))
        for complaint in event.complaints:
            self._console.print(Padding(Text(clean(complaint), "red"), (0, 0, 0, 3)))


# -------------------------------------------------------------------------------------- colour


def _row(event: Step, width: int) -> Table:
    label, content = _label_and_content(event, width - _MARGIN)
    row = _grid()
    row.add_column(width=6, justify="right", no_wrap=True)
    row.add_column(width=9, no_wrap=True)
    row.add_column(overflow="fold")
    row.add_row(Text(f"{event.at:.1f}s", "dim"), label, content)
    return row


def _grid() -> Table:
    return Table.grid(padding=(0, 1), expand=False)


def _label_and_content(event: Step, width: int) -> tuple[Text, RenderableType]:
    match event:
        case Note():
            return Text("note", "dim"), Text(clean(event.text), "dim")
        case StoryArrived():
            return Text("story", "bold blue"), _story(event)
        case TagsFound():
            return Text("tags", "green"), _tags(event, width)
        case BellRang():
            return (Text(" MORE ", _MORE) if event.update else Text(" RING ", _BELL)), _bell(event)
        case NoticeRang():
            return Text(f" {event.label} ", _MORE), _notice(event)
        case StayedSilent():
            return Text("silent", "yellow"), _silence(event)


def _story(event: StoryArrived) -> Table:
    headline = Text(clean(event.headline), "dim" if event.baseline else "bold")
    if event.baseline:
        headline.append("  older", "not bold dim")
    if event.revision:
        headline.append(f"  edited, version {event.revision + 1}", "not bold yellow")
    line = _grid()
    line.add_column(width=20, style="cyan", no_wrap=True)
    line.add_column(width=2, style="dim", no_wrap=True)
    line.add_column(overflow="fold")
    line.add_row(Text(clean(event.outlet)), Text(event.language), headline)
    return line


def _chips(names: Sequence[str], style: str, width: int) -> list[Text]:
    chips = [Text(f" {clean(name)} ", style) for name in names]
    for chip in chips:
        chip.truncate(width, overflow="ellipsis")
    return chips


def _flow(chips: Sequence[Text], width: int) -> list[Text]:
    """The chips in lines no wider than ``width`` cells; none is broken."""
    lines: list[Text] = []
    for chip in chips:
        if lines and lines[-1].cell_len + 1 + chip.cell_len <= width:
            lines[-1] = Text.assemble(lines[-1], " ", chip)
        else:
            lines.append(chip)
    return lines


def _tags(event: TagsFound, width: int) -> Group:
    headline = Text(clean(event.headline), "dim", no_wrap=True, overflow="ellipsis")
    chips = [
        *_chips(event.people, _PEOPLE, width),
        *_chips(event.organizations, _ORGANIZATIONS, width),
        *_chips(event.countries, _COUNTRIES, width),
        *_chips(event.topics, _TOPICS, width),
    ]
    return Group(headline, *(_flow(chips, width) or [Text("nothing found", "dim")]))


def _bell(event: BellRang) -> Group:
    snippet = Text(clean(event.snippet))
    for start, end in merge(event.highlights, len(event.snippet)):
        snippet.stylize(_HIT, start, end)
    sent = Text(f"→ {', '.join(event.channels)}", "green")
    if event.latency is not None:
        sent.append(f"  {event.latency:.1f} s after publication", "dim")
    heading = Text.assemble((clean(event.watch), "bold red"), ("  " + clean(event.outlet), "cyan"))
    return Group(heading, snippet, sent)


def _notice(event: NoticeRang) -> Group:
    lines = [Text(clean(line)) for line in event.lines]
    sent = Text(f"→ {', '.join(event.channels)}", "green")
    return Group(Text(clean(event.headline), "bold blue"), *lines, sent)


def _silence(event: StayedSilent) -> Text:
    return Text.assemble(
        (clean(event.watch), "yellow"),
        ("  " + clean(event.outlet), "cyan"),
        ("  " + clean(event.headline), "dim"),
        (f"\n{clean(event.reason)}", "italic"),
    )


def _closing_table(event: Closing) -> Table:
    table = Table(box=ROUNDED, title="The newsroom's day", title_style="bold", show_header=False)
    table.add_column(style="cyan")
    table.add_column(justify="right", style="bold")
    for name, value in _figures(event):
        table.add_row(name, value)
    return table


# --------------------------------------------------------------------------------------- plain


def _figures(event: Closing) -> list[tuple[str, str]]:
    figures = [
        ("feeds", f"{event.feeds}"),
        ("items", f"{event.items}"),
        ("tagged", f"{event.tagged}"),
        ("stories", f"{event.stories}"),
        ("alerts", f"{event.alerts}"),
        ("matches that stayed silent", f"{event.silent}"),
    ]
    figures += [(f"deliveries by {name}", f"{n}") for name, n in event.deliveries.items()]
    if event.latencies is not None:
        figures.append(("publication to delivery, p50", f"{event.latencies.p50:.1f} s"))
        figures.append(("publication to delivery, p95", f"{event.latencies.p95:.1f} s"))
    return figures


def plain_lines(event: Event) -> list[str]:
    """The event as lines of plain text: one, or for the closing one for each figure."""
    if isinstance(event, Closing):
        lines = [f"{name:<30}{value:>8}" for name, value in _figures(event)]
        if not event.complaints:
            return [*lines, "every expected alert, and no other"]
        return [*lines, "not as expected:", *(f"  {clean(text)}" for text in event.complaints)]
    label, parts = _plain_parts(event)
    return [f"{event.at:6.1f}s  {label:<6}  {' | '.join(clean(part) for part in parts if part)}"]


def _plain_parts(event: Step) -> tuple[str, list[str]]:
    match event:
        case Note():
            return "note", [event.text]
        case StoryArrived():
            older = "older" if event.baseline else ""
            edited = f"edited, version {event.revision + 1}" if event.revision else ""
            return "story", [f"{event.outlet} ({event.language})", event.headline, older, edited]
        case TagsFound():
            return "tags", [event.headline, *_named(event)]
        case BellRang():
            took = f"{event.latency:.1f} s" if event.latency is not None else ""
            snippet = mark(event.snippet, event.highlights)
            via = ", ".join(event.channels)
            label = "MORE" if event.update else "RING"
            return label, [event.watch, event.outlet, event.headline, snippet, via, took]
        case NoticeRang():
            return event.label, [event.headline, *event.lines, ", ".join(event.channels)]
        case StayedSilent():
            return "silent", [event.watch, event.outlet, event.headline, event.reason]


def _named(event: TagsFound) -> list[str]:
    groups = {
        "people": event.people,
        "organizations": event.organizations,
        "countries": event.countries,
        "topics": event.topics,
    }
    return [f"{group}: {', '.join(names)}" for group, names in groups.items() if names]
