"""Every word that some watch searches, by number, and which of them a word of an article is.

A word is found whatever its case, accents and spelling, and by its stem where the article's language is
known. One table of words serves all languages: of each language met, only the hashes of the stems
are kept, sorted.
"""

import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Iterator

from worker.watches.folding import LONG, words_of_run
from worker.watches.spelling import spellings
from worker.watches.stems import stemmer

Numbers = tuple[int, ...]
"""The words of queries that a word of an article is."""

_REMEMBERED = 100_000
"""Runs of articles in one language of which it is remembered what their words are."""
_NOTHING: Numbers = ()


class Known(dict[str, tuple[Numbers, ...]]):
    """Of runs of articles in one language, what each word of theirs is; looked up when first met."""

    def __init__(self, vocabulary: "Vocabulary", language: str) -> None:
        self._vocabulary, self._language = vocabulary, language

    def __missing__(self, run: str) -> tuple[Numbers, ...]:
        numbers = tuple(
            self._vocabulary.look_up(word, folded, self._language)
            for word, folded in words_of_run(run)
        )
        if len(run) < LONG:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[run] = numbers
        return numbers


class Vocabulary:
    """The words, beginnings of words and exact words of all queries."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, bool, bool], int] = {}
        self._words: list[str] = []  # by number, as written; "" where the stem does not count
        self._spelt: dict[str, Numbers] = {}
        self._exact: dict[str, Numbers] = {}
        self._begun: dict[str, int] = {}
        self._begun_exactly: dict[str, int] = {}
        self._lengths: set[int] = set()
        self._stems: dict[str, tuple[array[int], array[int]]] = {}
        self._known: dict[str, Known] = {}

    def __len__(self) -> int:
        return len(self._words)

    def add(self, word: str, folded: str, *, exact: bool = False, prefix: bool = False) -> int:
        """The number of a word of a query, which is new or known; ``word`` is as written there."""
        written = unicodedata.normalize("NFC", word)
        key = (written if exact else written.lower(), exact, prefix)
        known = self._numbers.get(key)
        if known is not None:
            return known
        number = self._numbers[key] = len(self._words)
        self._words.append("" if exact or prefix else key[0])
        if prefix:
            begun = written if exact else folded
            (self._begun_exactly if exact else self._begun)[begun] = number
            self._lengths.add(len(begun))
        elif exact:
            _put(self._exact, written, number)
        else:
            for spelling in spellings(written, folded):
                _put(self._spelt, spelling, number)
        return number

    def done(self) -> None:
        """Forget what only adding needs."""
        self._numbers.clear()

    def known(self, language: str) -> Known:
        """What the words of runs of articles in a language are."""
        known = self._known.get(language)
        if known is None:
            known = self._known[language] = Known(self, language)
        return known

    def look_up(self, word: str, folded: str, language: str) -> Numbers:
        """The numbers of the words of queries that a word of an article in a language is."""
        written = unicodedata.normalize("NFC", word)
        found = set(self._exact.get(written, _NOTHING))
        for spelling in spellings(written, folded):
            found.update(self._spelt.get(spelling, _NOTHING))
        for length in self._lengths:
            if (begun := folded[:length]) in self._begun:
                found.add(self._begun[begun])
            if (begun := written[:length]) in self._begun_exactly:
                found.add(self._begun_exactly[begun])
        stem_of = stemmer(language) if language else None
        stem = stem_of(word) if stem_of else ""
        if stem_of and stem:
            found.update(
                n for n in self._stemmed(stem, language) if stem_of(self._words[n]) == stem
            )
        return tuple(sorted(found))

    def prepare(self, language: str) -> None:
        """Work out the stems of all words in a language, if its words have stems."""
        stem_of = stemmer(language)
        if stem_of is None or language in self._stems:
            return
        stems = [
            (hash(stem), number)
            for number, word in enumerate(self._words)
            if word and (stem := stem_of(word))
        ]
        stems.sort()
        self._stems[language] = (
            array("q", (one for one, _ in stems)),
            array("l", (n for _, n in stems)),
        )

    def _stemmed(self, stem: str, language: str) -> Iterator[int]:
        """The numbers of the words whose stem has the same hash."""
        self.prepare(language)
        hashes, numbers = self._stems[language]
        wanted = hash(stem)
        place = bisect_left(hashes, wanted)
        while place < len(hashes) and hashes[place] == wanted:
            yield numbers[place]
            place += 1


def _put(numbers: dict[str, Numbers], key: str, number: int) -> None:
    numbers[key] = (*numbers.get(key, _NOTHING), number)
