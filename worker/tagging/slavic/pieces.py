"""Where names stand: the model's spans cut into names, and names that only rules find.

A name is words and initials with spaces between; anything else parts two names.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import Span
from worker.tagging.inflection import parses_of
from worker.tagging.recognizer import Labelled
from worker.tagging.slavic.lexicon import first_names
from worker.tagging.slavic.nominative import (
    PARTS,
    dictionary_readings,
    is_initial,
    name_part,
    word_readings,
)
from worker.tagging.slavic.words import APPOSED, CALLED_AFTER, LEADING, PARTICLES, TITLES

MODEL, RULE = "slovnet", "name rule"
#: Words, and initials with their full stop; that behind a Roman numeral ends the sentence.
_WORD = re.compile(r"(?![IVX])[^\W\d_]\.|[^\W_]+(?:[-‑’'ʼ][^\W_]+)*")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_OPENING, _CLOSING = "«„“\"‘'", "»“”\"’'"
_SENTENCE_START = re.compile(r"(?:^|[.!?…\n•*]|\n\s*[–—-]|\d\)|[:,–—-]\s*[«„“\"])[\s«„“\"‘'(–—-]*$")
_PLURAL = re.compile("(?:[ыи]х|[ыи]ми?|[ая]ми?|[ая]х|[ыи]|і)$")
_MOST_WORDS = 5
#: How likely the words of a name have to agree for a rule to take them for one.
_CERTAIN = 0.3


@dataclass(frozen=True, slots=True)
class Token:
    """A word or an initial with its full stop, where it stands."""

    span: Span
    text: str

    @property
    def capital(self) -> bool:
        """Whether it is written like a name; "аль-Масри" is."""
        return any(part[:1].isupper() for part in self.text.split("-"))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words that may be one person's name. ``bracketed``: in brackets behind another name."""

    tokens: tuple[Token, ...]
    found_by: str
    bracketed: bool = False

    @property
    def span(self) -> Span:
        """From the first character to behind the last."""
        return self.tokens[0].span[0], self.tokens[-1].span[1]

    @property
    def words(self) -> tuple[str, ...]:
        """Its words as they stand."""
        return tuple(token.text for token in self.tokens)

    @property
    def latin(self) -> bool:
        """Whether it is written in Latin letters (has none of ours)."""
        return not any(_CYRILLIC.search(token.text) for token in self.tokens)


