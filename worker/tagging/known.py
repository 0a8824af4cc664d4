"""Who of those known somebody is who was named, by name, initials or office; nobody is guessed."""

import re
from collections.abc import Collection, Sequence

from worker.model import Entity, Kind, Span
from worker.tagging.folding import fold
from worker.tagging.found import Candidate
from worker.tagging.gazetteer import Gazetteer

#: English words of offices that many hold in turn, as they stand before a surname.
_OFFICES = frozenset(
    {"president", "prime", "foreign", "defence", "minister", "premier", "chancellor", "king"}
    | {"queen", "prince", "princess", "emperor", "sultan", "emir", "pope", "taoiseach"}
)
#: How far before a surname an office is looked for.
_BEFORE = 40


def known_person(
    gazetteer: Gazetteer, candidate: Candidate, named: Collection[str] = ()
) -> Entity | None:
    """Who of the gazetteer a full name stands for, also with an initial or without middle names.

    Where it may stand for several, it is the one whose key is among ``named``, else nobody.
    """
    first, last = candidate.words[0], candidate.words[-1]
    known = gazetteer.find(Kind.PERSON, candidate.name)
    if known:
        return known
    bearers = [
        one for one in gazetteer.bearers(last) if any(_is_called(n, candidate) for n in _names(one))
    ]
    if not bearers:
        return gazetteer.find(Kind.PERSON, f"{first} {last}")
    if len(bearers) > 1:
        bearers = [one for one in bearers if one.key in named]
    return bearers[0] if len(bearers) == 1 else None


def by_office(
    gazetteer: Gazetteer, surname: str, text: str, span: Span, places: Collection[str]
) -> Entity | None:
    """Who is meant by a surname behind an office: "President Xi", "Prime Minister Wong".

    Somebody who has left or died has to be of one of the countries the article names.
    """
    before = text[max(0, span[0] - _BEFORE) : span[0]]
    office: set[str] = set()
    for word in reversed(re.findall(r"[\w.]+|\W", before)):
        if word.strip() and word.lower() not in _OFFICES:
            break
        office.add(word.strip().lower())
    office.discard("")
    if not office:
        return None
    holders = [
        one for one in gazetteer.bearers(surname) if office <= set(re.findall(r"\w+", one.role))
    ]
    now = [one for one in holders if not one.role.startswith(("former ", "late "))]
    if not now:
        now = [one for one in holders if not set(one.countries).isdisjoint(places)]
    return now[0] if len(now) == 1 and len(holders) == 1 else None


def is_initial(word: str) -> bool:
    """Whether the first word of a name is no more than its first letter."""
    return len(word.rstrip(".")) == 1


def same_person(name: str, words: Sequence[str]) -> bool:
    """Whether a full name and the words of another with the same last word can be one person's."""
    first, other = (fold(name).text.split() or [""])[0].rstrip("."), words[0].rstrip(".")
    return first == other or (min(len(first), len(other)) == 1 and first[:1] == other[:1])


def _names(entity: Entity) -> tuple[str, ...]:
    return entity.name, *entity.aliases


def _is_called(name: str, candidate: Candidate) -> bool:
    """Whether a full name can be another's, their middle names or letters agreeing."""
    parts = fold(name).text.replace(".", " ").split()
    words = candidate.words
    if not parts or parts[-1] != words[-1] or not same_person(name, words):
        return False
    middle, other = words[1:-1], parts[1:-1]
    if not middle or not other:
        return True
    return all(a[0] == b[0] for a, b in zip(middle, other, strict=False))
