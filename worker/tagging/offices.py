"""People named by their office once they are named by name: "the Russian president".

English only: the shipped roles are written in English.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from worker.model import Kind, Span
from worker.tagging.cast import Named
from worker.tagging.gazetteer import Gazetteer, Hit

_OFFICE = re.compile(
    r"(?:['’]s)? (?P<office>(?:vice |prime |foreign |defen[cs]e |interior |finance )?"
    r"(?:president|minister|chancellor|premier|king|queen|emperor|sultan|emir|crown prince))\b(?!['’]?s? [A-Z])"
)
_NEAR = 40
_SPELT = {"defense": "defence", "premier": "prime minister"}


def named_by_office(
    people: Iterable[Named], countries: Sequence[Hit], text: str, gazetteer: Gazetteer
) -> Iterator[tuple[Named, Span]]:
    """Offices in a text that one, and only one, of the people named in it holds or held.

    ``countries`` are hits that count; an office of a country is one behind its name or people's.
    """
    known = [
        (named, entity)
        for named in people
        if named.kind is Kind.PERSON
        and (entity := gazetteer.find(Kind.PERSON, named.key)) is not None
        and entity.role
    ]
    if not known:
        return
    for hit in countries:
        if hit.known.entity.kind is not Kind.COUNTRY or hit.known.silent:
            continue
        found = _OFFICE.match(text, hit.span[1], hit.span[1] + _NEAR)
        if found is None:
            continue
        office = " ".join(_SPELT.get(word, word) for word in found["office"].split())
        role = re.compile(rf"(?:former |late )?{office} of ")
        holders = [
            named
            for named, entity in known
            if hit.known.entity.key in entity.countries and role.match(entity.role)
        ]
        if len(holders) == 1:
            yield holders[0], (hit.span[0], found.end())
