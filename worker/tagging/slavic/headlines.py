"""Lines in capitals written as other lines are, for models and rules that know names by case."""

import re
from collections import Counter
from collections.abc import Iterable

from worker.tagging.inflection import parses_of
from worker.tagging.recognizer import MAX_CHARACTERS
from worker.tagging.slavic.nominative import name_part

_WORD = re.compile(r"[^\W\d_]+(?:[-‑’'ʼ][^\W\d_]+)*")
_LEAST_LETTERS, _SHARE = 8, 0.8


def soften(text: str, language: str) -> str:
    """``text`` with lines in capitals brought to ordinary case, every character in its place.

    A word is written as it mostly is in the article's other lines; one that only stands in
    capitals gets its first one if the dictionary has it as a name, or not at all.
    """
    lines = text[:MAX_CHARACTERS].splitlines(keepends=True)
    shouted = [_is_shouted(line) for line in lines]
    if not any(shouted):
        return text
    seen = _seen(line for line, loud in zip(lines, shouted, strict=True) if not loud)
    softened = (
        _soften(line, seen, language) if loud else line
        for line, loud in zip(lines, shouted, strict=True)
    )
    return "".join(softened) + text[MAX_CHARACTERS:]


def _is_shouted(line: str) -> bool:
    letters = [character for character in line if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    return len(letters) >= _LEAST_LETTERS and capitals >= _SHARE * len(letters)


def _seen(lines: Iterable[str]) -> dict[str, str]:
    """Lower-case words -> how they are mostly written, first words of sentences left out."""
    counted: dict[str, Counter[str]] = {}
    for line in lines:
        for match in _WORD.finditer(line):
            if (
                line[: match.start()].rstrip(' «„“"(').endswith((".", "!", "?", "…"))
                or not line[: match.start()].strip()
            ):
                continue
            counted.setdefault(match[0].lower(), Counter())[match[0]] += 1
    return {
        word: max(forms, key=lambda form: (forms[form], form)) for word, forms in counted.items()
    }


def _soften(line: str, seen: dict[str, str], language: str) -> str:
    first = _WORD.search(line)

    def recase(match: re.Match[str]) -> str:
        written = _written(match[0], seen, language)
        if first and match.start() == first.start():
            written = written[:1].upper() + written[1:]
        return written if len(written) == len(match[0]) else match[0]

    return _WORD.sub(recase, line)


def _written(word: str, seen: dict[str, str], language: str) -> str:
    lowered = word.lower()
    if lowered in seen:
        return seen[lowered]
    parses = [parse for parse in parses_of(lowered, language) if parse.is_known]
    if len(word) == 1 and not parses:
        return word
    if not parses:
        return "-".join(part.capitalize() for part in word.split("-"))
    best = parses[0]
    if "Abbr" in best.tag.grammemes:
        return word
    if name_part(best) or "Geox" in best.tag.grammemes:
        return "-".join(part.capitalize() for part in word.split("-"))
    return lowered
