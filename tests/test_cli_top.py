"""What ``tocsin top`` shows of one look."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from rich.cells import cell_len
from rich.console import Console

from worker.cli.top import screen
from worker.store.alerts import AlertRecord
from worker.store.pulse import Failing, Pulse, Rates, Slow

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
ALERT = AlertRecord(
    id=7, kind="story", watch="putin", query="Putin", reason="", story_id=1, item_id=1, event="",
    title="Владимир Путин прибыл в Казань " * 5, url="", outlet="Gazette",
    planned_at=AT - timedelta(minutes=3), evidence=(), sent=1, pending=0, dead=0, unsubscribed=0,
)  # fmt: skip
PULSE = Pulse(
    at=AT,
    feeds={"healthy": 990, "failing": 2, "new": 0, "paused": 1, "retired": 0},
    items={"tagged": 1_234_567, "failed": 3, "held": 0, "fetched": 2, "discovered": 1},
    waiting={"fetch": (1, 0.0), "tag": (1200, 95.0), "deliver": (0, 0.0)},
    polls=Rates(minute=60, hour=3600),
    seen=Rates(minute=20, hour=1200),
    tagged=Rates(minute=18, hour=1190),
    sent=Rates(minute=1, hour=14),
    last_story_at=AT - timedelta(seconds=4),
    failing=tuple(
        Failing(name=f"feed-{n}", failures=9 - n, error="the server answered 503") for n in range(5)
    ),
    slow=(Slow(name="slow.example.org", pace=timedelta(seconds=9.4)),),
    alerts=(ALERT,) * 5,
)
WORKERS = {"fetch": 1, "tag": 2}


def shown(width: int, height: int = 1000) -> list[str]:
    """The lines of a screen, without colour."""
    out = Console(file=io.StringIO(), width=width, height=height)
    with out.capture() as captured:
        out.print(screen(PULSE, WORKERS, width, height))
    return captured.get().splitlines()


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 30), (40, 30), (200, 60)])
def test_it_fits_the_terminal(width: int, height: int) -> None:
    """No line is wider, and there are no more than it has."""
    lines = shown(width, height)
    assert len(lines) <= height
    assert all(cell_len(line.rstrip()) <= width for line in lines)


def test_it_tells_what_a_person_looks_for() -> None:
    """Rates, lags, workers, what fails, what is slow and what rang."""
    words = " ".join(" ".join(shown(80, 24)).split())
    for expected in (
        "990 feeds well, 2 failing, 1 paused", "last story 4 s ago", "feeds polled 60 3,600",
        "items tagged 18 1,190", "tag 1,200 2 min 2", "deliver 0 - 0", "1,234,567 items tagged, 3 failed",
        "feed-0 9 times: the server answered 503", "slow.example.org 9.4 s", "3 min ago putin sent",
    ):  # fmt: skip
        assert expected in words, words
