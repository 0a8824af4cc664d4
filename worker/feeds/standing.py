"""How a feed's server behaves: gone, moved, failing, silent, lying; what it asks for; and since when.

``Feed.standing`` is a mapping that JSON can hold; absent keys mean nothing to report:

- ``hints``: seconds asked for (``max_age``, ``ttl``) and ``skip_hours``, ``skip_days``
- ``failing``: since when (seconds since 1970) nothing but failures
- ``gone``: [answers 410, since]; ``moved``: [where to, confirmations, since]
- ``full``: when a whole document was last read; ``kept``: answers 304 came after it
- ``doubts``: unconditional polls that brought what a 304 may have withheld
- ``liar``: [since, last tried]
- ``told``: what of "failing" and "silent" has been announced in this episode
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from worker.durations import spell
from worker.feeds.rhythm import Rhythm, from_bytes
from worker.model import EventKind, Feed, FeedEvent, FeedState, PollLimits, PollOutcome

#: Items may reach a document this long after their date before a 304 in between was a lie.
_GRACE = 1800.0
#: So many suspicions without dates make a liar.
_DOUBTS = 2
#: A doubt is followed up after this part of ``probe_every``.
_SOONER = 0.1


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one poll changes: the standing, a new state or URL of the feed, and what to tell."""

    standing: Mapping[str, Any]
    state: FeedState | None = None
    url: str | None = None
    events: tuple[FeedEvent, ...] = ()


def judge(
    feed: Feed,
    outcome: PollOutcome,
    rhythm: Rhythm,
    *,
    failures: int,
    at: float,
    limits: PollLimits,
) -> Verdict:
    """The verdict on a feed after one poll, seen at ``at`` (seconds since 1970).

    ``rhythm`` is that after the poll, ``failures`` how many it makes in a row. What was our own
    fault says nothing about the feed.
    """
    if outcome.error and outcome.ours:
        return Verdict(feed.standing)
    standing = dict(feed.standing)
    events: list[FeedEvent] = []
    if outcome.error:
        _failing(standing, events, outcome, failures, at, limits)
    else:
        _recovered(standing, events, at)
        _hints(standing, outcome)
        _honesty(standing, events, feed, outcome, at)
        _silence(standing, events, feed, rhythm, at, limits)
    gone = _gone(standing, events, outcome, at, limits)
    url = _moved(standing, events, feed, outcome, at, limits)
    state = FeedState.RETIRED if gone else None
    return Verdict(
        feed.standing if standing == feed.standing else standing, state, url, tuple(events)
    )


def ask_conditionally(feed: Feed, *, now: datetime, rng: Random, limits: PollLimits) -> bool:
    """Whether the validators are to be sent with the next request.

    Not when it is time for a probe: rarely, and sooner where a feed that answers 304 has fallen
    silent against its rhythm or is under suspicion already. Never to a server caught lying, but
    for a trial now and then.
    """
    standing, at = feed.standing, now.timestamp()
    liar = standing.get("liar")
    if liar:
        return not standing.get("kept") and at - liar[1] >= limits.liar_recheck.total_seconds()
    if not standing.get("kept"):
        return True
    asked = at - standing.get("full", at)
    every = limits.probe_every.total_seconds() * (0.75 + rng.random() / 2)
    if standing.get("doubts"):
        every *= _SOONER
    if asked >= every:
        return False
    if asked < limits.probe_soonest.total_seconds():
        return True
    rhythm = from_bytes(feed.rhythm)
    return not rhythm.since or _overdue(rhythm, at) < limits.probe_doubt


def _overdue(rhythm: Rhythm, at: float) -> float:
    """How many items might have been published since the last one, at the rate it had then."""
    return rhythm.level(rhythm.last) * (at - rhythm.last)


def _failing(
    standing: dict[str, Any],
    events: list[FeedEvent],
    outcome: PollOutcome,
    failures: int,
    at: float,
    limits: PollLimits,
) -> None:
    """Note since when it fails, and tell once."""
    since = standing.setdefault("failing", int(at))
    lasted = at - since
    enough = failures >= limits.failing_polls or lasted >= limits.failing_time.total_seconds()
    if enough and failures > 1 and _tell(standing, "failing"):
        times = f"{failures} polls in a row"
        what = f"{times}, for {_spell(lasted)}: {outcome.error}"
        events.append(FeedEvent(kind=EventKind.FAILING, detail=what))


def _recovered(standing: dict[str, Any], events: list[FeedEvent], at: float) -> None:
    """Forget failures; where they had been told, tell that they are over."""
    since = standing.pop("failing", None)
    if since is not None and _untell(standing, "failing"):
        what = f"answers again after {_spell(at - since)}"
        events.append(FeedEvent(kind=EventKind.RECOVERED, detail=what))


def _hints(standing: dict[str, Any], outcome: PollOutcome) -> None:
    """Keep what the server asks for; a 304 leaves unsaid what it does not change (RFC 9111, 3.2)."""
    hints = dict(standing.get("hints", ()))
    if outcome.max_age is not None:
        hints["max_age"] = int(outcome.max_age.total_seconds())
    elif outcome.status != 304:
        hints.pop("max_age", None)
    if outcome.window is not None:  # a document was read
        hints.pop("ttl", None)
        hints.pop("skip_hours", None)
        hints.pop("skip_days", None)
    if outcome.ttl is not None:
        hints["ttl"] = int(outcome.ttl.total_seconds())
    if outcome.skip_hours:
        hints["skip_hours"] = sorted(outcome.skip_hours)
    if outcome.skip_days:
        hints["skip_days"] = sorted(outcome.skip_days)
    if hints:
        standing["hints"] = hints
    else:
        standing.pop("hints", None)


