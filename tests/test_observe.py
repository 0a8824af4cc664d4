"""What is told of ourselves: facts, the board they are read from, probes, the page that lists them."""

import json
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest

from worker.model import DeliveryState, PollOutcome, Receipt, RetryDecision
from worker.observe import facts
from worker.observe.board import START_SECONDS, Board
from worker.observe.metrics import METRICS
from worker.observe.pipe import MOST_BYTES, REPORT_TO, Pipe, sink_of
from worker.observe.probe import NoAnswer, Probe
from worker.outbox.telling import outcome_of as delivery_outcome
from worker.scheduler.telling import outcome_of

PAGE = Path(__file__).parent.parent / "docs" / "observation.md"


@pytest.fixture
def board() -> Iterator[Board]:
    """A board that takes the facts of this process."""
    made = Board()
    facts.send_to(made.take)
    yield made
    facts.send_to(None)


def test_the_page_and_the_metrics_agree() -> None:
    """Each metric stands there with its kind, labels and meaning, and nothing else does."""
    rows = re.findall(
        r"^\| `(tocsin_\w+)` \| (\w+) \| (.*?) ?\| (.*) \|$", PAGE.read_text(), re.MULTILINE
    )
    listed = {
        (name, kind, tuple(re.findall(r"\w+", labels)), says) for name, kind, labels, says in rows
    }
    assert {(m.name, m.kind, m.labels, m.help) for m in METRICS} == listed


def test_facts_become_metrics(board: Board) -> None:
    """Counts add up, figures fall into buckets, what is below nothing counts as nothing."""
    facts.count("polls_total", 2, outcome="new")
    facts.count("polls_total", outcome="new")
    facts.measure("job_seconds", [0.3, -1.0], queue="tag")
    assert 3 == board.registry.get_sample_value("tocsin_polls_total", {"outcome": "new"})
    labels = {"queue": "tag"}
    assert 2 == board.registry.get_sample_value("tocsin_job_seconds_count", labels)
    assert 0.3 == board.registry.get_sample_value("tocsin_job_seconds_sum", labels)


def test_what_makes_no_sense_is_left_out(board: Board) -> None:
    """A broken child can say anything; the others' figures stand."""
    for fact in ([], ["count", "unknown", [1], {}], ["count", "polls_total", ["x"], {"outcome": "new"}],
                 ["count", "polls_total", [1], {"url": "http://example.org"}], ["turn", "poll", []], None):  # fmt: skip
        board.take(fact)  # type: ignore[arg-type]
    assert b"example" not in generate_latest(board.registry)
    assert [] == board.loops()


def test_a_loop_that_does_not_turn_is_wedged() -> None:
    """After the usual time, or the one it needs itself; one that rests is not expected."""
    now = [0.0]
    board = Board(10, clock=lambda: now[0])
    for fact in (
        ["turn", "poll", [0], {}],
        ["turn", "clean", [60], {}],
        ["turn", "tag_job", [0], {}],
    ):
        board.take(fact)
    board.take(["rest", "tag_job", [], {}])
    board.expect("write")
    now[0] = 11.0
    assert {"poll": True, "clean": False, "write": False} == {
        loop.name: loop.wedged for loop in board.loops()
    }
    assert ["write"] == [loop.name for loop in board.loops() if not loop.begun]
    now[0] = START_SECONDS + 1
    board.take(["turn", "poll", [0], {}])
    assert {"poll": False, "clean": True, "write": True} == {
        loop.name: loop.wedged for loop in board.loops()
    }


def test_facts_come_through_the_pipe_whole() -> None:
    """From a child that was told where to write; the name of the pipe goes no further."""
    came, enough = [], threading.Event()

    def take(fact: facts.Fact) -> None:
        came.append(fact)
        if len(came) == 2:
            enough.set()

    pipe = Pipe(take)
    environment = dict(pipe.environment)
    sink = sink_of(environment)
    assert sink is not None
    assert {} == environment
    sink(["count", "polls_total", [1], {"outcome": "new"}])
    sink(["count", "x" * MOST_BYTES, [1], {}])
    sink(["turn", "poll", [0], {}])
    sink(["turn", "poll", [0], {}])
    assert enough.wait(10)
    assert ["count", "polls_total", [1], {"outcome": "new"}] == came[0]
    assert ["count", "tocsin_facts_lost_total", [1], {}] == came[1]
    pipe.close()


