"""Word lists that speak for topics: how they are written, and finding them in a text.

A list holds, topic by topic, words of three strengths. A word counts as it stands (in languages
that form plurals with ``s`` also so), ``word*`` with any ending, ``*word`` as the end of a
compound. Case, accents, hyphens and apostrophes do not matter.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ahocorasick_rs import AhoCorasick

from worker.model import Span
from worker.tagging.folding import fold, fold_word

#: What a word of each strength weighs.
STRENGTHS = {"strong": 3.0, "plain": 1.0, "weak": 0.3}
#: How much a word weighs on top of that in the title.
_IN_TITLE = 2.5
#: Languages that form most plurals with an ``s``.
_PLURAL_S = frozenset({"en", "fr", "es", "pt"})
#: Particles that Arabic writes together with the word behind them.
_ARABIC_PARTICLES = ("", "ال", "و", "وال", "ب", "بال", "ل", "لل", "ف", "ك")
#: Languages that write no spaces between words.
_UNSPACED = frozenset({"zh", "ja", "th"})

Words = Mapping[str, Sequence[str]]
"""Words by strength."""


@dataclass(frozen=True, slots=True, eq=False)
class _Word:
    """A word of a topic's list. ``whole`` is all of it where the search knows only its start."""

    topic: str
    weight: float
    whole: re.Pattern[str] | None


@dataclass(slots=True)
class Evidence:
    """What speaks for one topic: how much in all, and each place with its word's weight."""

    weight: float = 0.0
    places: list[tuple[float, Span]] = field(default_factory=list)

    def spans(self, most: int) -> list[Span]:
        """Where the words that weigh most stand, in the order of the text."""
        best = sorted(self.places, key=lambda place: (-place[0], place[1]))[:most]
        return sorted({span for _, span in best})


class Lexicon:
    """The words of one language, by the code of their topic."""

    def __init__(self, language: str, lists: Mapping[str, Words]) -> None:
        words: dict[str, list[_Word]] = {}
        for topic, by_strength in lists.items():
            for strength, weight in STRENGTHS.items():
                for written in by_strength.get(strength, ()):
                    start, whole = _read(written)
                    word = _Word(topic, weight, whole)
                    for pattern in _variants(start, language):
                        words.setdefault(pattern, []).append(word)
        self._words = tuple(words.values())
        self._automaton = AhoCorasick(tuple(words))
        self._spaced = language not in _UNSPACED

    def find(self, text: str, end_of_title: int) -> dict[str, Evidence]:
        """The evidence in a text by topic; many different words count more than one repeated."""
        folded = fold(text)
        plain = f" {folded.text.translate(_BLANKED)} "
        places: dict[_Word, list[tuple[int, int]]] = {}
        for start, end, word in self._longest(plain):
            places.setdefault(word, []).append((start, end))
        found: dict[str, Evidence] = {}
        for word, where in places.items():
            wholes = [self._whole(plain, start, end) for start, end in where]
            spans = [folded.original(start - 1, end - 1) for start, end in wholes]
            weight = word.weight * (1 + math.log(len(spans)))
            if spans[0][1] <= end_of_title:
                weight += word.weight * _IN_TITLE
            evidence = found.setdefault(word.topic, Evidence())
            evidence.weight += weight
            evidence.places += [(weight, span) for span in spans]
        return found

    def _whole(self, plain: str, start: int, end: int) -> tuple[int, int]:
        """The word that has the found part in it."""
        if not self._spaced:
            return start, end
        return plain.rfind(" ", 0, start) + 1, plain.find(" ", end)

    def _longest(self, plain: str) -> Iterator[tuple[int, int, _Word]]:
        """Where words stand, without those inside longer ones: a "war crime" is no war."""
        hits: list[tuple[int, int, int, _Word]] = []
        for index, start, end in self._automaton.find_matches_as_indexes(plain, overlapping=True):
            for number, word in enumerate(self._words[index]):
                last = end
                if word.whole is not None:
                    match = word.whole.match(plain, start)
                    if match is None:
                        continue
                    last = match.end()
                hits.append((start + (plain[start] == " "), -last, number, word))
        hits.sort(key=_place)
        reach, longest = 0, (0, 0)
        for start, back, _, word in hits:
            if -back > reach or (start, back) == longest:
                reach, longest = -back, (start, back)
                yield start, -back - (plain[-back - 1] == " "), word


def _place(hit: tuple[int, int, int, _Word]) -> tuple[int, int, int]:
    return hit[:3]


def _read(written: str) -> tuple[str, re.Pattern[str] | None]:
    """The text to search for, from one word end to another, and how to go on behind an inner star."""
    word = "".join(c if c.isalnum() or c == "*" else " " for c in fold_word(written))
    word = word[1:] if word.startswith("*") else f" {word}"
    start, star, rest = f"{word} ".partition("*")
    if not rest.strip():
        return start, None
    pieces = (re.escape(piece) for piece in f"{start}{star}{rest}".rstrip("* ").split("*"))
    end = r"\w*" if word.endswith("*") else r"\b"
    return start, re.compile(r"\w*".join(pieces) + end)


def _variants(start: str, language: str) -> tuple[str, ...]:
    if language in _UNSPACED:
        return (start.strip(),)
    if language == "ar" and start.startswith(" "):
        return tuple(f" {particle}{start[1:]}" for particle in _ARABIC_PARTICLES)
    if language in _PLURAL_S and start.endswith(" "):
        return start, f"{start[:-1]}s "
    return (start,)


class _Blanks(dict[int, int]):
    """For ``str.translate``: whatever is no letter or digit becomes a space."""

    def __missing__(self, code: int) -> int:
        return self.setdefault(code, code if chr(code).isalnum() else ord(" "))


_BLANKED = _Blanks()