def _honesty(
    standing: dict[str, Any],
    events: list[FeedEvent],
    feed: Feed,
    outcome: PollOutcome,
    at: float,
) -> None:
    """See whether answers 304 can be believed, or a whole document shows what they withheld."""
    if outcome.status == 304:
        if "full" in standing:
            standing["kept"] = True
        return
    withheld = standing.get("kept") and outcome.unconditional and outcome.changed
    liar = standing.get("liar")
    if liar:
        if not outcome.unconditional and outcome.changed and outcome.new_items:
            standing.pop("liar")  # it noticed a change by itself
        elif withheld and outcome.new_items:
            standing["liar"] = [liar[0], int(at)]
    elif withheld and outcome.new_items:
        doubts = standing.get("doubts", 0) + 1
        if _proven(feed, outcome) or doubts >= _DOUBTS:
            standing.pop("doubts", None)
            standing["liar"] = [int(at), int(at)]
            what = "answered 304 (not modified) although there were new items; now asked in full"
            events.append(FeedEvent(kind=EventKind.LYING, detail=what))
        else:
            standing["doubts"] = doubts
    elif outcome.unconditional:
        standing.pop("doubts", None)
    standing["full"] = int(at)
    standing.pop("kept", None)


def _proven(feed: Feed, outcome: PollOutcome) -> bool:
    """Whether new items were there at the last 304: by their dates, or another body as the same."""
    if outcome.same_validators:
        return True
    last = feed.last_ok_at
    return last is not None and any(
        (last - published).total_seconds() > _GRACE for published in outcome.published
    )


def _silence(
    standing: dict[str, Any],
    events: list[FeedEvent],
    feed: Feed,
    rhythm: Rhythm,
    at: float,
    limits: PollLimits,
) -> None:
    """Tell once when nothing new came for much longer than usual; not of what was so at first."""
    silent = at - rhythm.last
    own = feed.options.silent_after
    bound = (own or limits.silent_after).total_seconds()
    if rhythm.since and silent >= bound and own is None:
        bound = max(bound, limits.silent_factor / rhythm.level(rhythm.last))
    if not rhythm.since or silent < bound:
        _untell(standing, "silent")
    elif _tell(standing, "silent") and feed.first_polled_at is not None:
        what = f"nothing new for {_spell(silent)}; {_usual(rhythm)}"
        events.append(FeedEvent(kind=EventKind.SILENT, detail=what))


def _usual(rhythm: Rhythm) -> str:
    if not rhythm.learned:
        return "nothing was ever new since it is watched"
    return f"usual is one item in {_spell(1 / rhythm.level(rhythm.last))}"


def _gone(
    standing: dict[str, Any],
    events: list[FeedEvent],
    outcome: PollOutcome,
    at: float,
    limits: PollLimits,
) -> bool:
    """Count answers 410; whether there were enough for long enough. Another answer starts anew.

    No answer and a server in trouble (5xx) say nothing.
    """
    status = outcome.status
    if status == 410:
        count, since = standing.get("gone", (0, int(at)))
        standing["gone"] = [count + 1, since]
        if count + 1 >= limits.gone_polls and at - since >= limits.gone_time.total_seconds():
            what = f"answered 410 (gone) {count + 1} times over {_spell(at - since)}; retired"
            events.append(FeedEvent(kind=EventKind.GONE, detail=what))
            return True
    elif status is not None and status < 500:
        standing.pop("gone", None)
    return False


def _moved(
    standing: dict[str, Any],
    events: list[FeedEvent],
    feed: Feed,
    outcome: PollOutcome,
    at: float,
    limits: PollLimits,
) -> str | None:
    """Count answers from where permanent redirects lead; the new URL once it is confirmed.

    A URL with ``${NAME}`` in it stays: what it holds may be a secret, and stand in the new one too.
    """
    if outcome.error or "${" in feed.url:
        return None
    target = outcome.moved_to
    if not target or target == feed.url:
        standing.pop("moved", None)
        return None
    before, count, since = standing.get("moved", (target, 0, int(at)))
    if before != target:
        count, since = 0, int(at)
    if count + 1 < limits.move_polls or at - since < limits.move_time.total_seconds():
        standing["moved"] = [target, count + 1, since]
        return None
    standing.pop("moved", None)
    what = (
        f"moved from {feed.url} to {target}, confirmed {count + 1} times over {_spell(at - since)}"
    )
    events.append(FeedEvent(kind=EventKind.MOVED, detail=what))
    return target


def _tell(standing: dict[str, Any], what: str) -> bool:
    """Mark an episode as told; whether it had not been."""
    told = standing.get("told", [])
    if what in told:
        return False
    standing["told"] = sorted([*told, what])
    return True


def _untell(standing: dict[str, Any], what: str) -> bool:
    """Mark an episode as over; whether it had been told."""
    told = standing.get("told", [])
    if what not in told:
        return False
    standing["told"] = [other for other in told if other != what]
    if not standing["told"]:
        del standing["told"]
    return True


def _spell(seconds: float) -> str:
    return spell(timedelta(seconds=seconds))
