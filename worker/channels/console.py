"""The console channel: alerts on standard output, laid out on a terminal, one line each elsewhere."""

import sys
from typing import ClassVar, Literal, TextIO

from pydantic import Field
from rich import box
from rich.console import Console as Terminal
from rich.panel import Panel
from rich.text import Text

from worker.alerts.render import snippet
from worker.alerts.wording import (
    clean_line,
    headline,
    in_utc,
    outlet_words,
    safe_url,
    time_words,
)
from worker.channels.sender import ChannelConfig, Surroundings
from worker.model import Announcement, Receipt

#: Code points of a watch's name that are shown.
WATCH_LIMIT = 60


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
    body = Text(headline(announcement), "bold")
    body.append("\n")
    for piece, marked in snippet(announcement).pieces():
        body.append(piece, "bold black on yellow" if marked else "not bold")
    body.append(f"\n{_source(announcement)}", "not bold dim")
    url = safe_url(announcement.article.url)
    if url:
        body.append(f"\n{url}", "not bold blue underline")
    Terminal(file=stream, force_terminal=True, highlight=False).print(
        Panel(
            body,
            title=Text(_title(announcement), "bold red"),
            title_align="left",
            box=box.ROUNDED,
            border_style="red",
        )
    )


def _print_line(announcement: Announcement, stream: TextIO) -> None:
    at = f"{in_utc(announcement.alerted_at):%Y-%m-%dT%H:%M:%SZ}"
    parts = (
        f"{at} {_title(announcement)}: {headline(announcement)}",
        snippet(announcement).text,
        _source(announcement),
        safe_url(announcement.article.url),
    )
    line = " | ".join(part for part in parts if part)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")


def _title(announcement: Announcement) -> str:
    """What rings, and for which watch."""
    bell = "TEST" if announcement.test else "ALERT"
    return f"{bell} {clean_line(announcement.watch_name, WATCH_LIMIT)}"


def _source(announcement: Announcement) -> str:
    """Who reports it, and when it was published."""
    published = announcement.article.published
    when = time_words(published) if published else ""
    return " · ".join(part for part in (outlet_words(announcement.outlets), when) if part)
