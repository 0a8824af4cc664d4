"""Whose fault it is that feeds cannot be reached: their servers', or our own connection's."""

from dataclasses import replace
from datetime import datetime

from worker.feeds.links import gate_name
from worker.feeds.outage import Outlook
from worker.model import PollLimits
from worker.net import Reason
from worker.observe import logger
from worker.scheduler.poll import Poll

#: What is said where no server was reached at all.
UNREACHED = frozenset({
    Reason.COULD_NOT_RESOLVE, Reason.CONNECTION_FAILED, Reason.TIMED_OUT, Reason.PROXY_FAILED,
})  # fmt: skip

log = logger(__name__)


class Blame:
    """Remembers how the hosts asked last could be reached."""

    def __init__(self, limits: PollLimits) -> None:
        self._limits = limits
        self._outlook = Outlook()
        self._ours = False

    def note(self, poll: Poll, *, now: datetime) -> None:
        """Take a poll into account as soon as it has ended."""
        if poll.put_back is not None or not (poll.unreached or self._outlook.latest):
            return
        host = gate_name(poll.feed.url) or poll.feed.url
        self._outlook = self._outlook.after(
            host, reached=not poll.unreached, now=now, limits=self._limits
        )
        if all(reached for _, reached, _ in self._outlook.latest):
            self._outlook = Outlook()  # all is well: nothing need be remembered
        ours = self._outlook.ours(now=now, limits=self._limits)
        if ours and not self._ours:
            log.warning("hardly any host can be reached: our own connection seems to be down")
        elif self._ours and not ours:
            log.warning("hosts can be reached again")
        self._ours = ours

    def settle(self, poll: Poll) -> Poll:
        """The poll, marked as our own fault if it is."""
        if not (self._ours and poll.unreached):
            return poll
        return replace(poll, outcome=replace(poll.outcome, ours=True))
