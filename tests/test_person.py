"""The lists of people: how strictly they are read, and that what they hold is sound."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import cache
from importlib import resources

import pytest

from worker.model import Kind
from worker.tagging.entries import EntryError
from worker.tagging.gazetteer import Gazetteer
from worker.tagging.person import (
    Person,
    Role,
    alike,
    compiled,
    parse_people,
    read_people,
    with_spellings,
)
from worker.tagging.shipped import shipped

ENTRY = "- {name: Ann Lee, roles: [{is: mayor of Ys}], countries: [FR]"
#: The members of the United Nations.
MEMBERS = {
    "AD", "AE", "AF", "AG", "AL", "AM", "AO", "AR", "AT", "AU", "AZ", "BA", "BB", "BD", "BE", "BF",
    "BG", "BH", "BI", "BJ", "BN", "BO", "BR", "BS", "BT", "BW", "BY", "BZ", "CA", "CD", "CF", "CG",
    "CH", "CI", "CL", "CM", "CN", "CO", "CR", "CU", "CV", "CY", "CZ", "DE", "DJ", "DK", "DM", "DO",
    "DZ", "EC", "EE", "EG", "ER", "ES", "ET", "FI", "FJ", "FM", "FR", "GA", "GB", "GD", "GE", "GH",
    "GM", "GN", "GQ", "GR", "GT", "GW", "GY", "HN", "HR", "HT", "HU", "ID", "IE", "IL", "IN", "IQ",
    "IR", "IS", "IT", "JM", "JO", "JP", "KE", "KG", "KH", "KI", "KM", "KN", "KP", "KR", "KW", "KZ",
    "LA", "LB", "LC", "LI", "LK", "LR", "LS", "LT", "LU", "LV", "LY", "MA", "MC", "MD", "ME", "MG",
    "MH", "MK", "ML", "MM", "MN", "MR", "MT", "MU", "MV", "MW", "MX", "MY", "MZ", "NA", "NE", "NG",
    "NI", "NL", "NO", "NP", "NR", "NZ", "OM", "PA", "PE", "PG", "PH", "PK", "PL", "PT", "PW", "PY",
    "QA", "RO", "RS", "RU", "RW", "SA", "SB", "SC", "SD", "SE", "SG", "SI", "SK", "SL", "SM", "SN",
    "SO", "SR", "SS", "ST", "SV", "SY", "SZ", "TD", "TG", "TH", "TJ", "TL", "TM", "TN", "TO", "TR",
    "TT", "TV", "TZ", "UA", "UG", "US", "UY", "UZ", "VC", "VE", "VN", "VU", "WS", "YE", "ZA", "ZM",
    "ZW",
}  # fmt: skip
OTHERS = {"VA", "PS", "XK", "TW"}
G20 = {
    "AR", "AU", "BR", "CA", "CN", "DE", "FR", "GB", "ID", "IN", "IT", "JP", "KR", "MX", "RU", "SA",
    "TR", "US", "ZA",
}  # fmt: skip
#: Who heads a state or a government; what follows is the country.
HEAD = re.compile(
    r"(?:acting |crown prince and )?(?:president|prime minister|premier|chancellor|king|"
    r"emperor|sultan|emir|prince|co-prince|grand duke|captain regent|supreme leader|leader|ruler|"
    r"sovereign|head of state) of (?:the )?(?P<country>.+)"
)


@cache
def everybody() -> tuple[Person, ...]:
    """The people of the lists."""
    return read_people()


@cache
def gazetteer() -> Gazetteer:
    """What Tocsin ships."""
    return Gazetteer(shipped())


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
        (ENTRY + ", names: [A, A]}", "x.yaml, line 1 (Ann Lee): twice in names: A"),
        (ENTRY + ", wikidata: 5}", "x.yaml, line 1 (Ann Lee): wikidata is missing or no text"),
        ("- {name: A, countries: [FR]}", "x.yaml, line 1 (A): roles is missing or no list of mappings"),
        ("- {name: A, roles: [b], countries: []}", "x.yaml, line 1 (A): roles is missing or no list of mappings"),
        ("- {name: A, roles: [{is: b, from: 1}], countries: []}", "x.yaml, line 1 (A): unknown key: from"),
        ("- {name: A, roles: [{since: 2020}], countries: []}", "x.yaml, line 1 (A): is is missing or no text"),
        ("- {name: A, roles: [{is: b, since: 2020, until: 2019-05}], countries: []}", "x.yaml, line 1 (A): b ends before it begins"),
        ("- {name: A, roles: [{is: b, since: 2020-13}], countries: []}", "x.yaml, line 1 (A): since is no year, month or day: 2020-13"),
        ("- {name: A, roles: [{is: b}]}", "x.yaml, line 1 (A): countries are missing ([] for none)"),
        ("- {name: A, roles: [{is: b}], countries: [fr]}", "x.yaml, line 1 (A): no code: fr"),
        ("- {name: A, roles: [{is: b}], countries: [NO]}", "x.yaml, line 1 (A): countries is no list of texts"),
        ("- {roles: [{is: b}], countries: []}", "x.yaml, line 1 (None): name is missing or no text"),
        ("- Ann", "x.yaml, line 1: is no entry"),
        ("name: Ann", "x.yaml: is no list of entries"),
        ("", "x.yaml: is no list of entries"),
    ],
)  # fmt: skip
def test_a_slip_is_told_with_its_place(text: str, message: str) -> None:
    """What is wrong, in which file, on which line and with whom."""
    with pytest.raises(EntryError) as told:
        list(parse_people(text, "x.yaml"))
    assert str(told.value) == message


def test_a_list_that_is_no_yaml_is_told_with_its_line() -> None:
    """A bracket left open on line 2 is an error of the file, not of YAML's."""
    with pytest.raises(EntryError, match=r"^x\.yaml, line \d: "):
        list(parse_people("- {name: A}\n- {name: [B}\n", "x.yaml"))


