"""What fields look for beside words: tags, authors, addresses, entities and groups of countries."""

import pytest

from worker.model import Entity, Kind, Mention
from worker.watches.countries import country_names, find_country
from worker.watches.groups import GROUPS, find_group, members, names
from worker.watches.query import parse_query
from worker.watches.resolve import (
    author_terms,
    mention_terms,
    read_query,
    tag_terms,
    url_terms,
)

GEORGIA = (
    Entity(kind=Kind.COUNTRY, key="GE", name="Georgia"),
    Entity(kind=Kind.PERSON, key="person:georgia-meloni", name="Georgia Meloni"),
)


def find(kind: Kind, name: str) -> Entity | None:
    """A country and a person of one name."""
    return next((one for one in GEORGIA if one.kind is kind and name == "Georgia"), None)


def asked(query: str) -> set[str]:
    """The terms of a query's clauses."""
    return {term for clause in read_query(query, find).clauses() for term in clause.terms}


def mention(kind: Kind, key: str, name: str) -> Mention:
    """A mention without places."""
    return Mention(kind=kind, key=key, name=name, count=1, salience=0.5, in_title=False)


ADDRESS = "https://user@www.BBC.co.uk:443/sport/football/War-in-Ukraine%20live_12345.html?id=7#top"


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("bbc.co.uk", True),
        ("www.bbc.co.uk", True),
        ("https://www.bbc.co.uk/", True),
        ("https://www.bbc.co.uk/sport", True),
        ("co.uk", True),
        (".uk", True),
        ("*.co.uk", True),
        ("c.co.uk", False),
        ("bbc.co", False),
        ("bbc.co.uk/sport/football", True),
        ("bbc.co.uk/football", False),
        ("bbc.co.uk/spo", False),
        ("/sport/", True),
        ("/sport", True),
        ("sport/football", True),
        ("/football/", True),
        ("/foot/", False),
        ("football", True),
        ("UKRAINE", True),
        ("war-in-ukraine", True),
        ('"in ukraine live"', True),
        ("warin", False),
        ("id=7", True),
        ("top", False),
    ],
)
def test_url_looks_for_hosts_parts_of_the_path_and_words(value: str, *, found: bool) -> None:
    """A host with its subdomains, a path from its start, parts of it anywhere, or whole words."""
    assert found == bool(asked(f"url:{value}") & set(url_terms(ADDRESS)))


@pytest.mark.parametrize(
    ("value", "author", "found"),
    [
        ("Doe", "Jane Doe", True),
        ('"jane doe"', "Jané DOE-Smith", True),
        ('"Doe Jane"', "Jane Doe", False),
        ("Do", "Jane Doe", False),
    ],
)
def test_author_looks_for_whole_words_of_one_name(value: str, author: str, *, found: bool) -> None:
    """In their order, in any case."""
    assert found == bool(asked(f"author:{value}") & set(author_terms(author)))


def test_a_tag_is_meant_as_a_whole() -> None:
    """In any case, and not one word of it."""
    assert asked('tag:"eastern europe"') == set(tag_terms("Eastern Europe"))
    assert not asked("tag:europe") & set(tag_terms("Eastern Europe"))


def test_an_entity_is_everybody_and_everything_of_that_name() -> None:
    """A country and a person called alike both count, and so do keys."""
    country = set(mention_terms(mention(Kind.COUNTRY, "GE", "Georgia")))
    person = set(mention_terms(mention(Kind.PERSON, "person:georgia-meloni", "G. Meloni")))
    acme = set(mention_terms(mention(Kind.ORGANIZATION, "organization:acme", "Acme Ltd")))
    assert asked("entity:Georgia") & country
    assert asked("entity:Georgia") & person
    assert not asked("country:Georgia") & person
    assert asked("entity:organization:acme") & acme
    assert asked('entity:"ACME ltd"') & acme
    assert not asked("entity:Meloni") & acme


def test_groups_of_countries_stand_for_their_members() -> None:
    """A group holds where any member is mentioned; other groups' members do not count."""
    assert asked("country:Benelux") == asked("country:BE OR country:NL OR country:LU")
    assert asked("country:OPEC") < asked("country:OPEC+")
    (clause,) = parse_query('country:"the Balkans"').clauses()
    assert (clause.key, clause.value) == ("Balkans", "the Balkans")


@pytest.mark.parametrize(
    ("group", "count"),
    [
        *(("EU", 27), ("Eurozone", 21), ("Schengen", 29), ("NATO", 32), ("Council of Europe", 46)),
        *(("G7", 7), ("G20", 19), ("BRICS", 11), ("OECD", 38), ("OPEC", 12), ("OPEC+", 22)),
        *(("Commonwealth", 56), ("CIS", 9), ("SCO", 10), ("Arab League", 22), ("OIC", 57)),
        *(("African Union", 55), ("ECOWAS", 12), ("SADC", 16), ("ASEAN", 11), ("APEC", 21)),
    ],
)
def test_groups_have_as_many_members_as_they_say(group: str, count: int) -> None:
    """The number each organization gives of its member states."""
    assert count == len(members(group))


def test_every_group_is_found_by_each_of_its_names_and_has_countries() -> None:
    """No name means two groups, none hides the code of a country, every member is a country."""
    spelt = [(name, group) for group in GROUPS for name in (group, *names(group))]
    assert {(name, find_group(name)) for name, _ in spelt} == set(spelt)
    assert not [name for name, _ in spelt if find_country(name)]
    assert {code for group in GROUPS for code in members(group)} <= country_names().keys()
    assert all(members(group) for group in GROUPS)


def test_every_inhabited_country_is_on_one_continent_at_least() -> None:
    """All but islands without inhabitants of their own, and Antarctica."""
    continents = ("Africa", "Americas", "Asia", "Europe", "Oceania")
    placed = {code for continent in continents for code in members(continent)}
    assert country_names().keys() - placed == {"AQ", "BV", "CC", "CX", "GS", "HM", "IO", "TF"}
