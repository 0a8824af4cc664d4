"""Whether two articles report the same story: near copies by MinHash of their shingles.

Broder, "On the resemblance and containment of documents" (1997). Two articles are compared by the
share of their shingles (runs of three words) that both have, estimated from 128 minima.
Signatures are stored, so the same text must give the same numbers in every process and release.
"""

import re
import struct
import unicodedata
from collections.abc import Sequence
from hashlib import blake2b

from rensa import RMinHash

from worker.model import Signature, StoryCandidate, StoryDecision

SAME_STORY = 0.3
"""From this similarity on, an article joins a story."""

PERMUTATIONS = 128
SEED = 20_180_320
ROWS = 2
"""Values in a band. Of two articles at 0.3, more than 99.7 % share one of the 64 bands."""

WORDS = 3
CHARACTERS = 4
MIN_SHINGLES = 12
"""Fewer say too little: standing phrases ("read the full story on our site") would be stories."""

_WORD = re.compile(r"\w+")
# Written without spaces: Thai, Lao, Burmese, Khmer, kana, Han.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]"
)
_PACKING = struct.Struct(f"<{PERMUTATIONS}I")


def sign(text: str) -> Signature | None:
    """The signature of an article's text, None when it is too short to compare."""
    shingles = _shingles(unicodedata.normalize("NFKC", text).casefold())
    if len(shingles) < MIN_SHINGLES:
        return None
    minhash = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    minhash.update(shingles)
    values = tuple(minhash.digest())
    return Signature(values=values, bands=_bands(values))


def _shingles(text: str) -> list[str]:
    """The distinct runs of words, of characters where words are not parted by spaces."""
    words = _WORD.findall(text)
    letters = "".join(words)
    if len(_SPACELESS.findall(letters)) * 2 > len(letters):
        runs = {letters[i : i + CHARACTERS] for i in range(len(letters) - CHARACTERS + 1)}
    else:
        runs = {" ".join(words[i : i + WORDS]) for i in range(len(words) - WORDS + 1)}
    return sorted(runs)


def _bands(values: Sequence[int]) -> tuple[int, ...]:
    """A signed 64-bit hash (a Postgres bigint) of each run of values and its place."""
    return tuple(
        int.from_bytes(
            blake2b(
                struct.pack(f"<{ROWS + 1}I", start, *values[start : start + ROWS]), digest_size=8
            ).digest(),
            "little",
            signed=True,
        )
        for start in range(0, len(values), ROWS)
    )


def similarity(left: Sequence[int], right: Sequence[int]) -> float:
    """The estimated share of common shingles of two signatures' values, 0 to 1.

    Raises ValueError when they are not of one length.
    """
    equal = sum(a == b for a, b in zip(left, right, strict=True))
    return equal / len(left) if left else 0.0


def pack(signature: Signature) -> bytes:
    """A signature's values for storage: 128 unsigned 32-bit numbers, little-endian."""
    return _PACKING.pack(*signature.values)


def unpack(packed: bytes) -> tuple[int, ...]:
    """The values of a stored signature. Raises ValueError when it is none."""
    if len(packed) != _PACKING.size:
        raise ValueError(f"a signature has {_PACKING.size} bytes, not {len(packed)}")
    return _PACKING.unpack(packed)


def decide_story(
    signature: Signature | None, candidates: Sequence[StoryCandidate]
) -> StoryDecision:
    """Which of the candidates' stories an article joins, if any.

    The most similar wins, and of equally similar ones the oldest story (the lowest id), so the
    order of the candidates does not matter.
    """
    if signature is None:
        return StoryDecision(story_id=None, similarity=0.0, reason="too short to compare")
    best = max(
        ((similarity(signature.values, known.values), -known.story_id) for known in candidates),
        default=(0.0, 0),
    )
    score, story_id = best[0], -best[1]
    if score < SAME_STORY:
        return StoryDecision(story_id=None, similarity=score, reason="new story")
    reason = f"near copy, {score:.2f}"
    return StoryDecision(story_id=story_id, similarity=score, reason=reason)
