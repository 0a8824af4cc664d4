"""What processes show of themselves over HTTP: real ones, that are wedged, and lose their servers."""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from tests.collector import Collector, value_of
from tests.integration.command import Run
from tests.integration.conftest import Processes
from tests.integration.newsstand import Publisher
from worker.store import feeds, watches
from worker.store.lookup import list_items
from worker.traces import number_of, trace_of


def free_port() -> int:
    """A port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Shown:
    """What a process shows at a port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.listen = f"127.0.0.1:{self.port}"

    def ask(self, path: str) -> tuple[int, str]:
        """The status and body of an answer; 0 where there is none."""
        try:
            with urllib.request.urlopen(f"http://{self.listen}{path}", timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def ask_as(self, path: str, accept: str) -> tuple[str, str]:
        """The headers and the body for one who wants a kind of answer; empty where there is none."""
        asked = urllib.request.Request(f"http://{self.listen}{path}", headers={"Accept": accept})
        try:
            with urllib.request.urlopen(asked, timeout=10) as answer:
                return str(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return str(error.headers), error.read().decode()
        except OSError:
            return "", ""

    def status(self, path: str) -> int:
        return self.ask(path)[0]

    def parts(self, path: str) -> dict[str, Any]:
        return dict(json.loads(self.ask(path)[1])["parts"])

    def figure(self, name: str, **labels: str) -> float | None:
        """A sample of /metrics."""
        for family in text_string_to_metric_families(self.ask("/metrics")[1]):
            for sample in family.samples:
                if sample.name == name and labels.items() <= sample.labels.items():
                    return sample.value
        return None


@pytest.fixture
def shown() -> Shown:
    """A place where a process is to show how it is."""
    return Shown()


@pytest.fixture
def collector() -> Iterator[Collector]:
    """A collector of traces."""
    with Collector() as running:
        yield running


def watching(engine: Engine, publisher: Publisher) -> None:
    """One feed, and a watch on Putin that rings on the console."""
    with engine.begin() as connection:
        feeds.put_feed(connection, name="gazette", url=f"{publisher.url}/feed")
        watches.put_channel(connection, name="console", kind="console", config={})
        watches.put_watch(
            connection, name="putin", query='person:"Vladimir Putin"', channels=["console"]
        )


@pytest.mark.timeout(400)
def test_metrics_follow_an_item_from_poll_to_delivery(
    engine: Engine,
    publisher: Publisher,
    processes: Processes,
    shown: Shown,
    collector: Collector,
    wait_until: Callable[..., None],
) -> None:
    """Scheduler and workers count what they do, each at its own place, and trace it to a collector."""
    watching(engine, publisher)
    workers = Shown()
    otel = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_BSP_SCHEDULE_DELAY": "200"}
    processes.start("scheduler", TOCSIN_HEALTH_LISTEN=shown.listen, **otel)
    processes.start("worker", TOCSIN_HEALTH_LISTEN=workers.listen, **otel)
    wait_until(lambda: shown.status("/readyz") == 200 == workers.status("/readyz"), seconds=90)
    wait_until(lambda: shown.figure("tocsin_feeds", state="healthy") == 1, seconds=90)
    assert 1 <= (shown.figure("tocsin_polls_total") or 0)
    text = "Президент России Владимир Путин прибыл в город Казань. " + "Он выступил с речью. " * 20
    publisher.publish("one", "Владимир Путин прибыл в Казань", text)
    wait_until(
        lambda: workers.figure("tocsin_deliveries_total", kind="console", outcome="delivered") == 1,
        seconds=60,
    )
    assert 1 == shown.figure("tocsin_items_seen_total", kind="new")
    assert 1 == workers.figure("tocsin_seen_to_tagged_seconds_count")
    assert 1 == workers.figure("tocsin_tagged_to_delivered_seconds_count", kind="console")
    assert 1 == workers.figure("tocsin_alerts_planned_total")
    assert 1 <= (workers.figure("tocsin_job_seconds_count", queue="tag") or 0)
    assert (1, 1) == (shown.figure("tocsin_database_up"), shown.figure("tocsin_valkey_up"))
    wait_until(lambda: shown.figure("tocsin_items", state="tagged") == 1)
    assert 0 == shown.figure("tocsin_queue_waiting", queue="tag")
    assert workers.figure("tocsin_model_info", language="ru") == 1
    trace = _one_trace(engine, processes.logs())
    wait_until(lambda: set(STEPS) == {one.name for one in list(collector.spans)})
    _spans_of(trace, collector)


STEPS = ("poll", "fetch", "extract", "recognize", "tag", "match", "story", "plan", "deliver")


def _spans_of(trace: str, collector: Collector) -> None:
    """Each step once, one after the other, in the item's trace, below its poll.

    The page may have to wait for its host's turn first, which the poll has just taken.
    """
    spans = sorted(
        (one for one in collector.spans if value_of(one).get("tocsin.outcome") != "waits_for_host"),
        key=lambda one: int(one.start_time_unix_nano),
    )
    assert STEPS == tuple(one.name for one in spans)
    assert {trace} == {one.trace_id.hex() for one in spans}
    poll, *others = spans
    assert {poll.span_id} == {one.parent_span_id for one in others}
    assert {"gazette"} == {value_of(one)["tocsin.feed"] for one in spans}
    assert "fetched" == value_of(spans[1])["tocsin.outcome"]
    assert 1 == value_of(spans[5])["tocsin.matches"]
    assert "delivered" == value_of(spans[-1])["tocsin.outcome"]


def _one_trace(engine: Engine, logs: str) -> str:
    """The item is followed through the lines of all processes by its trace, each step once."""
    with engine.connect() as connection:
        (item,) = list_items(connection)
    trace = trace_of(item.id, item.seen_at)
    assert item.id == number_of(trace)
    lines = [json.loads(line) for line in logs.splitlines() if line.startswith("{")]
    way = sorted(
        (one for one in lines if one.get("trace") == trace), key=lambda one: one["timestamp"]
    )
    steps = ["item seen", "page fetched", "item tagged", "delivery attempted"]
    assert steps == [one["event"] for one in way]
    assert {(item.id, "gazette")} == {(one["item"], one["feed"]) for one in way}
    assert {"alert", "delivery", "watch"} <= way[-1].keys()
    return trace


@pytest.fixture
def up(
    processes: Processes, open_folder: Path, shown: Shown, publisher: Publisher
) -> subprocess.Popen[bytes]:
    """A whole Tocsin with servers of its own, whose loops may stand still for four seconds."""
    folder = open_folder / f"observed-{time.monotonic_ns()}"
    folder.mkdir()
    catalogue = folder / "feeds.yaml"
    catalogue.write_text(f"feeds:\n  - {{name: gazette, url: '{publisher.url}/feed'}}\n")
    return processes.start(
        "up",
        TOCSIN_HEALTH_LISTEN=shown.listen,
        TOCSIN_WEDGED_AFTER="4",
        TOCSIN_DATABASE_URL="",
        TOCSIN_REDIS_URL="",
        TOCSIN_DATA=str(folder / "data"),
        TOCSIN_CATALOGUE=str(catalogue),
    )


def part(process: subprocess.Popen[bytes], words: str) -> psutil.Process:
    """The process below that was started with these words."""
    for child in psutil.Process(process.pid).children(recursive=True):
        if words in " ".join(child.cmdline()):
            return child
    raise AssertionError(f"no {words}")


@pytest.mark.timeout(400)
def test_a_wedged_loop_is_not_live_and_comes_back(
    up: subprocess.Popen[bytes], shown: Shown, wait_until: Callable[..., None]
) -> None:
    """A scheduler that stands still is told by /livez until it goes on."""
    wait_until(lambda: shown.status("/readyz") == 200, seconds=110)
    scheduler = part(up, "worker scheduler")
    scheduler.suspend()
    wait_until(
        lambda: shown.status("/livez") == 503 and "no turn" in shown.parts("/livez")["poll"],
        seconds=30,
    )
    assert 503 == shown.status("/readyz")
    assert 4 < (shown.figure("tocsin_loop_turn_age_seconds", loop="poll") or 0)
    scheduler.resume()
    wait_until(lambda: shown.status("/livez") == 200 == shown.status("/readyz"), seconds=40)


@pytest.mark.timeout(400)
def test_a_lost_server_is_not_ready_and_readiness_comes_back(
    up: subprocess.Popen[bytes], shown: Shown, wait_until: Callable[..., None]
) -> None:
    """The part is named and why; a server that hangs is as lost as one that is dead."""
    wait_until(lambda: shown.status("/readyz") == 200, seconds=110)
    valkey = part(up, "valkey-server")
    valkey.suspend()
    wait_until(lambda: shown.parts("/readyz")["valkey"] != "ok", seconds=30)
    assert 503 == shown.status("/readyz")
    assert 0 == shown.figure("tocsin_valkey_up")
    valkey.resume()
    wait_until(lambda: shown.status("/readyz") == 200, seconds=40)
    postgres = part(up, "bin/postgres")
    hung = [postgres, *postgres.children()]  # each connection has a process of its own
    for process in hung:
        process.suspend()
    wait_until(lambda: shown.parts("/readyz")["database"] != "ok", seconds=30)
    assert 503 == shown.status("/readyz")
    for process in hung:
        process.resume()
    wait_until(lambda: shown.status("/readyz") == 200, seconds=40)
    postgres.kill()
    wait_until(lambda: not postgres.is_running(), seconds=30)  # noticed, and started again
    wait_until(lambda: shown.status("/readyz") == 200, seconds=90)
    assert 1 == shown.figure("tocsin_database_up")
    up.send_signal(signal.SIGTERM)
    assert 0 == up.wait(15)
    assert 0 == shown.status("/livez")


def test_a_place_that_is_taken_is_said_in_one_line(shown: Shown, processes: Processes) -> None:
    """Nobody looks for metrics at a port that somebody else answers."""
    with socket.create_server(("127.0.0.1", shown.port)):
        process = processes.start("scheduler", TOCSIN_HEALTH_LISTEN=shown.listen)
        assert 2 == process.wait(90)
    (line,) = processes.logs().strip().splitlines()
    assert f"cannot listen at {shown.listen}" in line
    assert "TOCSIN_HEALTH_LISTEN" in line


def test_top_looks_once_where_there_is_no_terminal(
    tocsin: Run, engine: Engine, publisher: Publisher
) -> None:
    """For a person and for programs, before anything has happened."""
    watching(engine, publisher)
    shown = tocsin("top", "--once")
    assert (0, "") == (shown.returncode, shown.stderr)
    assert "1 new" in shown.stdout
    assert "nothing has rung yet" in shown.stdout
    told = json.loads(tocsin("top", "--json").stdout)
    assert 1 == told["feeds"]["new"]
    assert {"minute": 0, "hour": 0} == told["seen"]
    assert 0 == told["workers"]["tag"]
