"""``${NAME}``: references to the environment inside the strings of a catalogue.

``$${`` stands for a literal ``${``. Whatever goes into the database keeps its references, so that
secrets stay in the environment; they are filled in at the moment of use, with ``fill``.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from worker.environment import VariableError

REFERENCE = re.compile(r"\$\$\{|\$\{([^}\n]*)(\})?")
NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def references(text: str) -> tuple[str, ...]:
    """The names a text refers to, in order, each once."""
    found = (match[1] for match in REFERENCE.finditer(text) if match[1] is not None)
    return tuple(dict.fromkeys(found))


def fill(text: str, environ: Mapping[str, str]) -> str:
    """The text with its references filled in and ``$${`` made literal. Raises VariableError."""

    def value(match: re.Match[str]) -> str:
        name, closed = match[1], match[2]
        if name is None:
            return "${"
        if not closed:
            raise VariableError(
                "'${' without its '}'", "close it, or write '$${' for a literal '${'"
            )
        if not NAME.fullmatch(name):
            raise VariableError(
                f"'${{{name}}}' does not name an environment variable",
                "write letters, digits and '_' between the braces, or '$${' for a literal '${'",
            )
        if name not in environ:
            raise VariableError(
                f"environment variable {name} is not set",
                f"set {name}, or {name}_FILE, before starting Tocsin",
            )
        return environ[name]

    return REFERENCE.sub(value, text)


def fill_all(value: Any, environ: Mapping[str, str]) -> Any:
    """A nested value (mappings, lists, scalars) with every string in it filled in."""
    if isinstance(value, str):
        return fill(value, environ)
    if isinstance(value, Mapping):
        return {key: fill_all(one, environ) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [fill_all(one, environ) for one in value]
    return value


def referred(value: Any) -> tuple[str, ...]:
    """The names that the strings of a nested value refer to, in order, each once."""
    if isinstance(value, str):
        return references(value)
    inside = value.values() if isinstance(value, Mapping) else value
    if not isinstance(inside, Iterable):
        return ()
    return tuple(dict.fromkeys(name for one in inside for name in referred(one)))
