"""What mails are built of in plain text: lines that fit any reader, headings, numbered lists."""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from worker.alerts.wording import in_blocks

WIDTH = 72
"""Columns; a link or a command that is longer stays whole."""


def page(blocks: Iterable[str], footer: Iterable[str]) -> str:
    """A whole text; the footer stands under the line that mail readers know for one (RFC 3676)."""
    return in_blocks([*blocks, "\n".join(["-- ", *filter(None, footer)])])


def wrapped(text: str, indent: str = "", *, first: str | None = None) -> str:
    """A text in lines of at most ``WIDTH`` columns; words are left whole if a line can hold them."""
    lines, begun = [], first if first is not None else indent
    line, room = begun, WIDTH - columns(begun)
    for word in _words(text, WIDTH - columns(indent)):
        gap = "" if line == begun or word.startswith("\0") else " "
        word = word.removeprefix("\0")  # noqa: PLW2901  the rest of a word that was broken
        wide = columns(word) + len(gap)
        if wide > room and line != begun:
            lines.append(line)
            line = begun = indent
            room, gap, wide = WIDTH - columns(indent), "", columns(word)
        line, room = f"{line}{gap}{word}", room - wide
    return "\n".join([*lines, line]) if line != begun or lines or first else ""


def _words(text: str, most: int) -> Iterator[str]:
    """The words; those of scripts without spaces in pieces, of which all but the first begin with NUL."""
    for word in text.replace("\0", "").split():
        if word.isascii() or columns(word) <= most:
            yield word
            continue
        mark = ""
        while columns(word) > most:
            end = next(n for n in range(1, len(word) + 1) if columns(word[: n + 1]) > most)
            yield mark + word[:end]
            word, mark = word[end:], "\0"  # noqa: PLW2901
        yield mark + word


def columns(text: str) -> int:
    """How many columns a text takes: signs of East Asia and emoji take two, accents none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(sign) else 1 + (unicodedata.east_asian_width(sign) in "WF")
        for sign in text
    )


def title(text: str) -> str:
    """What the mail is about, underlined."""
    lines = wrapped(text)
    return f"{lines}\n{'=' * max(map(columns, lines.splitlines()))}"


def part(heading: str, lines: Sequence[str]) -> str:
    """A part with its heading, nothing where it is empty."""
    return "\n".join([heading.upper(), *lines]) if lines else ""


def labelled(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Labels with words, continued below the words."""
    return [wrapped(f"{label}: {words}", "  ", first="") for label, words in rows]


def commands(rows: Iterable[tuple[str, str]]) -> list[str]:
    """What each command or link is for, and itself on a line of its own."""
    return [f"{label}:\n  {command}" for label, command in rows]
