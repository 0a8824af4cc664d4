"""Headlines written as other lines are: models know names by case."""

import re

from worker.tagging.english.words import HEADLINE_VERBS

_WORD = re.compile(r"[^\W\d_][\w.]*(?:['’]\w+)?")
_LEAST_LETTERS, _SHARE = 8, 0.8
#: A headline in title case: so many long words at least, nearly all with capitals, in a short line.
_LEAST_WORDS, _LONG, _TITLED, _HEADLINE = 3, 4, 0.85, 160
_ABBREVIATIONS = frozenset(
    {"US", "UK", "UN", "EU", "UAE", "USA", "NATO", "U.S.", "U.K.", "U.N.", "II", "III", "IV", "VI"}
)
_SMALL = frozenset(
    {"a", "an", "and", "are", "as", "at", "but", "by", "for", "from", "in", "into", "is", "not"}
    | {"of", "off", "on", "or", "out", "over", "than", "that", "the", "to", "up", "was", "with"}
)


def soften(text: str) -> str:
    """``text`` with lines in capitals in title case, every character in its place.

    A word that stands only in lower case elsewhere in the text is written so, in headlines in title
    case too.
    """
    lines = text.splitlines(keepends=True)
    loud = [_is_shouted(line) for line in lines]
    titled = [not shouted and _is_titled(line) for line, shouted in zip(lines, loud, strict=True)]
    if not any(loud) and not any(titled):
        return text
    ordinary = (
        match[0]
        for line, *marked in zip(lines, loud, titled, strict=True)
        if not any(marked)
        for match in _WORD.finditer(line)
    )
    words = {word.rstrip(".") for word in ordinary}
    low = {word for word in words if word.islower() and word.capitalize() not in words} | _SMALL
    return "".join(
        _soften(line, low) if shouted else _lowered(line, low | HEADLINE_VERBS) if capital else line
        for line, shouted, capital in zip(lines, loud, titled, strict=True)
    )


def _is_titled(line: str) -> bool:
    """Whether a line is a headline in title case, as American newspapers write them."""
    if len(line) > _HEADLINE:
        return False
    words = [word for word in _WORD.findall(line) if len(word) >= _LONG]
    return (
        len(words) >= _LEAST_WORDS
        and sum(word[0].isupper() for word in words) >= len(words) * _TITLED
    )


def _lowered(line: str, low: set[str] | frozenset[str]) -> str:
    """A line in title case with its ordinary words in lower case, the first one excepted."""
    first = _WORD.search(line)

    def recase(match: re.Match[str]) -> str:
        lowered = match[0][0].lower() + match[0][1:]
        is_first = first is not None and match.start() == first.start()
        return (
            lowered
            if lowered in low and not is_first and len(lowered) == len(match[0])
            else match[0]
        )

    return _WORD.sub(recase, line)


def _is_shouted(line: str) -> bool:
    beginning = line[:_HEADLINE]
    letters = sum(map(str.isalpha, beginning))
    return letters >= _LEAST_LETTERS and sum(map(str.isupper, beginning)) >= letters * _SHARE


def _soften(line: str, low: set[str]) -> str:
    first = _WORD.search(line)

    def recase(match: re.Match[str]) -> str:
        word = match[0]
        if word in _ABBREVIATIONS:
            return word
        lowered = "".join(character.lower()[0] for character in word)
        is_first = first is not None and match.start() == first.start()
        return lowered if lowered in low and not is_first else word[0] + lowered[1:]

    return _WORD.sub(recase, line)
