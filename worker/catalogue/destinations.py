"""The channels of a catalogue: their kinds and their configuration."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Protocol

import yaml

from worker.catalogue.declared import DeclaredChannel
from worker.catalogue.fields import Seen, read_slug
from worker.catalogue.mistakes import did_you_mean
from worker.catalogue.table import Notes, Table, locate, plain
from worker.environment import VariableError
from worker.variables import fill, fill_all, references

SECRET = re.compile(
    r"(^|[_-])(password|passwd|passphrase|secret|token|api[_-]?key)s?$", re.IGNORECASE
)

Path = str | Sequence[str | int]
ConfigProblem = tuple[Path, str, str]


class ValidateChannel(Protocol):
    """Judges a configuration with ``${NAME}`` filled in: (path to the key, problem, mend) each.

    A path is a sequence of keys and indices, or one string of them joined by dots. What is
    returned is shown: it must not quote values that can be secret.
    """

    def __call__(self, kind: str, config: Mapping[str, Any], /) -> Sequence[ConfigProblem]:
        """The problems of one channel's configuration."""


def read_channel(
    node: yaml.Node,
    notes: Notes,
    seen: Seen,
    *,
    known_kinds: Collection[str] | None,
    validate: ValidateChannel | None,
) -> DeclaredChannel:
    """One element of ``channels``. Its name or kind is ``""`` where a mistake was noted."""
    table = Table(node, notes, "a channel", None)
    name = read_slug(table, seen, "add a name that watches can call it by")
    kind = _read_kind(table, known_kinds)
    config = {
        key: plain(value, notes, f"'{key}'")
        for key, (_, value) in table.found.items()
        if key not in {"name", "kind"}
    }
    filled = _check_strings(node, notes, config)
    if filled and kind and validate is not None:
        for path, problem, mend in validate(kind, fill_all(config, notes.environ)):
            steps = _steps(path)
            key = ".".join(map(str, steps))
            said = problem if not key or f"'{key}'" in problem else f"'{key}': {problem}"
            notes.note(locate(node, steps), f"channel '{name}': {said}", mend)
    return DeclaredChannel(name=name, kind=kind, config=config)


def _read_kind(table: Table, known_kinds: Collection[str] | None) -> str:
    choice = sorted(known_kinds or ())
    written = table.text("kind", required=f"add 'kind: {choice[0] if choice else 'console'}'")
    if written is None:
        return ""
    if known_kinds is not None and written.value not in known_kinds:
        mend = did_you_mean(written.value, choice, among="the kinds are")
        table.notes.note(written.node, f"unknown kind of channel '{written.value}'", mend)
        return ""
    return written.value


def _check_strings(node: yaml.Node, notes: Notes, config: Mapping[str, Any]) -> bool:
    """Whether every ``${NAME}`` can be filled in; a secret written out is noted too."""
    sound = True
    for path, text in _strings(config, ()):
        place = locate(node, path)
        try:
            fill(text, notes.environ)
        except VariableError as error:
            notes.note(place, error.problem, error.mend)
            sound = False
        key = next((str(step) for step in reversed(path) if isinstance(step, str)), "")
        if text and SECRET.search(key) and not references(text):
            mend = f"keep it in the environment: {key}: ${{{_variable(key)}}}"
            notes.note(place, f"the secret '{key}' is written in the file", mend)
    return sound


def _variable(key: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", key.upper())


def _strings(
    value: Any, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _strings(one, (*path, key))
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _strings(one, (*path, index))


def _steps(path: Path) -> tuple[str | int, ...]:
    if isinstance(path, str):
        return tuple(int(step) if step.isdigit() else step for step in path.split(".") if step)
    return tuple(path)
