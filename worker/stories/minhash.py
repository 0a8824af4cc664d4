"""MinHash: how much of two texts' wording is the same, from signatures of a fixed size.

Broder, "On the resemblance and containment of documents" (1997). Two articles are compared by the
share of their shingles (runs of three words) that both have, estimated from 128 minima.
Signatures are stored, so the same text must give the same numbers in every process and release.
"""

import re
import struct
import unicodedata
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from rensa import RMinHash

from worker.stories.terms import unmarked

PERMUTATIONS = 128
SEED = 20_180_320

WORDS = 3
CHARACTERS = 4
MIN_SHINGLES = 12
"""Fewer say too little: standing phrases ("read the full story on our site") would be stories."""
LEAD_SHINGLES = 48
"""So many from the beginning are kept each: a copy that was cut short has them."""

_WORD = re.compile(r"\w+")
# What is no part of a word, of plain letters.
_SPACED = {code: " " for code in range(128) if not (chr(code).isalnum() or chr(code) == "_")}
_VALUES = struct.Struct(f"<{PERMUTATIONS}I")
# Written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """A MinHash of a text: 128 unsigned 32-bit numbers, and of how many distinct shingles.

    ``values`` are the numbers, four bytes each, the lowest first; ``lead`` are hashes of the first
    shingles.
    """

    values: bytes
    size: int
    lead: frozenset[int]


def sign(text: str) -> Signature | None:
    """The signature of an article's text, None when it is too short to compare."""
    shingles = _shingles(unicodedata.normalize("NFKC", text).casefold())
    if len(shingles) < MIN_SHINGLES:
        return None
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(shingles)
    lead = "\n".join(shingles[:LEAD_SHINGLES]).encode("utf-8", "replace").split(b"\n")
    values = _VALUES.pack(*minhash.digest())
    return Signature(values, len(shingles), frozenset(map(crc32, lead)))


def _shingles(text: str) -> list[str]:
    """The distinct runs of words, of characters where words are not parted by spaces."""
    words = _words(text)
    letters = "".join(words)
    if not letters.isascii() and len(_SPACELESS.findall(letters)) * 2 > len(letters):
        runs = [letters[i : i + CHARACTERS] for i in range(len(letters) - CHARACTERS + 1)]
    else:
        runs = list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))
    return list(dict.fromkeys(runs))


def _words(text: str) -> list[str]:
    """The words of a text, of plain letters in a third of the time."""
    text = unmarked(text)
    if text.isascii():
        return text.translate(_SPACED).split()
    return _WORD.findall(text)


def resemblance(left: bytes, right: bytes) -> float:
    """The estimated share of common shingles of two signatures' values, 0 to 1.

    Raises ValueError when they are not of one length.
    """
    if len(left) != len(right):
        raise ValueError(f"signatures of {len(left)} and {len(right)} bytes do not compare")
    alike = np.frombuffer(left, np.uint32) == np.frombuffer(right, np.uint32)
    return np.count_nonzero(alike) / len(alike) if left else 0.0


def containment(left: Signature, right: Signature, alike: float) -> float:
    """The share of the shorter text's shingles that the longer one has, 0 to 1.

    Estimated from how much they are ``alike`` (their resemblance), or counted among the first shingles of both.
    """
    common = alike / (1 + alike) * (left.size + right.size)
    lead = len(left.lead & right.lead) / min(len(left.lead), len(right.lead))
    return min(max(common / min(left.size, right.size), lead), 1.0)
