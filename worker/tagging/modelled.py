"""People and organizations that a model finds, in a language whose names are not judged by words."""

from collections.abc import Callable, Iterator, Sequence

from worker.model import Span
from worker.tagging import given
from worker.tagging.folding import fold
from worker.tagging.found import Candidate, Found
from worker.tagging.given.words import nobody, words_of
from worker.tagging.recognizer import Labelled
from worker.tagging.spans import lies_within

_EDGES = " \t\n\u00a0\"“”„«»'‘’.,;:()[]-–—"
_MOST_WORDS = 6


def read_names(
    text: str,
    recognize: Callable[[str], Sequence[Labelled]],
    found_by: str,
    language: str,
    ruled: Found,
) -> Found:
    """What the rules of a language found, and what a model finds besides them.

    Of people only those named in full: a lone word is a surname of theirs, or too doubtful.
    """
    labelled = recognize(text)
    taken = [candidate.span for candidate in ruled.people]
    people = [
        one
        for one in _candidates(text, labelled, "PERSON", found_by)
        if 1 < len(one.words) <= _MOST_WORDS
        and not _overlaps(one.span, taken)
        and not lies_within(one.span, ruled.unmeant)
        and not any(character.isdigit() for character in one.name)
        and _is_full(one, language)
    ]
    taken += [candidate.span for candidate in people]
    organizations = [
        one
        for one in _candidates(text, labelled, "ORG", found_by)
        if len(one.name) > 1 and not _overlaps(one.span, taken)
    ]
    return Found([*ruled.people, *people], organizations, ruled.unmeant, ruled.closed)


def _candidates(
    text: str, labelled: Sequence[Labelled], label: str, found_by: str
) -> Iterator[Candidate]:
    for one in labelled:
        start, end = one.span
        end = start + len(text[start:end].partition("\n")[0].rstrip(_EDGES))
        start = end - len(text[start:end].lstrip(_EDGES))
        name = " ".join(text[start:end].split())
        words = tuple(fold(name).text.split())
        if one.label == label and words and any(character.isalpha() for character in name):
            yield Candidate((start, end), name, words, found_by, tails=words[-1:])


def _is_full(candidate: Candidate, language: str) -> bool:
    """Whether a name is neither a surname with a title or particle before it nor anything's but a person's."""
    if language not in given.LANGUAGES:
        return True
    words, first = words_of(language), candidate.words[0].rstrip(".")
    titled = first in words.particles or bool(words.offices.fullmatch(first))
    return not titled and " ".join(candidate.words) not in nobody()


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(start < span[1] and span[0] < end for start, end in others)
