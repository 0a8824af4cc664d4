"""Countries as the tagger knows them: names in every language, and words of context.

Read from ``data/countries.json``, which ``data/generate.py`` writes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from worker.model import Entity, Kind
from worker.tagging.folding import fold
from worker.tagging.gazetteer import Form, Known, Standing


class Sense(StrEnum):
    """What a name that stands for a country is the name of."""

    NAME = "n"
    PEOPLE = "p"
    REGION = "r"
    CITY = "c"
    ABBREVIATION = "x"

    @property
    def is_place(self) -> bool:
        """Whether it names a part of the country."""
        return self not in (Sense.NAME, Sense.PEOPLE)

    @property
    def is_state(self) -> bool:
        """Whether it may stand behind a town to say where that is."""
        return self in (Sense.REGION, Sense.ABBREVIATION)


@dataclass(frozen=True, slots=True)
class PlaceForm(Form):
    """One way to write a country, its people or a place in it.

    ``NAMED`` forms mean other things too: they count only where the country is named otherwise.
    """

    sense: Sense = Sense.NAME


@dataclass(frozen=True, slots=True)
class Speech:
    """Words of one language by which a people's word is a language.

    ``then``: what may follow where the word before is none of a language's own ("in French and").
    ``ending``: how the people's word ends where it is the language ("auf Deutsch").
    """

    before: frozenset[str] = frozenset()
    after: tuple[str, ...] = ()
    then: frozenset[str] = frozenset()
    ending: str = ""


@dataclass(frozen=True, slots=True)
class Cues:
    """Folded words that speak for one country or another where a name may mean both."""

    default: str
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """Words round a name by which it is told what the name means; all folded."""

    senses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    cues: Mapping[str, Cues] = field(default_factory=dict)
    speech: Mapping[str, Speech] = field(default_factory=dict)
    streets: Mapping[str, frozenset[str]] = field(default_factory=dict)
    verbs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    surnames: frozenset[str] = frozenset()
    first_names: frozenset[str] = frozenset()
    titles: frozenset[str] = frozenset()
    starts: frozenset[str] = frozenset()


@cache
def _raw() -> Any:
    data = resources.files("worker.tagging").joinpath("data", "countries.json")
    return json.loads(data.read_text("utf-8"))


def countries() -> Iterator[Known]:
    """Every country with the forms it is found by, and the phrases that only look like one."""
    raw = _raw()
    forms: dict[str, list[PlaceForm]] = {code: [] for code in raw["english"]}
    for section, standing in (("forms", Standing.ALONE), ("weak", Standing.NAMED)):
        for key, senses in raw[section].items():
            languages = _languages(key)
            for letter, by_code in senses.items():
                sense = Sense(letter)
                for code, names in by_code.items():
                    forms[code] += [
                        PlaceForm(name, standing, languages, sense=sense) for name in names
                    ]
    for code, found in forms.items():
        name = raw["english"][code]
        entity = Entity(kind=Kind.COUNTRY, key=code, name=name, countries=(code,))
        yield Known(entity, tuple(found))
    nowhere = Entity(kind=Kind.COUNTRY, key="", name="")
    phrases = [
        Form(phrase, languages=_languages(key)) for key, of in raw["not"].items() for phrase in of
    ]
    yield Known(nowhere, tuple(phrases), silent=True)


def as_written(word: str) -> str:
    """A word without its capitals, but with its accents: "Irán" is a verb, "Iran" is none."""
    return word.casefold().replace("ё", "е")


def _languages(key: str) -> frozenset[str] | None:
    return frozenset(key.split()) if key else None


@cache
def context() -> Context:
    """The words of context."""
    raw = _raw()["context"]
    return Context(
        senses={fold(name).text: _folded(words) for name, words in raw["senses"].items()},
        cues=dict(_cues(raw["cues"])),
        speech={language: _speech(words) for language, words in raw["languages"].items()},
        streets={key: frozenset(_folded(words)) for key, words in raw["streets"].items()},
        verbs={fold(name).text: frozenset(words) for name, words in raw["verbs"].items()},
        given=frozenset(raw["given"]),
        surnames=frozenset(raw["surnames"]) | frozenset(raw["given"]),
        first_names=frozenset(raw["first_names"]),
        titles=frozenset(_folded(raw["titles"])),
        starts=frozenset(as_written(word) for word in raw["starts"]),
    )


def _cues(raw: Mapping[str, Mapping[str, list[str]]]) -> Iterator[tuple[str, Cues]]:
    for entry in raw.values():
        words = {code: _folded(found) for code, found in entry.items() if code != "names"}
        for name in _folded(entry["names"]):
            yield name, Cues(next(iter(words)), words)


def _speech(words: Mapping[str, Any]) -> Speech:
    return Speech(
        before=frozenset(_folded(words["before"])),
        after=_folded(words["after"]),
        then=frozenset(_folded(words.get("then", []))),
        ending=words.get("ending", ""),
    )


def _folded(words: list[str]) -> tuple[str, ...]:
    return tuple(fold(word).text for word in words)


@cache
def languages() -> frozenset[str]:
    """Languages in which names of countries are known that other languages do not share."""
    raw = _raw()
    return frozenset(
        code for section in ("forms", "weak") for key in raw[section] for code in key.split()
    )
