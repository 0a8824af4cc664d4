"""What stands beside a name: whether somebody is meant by it, and where a surname is none."""

from collections.abc import Collection, Iterator

from worker.model import Span
from worker.tagging.folding import fold
from worker.tagging.given.extent import GIVEN, Name
from worker.tagging.given.page import ARTICLES, Page
from worker.tagging.given.words import nobody

#: How far back the word is looked for that a street's name begins with.
_BACK = 4
#: How far behind a name the word that it is a street's.
_BEHIND = 2


def is_called(page: Page, name: Name) -> bool:
    """Whether a street, school, ship or company is called by this name."""
    words = page.words
    for at in range(name.last, min(name.end + _BEHIND, len(page.tokens))):
        if at >= name.end and not (page.joined(at) and page.tokens[at].capital):
            break
        if words.called_behind.fullmatch(page.tokens[at].folded):
            return True
    for at in range(name.first - 1, max(-1, name.first - 1 - _BACK), -1):
        if not page.touches(at + 1):
            return False
        folded = page.tokens[at].folded
        if words.streets.fullmatch(folded):
            return True
        if at == name.first - 1 and words.called.fullmatch(folded):
            return True
        if folded not in words.links:
            return False
    return False


def is_certain(page: Page, name: Name) -> bool:
    """Whether a name is whole and somebody's, by what stands before it."""
    at = name.first
    written = " ".join(page.text[slice(*page.span(name.first, name.end))].split())
    if name.doubtful or fold(written).text in nobody():
        return False
    if page.is_called_so(name.first, name.end) or page.is_quoted(name.first, name.end):
        return False
    begins = page.begins_sentence(at)
    if begins and name.found_by == GIVEN and not page.is_own(at):
        return page.times[page.tokens[name.end - 1].folded] > 1
    if begins or not page.joined(at):
        return True
    before = page.tokens[at - 1]
    if before.folded in page.words.refusing and not page.is_people(at):
        return False
    return page.nouns_have_capitals or not before.capital or _lets_begin(page, at)


def _lets_begin(page: Page, at: int) -> bool:
    """Whether a name may begin right behind a capitalized word, which is no part of it."""
    return (
        page.tokens[at - 1].text.isupper()
        or page.is_place(at - 1)
        or page.is_office(at - 1)
        or page.begins_sentence(at - 1)
        # "le Serbe", "Burmistrz Gniewkowa"
        or (at > 1 and (page.tokens[at - 2].folded in ARTICLES or page.is_office(at - 2)))
    )


def closed(page: Page, surnames: Collection[str]) -> Iterator[Span]:
    """Where a word that is somebody's surname here is none: "der Richter", "rue Dupont"."""
    for at, token in enumerate(page.tokens):
        if token.capital and token.folded in surnames and _is_no_surname(page, at):
            yield token.span


def _is_no_surname(page: Page, at: int) -> bool:
    token, words = page.tokens[at], page.words
    if page.begins_sentence(at) and token.folded in page.lower:
        return True
    if page.joined(at + 1) and words.called_behind.fullmatch(page.tokens[at + 1].folded):
        return True
    if not at or not page.touches(at):
        return False
    if _in_other_name(page, at):
        return True
    before = page.tokens[at - 1].folded
    if before in ARTICLES and page.joined(at):
        return True
    return bool(
        words.streets.fullmatch(before) or (words.called.fullmatch(before) and page.joined(at))
    )


def _in_other_name(page: Page, at: int) -> bool:
    """Whether a capitalized word right before makes a surname part of another name."""
    before = page.tokens[at - 1]
    return (
        not page.nouns_have_capitals
        and page.joined(at)
        and before.capital
        and not before.initial
        and not before.acronym
        and not page.is_office(at - 1)
        and not page.begins_sentence(at - 1)
        and not page.is_place(at - 1)
    )
