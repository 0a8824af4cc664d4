"""Institutions that say by their names what they are: "University of X", "X Ministry", "X Ltd"."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from worker.tagging.english.words import (
    DAYS,
    INSTITUTION_BEGINNINGS,
    INSTITUTION_ENDINGS,
    NOT_FIRST,
)
from worker.tagging.folding import fold
from worker.tagging.found import Candidate

#: How such a candidate was found: by the form of its name.
RULE = "rules"
_TOKEN = re.compile(r"\S+")
_OPENING, _CLOSING = "\"“”'‘’([*-–—", "\"“”'’)],;:!?*-–—"
_ABBREVIATED = re.compile(r"(?:[^\W\d_]\.)+|(?:St|Mt|Ft|Dr|Bros|Co|Inc|Corp|Ltd)\.")
_LETTERS = re.compile(r"[A-Za-z]+")
#: The words that make institutions, as they are written; a line without any needs no more looks.
_TELLING = frozenset(
    word
    for low in INSTITUTION_ENDINGS | INSTITUTION_BEGINNINGS
    for word in (low.capitalize(), low.upper(), "GmbH")
)
_JOINTS = frozenset({"and", "&", "of"})
_SMALL = _JOINTS | {"for", "the", "a", "an", "de", "la", "del", "des", "du"}
#: Named like institutions, but none.
_COUNTRIES = {("soviet", "union")}
_BEFORE, _BEHIND = 6, 12


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a line without its punctuation; ``first``, ``last``: punctuation parts it."""

    start: int
    text: str
    first: bool
    last: bool

    @property
    def end(self) -> int:
        return self.start + len(self.text)

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    def is_one_of(self, words: Container[str]) -> bool:
        """Whether it is one of some words, with a capital."""
        return self.capital and self.text.lower() in words


def institutions(text: str) -> Iterator[Candidate]:
    """What is named as an institution, whatever a model makes of it. Takes linear time."""
    start = 0
    for line in text.splitlines(keepends=True):
        if not _TELLING.isdisjoint(_LETTERS.findall(line)):
            yield from _in_line(text, list(_words(line, start)))
        start += len(line)


def _words(line: str, offset: int) -> Iterator[_Word]:
    for match in _TOKEN.finditer(line):
        raw = match[0]
        bare = raw.lstrip(_OPENING)
        core = bare.rstrip(_CLOSING)
        if core.endswith(".") and not _ABBREVIATED.fullmatch(core):
            core = core.rstrip("." + _CLOSING)
        owner = core.endswith(("'s", "’s"))
        core = core[:-2] if owner else core
        if core:
            start = offset + match.start() + len(raw) - len(bare)
            yield _Word(start, core, bare != raw, owner or core != bare)


def _in_line(text: str, words: Sequence[_Word]) -> Iterator[Candidate]:
    behind = 0
    for at, word in enumerate(words):
        begins = (
            word.is_one_of(INSTITUTION_BEGINNINGS) and not word.last and _follows(words, at + 1)
        )
        if at < behind or not (begins or word.is_one_of(INSTITUTION_ENDINGS)):
            continue
        end = _end(words, at) if begins else at
        first = _begin(words, at, behind)
        name = words[first : end + 1]
        folded = tuple(fold(" ".join(one.text for one in name)).text.split())
        if len(name) > 1 and folded not in _COUNTRIES:
            behind = end + 1
            span = (name[0].start, name[-1].end)
            yield Candidate(span, " ".join(text[slice(*span)].split()), folded, RULE, firm=True)


def _follows(words: Sequence[_Word], at: int) -> bool:
    """Whether "of X" or the like stands there."""
    small = at < len(words) and words[at].text in {"of", "for", "on"}
    return small and _next_capital(words, at) > at


def _next_capital(words: Sequence[_Word], at: int) -> int:
    """Where a name goes on behind a word, over three small words at most; else the place itself."""
    for following in range(at + 1, min(at + 4, len(words))):
        if words[following - 1].last or words[following].first:
            return at
        if words[following].capital:
            return following
        if words[following].text not in _SMALL:
            return at
    return at


def _end(words: Sequence[_Word], at: int) -> int:
    end = at
    following = _next_capital(words, at + 1)
    while following > end and following - at <= _BEHIND:
        if fold(words[following].text).text in DAYS:
            return end
        end = following
        following = _next_capital(words, end)
    return end


def _begin(words: Sequence[_Word], at: int, behind: int) -> int:
    """Where the name begins of which an institution's word stands at a place."""
    first = at
    while first > max(behind, at - _BEFORE) and not words[first].first:
        before = words[first - 1]
        if not before.last and before.capital:
            first -= 1
        elif _joined(words, first, behind):
            first -= 2
        else:
            break
    while first < at and _no_beginning(words[first]):
        first += 1
    return first


def _joined(words: Sequence[_Word], first: int, behind: int) -> bool:
    """Whether "Mines and" stands before a word."""
    if first - 2 < behind:
        return False
    name, joint = words[first - 2 : first]
    whole = name.last or joint.first or name.is_one_of(INSTITUTION_ENDINGS)
    return joint.text in _JOINTS and name.capital and not whole


def _no_beginning(word: _Word) -> bool:
    low = fold(word.text).text
    return low in NOT_FIRST or low in DAYS or low.endswith("-based") or not word.capital
