"""What languages write onto names: endings behind them, articles and prepositions before them."""

import re
from collections.abc import Iterator

from worker.model import Span

#: Languages that hang a genitive s on names.
_GENITIVE_S = frozenset({"de", "sv", "da", "nb", "no", "nn"})
#: Languages that write a case ending behind an apostrophe: "Özel'in".
_APOSTROPHE = frozenset({"tr", "az", "pl", "fi", "et"})
#: Languages that drop the vowel of a small word before a name: "d'Attal", "dell'Orto".
_ELIDING = frozenset({"fr", "it", "ca"})
_FINNISH = "n|ssa|sta|lla|lta|lle|na|ksi|ta|a"
_FINNISH_TAIL = "(?:kin|kaan|ko|han|pa)?"
_HUNGARIAN = "nak|nek|ban|ben|bol|ba|be|ra|re|rol|hoz|hez|tol|nal|nel|ert|ig|kent|val|vel|t|[aeo]t|[aeo]n|n|ek"
_GEORGIAN = "(?:ზე|თან|ში|თვის|გან|კენ|მდე)?(?:ც|ა|ვე)?"
_ARMENIAN = "ի|ին|ից|ով|ում|ն"
_SLAVIC = "a|ovi|owi|em|om|ov[aouey]?|ovym|ovog|u|e|ie"
#: Endings by language, folded: behind a vowel and behind a consonant.
_ENDINGS = {
    language: (re.compile(rf"(?:{vowel})(?!\w)"), re.compile(rf"(?:{consonant})(?!\w)"))
    for languages, vowel, consonant in (
        (
            "fi",
            f"(?:{_FINNISH}|h?[aeiouy]n){_FINNISH_TAIL}",
            f"i(?:{_FINNISH}|in){_FINNISH_TAIL}",
        ),
        ("et", "t|le|lt?|s|st|ga|ks|sse", "i(?:t|le|lt?|s|st|ga|ks|sse|d)?"),
        ("hu", _HUNGARIAN, rf"{_HUNGARIAN}|[b-df-hj-np-tvz][ae]l"),
        ("az", "n[iu]n|y[ae]|n[iu]|d[ae]n?|yl[ae]", "[iu]n|[ae]|[iu]|d[ae]n?|l[ae]"),
        ("pl", "(?<=[ck]i)(?:ego|emu|m)", _SLAVIC),
        ("cs sk sl hr sr bs", "(?!)", _SLAVIC),
        ("ka", f"(?:მ|სი?|თი|დ)?{_GEORGIAN}", f"(?:ით?|მა|ს|ის|ად|ო)?{_GEORGIAN}"),
        ("hy", f"յ?(?:{_ARMENIAN})", f"{_ARMENIAN}|ը"),
    )
    for language in languages.split()
}
_VOWELS = frozenset("aeiouyაეიოუաեէըիոօ")
#: Shortest name that an ending is looked for behind.
_SHORTEST = 4


def letters_behind(language: str) -> str:
    """The Latin letters with which an ending written onto a name may begin."""
    if language in _GENITIVE_S:
        return "s"
    return "abcdefghijklmnopqrstuvwxyz" if language in _ENDINGS else ""


def ends(folded: str, start: int, end: int, language: str) -> bool:
    """Whether what stands behind ``folded[start:end]`` is an ending, and then the word is over.

    "Dell'Orto" holds no "Dell".
    """
    if folded[end] == "'":
        return language not in _ELIDING or not folded[end + 1 : end + 2].isalpha()
    if folded[end] == "s" and language in _GENITIVE_S:
        return end + 1 == len(folded) or not folded[end + 1].isalnum()
    endings = _ENDINGS.get(language)
    if endings is None or end - start < _SHORTEST:
        return False
    return bool(endings[folded[end - 1] not in _VOWELS].match(folded, end))


def bare(word: str, language: str) -> Iterator[Span]:
    """Where in a word, as it stands between spaces, a surname may be; the whole word first."""
    yield 0, len(word)
    quote = max(word.find("'"), word.find("’"))
    if quote > 0:
        if language in _ELIDING and word[0].islower():
            yield quote + 1, len(word)
        if language in _APOSTROPHE:
            yield 0, quote
        possessive = re.search(r"['’]s?$", word, re.IGNORECASE)
        if possessive:
            yield 0, possessive.start()
    elif language in _GENITIVE_S and word.endswith("s"):
        yield 0, len(word) - 1
