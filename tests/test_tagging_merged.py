"""Entities that turned out to be one: found under every name, as the one that was kept."""

import pytest

from worker.model import Article, Entity, Kind
from worker.tagging import Gazetteer, Tagger, extended
from worker.tagging.gazetteer import known_from_entity
from worker.tagging.languages import Languages
from worker.tagging.topics import Topics


def person(name: str, *aliases: str, into: str = "") -> Entity:
    """A person of the user's."""
    key = f"person:{name.lower().replace(' ', '-')}"
    return Entity(kind=Kind.PERSON, key=key, name=name, aliases=aliases, merged_into=into)


ROE = person("Jane Roe")
DOE = person("Mary Doe", into="person:jane-roe")
SHIPPED = Gazetteer(map(known_from_entity, [ROE, person("Mary Doe", "Marie Doe")]))


def tagger(*entities: Entity) -> Tagger:
    """A tagger without models."""
    return Tagger(extended(SHIPPED, entities), Languages(), Topics())


def people(text: str, *entities: Entity) -> list[tuple[str, str, int]]:
    """Key, name and count of everybody in a text that no model reads."""
    article = Article(title="", text=text, language="fi")
    found = tagger(*entities).tag(article)
    return [(m.key, m.name, m.count) for m in found if m.kind is Kind.PERSON]


TEXT = "Jane Roe oli paikalla. Mary Doe tuli myös. Marie Doe puhui, ja Doe lähti."


def test_two_that_were_never_merged_are_two() -> None:
    """The shipped ones as they are."""
    assert [("person:mary-doe", "Mary Doe", 3), ("person:jane-roe", "Jane Roe", 1)] == people(TEXT)


def test_what_is_found_under_either_name_is_one_mention() -> None:
    """With the forms of both, surnames included, as the one that was kept."""
    assert [("person:jane-roe", "Jane Roe", 4)] == people(TEXT, DOE)


def test_mergers_are_followed_to_the_end() -> None:
    """A into B into C is C, also where the last is shipped."""
    poe = person("Ann Poe", into="person:mary-doe")
    assert [("person:jane-roe", "Jane Roe", 2)] == people("Ann Poe ja Mary Doe.", poe, DOE)


@pytest.mark.parametrize("into", ["person:nobody", "person:mary-doe"])
def test_mergers_that_lead_nowhere_are_none(into: str) -> None:
    """Into somebody who was removed, or into each other."""
    circle = person("Jane Roe", into="person:mary-doe")
    found = people(TEXT, person("Mary Doe", into=into), circle)
    assert {"person:mary-doe", "person:jane-roe"} == {key for key, *_ in found}


def test_names_are_looked_up_as_the_one_that_was_kept() -> None:
    """Watches ring for either name."""
    known = tagger(DOE)
    for name in ("Mary Doe", "Marie Doe", "person:mary-doe", "Jane Roe"):
        found = known.find(Kind.PERSON, name)
        assert found is not None
        assert "person:jane-roe" == found.key


def test_somebody_only_ever_found_in_stories_can_be_merged() -> None:
    """Their key is made of the name alone."""
    unknown = person("J R Roe", into="person:jane-roe")
    found = tagger(unknown).find(Kind.PERSON, "J R Roe")
    assert found is not None
    assert "person:jane-roe" == found.key
