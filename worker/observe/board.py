"""The facts of a group of processes as Prometheus reads them, and the turns of their loops."""

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from worker.observe.facts import COUNT, FORGET, MEASURE, REST, SHOW, SPAN, TURN, Fact
from worker.observe.metrics import BY_NAME, COUNTER, HISTOGRAM, METRICS

#: A figure read when somebody asks: metric, labels, value.
Figure = tuple[str, Mapping[str, str], float]
#: Seconds that a process has for its first turn: models are loaded meanwhile.
START_SECONDS = 300.0

_CLASSES: Mapping[str, Any] = {COUNTER: Counter, HISTOGRAM: Histogram}


@dataclass(frozen=True, slots=True)
class Loop:
    """A main loop: seconds since its last turn, how many it may take, whether it ever turned."""

    name: str
    age: float
    within: float
    begun: bool

    @property
    def wedged(self) -> bool:
        """Whether its turn is overdue."""
        return self.age > self.within


class Board:
    """Takes facts from any thread; ``figures`` are asked for at each reading."""

    def __init__(
        self, wedged_after: float = 120.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """``wedged_after``: seconds without a turn, for loops that do not need longer."""
        self._wedged_after = wedged_after
        self.registry = CollectorRegistry()
        self.figures: list[Callable[[], Iterable[Figure]]] = [self._loop_figures]
        self._clock = clock
        self._turns: dict[str, tuple[float, float, bool]] = {}
        self._lock = threading.Lock()
        read = _Read(self.figures)
        self._made: dict[str, Any] = {}
        for metric in METRICS:
            if metric.kind in _CLASSES or metric.name.endswith("_info"):
                more = {"buckets": metric.buckets} if metric.buckets else {}
                self._made[metric.name] = _CLASSES.get(metric.kind, Gauge)(
                    metric.name, metric.help, metric.labels, registry=self.registry, **more
                )
        self.registry.register(read)

    def take(self, fact: Fact) -> None:
        """Note a fact; one that makes no sense is left out."""
        try:
            what, name, values, labels = fact
            if what in {TURN, REST}:
                self._note_turn(what, str(name), values)
            elif what != SPAN:
                self._apply(
                    what, self._made[f"tocsin_{name.removeprefix('tocsin_')}"], values, labels
                )
        except (KeyError, TypeError, ValueError, AttributeError, IndexError):
            return

    def _apply(self, what: str, metric: Any, values: list[float], labels: dict[str, str]) -> None:
        if what == FORGET:
            metric.clear()
            return
        child = metric.labels(**labels) if labels else metric
        for value in values:
            if what == COUNT:
                child.inc(value)
            elif what == MEASURE:
                child.observe(value)
            elif what == SHOW:
                child.set(value)

    def _note_turn(self, what: str, loop: str, values: list[float]) -> None:
        with self._lock:
            if what == REST:
                self._turns.pop(loop, None)
            else:
                self._turns[loop] = (
                    self._clock(),
                    max(float(values[0]), self._wedged_after),
                    True,
                )

    def expect(self, *loops: str) -> None:
        """These loops are to turn soon; a process that never comes up is not well either."""
        with self._lock:
            for loop in loops:
                self._turns.setdefault(loop, (self._clock(), START_SECONDS, False))

    def loops(self) -> list[Loop]:
        """The loops that are to turn, by name."""
        now = self._clock()
        with self._lock:
            turns = sorted(self._turns.items())
        return [Loop(name, now - at, within, begun) for name, (at, within, begun) in turns]

    def _loop_figures(self) -> Iterator[Figure]:
        for loop in self.loops():
            yield "tocsin_loop_turn_age_seconds", {"loop": loop.name}, loop.age
            yield "tocsin_loop_turn_limit_seconds", {"loop": loop.name}, loop.within


class _Read(Collector):
    """Figures that are read when somebody asks for them."""

    def __init__(self, sources: list[Callable[[], Iterable[Figure]]]) -> None:
        self._sources = sources

    def describe(self) -> Iterable[Metric]:
        """Nothing ahead: no source is asked when this is registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One family for each metric that has figures."""
        families: dict[str, GaugeMetricFamily] = {}
        for source in self._sources:
            for name, labels, value in source():
                metric = BY_NAME[name]
                family = families.get(name)
                if family is None:
                    family = families[name] = GaugeMetricFamily(
                        name, metric.help, labels=list(metric.labels)
                    )
                family.add_metric([labels[one] for one in metric.labels], value)
        yield from families.values()
