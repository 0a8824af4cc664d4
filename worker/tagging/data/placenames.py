"""Names of countries for generate.py, gathered from the hand-written lists and CLDR."""

import importlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from worker.tagging.data.endings import inflected
from worker.tagging.folding import fold
from worker.tagging.inflection import decline_phrase, decline_word

HERE = Path(__file__).parent
#: CLDR locale -> the language codes its names serve.
LOCALES = {
    "en": "en", "fr": "fr", "de": "de", "es": "es", "it": "it", "pt": "pt", "nl": "nl", "pl": "pl",
    "sv": "sv", "da": "da", "nb": "no nb nn", "fi": "fi", "cs": "cs", "sk": "sk", "hu": "hu",
    "ro": "ro", "bg": "bg", "el": "el", "tr": "tr", "ru": "ru", "uk": "uk", "be": "be", "ar": "ar",
    "fa": "fa", "he": "he", "hi": "hi", "bn": "bn", "zh": "zh", "zh_Hant": "zh", "ja": "ja",
    "ko": "ko", "id": "id ms", "vi": "vi", "ca": "ca", "hr": "hr bs", "sr": "sr", "sr_Latn": "sr",
    "lt": "lt", "lv": "lv", "et": "et", "ka": "ka", "hy": "hy", "az": "az", "kk": "kk", "sq": "sq",
    "mk": "mk", "sl": "sl", "gl": "gl", "eu": "eu", "ur": "ur", "th": "th", "sw": "sw",
}  # fmt: skip
#: Languages of peoples.yaml whose words serve more than their own code.
ALSO = {"nb": "no nb nn", "id": "id ms", "hr": "hr bs"}
LANGUAGES = {code for codes in LOCALES.values() for code in codes.split()}
#: Codes CLDR names that are no ISO 3166-1 country (XK is kept by custom).
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
#: "Самоа", "Никарагуа": cases made up for them would be words ("самое").
INDECLINABLE = re.compile("[оу]а$")


class Rank(IntEnum):
    """How a name got in; the higher decides. The weak ones count only with support."""

    FOUND_WEAK = 0
    FOUND = 1
    WRITTEN_WEAK = 2
    WRITTEN = 3


WEAK = frozenset({Rank.FOUND_WEAK, Rank.WRITTEN_WEAK})


class Names:
    """Names of countries as they are gathered: (name, country) -> language -> rank."""

    def __init__(self) -> None:
        self.ranks: dict[tuple[str, str], dict[str, Rank]] = defaultdict(dict)
        self.senses: dict[tuple[str, str], str] = {}

    def add(
        self, name: str, code: str, languages: Iterable[str], sense: str, rank: Rank = Rank.FOUND
    ) -> None:
        """Take a name; ``languages`` may hold "*" for any. The first sense stays."""
        ranks = self.ranks[name, code]
        for language in languages:
            ranks[language] = max(rank, ranks.get(language, rank))
        self.senses.setdefault((name, code), sense)

    def codes(self, sense: str) -> dict[str, set[str]]:
        """Folded names of one sense -> whose they are."""
        found: dict[str, set[str]] = defaultdict(set)
        for (name, code), known in self.senses.items():
            if known == sense:
                found[fold(name).text].add(code)
        return found


@cache
def read(name: str) -> Any:
    """One of the hand-written lists."""
    return yaml.safe_load((HERE / name).read_text("utf-8"))


def script(text: str) -> str:
    """The script of the first letter: "LATIN", "CYRILLIC", "CJK", ..."""
    letter = next((c for c in text if c.isalpha()), "")
    return unicodedata.name(letter, "?").split()[0] if letter else "?"


def forms_of(name: str, language: str) -> Iterator[str]:
    """A name, people or adjective with its other forms in a language."""
    if language in ("ru", "uk") and INDECLINABLE.search(name):
        yield name
    elif language not in ("ru", "uk"):
        yield from inflected(name, language)
    elif " " in name or not name[:1].islower():
        yield from (name, *decline_phrase(name, language))
    else:
        yield from decline_word(name, language)


def spelled(entry: str, language: str) -> tuple[list[str], bool]:
    """What an entry of the hand-written lists stands for, and whether it is a weak one."""
    weak = entry.endswith("*")
    found: list[str] = []
    for part in entry.rstrip("*").split("/"):
        bare = part.removesuffix("*")
        if bare.startswith("=") or "/" in entry:
            found.append(bare.lstrip("="))
        else:
            found += forms_of(bare, language)
    return found, weak


