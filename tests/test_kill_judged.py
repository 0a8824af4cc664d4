"""What the kill test makes of what arrived: nothing that is wrong goes by, and each copy has a cause."""

from collections import Counter
from types import SimpleNamespace
from typing import Any

from bench.kill import KILLED, LAPSED, LATE, UNEXPLAINED, WITHHELD, Plan, causes, judge
from bench.moody import Arrival

PLAN = Plan(seed=1, alerts=1, kills=0)


def copy(
    at: float, *, answered: bool = True, identity: str = "msg_1", about: str = "alert 7"
) -> Arrival:
    """An arrival that was taken."""
    return Arrival("hook", about, identity, at, taken=True, answered=answered)


def test_each_second_copy_has_its_cause() -> None:
    """By what the receiver did, what is written down, and what was killed."""
    pair = [copy(100), copy(120)]
    assert [WITHHELD] == [*causes([copy(100, answered=False), copy(120)], [120.1], [104], [101])]
    assert [LAPSED] == [*causes(pair, [100.1, 120.1], [], [101])]
    assert [LATE] == [*causes(pair, [120.1], [104], [101])]
    assert [KILLED] == [*causes(pair, [120.1], [], [101])]
    assert [UNEXPLAINED] == [*causes(pair, [120.1], [], [])]
    assert [UNEXPLAINED] == [*causes(pair, [120.1], [], [40, 300])]
    assert [] == [*causes([copy(100)], [100.1], [], [])]


def judged(arrivals: list[Arrival], **changes: Any) -> set[str]:
    """What is wrong where one delivery was owed."""
    row = {
        "channel": "hook", "alert_id": 7, "state": "sent", "attempts": 1, "message_id": "<a@b>",
        "title": "Putin arrives, report 6", "taken": [100.1], "failed": [],
    }  # fmt: skip
    system: Any = SimpleNamespace(
        printed=list,
        worker_kills=[],
        killed=Counter(),
        ended_by_themselves=0,
        ended_at_start=0,
        dropped=lambda: 0,
    )
    receivers: Any = SimpleNamespace(arrivals=arrivals, forged=0, moods=Counter())
    return {
        line.partition(":")[0] for line in judge(PLAN, system, receivers, [row | changes]).wrong
    }


def test_whatever_is_wrong_is_seen() -> None:
    """Missing, sent under another id, not sent, not written down, again for no reason."""
    assert set() == judged([copy(100)])
    assert {"missing"} == judged([])
    assert {"missing"} == judged([copy(100, about="alert 8")])
    assert {"not_sent"} == judged([copy(100)], state="dead")
    assert {"without_record"} == judged([copy(100)], taken=[])
    assert {"with_other_ids", UNEXPLAINED} == judged(
        [copy(100), copy(120, identity="msg_2")], taken=[120.1]
    )
