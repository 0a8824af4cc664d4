"""From a name as it stands in a Russian or Ukrainian text, in any case, to its nominative.

"Юргена Клинсмана" may be the genitive of a man or the nominative of a woman. Every possible reading
is given, with a weight; the words of a name must agree in case and gender. Which reading is right
is settled by the article (``names``), where the name mostly stands in other cases too.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from worker.tagging.inflection import analyzer, cases_by_ending, cases_of_name

CASES = ("nomn", "gent", "datv", "accs", "ablt", "loct")
#: Dictionary tags of the parts of a name.
PARTS = ("Name", "Patr", "Surn")
_CYRILLIC_WORD = re.compile(r"[А-Яа-яЁёІіЇїЄєҐґ’'ʼ-]+")
_INITIAL = re.compile(r"[^\W\d_]{1,2}\.|[^\W\d_]")
#: What may stand at the end of a nominative where a text has something else.
_ENDINGS = ("", "а", "я", "ь", "й", "ий", "ый", "ой", "о", "ая", "яя", "ів", "ський", "цький")
_LONGEST_ENDING = 4
_VOWELS = frozenset("аеёиоуыэюяєії")
#: Endings that hardly any nominative has.
_OBLIQUE = re.compile("(?:[ое]го|[ое]му|[ыи]м|ии|ії|.{3}[оеє]м)$")
#: How likely a case is where nothing tells.
_COMMON = {"nomn": 1.0, "gent": 0.9, "datv": 0.8, "accs": 0.8, "ablt": 0.8, "loct": 0.6}
_WANTED = 2.5
_WOMEN = 0.7
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
        for case in CASES:
            parts = [table.get((case, female)) for table in tables]
            if not all(parts):
                continue
            known = [part for part in parts if part is not None]
            weight = _COMMON[case] * (_WANTED if case in wanted else 1.0)
            weight *= _WANTED if ("femn" if female else "masc") in wanted else 1.0
            weight *= _WOMEN if female else 1.0
            weight *= _UNUSUAL if len(known) > 1 and known[0].part == "Surn" else 1.0
            for part in known:
                weight *= part.weight
            nominatives = tuple(part.nominative for part in known)
            reading = Reading(nominatives, tuple(p.part for p in known), female, case, weight)
            same = found.get((nominatives, female))
            if same is None or same.weight < weight:
                found[nominatives, female] = reading
    ordered = sorted(found.values(), key=lambda r: -r.weight)
    return tuple(ordered) or (Reading(words, ("",) * len(words), False, "nomn", 0.01),)


@lru_cache(maxsize=20_000)
def word_readings(word: str, language: str) -> Mapping[tuple[str, bool], WordReading]:
    """The best reading of a capitalized word in each (case, is a woman's)."""
    if is_initial(word) or word.islower() or not _CYRILLIC_WORD.fullmatch(word):
        fixed = WordReading(word, "", 1.0)
        return {(case, female): fixed for case in CASES for female in (False, True)}
    head, hyphen, last = word.rpartition("-")
    if hyphen and head[:1].isupper() and last[:1].isupper():
        return _double(word, head, last, language)
    found = _by_rules(word, language)
    known = dictionary_readings(word, language)
    if known:
        found = {
            key: WordReading(reading.nominative, reading.part, reading.weight * _UNUSUAL)
            for key, reading in found.items()
        }
    return found | dict(known)


def _double(
    word: str, head: str, last: str, language: str
) -> Mapping[tuple[str, bool], WordReading]:
    """Of a double name both halves may decline, or only the last."""
    first, second = word_readings(head, language), word_readings(last, language)
    found = {}
    for key, reading in second.items():
        other = first.get(key)
        left = other.nominative if other and other.weight > 0.2 else head
        found[key] = WordReading(f"{left}-{reading.nominative}", reading.part, reading.weight)
    return found


def dictionary_readings(word: str, language: str) -> Mapping[tuple[str, bool], WordReading]:
    """The readings the dictionary has for a word as part of a name; empty where it has none."""
    found: dict[tuple[str, bool], WordReading] = {}
    for parse in analyzer(language).parse(word.lower()):
        part = name_part(parse) if parse.is_known else ""
        if not part or "plur" in parse.tag.grammemes:
            continue
        nominative = _nominative_of(parse)
        if nominative is None:
            continue
        for female in _genders(parse):
            for case in CASES:
                if case in parse.tag.grammemes:
                    found.setdefault(
                        (case, female), WordReading(_like(word, nominative), part, 1.0)
                    )
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


def _by_rules(word: str, language: str) -> dict[tuple[str, bool], WordReading]:
    """Readings of a word that no dictionary has, by the endings of the grammar books."""
    found: dict[tuple[str, bool], WordReading] = {}

    def add(case: str, female: bool, nominative: str, weight: float) -> None:
        same = found.get((case, female))
        if same is None or same.weight < weight:
            found[case, female] = WordReading(nominative, "", weight)

    for female in (False, True):
        for case, weight in _unchanged(word, female).items():
            add(case, female, word, weight)
        for base in _bases(word):
            table = cases_by_ending(base, language, female)
            weight = _derived(base, female)
            for case, forms in table.items():
                if base != word and word in forms:
                    add(case, female, base, weight)
    return found


def _bases(word: str) -> set[str]:
    stems = {word[: len(word) - cut] for cut in range(_LONGEST_ENDING) if len(word) - cut > 1}
    return {
        stem + ending
        for stem in stems
        for ending in _ENDINGS
        if (ending != "й" or stem[-1] in _VOWELS) and (ending != "ь" or stem[-1] not in _VOWELS)
    }


def _unchanged(word: str, female: bool) -> dict[str, float]:
    """How likely a word stands as in the nominative, case by case."""
    last = word[-1].lower()
    if last == "ы" or _OBLIQUE.search(word):
        return dict.fromkeys(CASES, 0.1)
    if last in "уюе":  # "Шойгу", but mostly a dative or a prepositional case
        return dict.fromkeys(CASES, 0.4)
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
    if last in "ьй":
        return 0.25
    if last == "о":
        return 0.7 if base.endswith("ко") else 0.2
    return 0.6


def forms_of(word: str, language: str, *, female: bool) -> frozenset[str]:
    """A word of a name in every case, the nominative among them."""
    return frozenset(form for forms in cases_of_name(word, language, female=female).values() for form in forms)


def _like(model: str, word: str) -> str:
    """``word`` with a capital where ``model`` begins with one, at each hyphen."""
    if model[:1].isupper():
        return "-".join(part[:1].upper() + part[1:] for part in word.split("-"))
    return word
