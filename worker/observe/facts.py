"""What a process states of its work: counts, lengths of time, turns of its loops.

Stating costs next to nothing and never fails; where nobody shows facts they are dropped. A fact is
a list that JSON can hold: what it is, the metric or loop it is of, its figures, its labels.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

Fact = list[Any]
Sink = Callable[[Fact], object]

COUNT, MEASURE, SHOW, FORGET, TURN, REST = "count", "measure", "show", "forget", "turn", "rest"
SPAN = "span"
#: Says in a span that its step failed, and by which named reason.
ERROR = "error"

_sink: Sink | None = None
_spans = False


def send_to(sink: Sink | None, *, spans: bool = False) -> None:
    """Where the facts of this process go from now on; ``None``: nowhere. ``spans``: those too."""
    global _sink, _spans
    _sink, _spans = sink, spans and sink is not None


def hand_on(fact: Fact) -> None:
    """State what another process has stated."""
    if _sink is not None:
        _sink(fact)


def spans_are_wanted() -> bool:
    """Whether anybody wants to know how long each step of an item took."""
    return _spans


def are_shown() -> bool:
    """Whether anybody shows the facts of this process."""
    return _sink is not None


def count(metric: str, number: float = 1, **labels: str) -> None:
    """Something has happened, so many times."""
    if _sink is not None:
        _sink([COUNT, metric, [number], labels])


def measure(metric: str, values: Iterable[float], **labels: str) -> None:
    """Figures for a histogram; what is below 0 counts as 0."""
    if _sink is None:
        return
    given = [round(max(0.0, value), 6) for value in values]
    for start in range(0, len(given), 100):  # a fact has to fit into one write of a pipe
        _sink([MEASURE, metric, given[start : start + 100], labels])


def show(metric: str, value: float, **labels: str) -> None:
    """What a figure is now."""
    if _sink is not None:
        _sink([SHOW, metric, [value], labels])


def forget(metric: str) -> None:
    """Drop what was shown of a metric."""
    if _sink is not None:
        _sink([FORGET, metric, [], {}])


def turn(loop: str, least: float = 0.0) -> None:
    """A loop has come round; it may well be ``least`` seconds until the next time."""
    if _sink is not None:
        _sink([TURN, loop, [least], {}])


def rest(loop: str) -> None:
    """A loop has ended in order and is expected no more."""
    if _sink is not None:
        _sink([REST, loop, [], {}])


def spans(name: str, things: Iterable[Mapping[str, Any]], begun: float, ended: float) -> None:
    """A step, from one Unix time to another, in the life of things that are named as in the log."""
    if _spans:
        for thing in things:
            hand_on([SPAN, name, [round(begun, 6), round(max(begun, ended), 6)], dict(thing)])


@contextmanager
def span(name: str, things: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """The same for what is done within; gives a place for what else is to be said of it."""
    more: dict[str, Any] = {}
    if not _spans:
        yield more
        return
    begun, started = time.time(), time.monotonic()
    try:
        yield more
    except BaseException as error:
        more[ERROR] = type(error).__name__
        raise
    finally:
        ended = begun + time.monotonic() - started
        spans(name, [{**thing, **more} for thing in things], begun, ended)
