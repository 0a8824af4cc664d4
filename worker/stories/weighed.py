"""An article and what its terms weigh, and what two articles have in common."""

from functools import cached_property

from worker.stories.features import Features
from worker.stories.rarity import Rarity


class Weighed:
    """An article and what its terms weigh: worked out once for all that it is compared with."""

    def __init__(self, one: Features, rarity: Rarity) -> None:
        self.features = one
        self.rarity = rarity
        total = rarity.total
        self.figures = total(one.figures)
        """The weight of its figures."""
        self.numbers = self.figures + total(one.counts)
        """The weight of its numbers."""
        self.facts = self.figures + total(one.proper) + total(one.names) + total(one.countries)
        """The weight of its facts."""

    @cached_property
    def body(self) -> float:
        """The weight of all its words."""
        return self.rarity.total(self.features.body)

    @cached_property
    def head(self) -> float:
        """The weight of the words of title and lead."""
        return self.rarity.total(self.features.head)

    @cached_property
    def words(self) -> frozenset[int]:
        """The words of its title."""
        return self.features.title & self.features.head

    @cached_property
    def title(self) -> float:
        """The weight of those."""
        return self.rarity.total(self.words)

    @cached_property
    def names(self) -> float:
        """Its words with a capital, counted as names that were never seen."""
        return self.rarity.total(self.features.called) / self.rarity.name

    @cached_property
    def newest(self) -> int:
        """The newest day that it names."""
        return max(self.features.days, default=0)


class Common:
    """What two articles have in common: the weight of the facts and numbers that both have."""

    def __init__(self, earlier: Weighed, later: Weighed) -> None:
        self.earlier, self.later, self.rarity = earlier, later, later.rarity
        left, right, total = earlier.features, later.features, later.rarity.total
        counts = left.counts & right.counts
        self.counts = len(counts)
        """How many small and round numbers both have."""
        self.figures = total(left.figures & right.figures)
        self.numbers = self.figures + total(counts)
        self.names = total(left.names & right.names)
        self.facts = (
            self.figures
            + self.names
            + total(left.proper & right.proper)
            + total(left.countries & right.countries)
        )
        self.hours = abs(right.stamp - left.stamp) / 3600
        self.one_language = left.language == right.language
