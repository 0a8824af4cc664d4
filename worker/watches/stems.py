"""The stems of words, by language: what its forms have in common ("elections", "election")."""

import unicodedata
from collections.abc import Callable
from functools import cache

import Stemmer

from worker.watches.folding import fold_name

_ALGORITHMS = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "ne": "nepali",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
}
# Ukrainian has no algorithm of its own there. Longest first.
_ENDINGS = (
    "а у о и і е є ю я ь й ї ам ям ах ях ом ем єм ою ею єю ів їв ей ий ій их іх ими іми ами ями "
    "ого ього ому ьому ої ові еві єві ня ню ням нями ння нню нням ський ська ське ські "
    "ського ському ську ською ських ським ськими"
)
_UKRAINIAN = tuple(sorted(_ENDINGS.split(), key=len, reverse=True))
# Invisible characters, and a letter that the algorithms have no use for.
_PLAIN = str.maketrans("ё", "е", "\u00ad\u200b\u200c\u200d\u2060\u0301")
_SHORTEST = 3
"""A word of fewer letters has no stem, and no stem is shorter."""


def languages() -> tuple[str, ...]:
    """The languages whose words have stems."""
    return (*_ALGORITHMS, "uk")


@cache
def stemmer(language: str) -> Callable[[str], str] | None:
    """What gives the folded stem of a word in a language (ISO 639-1); None where there is nothing.

    ``""`` is the stem of what has none: numbers, very short words.
    """
    if language == "uk":
        return lambda word: _stem(word, _ukrainian)
    if language not in _ALGORITHMS:
        return None
    algorithm = Stemmer.Stemmer(_ALGORITHMS[language], 0)
    return lambda word: _stem(word, algorithm.stemWord)


def _stem(word: str, algorithm: Callable[[str], str]) -> str:
    if len(word) < _SHORTEST or word[-1].isdigit():
        return ""
    lowered = word.lower()
    if lowered.isascii():
        stem = algorithm(lowered)
    else:
        plain = unicodedata.normalize("NFKC", lowered).translate(_PLAIN)
        stem = fold_name(algorithm(plain))
    return stem if len(stem) >= _SHORTEST else ""


def _ukrainian(word: str) -> str:
    for ending in _UKRAINIAN:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST:
            return word[: -len(ending)]
    return word
