"""English names of things that are called after people: they name nobody."""

import pytest

from worker.model import Article, Kind
from worker.tagging import Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger."""
    return load_tagger()


def people(tagger: Tagger, text: str) -> list[str]:
    """Who is named."""
    found = tagger.tag(Article(title="", text=text, language="en"))
    return sorted(one.name for one in found if one.kind is Kind.PERSON)


@pytest.mark.parametrize(
    "text",
    [
        "The flight landed at Charles de Gaulle Airport on Monday.",
        "It had left from Indira Gandhi International Airport an hour late.",
        "The aircraft carrier USS Ronald Reagan left Yokosuka.",
        "The carrier Abraham Lincoln sailed to the Gulf.",
        "Two Nimitz-class ships followed.",
        "Students met at Nelson Mandela Square.",
        "The Mahatma Gandhi Peace Prize was awarded in Oslo.",
        "A George Bush-class carrier was launched.",
        "The Vladimir Putin Prize for cooks, a joke, was not awarded.",
        "GUNMAN HELD\n\nPolice Storm Charles de Gaulle Airport After Alarm",
    ],
)
def test_what_is_called_after_somebody_names_nobody(tagger: Tagger, text: str) -> None:
    """Whether the gazetteer knows them or the model found them."""
    assert [] == people(tagger, text)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Vladimir Putin's school friend was given a bank.", "Vladimir Putin"),
        ("The Vladimir Putin administration replied.", "Vladimir Putin"),
        ("Vladimir Putin visited the university on Monday.", "Vladimir Putin"),
        ("Vladimir Putin School Visit Draws Crowd", "Vladimir Putin"),
        ("At the Indira Gandhi Museum, Narendra Modi spoke of tea.", "Narendra Modi"),
        ("Vladimir Putin landed at Charles de Gaulle Airport.", "Vladimir Putin"),
    ],
)
def test_people_beside_such_words_are_named(tagger: Tagger, text: str, who: str) -> None:
    """They do something there."""
    assert [who] == people(tagger, text)


def test_what_somebody_is_belongs_to_no_name(tagger: Tagger) -> None:
    """A headline in title case writes it like a first name."""
    text = "Cellist Jorun Haldane Opens Festival\n\nJorun Haldane played on Friday. Ann Jorun Haldane sang."
    assert ["Ann Jorun Haldane", "Jorun Haldane"] == people(tagger, text)


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("Samantha Trump won the race. Trump, 24, thanked fans.", {"Samantha Trump"}),
        ("Ivanka Trump spoke. President Trump listened.", {"Ivanka Trump", "Donald Trump"}),
        ("Samantha Trump met Donald Trump. Trump, 79, smiled.", {"Samantha Trump", "Donald Trump"}),
    ],
)
def test_a_surname_is_its_bearers_where_somebody_else_is_named_in_full(
    tagger: Tagger, text: str, who: set[str]
) -> None:
    """Unless the well-known one is named in full too, or by office."""
    assert who == set(people(tagger, text))


def test_other_initials_are_another_persons(tagger: Tagger) -> None:
    """And so is the bare surname behind them; the known person's own initials are theirs."""
    other = people(tagger, "At noon B. Putin, a baker, arrived. Putin, 41, sold bread.")
    assert "Vladimir Putin" not in other
    for own in ("V. Putin", "V.V. Putin", "V. V. Putin"):
        assert ["Vladimir Putin"] == people(tagger, f"The decree was signed by {own} in Moscow.")
