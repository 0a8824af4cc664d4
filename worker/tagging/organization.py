"""An organization as the lists in ``data/organizations`` have it: names, countries, standing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from worker.tagging.entries import Entry, read_entries, read_lists
from worker.tagging.gazetteer import written

_KEYS = (
    "name",
    "countries",
    "speaks_for",
    "silent",
    "names",
    "named",
    "placed",
    "wikidata",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Organization:
    """One entry of a list.

    ``names`` count by themselves; ``named`` need a fuller name of the organization in the article,
    ``placed`` that or its country. ``name`` counts by itself too unless a list has it: there it
    may be weak or of certain languages only. ``written`` in the gazetteer reads the names.
    """

    name: str
    countries: tuple[str, ...] = ()
    speaks_for: bool = False
    silent: bool = False
    names: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    placed: tuple[str, ...] = ()
    wikidata: str = ""

    @property
    def by_itself(self) -> tuple[str, ...]:
        """The names that count by themselves."""
        listed = (*self.names, *self.named, *self.placed)
        elsewhere = {written(name).text for name in listed}
        return self.names if self.name in elsewhere else (self.name, *self.names)


def read_organizations() -> tuple[Organization, ...]:
    """Every organization in ``data/organizations``, file by file in the order of their names.

    Raises ``EntryError`` at the first entry that is not as the README says.
    """
    return tuple(
        chain.from_iterable(parse_organizations(*one) for one in read_lists("organizations"))
    )


def parse_organizations(text: str, filename: str) -> Iterator[Organization]:
    """The organizations of one list. Raises ``EntryError``."""
    for entry in read_entries(text, filename):
        yield _organization(entry)


def _organization(entry: Entry) -> Organization:
    entry.only(_KEYS)
    silent = entry.flag("silent")
    found = Organization(
        name=entry.text("name"),
        countries=() if silent else entry.countries(),
        speaks_for=entry.flag("speaks_for"),
        silent=silent,
        names=entry.texts("names"),
        named=entry.texts("named"),
        placed=entry.texts("placed"),
        wikidata=entry.text("wikidata") if entry.has("wikidata") else "",
    )
    if set("@~") & set(found.name):
        raise entry.error("@ and ~ have no place in the name itself")
    if found.speaks_for and not found.countries:
        raise entry.error("speaks_for asks for a country")
    if found.placed and not found.countries:
        raise entry.error("placed asks for a country")
    if not found.by_itself and not found.placed:
        raise entry.error("no name counts before another one does")
    return found


def compiled(organizations: Sequence[Organization]) -> list[dict[str, Any]]:
    """Organizations as ``organizations.json`` keeps them, which loads much faster."""
    return [_compiled(organization) for organization in organizations]


def _compiled(organization: Organization) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": organization.name,
        "countries": organization.countries,
        "speaks_for": organization.speaks_for,
        "silent": organization.silent,
        "alone": organization.by_itself,
        "named": organization.named,
        "placed": organization.placed,
        "wikidata": organization.wikidata,
    }
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in fields.items()
        if value
    }