def test_what_is_loaded_is_made_from_the_lists() -> None:
    """people.json is of today's lists: ``generate people`` was run."""
    loaded = resources.files("worker.tagging").joinpath("data", "people.json").read_text("utf-8")
    assert json.loads(loaded) == compiled(with_spellings(everybody()))


def test_forms_stand_in_every_case_and_once() -> None:
    """Cases of names and of surnames; nothing that an earlier form finds as well."""
    [person] = parse_people(
        "- {name: Jón Bauer, roles: [{is: poet}], countries: [IS],"
        " names: [Jon Bauer, Йон Бауэр, Йон Бауер, Йон Ґауер], alone: [Бауэр, Bauer@de]}",
        "x.yaml",
    )
    [found] = compiled([person])
    assert found["alone"][:1] == ["Jón Bauer"]
    assert {"Йона Бауэра", "Йоном Бауэром", "Бауэру", "Bauer@de"} <= set(found["alone"])
    # Where another name is Ukrainian by its letters, those without such letters are Russian.
    assert "Йону Бауеру" in found["alone"]
    assert "Йонові Бауерові" not in found["alone"]
    assert "Bauer" in found["named"]
    assert "Бауэра" not in found["named"]
    assert len(found["alone"]) == len(set(map(alike, found["alone"])))


def test_there_are_many() -> None:
    """At least 650 people, and every file holds some."""
    folder = resources.files("worker.tagging").joinpath("data", "people")
    counts = {
        file.name: len(list(parse_people(file.read_text("utf-8"), file.name)))
        for file in folder.iterdir()
    }
    assert min(counts.values()) > 20
    assert sum(counts.values()) == len(everybody()) >= 650


def test_every_state_has_somebody_at_its_head() -> None:
    """Each member of the UN and four more: a head of state or government who holds the office."""
    assert len(MEMBERS) == 193
    heads: dict[str, str] = {}
    for person in everybody():
        for role in person.roles:
            match = HEAD.fullmatch(role.title)
            if match and not role.until and not person.died:
                country = gazetteer().find(Kind.COUNTRY, match["country"])
                if country and country.key in person.countries:
                    heads[country.key] = person.name
    assert sorted((MEMBERS | OTHERS) - heads.keys()) == []


