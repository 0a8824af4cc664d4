"""What queries look for in an article, each thing by its number.

A key is a word, words in a row, somebody or something mentioned, or a fact, whichever way queries
write it.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from worker.watches.tree import Field
from worker.watches.vocabulary import Vocabulary

ALWAYS = 0
"""The key of what every article has."""
NEVER = 1
"""The key of what none has."""
_NONE: tuple[int, ...] = ()


class Row(NamedTuple):
    """Words in a row, or one that is to stand in the title or in the text."""

    key: int
    numbers: tuple[int, ...]
    field: Field


class Keys:
    """The keys of all queries, and what of an article leads to each.

    ``by_term`` are the keys of who or what is mentioned and of facts, ``by_word`` that of each word
    alone, ``rows`` those that begin with a word and, where they have a second, with that (see ``pair``).
    """

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self.count = 2
        self.by_term: dict[str, tuple[int, ...]] = {}
        self.by_word: npt.NDArray[np.int32] = np.zeros(0, np.int32)
        self.rows: dict[int, tuple[Row, ...]] = {}
        self.firsts: frozenset[int] = frozenset()
        self._known: dict[object, int] = {}
        self._alone: dict[int, int] = {}

    def of_terms(self, terms: tuple[str, ...]) -> int:
        """The key of who, what or which fact has one of these terms."""
        key, is_new = self._key(terms)
        if is_new:
            for term in terms:
                self.by_term[term] = (*self.by_term.get(term, _NONE), key)
        return key

    def of_words(self, numbers: tuple[int, ...], field: Field) -> int:
        """The key of words in a row, in title, text or either."""
        key, is_new = self._key((numbers, field))
        if is_new and len(numbers) == 1 and field is Field.ANY:
            self._alone[numbers[0]] = key
        elif is_new:
            begin = pair(*numbers[:2])
            self.rows[begin] = (*self.rows.get(begin, ()), Row(key, numbers, field))
        return key

    def _key(self, what: object) -> tuple[int, bool]:
        known = self._known.setdefault(what, self.count)
        is_new = known == self.count
        self.count += is_new
        return known, is_new

    def done(self) -> None:
        """No more come: forget what only adding needs."""
        self.vocabulary.done()
        self._known.clear()
        self.by_word = _by_number(self._alone, len(self.vocabulary))
        self._alone.clear()
        self.firsts = frozenset(first_of(one) for one in self.rows)


def pair(first: int, second: int = -1) -> int:
    """Where rows are kept that begin with a word, and with a second if they have one."""
    return first << 32 | second + 1


def first_of(begin: int) -> int:
    """The first word of what ``pair`` made."""
    return begin >> 32


def _by_number(keys: Mapping[int, int], count: int) -> npt.NDArray[np.int32]:
    """By word number the key, ``ALWAYS`` where it has none."""
    found = np.zeros(count, np.int32)
    if keys:
        found[list(keys)] = list(keys.values())
    return found
