"""What stands in an article that some watch asks for, and where."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from worker.model import Evidence, Mention, Span
from worker.watches.index import Index, Key, pair
from worker.watches.program import Fact, Terms, Words
from worker.watches.reading import Reading
from worker.watches.tree import Field
from worker.watches.vocabulary import Numbers, Vocabulary

Places = tuple[int, int]
"""The first and the last of some words in a row, counted over title and text."""


class Sightings:
    """A reading, with each of its words known by the numbers of a vocabulary.

    ``grades`` and ``evidence`` are what was found out already, by the identity of leaves.
    """

    def __init__(self, reading: Reading, vocabulary: Vocabulary) -> None:
        self.reading = reading
        self.grades: dict[int, int] = {}
        self.evidence: dict[int, Evidence] = {}
        self.places: dict[int, list[int]] = defaultdict(list)
        known = vocabulary.known(reading.language)
        words = reading.words
        if new := set(words.raw).difference(known):
            for word, folded in zip(words.raw, words.folded, strict=True):
                if word in new and word not in known:
                    vocabulary.look_up(word, folded, reading.language)
        self.numbers: list[Numbers] = [known[word] for word in words.raw]
        places = self.places
        for place, numbers in enumerate(self.numbers):
            for number in numbers:
                places[number].append(place)

    def keys(self, index: Index) -> set[Key]:
        """What programs may be filed under: words, pairs of words, mentions and facts."""
        keys: set[Key] = {*self.places, *self.reading.mentions, *self.reading.facts}
        pairs, following = index.pairs, [*self.numbers[1:], ()]
        for first in index.firsts.intersection(self.places):
            for place in self.places[first]:
                for second in following[place]:
                    if (key := pair(first, second)) in pairs:
                        keys.add(key)
        return keys

    def hits(self, words: Words) -> Iterator[Places]:
        """Every place where the words stand in a row, in the part of the article they ask for."""
        titled = self.reading.words.titled
        first, length = words.numbers[0], len(words.numbers)
        for place in self.places.get(first, ()):
            in_title = place < titled
            if words.field is (Field.TEXT if in_title else Field.TITLE):
                continue
            if length == 1 or self._go_on(words.numbers, place):
                yield place, place + length - 1

    def stands(self, words: Words) -> bool:
        """Whether the words stand anywhere in the part of the article they ask for."""
        if len(words.numbers) == 1 and words.field is Field.ANY:
            return words.numbers[0] in self.places
        return next(self.hits(words), None) is not None

    def _go_on(self, numbers: Sequence[int], place: int) -> bool:
        """Whether the words after the first follow it, in its paragraph."""
        last = place + len(numbers) - 1
        if last >= len(self.numbers):
            return False
        paragraphs = self.reading.words.paragraphs
        return paragraphs[place] == paragraphs[last] and all(
            number in self.numbers[place + step] for step, number in enumerate(numbers) if step
        )

    def mentioned(self, terms: Terms) -> list[Mention]:
        """The mentions that have one of the terms, each once."""
        seen = self.reading.mentions
        if len(terms.terms) == 1:
            return seen.get(terms.terms[0], [])
        found = {id(one): one for term in terms.terms for one in seen.get(term, ())}
        return list(found.values())

    def fact(self, terms: Fact) -> str | None:
        """The fact that one of the terms is, as the article has it."""
        facts = self.reading.facts
        return next((facts[term] for term in terms.terms if term in facts), None)

    def spans(self, hits: Sequence[Places]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
        """Where words stand: in the text, and in the title."""
        words = self.reading.words
        found: tuple[list[Span], list[Span]] = ([], [])
        for first, last in hits:
            found[first < words.titled].append((words.spans[first][0], words.spans[last][1]))
        return tuple(found[0]), tuple(found[1])
