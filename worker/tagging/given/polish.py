"""Cases of Polish names: from "Marka Wróbla" to "Marek Wróbel", and every form of a surname."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from worker.tagging.folding import fold_word

CASES = ("gent", "datv", "accs", "ablt", "loct")
#: What an ending becomes before the -e of the dative and locative: "Barbara", "Barbarze".
_SOFT = (
    ("st", "ści"), ("sł", "śl"), ("zn", "źni"), ("sn", "śni"), ("ch", "sz"), ("k", "c"), ("g", "dz"),
    ("t", "ci"), ("d", "dzi"), ("r", "rz"), ("ł", "l"), ("n", "ni"), ("m", "mi"), ("w", "wi"),
    ("b", "bi"), ("p", "pi"), ("f", "fi"), ("s", "si"), ("z", "zi"),
)  # fmt: skip
#: Consonants behind which the locative of men ends in -u.
_HARD_U = re.compile("(?:k|g|ch|h|l|j|c|cz|sz|rz|ż|dz|dź|ć|ś|ź|ń)$")
_FLEETING = re.compile(r"(?<=[^aeiouyąęó])(?:ie|e)(?=[kłlrc]$)|(?<=[^aeiouyąęó])e(?=[ńć]$)")

#: Endings that no surname has in the nominative.
_OBLIQUE = re.compile("(?:ego|emu|owi|iej|[ąęy]m?)$")

Forms = dict[str, set[str]]


@dataclass(frozen=True, slots=True)
class Given:
    """A given name that a form may be of, and the cases it stands in if it is."""

    name: str
    female: bool
    cases: frozenset[str]


@lru_cache(maxsize=4096)
def forms_of(name: str, *, female: bool) -> dict[str, frozenset[str]]:
    """The cases of one word of a name, from its nominative; empty where it does not decline."""
    if name.endswith("a") and len(name) > 2:
        found = _in_a(name)
    elif female:
        return {}
    elif re.search("[iy]$", name):
        found = _adjective(name)
    elif name.endswith("o") and len(name) > 3:
        found = _in_a(name[:-1] + "a") if name.endswith(("ko", "ło")) else {}
    elif re.search("[aeuąęó]$", name):
        return {}
    else:
        found = _of_men(name)
    return {case: frozenset(forms) for case, forms in found.items()}


def _in_a(name: str) -> Forms:
    stem = name[:-1]
    if name.endswith(("ska", "cka", "dzka")):
        return {
            "gent": {stem + "iej"}, "datv": {stem + "iej"}, "loct": {stem + "iej"},
            "accs": {stem + "ą"}, "ablt": {stem + "ą"},
        }  # fmt: skip
    vowel = "i" if stem.endswith(("k", "g", "l", "j", "i")) else "y"
    if stem.endswith("j"):
        genitives = {stem[:-1] + "i", stem + "i"}
    elif stem.endswith("i"):
        genitives = {stem, stem + "i"}
    else:
        genitives = {stem + vowel}
    datives = genitives if re.search("(?:[ijlc]|sz|cz|rz|ż)$", stem) else {_softened(stem) + "e"}
    return {
        "gent": genitives, "datv": datives, "loct": datives,
        "accs": {stem + "ę"}, "ablt": {stem + "ą"},
    }  # fmt: skip


def _softened(stem: str) -> str:
    for end, soft in _SOFT:
        if stem.endswith(end):
            return stem[: -len(end)] + soft
    return stem


def _adjective(name: str) -> Forms:
    stem = name if name.endswith("i") else name[:-1]
    vowel = "" if name.endswith("i") else "y"
    return {
        "gent": {stem + "ego"}, "accs": {stem + "ego"}, "datv": {stem + "emu"},
        "ablt": {stem + vowel + "m"}, "loct": {stem + vowel + "m"},
    }  # fmt: skip


def _of_men(name: str) -> Forms:
    stem = _FLEETING.sub("", name)
    hard = {"ń": "ni", "ć": "ci", "ś": "si", "ź": "zi"}
    stem = stem[:-1] + hard[stem[-1]] if stem[-1] in hard else stem
    instrumental = stem + ("iem" if stem.endswith(("k", "g")) else "em")
    if _HARD_U.search(name) or stem.endswith("i"):
        locative = {stem + "u"}
    else:
        locative = {_softened(stem) + "e", _softened(name) + "e"}
    return {
        "gent": {stem + "a"}, "accs": {stem + "a"}, "datv": {stem + "owi"},
        "ablt": {instrumental}, "loct": locative,
    }  # fmt: skip


def cases_of(form: str, nominative: str, *, female: bool) -> frozenset[str]:
    """The cases in which a nominative is written so."""
    forms = forms_of(nominative, female=female)
    return frozenset(case for case in forms if form in forms[case])


def nominatives(form: str, cases: frozenset[str], *, female: bool) -> Iterator[str]:
    """Surnames that are written so in one of these cases, the likeliest first."""
    for name in dict.fromkeys(_guesses(form, female=female)):
        if cases & cases_of(form, name, female=female):
            yield name


def _guesses(form: str, *, female: bool) -> Iterator[str]:
    if female:
        yield re.sub("(?:iej|ą)$", "a", form)
        yield from _back_to_a(form)
        return
    for ending in ("iego", "iemu", "im"):
        if form.endswith(ending):
            yield form[: -len(ending)] + "i"
    for ending in ("ego", "emu", "ym"):
        if form.endswith(ending):
            yield form[: -len(ending)] + "y"
    for ending in ("iowi", "owi", "iem", "em", "ia", "a", "iu", "u", "ie", "e"):
        if form.endswith(ending) and len(form) > len(ending) + 1:
            yield from _men_by_stem(form[: -len(ending)])
    yield from _back_to_a(form)


def _men_by_stem(stem: str) -> Iterator[str]:
    last = stem[-1]
    if re.search("[^aeiouyąęó][kłlrc]$", stem) and not stem.endswith(("rl", "sk", "ck", "rc")):
        yield (
            f"{stem[:-1]}ie{last}" if stem[-2] in "bpmwn" and last == "c" else f"{stem[:-1]}e{last}"
        )
    yield stem
    hard = {"n": "ń", "c": "ć", "s": "ś", "z": "ź"}
    if last in hard:
        yield stem[:-1] + hard[last]
    for end, soft in _SOFT:
        for softened in (soft, soft.removesuffix("i")):
            if stem.endswith(softened):
                yield stem[: -len(softened)] + end


def _back_to_a(form: str) -> Iterator[str]:
    for ending in ("ie", "e", "y", "i", "ę", "ą"):
        if form.endswith(ending) and len(form) > len(ending) + 1:
            stem = form[: -len(ending)]
            for end, soft in _SOFT if ending.endswith("e") else ():
                for softened in (soft, soft.removesuffix("i")):
                    if stem.endswith(softened):
                        yield stem[: -len(softened)] + end + "a"
            yield stem + "a"


def given_forms(names: Iterable[str]) -> dict[str, tuple[Given, ...]]:
    """The folded forms of given names, with what each may be."""
    found: dict[str, dict[tuple[str, bool], set[str]]] = {}
    for name in names:
        female = name.endswith("a")
        for case, forms in forms_of(name, female=female).items():
            for form in forms:
                found.setdefault(fold_word(form), {}).setdefault((name, female), set()).add(case)
    return {
        form: tuple(Given(name, female, frozenset(cases)) for (name, female), cases in read.items())
        for form, read in found.items()
    }


def in_nominative(
    given: str, surname: str, inflected: Mapping[str, tuple[Given, ...]], *, is_name: bool
) -> tuple[str, str, bool]:
    """(given name, surname, whether a woman's) of two words of a name in one case.

    ``is_name``: the first is a given name as it stands.
    """
    if is_name and not _OBLIQUE.search(surname):
        return given, surname, given.endswith("a")
    for reading in inflected.get(fold_word(given), ()):
        found = [
            next(nominatives(part, reading.cases, female=reading.female), "")
            for part in surname.split("-")
        ]
        if all(found):
            return reading.name, "-".join(found), reading.female
        if reading.female and not is_name:
            return reading.name, surname, True
    return given, surname, given.endswith("a")


def surname_forms(surname: str, *, female: bool) -> frozenset[str]:
    """A surname in every case, folded."""
    cases = forms_of(surname, female=female).values()
    return frozenset(fold_word(form) for form in (surname, *(f for forms in cases for f in forms)))
