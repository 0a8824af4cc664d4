"""Why a match rings, waits or stays silent: every decision carries one of these."""

from enum import StrEnum


class AlertReason(StrEnum):
    """A rule, as people read it; details may follow after a colon."""

    # rings at once
    FIRST_REPORT = "first report of this story"
    SURER = "sure enough to ring; a digest had this story before"
    UPDATE = "update of a story that has rung"
    EVENT = "it happened to a feed"
    SPIKE = "its rate has left its normal"
    # is held
    IN_DIGEST = "the watch is told by digest"
    UNSURE = "not sure enough to ring"
    QUIET = "quiet hours"
    CAP = "cap of the hour reached"
    STORM = "storm of alerts"
    BACKFILL = "found by a backfill"
    # stays silent
    RUNG = "already rung for this story"
    HELD = "already in a digest or summary"
    BASELINE = "was there when the feed was added"
    DISABLED = "watch is disabled"
    RETAGGED = "found when its story was tagged anew"
    EDITED = "found in an edit of an article that was judged before"
    MUTED = "muted"
    LISTED = "possible only: listed"
    NOWHERE = "the watch rings nowhere"

    def of(self, detail: str = "") -> str:
        """The rule with what it rests on this time."""
        return f"{self.value}: {detail}" if detail else self.value


def rule_of(reason: str) -> AlertReason | None:
    """The rule that a stored reason names; ``None`` for one of an older version."""
    known = [one for one in AlertReason if reason == one or reason.startswith(f"{one}: ")]
    return max(known, key=len, default=None)
