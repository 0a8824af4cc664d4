"""Spans of a text: those that are taken, and where a word stands."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from worker.model import Span

#: "'s" of a name that has it, as "McDonald's"; the model's names are without.
_POSSESSIVE_LENGTH = 2


class Spans:
    """Spans that are taken; asks and answers in logarithmic time as long as they do not overlap."""

    def __init__(self) -> None:
        self._spans: list[Span] = []
        self._sorted = True

    def add(self, span: Span) -> None:
        """Take a span."""
        self._sorted = self._sorted and (not self._spans or self._spans[-1] <= span)
        self._spans.append(span)

    def overlaps(self, span: Span) -> bool:
        """Whether any taken span shares a character with this one."""
        return any(start < span[1] and span[0] < end for start, end in self._around(span))

    def hold(self, span: Span) -> bool:
        """Whether a span lies within a taken one, or is one."""
        return any(start <= span[0] and span[1] <= end for start, end in self._around(span))

    def end_in(self, span: Span) -> bool:
        """Whether ``span``, or all of it but a possessive ending, is the last part of a taken one."""
        return any(
            start < span[0] < end and span[1] - _POSSESSIVE_LENGTH <= end <= span[1]
            for start, end in self._around(span)
        )

    def _around(self, span: Span) -> list[Span]:
        if not self._sorted:
            self._spans.sort()
            self._sorted = True
        at = bisect_right(self._spans, (span[1], -1))
        return self._spans[max(0, at - 4) : at]


def standing(text: str, word: str, before: str, behind: str) -> Iterator[Span]:
    """Where a word stands that is no part of another; nor do these characters join it to one.

    The same as an expression would find, which compiling for each word takes longer than finding.
    """
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        free = not _joins(text[at - 1 : at], before) and not _joins(text[end : end + 1], behind)
        if free:
            yield at, end
        at = text.find(word, end if free else at + 1)


def _joins(character: str, others: str) -> bool:
    return character.isalnum() or (character != "" and character in f"_{others}")


def lies_within(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span is another or a part of it."""
    return any(start <= span[0] and span[1] <= end for start, end in others)
