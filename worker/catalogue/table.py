"""One YAML mapping, read key by key; whatever is amiss is noted with its place."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

import yaml

from worker.catalogue.document import describe, is_foreign, is_nothing, position
from worker.catalogue.mistakes import Mistake, did_you_mean
from worker.durations import parse_duration
from worker.environment import VariableError
from worker.variables import fill

LONGEST = timedelta(days=30)
TRUE, FALSE = frozenset({"true", "yes", "on"}), frozenset({"false", "no", "off"})

T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """Where mistakes are gathered; also the text and the environment they are judged by."""

    text: str
    environ: Mapping[str, str]
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, node: yaml.Node, problem: str, mend: str = "") -> None:
        """Note a mistake at the beginning of a node."""
        self.mistakes.append(Mistake(*position(node.start_mark), problem, mend))

    def filled(self, node: yaml.Node, text: str) -> str | None:
        """The text with ``${NAME}`` filled in; ``None``, and a mistake noted, where it cannot be."""
        try:
            return fill(text, self.environ)
        except VariableError as error:
            self.note(node, error.problem, error.mend)
            return None


@dataclass(frozen=True, slots=True)
class Written:
    """A string of the file: as written, filled in, and where it stands."""

    raw: str
    value: str
    node: yaml.ScalarNode


def entries(node: yaml.Node, notes: Notes, what: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    """The keys of a mapping with their nodes (key, value); duplicate and odd keys are noted."""
    found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
    if not isinstance(node, yaml.MappingNode):
        notes.note(node, f"{what} is {describe(node)}", "write it as 'key: value' lines")
        return found
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode) or is_foreign(key):
            notes.note(key, f"a key in {what} is {describe(key)}", "write a plain word")
        elif key.value in found:
            first = position(found[key.value][0].start_mark)[0]
            notes.note(
                key, f"'{key.value}' is written twice in {what} (first on line {first})", "keep one"
            )
        else:
            found[key.value] = (key, value)
    return found


def items(node: yaml.Node, notes: Notes, what: str) -> list[yaml.Node]:
    """The elements of a list; nothing at all is an empty list."""
    if is_nothing(node):
        return []
    if not isinstance(node, yaml.SequenceNode):
        notes.note(node, f"{what} is {describe(node)}", "write a list: one '- ' line for each")
        return []
    return list(node.value)


def scalar(node: yaml.Node, notes: Notes, what: str, kind: str) -> yaml.ScalarNode | None:
    """The node if it holds one value; a mistake naming the wanted ``kind`` otherwise."""
    if is_nothing(node):
        notes.note(node, f"{what} has no value", f"write {kind}")
    elif not isinstance(node, yaml.ScalarNode):
        notes.note(node, f"{what} is {describe(node)}", f"write {kind}")
    elif is_foreign(node):
        notes.note(node, f"{what} has the tag '{node.tag}'", "remove the tag: only values are read")
    else:
        return node
    return None


def text_of(node: yaml.Node, notes: Notes, what: str) -> Written | None:
    """A one-line text. What YAML would take for a number or a truth value is text as written."""
    found = scalar(node, notes, what, "text")
    if found is None:
        return None
    filled = notes.filled(found, found.value)
    if filled is None:
        return None
    if not filled.strip():
        notes.note(found, f"{what} is empty", "write it, or leave the key out")
        return None
    if "\n" in filled.strip():
        notes.note(found, f"{what} has several lines", "write it in one")
        return None
    return Written(found.value.strip(), filled.strip(), found)


class Table:
    """A mapping with known keys. Each method reads one key and notes what is wrong with it."""

    def __init__(
        self, node: yaml.Node, notes: Notes, what: str, keys: Collection[str] | None
    ) -> None:
        self.node = node
        self.notes = notes
        self.what = what
        self.found = entries(node, notes, what)
        self.sound = isinstance(node, yaml.MappingNode)
        for name, (key, _) in self.found.items():
            if keys is not None and name not in keys:
                mend = did_you_mean(name, keys, among="the keys here are")
                notes.note(key, f"unknown key '{name}' in {what}", mend)

    def value(self, key: str) -> yaml.Node | None:
        """The node of a key's value, ``None`` where the key is absent."""
        pair = self.found.get(key)
        return pair[1] if pair else None

    def missing(self, key: str, mend: str) -> None:
        """Note that a key is needed and absent."""
        if self.sound:
            self.notes.note(self.node, f"{self.what} has no '{key}'", mend)

    def text(self, key: str, *, required: str = "") -> Written | None:
        """A one-line text; ``required`` is the mend if it is absent."""
        node = self.value(key)
        if node is None:
            if required:
                self.missing(key, required)
            return None
        return text_of(node, self.notes, f"'{key}'")

    def texts(self, key: str) -> tuple[Written, ...] | None:
        """A list of one-line texts, ``None`` where the key is absent."""
        node = self.value(key)
        if node is None:
            return None
        each = items(node, self.notes, f"'{key}'")
        read = (text_of(one, self.notes, f"an element of '{key}'") for one in each)
        return tuple(one for one in read if one is not None)

    def duration(self, key: str) -> timedelta | None:
        """A length of time such as ``15m``."""
        return self._one(key, "a time such as 15m (units: s, m, h, d)", _duration)

    def count(self, key: str) -> int | None:
        """A whole number from 0."""
        return self._one(key, "a whole number from 0", _count)

    def flag(self, key: str) -> bool | None:
        """True or false."""
        return self._one(key, "true or false", _flag)

    def table(self, key: str, keys: Collection[str] | None) -> "Table | None":
        """A mapping below this one with its own keys, ``None`` where the key is absent."""
        node = self.value(key)
        return Table(node, self.notes, f"'{key}'", keys) if node is not None else None

    def _one(self, key: str, kind: str, read: Callable[[str], T | None]) -> T | None:
        node = self.value(key)
        found = scalar(node, self.notes, f"'{key}'", kind) if node is not None else None
        filled = self.notes.filled(found, found.value) if found is not None else None
        if found is None or filled is None:
            return None
        value = read(filled.strip())
        if value is None:
            self.notes.note(found, f"'{key}' is '{found.value}'", f"write {kind}")
        return value


