"""What two articles are compared by, taken from each of them once and kept small."""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from worker.model import Article, Kind, Mention
from worker.stories.days import days_named
from worker.stories.happenings import happenings
from worker.stories.minhash import PERMUTATIONS, Signature, sign
from worker.stories.terms import (
    SORT_BITS,
    Sort,
    capitals,
    name_term,
    proper_names,
    sort_of,
    terms,
)

LEAD_TERMS = 60
BODY_TERMS = 220
"""Terms that are read: the beginning of a report says what happened."""
LEAST_SALIENCE = 0.1
"""Less is an agency's name in a credit, or a passing word."""
MOST_NAMES = 24
MOST_PROPER, MOST_CAPITALS = 60, 120
LEAD = 900
"""Characters of the text in which a day that is named is likely the day of the event."""
BEGINS = (Sort.PROPER ^ Sort.NAME) << SORT_BITS
"""Turns a word with a capital into one that only begins a sentence, and back."""
_NUMBERS, _FIGURES, _WORDS = (sort << SORT_BITS for sort in (Sort.COUNT, Sort.FIGURE, Sort.PROPER))
_DAYS = Sort.DAY << SORT_BITS
_OF_EVENT = [
    sort << SORT_BITS for sort in (Sort.PROPER, Sort.NAME, Sort.COUNTRY, Sort.DAY, Sort.HAPPENING)
]

_STAMP, _HEAD = struct.Struct("<d"), struct.Struct("<d8sI9H")
# The order of the sets. In the seventh some that were stored have names, which nothing reads.
_TITLE, _OPENING, _BODY, _NUMBER, _PROPER, _NAME, _EVENT, _COUNTRY, _LEAD = range(9)


class Parts(NamedTuple):
    """What decides, nearly always, what two articles are to each other: terms in their order.

    ``begins`` are words with a capital that may have it because a sentence begins, each with the
    sort of a name.
    """

    counts: list[int]
    figures: list[int]
    proper: list[int]
    names: list[int]
    countries: list[int]
    called: list[int]
    begins: list[int]
    days: list[int]
    happenings: list[int]


class Features:
    """An article as stories compare it: packed, each part read once it is asked for.

    Most of what an article is compared with turns out to be different by a few of the parts. The
    terms are those of ``worker.stories.terms``.
    """

    def __init__(self, packed: bytes) -> None:
        """Raises ValueError when the bytes are no features."""
        try:
            stamp, language, self._size, *lengths = _HEAD.unpack_from(packed)
        except struct.error as error:
            raise ValueError(f"{len(packed)} bytes hold no features: {error}") from None
        self.stamp: float = stamp
        self._language: bytes = language
        self._starts = (0, *accumulate(lengths))
        every = self._starts[-1] + PERMUTATIONS * bool(self._size)
        if len(packed) != _HEAD.size + 4 * every:
            raise ValueError(f"features of {len(packed)} bytes are cut short")
        self._terms = np.frombuffer(packed, "<u4", every, _HEAD.size)
        self.packed = packed

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Features) and self.packed == other.packed

    def __hash__(self) -> int:
        return hash(self.packed)

    def published(self, at: datetime) -> "Features":
        """The same at another time."""
        return Features(_STAMP.pack(at.timestamp()) + self.packed[_STAMP.size :])

    def _sorted(self, first: int, last: int) -> list[int]:
        found: list[int] = self._terms[self._starts[first] : self._starts[last + 1]].tolist()
        return found

    def _set(self, number: int) -> frozenset[int]:
        return frozenset(self._sorted(number, number))

    @cached_property
    def parts(self) -> Parts:
        """The parts that decide, read at once."""
        terms, starts = self._sorted(_NUMBER, _COUNTRY), self._starts
        before = starts[_NUMBER]
        proper, names = starts[_PROPER] - before, starts[_NAME] - before
        event, countries = starts[_EVENT] - before, starts[_COUNTRY] - before
        figures = bisect_left(terms, _FIGURES, 0, proper)
        # The highest bits of a term are its sort: those of one lie side by side.
        called, begins, other, days, happenings = (
            bisect_left(terms, first, event, countries) for first in _OF_EVENT
        )
        return Parts(
            terms[:figures],
            terms[figures:proper],
            terms[proper:names],
            terms[names:event],
            terms[countries:],
            terms[called:begins],
            terms[begins:other],
            terms[days:happenings],
            terms[happenings:countries],
        )

    @cached_property
    def at(self) -> datetime:
        """When it was published, or first seen."""
        return datetime.fromtimestamp(self.stamp, UTC)

    @cached_property
    def language(self) -> str:
        """The language's code."""
        return self._language.rstrip(b"\0").decode("ascii", "replace")

    @cached_property
    def title(self) -> frozenset[int]:
        """Terms of the title, its words with a capital as such, too."""
        return self._set(_TITLE)

    @cached_property
    def head(self) -> frozenset[int]:
        """Terms of title and lead."""
        return self._set(_OPENING)

    @cached_property
    def body(self) -> frozenset[int]:
        """All terms that were read."""
        return self._set(_BODY)

    @cached_property
    def proper(self) -> frozenset[int]:
        """Words with a capital that belong to no recognized name."""
        return frozenset(self.parts.proper)

    @cached_property
    def names(self) -> frozenset[int]:
        """People and organizations."""
        return frozenset(self.parts.names)

    @cached_property
    def countries(self) -> frozenset[int]:
        """Countries that are named."""
        return frozenset(self.parts.countries)

    @cached_property
    def counts(self) -> frozenset[int]:
        """Those of the numbers that many articles hold: small ones, years, round ones."""
        return frozenset(self.parts.counts)

    @cached_property
    def figures(self) -> frozenset[int]:
        """The other numbers."""
        return frozenset(self.parts.figures)

    @cached_property
    def called(self) -> frozenset[int]:
        """All words with a capital that stand within a sentence, of recognized names, too."""
        return frozenset(self.parts.called)

    @cached_property
    def capitals(self) -> frozenset[int]:
        """Those, and words that may have their capital because a sentence begins."""
        return self.called.union([term ^ BEGINS for term in self.parts.begins])

    @cached_property
    def days(self) -> frozenset[int]:
        """The days that the beginning names, the day it was published if none."""
        return frozenset(self.parts.days)

    @cached_property
    def happenings(self) -> frozenset[int]:
        """The kinds of event that title and lead speak of."""
        return frozenset(self.parts.happenings)

    @cached_property
    def facts(self) -> frozenset[int]:
        """What hardly changes when a report is put in other words: who, where, and figures."""
        return self.proper.union(self.names, self.countries, self.figures)

    @cached_property
    def signature(self) -> Signature | None:
        """Its wording; None where the text is too short."""
        if not self._size:
            return None
        values = self.packed[_HEAD.size + 4 * self._starts[-1] :]
        return Signature(values, self._size, self._set(_LEAD))


