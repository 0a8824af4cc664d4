"""How rare terms are: in which share of recent articles they stand, counted in a table of fixed size."""

import math
import zlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from worker.stories.familiar import FAMILIAR
from worker.stories.features import Features
from worker.stories.remembered import Remembered
from worker.stories.terms import SORT_BITS, Sort, capitals

BUCKETS = 1 << 18
"""Terms share a bucket by their lowest bits. What is common is counted well; what is rare may seem
a little less so."""
MOST = 40_000
"""At so many articles every count is halved: what stood in the news weeks ago fades."""
_KNOWN = 300
"""Articles that a guess weighs as much as."""
_GUESS = {
    Sort.WORD: 0.006,
    Sort.COUNT: 0.1,
    Sort.FIGURE: 0.003,
    Sort.PROPER: 0.004,
    Sort.NAME: 0.003,
    Sort.COUNTRY: 0.05,
    Sort.DAY: 0.2,
    Sort.HAPPENING: 0.1,
}
_FAMILIAR = 0.1
"""The same of a word with a capital that the news is full of."""
_RAREST = math.log(1e-4)
_STEPS = 2
"""A rank has so many steps between the weights of a term that all articles have and of a rare one."""
_MIXER, _MASK = 0x9E37_79B1, 0xFFFF_FFFF

_Counts = np.ndarray[tuple[int], np.dtype[np.uint16]]


@dataclass(frozen=True)
class Rarity:
    """Counts of terms among ``articles`` articles; with none, a guess by the sort of term."""

    articles: int = 0
    counts: _Counts = field(default_factory=lambda: np.zeros(BUCKETS, np.uint16))

    def weight(self, term: int) -> float:
        """0 of a term that all articles have, 1 of one that is in 1 of 10,000 or fewer."""
        return self._weights[(term >> SORT_BITS) * BUCKETS + term % BUCKETS]

    @cached_property
    def ranks(self) -> Remembered[int, int]:
        """The rarest terms first, in large steps: of those about as rare, two articles choose the same."""
        return Remembered(
            lambda term: (term * _MIXER & _MASK) - (round(self.weight(term) * _STEPS) << 32)
        )

    @cached_property
    def name(self) -> float:
        """The squared weight of a proper name that was not seen yet."""
        return self._unseen(Sort.PROPER)

    @cached_property
    def recognized(self) -> float:
        """The squared weight of a recognized name that was not seen yet."""
        return self._unseen(Sort.NAME)

    @cached_property
    def figure(self) -> float:
        """The squared weight of a figure that was not seen yet."""
        return self._unseen(Sort.FIGURE)

    def _unseen(self, sort: Sort) -> float:
        share = _GUESS[sort] * _KNOWN / (self.articles + _KNOWN)
        return min(math.log(share) / _RAREST, 1.0) ** 2

    def total(self, terms: Collection[int]) -> float:
        """The sum of the terms' squared weights."""
        return sum(map(self._squares.__getitem__, terms)) if terms else 0.0

    @cached_property
    def _weights(self) -> memoryview:
        """The weight of each bucket, for each sort of term."""
        shares = [(self.counts + _guess(sort) * _KNOWN) / (self.articles + _KNOWN) for sort in Sort]
        weights = np.log(np.minimum(np.concatenate(shares), 1.0)) / _RAREST
        return np.clip(weights, 0.0, 1.0).data

    @cached_property
    def _squares(self) -> Remembered[int, float]:
        squares = (np.asarray(self._weights) ** 2).data
        return Remembered(
            lambda term: float(squares[(term >> SORT_BITS) * BUCKETS + term % BUCKETS])
        )

    def packed(self) -> bytes:
        """The counts as bytes, for the store."""
        return zlib.compress(self.counts.astype("<u2").tobytes(), 1)


def _guess(sort: Sort) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """In which share of articles each bucket's terms are, before any was counted."""
    guess = np.full(BUCKETS, _GUESS[sort])
    if sort is Sort.PROPER:
        familiar = capitals(FAMILIAR.title())
        guess[np.array(familiar) % BUCKETS] = _FAMILIAR
    return guess


def rarity(articles: int, packed: bytes) -> Rarity:
    """What ``Rarity.packed`` was made of."""
    return Rarity(articles, np.frombuffer(zlib.decompress(packed), "<u2").astype(np.uint16))


def learn(known: Rarity, seen: Iterable[Features]) -> Rarity:
    """The rarity after some more articles."""
    counts, articles = known.counts.copy(), known.articles
    for one in seen:
        if articles >= MOST:
            counts >>= 1
            articles //= 2
        every = np.array(
            [*one.body, *one.capitals, *one.proper, *one.names, *one.countries], np.int64
        )
        counts[np.unique(every % BUCKETS)] += 1
        articles += 1
    return Rarity(articles, counts)
