"""The entities Tocsin ships with, read from ``data/`` (see its README for where they come from)."""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from worker.memory import without_collection
from worker.model import Entity, Kind
from worker.tagging.atlas import countries
from worker.tagging.gazetteer import (
    Form,
    Known,
    Standing,
    entity_key,
    written,
)


def _read(name: str) -> str:
    return resources.files("worker.tagging").joinpath("data", name).read_text("utf-8")


def read_yaml(name: str) -> Any:
    """One of the hand-written YAML lists."""
    return yaml.load(_read(name), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@cache
@without_collection()
def shipped() -> tuple[Known, ...]:
    """Every shipped person, organization and country."""
    declined: Mapping[str, list[str]] = json.loads(_read("inflected.json"))
    people = (_person(raw) for raw in json.loads(_read("people.json")))
    organizations = (
        _organization(raw, declined) for raw in json.loads(_read("organizations.json"))
    )
    return (*people, *organizations, *countries())


def _person(raw: Mapping[str, Any]) -> Known:
    forms = [_form(name, Standing.ALONE) for name in raw["alone"]]
    forms += [_form(name, Standing.NAMED) for name in raw.get("named", ())]
    return Known(_entity(Kind.PERSON, raw, tuple(raw.get("aliases", ()))), tuple(forms))


def _form(name: str, standing: Standing) -> Form:
    """The form of a name as written in the lists: "Papa Leo@tr it" counts in Turkish and Italian only."""
    text, _, languages = name.partition("@")
    return Form(text, standing, frozenset(languages.split()) or None)


def _organization(raw: Mapping[str, Any], declined: Mapping[str, list[str]]) -> Known:
    forms = (
        *_forms(raw.get("alone", ()), Standing.ALONE, declined),
        *_forms(raw.get("named", ()), Standing.NAMED, declined),
        *_forms(raw.get("placed", ()), Standing.PLACED, declined),
    )
    return Known(
        _entity(Kind.ORGANIZATION, raw, _plain(raw.get("alone", ()), but=raw["name"])),
        forms,
        speaks_for=raw.get("speaks_for", False),
        silent=raw.get("silent", False),
    )


def _entity(kind: Kind, raw: Mapping[str, Any], aliases: tuple[str, ...]) -> Entity:
    return Entity(
        kind=kind,
        key=entity_key(kind, raw["name"]),
        name=raw["name"],
        aliases=aliases,
        countries=tuple(raw.get("countries", ())),
        role=raw.get("role", ""),
        wikidata=raw.get("wikidata", ""),
    )


def _plain(names: Any, *, but: str = "") -> tuple[str, ...]:
    forms = map(written, names)
    plain = dict.fromkeys(f.text[1:-1] if f.quoted and f.lead == 1 else f.text for f in forms)
    return tuple(name for name in plain if name != but)


def _forms(names: Any, standing: Standing, declined: Mapping[str, list[str]]) -> Iterator[Form]:
    """Forms of names as the lists have them, in all their cases."""
    for name in names:
        form = written(name, standing)
        words = form.text[: form.lead].count(" ")
        for text in (_lowered(form.text), *declined.get(form.text, ())):
            lead = len(text) - len(text.split(" ", words)[-1]) + form.quoted
            yield Form(text, standing, form.languages, lead, form.quoted)


def _lowered(name: str) -> str:
    """A name without the capitals that many newspapers spare: "Labour party", "Russian navy"."""
    first, space, rest = name.partition(" ")
    if rest.endswith(("Ministry", "Parliament", "Army", "Navy", "Air Force")):
        return f"{first}{space}{rest.lower()}"
    return re.sub(r"(?<= )Party$", "party", name)
