"""A few lines of the article around what made the watch ring."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from worker.alerts.wording import clean_character
from worker.model import Announcement, Article, Evidence, Span

WIDTH = 240
"""About how many code points are shown."""

_MOST_MARKS = 500
_SENTENCE_END = re.compile(r"[.!?…][\"”»’)\]]*(?=\s)|[。！？]|\n[^\S\n]*\n")
_Mark = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Snippet:
    """One line of text, and the spans in it that are to be highlighted, in order and apart."""

    text: str
    highlights: tuple[Span, ...] = ()

    def pieces(self) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is highlighted."""
        ends = [0, *(place for span in self.highlights for place in span), len(self.text)]
        parts = [
            (self.text[start:end], n % 2 == 1) for n, (start, end) in enumerate(pairwise(ends))
        ]
        return [(part, marked) for part, marked in parts if part]


def snippet(a: Announcement) -> Snippet:
    """What an alert shows of its article's text."""
    return excerpt(a.article, a.evidence)


def excerpt(article: Article, evidence: Sequence[Evidence]) -> Snippet:
    """The part of the text that shows most of the evidence, from sentence to sentence if it fits.

    Without evidence in the text, the beginning of it; without text, the headline.
    """
    text = article.text
    if not text.strip():
        title = article.title
        marks = _marks([e.title_spans for e in evidence], len(title))
        return _flat(title, *_window(title, marks), marks)
    marks = _marks([e.spans for e in evidence], len(text))
    return _flat(text, *_window(text, marks), marks)


def _marks(evidence: Sequence[Sequence[Span]], length: int) -> list[_Mark]:
    """The spans that lie in a text of this length, each with the number of its clause."""
    marks = [
        (start, end, clause)
        for clause, spans in enumerate(evidence)
        for start, end in spans[:_MOST_MARKS]
        if 0 <= start < end <= length
    ]
    return sorted(marks)[:_MOST_MARKS]


def _window(text: str, marks: Sequence[_Mark]) -> Span:
    """Where the part to be shown begins and ends."""
    first, last = _densest(marks) if marks else (0, 0)
    start = _start(text, first, room=WIDTH - min(last - first, WIDTH))
    return start, _end(text, start, last)


def _densest(marks: Sequence[_Mark]) -> Span:
    """The stretch, not too long, in which most different clauses have a mark; the first of equals."""
    best, widest = (marks[0][0], min(marks[0][1], marks[0][0] + WIDTH)), 0
    for number, (first, _, _) in enumerate(marks):
        near = [mark for mark in marks[number : number + 50] if mark[1] - first <= WIDTH * 2 // 3]
        clauses = len({clause for _, _, clause in near})
        if clauses > widest:
            widest, best = clauses, (first, max(end for _, end, _ in near))
    return best


def _start(text: str, first: int, *, room: int) -> int:
    """The start of the sentence that holds ``first`` if it is near, else of a word before it."""
    earliest = max(0, first - room * 2 // 3)
    ends = [found.end() for found in _SENTENCE_END.finditer(text, earliest, first)]
    if earliest == 0 and (not ends or first - ends[-1] < room // 6):
        return 0
    if ends:
        return ends[-1]
    blank = re.compile(r"\s").search(text, earliest, first)
    return blank.end() if blank else earliest


def _end(text: str, start: int, last: int) -> int:
    """The end of a sentence after ``last`` if one is near, else of a word."""
    latest = max(start + WIDTH, last)
    if latest >= len(text):
        return len(text)
    enough = max(last, start + WIDTH // 2)
    ends = [found.end() for found in _SENTENCE_END.finditer(text, enough, latest + 1)]
    if ends:
        return min(ends[-1], latest)
    blanks = [found.start() for found in re.finditer(r"\s", text[enough : latest + 1])]
    return enough + blanks[-1] if blanks else latest


def _flat(text: str, start: int, end: int, marks: Sequence[_Mark]) -> Snippet:
    """The part as one clean line, with an ellipsis where a sentence is cut, and its marks."""
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    characters = ["…"] if start and not _ends_sentence(text, start) else []
    places: list[int] = []
    for character in text[start:end]:
        places.append(len(characters))
        clean = clean_character(character)
        if clean and not (clean == " " and (not characters or characters[-1] == " ")):
            characters.append(clean)
    places.append(len(characters))
    if end < len(text.rstrip()) and not _ends_sentence(text, end):
        characters.append("…")
    shown = [
        (places[max(s, start) - start], places[min(e, end) - start])
        for s, e, _ in marks
        if s < end and e > start
    ]
    return Snippet("".join(characters), _apart(shown))


def _ends_sentence(text: str, place: int) -> bool:
    """Whether a sentence or a paragraph ends at a place, white space aside."""
    before = text[max(0, place - 20) : place]
    gap = before[len(before.rstrip()) :] + text[place : place + 2]
    paragraph = gap[: len(gap) - len(gap.lstrip())].count("\n") > 1
    return paragraph or bool(re.search(r"[.!?…。！？][\"”»’)\]]*$", before.rstrip()))


def _apart(spans: Sequence[Span]) -> tuple[Span, ...]:
    """Spans in order, those that touch or overlap joined, empty ones dropped."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)
