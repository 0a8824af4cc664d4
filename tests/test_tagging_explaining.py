"""Why a name counts and another does not, decision by decision."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.model import Article, Kind
from worker.tagging import Decision, Tagger, load_tagger


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    """The shipped tagger; its English model is loaded by the first English text."""
    return load_tagger()


def explained(
    tagger: Tagger, text: str, language: str = "de", title: str = ""
) -> dict[tuple[str, str], Decision]:
    """Decisions by what stands there and whom it was taken for."""
    found = tagger.explain(Article(title=title, text=text, language=language))
    return {(one.surface, one.name): one for one in found}


def told(decision: Decision) -> tuple[bool, str]:
    """Whether it counts, and why."""
    return decision.kept, decision.why


def test_a_surname_counts_beside_the_full_name(tagger: Tagger) -> None:
    """And the decision says which form of the gazetteer it was."""
    with_name = explained(tagger, "Boris Johnson kam. Johnson sprach in Paris.")
    assert (True, "gazetteer: 'Johnson', beside a fuller name") == told(
        with_name["Johnson", "Boris Johnson"]
    )
    assert (True, "gazetteer: 'Paris'") == told(with_name["Paris", "France"])
    without = explained(tagger, "Johnson sprach in Paris.")
    assert (False, "counts only beside a fuller name, and there is none") == told(
        without["Johnson", "Boris Johnson"]
    )


def test_a_place_that_is_not_meant_says_why(tagger: Tagger) -> None:
    """A town elsewhere, a street, a language."""
    town = explained(tagger, "A market opened in Moscow, Idaho, on Friday.", "en")
    assert (False, "a town elsewhere") == told(town["Moscow", "Russia"])
    street = explained(tagger, "Er wohnt in der Rue de Berlin.", "fr")
    assert not street["Berlin", "Germany"].kept


def test_what_the_model_found_and_was_refused_is_told(tagger: Tagger) -> None:
    """With the model's label, and with what was carried on."""
    text = (
        "Jorun Haldane, 41, a lawyer, spoke on Friday. Haldane said the ship would sail.\n\n"
        "Reporting by Petra Quill"
    )
    found = explained(tagger, text, "en", title="Haldane speaks")
    assert "bear it out" in found["Jorun Haldane", "Jorun Haldane"].why
    carried = found["Haldane", "Jorun Haldane"]
    assert carried.kept
    assert (False, "in a byline, in a credit or behind the last of them") == told(
        found["Petra Quill", "Petra Quill"]
    )
    assert "carried on from Jorun Haldane" in carried.why


def test_topics_show_their_words(tagger: Tagger) -> None:
    """With the score of the topic."""
    found = explained(tagger, "Das Parlament wählte nach der Wahl eine neue Regierung.")
    assert any(one.kind is Kind.TOPIC and "score" in one.why for one in found.values())


@given(st.text(max_size=80))
def test_decisions_stand_where_they_say(text: str) -> None:
    """Whatever the text: each surface is what stands at its span."""
    article = Article(title=text[:20], text=text, language="de", captions=(text[20:40],))
    parts = {"title": article.title, "text": article.text, "captions": text[20:40]}
    for one in _tagger().explain(article):
        assert one.surface == parts[one.part][slice(*one.span)]


@cache
def _tagger() -> Tagger:
    """One tagger for all examples."""
    return load_tagger()
