"""Which of the gazetteer's findings count in a document."""

import re
from collections.abc import Sequence

from worker.model import Kind, Span
from worker.tagging.folding import fold
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Gazetteer, Hit, Standing
from worker.tagging.known import known_person
from worker.tagging.spans import Spans, lies_within

#: Who bears an office is no namesake: "Ivanka Trump ... President Trump".
_OFFICE = re.compile(
    r"\b(?:President|Vice President|Prime Minister|Premier|Chancellor|Minister|Secretary|King|Queen|Pope|Emperor) $"
)
_INITIALS = re.compile(r"(?<!\w)(?P<first>[^\W\d_])\.(?:[ \u00a0-]?[^\W\d_]\.)*[ \u00a0]?$")
_NEAR = 40


def without_namesakes(
    hits: Sequence[Hit], found: Found, text: str, gazetteer: Gazetteer
) -> list[Hit]:
    """Hits without names that a street is called after, and bare surnames of a namesake.

    A namesake is named in full in the article. The known person keeps them if some form of the
    name in the article can only be his or hers: "Путина" is Lyudmila Putina where she is named and
    neither "Путин" nor "Путиным" stands.
    """
    tails: dict[str, set[str]] = {}
    for candidate in found.people:
        if len(candidate.words) > 1:
            known = known_person(gazetteer, candidate)
            for tail in candidate.tails or candidate.words[-1:]:
                tails.setdefault(tail, set()).add(known.key if known else "")
    doubtful, sure = set(), set()
    for hit in hits:
        if _has_other_initials(hit, text):
            tails.setdefault(fold(text[slice(*hit.span)]).text, set()).add("")
    for hit in hits:
        if hit.known.entity.kind is Kind.PERSON and lies_within(hit.span, found.unmeant):
            doubtful.add(hit.span)
            continue
        key = hit.known.entity.key
        bearers = tails.get(fold(text[slice(*hit.span)]).text, set())
        others = hit.known.entity.kind is Kind.PERSON and bearers and key not in bearers
        if others and not _OFFICE.search(text, max(0, hit.span[0] - _NEAR), hit.span[0]):
            doubtful.add(hit.span)
        else:
            sure.add(key)
    return [h for h in hits if h.span not in doubtful or h.known.entity.key in sure]


def _has_other_initials(hit: Hit, text: str) -> bool:
    """Whether a bare surname stands behind initials that are not the known person's: "B. Putin"."""
    entity = hit.known.entity
    if entity.kind is not Kind.PERSON or " " in text[slice(*hit.span)]:
        return False
    found = _INITIALS.search(text, max(0, hit.span[0] - _NEAR), hit.span[0])
    if found is None:
        return False
    names = [fold(name).text for name in (entity.name, *entity.aliases) if " " in name]
    return fold(found["first"]).text not in {name[0] for name in names}


def others_names(people: Sequence[Candidate], hits: Sequence[Hit]) -> Spans:
    """Names of several words the model found in which a shorter known name is somebody else's.

    "Samantha Trump" holds "Trump" and "Michael Jordan" the country, but neither is meant.
    """
    known = Spans()
    for hit in hits:
        known.add(hit.span)
    spans = Spans()
    for candidate in people:
        if len(candidate.words) > 1 and not known.hold(candidate.span):
            spans.add(candidate.span)
    return spans


def settle(hits: Sequence[Hit], people: Spans) -> tuple[list[Hit], list[Hit]]:
    """(hits that count, bare surnames that may) of what the gazetteer found.

    ``people``: names the model took for somebody else's, longer than the hit.
    """
    strong = {h.known.entity.key for h in hits if h.form.standing is Standing.ALONE}
    places = {c for h in hits if h.form.standing is Standing.ALONE for c in h.known.places}
    counted: list[Hit] = []
    surnames: list[Hit] = []
    for hit in hits:
        entity, standing = hit.known.entity, hit.form.standing
        if not hit.known.silent and _in_a_persons_name(hit, people):
            continue
        placed = standing is Standing.PLACED and not places.isdisjoint(entity.countries)
        if standing is Standing.ALONE or placed:
            counted.append(hit)
        elif entity.key in strong:
            (surnames if entity.kind is Kind.PERSON else counted).append(hit)
    return _likeliest(counted), surnames


def _in_a_persons_name(hit: Hit, people: Spans) -> bool:
    """Whether a person or country, or an organization's single word, is part of a longer name.

    "Kremlin spokesman Peskov" may be taken for a name as a whole, so an organization has to be
    its last word: "Nikola Tesla".
    """
    if hit.known.entity.kind is Kind.ORGANIZATION:
        return " " not in hit.form.text and people.end_in(hit.span)
    return people.overlaps(hit.span)


def _likeliest(hits: Sequence[Hit]) -> list[Hit]:
    """Hits without organizations that share a name with a likelier one.

    Likelier is who goes by another full name elsewhere in the article; after that, who needs none.
    """
    full: dict[str, set[str]] = {}
    for hit in hits:
        if hit.form.standing is Standing.ALONE:
            full.setdefault(hit.known.entity.key, set()).add(hit.form.text)
    ranks: dict[Span, dict[str, tuple[bool, Standing]]] = {}
    for hit in hits:
        if hit.known.entity.kind is Kind.ORGANIZATION and not hit.known.silent:
            named = bool(full.get(hit.known.entity.key, set()) - {hit.form.text})
            rank = (named, Standing.ALONE if named else hit.form.standing)
            ranks.setdefault(hit.span, {})[hit.known.entity.key] = rank
    kept: list[Hit] = []
    for hit in hits:
        rivals = ranks.get(hit.span, {})
        mine = rivals.get(hit.known.entity.key)
        if mine is None or mine == max(rivals.values()):
            kept.append(hit)
    return kept
