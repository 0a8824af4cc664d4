"""Case endings of Russian and Ukrainian names.

Dictionary words are declined by pymorphy3. Foreign surnames, which no dictionary has, follow the
endings of the grammar books: masculine ones in a consonant decline, those in a vowel other than
``а``/``я`` and women's in a consonant do not.
"""

import importlib
import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from itertools import islice, product, zip_longest
from typing import Any

_CASES = ("gent", "datv", "accs", "ablt", "loct")
_CYRILLIC = re.compile(r"[Ѐ-ӿ]")
_SIBILANTS = "жшчщц"
#: Letters of "папа", "шейх"; shorter are parts of names: "ван", "ибн".
_SHORTEST_CALLING = 4
#: How many forms one name may have; a guard against names of many ambiguous words.
_MOST = 64
#: Endings by the last letters of a masculine name: what is cut off, then one entry a case.
_ENDINGS: dict[str, tuple[tuple[str, str, tuple[str, ...]], ...]] = {
    "ru": (
        ("[жшщч]ий$", "..", ("его", "ему", "его", "им", "ем")),
        ("(кий|ый|ной|той)$", "..", ("ого", "ому", "ого", "им ым", "ом")),
        ("ий$", ".", ("я", "ю", "я", "ем", "и")),
        ("й$", ".", ("я", "ю", "я", "ем", "е")),
        ("ь$", ".", ("я", "ю", "я", "ем", "е")),
        ("[гкхжшчщ]а$", ".", ("и", "е", "у", "ой", "е")),
        ("а$", ".", ("ы", "е", "у", "ой", "е")),
        ("ия$", ".", ("и", "и", "ю", "ей", "и")),
        ("я$", ".", ("и", "е", "ю", "ей", "е")),
        ("(ов|ев|ёв|ин|ын)$", "", ("а", "у", "а", "ым ом", "е")),
        ("[а-яё]{2}[бвгдзклмнпрстф]ец$", "..", ("ца", "цу", "ца", "цем цом", "це")),
        (f"[{_SIBILANTS}]$", "", ("а", "у", "а", "ем ом", "е")),
        ("[бвгджзклмнпрстфхцчшщ]$", "", ("а", "у", "а", "ом", "е")),
    ),
    "uk": (
        ("[а-яіїєґ]{2}[бвгґдзклмнпрстф]ець$", "...", ("ця", "цю цеві", "ця", "цем", "цю цеві")),
        ("(ський|цький|ний|вий|тий)$", "..", ("ого", "ому", "ого", "им", "ому")),
        ("ій$", "..", ("ія", "ію ієві", "ія", "ієм", "ії")),
        ("й$", ".", ("я", "ю єві", "я", "єм", "ї")),
        ("ь$", ".", ("я", "ю еві", "я", "ем", "і")),
        ("ія$", ".", ("ї", "ї", "ю", "єю", "ї")),
        ("я$", ".", ("і", "і", "ю", "ею", "і")),
        ("а$", ".", ("и", "і", "у", "ою", "і")),
        ("(ко|ло|но)$", ".", ("а", "у ові", "а", "ом", "у ові")),
        (f"[{_SIBILANTS}]$", "", ("а", "у еві", "а", "ем ом", "і")),
        ("[бвгґджзклмнпрстфхцчшщ]$", "", ("а", "у ові", "а", "ом им", "і ові")),
    ),
}
_PATTERNS = {
    language: [(re.compile(pattern), cut, endings) for pattern, cut, endings in rules]
    for language, rules in _ENDINGS.items()
}


@lru_cache(maxsize=2)
def analyzer(language: str) -> Any:
    """pymorphy3's dictionary of a language ("ru", "uk"), loaded when first asked for."""
    import pymorphy3

    # Where it is, said here: pymorphy3 would look through every package that is installed.
    dictionary = importlib.import_module(f"pymorphy3_dicts_{language}")
    return pymorphy3.MorphAnalyzer(dictionary.get_path(), language)


@lru_cache(maxsize=4_000)
def parses_of(word: str, language: str) -> tuple[Any, ...]:
    """pymorphy3's readings of a word, the likeliest first."""
    plain = word.lower().replace("’", "'").replace("ʼ", "'")  # as the dictionary has it
    if not all(unicodedata.name(letter, "") for letter in plain if letter.isalpha()):
        return ()  # pymorphy3 asks for the names of letters, and Tangut's have none
    return tuple(analyzer(language).parse(plain))


