"""Where names stand: the model's spans cut into names, and names that only rules find.

A name is words and initials with spaces between; anything else parts two names.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from worker.model import Span
from worker.tagging.inflection import analyzer
from worker.tagging.languages import Labelled
from worker.tagging.slavic.nominative import (
    PARTS,
    dictionary_readings,
    is_initial,
    name_part,
    word_readings,
)
from worker.tagging.slavic.words import APPOSED, CALLED_AFTER, LEADING, PARTICLES, TITLES

MODEL, RULE = "slovnet", "name rule"
_WORD = re.compile(r"[^\W\d_]\.|[^\W_]+(?:[-‑’'ʼ][^\W_]+)*")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_OPENING, _CLOSING = "«„“\"‘'", "»“”\"’'"
_SENTENCE_START = re.compile(r"(?:^|[.!?…:\n•*]|\s[–—-]|\d\))[\s«„“\"‘'(–—-]*$")
_MOST_WORDS = 5


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
    """Words that may be one person's name. ``alias``: in brackets behind the name it repeats."""

    tokens: tuple[Token, ...]
    found_by: str
    alias: bool = False

    @property
    def span(self) -> Span:
        """From the first character to behind the last."""
        return self.tokens[0].span[0], self.tokens[-1].span[1]

    @property
    def words(self) -> tuple[str, ...]:
        """Its words as they stand."""
        return tuple(token.text for token in self.tokens)

    def overlaps(self, other: Span) -> bool:
        """Whether it shares a character with a span."""
        return self.span[0] < other[1] and other[0] < self.span[1]


def tokens_of(text: str, start: int = 0, end: int | None = None) -> list[Token]:
    """The words of a stretch of text."""
    stop = len(text) if end is None else end
    return [Token(match.span(), match[0]) for match in _WORD.finditer(text, start, stop)]


def adjacent(text: str, left: Token, right: Token) -> bool:
    """Whether nothing but spaces lies between two words (nothing at all behind an initial)."""
    between = text[left.span[1] : right.span[0]]
    return not between.strip(" \u00a0\u202f") and (bool(between) or left.text.endswith("."))


def model_pieces(text: str, labelled: Iterable[Labelled], language: str) -> Iterator[Piece]:
    """The names in what the model takes for people, without titles and what is no name."""
    for found in labelled:
        if found.label != "PERSON":
            continue
        pieces = list(_split(text, found.span))
        for number, run in enumerate(pieces):
            tokens = _without_titles(_with_particle(text, run), language)
            if not tokens:
                continue
            alias = number > 0 and _repeats(text, pieces[number - 1], tokens)
            yield Piece(tuple(tokens), MODEL, alias=alias)


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


def _repeats(text: str, before: Sequence[Token], tokens: Sequence[Token]) -> bool:
    """Whether a name in brackets is the one before it in another alphabet."""
    between = text[before[-1].span[1] : tokens[0].span[0]]
    return (
        between.strip() in ("(", "[")
        and bool(_CYRILLIC.search(before[-1].text))
        and not any(_CYRILLIC.search(token.text) for token in tokens)
    )


def _with_particle(text: str, run: list[Token]) -> list[Token]:
    """A name with the particle that stands before it: "фон", "ибн"."""
    before = re.search(r"([^\W\d_]+)[ \u00a0]$", text[max(0, run[0].span[0] - 8) : run[0].span[0]])
    if before and before[1] in LEADING:
        start = run[0].span[0] - len(before[0])
        return [Token((start, start + len(before[1])), before[1]), *run]
    return run


def _without_titles(tokens: list[Token], language: str) -> list[Token]:
    while len(tokens) > 1 and lemmas(tokens[0].text, language) & TITLES:
        tokens = tokens[1:]
    return tokens


@lru_cache(maxsize=20_000)
def lemmas(word: str, language: str) -> frozenset[str]:
    """The dictionary forms a word may belong to."""
    return frozenset(parse.normal_form for parse in analyzer(language).parse(word.lower()))


@lru_cache(maxsize=20_000)
def kinds(word: str, language: str) -> frozenset[str]:
    """What the dictionary says of a word, all readings together; empty for one it has not."""
    parses = [parse for parse in analyzer(language).parse(word.lower()) if parse.is_known]
    found = {grammeme for parse in parses for grammeme in parse.tag.grammemes}
    return frozenset(found | {part for parse in parses if (part := name_part(parse))})


