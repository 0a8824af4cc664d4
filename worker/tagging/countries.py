"""Which countries an article is about, from names, peoples, cities and governments."""

import re
from collections.abc import Collection, Iterable

from worker.model import Kind, Span
from worker.tagging.folding import fold
from worker.tagging.gazetteer import Hit

_STATE_OF_GEORGIA = re.compile(
    r"\b(?:Atlanta|Savannah|Augusta|Macon|Fulton County|Georgia(?:'s)? (?:Republican|Democrat|voters|"
    r"governor|secretary of state|Senate|Supreme Court|Tech|Bulldogs)|(?:state|University) of Georgia|"
    r"Alabama|Florida|South Carolina|North Carolina|Tennessee|Ga\.)"
)
_COUNTRY_OF_GEORGIA = re.compile(
    r"\b(?:Tbilisi|Georgians?\b|Abkhazia|Ossetia|Caucasus|Saakashvili|Zourabichvili|Ivanishvili|"
    r"Kobakhidze|Batumi|Georgian Dream|Armenia|Azerbaijan|Russia|Moscow|Soviet)"
)


def without_surnames(hits: Iterable[Hit], surnames: Collection[str], text: str) -> list[Hit]:
    """Hits without those of countries that are somebody's surname here ("Michael Jordan").

    ``surnames`` are folded. The country stays where it is also named otherwise ("Jordanian").
    """
    hits = list(hits)
    doubtful = [
        hit
        for hit in hits
        if hit.known.entity.kind is Kind.COUNTRY and fold(text[slice(*hit.span)]).text in surnames
    ]
    unsure = {hit.span for hit in doubtful}
    sure = {hit.known.entity.key for hit in hits if hit.span not in unsure}
    refused = {hit.span for hit in doubtful if hit.known.entity.key not in sure}
    return [hit for hit in hits if hit.span not in refused]


def find_countries(hits: Iterable[Hit], text: str) -> dict[str, set[Span]]:
    """Codes of countries -> where they are named, of hits that count already.

    An organization or government that speaks for its country names it too.
    """
    found: dict[str, set[Span]] = {}
    for hit in hits:
        known = hit.known
        if known.silent:
            continue
        if known.entity.kind is Kind.COUNTRY:
            found.setdefault(_code(known.entity.key, hit, text), set()).add(hit.span)
        elif known.speaks_for:
            for code in known.entity.countries:
                found.setdefault(code, set()).add(hit.span)
    return found


def _code(code: str, hit: Hit, text: str) -> str:
    """The country meant: "Georgia" is the American state where its surroundings are American."""
    if code != "GE" or text[slice(*hit.span)] != "Georgia":
        return code
    state = len(_STATE_OF_GEORGIA.findall(text))
    country = len(_COUNTRY_OF_GEORGIA.findall(text))
    return "US" if state > country else "GE"
