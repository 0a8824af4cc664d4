"""Whether a match is announced: once a story and watch, never for what was there before."""

from enum import StrEnum

from worker.model import AlertDecision


class AlertReason(StrEnum):
    """Why a match rings or does not."""

    FIRST_REPORT = "first report of this story"
    FIRST_AFTER_EDIT = "first match after an edit"
    ALREADY_RUNG = "already rung for this story"
    BASELINE = "was there when the feed was added"
    DISABLED = "watch is disabled"
    RETAGGED = "found when its story was tagged anew"


def decide_alert(
    *, baseline: bool, revision: int, already_rung: bool, enabled: bool, quiet: bool = False
) -> AlertDecision:
    """Decide whether a match of a watch is announced, and why.

    ``baseline``: the item was there at its feed's first poll. ``revision``: how often the item
    was edited, 0 for the first text. ``already_rung``: the watch has an alert for the story, from
    whichever article. ``enabled``: the watch is. ``quiet``: an old item is looked at again, and
    nobody asked to be told.
    """
    if not enabled:
        return AlertDecision(announce=False, reason=AlertReason.DISABLED)
    if baseline:
        return AlertDecision(announce=False, reason=AlertReason.BASELINE)
    if already_rung:
        return AlertDecision(announce=False, reason=AlertReason.ALREADY_RUNG)
    if quiet:
        return AlertDecision(announce=False, reason=AlertReason.RETAGGED)
    if revision:
        return AlertDecision(announce=True, reason=AlertReason.FIRST_AFTER_EDIT)
    return AlertDecision(announce=True, reason=AlertReason.FIRST_REPORT)
