"""People and organizations from Wikidata: the question in SPARQL, and what its answer says.

Source: https://www.mediawiki.org/wiki/Wikidata_Query_Service/User_Manual and the SPARQL 1.1 Query
Results JSON Format (https://www.w3.org/TR/sparql11-results-json/). The data are CC0.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worker.model import Entity, Kind
from worker.tagging.gazetteer import entity_key, is_telling

ENDPOINT = "https://query.wikidata.org/sparql"
#: Items asked for at a time: the service answers such a question well within its minute.
PAGE = 200
_BASE = "http://www.wikidata.org/entity/"
_BARE = re.compile(r"Q[1-9][0-9]*")
#: Languages whose labels are taken as names.
_LANGUAGES = [
    "en",
    "ru",
    "uk",
    "fr",
    "de",
    "es",
    "it",
    "pt",
    "pl",
    "tr",
    "ar",
    "he",
    "zh",
    "ja",
    "ko",
    "fa",
    "nl",
    "cs",
    "ro",
    "el",
]


@dataclass(frozen=True, slots=True)
class Class:
    """A kind of thing there: what is it an instance of, or what does it do for a living."""

    kind: Kind
    pattern: str


#: Words for classes much asked for; any other is named by its Q id.
CLASSES: Mapping[str, Class] = {
    "politicians": Class(Kind.PERSON, "?item wdt:P106 wd:Q82955 ."),
    "diplomats": Class(Kind.PERSON, "?item wdt:P106 wd:Q193391 ."),
    "journalists": Class(Kind.PERSON, "?item wdt:P106 wd:Q1930187 ."),
    "businesspeople": Class(Kind.PERSON, "?item wdt:P106 wd:Q43845 ."),
    "officers": Class(Kind.PERSON, "?item wdt:P106 wd:Q189290 ."),
    "parties": Class(Kind.ORGANIZATION, "?item wdt:P31/wdt:P279* wd:Q7278 ."),
    "companies": Class(Kind.ORGANIZATION, "?item wdt:P31/wdt:P279* wd:Q4830453 ."),
    "agencies": Class(Kind.ORGANIZATION, "?item wdt:P31/wdt:P279* wd:Q327333 ."),
}


class WikidataError(ValueError):
    """A question that cannot be put, or an answer that is none; the message is one line."""


def find_class(word: str) -> Class:
    """The class of a word, or of ``person:Q...`` or ``organization:Q...``. Raises WikidataError."""
    if word in CLASSES:
        return CLASSES[word]
    kind, _, item = word.partition(":")
    if kind in ("person", "organization") and _BARE.fullmatch(item):
        if kind == "person":
            return Class(Kind.PERSON, f"?item wdt:P106 wd:{item} .")
        return Class(Kind.ORGANIZATION, f"?item wdt:P31/wdt:P279* wd:{item} .")
    raise WikidataError(
        f"no class {word!r}: there are {', '.join(CLASSES)}; or write person:Q... or organization:Q..."
    )


def question(of: Class, country: str, *, sitelinks: int, after: str = "", page: int = PAGE) -> str:
    """The question for the next ``page`` items, in the order of their addresses.

    ``country`` is an ISO 3166-1 alpha-2 code, ``sitelinks`` how many Wikipedias at least have an
    article: a measure of being known. ``after`` is the Q id that the page before ended with.
    """
    link = "wdt:P27" if of.kind is Kind.PERSON else "wdt:P17"
    further = f'FILTER(STR(?item) > "{_BASE}{after}")' if after else ""
    languages = ", ".join(f'"{code}"' for code in _LANGUAGES)
    return f"""SELECT ?item (SAMPLE(?label) AS ?name)
  (GROUP_CONCAT(DISTINCT ?called; separator="\\n") AS ?names)
  (GROUP_CONCAT(DISTINCT ?code; separator=" ") AS ?countries)
  (SAMPLE(?about) AS ?role) (SAMPLE(?died) AS ?death)
WHERE {{
  {{ SELECT DISTINCT ?item WHERE {{
    ?country wdt:P297 "{country}" .
    ?item {link} ?country .
    {of.pattern}
    ?item wikibase:sitelinks ?links .
    FILTER(?links >= {sitelinks}) {further}
  }} ORDER BY STR(?item) LIMIT {page} }}
  OPTIONAL {{ ?item rdfs:label ?label FILTER(LANG(?label) = "en") }}
  OPTIONAL {{ ?item rdfs:label|skos:altLabel ?called FILTER(LANG(?called) IN ({languages})) }}
  OPTIONAL {{ ?item {link}/wdt:P297 ?code }}
  OPTIONAL {{ ?item schema:description ?about FILTER(LANG(?about) = "en") }}
  OPTIONAL {{ ?item wdt:P570 ?died }}
}} GROUP BY ?item ORDER BY STR(?item)"""


@dataclass(frozen=True, slots=True)
class Page:
    """One answer: its entities, the Q id it ended with, and whether there may be more."""

    entities: tuple[Entity, ...]
    last: str
    more: bool


def read_answer(body: bytes, kind: Kind, *, page: int = PAGE) -> Page:
    """The entities of an answer; those without a name that tells them apart are left out.

    Raises WikidataError when it is no answer to ``question``.
    """
    try:
        rows = json.loads(body)["results"]["bindings"]
        items = [row["item"]["value"].removeprefix(_BASE) for row in rows]
        found = [_entity(item, row, kind) for item, row in zip(items, rows, strict=True)]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise WikidataError("the answer is not SPARQL results in JSON") from None
    strange = next((item for item in items if not _BARE.fullmatch(item)), None)
    if strange is not None:
        raise WikidataError(f"the answer names {strange!r}, which is no item of Wikidata")
    last = items[-1] if items else ""
    return Page(tuple(one for one in found if one is not None), last, len(items) >= page)


def _entity(item: str, row: Mapping[str, Any], kind: Kind) -> Entity | None:
    def value(key: str) -> str:
        return str(row[key]["value"]) if key in row else ""

    names = _names([value("name"), *value("names").split("\n")], kind)
    if not names:
        return None
    role = value("role")
    if value("death"):
        role = f"late {role}".strip()
    return Entity(
        kind=kind,
        key=entity_key(kind, names[0]),
        name=names[0],
        aliases=tuple(names[1:]),
        countries=tuple(dict.fromkeys(value("countries").split())),
        role=role,
        wikidata=item,
    )


def _names(given: Sequence[str], kind: Kind) -> list[str]:
    tidy = (" ".join(name.split()) for name in given)
    return [name for name in dict.fromkeys(tidy) if is_telling(kind, name)]
