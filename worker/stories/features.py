"""What two articles are compared by, taken from each of them once and kept small."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from worker.model import Article, Kind, Mention
from worker.stories.minhash import PERMUTATIONS, Signature, sign
from worker.stories.terms import SORT_BITS, Sort, name_term, proper_names, sort_of, terms

LEAD_TERMS = 60
BODY_TERMS = 220
"""Terms that are read: the beginning of a report says what happened."""
LEAST_SALIENCE = 0.1
"""Less is an agency's name in a credit, or a passing word."""
MOST_NAMES = 24
MAIN_SALIENCE = 0.4
MOST_PROPER = 60
_NUMBERS, _FIGURES = Sort.COUNT << SORT_BITS, Sort.FIGURE << SORT_BITS

_HEAD = struct.Struct("<d8sI9H")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """An article as stories compare it. The terms are those of ``worker.stories.terms``.

    ``head`` are terms of title and lead, ``body`` all that were read, ``numbers`` those of them
    that are numbers; ``proper`` are words with a capital
    that belong to no recognized name. ``names`` are people and organizations, ``main`` those that stand in the
    title or make up much of the article. ``signature`` is None where the text is too short.
    """

    at: datetime
    language: str
    title: frozenset[int]
    head: frozenset[int]
    body: frozenset[int]
    numbers: frozenset[int]
    proper: frozenset[int]
    names: frozenset[int]
    main: frozenset[int]
    countries: frozenset[int]
    signature: Signature | None

    @property
    def facts(self) -> frozenset[int]:
        """What hardly changes when a report is put in other words: who, where, and figures."""
        figures = (number for number in self.numbers if number >= _FIGURES)
        return self.proper.union(self.names, self.countries, figures)


def features(article: Article, mentions: Sequence[Mention], at: datetime) -> Features:
    """The features of an article that was published, or first seen, ``at``."""
    title = frozenset(terms(article.title))
    text = article.text[: BODY_TERMS * 12]
    words = terms(text)[:BODY_TERMS]
    body = title.union(words)
    named = [
        one
        for one in mentions
        if one.kind is not Kind.TOPIC and (one.in_title or one.salience >= LEAST_SALIENCE)
    ]
    found = {name_term(one): one for one in named[:MOST_NAMES]}
    names = frozenset(term for term in found if sort_of(term) is Sort.NAME)
    return Features(
        at=at,
        language=article.language,
        title=title,
        head=title.union(words[:LEAD_TERMS]),
        body=body,
        numbers=frozenset(
            term for term in body if term >= _NUMBERS and sort_of(term) <= Sort.FIGURE
        ),
        proper=frozenset(proper_names(f"- {article.title}. {text}")[:MOST_PROPER]).difference(
            proper_names("- " + " ".join(one.name for one in named))
        ),
        names=names,
        main=frozenset(
            term for term in names if found[term].in_title or found[term].salience >= MAIN_SALIENCE
        ),
        countries=frozenset(found).difference(names),
        signature=sign(article.text),
    )


def pack(one: Features) -> bytes:
    """Features as bytes for the store."""
    signature = one.signature
    sets = (
        one.title, one.head, one.body, one.numbers, one.proper, one.names, one.main, one.countries,
        signature.lead if signature else frozenset(),
    )  # fmt: skip
    head = _HEAD.pack(
        one.at.timestamp(),
        one.language.encode()[:8],
        signature.size if signature else 0,
        *map(len, sets),
    )
    values = signature.values if signature else ()
    numbers = [number for some in sets for number in sorted(some)]
    return head + np.array((*numbers, *values), "<u4").tobytes()


def unpack(packed: bytes) -> Features:
    """The features that ``pack`` was given. Raises ValueError when they are none."""
    try:
        stamp, language, size, *lengths = _HEAD.unpack_from(packed)
        numbers = np.frombuffer(packed, "<u4", offset=_HEAD.size).tolist()
    except (struct.error, ValueError) as error:
        raise ValueError(f"{len(packed)} bytes hold no features: {error}") from None
    if len(numbers) != sum(lengths) + PERMUTATIONS * bool(size):
        raise ValueError(f"features of {len(packed)} bytes are cut short")
    sets, start = [], 0
    for length in lengths:
        sets.append(frozenset(numbers[start : start + length]))
        start += length
    title, head, body, figures, proper, names, main, countries, lead = sets
    return Features(
        at=datetime.fromtimestamp(stamp, UTC),
        language=language.rstrip(b"\0").decode("ascii", "replace"),
        title=title,
        head=head,
        body=body,
        numbers=figures,
        proper=proper,
        names=names,
        main=main,
        countries=countries,
        signature=Signature(tuple(numbers[start:]), size, lead) if size else None,
    )
