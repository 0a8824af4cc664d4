"""Whether an entry of a feed holds its whole article."""

import re
from collections.abc import Sequence

from worker.articles.furniture import clean
from worker.markup import paragraphs
from worker.model import Entry

#: How a text ends that goes on elsewhere.
_CUT_OFF = re.compile(
    r"(?:\.\.\.|…|\[\s*(?:\.\.\.|…|\+\d+ chars)\s*\]"
    r"|(?:read|see|learn) more|continue reading.{0,200}|(?:read|view) (?:the )?(?:full|rest of the|entire) (?:story|article|post).{0,100}"
    r"|читать (?:далее|дальше|полностью)|подробнее|читати (?:далі|повністю)|докладніше|lire la suite|lire l['’]article"
    r"|leer más|seguir leyendo|sigue leyendo|weiterlesen|mehr lesen|weiter lesen)[\s.>»→\])]*$",
    re.IGNORECASE,
)
#: Words that say so, and what stands behind them, are no longer: a run of full stops may be.
_LONGEST_CUT = 400
_FULL_LENGTH = 700
_FULL_PARAGRAPHS = 3
_SHORTEST_PARAGRAPH = 80
_SHORTEST = min(_FULL_LENGTH, _FULL_PARAGRAPHS * _SHORTEST_PARAGRAPH)


def cut_off(line: str) -> re.Match[str] | None:
    """What says at the end of a line that the text goes on elsewhere."""
    return _CUT_OFF.search(line, max(0, len(line) - _LONGEST_CUT))


def has_full_content(entry: Entry, lines: Sequence[str] | None = None) -> bool:
    """Whether the feed holds the whole text, so that the page need not be fetched.

    That is content of about 700 characters, or of several whole paragraphs, that is not cut off
    ("...", "Read more"). A summary is never taken for the whole. ``lines`` are the paragraphs of
    the content, where they are known.
    """
    if len(entry.content) < _SHORTEST:
        return False
    if lines is None:
        lines = paragraphs(entry.content)
    if sum(map(len, lines)) < _SHORTEST or cut_off(lines[-1]):
        return False
    kept = clean(lines, entry.title).paragraphs
    whole = sum(len(line) >= _SHORTEST_PARAGRAPH for line in kept)
    return sum(map(len, kept)) >= _FULL_LENGTH or whole >= _FULL_PARAGRAPHS
