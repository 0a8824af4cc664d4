"""What a language's model and rules find in a text."""

from collections.abc import Sequence
from dataclasses import dataclass

from worker.model import Span


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name that was found: its span after cleaning and its words, folded.

    In languages with case endings ``name`` and ``words`` are in the nominative, ``surface`` is the
    last word folded as it stands, and ``tails`` are the forms of the surname it is known by.
    An acronym that the text explains is ``surface`` too, with ``name`` and ``words`` in full.
    ``firm``: the words round it or the rest of the text say that it is an organization.
    """

    span: Span
    name: str
    words: tuple[str, ...]
    found_by: str = "spacy"
    surface: str = ""
    tails: tuple[str, ...] = ()
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the model and the rules of a language find in a text.

    ``unmeant`` are full names that mean nobody here: of streets and books. Nor is a surname
    carried into what is ``closed``: names of places, words that begin a sentence.
    """

    people: Sequence[Candidate] = ()
    organizations: Sequence[Candidate] = ()
    unmeant: Sequence[Span] = ()
    closed: Sequence[Span] = ()
