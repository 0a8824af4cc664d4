"""An article for a person's eyes, with every decision that tagging made under its paragraph."""

import re
from collections.abc import Iterator, Sequence

from rich.text import Text

from worker.cli.output import console
from worker.model import Article, Kind, Mention
from worker.tagging import Decision

_PARAGRAPH = re.compile(r"[^\n]+")
_COLOURS = {
    Kind.PERSON: "green",
    Kind.ORGANIZATION: "cyan",
    Kind.COUNTRY: "yellow",
    Kind.TOPIC: "magenta",
}


def print_explained(
    article: Article, mentions: Sequence[Mention], decisions: Sequence[Decision]
) -> None:
    """Print it: ``+`` counts, ``-`` does not."""
    out = console()
    for part, text in _parts(article):
        here = [one for one in decisions if one.part == part]
        for match in _PARAGRAPH.finditer(text):
            start, end = match.span()
            inside = [one for one in here if start <= one.span[0] < end]
            paragraph = Text(match[0], style="bold" if part == "title" else "")
            for one in inside:
                if one.kept:
                    paragraph.stylize(_COLOURS[one.kind], one.span[0] - start, one.span[1] - start)
            out.print(paragraph, highlight=False)
            for line in _lines(inside):
                out.print(line, highlight=False)
            out.print()
    for left_out in article.removed:
        out.print(
            Text(f"left out ({left_out.reason}): {left_out.line}", style="dim"), highlight=False
        )
    for kind in Kind:
        named = [named_surely(m) for m in mentions if m.kind is kind]
        out.print(f"{kind.value + ':':<14}{', '.join(named) or 'none'}", highlight=False)


def named_surely(mention: Mention) -> str:
    """A mention with its salience, how sure it is and why: "Putin (0.71, certain: full name)"."""
    why = f"{mention.confidence.value}{': ' * bool(mention.support)}{mention.support}"
    return f"{mention.name} ({mention.salience:.2f}, {why})"


def _parts(article: Article) -> Iterator[tuple[str, str]]:
    yield "title", article.title
    yield "text", article.text
    yield "captions", "\n\n".join(article.captions)


def _lines(decisions: Sequence[Decision]) -> Iterator[Text]:
    """A line for each decision; what befell the same words alike is told once."""
    told: dict[tuple[str, Kind, str, bool, str], int] = {}
    for one in decisions:
        key = (one.surface, one.kind, one.name, one.kept, one.why)
        told[key] = told.get(key, 0) + 1
    for (surface, kind, name, kept, why), times in told.items():
        shown = " ".join(surface.split())
        meant = name if name != shown else ""
        often = f" ({times} times)" if times > 1 else ""
        line = f"  {'+' if kept else '-'} {shown:<24} {kind.value:<13} {meant:<24} {why}{often}"
        yield Text(line, style=_COLOURS[kind] if kept else "dim")
