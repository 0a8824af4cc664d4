"""The console channel: alerts on standard output, laid out on a terminal, one line each elsewhere."""

import sys
from typing import ClassVar, Literal, TextIO

from pydantic import Field
from rich import box
from rich.console import Console as Terminal
from rich.panel import Panel
from rich.text import Text

from worker.alerts.wording import in_utc
from worker.channels.sender import ChannelConfig, Surroundings
from worker.model import Message, Receipt


class Console:
    """Prints alerts on standard output."""

    kind: ClassVar[str] = "console"

    class Config(ChannelConfig):
        """Nothing has to be set."""

        usual_concurrency: ClassVar[int] = 1
        sends_mail: ClassVar[bool] = False

        style: Literal["auto", "rich", "plain"] = Field(
            "auto", description="rich, plain, or auto: rich on a terminal, plain elsewhere"
        )

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._config = config
        self._name = surroundings.name

    def __repr__(self) -> str:
        return f"<Console {self._name!r}>"

    async def send(self, message: Message) -> Receipt:
        """Print one message. A closed pipe or full disk behind standard output is recoverable."""
        stream = sys.stdout
        rich = self._config.style == "rich" or (self._config.style == "auto" and stream.isatty())
        try:
            if rich:
                _print_panel(message, stream)
            else:
                _print_line(message, stream)
            stream.flush()
        except (OSError, ValueError) as error:  # ValueError: standard output was closed
            return Receipt(delivered=False, detail=f"standard output: {error}", recoverable=True)
        return Receipt(delivered=True, detail="printed")


def _print_panel(message: Message, stream: TextIO) -> None:
    body = Text(message.headline, "bold")
    body.append("\n")
    for piece, marked in message.excerpt:
        body.append(piece, "bold black on yellow" if marked else "not bold")
    body.append(f"\n{message.source}", "not bold dim")
    if message.url:
        body.append(f"\n{message.url}", "not bold blue underline")
    Terminal(file=stream, force_terminal=True, highlight=False).print(
        Panel(
            body,
            title=Text(message.bell, "bold red"),
            title_align="left",
            box=box.ROUNDED,
            border_style="red",
        )
    )


def _print_line(message: Message, stream: TextIO) -> None:
    excerpt = "".join(piece for piece, _ in message.excerpt)
    parts = (
        f"{in_utc(message.at):%Y-%m-%dT%H:%M:%SZ} {message.bell}: {message.headline}",
        "; ".join(excerpt.splitlines()),
        message.source,
        message.url,
    )
    line = " | ".join(part for part in parts if part)
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(line.encode(encoding, "replace").decode(encoding) + "\n")
