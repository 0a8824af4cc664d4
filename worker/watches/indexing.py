"""What an archive of articles is searched by: numbers that an article has and a query asks for.

``numbers_of`` gives those of an article: of each spelling and stem of its words, of the beginnings of
longer ones, and of the terms that watches know it by. ``asked`` turns a query into what any article
that matches it has at least. Two words may share a number, and what no number tells (order, nearness,
NOT, figures) is left out. So it finds too much, never too little: the matcher has the last word.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from worker.model import Article, Mention
from worker.watches.context import NO_CONTEXT
from worker.watches.folding import LONG, split_words, words_of_run
from worker.watches.reading import Reading
from worker.watches.resolve import mention_terms
from worker.watches.spelling import spellings
from worker.watches.stems import languages, stemmer
from worker.watches.tree import (
    AllOf,
    AnyOf,
    Clause,
    Compare,
    Field,
    Measure,
    Near,
    Node,
    NoneOf,
    SameSentence,
    Spike,
)

BITS = 24
"""A number is smaller than two to this."""
_BEGINNING = 4
"""Letters by which beginnings of words are found; of shorter ones nothing is asked."""


@dataclass(frozen=True, slots=True)
class OneOf:
    """An article has one of these numbers at least."""

    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class FromFeed:
    """An article comes from a feed that has one of these terms: its name, or one of its tags."""

    terms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Both:
    """All parts hold."""

    parts: tuple["Asked", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One part holds at least."""

    parts: tuple["Asked", ...]


Asked = OneOf | FromFeed | Both | Either
ANYTHING = Both(())


def number(term: str) -> int:
    """The number of a term."""
    return crc32(term.encode("utf-8", "replace")) >> (32 - BITS)


def feed_number(feed_id: int) -> int:
    """The number of the articles of a feed."""
    return number(f"feed-id\t{feed_id}")


# --------------------------------------------------------------------------- what an article has


def numbers_of(article: Article, mentions: Sequence[Mention]) -> set[int]:
    """The numbers of an article, but for that of its feed."""
    reading = Reading(article, mentions, NO_CONTEXT)
    found: set[int] = set()
    for run in set(reading.words.runs):
        look_up = _run_numbers if len(run) < LONG else _run_numbers.__wrapped__
        found.update(look_up(run, reading.language))
    found.update(map(number, reading.surest))
    found.update(map(number, reading.facts))
    return found


def numbers_of_mentions(mentions: Sequence[Mention]) -> set[int]:
    """The numbers that mentions bring."""
    return {number(term) for mention in mentions for term in mention_terms(mention)}


@lru_cache(1 << 16)
def _run_numbers(run: str, language: str) -> tuple[int, ...]:
    stem_of = stemmer(language) if language else None
    terms: set[str] = set()
    for word, folded in words_of_run(run):
        written = unicodedata.normalize("NFC", word)
        terms.update(f"w\t{one}" for one in spellings(written, folded))
        if stem_of and (stem := stem_of(word)):
            terms.add(f"w\t{stem}")
        if len(folded) >= _BEGINNING:
            terms.add(f"b\t{folded[:_BEGINNING]}")
    return tuple(map(number, terms))


# --------------------------------------------------------------------------- what a query asks for


def asked(node: Node) -> Asked:
    """What any article has that a resolved query matches; ``ANYTHING`` where nothing is needed."""
    match node:
        case Clause():
            return _of_clause(node)
        case Compare():
            return _of_comparison(node)
        case AllOf(parts) | Near(parts) | SameSentence(parts):
            return _both([asked(part) for part in parts])
        case AnyOf(parts):
            found = tuple(asked(part) for part in parts)
            return ANYTHING if ANYTHING in found else _either(found)
        case NoneOf():
            return ANYTHING
        case Spike(part):
            return asked(part)


def _both(parts: Sequence[Asked]) -> Asked:
    flat: list[Asked] = []
    for part in parts:
        flat += part.parts if isinstance(part, Both) else (part,)
    flat = list(dict.fromkeys(flat))
    return flat[0] if len(flat) == 1 else Both(tuple(flat))


def _either(parts: Sequence[Asked]) -> Asked:
    """Numbers of which one is enough become one list: the index is asked once."""
    numbers = [one.numbers for one in parts if isinstance(one, OneOf)]
    others = [one for one in parts if not isinstance(one, OneOf)]
    joined = [OneOf(frozenset().union(*numbers))] if numbers else []
    found = (*joined, *others)
    return found[0] if len(found) == 1 else Either(found)


def _of_clause(clause: Clause) -> Asked:
    if clause.field in {Field.FEED, Field.TAG}:
        return FromFeed(frozenset(clause.terms))
    if not clause.field.is_words:
        return OneOf(frozenset(map(number, clause.terms)))
    words = split_words(clause.value)
    return _both(
        [
            _of_word(clause, word, folded, prefix=clause.prefix and place == len(words) - 1)
            for place, (word, folded) in enumerate(words)
        ]
    )


def _of_word(clause: Clause, word: str, folded: str, *, prefix: bool) -> Asked:
    if prefix:
        # What is folded of an exact beginning is surely a beginning only in plain letters.
        told = len(folded) >= _BEGINNING and (word.isascii() or not clause.exact)
        return _numbered({f"b\t{folded[:_BEGINNING]}"}) if told else ANYTHING
    if clause.exact:
        return _numbered({f"w\t{folded}"})
    written = unicodedata.normalize("NFC", word).lower()
    return _numbered({f"w\t{one}" for one in (*spellings(written, folded), *_stems(written))})


def _numbered(terms: set[str]) -> OneOf:
    return OneOf(frozenset(map(number, terms)))


def _stems(word: str) -> Iterator[str]:
    """The stems of a word in every language that has any."""
    for language in languages():
        stem_of = stemmer(language)
        if stem_of and (stem := stem_of(word)):
            yield stem


def _of_comparison(node: Compare) -> Asked:
    """What is counted has to be there, unless none of it would do too."""
    if node.clause is None or node.measure not in {Measure.MENTIONS, Measure.SALIENCE}:
        return ANYTHING
    from worker.watches.index import holds  # loads numpy, which who only shows articles needs not

    none_will_do = holds(0.0, node.operator, node.number)
    return ANYTHING if none_will_do else _of_clause(node.clause)
