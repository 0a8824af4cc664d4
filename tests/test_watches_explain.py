"""Why queries match an article or do not, many of them at once."""

import pytest

from worker.model import Article, Kind, Mention, Watch
from worker.watches.explain import Explainer, explain

ARTICLE = Article(
    title="Talks in Geneva", text="Gas prices fell. The summit ended without a deal.", language="en"
)
PUTIN = Mention(
    kind=Kind.PERSON,
    key="person:vladimir-putin",
    name="Vladimir Putin",
    count=1,
    salience=0.5,
    in_title=False,
)
QUERIES = [
    "gas AND summit",
    "gas NEAR/2 summit",
    "title:gas OR oil",
    'person:"Vladimir Putin" AND NOT (deal OR oil)',
    'mentions(person:"Vladimir Putin") >= 2 AND gas',
    "gas AND",
    "gas AND (oil OR coal) AND NOT (summit AND deal)",
    "lang:de AND pric*",
]


def find(_kind: Kind, _name: str) -> None:
    """Nobody is known."""


def all_at_once() -> Explainer:
    """All queries, compiled together."""
    return Explainer([*QUERIES, *QUERIES], ARTICLE, (PUTIN,), find)


@pytest.mark.parametrize("query", QUERIES)
def test_each_is_told_of_as_if_it_were_alone(query: str) -> None:
    """Whatever other queries stand beside it."""
    alone = explain(Watch(id=1, name="w", query=query), ARTICLE, (PUTIN,), find)
    told = all_at_once().explain(query)
    assert str(alone.problem) == str(told.problem)
    assert (alone.matched, alone.clauses, alone.confidence) == (
        told.matched,
        told.clauses,
        told.confidence,
    )


def test_what_a_query_joins_by_and_is_told_part_by_part() -> None:
    """Alternatives are one part; of what is not wanted it says whether it is there."""
    told = all_at_once().parts("gas AND (oil OR coal) AND NOT (summit AND deal)")
    assert [
        ("gas", True, True, ""),
        ("oil OR coal", True, False, "not in title or text"),
        ("summit AND deal", False, True, ""),
    ] == [(one.written, one.wanted, one.held, one.reason) for one in told]
    assert [] == all_at_once().parts("gas AND")


def test_parts_are_told_of_alike_each_time() -> None:
    """What was found out of one is not taken for another's."""
    explainer = all_at_once()
    first = [explainer.parts(query) for query in QUERIES]
    assert first == [explainer.parts(query) for query in QUERIES]
