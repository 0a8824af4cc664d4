"""Text folded for comparison, with every offset mapped back to the text as it stands.

Folding lower-cases, takes the accents off Latin and Greek letters, evens out kinds of spaces,
apostrophes and hyphens, reads ``ё`` as ``е`` and the forms of Arabic alef as one. It drops soft
hyphens, zero-width characters and combining marks. Because ``str.lower()`` and these rules can
change a text's length, positions are only ever exchanged through ``Folded``.
"""

import re
import unicodedata
from array import array
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import Span

_PLAIN = {
    "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i",
    "ħ": "h", "ə": "e", "ё": "е", "ґ": "г", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي",
    "ی": "ي", "ک": "ك", "ـ": "", "‘": "'", "’": "'", "ʼ": "'", "ʻ": "'", "`": "'", "´": "'",
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-",
    "\u05f3": "'", "\u05f4": '"', "\u05be": "-", "\u0374": "'", "\u02b9": "'",
}  # fmt: skip


class _Table(dict[int, str]):
    """What each character becomes, for ``str.translate``; filled as characters are met."""

    #: Entries kept: more than any news needs, few enough for a text of all Unicode.
    MOST = 65536

    def __missing__(self, code: int) -> str:
        folded = fold_character(chr(code))
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
    """Folded text with the way back.

    ``breaks`` are the positions in ``text`` from where on the distance to the original is another,
    ``origins`` the positions in the original that belong to them; none where it is never another.
    """

    text: str
    breaks: Sequence[int] = ()
    origins: Sequence[int] = ()

    def original(self, start: int, end: int) -> Span:
        """The span in the original text of ``text[start:end]`` (never empty input)."""
        if not self.breaks:
            return start, end
        # The end is taken behind the last character, so that dropped marks stay outside.
        return self._origin(start), self._origin(end - 1) + 1

    def _origin(self, at: int) -> int:
        number = bisect_right(self.breaks, at) - 1
        return at if number < 0 else self.origins[number] + at - self.breaks[number]


def fold(text: str) -> Folded:
    """Fold a text. Time and memory grow linearly with its length."""
    if text.isascii():
        return Folded(text.lower().translate(_ASCII))
    others = set(text.encode("utf-8", _LONE).translate(None, _ASCII_BYTES).decode("utf-8", _LONE))
    becoming = {character: _TABLE[ord(character)] for character in others}
    uneven = [character for character, folded in becoming.items() if len(folded) != 1]
    plain = _replaced(text, becoming) if len(others) <= _FEW else text.translate(_TABLE)
    return Folded(plain, *_breaks(text, uneven, becoming)) if uneven else Folded(plain)


def _replaced(text: str, becoming: Mapping[str, str]) -> str:
    """A text with few characters outside ASCII, folded: those are replaced one kind at a time."""
    for character, folded in becoming.items():
        if folded != character:
            if not folded.isascii() and not becoming.keys().isdisjoint(folded):
                return text.translate(_TABLE)  # what comes out would be folded again
            text = text.replace(character, folded)
    for space in _SPACES:
        text = text.replace(space, " ")
    # Outside ASCII nothing is upper-case any more that could change its length.
    return text.replace("`", "'").lower()


def _breaks(
    text: str, uneven: Sequence[str], becoming: Mapping[str, str]
) -> tuple[Sequence[int], Sequence[int]]:
    """Where folded positions part from the original ones, for the characters that do it."""
    breaks, origins = array("q"), array("q")
    shift = 0
    for match in re.finditer(f"[{re.escape(''.join(uneven))}]", text):
        position = match.start()
        length = len(becoming[match[0]])
        for later in range(1, length):
            breaks.append(position + shift + later)
            origins.append(position)
        shift += length - 1
        breaks.append(position + shift + 1)
        origins.append(position + 1)
    return breaks, origins


_TABLE = _Table()


def fold_name(name: str) -> str:
    """The folded text of a short text whose positions do not matter."""
    return name.lower().translate(_ASCII) if name.isascii() else name.translate(_TABLE)


def fold_names(names: Sequence[str]) -> list[str]:
    """What ``fold_name`` makes of each, in half of the time."""
    folded = _BETWEEN.join(names).translate(_TABLE).split(_BETWEEN)
    return folded if len(folded) == len(names) else [fold_name(name) for name in names]


@lru_cache(maxsize=16384)
def fold_word(word: str) -> str:
    """The folded text of a word (or another short text), whose positions do not matter."""
    return fold_name(word)


#: Stands in no name, and stays as it is.
_BETWEEN = "\x00"
_SPACES = "\t\n\r\v\f\x1c\x1d\x1e\x1f"
_ASCII = {ord(character): " " for character in _SPACES} | {ord("`"): "'"}
_ASCII_BYTES = bytes(range(128))
#: Kinds of characters outside ASCII up to which replacing each is faster than translating all.
_FEW = 32
#: Lone surrogates are no characters, but a text may hold some.
_LONE = "surrogatepass"
