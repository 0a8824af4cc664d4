"""Traces for OpenTelemetry: each step of an item's life as a span, all in the item's one trace.

Processes state spans as facts; the one that takes the facts of its group exports them, as threads
that send have no place where children are forked. It needs the extra ``tocsin[otel]``, which is
imported only where the standard variables name a collector.
"""

import logging
import random
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from worker import __version__
from worker.observe.facts import ERROR, SPAN, Fact
from worker.observe.logs import logger

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
PROTOCOL = "http/protobuf"
#: The step a trace begins with: its span is the parent of all others.
ROOT = "poll"
STEPS = frozenset(
    {ROOT, "fetch", "extract", "recognize", "tag", "match", "story", "plan", "deliver"}
)
#: Seconds that the last spans have to get out at the end.
CLOSE_SECONDS = 3.0

log = logger(__name__)


def is_wanted(variables: Mapping[str, str]) -> bool:
    """Whether the standard variables ask for traces: a collector is named, and nothing is off."""
    return (
        _first(variables, ENDPOINTS) != ""
        and variables.get("OTEL_SDK_DISABLED", "").strip().lower() != "true"
        and variables.get("OTEL_TRACES_EXPORTER", "").strip() in {"", "otlp"}
    )


def exporter(variables: Mapping[str, str]) -> "Exporter | None":
    """What exports spans, if that is wanted and can be done; one line says why it cannot."""
    if not is_wanted(variables):
        return None
    protocol = _first(variables, PROTOCOLS)
    if protocol not in {"", PROTOCOL}:
        _refuse(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}: only {PROTOCOL} is spoken")
        return None
    try:
        return Exporter()
    except ImportError:
        _refuse("the extra is not installed: pip install 'tocsin[otel]'")
    except ValueError as error:
        _refuse(f"a variable OTEL_* cannot be used: {str(error).splitlines()[0]}")
    return None


def _first(variables: Mapping[str, str], names: Sequence[str]) -> str:
    return next((found for name in names if (found := variables.get(name, "").strip())), "")


def _refuse(error: str) -> None:
    log.warning("traces are not exported", error=error)


def _session() -> Any:
    """A session that sends, also where the guard of chat channels has taken over their making."""
    import requests
    from requests.adapters import HTTPAdapter

    session = requests.Session()
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter())
    return session


class Exporter:
    """Takes spans from any thread and sends them in batches, by OTLP over HTTP.

    Where the collector does not keep up or is away, spans are dropped: nothing waits for it. It is
    set up by the standard variables ``OTEL_*``.
    """

    def __init__(self) -> None:
        """Raises ImportError without the extra, ValueError where a variable makes no sense."""
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # What it says of each failed attempt is said once, by _Said.
        logging.getLogger("opentelemetry.exporter").setLevel(logging.CRITICAL)
        ours = Resource.create({"service.name": "tocsin", "service.version": __version__})
        self._resource = ours.merge(OTELResourceDetector().detect())
        # The provider reads the variables for samples; it makes no spans, as theirs begin elsewhere.
        provider = TracerProvider(resource=self._resource, shutdown_on_exit=False)
        self._sampler = provider.sampler
        said: Any = _Said(OTLPSpanExporter(session=_session()))
        self._batches = BatchSpanProcessor(said)

    def take(self, fact: Fact) -> None:
        """Send a span some time soon; other facts, and what makes no sense, are left out."""
        try:
            what, name, (begun, ended), named = fact
            if what == SPAN and name in STEPS and re.fullmatch("[0-9a-f]{32}", named["trace"]):
                self._send(name, float(begun), float(ended), named)
        except (KeyError, TypeError, ValueError, AttributeError):
            return

    def _send(self, name: str, begun: float, ended: float, named: Mapping[str, Any]) -> None:
        from opentelemetry.sdk.trace import ReadableSpan
        from opentelemetry.sdk.util.instrumentation import InstrumentationScope
        from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

        trace = int(named["trace"], 16)
        # Without a parent: so a sampler decides by the trace, in all processes alike.
        if not self._sampler.should_sample(None, trace, ROOT).decision.is_sampled():  # type: ignore[no-untyped-call]
            return
        sampled = TraceFlags(TraceFlags.SAMPLED)
        # Known to who knows the trace: processes need not tell each other.
        root = SpanContext(trace, int(named["trace"][16:], 16), False, sampled)
        span_id = random.getrandbits(64) or 1
        ours = SpanContext(trace, span_id, False, sampled)
        error = named.get(ERROR)
        self._batches.on_end(
            ReadableSpan(
                name,
                context=root if name == ROOT else ours,
                parent=None if name == ROOT else root,
                resource=self._resource,
                attributes={
                    f"tocsin.{key}": value
                    for key, value in named.items()
                    if key not in {"trace", ERROR} and isinstance(value, str | int | float)
                },
                kind=SpanKind.CLIENT if name in {"fetch", "deliver"} else SpanKind.INTERNAL,
                status=Status(StatusCode.ERROR, str(error)) if error else Status(),
                start_time=int(begun * 1e9),
                end_time=int(ended * 1e9),
                instrumentation_scope=InstrumentationScope("tocsin", __version__),
            )
        )

    def close(self) -> None:
        """Send what is left, if that does not take long."""
        ending = threading.Thread(target=self._batches.shutdown, name="traces", daemon=True)
        ending.start()
        ending.join(CLOSE_SECONDS)


class _Said:
    """An exporter that says once when the collector is lost, and when it is back."""

    def __init__(self, sender: Any) -> None:
        self._sender = sender
        self._lost = False
        self.shutdown: Callable[[], None] = sender.shutdown

    def export(self, spans: Sequence[Any]) -> Any:
        """Send a batch."""
        result = self._sender.export(spans)
        lost = result.name != "SUCCESS"
        if lost and not self._lost:
            log.warning(
                "traces are lost", error="the collector does not take them", spans=len(spans)
            )
        elif self._lost and not lost:
            log.info("traces are exported again")
        self._lost = lost
        return result
