"""Telling our own outage from the feeds': many hosts that cannot be reached at once."""

from dataclasses import dataclass
from datetime import datetime

from worker.model import PollLimits

#: So many hosts are looked at, the latest.
MOST_HOSTS = 256


@dataclass(frozen=True, slots=True)
class Outlook:
    """How the hosts asked last could be reached: host, whether it answered, and when.

    Each host counts once, with its latest poll, so that one large host that is down is one host.
    """

    latest: tuple[tuple[str, bool, datetime], ...] = ()

    def after(self, host: str, *, reached: bool, now: datetime, limits: PollLimits) -> "Outlook":
        """The outlook after one more poll.

        ``reached``: the host answered, with whatever status. Not reached are errors of name
        resolution and connection and time-outs before an answer, nothing else.
        """
        start = now - limits.outage_window
        kept = [one for one in self.latest if one[0] != host and one[2] >= start]
        return Outlook((*kept[-(MOST_HOSTS - 1) :], (host, reached, now)))

    def ours(self, *, now: datetime, limits: PollLimits) -> bool:
        """Whether our own connection is down, as far as the last polls can tell."""
        start = now - limits.outage_window
        recent = [reached for _, reached, when in self.latest if when >= start]
        failed = len(recent) - sum(recent)
        return failed >= limits.outage_hosts and failed >= limits.outage_share * len(recent)
