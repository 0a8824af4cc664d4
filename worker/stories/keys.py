"""Keys under which articles that may report one event are found without comparing all of them."""

from collections.abc import Iterable
from hashlib import blake2b
from itertools import combinations

import numpy as np

from worker.stories.features import Features
from worker.stories.rarity import Rarity

BANDS, ROWS = 12, 3
"""Of two texts of which 70 % is the same, more than 99 % share one of the bands."""
LEADS = 3
NAMES, WORDS = 4, 5
TELLING = 0.7
"""A term of this weight is a key by itself."""


def keys_of(one: Features, rarity: Rarity) -> tuple[int, ...]:
    """Signed 64-bit keys (a Postgres bigint); articles worth comparing share at least one."""
    found: list[int] = []
    if one.signature is not None:
        values = np.array(one.signature.values[: BANDS * ROWS], "<u4").tobytes()
        step = ROWS * 4
        found += [
            _key(b"band", start, values[start : start + step])
            for start in range(0, len(values), step)
        ]
        found += [_key(b"lead", run) for run in sorted(one.signature.lead)[:LEADS]]
    names = _rarest(one.main or one.names, rarity, NAMES)
    names += _rarest(one.countries, rarity, NAMES - len(names))
    words = _rarest(one.title, rarity, 2)
    words += _rarest(one.head.difference(words), rarity, WORDS - len(words))
    found += [_key(b"pair", *sorted(pair)) for pair in combinations(names + words, 2)]
    found += [_key(b"term", term) for term in names + words if rarity.weight(term) >= TELLING]
    return tuple(found)


def _rarest(terms: Iterable[int], rarity: Rarity, most: int) -> list[int]:
    return sorted(terms, key=lambda term: (-rarity.weight(term), term))[: max(most, 0)]


def _key(*parts: bytes | int) -> int:
    packed = b"".join(
        part if isinstance(part, bytes) else part.to_bytes(4, "little") for part in parts
    )
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "little", signed=True)
