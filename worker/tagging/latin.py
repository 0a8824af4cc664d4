"""Cyrillic and Greek names in Latin letters as English news writes most of them.

One way of writing for each name, so that somebody whom nobody has listed has one key in Russian,
Ukrainian and English articles: "Ирина Волк" is "Irina Volk". Other scripts are left as they are.
"""

import re
import unicodedata

_RUSSIAN = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ж": "zh", "з": "z", "и": "i",
    "й": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s",
    "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "",
    "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "ё": "e", "ў": "u", "ђ": "dj", "ј": "j",
    "љ": "lj", "њ": "nj", "ћ": "c", "џ": "dz", "ә": "a", "ғ": "g", "қ": "k", "ң": "n", "ө": "o",
    "ұ": "u", "ү": "u", "һ": "h",
}  # fmt: skip
#: What Ukrainian letters and those it shares with Russian become, where they differ.
_UKRAINIAN = _RUSSIAN | {"г": "h", "ґ": "g", "и": "y", "і": "i", "ї": "i", "є": "ie"}
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i",
    "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s",
    "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_GREEK_PAIRS = {"ου": "ou", "αυ": "av", "ευ": "ev", "γγ": "ng", "γκ": "gk", "ντ": "nt"}
_UKRAINIAN_LETTERS = re.compile("[іїєґ]")
#: Given names that are Ukrainian though nothing in their letters says so.
_UKRAINIAN_NAMES = frozenset(
    {"володимир", "олександр", "дмитро", "петро", "павло", "тарас", "остап", "михайло", "микола"}
    | {"оксана", "ганна", "олена", "катерина", "тетяна", "кирило", "данило"}
)
_FOREIGN = re.compile("[\u0370-\u03ff\u0400-\u052f]")
#: Endings and beginnings, by which the letters alone would not be written so.
_RUSSIAN_ENDS = (
    (re.compile(r"[иы]й\b"), "y"), (re.compile(r"\bе"), "ye"), (re.compile(r"ье"), "ye"),
)  # fmt: skip
_UKRAINIAN_ENDS = (
    (re.compile(r"[иі]й\b"), "y"), (re.compile(r"\bє"), "ye"), (re.compile(r"\bї"), "yi"),
)  # fmt: skip


def latin(name: str) -> str:
    """A name in Latin letters, lower-case where it was in others.

    >>> latin("Дмитрий Песков"), latin("Володимир Кличко"), latin("Ann Lee")
    ('dmitry peskov', 'volodymyr klychko', 'Ann Lee')
    """
    if not _FOREIGN.search(name):
        return name
    # Of marks only those of й and ё are letters.
    low = unicodedata.normalize("NFC", name).lower().replace("ё", "е")
    ukrainian = bool(_UKRAINIAN_LETTERS.search(low)) or low.split()[0] in _UKRAINIAN_NAMES
    for pattern, written in _UKRAINIAN_ENDS if ukrainian else _RUSSIAN_ENDS:
        low = pattern.sub(written, low)
    for pair, written in _GREEK_PAIRS.items():
        low = low.replace(pair, written)
    table = (_UKRAINIAN if ukrainian else _RUSSIAN) | _GREEK
    return "".join(_letter(character, table) for character in low)


def _letter(character: str, table: dict[str, str]) -> str:
    if character in table:
        return table[character]
    base = unicodedata.normalize("NFD", character)[0]
    return table.get(base, character)