def add_written(names: Names, entry: str, code: str, language: str, sense: str) -> None:
    """One entry of the hand-written lists, inflected."""
    found, weak = spelled(entry, language)
    rank = Rank.WRITTEN_WEAK if weak else Rank.WRITTEN
    for form in found:
        names.add(form, code, ALSO.get(language, language).split(), sense, rank)


def add_lists(names: Names) -> None:
    """places.yaml and peoples.yaml."""
    places = read("places.yaml")
    sections = (("names", "n"), ("regions", "r"), ("cities", "c"), ("abbreviations", "x"))
    for section, sense in sections:
        for code, entries in places[section].items():
            for entry in entries:
                add_written(names, "=" + entry, code, "en", sense)
    for code, entries in places["weak"].items():
        for entry in entries:
            add_written(names, f"={entry}*", code, "en", "n")
    for code, entries in places["teams"].items():
        for entry in entries:
            rank = Rank.WRITTEN_WEAK if entry.endswith("*") else Rank.WRITTEN
            names.add(entry.rstrip("*"), code, {"*"}, "n", rank)
    for city in places["exonyms"].values():
        for code, by_language in city.items():
            for language, entry in by_language.items():
                add_written(names, entry, code, language, "c")
    for language, by_code in read("peoples.yaml").items():
        for code, entries in by_code.items():
            for entry in entries.split(", "):
                # Only peoples and adjectives are words of the language; the rest are names.
                sense = (
                    "p" if language in ("en", "nl") or not entry.lstrip("=")[:1].isupper() else "n"
                )
                add_written(names, entry, code, language, sense)
    everywhere = set(places["everywhere"])
    for name, code in [key for key in names.ranks if key[0] in everywhere]:
        names.add(name, code, {"*"}, "r", Rank.WRITTEN)


def add_cldr(names: Names, english: dict[str, str]) -> None:
    """Names of countries in every locale."""
    babel = importlib.import_module("babel")
    written = {name for name, _ in names.ranks}
    for locale, languages in LOCALES.items():
        data = babel.Locale.parse(locale)
        shared = shared_parts(data.territories)
        for code, name in data.territories.items():
            if len(code) != 2 or not code.isalpha() or code in NO_COUNTRIES:
                continue
            plain = tidy(name)
            if locale == "en":
                english[code] = plain.replace(" & ", " and ")
            parts = set(bracketless(plain)) - shared - written
            for variant in {plain, plain.replace(" & ", " and ")} | parts:
                for form in country_forms(variant, languages.split()[0]):
                    names.add(form, code, languages.split(), "n")


def country_forms(name: str, language: str) -> Iterator[str]:
    """A country's name with its cases; one of several parts ("A and B") stays as it is."""
    parts = {"и", "і", "та", "й"} & set(name.split())
    # English and German have no cases of names, Turkish parts them from it by an apostrophe.
    if language in ("en", "de", "tr") or (language in ("ru", "uk") and parts):
        yield name
    else:
        yield from forms_of(name, language)


def city_forms(name: str, language: str) -> Iterator[str]:
    """A city's name, with its cases in the languages that the lists know well."""
    return country_forms(name, language) if language in read("peoples.yaml") else iter((name,))


def tidy(name: str) -> str:
    """CLDR's name without what no text has: "о-ва" is written out, "SAR China" left out."""
    for short, long in (("о-ва", "острова"), ("о-в", "остров"), (" SAR China", "")):
        name = name.replace(short, long)
    plain = " ".join(name.split())
    return plain[:1].title() + plain[1:]  # Georgian has no such capitals


def shared_parts(territories: Mapping[str, str]) -> set[str]:
    """What brackets leave of several names: "Virgin Islands (USA)" is no name of the USA."""
    names = {code: name for code, name in territories.items() if len(code) == 2}
    parts = Counter(part for name in names.values() for part in {*bracketless(name)})
    parts.update(set(names.values()))
    return {part for part, times in parts.items() if times > 1}


def bracketless(name: str) -> Iterator[str]:
    """Both names that ``Myanmar (Burma)`` gives."""
    if "(" in name and name.endswith(")"):
        outer, _, inner = name[:-1].partition("(")
        yield outer.strip()
        yield inner.strip()
