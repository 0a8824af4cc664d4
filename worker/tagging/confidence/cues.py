"""What the words beside a bare name say: an office, somebody else's kin, a deed, a thing called so."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import Any

from worker.model import Span
from worker.tagging.folding import fold, fold_word
from worker.tagging.shipped import read_yaml
from worker.tagging.spans import Spans

#: How far round a name is looked, in code points and in words.
_NEAR = 80
_MOST_BETWEEN, _MOST_APPOSED, _MOST_AUXILIARY = 5, 9, 3
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|[^\W_]+(?:['’.-][^\W_]+)*|[^\w\s]")
_POSSESSIVE = re.compile(r"['’]s?(?!\w)|s(?!\w)")
_OPENING = frozenset({",", "(", "–", "—", "-"})
#: Every noun has a capital, so one behind an office is not another's name.
_NOUNS_IN_CAPITALS = frozenset({"de"})
_ANY = "fits"
#: Longest abbreviation of an office: "Pres. X".
_ABBREVIATION = 4


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()


class Cues:
    """The words of one language; for one that has none nothing is found."""

    def __init__(self, language: str, raw: Mapping[str, Any]) -> None:
        self._language = language
        self._raw = raw

    @cached_property
    def _offices(self) -> Sequence[tuple[re.Pattern[str], tuple[str, ...]]]:
        fits: Mapping[str, Sequence[str]] = _listed()[_ANY]
        offices: Mapping[str, str] = self._raw.get("offices", {})
        return tuple((_pattern(words), tuple(fits[office])) for office, words in offices.items())

    @cached_property
    def _between(self) -> re.Pattern[str]:
        return _pattern(self._raw.get("between", ""))

    @cached_property
    def _kin(self) -> re.Pattern[str]:
        return _pattern(self._raw.get("kin", ""))

    @cached_property
    def _deeds(self) -> re.Pattern[str]:
        return _pattern(self._raw.get("deeds", ""))

    @cached_property
    def _things(self) -> re.Pattern[str]:
        return _pattern(self._raw.get("things", ""))

    def office(self, text: str, span: Span, role: str, places: Spans) -> bool:
        """Whether an office that fits a role ("": any) stands right before or, set off, behind.

        ``places`` are names of countries, which may stand between: "президент России Путин".
        """
        if self._fits(self._office_before(text, span, places), role):
            return True
        return self._fits(self._office_behind(text, span, places), role)

    def is_kin(self, text: str, span: Span) -> bool:
        """Whether somebody of the family, or the household, is spoken of: "Putin's daughter"."""
        behind = _POSSESSIVE.sub("", text[span[1] : span[1] + _NEAR], count=1)
        word = next(_words(behind, 0), None)
        if word and word.text[0].isalpha() and self._kin.fullmatch(fold_word(word.text)):
            apart = behind[: word.start].strip(" \u00a0")
            if not apart and behind != text[span[1] : span[1] + _NEAR]:
                return True
        for before in self._back(text, span[0], None):
            return bool(self._kin.fullmatch(fold_word(before.text)))
        return False

    def acts(self, text: str, span: Span) -> bool:
        """Whether it is told what somebody does: "Putin says", "заявил Путин"."""
        behind = text[span[1] : span[1] + _NEAR]
        if not _POSSESSIVE.match(behind):
            for count, word in enumerate(_words(behind, 0)):
                if not word.is_word or count > _MOST_AUXILIARY:
                    break
                if self._deeds.fullmatch(fold_word(word.text)):
                    return True
        before = _line_before(text, span[0])
        last = before[-1] if before else None
        return last is not None and bool(self._deeds.fullmatch(fold_word(last.text)))

    def is_thing(self, text: str, span: Span) -> bool:
        """Whether something else is called so: "Bush Street", "die Merkel-Raute"."""
        behind = text[span[1] : span[1] + _NEAR].partition("\n")[0]
        if behind[:1] in (" ", "\u00a0", "-", "‑") and behind[1:2] not in ("", " "):
            word = next(_words(behind[1:], 0), None)
            if word and not word.start and self._things.fullmatch(fold_word(word.text)):
                return True
        before = _line_before(text, span[0])
        last = before[-1] if before else None
        return last is not None and bool(self._things.fullmatch(fold_word(last.text)))

    def _fits(self, office: str, role: str) -> bool:
        if not office:
            return False
        told = role.lower()
        return any(
            not words or not told or any(word in told for word in words)
            for pattern, words in self._offices
            if pattern.fullmatch(office)
        )

    def _is_office(self, word: str) -> bool:
        return any(pattern.fullmatch(word) for pattern, _ in self._offices)

    def _office_before(self, text: str, span: Span, places: Spans) -> str:
        """The folded word of the office before a name, "" if there is none."""
        word = next(self._back(text, span[0], places), None)
        folded = fold_word(word.text.rstrip(".")) if word else ""
        return folded if self._is_office(folded) else ""

    def _back(self, text: str, start: int, places: Spans | None) -> Iterator[_Word]:
        """The first word before a name that is neither a place's nor one that stands between."""
        words = _line_before(text, start)
        if len(words) > 1 and words[-1].text == "." and len(words[-2].text) <= _ABBREVIATION:
            words = words[:-1]
        for count, word in enumerate(reversed(words)):
            if count > _MOST_BETWEEN or not word.is_word:
                return
            folded = fold_word(word.text.rstrip("."))
            if self._between.fullmatch(folded) and not self._is_office(folded):
                continue
            if places is not None and places.overlaps((word.start, word.start + 1)):
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
            folded = fold_word(word.text.rstrip("."))
            if self._is_office(folded):
                return "" if self._is_named(words[count + 2 :], places) else folded
        return ""

    def _is_named(self, behind: Sequence[_Word], places: Spans) -> bool:
        """Whether a name follows an office: then the office is its bearer's."""
        if self._language in _NOUNS_IN_CAPITALS:
            return False
        for word in behind:
            if places.overlaps((word.start, word.start + 1)):
                continue
            return word.text[0].isupper()
        return False


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
