"""Organizations in Russian texts: the model's spans, named in the nominative."""

import re
from collections.abc import Iterable, Iterator

from worker.model import Span
from worker.tagging.folding import fold
from worker.tagging.languages import Labelled
from worker.tagging.people import Candidate
from worker.tagging.slavic.pieces import MODEL

_MOST_WORDS = 10
_EDGES = " \t\u00a0,.;:-–—("


def read_organizations(text: str, labelled: Iterable[Labelled]) -> Iterator[Candidate]:
    """What the model takes for organizations, cut at line ends, stray marks taken off."""
    for found in labelled:
        if found.label != "ORG":
            continue
        span = _trim(text, found.span)
        name = " ".join(text[slice(*span)].split())
        words = tuple(fold(name).text.split())
        if 1 < len(name) and any(c.isupper() for c in name) and len(words) < _MOST_WORDS:
            yield Candidate(span, name, words, MODEL)


def _trim(text: str, span: Span) -> Span:
    start, end = span
    line = text.find("\n", start, end)
    end = line if line > 0 else end
    while start < end and text[start] in _EDGES:
        start += 1
    while start < end and text[end - 1] in _EDGES:
        end -= 1
    return start, end
