"""What two articles are compared by, taken from each of them once and kept small."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from worker.model import Article, Kind, Mention
from worker.stories.minhash import Signature, sign
from worker.stories.terms import Sort, name_term, sort_of, terms

LEAD_TERMS = 60
BODY_TERMS = 240
"""Terms that are read: the beginning of a report says what happened."""
LEAST_SALIENCE = 0.1
"""Less is an agency's name in a credit, or a passing word."""
MOST_NAMES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """An article as stories compare it. The terms are those of ``worker.stories.terms``.

    ``head`` are terms of title and lead, ``body`` all that were read; ``names`` are people and
    organizations, ``main`` those of them that stand in the title or make up much of the article.
    ``signature`` is None where the text is too short to compare.
    """

    at: datetime
    language: str
    title: frozenset[int]
    head: frozenset[int]
    body: frozenset[int]
    names: frozenset[int]
    main: frozenset[int]
    countries: frozenset[int]
    signature: Signature | None


def features(article: Article, mentions: Sequence[Mention], at: datetime) -> Features:
    """The features of an article that was published, or first seen, ``at``."""
    title = frozenset(terms(article.title))
    text = terms(article.text[: BODY_TERMS * 12])[:BODY_TERMS]
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
        head=title.union(text[:LEAD_TERMS]),
        body=title.union(text),
        names=names,
        main=frozenset(
            term for term in names if found[term].in_title or found[term].salience >= 0.4
        ),
        countries=frozenset(found).difference(names),
        signature=sign(article.text),
    )