def languages_of(name: str) -> tuple[str, ...]:
    """Which of Russian and Ukrainian a name may be written in, by its letters."""
    if not _CYRILLIC.search(name):
        return ()
    if re.search("[іїєґ]", name.lower()):
        return ("uk",)
    return ("ru",) if re.search("[ыэъё]", name.lower()) else ("ru", "uk")


def decline_person(
    name: str, *, female: bool = False, languages: Sequence[str] = ()
) -> tuple[str, ...]:
    """The other cases of a person's name, the nominative left out; () for other alphabets.

    ``languages`` says which of those it may be written in by its letters it is in fact.
    """
    forms: dict[str, None] = {}
    for language in languages or languages_of(name):
        words = [
            _calling_word(word, language, female) or _person_word(word, language, female)
            for word in name.split()
        ]
        forms.update(dict.fromkeys(_phrases(words)))
    forms.pop(name, None)
    return tuple(forms)


def decline_phrase(name: str, language: str) -> tuple[str, ...]:
    """The other cases of a noun phrase: words up to its first noun change, those after do not."""
    words: list[dict[str, tuple[str, ...]]] = []
    noun_seen = False
    spelled = name.split()
    for word, following in zip_longest(spelled, spelled[1:], fillvalue=""):
        parse = None if noun_seen or _fixed(word) else _nominative(word, language, following)
        words.append(_cases_of(word, parse) if parse else {})
        words[-1]["nomn"] = (word,)
        noun_seen = noun_seen or bool(parse and "NOUN" in parse.tag.grammemes)
    forms = dict.fromkeys(_phrases(words))
    forms.pop(name, None)
    return tuple(forms)


def decline_word(word: str, language: str) -> tuple[str, ...]:
    """Every form of an adjective or noun, both numbers, the short forms left out."""
    parse = _nominative(word, language)
    if parse is None:
        return (word,)
    forms = (form for form in parse.lexeme if not {"ADJS", "COMP"} & form.tag.grammemes)
    return tuple(dict.fromkeys(_like(word, form.word) for form in forms))


def cases_of_name(word: str, language: str, *, female: bool) -> dict[str, tuple[str, ...]]:
    """The forms of one word of a person's name by case, by dictionary or else by its ending."""
    return _person_word(word, language, female)


def cases_by_ending(word: str, language: str, *, female: bool) -> dict[str, tuple[str, ...]]:
    """The forms of one word of a name that no dictionary has, the nominative left out."""
    return _by_ending(word, language, female)


def _fixed(word: str) -> bool:
    return word.isupper() or not _CYRILLIC.search(word)


def _nominative(word: str, language: str, following: str = "") -> Any:
    """The likeliest reading in the nominative: an adjective where it fits the word that follows.

    "Українська" is a surname too, but not in "Українська правда".
    """
    wanted = _nominatives(word, language)
    places = [p for p in wanted if "Geox" in p.tag.grammemes]
    described = [] if _fixed(following) else _nominatives(following, language)
    shapes = {_shape(p) for p in described}
    fitting = [p for p in wanted if "NOUN" not in p.tag.grammemes and _shape(p) in shapes]
    return (places or fitting or wanted or [None])[0]


def _nominatives(word: str, language: str) -> list[Any]:
    parses = analyzer(language).parse(word.lower())
    kinds = {"NOUN", "ADJF", "PRTF"}
    return [p for p in parses if "nomn" in p.tag.grammemes and kinds & p.tag.grammemes]


def _shape(parse: Any) -> str:
    """Gender or plural, in which an adjective agrees with its noun."""
    shapes = ("plur", "masc", "femn", "neut")
    return next((shape for shape in shapes if shape in parse.tag.grammemes), "")


def _cases_of(word: str, parse: Any) -> dict[str, tuple[str, ...]]:
    # The Ukrainian dictionary marks the plural only.
    plural = "plur" in parse.tag.grammemes
    gender = {g for g in ("masc", "femn", "neut") if g in parse.tag.grammemes}
    unwanted = {"ADJS", "Supr"} - parse.tag.grammemes
    cases: dict[str, tuple[str, ...]] = {}
    for form in parse.lexeme:
        fits = plural == ("plur" in form.tag.grammemes) and gender <= form.tag.grammemes
        case = next((c for c in _CASES if c in form.tag.grammemes), None)
        if fits and case and not unwanted & form.tag.grammemes:
            cases[case] = (*cases.get(case, ()), _like(word, form.word))
    return cases


