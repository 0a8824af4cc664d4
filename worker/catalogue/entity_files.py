"""Entities in files that other tools write: CSV and JSON lines, also those of FollowTheMoney.

A CSV file has a header with ``name`` and any of ``kind``, ``aliases`` (parted by ``;``),
``countries``, ``role``, ``wikidata`` and ``unmistakable`` (yes or no); JSON lines have the same keys. What OpenSanctions and
OpenAleph export is read as it is: entities as JSON lines with ``schema`` and ``properties``
(https://followthemoney.tech), and "simplified" CSV with a column ``schema``.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from worker.catalogue.fields import ENTITY_KINDS, OTHER_CODES
from worker.model import Entity, Kind
from worker.tagging.gazetteer import entity_key, is_telling

#: Schemata of FollowTheMoney that name somebody; others (addresses, ownerships) are passed over.
_SCHEMATA = {
    "Person": Kind.PERSON,
    "Organization": Kind.ORGANIZATION,
    "Company": Kind.ORGANIZATION,
    "PublicBody": Kind.ORGANIZATION,
    "LegalEntity": Kind.ORGANIZATION,
}
_LISTS = re.compile(r"\s*[;|\n]\s*")
_WIKIDATA = re.compile(r"Q[1-9][0-9]*")
_MOST_MISTAKES = 10
_FLAGS = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}


class EntityFileError(ValueError):
    """A file with mistakes: a line for each, at most ten."""


def read_entity_file(text: str, filename: str) -> list[Entity]:
    """The entities of a file, CSV or JSON lines by its first character.

    Raises EntityFileError that names the lines which cannot be read; nothing is passed over in
    silence but what names nobody.
    """
    rows = _json_lines(text) if text.lstrip("\ufeff").lstrip().startswith("{") else _csv_rows(text)
    found, mistakes = [], []
    try:
        for line, row in rows:
            try:
                entity = _entity(row)
            except ValueError as error:
                mistakes.append(f"{filename}:{line}: {error}")
                continue
            if entity is not None:
                found.append(entity)
    except EntityFileError as error:
        mistakes.append(f"{filename}: {error}")
    if mistakes:
        more = len(mistakes) - _MOST_MISTAKES
        shown = mistakes[:_MOST_MISTAKES] + ([f"and {more} more lines"] if more > 0 else [])
        raise EntityFileError("\n".join(shown))
    if not found:
        raise EntityFileError(f"{filename}: names nobody; it needs lines with a name and a kind")
    return found


def _json_lines(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError:
            row = None
        if not isinstance(row, dict):
            raise EntityFileError(f"line {number} is no JSON object; write one a line")
        yield number, row


def _csv_rows(text: str) -> Iterator[tuple[int, Mapping[str, Any]]]:
    reader = csv.DictReader(text.lstrip("\ufeff").splitlines(keepends=True))
    if "name" not in (reader.fieldnames or ()):
        raise EntityFileError(
            "has no column 'name'; begin with a header: name,kind,aliases,countries,role,wikidata,unmistakable"
        )
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise EntityFileError(f"line {reader.line_num}: {error}") from None


def _entity(row: Mapping[str, Any]) -> Entity | None:
    """One entity, None for what names nobody. Raises ValueError."""
    if isinstance(row.get("properties"), Mapping):
        return _of_follow_the_money(row)
    kind = _kind(row)
    if kind is None:
        return None
    names = [one for one in _texts(row.get("name"), "name") if one][:1]
    if not names:
        raise ValueError("has no name")
    aliases = _texts(row.get("aliases"), "aliases")
    if row.get("schema"):
        aliases = [one for one in aliases if is_telling(kind, one)]
    return _made(
        kind,
        [*names, *aliases],
        countries=_texts(row.get("countries"), "countries"),
        role=" ".join(_texts(row.get("role"), "role")),
        wikidata=" ".join(_texts(row.get("wikidata"), "wikidata")),
        strict=not row.get("schema"),
        unmistakable=_flag(row.get("unmistakable"), "unmistakable"),
    )


def _kind(row: Mapping[str, Any]) -> Kind | None:
    if schema := row.get("schema"):
        return _SCHEMATA.get(str(schema))
    word = str(row.get("kind") or "").strip().lower()
    if word not in ENTITY_KINDS:
        raise ValueError(f"kind is {word!r}; write {' or '.join(ENTITY_KINDS)}")
    return ENTITY_KINDS[word]


def _of_follow_the_money(row: Mapping[str, Any]) -> Entity | None:
    kind = _SCHEMATA.get(str(row.get("schema")))
    if kind is None:
        return None
    given = row["properties"]
    caption = row.get("caption")
    first = [caption] if isinstance(caption, str) else []
    names = first + [name for key in ("name", "alias") for name in _texts(given.get(key), key)]
    telling = [name for name in names if is_telling(kind, name)]
    if not telling:
        return None
    return _made(
        kind,
        telling,
        countries=[
            code
            for key in ("country", "nationality", "citizenship", "jurisdiction")
            for code in _texts(given.get(key), key)
        ],
        role="; ".join(_texts(given.get("position"), "position")[:1]),
        wikidata=next(iter(_texts(given.get("wikidataId"), "wikidataId")), ""),
        strict=False,
    )


def _texts(value: Any, key: str) -> list[str]:
    if value is None:
        return []
    if isinstance(value, str):
        return [part for part in _LISTS.split(value.strip()) if part]
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return [one.strip() for one in value if one.strip()]
    raise ValueError(f"{key} is neither a text nor a list of texts")


def _flag(value: Any, key: str) -> bool:
    word = str(value if value is not None else "").strip().lower()
    if word not in _FLAGS:
        raise ValueError(f"{key} is {value!r}; write yes or no")
    return _FLAGS[word]


def _made(
    kind: Kind,
    names: Iterable[str],
    *,
    countries: Iterable[str],
    role: str,
    wikidata: str,
    strict: bool,
    unmistakable: bool = False,
) -> Entity:
    """An entity with checked values; ``strict``: codes that are none are a mistake."""
    distinct = list(dict.fromkeys(" ".join(name.split()) for name in names))
    codes = []
    for written in countries:
        code = OTHER_CODES.get(written.upper(), written.upper())
        if re.fullmatch("[A-Z]{2}", code):
            codes.append(code)
        elif strict:
            raise ValueError(f"{written!r} is not an ISO 3166-1 country code; write UA")
    if wikidata and not _WIKIDATA.fullmatch(wikidata):
        if strict:
            raise ValueError(f"{wikidata!r} is no Wikidata id; write Q7747")
        wikidata = ""
    return Entity(
        kind=kind,
        key=entity_key(kind, distinct[0]),
        name=distinct[0],
        aliases=tuple(distinct[1:]),
        countries=tuple(dict.fromkeys(codes)),
        role=role,
        wikidata=wikidata,
        unmistakable=unmistakable,
    )
