"""Keys under which articles that may report one event are found without comparing all of them."""

import struct
from collections.abc import Iterable
from hashlib import blake2b
from itertools import combinations

from worker.stories.features import Features
from worker.stories.rarity import Rarity

BANDS, ROWS = 8, 3
"""Of two texts of which 70 % is the same, 96 % share one of the bands."""
LEADS = 3
TITLED, NAMES, FIGURES = 2, 7, 3
_BAND = _LEAD = struct.Struct("<4sI")
_LOWEST = -(1 << 63)


def keys_of(one: Features, rarity: Rarity) -> tuple[int, ...]:
    """Signed 64-bit keys (a Postgres bigint); articles worth comparing share at least one.

    Some are of the wording, for copies, the others pairs of names in the title and of the rarest facts; where it
    names little, of the rarest words of its title and lead.
    """
    found: list[int] = []
    if one.signature is not None:
        step = ROWS * 4
        values = one.signature.values[: BANDS * step]
        bands = (values[start : start + step] for start in range(0, len(values), step))
        found += [_key(_BAND.pack(b"band", number) + band) for number, band in enumerate(bands)]
        found += [_key(_LEAD.pack(b"lead", run)) for run in sorted(one.signature.lead)[:LEADS]]
    facts = _rarest(one.title & one.capitals, rarity, TITLED)
    others = one.proper.union(one.names, one.countries).difference(facts)
    facts += _rarest(others, rarity, NAMES - len(facts))
    for words in (one.title, one.head):
        facts += _rarest(words.difference(facts), rarity, NAMES - len(facts))
    facts += _rarest(one.figures.difference(facts), rarity, FIGURES)
    # Not hashed: an article's pairs of one fact lie side by side in the store's index, in few pages.
    pairs = combinations(sorted(facts), 2)
    return (*found, *[(first << 32 | second) + _LOWEST for first, second in pairs])


def _rarest(terms: Iterable[int], rarity: Rarity, most: int) -> list[int]:
    return sorted(terms, key=rarity.ranks.__getitem__)[:most] if most > 0 else []


def _key(packed: bytes) -> int:
    return int.from_bytes(blake2b(packed, digest_size=8).digest(), "little", signed=True)
