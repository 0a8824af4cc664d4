"""Which of very many queries come nearest to an article."""

import pytest

from worker.model import Article, Kind, Mention
from worker.tagging.gazetteer import Gazetteer
from worker.tagging.shipped import shipped
from worker.watches import nearby
from worker.watches.nearby import nearest

ARTICLE = Article(
    title="Putin in Geneva", text="The summit opened with a storm over the lake.", language="en"
)
PUTIN = Mention(
    kind=Kind.PERSON,
    key="person:vladimir-putin",
    name="Vladimir Putin",
    count=1,
    salience=0.5,
    in_title=True,
)
QUERIES = {
    1: "summit AND storm AND earthquake",
    2: "summit AND earthquake",
    3: "flood AND earthquake",
    4: "lang:en AND flood",
    5: 'person:"Vladimir Putin" AND NOT storm',
    6: "(flood OR storm) AND lake AND NOT putin",
    7: "summit AND (",
    8: "storm AND lake",
    9: "spike(storm AND flood) > 3",
}


def near(most: int = 10) -> list[int]:
    """The numbers of the nearest queries."""
    return nearest(QUERIES.items(), ARTICLE, (PUTIN,), Gazetteer(shipped()).find, most=most)


def test_those_come_first_of_which_the_article_has_the_greatest_share() -> None:
    """What matches, then two of three parts, then one of two; of equals the one that was there first."""
    assert [8, 1, 6, 2, 5, 9] == near()


def test_what_stands_in_most_articles_alone_is_not_near() -> None:
    """Nor is a query of which nothing is there, or one that cannot be read."""
    assert {3, 4, 7}.isdisjoint(near())


@pytest.mark.parametrize("at_once", [1, 2, 5_000])
def test_however_few_are_kept_they_are_the_nearest(
    monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """And however many are compiled together."""
    monkeypatch.setattr(nearby, "_AT_ONCE", at_once)
    assert [8, 1, 6] == near(3)
