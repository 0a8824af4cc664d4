"""Text folded for comparison, with every offset mapped back to the text as it stands.

Folding lower-cases, takes the accents off Latin and Greek letters, evens out kinds of spaces,
apostrophes and hyphens, reads ``ё`` as ``е`` and the forms of Arabic alef as one. It drops soft
hyphens, zero-width characters and combining marks. Because ``str.lower()`` and these rules can
change a text's length, positions are only ever exchanged through ``Folded``.
"""

import unicodedata
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import Span

_PLAIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ħ": "h", "ə": "e", "ё": "е", "ґ": "г", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي",
    "ی": "ي", "ک": "ك", "ـ": "", "‘": "'", "’": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
}  # fmt: skip


class _Table(dict[int, str]):
    """What each character becomes, for ``str.translate``; filled as characters are met."""

    #: Entries kept: more than any news needs, few enough for a text of all Unicode.
    MOST = 65536

    def __init__(self) -> None:
        self.uneven: set[str] = set()  # characters that become none or several

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
        if len(folded) != 1:
            self.uneven.add(chr(code))
        if len(self) < self.MOST:
            self[code] = folded
        return folded


def fold_character(character: str) -> str:
    """What one character becomes: usually one character, sometimes none or several."""
    low = unicodedata.normalize("NFKC", character).lower()
    return "".join(_fold_lowered(part) for part in low)


def _fold_lowered(character: str) -> str:
    plain = _PLAIN.get(character)
    if plain is not None:
        return plain
    if character.isspace():
        return " "
    category = unicodedata.category(character)
    if category == "Mn" and "LATIN" not in unicodedata.name(character, ""):
        # Indic vowel signs carry meaning; the combining accents of Europe, Arabic and Hebrew do not.
        return "" if ord(character) < 0x0900 else character
    if category == "Cf":
        return ""
    base = unicodedata.normalize("NFD", character)
    if len(base) > 1 and ord(base[0]) < 0x0400:
        return _PLAIN.get(base[0], base[0])
    return character


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text; ``offsets`` maps each of its positions to the original (``None``: the same)."""

    text: str
    offsets: Sequence[int] | None = None

    def original(self, start: int, end: int) -> Span:
        """The span in the original text of ``text[start:end]`` (never empty input)."""
        if self.offsets is None:
            return start, end
        # The end is taken behind the last character, so that dropped marks stay outside.
        return self.offsets[start], self.offsets[end - 1] + 1


def fold(text: str) -> Folded:
    """Fold a text. Time and memory grow linearly with its length."""
    if text.isascii():
        return Folded(text.lower().translate(_ASCII))
    folded = text.translate(_TABLE)
    if _TABLE.uneven.isdisjoint(text):
        return Folded(folded)
    offsets = array("q")
    for position, character in enumerate(text):
        offsets.extend([position] * len(_TABLE[ord(character)]))
    return Folded(folded, offsets)


_TABLE = _Table()


@lru_cache(maxsize=16384)
def fold_word(word: str) -> str:
    """The folded text of a word (or another short text), whose positions do not matter."""
    return fold(word).text


_ASCII = {ord(character): " " for character in "\t\n\r\v\f\x1c\x1d\x1e\x1f"} | {ord("`"): "'"}