def test_nothing_else_is_taken_for_the_pipe(tmp_path: Path) -> None:
    """A number that is by now a file of somebody's is never written to."""
    with (tmp_path / "file").open("w") as other:
        inode = os.fstat(other.fileno()).st_ino
        for named in ("", "x", f"{other.fileno()}:{inode}", f"{other.fileno()}:1", "999:1"):
            assert sink_of({REPORT_TO: named}) is None, named


def test_a_probe_that_hangs_says_so_and_recovers() -> None:
    """Whoever looks waits a moment at most; the answer that comes in the end counts."""
    go_on = threading.Event()
    answered = iter((True, False))

    def ask() -> str:
        if next(answered, False):
            go_on.wait(30)
        return "fine"

    probe = Probe(ask, fresh=0.0, patience=0.05)
    for _ in range(2):
        with pytest.raises(NoAnswer, match="no answer for"):
            probe.look()
    go_on.set()
    patient = Probe(lambda: "fine", patience=30)
    assert "fine" == patient.look()
    probe._patience = 30
    assert "fine" == probe.look()


def test_what_took_long_is_asked_seldom() -> None:
    """A figure that costs the database two seconds is kept for a hundred; an error is not."""
    now, asked = [0.0], []

    def ask() -> int:
        asked.append(now[0])
        now[0] += 2.0
        if len(asked) == 3:
            raise ValueError("lost")
        return len(asked)

    probe = Probe(ask, fresh=5.0, spare=50.0, patience=30.0, clock=lambda: now[0])
    assert 1 == probe.look()
    now[0] = 101.0
    assert 1 == probe.look()
    now[0] = 103.0
    assert 2 == probe.look()
    now[0] = 300.0
    with pytest.raises(ValueError, match="lost"):
        probe.look()
    now[0] += 5.0
    assert 4 == probe.look()


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("new", PollOutcome(status=200, new_items=1, changed=True)),
        ("nothing_new", PollOutcome(status=200, changed=True)),
        ("unchanged", PollOutcome(status=200, changed=False)),
        ("not_modified", PollOutcome(status=304, changed=False)),
        ("limited", PollOutcome(status=429, error="429")),
        ("refused", PollOutcome(status=404, error="404")),
        ("server_error", PollOutcome(status=502, error="502")),
        ("no_answer", PollOutcome(status=None, error="timed out")),
        ("unreadable", PollOutcome(status=200, error="no feed")),
        ("our_fault", PollOutcome(status=200, error="no reader", ours=True)),
    ],
)
def test_a_poll_has_one_outcome(word: str, outcome: PollOutcome) -> None:
    """Of a few words, which the page lists."""
    assert word == outcome_of(outcome)
    assert f"`{word}`" in PAGE.read_text()


def test_a_delivery_has_one_outcome() -> None:
    """As the page lists them."""

    def decided(state: str) -> RetryDecision:
        return RetryDecision(state=DeliveryState(state), next_attempt_at=None, reason="")

    failed = Receipt(delivered=False, detail="", recoverable=True)
    put_off = Receipt(delivered=False, detail="", recoverable=True, put_off=True)
    words = [
        delivery_outcome(Receipt(delivered=True, detail=""), decided("sent")),
        delivery_outcome(failed, decided("pending")),
        delivery_outcome(failed, decided("dead")),
        delivery_outcome(put_off, decided("pending")),
    ]
    assert ["delivered", "retried", "dead", "put_off"] == words
    assert all(f"`{word}`" in PAGE.read_text() for word in words)


def test_a_fact_is_json() -> None:
    """It has to go through a pipe."""
    said: list[facts.Fact] = []
    facts.send_to(said.append)
    facts.measure("job_seconds", [0.5] * 150, queue="tag")
    facts.send_to(None)
    assert [100, 50] == [len(fact[2]) for fact in said]
    assert all(len(json.dumps(fact)) < MOST_BYTES for fact in said)
