"""Other ways to write a folded word: "Müller" is also "Mueller", and "Mueller" may be "Muller"."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from worker.watches.folding import fold_name

_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"}
_SPELT_OUT = str.maketrans(_LETTERS | {upper.upper(): out for upper, out in _LETTERS.items()})
# Two letters that may stand for one: in a long word, between consonants. Not "Michael", "values".
_PAIR = re.compile(
    r"(?:(?<=[bcdfghjklmnprstvwxz])|^)(aa|ae|oe|ue)(?=[bcdfghjklmnpqrstvwxz])(?!(?:l|s|d|r|n|t)$)"
)
_LONG = 6


@lru_cache(1 << 16)
def spellings(word: str, folded: str) -> tuple[str, ...]:
    """The folded word and its other spellings; two words are the same where they share one."""
    found = [folded]
    if not word.isascii():
        spelt = fold_name(unicodedata.normalize("NFC", word).translate(_SPELT_OUT))
        if spelt != folded:
            found.append(spelt)
    if len(folded) >= _LONG and (short := _PAIR.sub(_first, folded)) != folded:
        found.append(short)
    return tuple(found)


def name_spelling(words: Iterable[str]) -> str:
    """The one spelling that a name's folded words are compared in: of Müller and Mueller, "muller"."""
    return " ".join(_PAIR.sub(_first, word) for word in words)


def _first(pair: re.Match[str]) -> str:
    return pair.group()[0]
