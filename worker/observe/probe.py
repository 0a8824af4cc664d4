"""Asking a server that may not answer, without waiting for ever, and not too often."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")

FRESH_SECONDS = 1.0
PATIENCE_SECONDS = 3.0


class NoAnswer(Exception):  # noqa: N818 - it says what happened
    """Asking has not ended in time; the message says for how long it has been going on."""


class Probe(Generic[T]):
    """What ``ask`` gives, asked from a thread of its own, kept for ``fresh`` seconds.

    What took t seconds is kept for ``spare`` times t at least: asking takes no larger share of time.
    An error of ``ask`` is raised to whoever looks. Where asking hangs, looking raises NoAnswer
    after ``patience`` seconds, and at once until it has ended.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        *,
        fresh: float = FRESH_SECONDS,
        spare: float = 0.0,
        patience: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask = ask
        self._fresh = fresh
        self._spare = spare
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._begun: float | None = None
        self._kept_until = 0.0
        self._answer: tuple[T | None, Exception | None] | None = None

    def look(self) -> T:
        """The answer. Raises what asking raised, or NoAnswer."""
        with self._lock:
            if self._begun is None and (self._answer is None or self._clock() >= self._kept_until):
                self._begun = self._clock()
                self._ended.clear()
                threading.Thread(target=self._run, name="probe", daemon=True).start()
            begun = self._begun
        if begun is not None:
            left = begun + self._patience - self._clock()
            if not self._ended.wait(max(0.0, left)):
                raise NoAnswer(f"no answer for {self._clock() - begun:.0f} s")
        assert self._answer is not None
        value, error = self._answer
        if error is not None:
            raise error
        return value  # type: ignore[return-value]  # there is one where there is no error

    def _run(self) -> None:
        assert self._begun is not None
        try:
            answer: tuple[T | None, Exception | None] = (self._ask(), None)
        except Exception as error:  # noqa: BLE001 - whoever looks is told
            answer = (None, error)
        now = self._clock()
        with self._lock:
            self._answer = answer
            spare = self._spare * (now - self._begun) if answer[1] is None else 0.0
            self._kept_until = now + max(self._fresh, spare)
            self._begun = None
        self._ended.set()
