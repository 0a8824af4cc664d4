"""Who is named in a Russian or Ukrainian text, each in the nominative.

What is found (``pieces``) is read in every case it may stand in (``nominative``). The readings that
most of the article's names agree with win: "Клинсмана" alone may be a woman's nominative, but not
where "Клинсман" stands too.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worker.model import Span
from worker.tagging.folding import fold
from worker.tagging.languages import MAX_CHARACTERS, Labelled
from worker.tagging.people import Candidate
from worker.tagging.slavic.nominative import CASES, Reading, forms_of, is_initial, readings
from worker.tagging.slavic.pieces import (
    Piece,
    acceptable,
    kinds,
    model_pieces,
    rule_pieces,
    tokens_of,
    word_before,
)
from worker.tagging.slavic.words import PREPOSITIONS


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the nominative. ``last`` is the surname, or the only word; "" if there is none."""

    first: str
    last: str
    female: bool

    @property
    def text(self) -> str:
        """As one writes it: first name, then surname."""
        return f"{self.first} {self.last}".strip()


def read_people(text: str, labelled: Sequence[Labelled], language: str) -> list[Candidate]:
    """Everybody named in a text, by position; one candidate for each place."""
    pieces = _pieces(text, labelled, language)
    names = choose(text, pieces, language)
    firsts = _only_bearers(names.values())
    candidates = []
    before: Candidate | None = None
    for piece in pieces:
        if piece.alias and before is not None:
            candidates.append(_alias(piece, before))
            continue
        before = _candidate(piece, names[piece.span], firsts, language)
        candidates.append(before)
    return candidates


def _pieces(text: str, labelled: Sequence[Labelled], language: str) -> list[Piece]:
    model = [
        piece
        for piece in model_pieces(text, labelled, language)
        if piece.alias or acceptable(text, piece, language)
    ]
    taken = [piece.span for piece in model if len(piece.tokens) > 1]
    taken += [found.span for found in labelled if found.label != "PERSON"]
    tokens = tokens_of(text, 0, MAX_CHARACTERS)
    rules = list(rule_pieces(text, tokens, sorted(taken), language))
    kept = [piece for piece in model if not any(rule.overlaps(piece.span) for rule in rules)]
    return sorted([*kept, *rules], key=lambda piece: piece.span)


def choose(text: str, pieces: Sequence[Piece], language: str) -> Mapping[Span, Name]:
    """The name at each place, read so that the names of the article agree best."""
    options: dict[Span, list[tuple[Name, float]]] = {}
    for piece in pieces:
        expected = expected_cases(text, piece.span[0], language)
        found = readings(piece.words, language, expected)
        options[piece.span] = [(_name(reading, piece, language), reading.weight) for reading in found]
    lasts, firsts = _support(options.values())
    chosen = {}
    for span, names in options.items():
        ranked = [
            (weight * (lasts[fold(name.last).text] + (0 if name.first else 0.5 * firsts[fold(name.last).text]))
             * (firsts[fold(name.first).text] if name.first else 1.0), -at)
            for at, (name, weight) in enumerate(names)
        ]
        chosen[span] = names[-max(ranked)[1]][0]
    return chosen


def _support(options: Iterable[Sequence[tuple[Name, float]]]) -> tuple[Counter[str], Counter[str]]:
    """How well each surname (or lone word) and each first name fits all places of the article."""
    lasts: Counter[str] = Counter()
    firsts: Counter[str] = Counter()
    for names in options:
        best: dict[str, float] = {}
        first: dict[str, float] = {}
        for name, weight in names:
            last = fold(name.last).text
            best[last] = max(best.get(last, 0.0), weight)
            if name.first:
                word = fold(name.first).text
                first[word] = max(first.get(word, 0.0), weight)
        lasts.update(best)
        firsts.update(first)
    return lasts, firsts


def expected_cases(text: str, at: int, language: str) -> frozenset[str]:
    """The cases that the word before a name asks for: a preposition, or a noun beside the name."""
    before = word_before(text, at)
    if not before or not before.islower():
        return frozenset()
    cases = PREPOSITIONS.get((language, before))
    if cases is not None:
        return cases
    found = kinds(before, language)
    return found & frozenset(CASES) if "anim" in found and "NOUN" in found else frozenset()


def _name(reading: Reading, piece: Piece, language: str) -> Name:
    """First name and surname of a reading, whatever their order; patronymics are left out."""
    words, parts = list(reading.words), list(reading.parts)
    if len(words) == 1:
        return Name("", words[0], reading.female)
    surname_first = is_initial(words[-1]) or (parts[-1] == "Patr" and len(words) > 2)
    if len(words) == 2 and not surname_first:
        surname_first = _is_surname(piece.words[0], language) and _is_first(piece.words[1], language)
    if surname_first:
        words, parts = [*words[1:], words[0]], [*parts[1:], parts[0]]
    if len(words) > 2:
        words = [w for w, part in zip(words, parts, strict=True) if part != "Patr"] or words
    if is_initial(words[0]):
        first = words[0] if words[0].endswith(".") else f"{words[0]}."
        words = [first, *(word for word in words[1:] if not is_initial(word))]
    return Name(" ".join(words[:-1]), words[-1], reading.female)


def _is_surname(word: str, language: str) -> bool:
    found = kinds(word, language)
    return "Surn" in found and "Name" not in found


def _is_first(word: str, language: str) -> bool:
    found = kinds(word, language)
    return "Name" in found and "Surn" not in found


def _only_bearers(names: Iterable[Name]) -> dict[str, Name]:
    """First names that exactly one person of the article bears, with that person."""
    bearers: dict[str, dict[str, Name]] = {}
    for name in names:
        if name.first and not is_initial(name.first.split()[0]):
            first = fold(name.first.split()[0]).text
            bearers.setdefault(first, {})[fold(name.last).text] = name
    return {
        first: next(iter(found.values())) for first, found in bearers.items() if len(found) == 1
    }


def _candidate(
    piece: Piece, name: Name, firsts: Mapping[str, Name], language: str
) -> Candidate:
    surface = fold(piece.words[-1]).text
    if not name.first:
        name = firsts.get(fold(name.last).text, name)
    words = tuple(fold(name.text).text.split())
    tails = {fold(form).text for form in forms_of(name.last, language, female=name.female)}
    return Candidate(
        piece.span, name.text, words, piece.found_by, surface, tuple(sorted({*tails, words[-1]}))
    )


def _alias(piece: Piece, before: Candidate) -> Candidate:
    """A name repeated in another alphabet: the same person, also known by this last word."""
    tail = fold(piece.words[-1]).text
    return Candidate(
        piece.span, before.name, before.words, piece.found_by, tail, (*before.tails, tail)
    )
