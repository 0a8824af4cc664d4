"""An article and what its terms weigh, and what two articles have in common."""

from functools import cached_property

from worker.stories.features import BEGINS, Features
from worker.stories.rarity import Rarity


class Weighed:
    """An article and what its terms weigh: worked out once for all that it is compared with."""

    def __init__(self, one: Features, rarity: Rarity) -> None:
        self.features = one
        self.rarity = rarity
        self.parts = parts = one.parts
        total = rarity.total
        self.figures = total(parts.figures)
        """The weight of its figures."""
        self.numbers = self.figures + total(parts.counts)
        """The weight of its numbers."""
        self.facts = (
            self.figures + total(parts.proper) + total(parts.names) + total(parts.countries)
        )
        """The weight of its facts."""
        self.newest = parts.days[-1] if parts.days else 0
        """The newest day that it names."""

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
        return self.rarity.total(self.parts.called) / self.rarity.name

    @cached_property
    def capitals(self) -> frozenset[int]:
        """Its words with a capital; those within a sentence as ``Parts.begins`` has them, too."""
        one = self.features
        return one.capitals.union([term ^ BEGINS for term in self.parts.called])


class Common:
    """What two articles have in common: the weight of the facts and numbers that both have.

    The earlier one's terms are looked up in sets of the later one's, which all it is compared with share.
    """

    def __init__(self, earlier: Weighed, later: Weighed) -> None:
        self.earlier, self.later, self.rarity = earlier, later, later.rarity
        left, right, total = earlier.parts, later.features, later.rarity.total
        counts = right.counts.intersection(left.counts)
        self.counts = len(counts)
        """How many small and round numbers both have."""
        self.figures = total(right.figures.intersection(left.figures))
        self.numbers = self.figures + total(counts)
        self.names = total(right.names.intersection(left.names))
        self.facts = (
            self.figures
            + self.names
            + total(right.proper.intersection(left.proper))
            + total(right.countries.intersection(left.countries))
        )
        self.hours = abs(right.stamp - earlier.features.stamp) / 3600
        self.one_language = earlier.features.language == right.language
