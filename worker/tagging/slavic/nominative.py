"""From a name as it stands in a Russian or Ukrainian text, in any case, to its nominative.

"Юргена Клинсмана" may be the genitive of a man or the nominative of a woman. Every possible reading
is given, with a weight; the words of a name must agree in case and gender. Which reading is right
is settled by the article (``names``), where the name mostly stands in other cases too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from math import prod
from typing import Any

from worker.tagging.inflection import cases_by_ending, cases_of_name, parses_of
from worker.tagging.slavic.words import PARTICLES

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
#: Dictionary tags of the parts of a name.
PARTS = ("Name", "Patr", "Surn")
_CYRILLIC_WORD = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ’'ʼ-]+")
_INITIAL = re.compile(r"[^\W\d_]{1,2}\.|[^\W\d_]")
#: What may stand at the end of a nominative where a text has something else.
_ENDINGS = ("", "а", "я", "ь", "й", "ий", "ый", "ой", "о", "ая", "яя", "ец", "ець")
_LONGEST_ENDING = 4
_VOWELS = "аеёиоуыэюяєії"
#: Endings that no Russian or Ukrainian word has.
_MISSPELT = re.compile(f"(?:[кгхжшщч][ыюя]й?|йа|[^{_VOWELS}]й|[{_VOWELS}йь]ь)$")
#: Endings that hardly any nominative has.
_OBLIQUE = re.compile("(?:[ое]го|[ое]му|[ыи]м|ии|ії|.{3}[оеє]м)$")
#: How likely a case is where nothing tells.
_COMMON = {"nomn": 1.0, "gent": 0.9, "datv": 0.8, "accs": 0.8, "ablt": 0.8, "loct": 0.6}
_WANTED = 2.5
_WOMEN = 0.7
#: Readings of a word that are kept for a case, and readings of a name tried for a case.
_OPTIONS, _MOST = 3, 100
#: A reading less likely than this changes nothing.
_DOUBTFUL = 0.2
#: How likely a surname stands first, and a name by rule where the dictionary has another.
_UNUSUAL = 0.5


@dataclass(frozen=True, slots=True)
class WordReading:
    """One way to read a word of a name in a given case and gender."""

    nominative: str
    part: str
    weight: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a name: nominatives of its words, and which parts of a name they are."""

    words: tuple[str, ...]
    parts: tuple[str, ...]
    female: bool
    case: str
    weight: float


def is_initial(word: str) -> bool:
    """Whether a word is an initial, with its full stop or without."""
    return _INITIAL.fullmatch(word) is not None and word[:1].isupper()


def readings(
    words: tuple[str, ...], language: str, expected: Iterable[str] = ()
) -> tuple[Reading, ...]:
    """Every way to read a name, the likeliest first; never empty.

    ``expected``: cases and genders ("masc", "femn") that the words beside it ask for.
    """
    wanted = frozenset(expected)
    found: dict[tuple[tuple[str, ...], bool], Reading] = {}
    tables = [word_readings(word, language) for word in words]
    for female in (False, True):
        gender = _WANTED if ("femn" if female else "masc") in wanted else 1.0
        gender *= _WOMEN if female else 1.0
        for case in CASES:
            likely = _COMMON[case] * gender * (_WANTED if case in wanted else 1.0)
            columns = [table.get((case, female), ()) for table in tables]
            for parts in islice(product(*columns), _MOST):
                weight = likely * prod(part.weight for part in parts)
                weight *= _UNUSUAL if len(parts) > 1 and parts[0].part == "Surn" else 1.0
                words_ = tuple(part.nominative for part in parts)
                same = found.get((words_, female))
                if same is None or same.weight < weight:
                    kinds = tuple(part.part for part in parts)
                    found[words_, female] = Reading(words_, kinds, female, case, weight)
    ordered = sorted(found.values(), key=lambda r: -r.weight)
    return tuple(ordered) or (Reading(words, ("",) * len(words), False, "nomn", 0.01),)


Table = Mapping[tuple[str, bool], tuple[WordReading, ...]]


@lru_cache(maxsize=2_000)
def word_readings(word: str, language: str) -> Table:
    """The likeliest readings of a capitalized word in each (case, is a woman's)."""
    if is_initial(word) or word.lower() in PARTICLES or not _CYRILLIC_WORD.fullmatch(word):
        fixed = (WordReading(word, "", 1.0),)
        return {(case, female): fixed for case in CASES for female in (False, True)}
    head, hyphen, last = word.rpartition("-")
    if hyphen and head[:1].isupper() and last[:1].isupper():
        return _double(head, last, language)
    known = dictionary_readings(word, language)
    found = _by_rules(word, language, _UNUSUAL if known else 1.0)
    for key, reading in known.items():
        found[key] = [reading, *(r for r in found[key] if r.nominative != reading.nominative)]
    return {
        key: tuple(sorted(options, key=lambda r: -r.weight)[:_OPTIONS])
        for key, options in found.items()
    }


def _double(head: str, last: str, language: str) -> Table:
    """Of a double name both halves may decline, or only the last."""
    first, second = word_readings(head, language), word_readings(last, language)
    found = {}
    for key, options in second.items():
        left = first[key][0].nominative if first[key][0].weight > _DOUBTFUL else head
        found[key] = tuple(
            WordReading(f"{left}-{option.nominative}", option.part, option.weight)
            for option in options
        )
    return found


