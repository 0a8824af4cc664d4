"""Who is named in a text whose language has capitals but no model here.

A given name and the capitalized words behind it are a person's name, unless what stands beside
them says otherwise: a street, a school or a company may be called so. Behind an office
("ministre") two capitalized words are a name whatever the first is. What is not certain is left
out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from worker.model import Span
from worker.tagging.folding import fold, fold_word
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Hit
from worker.tagging.given.extent import Name, name_at
from worker.tagging.given.judging import closed, is_called, is_certain
from worker.tagging.given.page import Page
from worker.tagging.given.polish import in_nominative, surname_forms
from worker.tagging.recognizer import MAX_CHARACTERS
from worker.tagging.spans import Spans

_NUMERAL = re.compile(r" [IVX]+\b")


def find_people(text: str, language: str, hits: Sequence[Hit] = ()) -> Found:
    """Everybody a text names in full. ``hits``: what the gazetteer found in it."""
    page = Page(text[:MAX_CHARACTERS], language, hits)
    people: list[Candidate] = []
    unmeant: list[Span] = []
    for name in _names(page):
        start, end = page.span(name.first, name.end)
        if is_called(page, name):
            number = _NUMERAL.match(page.text, end)
            unmeant.append((start, number.end() if number else end))
        elif is_certain(page, name):
            people.append(_candidate(page, name))
    surnames = {tail for one in people for tail in one.tails}
    return Found(
        [*people, *_aliases(page, people)], unmeant=unmeant, closed=list(closed(page, surnames))
    )


def _names(page: Page) -> Iterator[Name]:
    at = 0
    while at < len(page.tokens):
        name = name_at(page, at)
        if name is not None:
            yield name
        at = name.end if name is not None else at + 1


def _candidate(page: Page, name: Name) -> Candidate:
    span = page.span(name.first, name.end)
    written = " ".join(page.text[slice(*span)].split())
    last = [token.folded for token in page.tokens[name.last : name.end] if token.capital]
    tails = frozenset((last[0], last[-1]))
    if page.words.inflected:
        written, tails = _in_nominative(page, name)
    words = tuple(fold(written).text.split())
    return Candidate(
        span, written, words, name.found_by, surface=last[-1], tails=tuple(sorted(tails))
    )


def _in_nominative(page: Page, name: Name) -> tuple[str, frozenset[str]]:
    """A Polish name and the forms of its surname."""
    first, *middle, last = (token.text for token in page.tokens[name.first : name.end])
    inflected = page.words.inflected
    is_name = fold_word(first) in page.words.own
    given, surname, female = in_nominative(first, last, inflected, is_name=is_name)
    if given != first:
        middle = [in_nominative(one, surname, inflected, is_name=False)[0] for one in middle]
    return " ".join([given, *middle, surname]), surname_forms(surname, female=female)


def _aliases(page: Page, people: Sequence[Candidate]) -> Iterator[Candidate]:
    """Surnames of several words standing alone: "von der Leyen", "Díaz Ayuso"."""
    taken = Spans()
    groups: dict[str, Candidate] = {}
    for one in people:
        taken.add(one.span)
        words = one.name.split()
        given = (at for at in range(1, len(words) - 1) if not _is_given(page, words[at]))
        start = next(given, None)
        if start is not None:
            groups.setdefault(" ".join(words[start:]), one)
    for group, one in groups.items():
        for match in re.finditer(rf"(?<!\w){re.escape(group)}(?!\w)", page.text):
            if not taken.overlaps(match.span()):
                yield replace(one, span=match.span())


def _is_given(page: Page, word: str) -> bool:
    return page.words.gives(word) or word.endswith(".")