def tokens_of(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of a stretch of text."""
    stop = len(text) if end is None else end
    return [Token(match.span(), match[0]) for match in _WORD.finditer(text, start, stop)]


def adjacent(text: str, left: Token, right: Token) -> bool:
    """Whether nothing but spaces lies between two words (nothing at all behind an initial)."""
    between = text[left.span[1] : right.span[0]]
    return not between.strip(" \u00a0\u202f") and (bool(between) or left.text.endswith("."))


def model_pieces(
    text: str, labelled: Iterable[Labelled], language: str, known: Sequence[Span] = ()
) -> Iterator[Piece]:
    """The names in what the model takes for people, without titles and known organizations."""
    for found in labelled:
        if found.label != "PERSON":
            continue
        start, end = found.span
        start = max([start, *(stop for at, stop in known if at <= start < stop < end)])
        pieces = list(_split(text, (start, end)))
        for number, run in enumerate(pieces):
            tokens = _without_titles(text, _with_particle(text, run), language)
            if not tokens:
                continue
            bracketed = number > 0 and _bracketed(text, pieces[number - 1], tokens)
            yield Piece(tuple(tokens), MODEL, bracketed=bracketed)


def joined(text: str, pieces: Iterable[Piece], language: str) -> list[Piece]:
    """Pieces by position, a surname joined to the first name and patronymic right before it."""
    found: list[Piece] = []
    for piece in pieces:
        before = found[-1] if found else None
        if (
            before
            and len(piece.words) == 1
            and adjacent(text, before.tokens[-1], piece.tokens[0])
            and kinds(before.words[-1], language) & {"Name", "Patr"}
            and agree((*before.words, *piece.words), language)
        ):
            found[-1] = Piece((*before.tokens, *piece.tokens), MODEL, bracketed=before.bracketed)
        else:
            found.append(piece)
    return found


def _split(text: str, span: Span) -> Iterator[list[Token]]:
    """Runs of neighbouring capitalized words, initials and particles between them."""
    run: list[Token] = []
    end = span[1] + (text[span[1] : span[1] + 1] == ".")  # the full stop of a last initial
    for token in tokens_of(text, span[0], end):
        joined = bool(run) and adjacent(text, run[-1], token)
        if run and not joined:
            yield from _trimmed(run)
            run = []
        if token.capital or (run and token.text in PARTICLES):
            run.append(token)
        elif run:
            yield from _trimmed(run)
            run = []
    yield from _trimmed(run)


def _trimmed(run: list[Token]) -> Iterator[list[Token]]:
    while run and not run[-1].capital:
        run = run[:-1]
    if run and not all(is_initial(token.text) for token in run):
        yield run


def _bracketed(text: str, before: Sequence[Token], tokens: Sequence[Token]) -> bool:
    """Whether nothing but an opening bracket parts a name from the one before it."""
    return text[before[-1].span[1] : tokens[0].span[0]].strip() in ("(", "[")


def _with_particle(text: str, run: list[Token]) -> list[Token]:
    """A name with the particle that stands before it: "фон", "ибн"."""
    before = re.search(r"([^\W\d_]+)[ \u00a0]$", text[max(0, run[0].span[0] - 8) : run[0].span[0]])
    if before and before[1] in LEADING:
        start = run[0].span[0] - len(before[0])
        return [Token((start, start + len(before[1])), before[1]), *run]
    return run


def _without_titles(text: str, tokens: list[Token], language: str) -> list[Token]:
    """A name without the title before it, or a word that has its capital from the sentence."""
    while len(tokens) > 1 and lemmas(tokens[0].text, language) & TITLES:
        tokens = tokens[1:]
    if len(tokens) > 1 and starts_sentence(text, tokens[0].span[0]):
        known = kinds(tokens[0].text, language)
        # A singular noun may be a name all the same: "Франк", "Тор".
        common = known and not known & {*PARTS, "sing"}
        people = tokens[0].text.endswith(("ы", "и", "і")) and _plural(tokens[0].text, language)
        return tokens[1:] if common or people else tokens
    return tokens


@lru_cache(maxsize=4_000)
def lemmas(word: str, language: str) -> frozenset[str]:
    """The dictionary forms a word may belong to."""
    return frozenset(parse.normal_form for parse in parses_of(word, language))


@lru_cache(maxsize=4_000)
def kinds(word: str, language: str) -> frozenset[str]:
    """What the dictionary says of a word, all readings together; empty for one it has not."""
    parses = [parse for parse in parses_of(word, language) if parse.is_known]
    found = {grammeme for parse in parses for grammeme in parse.tag.grammemes}
    return frozenset(found | {part for parse in parses if (part := name_part(parse))})


def starts_sentence(text: str, at: int) -> bool:
    """Whether a word here has its capital from the beginning of a sentence, item or line."""
    return bool(_SENTENCE_START.search(text[max(0, at - 12) : at]) or not text[:at].strip())


def quoted(text: str, span: Span) -> bool:
    """Whether quotation marks stand right round a span, as round titles and companies."""
    return text[span[0] - 1 : span[0]] in tuple(_OPENING) and text[span[1] : span[1] + 1] in tuple(
        _CLOSING
    )


def word_before(text: str, at: int) -> str:
    """The word right before a place, "" where something else stands between."""
    match = re.search(r"([^\W\d_][\w’'ʼ-]*)\.?[ \u00a0]+[«„“\"]?$", text[max(0, at - 30) : at])
    return match[1] if match else ""


def word_after(text: str, at: int) -> str:
    """The word right behind a place, "" where something else stands between."""
    match = re.match(r"[ \u00a0]+([^\W\d_]+)", text[at : at + 30])
    return match[1] if match else ""


def acceptable(text: str, piece: Piece, language: str) -> bool:
    """Whether what the model found can be a person's name."""
    words = piece.words
    if len(words) > _MOST_WORDS or any(c.isdigit() for word in words for c in word):
        return False
    cyrillic = [word for word in words if _CYRILLIC.search(word)]
    if piece.bracketed and not cyrillic:
        return len(words) > 1
    if len(words) > 1:
        return not cyrillic or any(_nameable(word, language) for word in cyrillic)
    word = words[0]
    if not cyrillic or len(word) < 3 or word.isupper():
        return False
    if quoted(text, piece.span) or _apposed(text, piece, language):
        return False
    known = kinds(word, language)
    if "Geox" in known and re.search(
        rf"\b(?:в|во|из)\s+{word[:-1]}\w{{0,3}}\b", text, re.IGNORECASE
    ):
        return False
    if known and not known & set(PARTS):
        return not (known & {"Geox", "Orgn", "ADJF", "PRTS", "VERB"}) and not starts_sentence(
            text, piece.span[0]
        )
    return not _plural(word, language)


def _nameable(word: str, language: str) -> bool:
    """Whether a word is one of names, or none the dictionary has."""
    known = kinds(word, language)
    return not known or bool(known & set(PARTS))


def _plural(word: str, language: str) -> bool:
    """Whether a word is no first name or surname, but can be a family's, or a people."""
    if dictionary_readings(word, language):
        return False
    parses = parses_of(word, language)
    return bool(_PLURAL.search(word)) and all("plur" in p.tag.grammemes for p in parses)


def _apposed(text: str, piece: Piece, language: str) -> bool:
    """Whether the word before says that this is a company's, place's or work's own name."""
    before = word_before(text, piece.span[0])
    if not before or not lemmas(before, language) & APPOSED:
        return False
    return not kinds(piece.words[-1], language) & {"Surn", "Patr"}


def rule_pieces(text: str, taken: Sequence[Span], language: str) -> tuple[list[Piece], list[Span]]:
    """First names with a patronymic or a surname that agrees, where nobody has found a name yet.

    Beside them, where such names are no people: in the name of a street, of a book, or in what
    stands at ``taken`` (places, organizations).
    """
    tokens = tokens_of(text)
    pieces: list[Piece] = []
    refused: list[Span] = []
    at = 0
    while at < len(tokens) - 1:
        run = _name_at(text, tokens, at, language)
        if run:
            span = (run[0].span[0], run[-1].span[1])
            elsewhere = quoted(text, span) or called_after(text, span[0], language)
            if elsewhere or touches(taken, span):
                refused.append(span)
            else:
                pieces.append(Piece(tuple(run), RULE))
        at += max(1, len(run))
    return pieces, refused


def _name_at(text: str, tokens: Sequence[Token], at: int, language: str) -> list[Token]:
    """The words of a name that begins at a token, [] if none does."""
    first = tokens[at]
    if (
        not first.text[:1].isupper()
        or first.text.isupper()
        or not _first_name(first.text, language)
    ):
        return []
    run = [first]
    for token in tokens[at + 1 : at + 3]:
        if not token.capital or token.text.isupper() or not adjacent(text, run[-1], token):
            break
        if not agree([t.text for t in (*run, token)], language):
            break
        run.append(token)
        if not kinds(token.text, language) & {"Patr", "Name"}:
            break
    return run if len(run) > 1 and _trusted(run, language) else []


@lru_cache(maxsize=4_000)
def _first_name(word: str, language: str) -> bool:
    """Whether a word is a first name by the dictionary, or by a list where the dictionary has none."""
    known = kinds(word, language)
    if known or language != "ru":
        return "Name" in known
    options = word_readings(word.partition("-")[0], language).values()
    return any(
        reading.nominative.lower() in first_names() and reading.weight >= _CERTAIN
        for readings in options
        for reading in readings
    )


def agree(words: Sequence[str], language: str) -> bool:
    """Whether the words of a name have a case and a gender in common, well enough."""
    tables = [word_readings(word, language) for word in words]
    common = set.intersection(*(set(table) for table in tables))
    return any(all(table[key][0].weight >= _CERTAIN for table in tables) for key in common)


def _trusted(run: Sequence[Token], language: str) -> bool:
    """Whether words that agree are a name beyond doubt."""
    last = kinds(run[-1].text, language)
    if last & {"Surn", "Patr"}:
        return True
    first = [p for p in parses_of(run[0].text, language) if p.is_known]
    # An unknown word behind a first name is a surname, unless that "first name" is a word too.
    return not last and bool(first) and all(name_part(parse) for parse in first)


def called_after(text: str, at: int, language: str) -> bool:
    """Whether the word before says that a street, a prize or the like has the name here."""
    before = word_before(text, at)
    return bool(before and lemmas(before, language) & CALLED_AFTER)


def touches(taken: Sequence[Span], span: Span) -> bool:
    """Whether a span shares a character with one of some sorted spans that do not overlap."""
    at = bisect_left(taken, (span[1], -1))
    return any(start < span[1] and span[0] < end for start, end in taken[max(0, at - 3) : at])
