"""What the words beside a bare name say: an office, a calling, somebody's kin, a deed, a thing."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Any

from worker.model import Span
from worker.tagging.folding import fold, fold_word
from worker.tagging.shipped import read_yaml
from worker.tagging.spans import Spans

#: How far round a name is looked, in code points and in words.
_NEAR = 80
_MOST_BETWEEN, _MOST_APPOSED, _MOST_AUXILIARY, _MOST_CALLED, _MOST_TOLD = 5, 9, 3, 6, 5
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)|s(?!\w)")
_OPENING = frozenset({",", "(", "–", "—", "-"})
_SPACES = (" ", "\u00a0")
_HYPHENS = ("-", "‑")
#: Languages that put what a name names behind it: "Bush Street".
_COMPOUNDING = frozenset({"en", "de", ""})
#: What is told of with these was not known before.
_INDEFINITE = frozenset(("a", "an", "ein", "eine", "un", "une", "una", "uno", "um", "uma"))
_QUOTES = frozenset("\"“„«'‘”")
#: Every noun has a capital, so one behind an office is not another's name.
_NOUNS_IN_CAPITALS = frozenset({"de"})
_FITS, _HOME = "fits", "home"
#: Letters of a word between what is done and to whom: "spricht mit X", "встретился с X".
_SMALL = 4
#: Articles and prepositions have no more letters.
_SMALLEST = 3
#: Longest abbreviation of an office: "Pres. X".
_ABBREVIATION = 4


@dataclass(frozen=True, slots=True)
class _Word:
    """A word, or a mark, where it stands."""

    text: str
    start: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def folded(self) -> str:
        return fold_word(self.text.rstrip("."))


class Cues:
    """The words of one language; for one that has none nothing is found."""

    def __init__(self, language: str, raw: Mapping[str, Any]) -> None:
        self._language = language
        self._raw = raw

    @cached_property
    def _offices(self) -> Sequence[tuple[re.Pattern[str], tuple[str, ...]]]:
        fits: Mapping[str, Sequence[str]] = _listed()[_FITS]
        offices: Mapping[str, str] = self._raw.get("offices", {})
        return tuple((_pattern(words), tuple(fits[office])) for office, words in offices.items())

    @cached_property
    def _any_office(self) -> re.Pattern[str]:
        return _pattern(" ".join(self._raw.get("offices", {}).values()))

    @cached_property
    def _head(self) -> re.Pattern[str]:
        return _pattern(self._raw.get("offices", {}).get("head", ""))

    @cached_property
    def _lists(self) -> Mapping[str, re.Pattern[str]]:
        names = ("between", "kin", "deeds", "things", "called", "callings", "bodies")
        return {name: _pattern(self._raw.get(name, "")) for name in names}

    def _in(self, name: str, word: _Word) -> bool:
        return bool(self._lists[name].fullmatch(word.folded))

    @cached_property
    def home(self) -> frozenset[str]:
        """Countries whose papers are in the language."""
        return frozenset(_listed()[_HOME].get(self._language, ()))

    def office(self, text: str, span: Span, role: str, places: Spans) -> bool:
        """Whether an office that fits a role ("": any) stands right before or, set off, behind.

        ``places`` are names of countries, which may stand between: "президент России Путин".
        """
        return any(
            self.fits(office, role)
            for office in (
                self._office_before(text, span, places),
                self._office_behind(text, span, places),
            )
        )

    def fits(self, office: str, role: str) -> bool:
        """Whether a folded word of an office, "" for none, may be that of a role in English."""
        if not office:
            return False
        told = role.lower()
        return any(
            not words or not told or any(word in told for word in words)
            for pattern, words in self._offices
            if pattern.fullmatch(office)
        )

    def offices_alone(self, text: str, places: Spans) -> frozenset[str]:
        """Folded words of offices in a text behind which no name stands: "the French president"."""
        if not self._offices:
            return frozenset()
        words = list(_words(text, 0))
        return frozenset(
            word.folded
            for at, word in enumerate(words)
            if word.is_word
            and self._any_office.fullmatch(word.folded)
            and not self._is_named(words[at + 1 : at + 4], places)
            and (
                not self._head.fullmatch(word.folded) or self._is_of(words[at + 1 : at + 3], places)
            )
        )

    def _is_of(self, behind: Sequence[_Word], places: Spans) -> bool:
        """Whether a country or a portfolio follows: a head of something else is in every article."""
        return any(
            _is_place(word, places) or self._in("between", word)
            for word in behind
            if len(word.text) > _SMALLEST or not word.text.islower()
        )

    def names_body(self, text: str) -> bool:
        """Whether a text says what an organization is, or has: "the oil company", "shares"."""
        words = set(_LETTERS.findall(text))
        return any(self._lists["bodies"].fullmatch(fold_word(word)) for word in words)

    def is_calling(self, text: str, span: Span) -> bool:
        """Whether what is no politician's stands right before a name: "the baker X"."""
        word = next(self._back(text, span[0], None), None)
        return word is not None and self._in("callings", word)

    def is_kin(self, text: str, span: Span) -> bool:
        """Whether somebody of the family, or the household, is spoken of: "Putin's daughter"."""
        behind = text[span[1] : span[1] + _NEAR]
        owned = _POSSESSIVE.match(behind)
        if owned:
            word = next(_words(behind[owned.end() :], owned.end()), None)
            if word and self._in("kin", word):
                return True
        before = next(self._back(text, span[0], None), None)
        return before is not None and self._in("kin", before)

    def acts(self, text: str, span: Span) -> bool:
        """Whether it is told what somebody does: "Putin says", "заявил Путин"."""
        behind = text[span[1] : span[1] + _NEAR].partition("\n")[0]
        if not _POSSESSIVE.match(behind):
            for count, word in enumerate(_words(behind, 0)):
                if not word.is_word or count > _MOST_AUXILIARY:
                    break
                if self._in("deeds", word):
                    return True
        before = _line_before(text, span[0])[-2:]
        if not before or not before[-1].is_word:
            return False
        last = before[-1]
        small = len(last.text) <= _SMALL and last.text.islower()
        return any(self._in("deeds", word) for word in (before if small else before[-1:]))

    def is_thing(self, text: str, span: Span) -> bool:
        """Whether something else is called so: "Bush Street", "die Merkel-Raute", "a cat named X"."""
        behind = text[span[1] : span[1] + _NEAR].partition("\n")[0]
        compounding = self._language in _COMPOUNDING and behind[:1] in _SPACES
        if compounding or behind[:1] in _HYPHENS:
            following = behind[1:].removeprefix("the ")
            word = next(_words(following, 0), None)
            if word and not word.start and self._in("things", word):
                return True
        if self._is_told_a_thing(behind):
            return True
        called = False
        for word in list(reversed(_line_before(text, span[0])))[:_MOST_CALLED]:
            if self._in("things", word):
                return True
            if self._in("called", word):
                called = True
            elif not called and word.text not in _QUOTES:
                return False
        return False

    def _is_told_a_thing(self, behind: str) -> bool:
        """Whether a name is told to be a thing's: "X, a small bakery in Leeds, ..."."""
        words = list(_words(behind, 0))[: _MOST_TOLD + 3]
        if len(words) < 3 or words[0].text != "," or words[1].text not in _INDEFINITE:
            return False
        for word, after in pairwise(words[2:]):
            if not word.is_word or not word.text.islower():
                return False
            if self._in("things", word) or self._in("bodies", word):
                return after.text == "," or (len(after.text) <= _SMALL and after.text.islower())
        return False

    def _office_before(self, text: str, span: Span, places: Spans) -> str:
        """The folded word of the office before a name, "" if there is none."""
        word = next(self._back(text, span[0], places), None)
        return word.folded if word and self._any_office.fullmatch(word.folded) else ""

    def _back(self, text: str, start: int, places: Spans | None) -> Iterator[_Word]:
        """The first word before a name that is neither a place's nor one that stands between."""
        words = _line_before(text, start)
        if len(words) > 1 and words[-1].text == "." and len(words[-2].text) <= _ABBREVIATION:
            words = words[:-1]
        for count, word in enumerate(reversed(words)):
            if count > _MOST_BETWEEN or not word.is_word:
                return
            between = self._in("between", word) and not self._any_office.fullmatch(word.folded)
            if between or (places is not None and _is_place(word, places)):
                continue
            yield word
            return

    def _office_behind(self, text: str, span: Span, places: Spans) -> str:
        """The folded word of an office that tells of a name what its bearer is."""
        behind = text[span[1] : span[1] + _NEAR].partition("\n")[0]
        words = list(_words(behind, span[1]))
        if not words or words[0].text not in _OPENING:
            return ""
        for count, word in enumerate(words[1:_MOST_APPOSED]):
            if not word.is_word:
                return ""
            if self._any_office.fullmatch(word.folded):
                return "" if self._is_named(words[count + 2 :], places) else word.folded
        return ""

    def _is_named(self, behind: Sequence[_Word], places: Spans) -> bool:
        """Whether a name follows an office: then the office is its bearer's."""
        if self._language in _NOUNS_IN_CAPITALS:
            return False
        for word in behind:
            if _is_place(word, places):
                continue
            return word.text[0].isupper()
        return False


def _is_place(word: _Word, places: Spans) -> bool:
    return places.overlaps((word.start, word.start + 1))


@cache
def cues_of(language: str) -> Cues:
    """The words of a language, read when first asked for."""
    return Cues(language, _listed().get(language or "en", {}))


@cache
def _listed() -> Mapping[str, Any]:
    listed: Mapping[str, Any] = read_yaml("evidence.yaml")
    return listed


def _pattern(words: str) -> re.Pattern[str]:
    """Matches each word as a whole; "*" stands for any letters."""
    parts = (re.escape(word).replace(r"\*", r"[\w'-]*") for word in fold(words).text.split())
    return re.compile("|".join(sorted(parts)) or "(?!)")


def _words(text: str, at: int) -> Iterator[_Word]:
    for match in _TOKEN.finditer(text):
        yield _Word(match[0], at + match.start())


@lru_cache(maxsize=64)
def _line_before(text: str, start: int) -> Sequence[_Word]:
    """The words of a line before a place in it, as far as they are near."""
    first = max(0, start - _NEAR)
    line = text[first:start].rpartition("\n")[2]
    return tuple(_words(line, start - len(line)))
