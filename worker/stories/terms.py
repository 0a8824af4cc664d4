"""The terms of a text: its words folded and cut to a stem, its numbers and proper names, each as a hash.

Words are cut to their first letters: that takes most endings off in any language written with
spaces, without a rule for each. In writing without spaces a term is two characters. Proper names
are written in Latin letters and keep their consonants alone: so a town is the same term in many
languages and cases. The three highest bits of a 32-bit term say what it is.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from zlib import crc32

from worker.model import Kind, Mention
from worker.stories.common import COMMON
from worker.stories.numerals import NUMERALS
from worker.stories.remembered import Remembered

STEM = 6
"""Letters that are kept of a word."""
SKELETON = 5
"""Consonants that are kept of a proper name."""

_FOREIGN = re.compile(r"[^\x00-\x7f]+")
# What a match begins with comes first and the conditions after it: so it is found in half the time.
_TOKEN = re.compile(r"[^\W_](?:(?<!\d)[^\W\d_]*|\d*(?:[.,]\d+)*)")
# The same in folded text of plain letters alone, found in three fifths of the time.
_PLAIN_TOKEN = re.compile(r"[a-z0-9](?:(?<![0-9])[a-z]*|[0-9]*(?:[.,][0-9]+)*)")
_PRINTED = "’‘“”–—…•"
_INSIDE = re.compile(r"[^a-z\W\d_](?<=[^\W_.!?:»”\"]\s.)[^\W\d_]{2,}")
_WORD_OF_LETTERS = re.compile(r"[^a-z\W\d_][^\W\d_]{2,}")
_COUNT = re.compile(r"\d\d?|(?:19|20)\d\d|\d+0{2,}")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# Written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ё": "е"}
)
# Letters of other scripts, each with what it is in Latin ones, if anything.
_SOUNDS = (
    "аa бb вv гh ґh дd еe єe жz зz иi іi їi йi кk лl мm нn оo пp рr сs тt уu фf хh цc чc шs щs ъ ь"
    " ыi эe юiu яia αa βv γh δd εe ζz ηi θt ιi κk λl μm νn ξx οo πp ρr σs ςs τt υi φf χh ωo"
)
_LATIN = str.maketrans({pair[0]: pair[1:] for pair in _SOUNDS.split()})
_VOWELS = str.maketrans("", "", "aeiouyj")
_DOUBLED = re.compile(r"(.)\1+")
# Spellings of one sound.
_ALIKE = (
    ("sch", "s"), ("tch", "c"), ("sh", "s"), ("ch", "c"), ("kh", "h"), ("zh", "z"), ("ph", "f"),
    ("th", "t"), ("ck", "k"), ("gh", "h"), ("cz", "c"), ("sz", "s"), ("ts", "c"), ("tz", "c"),
    ("qu", "k"), ("q", "k"), ("w", "v"), ("x", "ks"), ("g", "h"),
)  # fmt: skip


class Sort(IntEnum):
    """What a term stands for, in its three highest bits.

    ``COUNT`` are numbers such as many articles hold (small ones, years), ``FIGURE`` the others.
    ``PROPER`` is a word with a capital, ``NAME`` a person or organization that was recognized,
    ``HAPPENING`` a kind of event, ``DAY`` a day in the calendar.
    """

    WORD = 0
    COUNT = 1
    FIGURE = 2
    PROPER = 3
    NAME = 4
    COUNTRY = 5
    DAY = 6
    HAPPENING = 7


SORT_BITS = 29


def sort_of(term: int) -> Sort:
    """What a term stands for."""
    return Sort(term >> SORT_BITS)


def terms(text: str) -> list[int]:
    """The terms of a text in their order, the commonest words of many languages left out."""
    plain = fold(unmarked(text))
    if plain.isascii():
        return [term for term in map(_TERMS.__getitem__, _PLAIN_TOKEN.findall(plain)) if term]
    tokens = _TOKEN.findall(plain)
    if _SPACELESS.search(plain):
        return [term for token in tokens for term in _terms_of(token) if term]
    return [term for term in map(_TERMS.__getitem__, tokens) if term]


def _terms_of(token: str) -> list[int]:
    """The terms of a token that may be written without spaces: two characters each."""
    if not _SPACELESS.match(token):
        return [_TERMS[token]]
    return [_PAIRS[token[i : i + 2]] for i in range(max(len(token) - 1, 1))]


def unmarked(text: str) -> str:
    """The text without the marks of print between words, which often are all it has beside plain letters."""
    if not text.isascii():
        for mark in _PRINTED:
            text = text.replace(mark, " ")
    return text


def fold(text: str) -> str:
    """Lower case, without accents, every digit a plain one."""
    if text.isascii():
        return text.lower()
    return _FOREIGN.sub(_plain_run, unicodedata.normalize("NFKD", text).casefold())


def _plain_run(found: re.Match[str]) -> str:
    return _PLAIN_RUNS[found[0]]


class _Plain(dict[str, str]):
    """Accents dropped and digits of any script read; those marks that carry vowels stay."""

    def __missing__(self, character: str) -> str:
        category = unicodedata.category(character)
        plain = character
        if category == "Nd":
            plain = str(unicodedata.digit(character))
        elif category == "Cf" or (category == "Mn" and ord(character) < 0x0900):
            plain = ""
        self[character] = plain
        return plain


_PLAIN = _Plain()
_PLAIN_RUNS = Remembered[str, str](
    lambda run: "".join(map(_PLAIN.__getitem__, run.translate(_LETTERS)))
)
_COMMON = frozenset(map(fold, COMMON))
_NUMERALS = {fold(word): number for word, number in NUMERALS.items()}


def _term(token: str) -> int:
    """The term of a word or number, 0 for what says nothing."""
    token = _NUMERALS.get(token, token)
    if token[0].isdigit():
        return _number(token)
    return _word(token) if len(token) > 1 and token not in _COMMON else 0


def _word(token: str) -> int:
    stem = token[:-1] if token[-1] == "s" and 4 <= len(token) <= STEM else token[:STEM]
    return _hash(stem, Sort.WORD)


def _number(token: str) -> int:
    """The same for "4,200", "4.200" and "4200", and for "5,2" and "5.2"."""
    if _THOUSANDS.fullmatch(token):
        token = token.replace(",", "").replace(".", "")
    token = token.replace(",", ".")
    return _hash(token, Sort.COUNT if _COUNT.fullmatch(token) else Sort.FIGURE)


_TERMS, _PAIRS = Remembered(_term), Remembered(_word)


def proper_names(text: str) -> list[int]:
    """The terms of words with a capital that begin no sentence, in scripts that have capitals."""
    return [term for term in map(_PROPER.__getitem__, _INSIDE.findall(text)) if term]


def capitals(text: str) -> list[int]:
    """The terms of all words with a capital, those that begin a sentence among them."""
    return [term for term in map(_PROPER.__getitem__, _WORD_OF_LETTERS.findall(text)) if term]


def _proper(word: str) -> int:
    """0 for a word without a capital, and where too little is left to tell names apart."""
    if not word[0].isupper():
        return 0
    plain = fold(word)
    if plain in _COMMON or plain in _NUMERALS:
        return 0
    latin = plain if plain.isascii() else plain.translate(_LATIN)
    for written, alike in _ALIKE:
        if written in latin:
            latin = latin.replace(written, alike)
    bare = latin[:1] + _DOUBLED.sub(r"\1", latin[1:]).translate(_VOWELS)
    return _hash(bare[:SKELETON], Sort.PROPER) if len(bare) > 2 else 0


_PROPER = Remembered(_proper)


@lru_cache(maxsize=1 << 15)
def _named(kind: str, key: str) -> int:
    return _hash(f"{kind} {key}", Sort.COUNTRY if kind == Kind.COUNTRY else Sort.NAME)


def name_term(mention: Mention) -> int:
    """The term of a person, organization or country: the same in every language and script."""
    return _named(mention.kind.value, mention.key)


def _hash(text: str, sort: Sort) -> int:
    return crc32(text.encode("utf-8", "replace")) & (1 << SORT_BITS) - 1 | sort << SORT_BITS
