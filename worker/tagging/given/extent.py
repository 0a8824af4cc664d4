"""Where a name begins and ends: given names, initials, particles, surnames."""

from dataclasses import dataclass

from worker.tagging.given.page import Page

GIVEN, OFFICE = "given name", "office"
#: Particles that mean "of" in other places.
_OF = frozenset(
    {"de", "da", "do", "di", "del", "della", "dei", "degli", "du", "des", "dos", "das", "d"}
)
#: A language in which so many surnames are borne has particles between them.
_MANY = 3


@dataclass(frozen=True, slots=True)
class Name:
    """Words of a name from ``first`` to before ``end``; the surname begins at ``last``.

    ``doubtful``: it may end elsewhere, or be two given names.
    """

    first: int
    last: int
    end: int
    found_by: str
    doubtful: bool = False


def name_at(page: Page, at: int) -> Name | None:
    """The name that begins with a word, None if none does."""
    token = page.tokens[at]
    if not token.capital or (page.joined(at) and page.tokens[at - 1].initial):
        return None
    if page.in_headline(at):
        return None
    found_by = GIVEN if page.gives(at) else OFFICE
    if found_by == OFFICE and not _may_be_first(page, at):
        return None
    last = at + 1
    while page.joined(last) and _is_given_too(page, last):
        last += 1
    titled = page.behind_office(at)
    most = 1 if found_by == OFFICE else page.words.surnames
    end = _surname_end(page, last, most, placed=titled or last - at > 1)
    if end == last:
        return _given_alone(page, at, last, found_by, titled=titled)
    if page.is_particle(last) and found_by == OFFICE:
        return None
    if page.tokens[last].folded in _OF and not _bears_of(page, at, last, end, titled=titled):
        return None
    doubtful = page.places_follow and _is_followed(page, end)  # "Nuri Bilge Ceylan"
    return Name(at, last, end, found_by, doubtful=doubtful)


def _may_be_first(page: Page, at: int) -> bool:
    """Whether a word nobody lists may be a given name, behind an office."""
    token, words = page.tokens[at], page.words
    return (
        page.behind_office(at)
        and len(token.folded) > 2
        and token.folded not in words.no_given
        and not words.offices.fullmatch(token.folded)
        and not words.called.fullmatch(token.folded)
        and page.may_be_surname(at)
        and not (page.joined(at + 1) and page.gives(at + 1))  # "Burmistrz Gniewkowa Jan Nowak"
    )


def _is_given_too(page: Page, at: int) -> bool:
    """Whether a word behind a given name is one more, or an initial, and not the surname."""
    token = page.tokens[at]
    if token.initial or not token.capital:
        return token.capital
    given = page.gives(at)
    if given and page.is_own(at):
        return True
    listed = given or token.folded in page.words.own
    return listed and page.joined(at + 1) and page.may_be_surname(at + 1)


def _given_alone(page: Page, at: int, last: int, found_by: str, *, titled: bool) -> Name | None:
    """Given names without a surname: the last may be one, if more speaks for it."""
    if last - at < 2 or page.tokens[last - 1].initial:
        return None
    borne = titled or page.times[page.tokens[last - 1].folded] > 1
    doubtful = not borne or _is_followed(page, last)
    return Name(at, last - 1, last, found_by, doubtful=doubtful)


def _surname_end(page: Page, at: int, most: int, *, placed: bool) -> int:
    """Where the surnames that begin at a word end; the same where there is none."""
    end = at
    while most and page.joined(end):
        start = end
        while page.is_particle(end) and page.joined(end + 1):
            end += 1
        second = start > at
        # "Dupont de Paris" is of Paris, "Pimenta da Silva" is not.
        strange = second and end > start and page.words.surnames < _MANY
        if strange or not page.may_be_surname(end, second=second, placed=placed):
            return start
        end += 1
        most -= 1
    return end


def _bears_of(page: Page, first: int, last: int, end: int, *, titled: bool) -> bool:
    """Whether "de" in a name is part of it, and not "Mina de Prata", "Rocío de Sevilla"."""
    if titled or last - first > 1:
        return True
    return page.is_own(first) and not page.is_place(end - 1)


def _is_followed(page: Page, at: int) -> bool:
    """Whether one more capitalized word, or a number as of popes, stands right behind."""
    return page.joined(at) and page.tokens[at].capital and not page.is_place_with_ending(at)
