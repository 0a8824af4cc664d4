"""Who is named in a Russian or Ukrainian text, each in the nominative.

What is found (``pieces``) is read in every case it may stand in (``nominative``). The readings that
most of the article's names agree with win: "Клинсмана" alone may be a woman's nominative, but not
where "Клинсман" stands too.
"""

import re
from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.model import Span
from worker.tagging.folding import fold_word
from worker.tagging.found import Candidate, Found
from worker.tagging.recognizer import MAX_CHARACTERS, Labelled
from worker.tagging.slavic.lexicon import first_names, surnames, vocabulary
from worker.tagging.slavic.nominative import (
    CASES,
    PARTS,
    Reading,
    forms_of,
    is_initial,
    readings,
    word_readings,
)
from worker.tagging.slavic.pieces import (
    RULE,
    Piece,
    acceptable,
    adjacent,
    called_after,
    joined,
    kinds,
    lemmas,
    model_pieces,
    rule_pieces,
    starts_sentence,
    tokens_of,
    touches,
    word_after,
    word_before,
)
from worker.tagging.slavic.words import PARTICLES, PREPOSITIONS, SAYING

#: How much likelier a nominative is that is on a list of surnames, or stands in much news.
_LISTED, _SEEN = 2.0, 2.0
#: What a lone word's being somebody's first name counts beside its being somebody's surname.
_FIRST_NAME = 0.5
#: How likely a word is to be a woman's surname for a rule to take it for one.
_CERTAIN = 0.3


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the nominative. ``last`` is the surname, or the patronymic where there is none."""

    first: str
    last: str
    female: bool
    patronymic: bool = False

    @property
    def text(self) -> str:
        """As one writes it: first name, then surname."""
        return f"{self.first} {self.last}".strip()


#: Numbers of kings and popes.
_NUMERAL = re.compile("[IVX]{1,5}")

Options = Sequence[tuple[Name, float]]


def read_people(
    text: str, labelled: Sequence[Labelled], language: str, known: Sequence[Span] = ()
) -> Found:
    """Everybody named in a text, one candidate for each place.

    ``known``: organizations that are known anyhow; a person's name does not begin with one.
    """
    read = text[:MAX_CHARACTERS]
    pieces, refused = _pieces(read, labelled, language, known)
    names = choose(text, pieces, language)
    names |= _repeated(read, pieces, names, language)
    candidates = _candidates(pieces, names, language)
    places = [f.span for f in labelled if f.label == "LOC" and " " in text[slice(*f.span)]]
    words = _ordinary(read, {tail for one in candidates for tail in one.tails}, language)
    return Found(candidates, unmeant=refused, closed=[*places, *words])


def _candidates(
    pieces: Sequence[Piece], names: Mapping[Piece, Name], language: str
) -> list[Candidate]:
    bearers = _only_bearers(names.values())
    candidates: list[Candidate] = []
    before: Name | None = None
    for piece in _without_parts([*pieces, *(piece for piece in names if piece not in pieces)]):
        name = names[piece]
        if before is not None and _repeats(piece, before, language):
            candidates.append(_alias(piece, candidates[-1]))
            continue
        candidates.append(_candidate(piece, name, bearers, language))
        before = name
    return candidates


def _ordinary(text: str, tails: Collection[str], language: str) -> Iterator[Span]:
    """Words that begin a sentence and are no names to the dictionary, though surnames here."""
    for token in tokens_of(text):
        if token.capital and fold_word(token.text) in tails:
            known = kinds(token.text, language)
            if known and not known & set(PARTS) and starts_sentence(text, token.span[0]):
                yield token.span


def _pieces(
    text: str, labelled: Sequence[Labelled], language: str, known: Sequence[Span]
) -> tuple[list[Piece], list[Span]]:
    spans = joined(text, model_pieces(text, labelled, language, known), language)
    model = [piece for piece in spans if acceptable(text, piece, language)]
    taken = [piece.span for piece in model if len(piece.tokens) > 1]
    taken += [found.span for found in labelled if found.label != "PERSON"]
    found, refused = rule_pieces(text, sorted(taken), language)
    return _without_parts([*model, *found]), refused


def _without_parts(pieces: Iterable[Piece]) -> list[Piece]:
    """Pieces by position; of those that overlap, the one of most words that begins first."""
    kept: list[Piece] = []
    taken: list[Span] = []
    for piece in sorted(pieces, key=lambda p: (-len(p.tokens), p.span)):
        if not touches(taken, piece.span):
            kept.append(piece)
            insort(taken, piece.span)
    return sorted(kept, key=lambda piece: piece.span)


def choose(text: str, pieces: Sequence[Piece], language: str) -> dict[Piece, Name]:
    """The name at each place, read so that the names of the article agree best."""
    options = {piece: _options(text, piece, language) for piece in pieces}
    lasts, firsts = _support(options)
    chosen = {}
    for piece, names in options.items():

        def fit(option: tuple[Name, float]) -> float:
            name, weight = option
            last = fold_word(name.last)
            if not name.first:
                return weight * (lasts[last] + _FIRST_NAME * firsts[last])
            return weight * lasts[last] * firsts[fold_word(name.first)]

        chosen[piece] = max(names, key=fit)[0]
    return chosen


def _options(text: str, piece: Piece, language: str) -> Options:
    """Every name a piece may be, with how likely it is by itself."""
    expected = expected_grammemes(text, piece.span, language)
    found = []
    for reading in readings(piece.words, language, expected):
        name = _name(reading, piece, language)
        found.append((name, reading.weight * _attested(name, language)))
    return found


def _attested(name: Name, language: str) -> float:
    """How much likelier a nominative is for being known as a name or from the news."""
    if language != "ru":
        return 1.0
    last, first = name.last.lower(), name.first.lower()
    factor = _LISTED if any(form in surnames() for form in _as_listed(last, name.female)) else 1.0
    factor *= _SEEN if last in vocabulary() else 1.0
    if first:
        factor *= _LISTED if first in first_names() else 1.0
        factor *= _SEEN if first in vocabulary() else 1.0
    return factor


def _as_listed(surname: str, female: bool) -> tuple[str, ...]:
    """The forms under which a list of men's surnames may hold a surname."""
    if female and surname.endswith("ая"):
        return (f"{surname[:-2]}ий", f"{surname[:-2]}ый", f"{surname[:-2]}ой")
    if female and surname.endswith("а"):
        return (surname[:-1], surname)
    return (surname,)


