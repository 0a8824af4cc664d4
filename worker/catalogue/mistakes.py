"""Mistakes in a catalogue file: each has its place, what is wrong, and the mend."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake. ``line`` and ``column`` count from 1, columns in code points."""

    line: int
    column: int
    problem: str
    mend: str = ""

    def __str__(self) -> str:
        said = f"{self.problem}; {self.mend}" if self.mend else self.problem
        return f"{self.line}:{self.column}: {said}"


class CatalogueError(ValueError):
    """A catalogue file with mistakes: all of them, in the order of the file."""

    def __init__(self, filename: str, mistakes: Iterable[Mistake]) -> None:
        self.filename = filename
        self.mistakes = tuple(sorted(set(mistakes)))
        super().__init__("\n".join(self.lines()))

    def lines(self) -> list[str]:
        """``file:line:column: what is wrong; the mend``, one for each mistake."""
        return [f"{self.filename}:{mistake}" for mistake in self.mistakes]


def did_you_mean(written: str, known: Iterable[str], *, among: str) -> str:
    """The mend for an unknown word: the likeliest of ``known``, or what there is to choose from."""
    words = list(known)
    near = get_close_matches(written.lower(), words, n=1, cutoff=0.6)
    if near:
        return f"did you mean '{near[0]}'?"
    return f"{among}: {', '.join(words)}" if words else f"{among}: none"
