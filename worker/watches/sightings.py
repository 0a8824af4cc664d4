"""What stands in an article that some watch asks for, and where."""

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np

from worker.model import Confidence, Evidence, Mention, Span
from worker.watches.keys import ALWAYS, Keys, Row, pair
from worker.watches.program import Fact, Terms, Words
from worker.watches.reading import Reading
from worker.watches.tree import Field
from worker.watches.vocabulary import Numbers

Places = tuple[int, int]
"""The first and the last of some words in a row, counted over title and text."""
FAILS = -1
"""The grade of what is not there; otherwise a grade is the rank of a confidence."""
CERTAIN = Confidence.CERTAIN.rank


class Sightings:
    """A reading, with each of its words known by the numbers of a vocabulary.

    ``found`` are the keys that the article has, ``ranks`` the grade of each key there is. ``grades``
    and ``evidence`` are what was found out already, by the identity of leaves.
    """

    def __init__(self, reading: Reading, keys: Keys) -> None:
        self.reading = reading
        self.grades: dict[int, int] = {}
        self.evidence: dict[int, Evidence] = {}
        known = keys.vocabulary.known(reading.language)
        read = [known[run] for run in reading.words.runs]
        self.numbers: list[Numbers] = [numbers for words in read for numbers in words]
        self._firsts = list(accumulate(map(len, read), initial=0))  # of each run the first word
        self.titled = self._firsts[reading.words.titled_runs]
        self._breaks = {self._firsts[run] for run in reading.words.breaks}
        self.places: dict[int, list[int]] = defaultdict(list)
        places = self.places
        for place, numbers in enumerate(self.numbers):
            for number in numbers:
                places[number].append(place)
        self.ranks = array("b", [FAILS]) * keys.count
        self.found = np.array(self._find(keys), np.int64)

    def _find(self, keys: Keys) -> list[int]:
        """Grade every key that the article has, and give them."""
        ranks, by_term = self.ranks, keys.by_term
        words = keys.by_word[np.fromiter(self.places, np.int64, len(self.places))]
        np.frombuffer(ranks, np.int8)[words] = CERTAIN  # of those without a key too: ALWAYS
        found = set(words.tolist())
        for key in self._rows(keys):
            ranks[key] = CERTAIN
            found.add(key)
        if by_term:
            found |= self._terms(by_term)
        ranks[ALWAYS] = CERTAIN
        found.add(ALWAYS)
        return list(found)

    def _terms(self, by_term: Mapping[str, Iterable[int]]) -> set[int]:
        """Grade the keys of what is mentioned and known, and give them."""
        ranks, found = self.ranks, set[int]()
        for term, rank in self.reading.surest.items():
            for key in by_term.get(term, ()):
                ranks[key] = max(rank, ranks[key])
                found.add(key)
        for term in self.reading.facts:
            for key in by_term.get(term, ()):
                ranks[key] = CERTAIN
                found.add(key)
        return found

    def _rows(self, keys: Keys) -> Iterator[int]:
        """The keys of the words in a row that stand in the article."""
        rows, following = keys.rows, [*self.numbers[1:], ()]
        for first in keys.firsts.intersection(self.places):
            for place in self.places[first]:
                for second in (-1, *following[place]):
                    for row in rows.get(pair(first, second), ()):
                        if self._stands(row, place):
                            yield row.key

    def hits(self, words: Words | Row) -> Iterator[Places]:
        """Every place where the words stand in a row, in the part of the article they ask for."""
        last = len(words.numbers) - 1
        for place in self.places.get(words.numbers[0], ()):
            if self._stands(words, place):
                yield place, place + last

    def _stands(self, words: Words | Row, place: int) -> bool:
        """Whether words of which the first stands at a place go on there, as and where they are to."""
        if words.field is (Field.TEXT if place < self.titled else Field.TITLE):
            return False
        numbers = words.numbers
        return len(numbers) == 1 or (
            place + len(numbers) <= len(self.numbers)
            and all(
                number in self.numbers[place + step] and place + step not in self._breaks
                for step, number in enumerate(numbers)
                if step
            )
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
        found: tuple[list[Span], list[Span]] = ([], [])
        for first, last in hits:
            start, end = self._span(first)
            if last != first:
                end = self._span(last)[1]
            found[first < self.titled].append((start, end))
        return tuple(found[0]), tuple(found[1])

    def _span(self, place: int) -> Span:
        run = bisect_right(self._firsts, place) - 1
        return self.reading.words.span(run, place - self._firsts[run])