def _person_word(word: str, language: str, female: bool) -> dict[str, tuple[str, ...]]:
    """The cases of one word of a person's name; only the last part of a hyphenated word changes."""
    cases: dict[str, tuple[str, ...]] = {"nomn": (word,)}
    head, hyphen, last = word.rpartition("-")
    if not last[:1].isupper() or len(last) < 3 or _fixed(last):
        return cases
    found = _known_name(last, language, female) or _by_ending(last, language, female)
    return cases | {
        case: tuple(f"{head}{hyphen}{form}" for form in forms) for case, forms in found.items()
    }


def _calling_word(word: str, language: str, female: bool) -> dict[str, tuple[str, ...]]:
    """The cases of a word that says what its bearer is ("король", "Маркос-младший"); {} for "фон"."""
    head, hyphen, last = word.rpartition("-")
    if len(last) < _SHORTEST_CALLING or not last.islower() or not _CYRILLIC.search(last):
        return {}
    for parse in parses_of(last, language):
        tags = parse.tag.grammemes
        if parse.is_known and "nomn" in tags and ("ADJF" in tags or {"NOUN", "anim"} <= tags):
            before = _person_word(head, language, female)
            return {"nomn": (word,)} | {
                case: tuple(
                    f"{h}{hyphen}{form}" for h in before.get(case, (head,)) for form in forms
                )
                for case, forms in _cases_of(last, parse).items()
            }
    return {}


def _known_name(word: str, language: str, female: bool) -> dict[str, tuple[str, ...]]:
    gender = {"femn"} if female else {"masc"}
    for parse in analyzer(language).parse(word.lower()):
        kinds = {"Name", "Surn", "Patr"} & parse.tag.grammemes
        if (
            parse.is_known
            and kinds
            and "nomn" in parse.tag.grammemes
            and gender <= parse.tag.grammemes
        ):
            return _cases_of(word, parse)
    return {}


def _by_ending(word: str, language: str, female: bool) -> dict[str, tuple[str, ...]]:
    if female:
        return _feminine(word, language)
    for pattern, cut, endings in _PATTERNS[language]:
        if pattern.search(word):
            stem = word[: len(word) - len(cut)]
            return {
                case: tuple(stem + ending for ending in variants.split())
                for case, variants in zip(_CASES, endings, strict=True)
            }
    return {}


def _feminine(word: str, language: str) -> dict[str, tuple[str, ...]]:
    if re.search("[ая]я$", word) and language == "ru":
        soft = re.search("[жшщч]ая$|яя$", word)
        endings: tuple[str, ...] = (
            ("ей", "ей", "ую", "ей", "ей") if soft else ("ой", "ой", "ую", "ой", "ой")
        )
        return {case: (word[:-2] + end,) for case, end in zip(_CASES, endings, strict=True)}
    if re.search("(ов|ев|ёв|ин|єв|їн)а$", word):
        endings = (
            ("ой", "ой", "у", "ой", "ой") if language == "ru" else ("ої", "ій", "у", "ою", "ій")
        )
        return {case: (word[:-1] + end,) for case, end in zip(_CASES, endings, strict=True)}
    if re.search("[ьськцн]ка$|ська$|цька$|на$", word) and language == "uk":
        endings = ("ої", "ій", "у", "ою", "ій")
        return {case: (word[:-1] + end,) for case, end in zip(_CASES, endings, strict=True)}
    return _by_ending(word, language, female=False) if word[-1] in "ая" else {}


def _phrases(words: list[dict[str, tuple[str, ...]]]) -> list[str]:
    """All words put into each case in turn; a word without that case stays as it is."""
    found: list[str] = []
    for case in _CASES:
        variants = [word.get(case) or word["nomn"] for word in words]
        found += [" ".join(parts) for parts in islice(product(*variants), _MOST)]
    return found


def _like(model: str, word: str) -> str:
    """``word`` with capitals where ``model`` has them, part by part at hyphens."""
    parts = word.split("-")
    capitals = [part[:1].isupper() for part in model.split("-")]
    if len(parts) != len(capitals):
        return word.capitalize() if model[:1].isupper() else word
    return "-".join(
        part[:1].upper() + part[1:] if capital else part
        for part, capital in zip(parts, capitals, strict=True)
    )
