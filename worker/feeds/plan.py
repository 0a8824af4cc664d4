"""When a feed is polled next, and why.

A poll costs a request; an item that waits to be seen costs its waiting. With ``price`` seconds of
one item's waiting for a request, and items coming at a rate of r a second, waiting costs least in
the long run when the next poll comes once the items expected since the last one have waited
``price`` seconds together: after sqrt(2 price / r) where the rate is steady, so four times as many
items make for twice as many polls (the square-root law of polling and stock-keeping alike). Rates
are not steady, hence the rate is followed hour by hour as ``worker.feeds.rhythm`` has learned it.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import sqrt
from random import Random
from typing import Any

from worker.durations import spell
from worker.feeds import history, rhythm
from worker.feeds.rhythm import DAY, HOUR, Rhythm, rates
from worker.feeds.scrolling import safe_wait
from worker.feeds.standing import judge
from worker.model import Feed, PollLimits, PollOutcome, PollPlan

#: Doubling stops here; every ceiling is reached long before.
_MOST_DOUBLINGS = 30
#: What is left of the rate while a regular publisher is not expected to publish.
_QUIET = 0.15
#: Seconds from the expected moment to the poll, beside twice the usual deviation.
_SETTLE = 15.0
#: Hours that a feed skips are believed as far as this many hours ahead.
_SKIP_AHEAD = 7 * 24
#: What a server may ask for, as standing keeps it.
_WISHES = (("max_age", "max-age"), ("ttl", "ttl"))


def plan_poll(
    feed: Feed, outcome: PollOutcome, *, now: datetime, rng: Random, limits: PollLimits
) -> PollPlan:
    """The next poll of ``feed`` after ``outcome``, seen at ``now``, and what was learned.

    After a success: the feed's own interval, or when its rhythm makes it worth a request, or the
    default where nothing is known; within the bounds of ``limits`` (or the feed's own), so that
    no more than a share of its window can be replaced meanwhile, stretched to what the server asks
    for. After a failure: exponential back-off with full jitter as far as
    ``limits.failure_ceiling``, for ever. ``Retry-After`` is honoured in both cases, as far as that
    ceiling. Where ``outcome.ours``, the trouble is our own: soon again, and not counted.
    """
    at = now.timestamp()
    known = rhythm.from_bytes(feed.rhythm)
    taught = known if outcome.error else _learn(feed, known, outcome, at)
    failures = feed.failures if outcome.ours else feed.failures + 1
    failures = failures if outcome.error else 0
    verdict = judge(feed, outcome, taught, failures=failures, at=at, limits=limits)
    if not outcome.error:
        wait, reason = wait_after_success(
            feed, outcome, taught, verdict.standing, at=at, rng=rng, limits=limits
        )
    elif outcome.ours:
        wait, reason = _after_outage(feed, outcome, rng, limits)
    else:
        wait, reason = _after_failure(feed, failures, outcome, rng, limits)
    return PollPlan(
        next_poll_at=now + timedelta(seconds=wait),
        reason=reason,
        failures=failures,
        rhythm=feed.rhythm if taught is known else taught.to_bytes(),
        standing=verdict.standing,
        history=history.append(feed.history, outcome, at=at),
        state=verdict.state,
        url=verdict.url,
        events=verdict.events,
    )


def _learn(feed: Feed, known: Rhythm, outcome: PollOutcome, at: float) -> Rhythm:
    """The rhythm with what this poll brought; the same object where it brought nothing.

    An item that comes later than its date says was published after the last look all the same:
    it counts in the middle between the two looks.
    """
    taught = known
    published = [moment.timestamp() for moment in outcome.published]
    if not known.since:
        taught = rhythm.begin(at, published if feed.first_polled_at is None else ())
    elif published:
        seen = feed.last_ok_at.timestamp() if feed.last_ok_at else 0.0
        between = (max(seen, known.since) + at) / 2
        taught = rhythm.learn(
            known, [moment if seen <= moment <= at else between for moment in published], at
        )
    if outcome.window is not None and outcome.window != taught.window:
        taught = taught._replace(window=min(outcome.window, 65535))
    return taught


def _after_failure(
    feed: Feed, failures: int, outcome: PollOutcome, rng: Random, limits: PollLimits
) -> tuple[float, str]:
    """Full jitter (a draw between the minimum and a doubling bound), or longer if asked to."""
    times = "once" if failures == 1 else f"{failures} times"
    shortest, ceiling = _shortest(feed, limits), limits.failure_ceiling.total_seconds()
    doubled = limits.default.total_seconds() * 2.0 ** min(failures - 1, _MOST_DOUBLINGS)
    drawn = rng.uniform(shortest, max(shortest, min(doubled, ceiling)))
    asked = _asked_to_wait(outcome, limits)
    if asked > drawn:
        wait = rng.uniform(asked, max(asked, min(asked * (1 + limits.jitter), ceiling)))
        return wait, f"failed {times}: server asks to wait {_spell(asked)} (Retry-After)"
    return drawn, f"failed {times}: retry in {_spell(drawn)}"


def _after_outage(
    feed: Feed, outcome: PollOutcome, rng: Random, limits: PollLimits
) -> tuple[float, str]:
    """Soon again, drawn so that feeds do not all come back at once."""
    shortest = _shortest(feed, limits)
    drawn = rng.uniform(shortest, max(shortest, limits.default.total_seconds()))
    wait = max(drawn, _asked_to_wait(outcome, limits))
    what = "our own connection is down" if outcome.status is None else outcome.error
    return wait, f"{what}: not counted, again in {_spell(wait)}"


def wait_after_success(
    feed: Feed,
    outcome: PollOutcome,
    taught: Rhythm,
    standing: Mapping[str, Any],
    *,
    at: float,
    rng: Random,
    limits: PollLimits,
) -> tuple[float, str]:
    """Seconds to wait and the reason, with the rhythm and the standing that the poll left."""
    shortest = _shortest(feed, limits)
    longest = max(shortest, (feed.options.interval_max or limits.maximum).total_seconds())
    slack = limits.jitter
    if feed.interval is not None:
        own = max(shortest, feed.interval.total_seconds())
        wait, longest, reason = (
            own - _late(feed, own, at),
            max(own, longest),
            f"every {_spell(own)}",
        )
    else:
        wait, slack, reason = _by_rhythm(taught, at, longest, limits)
        if "liar" in standing:
            wait, reason = wait * limits.liar_stretch, f"{reason}; in full, as its 304 are not true"
        bound = min(wait, longest)
        safe = _safe_wait(feed, outcome, taught, at, bound, limits)
        if safe < bound:
            wait, reason = safe / (1 + slack), f"its {taught.window} entries may be replaced soon"
        if wait > longest:
            wait, reason = longest, f"{reason}; at least every {_spell(longest)}"
        elif wait < shortest:
            wait, reason = shortest, f"{reason}; at most every {_spell(shortest)}"
    wait = min(max(wait * (1 + slack * (2 * rng.random() - 1)), shortest), longest)
    asked = _asked(outcome, standing, limits)
    if asked and asked[0] > wait:
        wait, reason = asked[0] * (1 + limits.jitter * rng.random()), asked[1]
        wait = max(asked[0], min(wait, asked[2]))
    hints = standing.get("hints")
    if hints and ("skip_hours" in hints or "skip_days" in hints):
        return _past_skipped(hints, taught, at, wait, reason, rng)
    return wait, reason


def _by_rhythm(
    taught: Rhythm, at: float, longest: float, limits: PollLimits
) -> tuple[float, float, str]:
    """Seconds to wait, the jitter they bear, and the reason."""
    price, default = limits.price.total_seconds(), limits.default.total_seconds()
    level = _level(taught, at, limits)
    regular = _regular_wait(taught, at, level, price, longest)
    if regular is not None:
        return *regular, f"regular: an item every {_spell(taught.period)}"
    wait = _wait(taught, at, level, price, longest)
    if taught.learned:
        return wait, limits.jitter, f"about {_number(level * DAY)} items a day"
    if wait > 0.95 * default:
        return wait, limits.jitter, f"every {_spell(wait)}"
    return wait, limits.jitter, "nothing is known yet"


def _level(taught: Rhythm, at: float, limits: PollLimits) -> float:
    """Items a second, the hour aside: the default interval is what they are worth at first."""
    return taught.level(at, limits.default.total_seconds() ** 2 / limits.price.total_seconds() / 4)


def _wait(
    taught: Rhythm, at: float, level: float, price: float, longest: float, part: float = 1.0
) -> float:
    """Seconds until the items expected from now on have waited ``price`` seconds together."""
    time, expected, waited = 0.0, 0.0, 0.0
    for seconds, full in rates(taught, at, level):
        rate = full * part
        left = (sqrt(expected * expected + 2 * rate * (price - waited)) - expected) / rate
        if left <= seconds:
            return min(time + left, longest)
        waited += seconds * (expected + rate * seconds / 2)
        expected += rate * seconds
        time += seconds
        if time >= longest:
            break
    return longest


def _regular_wait(
    taught: Rhythm, at: float, level: float, price: float, longest: float
) -> tuple[float, float] | None:
    """Seconds until just after an item is expected, and the jitter they bear.

    ``None`` where none is expected, or it is due already. Where requests are dear, that is the
    last item for which waiting is worth it; where they are cheap, a look in between may be.
    """
    margin = 2 * taught.spread + _SETTLE
    first = taught.last + taught.period + margin - at
    if not taught.period or first < 2 * margin or margin > 0.25 * sqrt(2 * price / level):
        return None
    wait = _wait(taught, at, level, price, longest, _QUIET)
    if wait < first:
        return wait, 0.05
    return first + (wait - first) // taught.period * taught.period, 0.0


def _safe_wait(
    feed: Feed,
    outcome: PollOutcome,
    taught: Rhythm,
    at: float,
    longest: float,
    limits: PollLimits,
) -> float:
    """Seconds in which nothing can scroll out unseen, as far as the past can tell."""
    safe = safe_wait(taught, at, _level(taught, at, limits), limits.window_share, longest)
    scrolled = outcome.overlap == 0 and outcome.new_items > 0
    if scrolled and feed.first_polled_at is not None and feed.last_ok_at is not None:
        safe = min(safe, (at - feed.last_ok_at.timestamp()) / 2)
    return safe


def _asked(
    outcome: PollOutcome, standing: Mapping[str, Any], limits: PollLimits
) -> tuple[float, str, float] | None:
    """The longest wait asked for: seconds, the reason, and the most it may be."""
    hints = standing.get("hints", {})
    longest = limits.maximum.total_seconds()
    wishes = [(float(hints[key]), name, longest) for key, name in _WISHES if key in hints]
    if outcome.retry_after is not None:
        ceiling = limits.failure_ceiling.total_seconds()
        wishes.append((outcome.retry_after.total_seconds(), "Retry-After", ceiling))
    if not wishes:
        return None
    asked, name, most = max(wishes, key=lambda wish: min(wish[0], wish[2]))
    kept = f", kept to {_spell(most)}" if asked > most else ""
    wait = min(asked, most)
    return wait, f"server asks for {_spell(asked)} ({name}){kept}", max(wait, most)


def _asked_to_wait(outcome: PollOutcome, limits: PollLimits) -> float:
    """Seconds of Retry-After, as far as the ceiling."""
    if outcome.retry_after is None:
        return 0.0
    return min(outcome.retry_after, limits.failure_ceiling).total_seconds()


def _past_skipped(
    hints: Mapping[str, Any], taught: Rhythm, at: float, wait: float, reason: str, rng: Random
) -> tuple[float, str]:
    """The wait, or one until the hours and days that the feed skips are over.

    Hours in which items came all the same are not skipped, nor is a week without any hour left.
    """
    hours, days = hints.get("skip_hours", ()), hints.get("skip_days", ())
    first = int((at + wait) // HOUR)
    for hour in range(first, first + _SKIP_AHEAD):
        slot = rhythm.slot_of(hour)
        if (slot % 24 not in hours and slot // 24 not in days) or taught.hours[slot]:
            break
    else:
        return wait, reason
    if hour == first:
        return wait, reason
    later = hour * HOUR - at + rng.random() * HOUR / 4
    return later, f"it asks not to be polled before {slot % 24}:00 UTC (skipHours, skipDays)"


def _late(feed: Feed, interval: float, at: float) -> float:
    """Seconds by which this poll came late, to be made up for: a delay must not add up."""
    late = at - feed.next_poll_at.timestamp()
    return late if 0 < late < interval / 2 else 0.0


def _shortest(feed: Feed, limits: PollLimits) -> float:
    return (feed.options.interval_min or limits.minimum).total_seconds()


def _spell(seconds: float) -> str:
    return spell(timedelta(seconds=seconds))


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}" if value >= 0.1 else "under 0.1"
