"""Outlets' own reports of one event: what they are weighed by."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest

from worker.model import Article
from worker.stories import Features, Rarity, RelationKind, Weighed, features, learn, relate
from worker.stories.days import days_named
from worker.stories.happenings import happenings
from worker.stories.likeness import TRAITS, UNLIKE, Chances, chances, traits
from worker.stories.relation import SAME
from worker.stories.terms import terms
from worker.stories.weighed import Common

WEDNESDAY = datetime(2026, 3, 4, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def taken(title: str, text: str, at: datetime = WEDNESDAY, language: str = "en") -> Features:
    """The features of an article of nobody who is recognized."""
    return features(Article(title=title, text=text, language=language), (), at)


AGENCY = taken(
    "Two dead in fire at Halvorsen cannery in Kirkefjord",
    "Two people died when fire swept the Halvorsen cannery in Kirkefjord on Wednesday, the rescue"
    " service said. Some 140 workers left the building. Mayor Sigrun Aas spoke of a black day.",
)
LOCAL = taken(
    "'We ran along the quay': Kirkefjord in shock after blaze",
    "The siren of the old Halvorsen works went at nine. By noon on Wednesday two colleagues were"
    " gone, and the flames had eaten the roof. Of 140 on the early shift all others are accounted"
    ' for. "I packed my first tin there at fifteen," said Sigrun Aas, the mayor, wiping soot off'
    " her glasses. Behind her, women in rubber boots held each other and would not go home. Nobody in the street had eaten."
    " The priest opened his kitchen instead and boiled soup.",
    WEDNESDAY + 2 * HOUR,
)
NEXT_DAY = taken(
    "Police question manager after cannery fire in Kirkefjord",
    "Police in Kirkefjord questioned the manager of the Halvorsen cannery on Thursday, a day after"
    " the fire in which two people died on Wednesday. Mayor Sigrun Aas wants an inquiry.",
    WEDNESDAY + 26 * HOUR,
)
ELSEWHERE = taken(
    "Kirkefjord council votes for a new school",
    "The council of Kirkefjord voted on Wednesday to build a school by the harbour. Mayor Sigrun"
    " Aas spoke of a good day for families.",
    WEDNESDAY + 6 * HOUR,
)


def of(earlier: Features, later: Features) -> str:
    """The reason of what two reports are to each other."""
    return relate(earlier, later, Rarity()).reason


def in_common(earlier: Features, later: Features) -> Common:
    """What two reports have in common on a first day."""
    return Common(Weighed(earlier, Rarity()), Weighed(later, Rarity()))


def test_own_reports_of_one_event_are_one_story() -> None:
    """Other words, the same names, day and figures."""
    found = relate(AGENCY, LOCAL, Rarity())
    assert RelationKind.SAME is found.kind
    assert found.figures.same >= SAME


def test_what_came_of_it_the_next_day_follows() -> None:
    """It tells the event again and something new."""
    assert ["follow-up"] * 2 == [of(AGENCY, NEXT_DAY), of(LOCAL, NEXT_DAY)]


def test_the_same_mayor_on_the_same_day_is_no_story() -> None:
    """Names and day are the same, what happened is not."""
    assert "own report" != of(AGENCY, ELSEWHERE)


def test_one_name_is_not_enough_to_weigh_anything() -> None:
    """However rare it is."""
    other = taken("Storm takes roofs", "A storm took roofs in Kirkefjord on Wednesday.")
    both = in_common(AGENCY, other)
    assert traits(both) is None
    assert UNLIKE == chances(both)


def test_a_name_that_is_in_the_news_every_day_says_little_from_the_first() -> None:
    """And a name that all articles had says little once they were counted."""
    rarity = Rarity()
    often, rare = (taken("", f"They met {name}.").called for name in ("Trump", "Halvorsen"))
    assert rarity.total(often) < rarity.total(rare) / 4
    known = learn(rarity, [taken("", f"In Halvorsen number {n}") for n in range(300)])
    assert known.total(rare) < rarity.total(rare) / 4


def test_chances_that_cannot_be_enough_are_told_from_the_others_without_the_words() -> None:
    """Whatever the least is: what may be enough is worked out in full, and nothing that is is lost."""
    shown = set()
    for earlier, later in permutations((AGENCY, LOCAL, NEXT_DAY, ELSEWHERE), 2):
        both = in_common(earlier, later)
        full = chances(both)
        for least in (Chances(n / 20, 1.0) for n in range(1, 20)):
            found = chances(both, least)
            assert found in {full, UNLIKE}
            assert full.same < least.same or found == full
            shown.add(found == full)
    assert {True, False} == shown


def test_traits_are_named_in_their_order() -> None:
    """The values of two reports stand under their names."""
    values = traits(in_common(AGENCY, NEXT_DAY))
    assert values is not None
    named = dict(zip(TRAITS, values, strict=True))
    assert (1.0, 1.0, 0.0) == (named["told again"], named["hours on"], named["a day on"])
    assert (1.0, 1.0) == (named["one language"], named["always"])


@pytest.mark.parametrize(
    ("language", "text", "days"),
    [
        ("en", "on Tuesday, and again on Thursday", [3, 5]),
        ("en", "It begins on Monday.", [2]),
        ("de", "wie am Mittwochabend mitgeteilt wurde", [4]),
        ("fr", "hier, aujourd'hui", [3, 4]),
        ("pt", "nesta terça, disse; na quinta-feira", [3, 5]),
        ("pl", "we wtorek i w środę", [3, 4]),
        ("ru", "во вторник утром", [3]),
        ("uk", "у п'ятницю, вчора", [3, 27]),
        ("ar", "يوم الثلاثاء", [3]),
        ("zh", "当地时间3日，周三", [3, 4]),
        ("tr", "cuma günü", [27]),
        ("eo", "mardon", []),
    ],
)
def test_days_are_read_in_many_languages(language: str, text: str, days: list[int]) -> None:
    """A weekday is the nearest, of the days before and the next one."""
    found = days_named(text, language, WEDNESDAY)
    assert days == sorted(date.fromordinal(day).day for day in found)


def test_kinds_of_event_are_the_same_in_every_language() -> None:
    """A fire is one, and no flood."""
    fires = [
        happenings(frozenset(terms(text)))
        for text in ("a fire broke out", "ein Brand", "un incendie", "пожежа", "火灾")
    ]
    assert 1 == len(set(fires))
    assert fires[0].isdisjoint(happenings(frozenset(terms("a flood"))))


def test_small_numbers_are_the_same_as_words() -> None:
    """Three is 3, in many languages."""
    assert terms("3") == terms("three") == terms("drei") == terms("троє") == terms("trzech")
