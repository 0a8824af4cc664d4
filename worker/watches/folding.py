"""Text folded for searching, with the way back to the original's offsets.

Folded words are in lower case and without diacritics. Case folding and Unicode decomposition change
lengths ("ß", "ﬁ", "İ"), so each word remembers where it stood.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import cached_property
from itertools import accumulate, islice, pairwise

from worker.model import Span

_Word = tuple[str, str, int, int]
"""A word folded and as written, and where it stands."""

LONG = 32
"""A run of so many characters is not remembered: it seldom comes again."""
_REMEMBERED = 1 << 16
_BLANK_LINE = re.compile(r"\n[^\S\n]*\n")
# Letters with a stroke or a ligature have no Unicode decomposition.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"}
)
# Marks that are only accents, and variation selectors. Those of Indic scripts, Thai and kana tell words apart and stay.
_ACCENTS = (
    (0x0300, 0x036F),
    (0x0483, 0x0487),
    (0x0591, 0x05C7),
    (0x0610, 0x061A),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),
    (0xFE20, 0xFE2F),
    (0xE0100, 0xE01EF),
)
# Not seen and not part of a word: tatweel, Mongolian separator, word joiner.
_UNSEEN = frozenset("ـ\u180e\u2060")
# Scripts written without spaces, by decomposed characters: each character is a word of its own,
# so that a name is found inside a sentence.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)


class _Folds(dict[str, tuple[str | None, bool]]):
    """Character -> what it becomes, and whether it is a word of its own.

    ``""`` drops the character inside a word, None ends the word.
    """

    def __missing__(self, character: str) -> tuple[str | None, bool]:
        folded = _fold_character(character)
        alone = bool(folded and _SPACELESS.match(character)) and not _is_mark(character)
        self[character] = (folded, alone)
        return folded, alone


_FOLDS = _Folds()


def _is_accent(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _ACCENTS)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


def _fold_character(character: str) -> str | None:
    if unicodedata.category(character) == "Cf" or character in _UNSEEN:
        return ""
    decomposed = unicodedata.normalize("NFKD", character).casefold().translate(_LETTERS)
    kept = "".join(
        part
        for part in unicodedata.normalize("NFKD", decomposed)
        if (part.isalnum() or _is_mark(part)) and not _is_accent(part)
    )
    if kept:
        return kept
    return "" if _is_accent(character) else None


def _words_of(chunk: str) -> tuple[_Word, ...]:
    """The folded words of a run without white space, with their offsets in it."""
    words: list[_Word] = []
    word, start, end, before_alone = "", 0, 0, False
    for index, character in enumerate(chunk):
        folded, alone = _FOLDS[character]
        mark = bool(folded) and not alone and _is_mark(character)
        if word and (folded is None or (folded and not mark and (alone or before_alone))):
            words.append((word, chunk[start:end], start, end))
            word = ""
        if not folded or (mark and not word):
            end = index + 1
            continue
        if not word:
            start = index
        word += folded  # in its place: a run of letters may be as long as the text
        end = index + 1
        before_alone = before_alone if mark else alone
    if word:
        words.append((word, chunk[start:end], start, end))
    return tuple(words)


class _Read(dict[str, tuple[_Word, ...]]):
    """Runs that were met, with their words; long ones are not kept."""

    def __missing__(self, chunk: str) -> tuple[_Word, ...]:
        words = _words_of(chunk)
        if len(chunk) < LONG:
            if len(self) >= _REMEMBERED:
                self.clear()
            self[chunk] = words
        return words


_READ = _Read()


class Words:
    """The words of a title and then of a text. No phrase spans two paragraphs.

    ``runs`` are what white space parts. The first ``titled_runs`` are the title's, and with each of ``breaks`` a paragraph begins. What is told of each
    word is worked out when it is asked for: what only looks words up has no need of it.
    """

    def __init__(self, title: str, text: str) -> None:
        self.runs: list[str] = []
        self.breaks: list[int] = []
        self._begun: list[int] = []  # where each paragraph does
        self._add(title)
        self.titled_runs = len(self.runs)
        self._add(text)

    def _add(self, text: str) -> None:
        for start, end in _paragraphs(text):
            # Other white space than this ends words too.
            self.breaks.append(len(self.runs))
            self._begun.append(start)
            self.runs += text[start:end].replace("\n", " ").split(" ")

    @cached_property
    def starts(self) -> list[int]:
        """Where each run begins in its title or text."""
        found: list[int] = []
        for (first, last), begun in zip(self._parts(), self._begun, strict=True):
            lengths = [len(one) + 1 for one in self.runs[first:last]]
            found += islice(accumulate(lengths, initial=begun), len(lengths))
        return found

    def _parts(self) -> Iterator[Span]:
        """The runs of each paragraph: the first, and the first of the next."""
        return pairwise([*self.breaks, len(self.runs)])

    def span(self, run: int, word: int) -> Span:
        """Where a word of a run stands, counted in the run."""
        _, _, first, last = _READ[self.runs[run]][word]
        start = self.starts[run]
        return start + first, start + last

    @cached_property
    def _read(self) -> list[tuple[_Word, ...]]:
        return [_READ[one] for one in self.runs]

    @cached_property
    def titled(self) -> int:
        """So many words stand in the title."""
        return sum(map(len, self._read[: self.titled_runs]))

    @cached_property
    def folded(self) -> list[str]:
        """Each word in the form in which spellings are compared."""
        return [word for found in self._read for word, _, _, _ in found]

    @cached_property
    def raw(self) -> list[str]:
        """Each word as written."""
        return [written for found in self._read for _, written, _, _ in found]

    @cached_property
    def spans(self) -> list[Span]:
        """Where each word stands in its title or text."""
        return [
            (start + first, start + last)
            for start, found in zip(self.starts, self._read, strict=True)
            for _, _, first, last in found
        ]

    @cached_property
    def paragraphs(self) -> list[int]:
        """The number of the paragraph in which each word stands."""
        return [
            number
            for number, part in enumerate(self._parts())
            for found in self._read[slice(*part)]
            for _ in found
        ]


def _paragraphs(text: str) -> list[Span]:
    """The spans between blank lines."""
    breaks = [0, *(place for found in _BLANK_LINE.finditer(text) for place in found.span())]
    breaks.append(len(text))
    return list(pairwise(breaks))[::2]


def words_of_run(run: str) -> list[tuple[str, str]]:
    """The words between two white spaces, each as written and folded."""
    return [(written, word) for word, written, _, _ in _READ[run]]


def split_words(value: str) -> tuple[tuple[str, str], ...]:
    """The words of a value in a query, each as written and folded."""
    return tuple((written, word) for chunk in value.split() for word, written, _, _ in _READ[chunk])


def fold_words(value: str) -> tuple[str, ...]:
    """The folded words of a value in a query or of a name; empty when it holds none."""
    return tuple([word for chunk in value.split() for word, *_ in _READ[chunk]])


def fold_name(value: str) -> str:
    """A value in the form in which two spellings are the same: ``"Müller "`` is ``"muller"``."""
    return " ".join(fold_words(value))
