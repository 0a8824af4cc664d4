"""Given names, and words that tell by standing beside a name what it is the name of."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import yaml

from worker.tagging.folding import fold, fold_word
from worker.tagging.given.polish import Given, given_forms

#: Given names of other languages are taken from this length on: shorter ones are words too often.
_FOREIGN = 4

#: Languages whose given names are nouns too often in another, which writes nouns in capitals.
_UNLIKE = {"de": {"da", "fi", "nl", "no", "sv"}}


@dataclass(frozen=True, slots=True)
class Words:
    """What ``given-words.yaml`` says of one language, folded; patterns match whole words."""

    offices: re.Pattern[str]
    nominative_offices: re.Pattern[str]
    called: re.Pattern[str]
    streets: re.Pattern[str]
    called_behind: re.Pattern[str]
    links: frozenset[str]
    particles: frozenset[str]
    refusing: frozenset[str]
    surnames: int
    no_given: frozenset[str]
    no_surname: re.Pattern[str]
    own: frozenset[str]
    inflected: Mapping[str, tuple[Given, ...]]
    foreign: frozenset[str]

    def gives(self, word: str) -> bool:
        """Whether a word is a given name; of "Anne-Laure" the first part decides."""
        folded = fold_word(word)
        return self.is_given(folded) or ("-" in folded and self.is_given(folded.split("-")[0]))

    def is_given(self, folded: str) -> bool:
        """Whether a folded word is a given name."""
        known = folded in self.own or folded in self.foreign or folded in self.inflected
        return known and folded not in self.no_given


@cache
def words_of(language: str) -> Words:
    """The words of a language of ``LANGUAGES``, read when first asked for."""
    raw = _listed()[language]
    given = _given()
    own = given[language] | given["any"]
    everywhere = _listed()["everywhere"]
    pool = given.keys() - _UNLIKE.get(language, set()) - {language}
    others = {fold_word(name) for code in pool for name in given[code]}
    return Words(
        offices=_pattern(raw["offices"]),
        nominative_offices=_pattern(raw["offices"].replace("*", "")),
        called=_pattern(raw["called"], everywhere["called"]),
        streets=_pattern(raw["streets"]),
        called_behind=_pattern(raw["called_behind"], everywhere["called_behind"]),
        links=_folded(raw["links"]),
        particles=_folded(raw["particles"]),
        refusing=_folded(raw.get("refusing", "")),
        surnames=raw["surnames"],
        no_given=_folded(raw["no_given"]),
        no_surname=_pattern(raw["no_surname"], everywhere["no_surname"]),
        own=frozenset(map(fold_word, own)),
        inflected=given_forms(own) if language == "pl" else {},
        foreign=frozenset(name for name in others if len(name) >= _FOREIGN),
    )


@cache
def eastern() -> Mapping[str, Mapping[str, str]]:
    """Words by which names are marked off in Chinese and Japanese."""
    found: Mapping[str, Mapping[str, str]] = _yaml("given-eastern.yaml")
    return found


@cache
def nobody() -> frozenset[str]:
    """Names of two words, folded, that mean nobody today in any language."""
    return frozenset(fold(name).text for name in _listed()["nobody"])


def _read(name: str) -> str:
    return resources.files("worker.tagging").joinpath("data", name).read_text("utf-8")


@cache
def _listed() -> Any:
    return _yaml("given-words.yaml")


def _yaml(name: str) -> Any:
    return yaml.load(_read(name), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe


@cache
def _given() -> Mapping[str, frozenset[str]]:
    return {code: frozenset(names) for code, names in json.loads(_read("given.json")).items()}


def _folded(words: str) -> frozenset[str]:
    return frozenset(fold(words).text.split())


def _pattern(*lists: str) -> re.Pattern[str]:
    """Matches each word as a whole; "*" stands for any letters."""
    words = sorted(_folded(" ".join(lists)))
    parts = (re.escape(word).replace(r"\*", r"[\w-]*") for word in words)
    return re.compile("|".join(parts) or "(?!)")
