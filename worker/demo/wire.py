"""The watch that all articles match: the storm it makes on its channel is braked."""

from collections.abc import Iterable

from worker.alerts.reasons import AlertReason
from worker.demo.sinks import Pair
from worker.store.tail import SilentMatch

#: The watch, and the channel that it alone rings.
WIRE, WALL = "Whole wire", "wall"
#: So many alerts over one channel are a storm: the other channels get fewer.
STORM_ALERTS = 28

_SILENT = AlertReason.RUNG, AlertReason.HELD, AlertReason.STORM


def judge_wire(rung: Iterable[Pair], silent: Iterable[SilentMatch]) -> tuple[str, ...]:
    """What was not as expected of the storm: so many ring, the rest waits, nothing rings twice."""
    urls = [url for _, url in rung]
    reasons = [one.reason for one in silent]
    held = reasons.count(AlertReason.STORM)
    wrong = [f"{WALL}: {reason}" for reason in reasons if reason not in _SILENT]
    if len(urls) != STORM_ALERTS or len(set(urls)) != len(urls):
        wrong.append(f"{WALL}: {len(set(urls))} of {len(urls)} alerts, not {STORM_ALERTS}")
    if not held:
        wrong.append(f"{WALL}: the brake held nothing")
    return tuple(wrong)
