"""The entities Tocsin ships with, read from ``data/`` (see its README for where they come from)."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from worker.model import Entity, Kind
from worker.tagging.atlas import countries
from worker.tagging.gazetteer import Form, Known, Standing, entity_key, surnames


def _read(name: str) -> str:
    return resources.files("worker.tagging").joinpath("data", name).read_text("utf-8")


def read_yaml(name: str) -> Any:
    """One of the hand-written YAML lists."""
    return yaml.load(_read(name), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@cache
def shipped() -> tuple[Known, ...]:
    """Every shipped person, organization and country."""
    declined: Mapping[str, list[str]] = json.loads(_read("inflected.json"))
    people = (_person(raw, declined) for raw in read_yaml("people.yaml"))
    organizations = (_organization(raw, declined) for raw in read_yaml("organizations.yaml"))
    return (*people, *organizations, *countries())


def _person(raw: Mapping[str, Any], declined: Mapping[str, list[str]]) -> Known:
    name, aliases = raw["name"], tuple(raw.get("names", ()))
    family = raw.get("family")
    bare = surnames((name, *aliases)) if family is None else tuple(family)
    # The cases of a full name end in the cases of its surname.
    bare += surnames(
        form for alias in aliases for form in declined.get(alias, ()) if family is None
    )
    bare += tuple(form for word in family or () for form in declined.get(word, ()))
    forms = (
        *_forms((name, *aliases), Standing.ALONE, declined),
        *_forms(raw.get("alone", ()), Standing.ALONE, declined),
        *_forms(dict.fromkeys(bare), Standing.NAMED, {}),
    )
    return Known(_entity(Kind.PERSON, raw, (*aliases, *_plain(raw.get("alone", ())))), forms)


def _organization(raw: Mapping[str, Any], declined: Mapping[str, list[str]]) -> Known:
    aliases = _plain(raw.get("names", ()))
    forms = (
        *_forms((raw["name"], *raw.get("names", ())), Standing.ALONE, declined),
        *_forms(raw.get("named", ()), Standing.NAMED, declined),
        *_forms(raw.get("placed", ()), Standing.PLACED, declined),
    )
    return Known(
        _entity(Kind.ORGANIZATION, raw, aliases),
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


def _plain(names: Any) -> tuple[str, ...]:
    return tuple(name.partition("@")[0] for name in names)


def _forms(names: Any, standing: Standing, declined: Mapping[str, list[str]]) -> Iterator[Form]:
    """Forms of names as written in the lists: "Poutine@fr" counts in French articles only."""
    for name in names:
        text, _, language = name.partition("@")
        languages = frozenset({language}) if language else None
        for form in (text, *declined.get(text, ())):
            yield Form(form, standing, languages)
