"""A person as the lists in ``data/people`` have it: names, roles with dates, countries.

The lists are written by hand, so they are read strictly: a key nobody knows, a date that cannot
be or an empty name is an error that says in which file and line it stands.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import resources
from typing import Any

import yaml

_ROLE_KEYS = frozenset({"is", "since", "until"})
_TEXTS = ("names", "alone", "family")
_KEYS = frozenset({"name", "roles", "countries", "gender", "died", "wikidata", *_TEXTS})
_DATE = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class PeopleError(ValueError):
    """A list of people that cannot be read; the message names file, line and person."""


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody is or was. Dates are ISO years, months or days, "" where not known."""

    title: str
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One entry of a list; ``family`` is None where the last word of a name is the surname."""

    name: str
    roles: tuple[Role, ...]
    countries: tuple[str, ...]
    female: bool = False
    died: str = ""
    names: tuple[str, ...] = ()
    alone: tuple[str, ...] = ()
    family: tuple[str, ...] | None = None
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

    Raises ``PeopleError`` at the first entry that is not as the README says.
    """
    folder = resources.files("worker.tagging").joinpath("data", "people")
    files = sorted(file.name for file in folder.iterdir() if file.name.endswith(".yaml"))
    return tuple(
        person
        for name in files
        for person in parse_people(folder.joinpath(name).read_text("utf-8"), name)
    )


def parse_people(text: str, filename: str) -> Iterator[Person]:
    """The people of one list. Raises ``PeopleError``."""
    loader = _LOADER(text)
    try:
        document = loader.get_single_node()
        if not isinstance(document, yaml.SequenceNode):
            raise PeopleError(f"{filename}: is no list of people")
        for node in document.value:
            yield _Entry(f"{filename}, line {node.start_mark.line + 1}", loader, node).person()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PeopleError(f"{filename}, line {line}: {error.problem}") from error
    finally:
        loader.dispose()


class _Entry:
    """One entry, and the place to name if something is wrong with it."""

    def __init__(self, place: str, loader: Any, node: yaml.Node) -> None:
        self._place = place
        self._raw = self._mapping(loader, node)
        self._place += f" ({self._raw.get('name')})"

    def person(self) -> Person:
        """The entry, checked."""
        raw = self._raw
        self._refuse(raw.keys() - _KEYS, "unknown key")
        if "countries" not in raw:
            raise PeopleError(f"{self._place}: countries are missing ([] for none)")
        if raw.get("gender", "f") != "f":
            raise PeopleError(f"{self._place}: gender is f or left out")
        return Person(
            name=self._text(raw, "name"),
            roles=self._roles(),
            countries=self._countries(),
            female="gender" in raw,
            died=self._date(raw, "died"),
            names=self._texts("names"),
            alone=self._texts("alone"),
            family=self._texts("family") if "family" in raw else None,
            wikidata=self._text(raw, "wikidata") if "wikidata" in raw else "",
        )

    def _mapping(self, loader: Any, node: yaml.Node) -> Mapping[str, Any]:
        if not isinstance(node, yaml.MappingNode):
            raise PeopleError(f"{self._place}: is no entry")
        keys = [key.value for key, _ in node.value]
        self._refuse({key for key in keys if keys.count(key) > 1}, "repeated key")
        found: Mapping[str, Any] = loader.construct_document(node)
        return found

    def _roles(self) -> tuple[Role, ...]:
        raw = self._raw.get("roles")
        if not isinstance(raw, list) or not raw:
            raise PeopleError(f"{self._place}: roles are missing")
        return tuple(map(self._role, raw))

    def _role(self, raw: Any) -> Role:
        if not isinstance(raw, dict):
            raise PeopleError(f"{self._place}: a role is {{is: ..., since: ..., until: ...}}")
        self._refuse(raw.keys() - _ROLE_KEYS, "unknown key in a role")
        role = Role(self._text(raw, "is"), self._date(raw, "since"), self._date(raw, "until"))
        known = min(len(role.since), len(role.until))
        if role.until[:known] < role.since[:known]:
            raise PeopleError(f"{self._place}: {role.title} ends before it begins")
        return role

    def _countries(self) -> tuple[str, ...]:
        codes = self._texts("countries")
        self._refuse({code for code in codes if not re.fullmatch("[A-Z]{2}", code)}, "no code")
        return codes

    def _texts(self, key: str) -> tuple[str, ...]:
        found = self._raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(x, str) and x.strip() for x in found):
            raise PeopleError(f"{self._place}: {key} is no list of texts")
        return tuple(found)

    def _text(self, raw: Mapping[str, Any], key: str) -> str:
        found = raw.get(key)
        if not isinstance(found, str) or not found.strip():
            raise PeopleError(f"{self._place}: {key} is missing or no text")
        return found

    def _date(self, raw: Mapping[str, Any], key: str) -> str:
        found = raw.get(key, "")
        if isinstance(found, date):
            return found.isoformat()
        if key in raw and not _DATE.fullmatch(str(found)):
            raise PeopleError(f"{self._place}: {key} is no year, month or day: {found}")
        return str(found)

    def _refuse(self, found: Iterable[str], what: str) -> None:
        for word in sorted(map(str, found)):
            raise PeopleError(f"{self._place}: {what}: {word}")


def compiled(people: Sequence[Person]) -> list[dict[str, Any]]:
    """People as ``people.json`` keeps them, which loads much faster: what tagging needs of them."""
    return [_compiled(person) for person in people]


def _compiled(person: Person) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": person.name,
        "role": person.role,
        "countries": list(person.countries),
        "names": list(person.names),
        "alone": list(person.alone),
        "wikidata": person.wikidata,
    }
    kept = {key: value for key, value in fields.items() if value}
    # No surname at all is another thing than the last word of each name.
    return kept if person.family is None else kept | {"family": list(person.family)}
