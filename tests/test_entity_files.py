"""Entities in files of other tools: what is read, and how a mistake is told."""

import json

import pytest

from worker.catalogue.entity_files import EntityFileError, read_entity_file
from worker.model import Entity, Kind
from worker.tagging.gazetteer import is_telling
from worker.tagging.identity import keyed

ROE = Entity(
    kind=Kind.PERSON,
    key="person:jane-roe",
    name="Jane Roe",
    aliases=("Джейн Роу", "J. Roe"),
    countries=("US",),
    role="mayor",
    wikidata="Q1",
)
CSV = """name,kind,aliases,countries,role,wikidata
Jane Roe,person,Джейн Роу; J. Roe,us,mayor,Q1
Acme,organization,,,,
"""


def test_a_csv_file_is_read_by_its_header() -> None:
    """Any order of columns, lists parted by semicolons, a byte order mark or none."""
    roe, acme = read_entity_file("\ufeff" + CSV, "people.csv")
    assert ROE == roe
    assert ("organization:acme", ()) == (acme.key, acme.aliases)


def test_a_file_says_who_is_unmistakable() -> None:
    """Yes or no, true or false; nothing means no."""
    text = (
        "name,kind,unmistakable\nAnna Oskeland,person,yes\nJane Roe,person,\nAcme,organization,no\n"
    )
    found = [one.unmistakable for one in read_entity_file(text, "people.csv")]
    assert [True, False, False] == found
    lines = '{"name": "Anna Oskeland", "kind": "person", "unmistakable": true}\n'
    assert read_entity_file(lines, "people.jsonl")[0].unmistakable


def test_json_lines_say_the_same() -> None:
    """The keys are the columns."""
    line = {"name": "Jane Roe", "kind": "person", "aliases": ["Джейн Роу", "J. Roe"]}
    more = {"countries": ["US"], "role": "mayor", "wikidata": "Q1"}
    assert [ROE] == read_entity_file(json.dumps(line | more) + "\n\n", "people.jsonl")


def test_follow_the_money_is_read_as_it_is() -> None:
    """Names that tell nobody apart and schemata that name nobody are passed over."""
    person = {
        "id": "NK-1",
        "schema": "Person",
        "caption": "Jane Roe",
        "properties": {
            "name": ["Jane Roe", "Roe"],
            "alias": ["Джейн Роу", "Roey"],
            "country": ["us", "suhh"],
            "position": ["mayor"],
            "wikidataId": ["Q1"],
        },
    }
    address = {"id": "a", "schema": "Address", "properties": {"full": ["1 Main Street"]}}
    text = "\n".join(map(json.dumps, (person, address)))
    (found,) = read_entity_file(text, "targets.ftm.json")
    assert (ROE.key, ("Джейн Роу",), ("US",), "mayor", "Q1") == (
        found.key, found.aliases, found.countries, found.role, found.wikidata,
    )  # fmt: skip
    simple = "id,schema,name,aliases,countries\nx,Company,Acme Widgets,AW;Acme Works Ltd,us;ru\n"
    (company,) = read_entity_file(simple, "targets.simple.csv")
    assert (Kind.ORGANIZATION, ("Acme Works Ltd",), ("US", "RU")) == (
        company.kind, company.aliases, company.countries,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "f: has no column 'name'"),
        ("kind\nperson\n", "f: has no column 'name'"),
        ("name,kind\n", "f: names nobody"),
        ("name,kind\nA B,city\n", "f:2: kind is 'city'; write person or organization"),
        ("name,kind\n,person\n", "f:2: has no name"),
        (
            "name,kind,unmistakable\nA B,person,perhaps\n",
            "f:2: unmistakable is 'perhaps'; write yes or no",
        ),
        ("name,kind,countries\nA B,person,USA\n", "f:2: 'USA' is not an ISO 3166-1"),
        ("name,kind,wikidata\nA B,person,7747\n", "f:2: '7747' is no Wikidata id"),
        ('{"name": "A B", "kind": "person"}\n[]\n', "f: line 2 is no JSON object"),
        ('{"name": "A B", "kind": "person", "aliases": 3}\n', "f:1: aliases is neither"),
    ],
)
def test_a_mistake_names_its_line_and_the_mend(text: str, said: str) -> None:
    """Nothing of such a file is taken."""
    with pytest.raises(EntityFileError) as raised:
        read_entity_file(text, "f")
    assert str(raised.value).startswith(said)


def test_of_many_mistakes_the_first_are_told() -> None:
    """A wrong column would else fill the screen."""
    with pytest.raises(EntityFileError) as raised:
        read_entity_file("name,kind\n" + "A B,city\n" * 30, "f")
    assert 11 == len(str(raised.value).splitlines())
    assert str(raised.value).endswith("and 20 more lines")


@pytest.mark.parametrize(
    ("kind", "name", "telling"),
    [
        (Kind.PERSON, "Jane Roe", True),
        (Kind.PERSON, "Roe", False),
        (Kind.PERSON, "普京", True),
        (Kind.PERSON, "X Y", False),
        (Kind.ORGANIZATION, "FIA", False),
        (Kind.ORGANIZATION, "Greenpeace", True),
        (Kind.ORGANIZATION, "Orbit", False),
    ],
)
def test_names_of_lists_that_stand_for_somebody_by_themselves(
    kind: Kind, name: str, telling: bool
) -> None:
    """Short ones would ring for anything."""
    assert telling == is_telling(kind, name)


def person(name: str, *countries: str, wikidata: str = "", aliases: tuple[str, ...] = ()) -> Entity:
    """Somebody who comes in."""
    key = f"person:{name.lower().replace(' ', '-')}"
    return Entity(
        kind=Kind.PERSON,
        key=key,
        name=name,
        countries=countries,
        wikidata=wikidata,
        aliases=aliases,
    )


def nobody(_kind: Kind, _name: str) -> None:
    """A gazetteer that knows nobody."""


def test_somebody_known_gets_what_is_new() -> None:
    """By the name, and by the id under another name."""
    known = person("Jane Roe", "US", wikidata="Q1", aliases=("J. Roe",))
    by_name, by_id = keyed(
        [person("Jane Roe", "CA", "US", aliases=("Джейн Роу",)), person("Jane Doe", wikidata="Q1")],
        nobody,
        [known],
    )
    assert ("person:jane-roe", ("J. Roe", "Джейн Роу"), ("US", "CA")) == (
        by_name.key, by_name.aliases, by_name.countries,
    )  # fmt: skip
    assert ("person:jane-roe", "Jane Roe") == (by_id.key, by_id.name)
    assert "Jane Doe" in by_id.aliases


def test_a_namesake_has_a_key_of_its_own() -> None:
    """Of another country, or with another id; the same one again is the same."""
    known = person("Jane Roe", "US", wikidata="Q1")
    other, third, again = keyed(
        [
            person("Jane Roe", "US", wikidata="Q2"),
            person("Jane Roe", "NZ"),
            person("Jane Roe", "NZ"),
        ],
        nobody,
        [known],
    )
    assert ("person:jane-roe-q2", "person:jane-roe-nz", "person:jane-roe-nz") == (
        other.key, third.key, again.key,
    )  # fmt: skip


def test_names_of_shipped_entities_are_not_copied() -> None:
    """They have their languages and conditions where they are."""
    shipped = person("Jane Roe", "US", aliases=("Roe",))
    (found,) = keyed([person("Jane Roe", aliases=("Джейн Роу",))], lambda _kind, _name: shipped, ())
    assert (("Джейн Роу",), ("US",)) == (found.aliases, found.countries)
