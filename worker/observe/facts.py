"""What a process states of its work: counts, lengths of time, turns of its loops.

Stating costs next to nothing and never fails; where nobody shows facts they are dropped. A fact is
a list that JSON can hold: what it is, the metric or loop it is of, its figures, its labels.
"""

from collections.abc import Callable, Iterable
from typing import Any

Fact = list[Any]
Sink = Callable[[Fact], object]

COUNT, MEASURE, SHOW, FORGET, TURN, REST = "count", "measure", "show", "forget", "turn", "rest"

_sink: Sink | None = None


def send_to(sink: Sink | None) -> None:
    """Where the facts of this process go from now on; ``None``: nowhere."""
    global _sink  # noqa: PLW0603 - one process, one place for its facts
    _sink = sink


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
