"""When a feed is polled next, and why."""

from datetime import datetime, timedelta
from random import Random

from worker.model import Feed, PollLimits, PollOutcome, PollPlan

_JITTER = 0.05
#: Doubling stops here; every ceiling is reached long before.
_MOST_DOUBLINGS = 30


def plan_poll(
    feed: Feed, outcome: PollOutcome, *, now: datetime, rng: Random, limits: PollLimits
) -> PollPlan:
    """The next poll of ``feed`` after ``outcome``, seen at ``now``.

    After a success: the feed's own interval or the default one, stretched to what the server asks
    for as far as ``limits.maximum``, give or take 5 % so that feeds do not march in step. After a
    failure: exponential back-off with full jitter as far as ``limits.failure_ceiling``, for ever.
    ``Retry-After`` is honoured in both cases, as far as the failure ceiling. Never sooner than
    ``limits.minimum``.
    """
    if outcome.error:
        failures = feed.failures + 1
        wait, reason = _after_failure(failures, outcome, rng, limits)
    else:
        failures = 0
        wait, reason = _after_success(feed, outcome, rng, limits)
    return PollPlan(next_poll_at=now + wait, reason=reason, failures=failures)


def _after_failure(
    failures: int, outcome: PollOutcome, rng: Random, limits: PollLimits
) -> tuple[timedelta, str]:
    """Full jitter (a draw between the minimum and a doubling bound), or longer if asked to."""
    times = "once" if failures == 1 else f"{failures} times"
    doubled = limits.default * 2 ** min(failures - 1, _MOST_DOUBLINGS)
    bound = max(limits.minimum, min(doubled, limits.failure_ceiling))
    drawn = _between(limits.minimum, bound, rng)
    asked = min(outcome.retry_after or timedelta(), limits.failure_ceiling)
    if asked > drawn:
        wait = _between(asked, max(asked, min(asked * (1 + _JITTER), limits.failure_ceiling)), rng)
        return wait, f"failed {times}: server asks to wait {spell(asked)} (Retry-After)"
    return drawn, f"failed {times}: retry in {spell(drawn)}"


def _after_success(
    feed: Feed, outcome: PollOutcome, rng: Random, limits: PollLimits
) -> tuple[timedelta, str]:
    own = max(limits.minimum, feed.interval or min(limits.default, limits.maximum))
    interval, longest = own, max(own, limits.maximum)
    reason = f"every {spell(own)}"
    hints = (
        ("max-age", outcome.max_age, limits.maximum),
        ("ttl", outcome.ttl, limits.maximum),
        ("Retry-After", outcome.retry_after, limits.failure_ceiling),
    )
    asked = timedelta()
    for name, hint, most in hints:
        if hint is None or min(hint, most) <= interval:
            continue
        interval = asked = min(hint, most)
        longest = max(longest, asked)
        kept = f", kept to {spell(most)}" if hint > most else ""
        reason = f"server asks for {spell(hint)} ({name}){kept}"
    earliest = max(limits.minimum, asked, interval * (1 - _JITTER))
    latest = max(earliest, min(longest, interval * (1 + _JITTER)))
    return _between(earliest, latest, rng), reason


def _between(low: timedelta, high: timedelta, rng: Random) -> timedelta:
    return low + (high - low) * rng.random()


def spell(duration: timedelta) -> str:
    """A duration in at most two units: "45 s", "15 min", "1 h 30 min", "2 d"."""
    seconds = round(duration.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 24 * 60:
        return _two(minutes // 60, "h", minutes % 60, "min")
    hours = round(minutes / 60)
    return _two(hours // 24, "d", hours % 24, "h")


def _two(large: int, unit: str, small: int, subunit: str) -> str:
    return f"{large} {unit} {small} {subunit}" if small else f"{large} {unit}"
