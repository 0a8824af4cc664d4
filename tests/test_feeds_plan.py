"""When to poll next, and what servers say about it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.durations import spell
from worker.feeds.hints import body_hash, cache_max_age, retry_after
from worker.feeds.plan import plan_poll
from worker.model import Feed, PollLimits, PollOutcome, PollPlan, Response

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LIMITS = PollLimits()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


def feed(interval: timedelta | None = None, failures: int = 0) -> Feed:
    """A feed with what planning looks at."""
    return Feed(
        id=1, name="f", url="https://p.example/", next_poll_at=NOW, interval=interval, failures=failures
    )  # fmt: skip


def plan(outcome: PollOutcome, feed_: Feed | None = None, seed: int = 1) -> PollPlan:
    """A plan with ordinary limits."""
    return plan_poll(feed_ or feed(), outcome, now=NOW, rng=Random(seed), limits=LIMITS)


def waits(outcome: PollOutcome, feed_: Feed | None = None) -> list[timedelta]:
    """The waits of many draws, sorted."""
    return sorted(plan(outcome, feed_, seed).next_poll_at - NOW for seed in range(200))


OK = PollOutcome(status=200)


def test_a_healthy_feed_is_polled_at_the_default_interval_give_or_take() -> None:
    """Five per cent of jitter round a quarter of an hour."""
    drawn = waits(OK)
    assert 15 * MINUTE * 0.95 <= drawn[0] < 15 * MINUTE < drawn[-1] <= 15 * MINUTE * 1.05
    assert (plan(OK).reason, plan(OK).failures) == ("every 15 min", 0)


@pytest.mark.parametrize(
    ("interval", "shortest", "longest", "reason"),
    [
        (5 * MINUTE, 5 * MINUTE, 5 * MINUTE * 1.05, "every 5 min"),
        (MINUTE, 5 * MINUTE, 5 * MINUTE * 1.05, "every 5 min"),
        (12 * HOUR, 12 * HOUR * 0.95, 12 * HOUR, "every 12 h"),
        (90 * MINUTE, 90 * MINUTE * 0.95, 90 * MINUTE * 1.05, "every 1 h 30 min"),
    ],
)
def test_own_interval(
    interval: timedelta, shortest: timedelta, longest: timedelta, reason: str
) -> None:
    """An explicit interval holds, but never below the minimum."""
    drawn = waits(OK, feed(interval))
    assert shortest <= drawn[0] <= drawn[-1] <= longest
    assert reason == plan(OK, feed(interval)).reason


@pytest.mark.parametrize(
    ("outcome", "wait", "reason"),
    [
        (
            PollOutcome(status=304, max_age=30 * MINUTE),
            30 * MINUTE,
            "server asks for 30 min (max-age)",
        ),
        (PollOutcome(status=200, ttl=HOUR, max_age=30 * MINUTE), HOUR, "server asks for 1 h (ttl)"),
        (
            PollOutcome(status=200, ttl=24 * HOUR),
            6 * HOUR,
            "server asks for 1 d (ttl), kept to 6 h",
        ),
        (
            PollOutcome(status=200, retry_after=8 * HOUR),
            8 * HOUR,
            "server asks for 8 h (Retry-After)",
        ),
    ],
)
def test_server_hints_stretch_the_interval(
    outcome: PollOutcome, wait: timedelta, reason: str
) -> None:
    """The longest wish counts, no poll comes before it, and the maximum bounds it."""
    drawn = waits(outcome)
    assert wait <= drawn[0]
    assert drawn[-1] <= wait * 1.05
    assert reason == plan(outcome).reason


def test_a_short_hint_does_not_hasten() -> None:
    """A max-age of a minute leaves the interval as it is."""
    assert plan(PollOutcome(status=200, max_age=MINUTE)).reason == "every 15 min"


def test_an_address_with_a_reference_in_it_is_never_exchanged() -> None:
    """Where it leads may hold the secret that the reference stands for; any other is adopted."""
    moved = PollOutcome(status=304, moved_to="https://new.example/?key=hunter2")
    known = replace(feed(), standing={"moved": [moved.moved_to, LIMITS.move_polls, 0]})
    assert moved.moved_to == plan(moved, known).url
    assert plan(moved, replace(known, url="https://p.example/?key=${KEY}")).url is None


def test_failures_back_off_to_the_ceiling_and_never_stop() -> None:
    """The bound doubles from the default interval; draws spread below it."""
    failed = PollOutcome(status=500, error="HTTP 500")
    for failures, bound in ((0, 15 * MINUTE), (2, HOUR), (500, 24 * HOUR)):
        drawn = waits(failed, feed(failures=failures))
        assert 5 * MINUTE <= drawn[0] < drawn[-1] <= bound
        assert drawn[-1] > bound * 0.8


def test_failures_are_counted_named_and_forgotten() -> None:
    """Each failure adds one, a success starts anew."""
    failed = plan(PollOutcome(status=None, error="timeout"), feed(failures=2))
    assert failed.failures == 3
    assert f"failed 3 times: retry in {spell(failed.next_poll_at - NOW)}" == failed.reason
    assert plan(PollOutcome(status=None, error="timeout")).reason.startswith("failed once: ")
    assert plan(OK, feed(failures=9)).failures == 0


def test_retry_after_is_honoured_on_failure_up_to_the_ceiling() -> None:
    """Never sooner than asked, never later than the ceiling allows."""
    for asked, wait in ((2 * HOUR, 2 * HOUR), (timedelta(days=400), 24 * HOUR)):
        outcome = PollOutcome(status=429, error="HTTP 429", retry_after=asked)
        drawn = waits(outcome)
        assert wait <= drawn[0] <= drawn[-1] <= min(wait * 1.05, 24 * HOUR)
    assert plan(outcome).reason == "failed once: server asks to wait 1 d (Retry-After)"


durations = st.none() | st.timedeltas(timedelta(), timedelta(days=3000))


@given(st.builds(PollOutcome, status=st.just(200), error=st.sampled_from(["", "x"]),
                 retry_after=durations, max_age=durations, ttl=durations),
       durations, st.integers(0, 5000), st.randoms(use_true_random=False))  # fmt: skip
def test_every_plan_stays_within_the_limits(
    outcome: PollOutcome, interval: timedelta | None, failures: int, rng: Random
) -> None:
    """Whatever servers say, the next poll is neither too soon nor never."""
    planned = plan_poll(feed(interval, failures), outcome, now=NOW, rng=rng, limits=LIMITS)
    wait = planned.next_poll_at - NOW
    longest = max(LIMITS.failure_ceiling, interval or timedelta())
    assert LIMITS.minimum <= wait <= longest
    assert planned.reason


def response(**headers: str) -> Response:
    """An answer with headers, underscores for hyphens."""
    named = {name.replace("_", "-"): value.encode("latin-1") for name, value in headers.items()}
    return Response(url="https://p.example/", status=200, headers=named, body=b"", elapsed=0.1)


DATE = "Sun, 01 Mar 2026 12:00:00 GMT"
LATER = "Sun, 01 Mar 2026 12:30:00 GMT"


@pytest.mark.parametrize(
    ("answer", "fresh"),
    [
        (response(cache_control="public, max-age=1800"), 30 * MINUTE),
        (response(cache_control='MAX-AGE="600" , s-maxage=9'), 10 * MINUTE),
        (response(cache_control="max-age=1800", age="600"), 20 * MINUTE),
        (response(cache_control="max-age=1800", expires=DATE, date=DATE), 30 * MINUTE),
        (response(cache_control="max-age=99999999999999999999"), timedelta(seconds=2**31)),
        (response(expires=LATER, date=DATE), 30 * MINUTE),
        (response(expires=DATE, date=LATER), None),
        (response(expires="0", date=DATE), None),
        (response(expires=LATER), None),
        (response(cache_control="max-age=0"), None),
        (response(cache_control="max-age=60", age="90"), None),
        (response(cache_control="max-age=-1"), None),
        (response(cache_control="no-cache, max-age=600"), None),
        (response(cache_control=",,="), None),
        (response(), None),
    ],
)
def test_cache_max_age(answer: Response, fresh: timedelta | None) -> None:
    """Freshness left by Cache-Control, Age, Expires and Date, as RFC 9111 reckons."""
    assert fresh == cache_max_age(answer)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", 2 * MINUTE),
        (LATER, 30 * MINUTE),
        ("Sunday, 01-Mar-26 12:30:00 GMT", 30 * MINUTE),
        ("Sun Mar  1 12:30:00 2026", 30 * MINUTE),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after(value: str, wait: timedelta | None) -> None:
    """Seconds or a date in any format of RFC 9110; nothing for nonsense and the past."""
    assert wait == retry_after(response(retry_after=value), NOW)


def test_body_hash_tells_bodies_apart() -> None:
    """The same bytes have the same hash, others another."""
    assert body_hash(b"a") == body_hash(b"a")
    assert body_hash(b"a") != body_hash(b"b")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (45, "45 s"),
        (59.7, "1 min"),
        (900, "15 min"),
        (5400, "1 h 30 min"),
        (86400, "1 d"),
        (90000, "1 d 1 h"),
    ],
)
def test_spell(seconds: float, words: str) -> None:
    """Durations read as people write them."""
    assert words == spell(timedelta(seconds=seconds))