def _duration(text: str) -> timedelta | None:
    """A length of time with its unit: a bare 15 would be seconds to some and minutes to others."""
    length = None if text[-1:].isdigit() else parse_duration(text)
    return length if length and timedelta() < length <= LONGEST else None


def _count(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text) else None


def _flag(text: str) -> bool | None:
    word = text.lower()
    return True if word in TRUE else False if word in FALSE else None


def plain(node: yaml.Node, notes: Notes, what: str) -> Any:
    """A node as a plain value of mappings, lists, texts, numbers, truth values and ``None``."""
    if isinstance(node, yaml.MappingNode):
        return {
            key: plain(value, notes, f"'{key}'")
            for key, (_, value) in entries(node, notes, what).items()
        }
    if isinstance(node, yaml.SequenceNode):
        return [plain(one, notes, f"an element of {what}") for one in node.value]
    if is_nothing(node):
        return None
    found = scalar(node, notes, what, "a value")
    return _plain_scalar(found) if found is not None else None


def _plain_scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.rpartition(":")[2]
    if kind == "bool":
        return _flag(node.value)
    try:
        if kind == "int":
            return int(node.value)
        if kind == "float":
            return float(node.value)
    except ValueError:
        pass  # 12:30, 0x1F and the like: as written
    return node.value


def locate(node: yaml.Node, path: Iterable[str | int]) -> yaml.Node:
    """The node a path of keys and indices leads to; its key, for a key; as deep as there is one."""
    place = node
    for step in path:
        if isinstance(node, yaml.MappingNode):
            pairs = {
                key.value: (key, value)
                for key, value in node.value
                if isinstance(key, yaml.ScalarNode)
            }
            if step not in pairs:
                break
            place, node = pairs[step]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int):
            if not 0 <= step < len(node.value):
                break
            place = node = node.value[step]
        else:
            break
    return place
