"""Planning: which matches ring."""

from itertools import product

import pytest

from worker.alerts.plan import decide_alert


@pytest.mark.parametrize(
    ("baseline", "revision", "already_rung", "enabled", "announce", "reason"),
    [
        (False, 0, False, True, True, "first report of this story"),
        (False, 2, False, True, True, "first match after an edit"),
        (False, 0, True, True, False, "already rung for this story"),
        (False, 1, True, True, False, "already rung for this story"),
        (True, 0, False, True, False, "was there when the feed was added"),
        (True, 1, False, True, False, "was there when the feed was added"),
        (False, 0, False, False, False, "watch is disabled"),
        (True, 1, True, False, False, "watch is disabled"),
    ],
)
def test_each_decision_has_its_reason(
    *, baseline: bool, revision: int, already_rung: bool, enabled: bool, announce: bool, reason: str
) -> None:
    """Only a first match of an enabled watch on news rings."""
    decision = decide_alert(
        baseline=baseline, revision=revision, already_rung=already_rung, enabled=enabled
    )
    assert (announce, reason) == (decision.announce, decision.reason)


def test_what_has_rung_never_rings_again() -> None:
    """Whatever else holds, a story that rang is silent."""
    flags = (False, True)
    assert not any(
        decide_alert(baseline=b, revision=r, already_rung=True, enabled=e).announce
        for b, r, e in product(flags, range(3), flags)
    )