def starts_sentence(text: str, at: int) -> bool:
    """Whether a word here has its capital from the beginning of a sentence, item or line."""
    return bool(_SENTENCE_START.search(text[max(0, at - 12) : at]) or not text[:at].strip())


def quoted(text: str, span: Span) -> bool:
    """Whether quotation marks stand right round a span, as round titles and companies."""
    return text[span[0] - 1 : span[0]] in tuple(_OPENING) and text[
        span[1] : span[1] + 1
    ] in tuple(_CLOSING)


def word_before(text: str, at: int) -> str:
    """The word right before a place, "" where something else stands between."""
    match = re.search(r"([^\W\d_][\w’'ʼ-]*)\.?[ \u00a0]+[«„“\"]?$", text[max(0, at - 30) : at])
    return match[1] if match else ""


def acceptable(text: str, piece: Piece, language: str) -> bool:
    """Whether what the model found can be a person's name."""
    words = piece.words
    if len(words) > _MOST_WORDS or any(c.isdigit() for word in words for c in word):
        return False
    cyrillic = [word for word in words if _CYRILLIC.search(word)]
    if len(words) > 1:
        return not cyrillic or any(_nameable(word, language) for word in cyrillic)
    word = words[0]
    if not cyrillic or len(word) < 3 or word.isupper():
        return False
    if quoted(text, piece.span) or _apposed(text, piece, language):
        return False
    known = kinds(word, language)
    if known and not known & set(PARTS):
        return not (known & {"Geox", "Orgn", "ADJF", "PRTS", "VERB"}) and not starts_sentence(
            text, piece.span[0]
        )
    return bool(dictionary_readings(word, language)) or not _plural(word, language)


def _nameable(word: str, language: str) -> bool:
    """Whether a word is one of names, or none the dictionary has."""
    known = kinds(word, language)
    return not known or bool(known & set(PARTS))


def _plural(word: str, language: str) -> bool:
    """Whether a word can only be the name of a family, or no noun at all."""
    parses = analyzer(language).parse(word.lower())
    return all("plur" in parse.tag.grammemes for parse in parses)


def _apposed(text: str, piece: Piece, language: str) -> bool:
    """Whether the word before says that this is a company's, place's or work's own name."""
    before = word_before(text, piece.span[0])
    if not lemmas(before.rstrip("."), language) & APPOSED if before else True:
        return False
    return not kinds(piece.words[-1], language) & {"Surn", "Patr"}


def rule_pieces(
    text: str, tokens: Sequence[Token], taken: Sequence[Span], language: str
) -> Iterator[Piece]:
    """First names with a patronymic or a surname that agrees, where nobody has found a name yet."""
    at = 0
    while at < len(tokens) - 1:
        run = _name_at(text, tokens, at, language)
        if run and not _touches(taken, (run[0].span[0], run[-1].span[1])):
            yield Piece(tuple(run), RULE)
        at += max(1, len(run))


def _name_at(text: str, tokens: Sequence[Token], at: int, language: str) -> list[Token]:
    """The words of a name that begins at a token, [] if none does."""
    first = tokens[at]
    if not first.capital or first.text.isupper() or "Name" not in kinds(first.text, language):
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
    if len(run) < 2 or not _trusted(text, run, language):
        return []
    return run


def agree(words: Sequence[str], language: str) -> bool:
    """Whether the words of a name have a case and a gender in common, well enough."""
    tables = [word_readings(word, language) for word in words]
    common = set.intersection(*(set(table) for table in tables))
    return any(all(table[key].weight >= 0.35 for table in tables) for key in common)


def _trusted(text: str, run: Sequence[Token], language: str) -> bool:
    """Whether a name found by rule is one beyond doubt, and news about its bearer."""
    span = (run[0].span[0], run[-1].span[1])
    if quoted(text, span) or lemmas(word_before(text, span[0]) or "-", language) & CALLED_AFTER:
        return False
    last = kinds(run[-1].text, language)
    if last & {"Surn", "Patr"}:
        return True
    first = analyzer(language).parse(run[0].text.lower())
    only_name = all(name_part(parse) for parse in first if parse.is_known)
    # An unknown word behind a first name is a surname, unless that "first name" is a word too.
    return not last and only_name


def _touches(taken: Sequence[Span], span: Span) -> bool:
    at = bisect_left(taken, (span[1], -1))
    return any(start < span[1] and span[0] < end for start, end in taken[max(0, at - 3) : at])
