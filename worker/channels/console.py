"""The console channel: alerts on standard output, laid out on a terminal, one line each elsewhere."""

import sys
from datetime import UTC
from typing import ClassVar, Literal, TextIO

from pydantic import Field
from rich import box
from rich.console import Console as Terminal
from rich.panel import Panel
from rich.text import Text

from worker.alerts.render import snippet, subject
from worker.channels.plain import one_line
from worker.channels.sender import ChannelConfig, Surroundings
from worker.model import Announcement, Receipt


class Console:
    """Prints alerts on standard output."""

    kind: ClassVar[str] = "console"

    class Config(ChannelConfig):
        """Nothing has to be set."""

        style: Literal["auto", "rich", "plain"] = Field(
            "auto", description="rich, plain, or auto: rich on a terminal, plain elsewhere"
        )

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._config = config
        self._name = surroundings.name

    def __repr__(self) -> str:
        return f"<Console {self._name!r}>"

    async def send(self, announcement: Announcement) -> Receipt:
        """Print one alert. A closed pipe or full disk behind standard output is recoverable."""
        stream = sys.stdout
        rich = self._config.style == "rich" or (self._config.style == "auto" and stream.isatty())
        try:
            if rich:
                _print_panel(announcement, stream)
            else:
                _print_line(announcement, stream)
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: standard output was closed
            return Receipt(delivered=False, detail=f"standard output: {error}", recoverable=True)
        return Receipt(delivered=True, detail="printed")


def _print_panel(announcement: Announcement, stream: TextIO) -> None:
    article = announcement.article
    found = snippet(announcement)
    # Control characters become one space each, so that the spans stay where they are.
    passage = Text("".join(char if char.isprintable() else " " for char in found.text))
    for start, end in found.highlights:
        passage.stylize("bold black on yellow", start, end)
    body = Text.assemble(
        (one_line(article.title), "bold"), "\n", passage, "\n", (_source(announcement), "dim"), "\n",
        (one_line(article.url), "blue underline"),
    )  # fmt: skip
    title = Text(f"{_bell(announcement)} {one_line(announcement.watch_name)}", "bold red")
    Terminal(file=stream, force_terminal=True, highlight=False).print(
        Panel(body, title=title, title_align="left", box=box.ROUNDED, border_style="red")
    )


def _print_line(announcement: Announcement, stream: TextIO) -> None:
    at = announcement.alerted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    words = one_line(
        f"{at} {_bell(announcement)} {subject(announcement)} | {snippet(announcement).text} | "
        f"{_source(announcement)} | {announcement.article.url}"
    )
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(words.encode(encoding, "replace").decode(encoding) + "\n")


def _bell(announcement: Announcement) -> str:
    return "TEST" if announcement.test else "ALERT"


def _source(announcement: Announcement) -> str:
    """Who reports it and when, as one line."""
    published = announcement.article.published
    when = published.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC") if published else ""
    parts = (", ".join(announcement.outlets) or announcement.feed_name, when)
    return one_line(" · ".join(part for part in parts if part))