def features(article: Article, mentions: Sequence[Mention], at: datetime) -> Features:
    """The features of an article that was published, or first seen, ``at``."""
    title = frozenset(terms(article.title))
    text = article.text[: BODY_TERMS * 12]
    words = terms(text)[:BODY_TERMS]
    named = [
        one
        for one in mentions
        if one.kind is not Kind.TOPIC and (one.in_title or one.salience >= LEAST_SALIENCE)
    ]
    found = {name_term(one) for one in named[:MOST_NAMES]}
    names = {term for term in found if sort_of(term) is Sort.NAME}
    head = title.union(words[:LEAD_TERMS])
    read = f"{article.title}. {text}"
    own = {*capitals(article.outlet)}
    proper = proper_names(f"- {read}")
    called = {*proper[:MOST_CAPITALS]} - own
    begin = {*capitals(read)[:MOST_CAPITALS]} - called - own
    days = days_named(read[:LEAD], article.language, at) or {at.toordinal()}
    return packed(
        at=at,
        language=article.language,
        title=title.union(capitals(article.title)).difference(own),
        head=head,
        body=title.union(words),
        proper=frozenset(proper[:MOST_PROPER]).difference(
            proper_names("- " + " ".join(one.name for one in named))
        ),
        names=names,
        event=happenings(head).union(
            called,
            (term ^ BEGINS for term in begin),
            (day | _DAYS for day in days),
        ),
        countries=found - names,
        signature=sign(article.text),
    )


def packed(
    *,
    at: datetime,
    language: str,
    title: AbstractSet[int],
    head: AbstractSet[int],
    body: AbstractSet[int],
    proper: AbstractSet[int],
    names: AbstractSet[int],
    event: AbstractSet[int],
    countries: AbstractSet[int],
    signature: Signature | None,
) -> Features:
    """Features of these parts; the numbers are those of the ``body``."""
    numbers = {term for term in body if _NUMBERS <= term < _WORDS}
    lead: AbstractSet[int] = signature.lead if signature else frozenset()
    sets = (title, head, body, numbers, proper, names, event, countries, lead)
    start = _HEAD.pack(
        at.timestamp(), language.encode()[:8], signature.size if signature else 0, *map(len, sets)
    )
    every = [term for some in sets for term in sorted(some)]
    values = signature.values if signature else b""
    return Features(start + struct.pack(f"<{len(every)}I", *every) + values)
