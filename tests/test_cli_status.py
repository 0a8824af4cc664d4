"""What ``tocsin status`` shows of one look."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from worker.cli.status import NO_VALKEY, lines
from worker.store.pulse import Failing
from worker.store.status import Circuit, Status

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUIET = Status(
    feeds=3, feeds_healthy=3, feeds_failing=0, feeds_new=0, feeds_paused=0, feeds_silent=0, feeds_due=0,
    feeds_overdue=0, failing=(), hosts_limited=0, items=1_200_000, items_by_state={"tagged": 1_200_000},
    retags=0, retags_failed=0, stories=900_000, watches=2, alerts=4, deliveries_by_state={"sent": 4},
    waiting={"fetch": 0, "tag": 0, "deliver": 0}, oldest_owed_item=None, oldest_owed_delivery=None,
    circuits=(), last_poll_at=NOW - timedelta(seconds=3), last_item_at=NOW - timedelta(minutes=2),
    last_story_at=NOW - timedelta(minutes=2), last_alert_at=None,
)  # fmt: skip
DEPTHS = {"fetch": 0, "tag": 0, "deliver": 0, "retag": 0, "recount": 0}
WORKERS = {"fetch": 1, "tag": 2, "deliver": 1, "retag": 2, "recount": 2}


def shown(
    now: Status, depths: dict[str, int] = DEPTHS, workers: dict[str, int] = WORKERS
) -> dict[str, list[str]]:
    """The words of each line, by their label; what belongs to a line stands below it."""
    found: dict[str, list[str]] = {}
    label = ""
    for name, words in lines(now, depths, workers, NOW):
        label = name or label
        found.setdefault(label, []).append(words)
    return found


def test_a_quiet_system_has_no_word_too_many() -> None:
    """What is well is a line each; what never was is told."""
    told = shown(QUIET)
    assert ["3 of 3 healthy, 0 failing, 0 paused; last poll 3 s ago"] == told["feeds"]
    assert ["1,200,000 tagged; last one 2 min ago"] == told["items"]
    assert ["4; last one never"] == told["alerts"]
    assert ["none"] == told["lag"]
    assert ["fetch 1, tag 2, deliver 1"] == told["workers"]
    assert not {"circuit", "hosts", "retag"} & told.keys()


def test_what_is_wrong_is_named() -> None:
    """Feeds, channels, queues without anybody, and where to look further."""
    wrong = replace(
        QUIET,
        feeds_healthy=0,
        feeds_failing=3,
        feeds_silent=1,
        feeds_overdue=2,
        failing=(Failing(name="gazette", failures=1, error="the server answered 503"),),
        deliveries_by_state={"dead": 2, "pending": 1},
        waiting={"fetch": 0, "tag": 1500, "deliver": 1},
        oldest_owed_item=timedelta(minutes=5),
        circuits=(Circuit(channel="bot", reason="no answer", until=NOW + timedelta(minutes=9)),),
    )
    told = shown(wrong, workers={"fetch": 1, "deliver": 1})
    assert "3 failing, 0 paused, 1 silent, 2 overdue" in told["feeds"][0]
    assert "gazette failed 1 time: the server answered 503" == told["feeds"][1]
    assert "tocsin feeds health" in told["feeds"][2]
    assert "2 dead, 1 pending" == told["deliveries"][0]
    assert "replay-dead" in told["deliveries"][1]
    assert "bot is left alone: no answer; in 9 min" == told["circuit"][0]
    assert ["fetch 0, tag 1,500, deliver 1"] == told["owed"]
    assert ["items 5 min"] == told["lag"]
    assert ["fetch 1, tag 0, deliver 1; nobody works on tag"] == told["workers"]


def test_without_valkey_workers_are_not_known() -> None:
    """So none is missed."""
    told = shown(QUIET, {}, {})
    assert [NO_VALKEY] == told["queues"]
    assert "workers" not in told
