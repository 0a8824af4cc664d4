"""Entries of the hand-written YAML lists, read strictly.

A slip in a list of hundreds is found when it is read, not when an article goes untagged: a key
nobody knows, a key written twice or a value of the wrong kind is an error that says in which file
and line, and in which entry, it stands.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from importlib import resources
from typing import Any

import yaml

_DATE = re.compile(r"(?:19|20)\d\d(?:-(?:0[1-9]|1[0-2]))?")
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class EntryError(ValueError):
    """A list that cannot be read; the message names file, line and entry."""


class Entry:
    """One entry of a list, and the place to name if something is wrong with it."""

    def __init__(self, place: str, raw: Mapping[str, Any], *, named: bool = True) -> None:
        self._place = f"{place} ({raw.get('name')})" if named else place
        self._raw = raw

    def has(self, key: str) -> bool:
        """Whether the entry has this key."""
        return key in self._raw

    def only(self, keys: Iterable[str]) -> None:
        """Raise ``EntryError`` if the entry has any other key."""
        self._refuse(self._raw.keys() - set(keys), "unknown key")

    def text(self, key: str) -> str:
        """A text that has to be there. Raises ``EntryError``."""
        found = self._raw.get(key)
        if not isinstance(found, str) or not found.strip():
            raise EntryError(f"{self._place}: {key} is missing or no text")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts, empty if the key is missing. Raises ``EntryError``."""
        found = self._raw.get(key, [])
        if not isinstance(found, list) or not all(isinstance(x, str) and x.strip() for x in found):
            raise EntryError(f"{self._place}: {key} is no list of texts")
        self._refuse({text for text in found if found.count(text) > 1}, f"twice in {key}")
        return tuple(found)

    def flag(self, key: str) -> bool:
        """True or false, false if the key is missing. Raises ``EntryError``."""
        found = self._raw.get(key, False)
        if not isinstance(found, bool):
            raise EntryError(f"{self._place}: {key} is neither true nor false")
        return found

    def date(self, key: str) -> str:
        """An ISO year, month or day, "" if the key is missing. Raises ``EntryError``."""
        found = self._raw.get(key, "")
        if isinstance(found, date):
            return found.isoformat()
        if key in self._raw and not _DATE.fullmatch(str(found)):
            raise EntryError(f"{self._place}: {key} is no year, month or day: {found}")
        return str(found)

    def entries(self, key: str) -> tuple["Entry", ...]:
        """A list of mappings that has to be there. Raises ``EntryError``."""
        found = self._raw.get(key)
        if not isinstance(found, list) or not found or not all(isinstance(x, dict) for x in found):
            raise EntryError(f"{self._place}: {key} is missing or no list of mappings")
        return tuple(Entry(self._place, raw, named=False) for raw in found)

    def countries(self) -> tuple[str, ...]:
        """ISO 3166-1 codes; [] has to be written for none. Raises ``EntryError``."""
        if "countries" not in self._raw:
            raise EntryError(f"{self._place}: countries are missing ([] for none)")
        codes = self.texts("countries")
        self._refuse({code for code in codes if not re.fullmatch("[A-Z]{2}", code)}, "no code")
        return codes

    def error(self, message: str) -> EntryError:
        """The error to raise for something else that is wrong with this entry."""
        return EntryError(f"{self._place}: {message}")

    def _refuse(self, found: Iterable[str], what: str) -> None:
        for word in sorted(map(str, found)):
            raise EntryError(f"{self._place}: {what}: {word}")


def read_lists(folder: str) -> Iterator[tuple[str, str]]:
    """The lists in a folder of ``data``, by name: the text and the file's name of each."""
    within = resources.files("worker.tagging").joinpath("data", folder)
    for name in sorted(one.name for one in within.iterdir() if one.name.endswith(".yaml")):
        yield within.joinpath(name).read_text("utf-8"), name


def read_entries(text: str, filename: str) -> Iterator[Entry]:
    """The entries of one list of mappings. Raises ``EntryError``."""
    loader = _LOADER(text)
    try:
        document = loader.get_single_node()
        if not isinstance(document, yaml.SequenceNode):
            raise EntryError(f"{filename}: is no list of entries")
        for node in document.value:
            place = f"{filename}, line {node.start_mark.line + 1}"
            yield Entry(place, _mapping(loader, node, place))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise EntryError(f"{filename}, line {line}: {error.problem}") from error
    finally:
        loader.dispose()


def _mapping(loader: Any, node: yaml.Node, place: str) -> Mapping[str, Any]:
    if not isinstance(node, yaml.MappingNode):
        raise EntryError(f"{place}: is no entry")
    keys = [key.value for key, _ in node.value]
    for key in keys:
        if keys.count(key) > 1:
            raise EntryError(f"{place}: repeated key: {key}")
    found: Mapping[str, Any] = loader.construct_document(node)
    return found
