"""What the words round a name say about whose it is: a person's, or a thing's.

Each cue is what an editor would point at: "Mr X", "X, 41,", "X's wife" for a person; "the tanker
X", "X shares", "X Ltd" against one.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from worker.model import Span
from worker.tagging.english.words import (
    BUSINESS,
    DEEDS,
    ENDINGS,
    ERAS,
    KIN,
    PLACES,
    QUOTING,
    ROLES,
    THINGS,
    TITLES,
)

_BEFORE, _AFTER = 60, 90
_PIECE = re.compile(r"['’]s\b|[^\W_]+(?:[-.][^\W_]+|['’](?!s\b)[^\W_]+)*|[^\w\s]")
_NUMBER = re.compile(r"(?<!\S)[^\s\d]*\d\S*")
_SMALL_WORD = re.compile(r"(?<!\S)[^\W\d_A-Z][^\W\d_]*(?!\S)")
_ARTICLES = frozenset({"the", "a", "an", "this", "its", "every", "each", "any", "some"})
_IDENTIFIED = frozenset({"identified"})
_CALLED = frozenset({"called", "named", "nicknamed"}) | _IDENTIFIED
#: "an X supporter" is a person's, "an X analyst" a bank's.
_FOLLOWERS = frozenset({"supporter", "adviser", "advisor", "critic", "fan", "opponent", "widow"})
#: What a person may be, and a company or a team.
_EITHER = frozenset(
    {"rival", "host", "opponent", "owner", "partner", "leader", "champion", "winner"}
)
_STOPS = frozenset(
    {"of", "in", "with", "and", "or", "to", "for", "at", "from"}
    | {"is", "was", "are", "were", "has", "have", "had"}
)
_PARTNERS = frozenset({"co", "sons", "partners", "company", "bros", "associates"})
#: Stand before the names of companies and ships.
_LEGAL = frozenset(
    {"pt", "cv", "ooo", "pao", "zao", "oao", "mv", "hms", "uss", "ss", "hmas", "rms"}
)
_MOST_CAPITALS = 3


class Evidence(NamedTuple):
    """How much speaks for and against a person.

    ``person``: proof of a person; ``thing``: of something else, ``company`` of it what is a
    company's; ``deeds``: what mostly people do; ``place``: what a full name bears and a single word
    does not, "in X" and "X are".
    """

    person: int = 0
    thing: int = 0
    company: int = 0
    deeds: int = 0
    place: int = 0


def total(found: Iterable[Evidence]) -> Evidence:
    """All evidence together."""
    return Evidence(*map(sum, zip(*found, strict=True)))


def evidence(text: str, span: Span) -> Evidence:
    """What the line in which a name stands says of it."""
    return total((_before(text, span[0]), _after(text, span[1]), _in_row(text, span)))


def _before(text: str, at: int) -> Evidence:
    window = text[max(0, at - _BEFORE) : at]
    pieces = _PIECE.findall(window[window.rfind("\n") + 1 :])
    if pieces and pieces[-1] in "\"“'‘(":
        return Evidence()
    comma = bool(pieces) and pieces[-1] == ","
    if pieces and (comma or pieces[-1] == "."):
        pieces = pieces[:-1]
        if not comma and pieces and pieces[-1].lower() not in TITLES:
            return Evidence()
    if not pieces:
        return Evidence()
    word = pieces[-1].lower()
    before = pieces[-2].lower() if len(pieces) > 1 else ""
    if word in _EITHER and not comma:
        return Evidence(deeds=1)
    if word in TITLES or word in KIN or word in ROLES:
        # "his father, Murray, said", but not "as a footballer, Chelsea"
        return Evidence(person=2) if not comma or word in KIN else Evidence()
    if word in QUOTING and (comma or before in {",", '"', "”", "’", "'"}):
        return Evidence() if comma else Evidence(deeds=1)
    if comma:
        return Evidence()
    if word in _CALLED or (word == "as" and not _CALLED.isdisjoint(pieces[-4:-1])):
        called = set(map(str.lower, pieces[-5:]))
        if called & THINGS:
            return Evidence(thing=2)
        return Evidence(person=2) if called & (ROLES | _IDENTIFIED) else Evidence()
    if word in _LEGAL:
        return Evidence(thing=3, company=1)
    if word in THINGS:
        # "the chief of the General Staff X" is one, "the Berlin company X" is none
        office = pieces[-1][0].isupper() and not {"of", "for"}.isdisjoint(pieces[-5:-1])
        return Evidence() if office else Evidence(thing=2)
    if word in _ARTICLES:
        return Evidence(thing=1)
    return Evidence(place=1) if word in PLACES else Evidence()


def _after(text: str, at: int) -> Evidence:
    window = text[at : at + _AFTER]
    line_end = window.find("\n")
    pieces = _PIECE.findall(window if line_end < 0 else window[:line_end])
    if not pieces:
        return Evidence()
    first, second = pieces[0].lower(), pieces[1].lower() if len(pieces) > 1 else ""
    if first in {"'s", "’s"} or (first in {"'", "’"} and window[1:2] == " "):
        return _owned(pieces[1:])
    if first in {",", "("}:
        return _apposed(pieces[1:])
    if first in {"who", "whom", "himself", "herself"}:
        return Evidence(person=2)
    if first in {"&", "and"} and second in _PARTNERS:
        return Evidence(thing=3, company=1)
    if first in ERAS:
        return Evidence(person=2)
    if _ends_a_name(pieces) or first in BUSINESS:
        return Evidence(thing=3, company=1)
    if first in THINGS:
        return Evidence(thing=2, company=first in {"shares", "stock", "group"})
    if first in DEEDS:
        return Evidence(thing=1) if second in {"it", "its"} else Evidence(deeds=1)
    if first in {"are", "were"}:
        return Evidence(place=1)
    if first in ROLES - KIN and first not in _FOLLOWERS:
        return Evidence(place=2)  # "Gartner analyst Ann Lee"
    return Evidence()


def _ends_a_name(pieces: list[str]) -> bool:
    """Whether capitals follow of which one ends a company's or a place's name: "Gold Corp"."""
    for piece in pieces[:_MOST_CAPITALS]:
        if not piece[:1].isupper():
            return False
        if piece.lower() in ENDINGS:
            return True
    return False


def _owned(pieces: list[str]) -> Evidence:
    """What stands behind a possessive."""
    for piece in pieces[:3]:
        if piece in KIN:
            return Evidence(person=2)
        if piece in BUSINESS:
            return Evidence(thing=2, company=1)
        if not piece[:1].islower():
            break
    return Evidence()


def _apposed(pieces: list[str]) -> Evidence:
    """What stands behind a comma or bracket: an age, "who", what somebody or something is."""
    if not pieces:
        return Evidence()
    first = pieces[0].lower()
    if first in {"who", "whose", "whom"}:
        return Evidence(person=2)
    if len(first) == 2 and first.isdigit() and pieces[1:2] in ([","], [")"], ["."], []):
        return Evidence(person=2)
    if first not in {"a", "an", "the", "his", "her", "its", "their", "one"} and first not in ROLES:
        return Evidence()
    thing = False
    for piece, following in zip(pieces[:8], [*pieces[1:8], ""], strict=False):
        word = piece.lower()
        if word in ROLES or word in KIN or word in TITLES:
            return Evidence(person=2)
        thing = thing or (word in THINGS and following not in {"'s", "’s"})
        if not (piece[:1].isalpha() or piece in {"'s", "’s"}) or word in _STOPS:
            break
    return Evidence(thing=2, company=1) if thing else Evidence()


def _in_row(text: str, span: Span) -> Evidence:
    """A row of a table holds numbers and no small words; names in it are mostly goods and places."""
    start = text.rfind("\n", max(0, span[0] - 200), span[0]) + 1 or max(0, span[0] - 200)
    end = text.find("\n", span[1], span[1] + 200)
    line = text[start : end if end >= 0 else span[1] + 200]
    if len(_NUMBER.findall(line)) < 2 or _SMALL_WORD.search(line):
        return Evidence()
    return Evidence(thing=2)
