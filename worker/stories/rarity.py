"""How rare terms are: in which share of recent articles they stand, counted in a table of fixed size."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from worker.stories.features import Features
from worker.stories.terms import Sort, sort_of

BUCKETS = 1 << 18
"""Terms share a bucket by their lowest bits. What is common is counted well; what is rare may seem
a little less so."""
MOST = 40_000
"""At so many articles every count is halved: what stood in the news weeks ago fades."""
_KNOWN = 300
"""Articles that a guess weighs as much as."""
_GUESS = {Sort.WORD: 0.004, Sort.NUMBER: 0.004, Sort.NAME: 0.002, Sort.COUNTRY: 0.05}
_RAREST = math.log(1e-4)


@dataclass(frozen=True, slots=True)
class Rarity:
    """Counts of terms among ``articles`` articles; with none, a guess by the sort of term."""

    articles: int = 0
    counts: "np.ndarray[tuple[int], np.dtype[np.uint16]]" = field(
        default_factory=lambda: np.zeros(BUCKETS, np.uint16)
    )

    def weight(self, term: int) -> float:
        """0 of a term that all articles have, 1 of one that is in 1 of 10,000 or fewer."""
        seen = int(self.counts[term % BUCKETS])
        share = (seen + _GUESS[sort_of(term)] * _KNOWN) / (self.articles + _KNOWN)
        return max(0.0, min(1.0, math.log(min(share, 1.0)) / _RAREST))

    def weights(self, among: Iterable[int]) -> dict[int, float]:
        """The weight of each term."""
        return {term: self.weight(term) for term in among}


def learn(rarity: Rarity, seen: Iterable[Features]) -> Rarity:
    """The rarity after some more articles."""
    counts, articles = rarity.counts.copy(), rarity.articles
    for one in seen:
        if articles >= MOST:
            counts >>= 1
            articles //= 2
        every = np.fromiter(one.body | one.names | one.countries, np.int64)
        counts[np.unique(every % BUCKETS)] += 1
        articles += 1
    return Rarity(articles, counts)