@lru_cache(maxsize=2_000)
def dictionary_readings(word: str, language: str) -> Mapping[tuple[str, bool], WordReading]:
    """The readings the dictionary has for a word as part of a name; empty where it has none."""
    found: dict[tuple[str, bool], WordReading] = {}
    for parse in parses_of(word, language):
        part = name_part(parse) if parse.is_known else ""
        nominative = _nominative_of(parse) if part and "plur" not in parse.tag.grammemes else None
        if nominative is None:
            continue
        reading = WordReading(_like(word, nominative), part, 1.0)
        for female in _genders(parse):
            for case in CASES:
                if case in parse.tag.grammemes:
                    found.setdefault((case, female), reading)
    return found


def name_part(parse: Any) -> str:
    """Which part of a name a dictionary reading is: "Name", "Patr", "Surn" or ""."""
    for part in PARTS:
        if part in parse.tag.grammemes:
            return part
    # The Ukrainian dictionary leaves the tag out where a town has the same nominative.
    if "anim" in parse.tag.grammemes and any("Name" in f.tag.grammemes for f in parse.lexeme):
        return "Name"
    return ""


def _nominative_of(parse: Any) -> str | None:
    if "nomn" in parse.tag.grammemes:
        return str(parse.word)
    wanted = {"nomn"} | ({"masc", "femn"} & parse.tag.grammemes)
    form = parse.inflect(wanted)
    return str(form.word) if form else None


def _genders(parse: Any) -> tuple[bool, ...]:
    if "ms-f" in parse.tag.grammemes or not {"masc", "femn"} & parse.tag.grammemes:
        return (False, True)
    return ("femn" in parse.tag.grammemes,)


def _by_rules(word: str, language: str, trust: float) -> dict[tuple[str, bool], list[WordReading]]:
    """Readings of a word as if no dictionary had it, by the endings of the grammar books."""
    found: dict[tuple[str, bool], list[WordReading]] = {}
    for female in (False, True):
        for case, weight in _unchanged(word, female).items():
            found[case, female] = [WordReading(word, "", weight * trust)]
        for base in _bases(word) - {word}:
            table = cases_by_ending(base, language, female=female)
            cases = [case for case, forms in table.items() if word in forms]
            if cases:
                reading = WordReading(base, "", _derived(base, female) * trust)
                for case in cases:
                    found[case, female].append(reading)
    return found


def _bases(word: str) -> set[str]:
    stems = {word[: len(word) - cut] for cut in range(_LONGEST_ENDING) if len(word) - cut > 1}
    bases = {stem + ending for stem in stems for ending in _ENDINGS}
    return {base for base in bases if not _MISSPELT.search(base)}


def _unchanged(word: str, female: bool) -> dict[str, float]:
    """How likely a word stands as in the nominative, case by case."""
    last = word[-1].lower()
    if last == "ы" or _OBLIQUE.search(word):
        return dict.fromkeys(CASES, 0.1)
    if last in "уюе":  # "Шойгу", but mostly a dative or a prepositional case
        return dict.fromkeys(CASES, 0.3)
    if last in "оиэёіїє":
        return dict.fromkeys(CASES, 0.6 if female else 0.9)
    if last in "ая":
        return dict.fromkeys(CASES, 0.1) | {"nomn": 0.5 if female else 0.35}
    if female:  # women's names in a consonant do not decline
        return dict.fromkeys(CASES, 0.6)
    # The inner syllables of East Asian names stay as they are.
    return dict.fromkeys(CASES, 0.4 if len(word) < 5 else 0.1) | {"nomn": 1.0}


def _derived(base: str, female: bool) -> float:
    """How likely a nominative is that a text does not have in this very form."""
    if _OBLIQUE.search(base) or base.endswith("ою"):
        return 0.05
    if re.search("(ск|цк|ськ|цьк)(ий|ая|а)$", base):
        return 1.0
    if re.search("([оеё]в|ин|ын)а$", base) and female:
        return 0.9
    last = base[-1].lower()
    if re.search("(ий|ый|ая|яя)$", base):
        return 0.5
    if base.endswith("ой"):
        return 0.3
    if last == "я":
        if base[-2] in _VOWELS or base[-2] == "й":
            return 0.6 if female else 0.3
        return 0.15
    if last == "а":
        return 0.5 if female else 0.35
    if re.search("ец|ець", base):
        return 0.5
    if last in "ьй":
        return 0.5 if base[-2] in "лй" or last == "й" else 0.25
    if last == "о":
        return 0.7 if base.endswith("ко") else 0.2
    return 0.6


@lru_cache(maxsize=2_000)
def forms_of(word: str, language: str, *, female: bool) -> frozenset[str]:
    """A word of a name in every case, the nominative among them."""
    cases = cases_of_name(word, language, female=female)
    return frozenset(form for forms in cases.values() for form in forms)


def _like(model: str, word: str) -> str:
    """``word`` with a capital where ``model`` begins with one, at each hyphen."""
    if model[:1].isupper():
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    return word
