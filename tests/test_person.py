"""The lists of people: how strictly they are read, and that what they hold is sound."""

import json
from importlib import resources

import pytest

from worker.tagging.data.generate import inflections_of_people
from worker.tagging.person import PeopleError, Person, Role, compiled, parse_people, read_people

ENTRY = "- {name: Ann Lee, roles: [{is: mayor of Ys}], countries: [FR]"


def test_an_entry_says_who_somebody_is() -> None:
    """Every key of an entry arrives; dates are ISO texts however they are written."""
    text = (
        "# a comment\n"
        "- {name: Ann Lee, roles: [{is: queen of Ys, since: 2001, until: 2026-07},"
        " {is: saint, since: 2026-07-20}], countries: ['NO', SE], gender: f, died: 2026-07-20,"
        " names: [Энн Ли], alone: [Lee@de], family: [], wikidata: Q1}\n"
    )
    assert list(parse_people(text, "x.yaml")) == [
        Person(
            name="Ann Lee",
            roles=(Role("queen of Ys", "2001", "2026-07"), Role("saint", "2026-07-20")),
            countries=("NO", "SE"),
            female=True,
            died="2026-07-20",
            names=("Энн Ли",),
            alone=("Lee@de",),
            family=(),
            wikidata="Q1",
        )
    ]


@pytest.mark.parametrize(
    ("roles", "died", "shown"),
    [
        ((Role("king of Ys", "1990"),), "", "king of Ys"),
        ((Role("king of Ys", "1990", "2001"), Role("poet")), "", "poet"),
        ((Role("king of Ys", "1990", "2001"), Role("poet", until="1980")), "", "former king of Ys"),
        ((Role("king of Ys", "1990", "2001"), Role("poet")), "2002", "late king of Ys"),
    ],
)
def test_the_role_that_holds_is_shown(roles: tuple[Role, ...], died: str, shown: str) -> None:
    """A role with an end is "former", unless another one holds; the dead are "late"."""
    assert Person(name="A", roles=roles, countries=("FR",), died=died).role == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ENTRY + ", alias: [A]}", "x.yaml, line 1 (Ann Lee): unknown key: alias"),
        (ENTRY + "}\n\n" + ENTRY + ", gender: m}", "x.yaml, line 3 (Ann Lee): gender is f or left out"),
        (ENTRY + ", name: Bo}", "x.yaml, line 1: repeated key: name"),
        (ENTRY + ", died: soon}", "x.yaml, line 1 (Ann Lee): died is no year, month or day: soon"),
        (ENTRY + ", names: Ann}", "x.yaml, line 1 (Ann Lee): names is no list of texts"),
        (ENTRY + ", names: [1]}", "x.yaml, line 1 (Ann Lee): names is no list of texts"),
        (ENTRY + ", wikidata: 5}", "x.yaml, line 1 (Ann Lee): wikidata is missing or no text"),
        ("- {name: A, countries: [FR]}", "x.yaml, line 1 (A): roles are missing"),
        ("- {name: A, roles: [mayor], countries: []}", "x.yaml, line 1 (A): a role is {is: ..., since: ..., until: ...}"),
        ("- {name: A, roles: [{is: b, from: 1}], countries: []}", "x.yaml, line 1 (A): unknown key in a role: from"),
        ("- {name: A, roles: [{is: b, since: 2020, until: 2019-05}], countries: []}", "x.yaml, line 1 (A): b ends before it begins"),
        ("- {name: A, roles: [{is: b, since: 2020-13}], countries: []}", "x.yaml, line 1 (A): since is no year, month or day: 2020-13"),
        ("- {name: A, roles: [{is: b}]}", "x.yaml, line 1 (A): countries are missing ([] for none)"),
        ("- {name: A, roles: [{is: b}], countries: [fr]}", "x.yaml, line 1 (A): no code: fr"),
        ("- {name: A, roles: [{is: b}], countries: [NO]}", "x.yaml, line 1 (A): countries is no list of texts"),
        ("- {roles: [{is: b}], countries: []}", "x.yaml, line 1 (None): name is missing or no text"),
        ("- Ann", "x.yaml, line 1: is no entry"),
        ("name: Ann", "x.yaml: is no list of people"),
        ("", "x.yaml: is no list of people"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_place(text: str, message: str) -> None:
    """What is wrong, in which file, on which line and with whom."""
    with pytest.raises(PeopleError) as told:
        list(parse_people(text, "x.yaml"))
    assert str(told.value) == message


def test_a_list_that_is_no_yaml_is_told_with_its_line() -> None:
    """A bracket left open on line 2 is an error of the file, not of YAML's."""
    with pytest.raises(PeopleError, match=r"^x\.yaml, line \d: "):
        list(parse_people("- {name: A}\n- {name: [B}\n", "x.yaml"))


def test_what_is_loaded_is_made_from_the_lists() -> None:
    """people.json and inflected.json are of today's lists: ``generate people`` was run."""
    data = resources.files("worker.tagging").joinpath("data")
    people = read_people()
    assert compiled(people) == json.loads(data.joinpath("people.json").read_text("utf-8"))
    declined = json.loads(data.joinpath("inflected.json").read_text("utf-8"))
    wanted = inflections_of_people(people)
    assert {name: list(forms) for name, forms in wanted.items() if forms} == {
        name: declined.get(name) for name, forms in wanted.items() if forms
    }