def _support(options: Mapping[Piece, Options]) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """How well each surname (or lone word) and each first name fits the forms that are found.

    A form counts once, however often it stands: it is different forms that tell a nominative.
    """
    lasts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    firsts: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for piece, names in options.items():
        for name, weight in names:
            for word, form, found in (
                (name.last, piece.words[-1], lasts),
                (name.first, piece.words[0], firsts),
            ):
                if word:
                    forms = found[fold_word(word)]
                    forms[form] = max(forms.get(form, 0.0), weight)
    return _sums(lasts), _sums(firsts)


def _sums(found: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    sums: defaultdict[str, float] = defaultdict(float)
    sums.update({word: sum(forms.values()) for word, forms in found.items()})
    return sums


def expected_grammemes(text: str, span: Span, language: str) -> frozenset[str]:
    """The cases and genders that the words beside a name ask for.

    A preposition, or a noun beside the name ("президента"), tells its case. A name behind a verb
    of saying, before any verb or at the beginning of a sentence is mostly the subject, whose
    gender the verb shows.
    """
    before = word_before(text, span[0])
    cases = PREPOSITIONS.get((language, before.lower()))
    if cases is not None:
        return cases
    found = kinds(before, language) if before else frozenset()
    if before and lemmas(before, language) & SAYING:
        return frozenset({"nomn"}) | (found & {"masc", "femn"})
    if {"anim", "NOUN"} <= found and not found & set(PARTS):
        return found & {*CASES, "femn"}
    after = kinds(word_after(text, span[1]), language)
    if not starts_sentence(text, span[0]) and ("VERB" not in after or "NOUN" in found):
        return frozenset()
    return frozenset({"nomn"}) | (after & {"masc", "femn"} if "VERB" in after else frozenset())


def _name(reading: Reading, piece: Piece, language: str) -> Name:
    """First name and surname of a reading, whatever their order; patronymics are left out."""
    words, parts = list(reading.words), list(reading.parts)
    if len(words) == 1:
        return Name("", words[0], reading.female)
    if _NUMERAL.fullmatch(words[-1]):  # "Пётр I" goes by his first name
        return Name("", " ".join(words), reading.female)
    surname_first = parts[-1] == "Patr" and len(words) > 2
    if is_initial(words[-1]) or len(words) == 2:
        surname_first = _is_only(piece.words[0], "Surn", language) and (
            is_initial(words[-1]) or _is_only(piece.words[1], "Name", language)
        )
    if surname_first:
        words, parts = [*words[1:], words[0]], [*parts[1:], parts[0]]
    if len(words) > 2:
        words = [w for w, part in zip(words, parts, strict=True) if part != "Patr"] or words[-1:]
    if is_initial(words[0]):
        first = words[0] if words[0].endswith(".") else f"{words[0]}."
        words = [first, *(word for word in words[1:] if not is_initial(word))]
    if words[0].lower() in PARTICLES:  # "фон Берг" is a surname alone
        return Name("", " ".join(words), reading.female)
    patronymic = len(words) == 2 and parts[-1] == "Patr"
    return Name(" ".join(words[:-1]), words[-1], reading.female, patronymic)


def _is_only(word: str, part: str, language: str) -> bool:
    """Whether a word is this part of a name, "Name" or "Surn", and not the other."""
    return kinds(word, language) & {"Name", "Surn"} == {part}


def _repeated(
    text: str, pieces: Sequence[Piece], names: Mapping[Piece, Name], language: str
) -> dict[Piece, Name]:
    """Full names that stand elsewhere in the article too, in any case, where nobody found them."""
    forms: dict[tuple[str, str], Name] = {}
    for name in names.values():
        if not name.first or " " in name.first or is_initial(name.first) or name.patronymic:
            continue
        for first in forms_of(name.first, language, female=name.female):
            for last in forms_of(name.last, language, female=name.female):
                forms[fold_word(first), fold_word(last)] = name
    if not forms:
        return {}
    taken = [piece.span for piece in pieces if len(piece.tokens) > 1]
    found = {}
    tokens = tokens_of(text)
    for left, right in pairwise(tokens):
        same = forms.get((fold_word(left.text), fold_word(right.text)))
        if same is None or not (left.capital and right.capital and adjacent(text, left, right)):
            continue
        span = (left.span[0], right.span[1])
        if not touches(taken, span) and not called_after(text, span[0], language):
            found[Piece((left, right), RULE)] = same
    return found


def _only_bearers(names: Iterable[Name]) -> dict[str, Name]:
    """First names that exactly one person of the article bears, with that person."""
    bearers: dict[str, dict[str, Name]] = {}
    for name in names:
        if name.first and not is_initial(name.first.split()[0]) and not name.patronymic:
            first = fold_word(name.first.split()[0])
            bearers.setdefault(first, {})[fold_word(name.last)] = name
    return {
        first: next(iter(found.values())) for first, found in bearers.items() if len(found) == 1
    }


def _repeats(piece: Piece, before: Name, language: str) -> bool:
    """Whether a name in brackets is that of the person before: in Latin letters, or maiden."""
    if not piece.bracketed or piece.latin:
        return piece.bracketed
    if len(piece.words) > 1 or not (before.first and before.female):
        return False
    table = word_readings(piece.words[0], language)
    return any(female and options[0].weight > _CERTAIN for (_, female), options in table.items())


def _candidate(piece: Piece, name: Name, bearers: Mapping[str, Name], language: str) -> Candidate:
    if name.patronymic:
        name = bearers.get(fold_word(name.first), name)
    elif not name.first:
        name = bearers.get(fold_word(name.last), name)
    full = fold_word(name.text)
    words = tuple(full.split()) if name.first else (full,)
    own = [word for word in piece.words if not _NUMERAL.fullmatch(word)]
    parts = (word for word in reversed(name.last.split()) if not _NUMERAL.fullmatch(word))
    last = next(parts, name.last)
    tails = {fold_word(form) for form in forms_of(last, language, female=name.female)}
    return Candidate(
        piece.span,
        name.text,
        words,
        piece.found_by,
        surface=fold_word((own or piece.words)[-1]),
        tails=tuple(sorted({*tails, fold_word(last)})),
    )


def _alias(piece: Piece, before: Candidate) -> Candidate:
    """A name repeated in another alphabet: the same person, also known by this last word."""
    tail = fold_word(piece.words[-1])
    return Candidate(
        piece.span, before.name, before.words, piece.found_by, tail, (*before.tails, tail)
    )
