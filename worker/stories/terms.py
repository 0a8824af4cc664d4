"""The terms of a text: its words folded and cut to a stem, its numbers, each as a 32-bit hash.

Words are cut to their first letters: that takes most endings off in any language written with
spaces, without a rule for each. In writing without spaces a term is two characters.
The two highest bits of a term say what it is.
"""

import re
import unicodedata
from enum import IntEnum
from functools import lru_cache
from zlib import crc32

from worker.model import Kind, Mention
from worker.stories.common import COMMON

STEM = 6
"""Letters that are kept of a word."""

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")
_THOUSANDS = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
# Written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th", "ё": "е"}
)


class Sort(IntEnum):
    """What a term stands for, in its two highest bits."""

    WORD = 0
    NUMBER = 1
    NAME = 2
    COUNTRY = 3


def sort_of(term: int) -> Sort:
    """What a term stands for."""
    return Sort(term >> 30)


def terms(text: str) -> list[int]:
    """The terms of a text in their order, the commonest words of many languages left out."""
    found: list[int] = []
    for token in _TOKEN.findall(fold(text)):
        if token[0].isdigit():
            found.append(_number(token))
        elif token.isascii() or not _SPACELESS.match(token):
            if len(token) > 1 and token not in _COMMON:
                found.append(_word(token))
        else:
            found += (_word(token[i : i + 2]) for i in range(max(len(token) - 1, 1)))
    return found


def fold(text: str) -> str:
    """Lower case, without accents, every digit a plain one."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", text).casefold().translate(_LETTERS)
    if not text.isascii():
        text = "".join(_PLAIN[character] for character in text)
    return text


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
_COMMON = frozenset(map(fold, COMMON))


@lru_cache(maxsize=1 << 16)
def _word(token: str) -> int:
    stem = token[:-1] if token[-1] == "s" and 4 <= len(token) <= STEM else token[:STEM]
    return _hash(stem, Sort.WORD)


@lru_cache(maxsize=1 << 12)
def _number(token: str) -> int:
    """The same for "4,200", "4.200" and "4200", and for "5,2" and "5.2"."""
    if _THOUSANDS.fullmatch(token):
        token = token.replace(",", "").replace(".", "")
    return _hash(token.replace(",", "."), Sort.NUMBER)


@lru_cache(maxsize=1 << 15)
def _named(kind: str, key: str) -> int:
    return _hash(f"{kind} {key}", Sort.COUNTRY if kind == Kind.COUNTRY else Sort.NAME)


def name_term(mention: Mention) -> int:
    """The term of a person, organization or country: the same in every language and script."""
    return _named(mention.kind.value, mention.key)


def _hash(text: str, sort: Sort) -> int:
    return crc32(text.encode("utf-8", "replace")) & 0x3FFF_FFFF | sort << 30
