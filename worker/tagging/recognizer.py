"""What a named-entity recognizer is, whatever it is made with."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from worker.model import Span

#: Characters a recognizer reads of one article; beyond, names already found are carried on.
MAX_CHARACTERS = 60_000
_CHUNK = 4_000


@dataclass(frozen=True, slots=True)
class Labelled:
    """A stretch of text with the label a model gave it ("PERSON", "ORG", "GPE", ...)."""

    span: Span
    label: str


Recognizer = Callable[[str], Sequence[Labelled]]


@runtime_checkable
class ReadsAhead(Protocol):
    """A recognizer that takes less time for several texts together."""

    def __call__(self, text: str, /) -> Sequence[Labelled]:
        """What is found in a text."""

    def read_ahead(self, texts: Sequence[str]) -> None:
        """Read texts that will be asked for; what is found in them is the same."""


def chunks(text: str, *, size: int = _CHUNK, limit: int = MAX_CHARACTERS) -> list[Span]:
    """Cut the first ``limit`` characters at line ends (else spaces) into spans of about ``size``."""
    spans: list[Span] = []
    start, stop = 0, min(len(text), limit)
    while start < stop:
        end = min(start + size, stop)
        if end < stop:
            cut = max(text.rfind("\n", start + 1, end), start)
            cut = cut if cut > start else text.rfind(" ", start + 1, end)
            end = cut if cut > start else end
        spans.append((start, end))
        start = end
    return spans