@pytest.mark.parametrize(
    "office",
    [
        r"(?:foreign minister|foreign secretary|secretary of state) of (?:the )?(?P<country>.+)",
        r"defence (?:minister|secretary) of (?:the )?(?P<country>.+)",
    ],
)
def test_the_g20_have_their_ministers(office: str) -> None:
    """Foreign and defence ministers of the nineteen countries, as of now."""
    found = {
        code
        for person in everybody()
        for role in person.roles
        if re.fullmatch(office, role.title) and not role.until
        for code in person.countries
    }
    assert sorted(G20 - found) == []


def test_no_two_people_share_a_name() -> None:
    """A full name is one person's, and so is a surname that counts by itself."""
    full = shared((p.name, (p.name, *p.names)) for p in everybody())
    alone = shared((raw["name"], raw["alone"]) for raw in compiled(everybody()))
    assert (full, alone) == ({}, {})


def shared(names: Iterable[tuple[str, Iterable[str]]]) -> dict[str, set[str]]:
    """Folded names that belong to several people -> whose they are."""
    owners: dict[str, set[str]] = defaultdict(set)
    for owner, theirs in names:
        for name in theirs:
            owners[alike(name)[0]].add(owner)
    return {name: people for name, people in owners.items() if len(people) > 1}


def test_no_name_is_another_with_accents() -> None:
    """Accents are folded anyway: such a name would only make the list longer."""
    assert [
        (person.name, name)
        for person in everybody()
        for name, times in Counter(map(alike, (person.name, *person.names))).items()
        if times > 1
    ] == []


def test_everybody_has_a_country_or_stands_for_none() -> None:
    """Codes are of countries; only people of international bodies go without."""
    codes = {known.entity.key for known in shipped() if known.entity.kind is Kind.COUNTRY}
    stateless = {person.name for person in everybody() if not person.countries}
    assert {code for person in everybody() for code in person.countries} <= codes
    assert stateless == {"Ursula von der Leyen", "António Guterres", "Osama bin Laden"}


def test_everybody_is_known_in_russian_and_ukrainian() -> None:
    """Each person has a name in Cyrillic letters."""
    cyrillic = re.compile("[Ѐ-ӿ]")
    assert [p.name for p in everybody() if not any(map(cyrillic.search, p.names))] == []


def test_no_name_is_of_an_organization_or_country() -> None:
    """Nobody's name by itself is also an organization's or a country's in all languages."""
    people = {alike(form)[0] for raw in compiled(everybody()) for form in raw["alone"]}
    others = {
        alike(form.text)[0]
        for known in shipped()
        if known.entity.kind is not Kind.PERSON and not known.silent
        for form in known.forms
        if form.languages is None or "en" in form.languages
    }
    assert people & others == set()


def test_spellings_are_of_people_in_the_lists_and_of_one_each() -> None:
    """A form that two people bore would ring for both."""
    owners: dict[tuple[str, str], set[str]] = {}
    spelled = with_spellings(read_people())
    assert [one.name for one in spelled] == [one.name for one in read_people()]
    for person in spelled:
        for form in (person.name, *person.names, *person.spelled):
            owners.setdefault(alike(form), set()).add(person.name)
    ours = {alike(form) for person in spelled for form in person.spelled}
    assert len(ours) > 1_000
    assert [names for form, names in owners.items() if form in ours and len(names) > 1] == []


def test_spellings_of_nobody_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the file and the line."""
    lists = [("- {name: Nobody Here, names: [Nadie]}\n", "x.yaml")]
    monkeypatch.setattr("worker.tagging.person.read_lists", lambda _: lists)
    with pytest.raises(EntryError, match=r"^x\.yaml, line 1 .*Nobody Here is in none of"):
        with_spellings(())


def test_a_georgian_name_has_its_stem_too() -> None:
    """Other endings stand in the place of the nominative's; a vowel before it is the name's own."""
    [known] = compiled(
        [Person(name="A B", roles=(Role("x"),), countries=(), names=("ანა ბელი", "ანა ბეი"))]
    )
    assert {"ანა ბელ", "ანა ბელი"} <= set(known["alone"])
    assert "ანა ბე" not in known["alone"]
