"""A person as the lists in ``data/people`` have it: names, roles with dates, countries."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

from worker.tagging.entries import Entry, read_entries, read_lists
from worker.tagging.folding import fold
from worker.tagging.gazetteer import surnames
from worker.tagging.inflection import decline_person, languages_of

_KEYS = (
    "name",
    "roles",
    "countries",
    "gender",
    "died",
    "names",
    "alone",
    "family",
    "wikidata",
)


_LATIN = re.compile(r"[A-Za-z]")
_GEORGIAN_NOMINATIVE = re.compile("[\u10d0-\u10f0](?<![აეიოუ])ი$")


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody is or was. Dates are ISO years, months or days, "" where not known."""

    title: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One entry of a list; ``family`` is None where the last word of a name is the surname.

    ``spelled`` are full names as more languages write them.
    """

    name: str
    roles: tuple[Role, ...]
    countries: tuple[str, ...]
    female: bool = False
    died: str = ""
    names: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    family: tuple[str, ...] | None = None
    spelled: tuple[str, ...] = ()
    wikidata: str = ""

    @property
    def role(self) -> str:
        """The first role that still holds; "former ..." or "late ..." if none does.

        >>> Person(name="A", roles=(Role("king of X", "1990", "2001"),), countries=("XX",)).role
        'former king of X'
        """
        if self.died:
            return f"late {self.roles[0].title}"
        holds = next((role.title for role in self.roles if not role.until), None)
        return holds or f"former {self.roles[0].title}"


def read_people() -> tuple[Person, ...]:
    """Everybody in ``data/people``, file by file in the order of their names.

    Raises ``EntryError`` at the first entry that is not as the README says.
    """
    return tuple(chain.from_iterable(parse_people(*one) for one in read_lists("people")))


def with_spellings(people: Iterable[Person]) -> tuple[Person, ...]:
    """The same with how more languages write them, by ``data/spellings``.

    Raises ``EntryError`` at the first entry that is not as the README says, or is of nobody.
    """
    known = {person.name: person for person in people}
    for text, filename in read_lists("spellings"):
        for entry in read_entries(text, filename):
            entry.only(("name", "names", "alone"))
            name = entry.text("name")
            if name not in known:
                raise entry.error(f"{name} is in none of the lists of people")
            person = known[name]
            known[name] = replace(
                person,
                spelled=(*person.spelled, *entry.texts("names")),
                alone=(*person.alone, *entry.texts("alone")),
            )
    return tuple(known.values())


def parse_people(text: str, filename: str) -> Iterator[Person]:
    """The people of one list. Raises ``EntryError``."""
    for entry in read_entries(text, filename):
        yield _person(entry)


def _person(entry: Entry) -> Person:
    entry.only(_KEYS)
    if entry.has("gender") and entry.text("gender") != "f":
        raise entry.error("gender is f or left out")
    return Person(
        name=entry.text("name"),
        roles=tuple(map(_role, entry.entries("roles"))),
        countries=entry.countries(),
        female=entry.has("gender"),
        died=entry.date("died"),
        names=entry.texts("names"),
        alone=entry.texts("alone"),
        family=entry.texts("family") if entry.has("family") else None,
        wikidata=entry.text("wikidata") if entry.has("wikidata") else "",
    )


def _role(entry: Entry) -> Role:
    entry.only(("is", "since", "until"))
    role = Role(entry.text("is"), entry.date("since"), entry.date("until"))
    known = min(len(role.since), len(role.until))
    if role.until[:known] < role.since[:known]:
        raise entry.error(f"{role.title} ends before it begins")
    return role


def compiled(people: Iterable[Person]) -> list[dict[str, Any]]:
    """People as ``people.json`` keeps them, which loads much faster.

    ``alone`` are all forms that count by themselves, ``named`` surnames that count where one of
    those stands too; the cases of both are among them.
    """
    return [_compiled(person) for person in people]


def _compiled(person: Person) -> dict[str, Any]:
    names = (*person.names, *person.spelled)
    written = (name.partition("@")[0] for name in (*names, *person.alone))
    aliases = tuple(dict.fromkeys(written))
    full = _with_cases((person.name, *names), female=person.female)
    alone = _distinct((*full, *_with_cases(person.alone, female=person.female)))
    if person.family is None:
        # The cases of a full name end in the cases of its surname.
        bare = surnames([form for form in full if _has_surname(form, person.spelled)])
    else:
        bare = _with_cases(person.family, female=person.female)
    by_themselves = set(map(alike, alone))
    fields = {
        "name": person.name,
        "role": person.role,
        "countries": person.countries,
        "aliases": aliases,
        "alone": alone,
        "named": _distinct(form for form in bare if alike(form) not in by_themselves),
        "wikidata": person.wikidata,
    }
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in fields.items()
        if value
    }


def _has_surname(form: str, spelled: Sequence[str]) -> bool:
    """Whether the last word of a full name is a surname in every language that it is a word of.

    "Īlons Masks" is a name anywhere, "Masks" is one in Latvian alone.
    """
    return "@" not in form and not (form in spelled and _LATIN.search(form))


def _with_cases(names: Sequence[str], *, female: bool) -> tuple[str, ...]:
    """Names and their cases; what holds in some languages only ("Poutine@fr") does so in each.

    Where a name stands there that is Ukrainian by its letters, those without such letters are
    taken for Russian.
    """
    found: list[str] = []
    ukrainian = any(languages_of(name) == ("uk",) for name in names)
    for name in names:
        text, at, code = name.partition("@")
        written = languages_of(text)
        languages = ("ru",) if ukrainian and "ru" in written else written
        forms = decline_person(text, female=female, languages=languages) or _stem(text)
        found += (f"{form}{at}{code}" for form in (text, *forms))
    return tuple(found)


def _stem(name: str) -> tuple[str, ...]:
    """A Georgian name without the ending of the nominative, in whose place others stand."""
    return (name[:-1],) if _GEORGIAN_NOMINATIVE.search(name) else ()


def _distinct(forms: Iterable[str]) -> tuple[str, ...]:
    """Forms of which none is found wherever an earlier one is."""
    kept: dict[tuple[str, str], str] = {}
    for form in forms:
        kept.setdefault(alike(form), form)
    return tuple(kept.values())


def alike(form: str) -> tuple[str, str]:
    """The same for forms that are found in the same places: folded, with capitals as they are.

    >>> alike("Nicolás Maduro") == alike("Nicolas Maduro")
    True
    """
    text, _, language = form.partition("@")
    capitals = "".join("A" if word[:1].isupper() else "a" for word in text.split())
    return fold(text).text.strip(), f"{capitals}{'!' if text.isupper() else ''}@{language}"
