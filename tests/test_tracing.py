"""Traces as a collector gets them: by OTLP over HTTP, from a real exporter."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.collector import Collector, value_of
from worker.health import pipe_for_children, shown, takes_facts
from worker.observe import facts, tracing
from worker.observe.pipe import Pipe, sink_of
from worker.settings import Settings
from worker.traces import trace_of

TRACE = trace_of(7, datetime(2026, 3, 1, 12, tzinfo=UTC))
ITEM = {"item": 7, "feed": "gazette", "trace": TRACE}


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector that keeps what it gets."""
    with Collector() as running:
        yield running


@pytest.fixture
def exporter(collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Iterator[tracing.Exporter]:
    """An exporter to it, that takes the facts of this process."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    made = tracing.exporter({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    assert made is not None
    facts.send_to(made.take, spans=True)
    yield made
    facts.send_to(None)
    made.close()


def test_the_steps_of_an_item_are_one_trace(
    exporter: tracing.Exporter, collector: Collector
) -> None:
    """Its id is the item's own; the poll is the parent of all other steps, whoever states them."""
    facts.spans("poll", [ITEM], 100.0, 100.5)
    with facts.span("tag", [ITEM]) as said:
        said["mentions"] = 3
    exporter.close()
    poll, tag = sorted(collector.spans, key=lambda one: str(one.name))
    assert ("poll", "tag") == (poll.name, tag.name)
    assert {TRACE} == {one.trace_id.hex() for one in collector.spans}
    assert b"" == poll.parent_span_id
    assert poll.span_id == tag.parent_span_id != tag.span_id
    assert (100_000_000_000, 100_500_000_000) == (
        poll.start_time_unix_nano, poll.end_time_unix_nano,
    )  # fmt: skip
    assert tag.start_time_unix_nano <= tag.end_time_unix_nano
    assert {"tocsin.item": 7, "tocsin.feed": "gazette", "tocsin.mentions": 3} == value_of(tag)
    assert "tocsin" == collector.resource["service.name"]


def test_a_step_that_fails_says_why(exporter: tracing.Exporter, collector: Collector) -> None:
    """By the kind of error that went through it, or by a named reason."""
    with pytest.raises(LookupError), facts.span("extract", [ITEM]):
        raise LookupError
    with facts.span("fetch", [ITEM]) as said:
        said[facts.ERROR] = "status_503"
    exporter.close()
    told = {one.name: (one.status.code, one.status.message) for one in collector.spans}
    assert {"extract": (2, "LookupError"), "fetch": (2, "status_503")} == told


def test_what_makes_no_sense_is_left_out(exporter: tracing.Exporter, collector: Collector) -> None:
    """A broken child can say anything; other facts are none of its business."""
    for fact in ([], None, ["count", "polls_total", [1], {}], ["span", "tag", [1], ITEM],
                 ["span", "secret", [1, 2], ITEM], ["span", "tag", [1, "x"], ITEM], ["span", "tag", [1, 2], {}],
                 ["span", "tag", [1, 2], {"trace": "f" * 31}], ["span", "tag", [1, 2], {"trace": 7}]):  # fmt: skip
        exporter.take(fact)  # type: ignore[arg-type]
    exporter.take(["span", "tag", [1, 2], ITEM])
    exporter.close()
    assert 1 == len(collector.spans)


def test_standard_variables_are_heeded(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service's name, headers, and samples: a trace is taken as a whole or not at all."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", f"{collector.url}/v1/traces")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "newsroom")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "api-key=abc")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
    made = tracing.Exporter()
    for number in range(1, 201):
        named = {"item": number, "trace": trace_of(number, datetime(2026, 3, 1, tzinfo=UTC))}
        for step in ("poll", "tag"):
            made.take(["span", step, [1, 2], named])
    made.close()
    steps: dict[Any, set[str]] = {}
    for one in collector.spans:
        steps.setdefault(one.trace_id, set()).add(one.name)
    assert 80 < len(steps) < 120
    assert all({"poll", "tag"} == names for names in steps.values())
    assert "newsroom" == collector.resource["service.name"]
    assert "abc" == collector.headers["api-key"]


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": " "},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_SDK_DISABLED": "true"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_TRACES_EXPORTER": "none"},
    ],
)
def test_nothing_is_exported_unless_asked_for(variables: dict[str, str]) -> None:
    """And without a word."""
    with capture_logs() as said:
        assert tracing.exporter(variables) is None
    assert [] == said


def test_what_cannot_be_done_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra that is missing, a protocol that is not spoken, a figure that is none."""
    asked = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    with capture_logs() as said:
        assert tracing.exporter(asked | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}) is None
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "0")
        assert tracing.exporter(asked) is None
        monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
        assert tracing.exporter(asked) is None
    assert {("traces are not exported", "warning")} == {
        (one["event"], one["log_level"]) for one in said
    }
    protocol, figure, extra = (one["error"] for one in said)
    assert "grpc" in protocol
    assert "OTEL_*" in figure
    assert "pip install 'tocsin[otel]'" in extra


def test_nothing_is_imported_unless_asked_for() -> None:
    """The extra need not be there. Where it is, redis-py imports a part of it for its own metrics."""
    code = (
        "import sys, json; import worker.health, worker.jobs.tagging, worker.scheduler;"
        "from worker.observe import tracing; tracing.exporter({});"
        "ours = ('opentelemetry.exporter', 'opentelemetry.sdk.trace');"
        "print(json.dumps([one for one in sys.modules if one.startswith(ours)]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert [] == json.loads(done.stdout)


def test_spans_come_through_the_pipe_only_where_they_are_wanted() -> None:
    """A child need not know who exports them, or whether that can be done."""
    for wanted in (True, False):
        came: list[facts.Fact] = []
        enough = threading.Event()

        def take(fact: facts.Fact, came: Any = came, enough: Any = enough) -> None:
            came.append(fact)
            if fact[0] == "turn":
                enough.set()

        pipe = Pipe(take, spans=wanted)
        sink = sink_of(dict(pipe.environment))
        assert sink is not None
        facts.send_to(sink, spans=sink.spans)
        with facts.span("tag", [ITEM]):
            pass
        facts.turn("tag")
        assert enough.wait(10)
        facts.send_to(None)
        pipe.close()
        assert (["span", "turn"] if wanted else ["turn"]) == [one[0] for one in came]


def test_a_collector_that_is_lost_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """And that it is back."""

    class Sender:
        answers = iter((False, False, True, True))

        def export(self, _: object) -> Any:
            from opentelemetry.sdk.trace.export import SpanExportResult

            return SpanExportResult.SUCCESS if next(self.answers) else SpanExportResult.FAILURE

        def shutdown(self) -> None:
            """Nothing to let go."""

    with capture_logs() as said:
        sender = tracing._Said(Sender())
        for _ in range(4):
            sender.export([1])
    assert ["traces are lost", "traces are exported again"] == [one["event"] for one in said]


def test_a_process_that_shows_nothing_exports_all_the_same(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And has its children hand over their spans."""
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)
    settings = Settings(health_listen="off")
    assert takes_facts(settings)
    with shown(settings, ("poll",)) as health:
        assert health is None
        pipe = pipe_for_children()
        assert pipe is not None
        sink = sink_of(dict(pipe.environment))
        assert sink is not None
        assert sink.spans
        facts.turn("poll")
        facts.spans("tag", [ITEM], 1.0, 2.0)
        pipe.close()
    assert not facts.are_shown()
    assert ["tag"] == [one.name for one in collector.spans]
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT")
    assert not takes_facts(settings)
    with shown(settings, ("poll",)):
        assert pipe_for_children() is None
