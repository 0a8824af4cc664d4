"""What was worked out of a word or number, looked up from then on."""

from collections.abc import Callable
from typing import TypeVar

REMEMBERED = 1 << 16
"""At so many all is forgotten: a table takes some megabytes, and is full again soon."""

Key = TypeVar("Key")
Value = TypeVar("Value")


class Remembered(dict[Key, Value]):
    """A table that works out what it lacks; looking up costs no call."""

    def __init__(self, work: Callable[[Key], Value]) -> None:
        self._work = work

    def __missing__(self, key: Key) -> Value:
        if len(self) >= REMEMBERED:
            self.clear()
        value = self[key] = self._work(key)
        return value
