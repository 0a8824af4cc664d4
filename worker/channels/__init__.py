"""Channels: where alerts are delivered. One module is one channel; no list has to be edited.

A module here that defines a class with ``kind``, ``Config`` and ``send`` (see ``sender.Sender``)
is a channel. Channels send and classify; whether and when to try again is decided elsewhere.
"""

import difflib
import importlib
import pkgutil
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from datetime import datetime
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple, TypeGuard, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from worker.channels.sender import (
    BadConfigError,
    ChannelConfig,
    ChannelError,
    MissingVariableError,
    Sender,
    Surroundings,
    UnknownKindError,
    close,
    own_clock,
)
from worker.channels.unsubscribe import Unsubscribing
from worker.environment import VariableError
from worker.model import Channel
from worker.net import Net
from worker.variables import fill_all, references

__all__ = [
    "BadConfigError",
    "ChannelConfig",
    "ChannelError",
    "MissingVariableError",
    "Problem",
    "Sender",
    "Surroundings",
    "UnknownKindError",
    "build",
    "channel_kinds",
    "close",
    "configure",
    "secrets_of",
    "validate",
]

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """A mistake in a configuration: where (keys and list positions), what, and how to mend it.

    None of the three shows a configured value.
    """

    path: Path
    problem: str
    mend: str


@cache
def channel_kinds() -> Mapping[str, type[Sender]]:
    """Every kind of channel there is, in the order of the alphabet."""
    found: dict[str, type[Sender]] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if _is_sender(value) and value.__module__ == module.__name__:
                found[value.kind] = value
    return MappingProxyType(dict(sorted(found.items())))


def _is_sender(value: Any) -> TypeGuard[type[Sender]]:
    named = isinstance(value, type) and isinstance(getattr(value, "kind", None), str)
    return named and hasattr(value, "Config") and hasattr(value, "send")


def build(
    channel: Channel,
    environ: Mapping[str, str],
    net: Net,
    unsubscribing: Unsubscribing | None = None,
    now: Callable[[], datetime] = own_clock,
) -> Sender:
    """A channel ready to send. Raises ChannelError as ``configure`` does."""
    config = configure(channel, environ)
    secrets = secrets_of(channel, environ)
    surroundings = Surroundings(channel.name, net, unsubscribing, secrets, now)
    return channel_kinds()[channel.kind](config, surroundings)


def secrets_of(channel: Channel, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The values of the variables that a channel's configuration refers to, as far as they are set."""
    names = {name: None for text in _texts(channel.config) for name in references(text)}
    unset = {name for name, _ in _unset(channel.config, environ)}
    return tuple(environ[name] for name in names if name not in unset)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)


def configure(channel: Channel, environ: Mapping[str, str]) -> ChannelConfig:
    """A channel's configuration, each ``${NAME}`` of it taken from ``environ``.

    Raises ChannelError with one line that names the channel, the key and the mend.
    """
    kind = channel_kinds().get(channel.kind)
    problems = validate(channel.kind, channel.config, environ)
    if problems:
        first = problems[0]
        where = ".".join(str(part) for part in first.path)
        what = f"{where}: {first.problem}" if where else first.problem
        line = f"channel {channel.name!r}: {what}; {first.mend}"
        if kind is None:
            raise UnknownKindError(line)
        unset = {each.path for _, each in _unset(channel.config, environ)}
        raise MissingVariableError(line) if first.path in unset else BadConfigError(line)
    assert kind is not None
    return kind.Config.model_validate(_filled(channel.config, environ))


def validate(
    kind: str, config: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> list[Problem]:
    """Every mistake in a channel's configuration, none if it can be built.

    Without ``environ`` the configuration has its variables filled in already. With it, unset
    ones come first, each at its place; a value that holds one is not judged further.
    """
    sender = channel_kinds().get(kind)
    if sender is None:
        known = ", ".join(channel_kinds())
        near = _nearest(kind, channel_kinds())
        return [
            Problem(("kind",), f"unknown kind of channel {kind!r}", f"{near}use one of {known}")
        ]
    problems = [] if environ is None else [each for _, each in _unset(config, environ)]
    unset = {each.path for each in problems}
    filled = config if environ is None else _filled(config, environ)
    try:
        sender.Config.model_validate(filled)
    except ValidationError as error:
        found = (_problem(each, sender.Config, config) for each in error.errors())
        problems += [
            each for each in found if not any(p[: len(each.path)] == each.path for p in unset)
        ]
    return problems


def _filled(value: Any, environ: Mapping[str, str]) -> Any:
    """A configuration with each variable replaced; one that has no value stays as written."""
    unset = {name: f"${{{name}}}" for name, _ in _unset(value, environ)}
    return fill_all(value, ChainMap(unset, cast("MutableMapping[str, str]", environ)))


def _unset(
    value: Any, environ: Mapping[str, str], path: Path = ()
) -> Iterator[tuple[str, Problem]]:
    """The variables without a value, each with what is wrong where it is referred to."""
    if isinstance(value, str):
        for name in references(value):
            try:
                environ[name]
            except VariableError as error:
                yield name, Problem(path, error.problem, error.mend)
            except KeyError:
                mend = f"set {name}, or {name}_FILE, or write the value"
                yield name, Problem(path, f"${{{name}}} is not set in the environment", mend)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from _unset(each, environ, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for place, each in enumerate(value):
            yield from _unset(each, environ, (*path, place))


def _problem(error: ErrorDetails, model: type[ChannelConfig], config: Mapping[str, Any]) -> Problem:
    """Put pydantic's finding in our words, without the value it found."""
    path = _written(error["loc"], config)
    keys = {field.alias or name: field for name, field in model.model_fields.items()}
    key = str(path[0]) if path else ""
    described = keys[key].description if key in keys else None
    mend = f"{key}: {described}" if described else f"the keys are {', '.join(keys)}"
    match error["type"]:
        case "missing":
            return Problem(path, f"{key!r} is missing", mend)
        case "extra_forbidden":
            return Problem(path, f"unknown key {key!r}", f"{_nearest(key, keys)}{mend}")
        case "value_error":
            problem, *mends = error["ctx"]["error"].args
            return Problem(path, str(problem), str(mends[0]) if mends else mend)
        case _:
            return Problem(path, error["msg"].replace("Input should", "should"), mend)


def _written(location: tuple[int | str, ...], config: Any) -> Path:
    """The part of pydantic's location that stands in the file; a missing key counts too."""
    path: list[int | str] = []
    for part in location:
        inside = isinstance(config, Mapping) or (isinstance(config, list) and isinstance(part, int))
        if not inside:
            break
        path.append(part)
        try:
            config = config[part]
        except (KeyError, IndexError, TypeError):
            break
    return tuple(path)


def _nearest(word: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"did you mean {near[0]!r}? " if near else ""
