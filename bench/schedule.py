"""A year of synthetic feeds, polled by Tocsin's plan and by its peers' formulas, on a seeded clock.

Feeds of six kinds publish for a year (the mix stands below); every scheduler looks at the same
feeds. An item is seen at the first poll after its publication, or missed if it has left the
feed's window by then. Tocsin's side is the real ``plan_poll`` with every limit at its default but
the price of a request, which is tuned until Tocsin makes as many requests as the peer it is
compared with. Peers run their published formulas with their default settings, on an ideal clock
(none has to wait for the next tick of its poll loop), and there are no errors and no hints.

``--feeds 10000 --days 365`` is the whole simulation: by what smaller ones took about 17 CPU hours, or
two with ``--peers miniflux``. The default is a smaller sample of the same mix over a shorter time.
"""

import argparse
import bisect
import math
import multiprocessing
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.report import Bar, report
from worker.feeds import rhythm
from worker.feeds.plan import plan_poll, wait_after_success
from worker.model import Feed, PollLimits, PollOutcome

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
BEGIN = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
HISTORY = 400 * DAY  # what was published before the year and may still stand in the document
#: The mix: kind and share of all feeds.
MIX = (
    ("steady", 0.20),
    ("bursty", 0.20),
    ("office", 0.25),
    ("weekly", 0.10),
    ("dead", 0.15),
    ("reviving", 0.10),
)
WINDOWS = (10, 15, 20, 30, 50)
Times = NDArray[np.float64]


@dataclass(frozen=True)
class Source:
    """A synthetic feed: when it publishes (seconds since 1970, sorted) and how much it shows."""

    kind: str
    published: Times
    window: int


@dataclass
class Score:
    """What a scheduler achieved on some feeds; ``delays`` in seconds, one for each item seen."""

    requests: int
    missed: int
    delays: Times

    @property
    def mean(self) -> float:
        """The mean delay in minutes; nothing seen, no delay."""
        return float(self.delays.mean()) / MINUTE if len(self.delays) else 0.0

    @property
    def p95(self) -> float:
        """The delay in minutes that 95 of 100 items stay under."""
        return float(np.percentile(self.delays, 95)) / MINUTE if len(self.delays) else 0.0


# ------------------------------------------------------------------------------------ sources


def kind_of(number: int) -> str:
    """The kind of a feed: shares are kept in every run of twenty feeds."""
    place = (number * 7 % 20 + 0.5) / 20
    for kind, share in MIX:
        if place < share:
            return kind
        place -= share
    return MIX[-1][0]


def source(number: int, seed: int, days: float) -> Source:
    """The feed of this number."""
    rng = np.random.default_rng([seed, number])
    begin, end = BEGIN - HISTORY, BEGIN + days * DAY
    kind = kind_of(number)
    make = {
        "steady": steady,
        "bursty": bursty,
        "office": office,
        "weekly": weekly,
        "dead": dead,
        "reviving": reviving,
    }[kind]
    published = np.sort(make(rng, begin, end))
    window = int(rng.choice(WINDOWS))
    busiest = busiest_hour(published)
    while window < busiest * 1.2 and window < 200:
        window += 10  # nobody could follow a document that is replaced several times an hour
    return Source(kind, published[published < end], window)


def busiest_hour(published: Times) -> int:
    """The most items within an hour."""
    if not len(published):
        return 0
    ends = np.searchsorted(published, published + HOUR)
    return int((ends - np.arange(len(published))).max())


def rate(rng: np.random.Generator, median: float, sigma: float, most: float) -> float:
    """Items a second, log-normal about ``median`` a day."""
    return min(median * math.exp(sigma * rng.standard_normal()), most) / DAY


def steady(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Day and night alike: Poisson, or in three of ten feeds more even (gamma gaps)."""
    mean = 1 / rate(rng, 4, 1.3, 200)
    shape = 9.0 if rng.random() < 0.3 else 1.0
    gaps = rng.gamma(shape, mean / shape, int((end - begin) / mean * 1.2 + 60))
    times: Times = begin + np.cumsum(gaps)
    return times


def bursty(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Bursts of 1 to 12 items within about an hour, at any time."""
    bursts = begin + np.cumsum(rng.exponential(1 / rate(rng, 0.8, 0.9, 6), 4000))
    bursts = bursts[bursts < end]
    sizes = np.minimum(rng.geometric(0.22, len(bursts)), 12)
    starts = np.repeat(bursts, sizes)
    times: Times = starts + rng.exponential(20 * MINUTE, len(starts))
    return times


def office(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Working hours of one time zone; a fifth at weekends, a twentieth at night."""
    peak = rate(rng, 15, 1.0, 240) / 0.45
    count = rng.poisson(peak * (end - begin))
    times = rng.uniform(begin, end, count)
    local = times + rng.integers(-8, 10) * HOUR
    clock, day = local % DAY / HOUR, (local // DAY + 3) % 7
    keep = np.where((clock >= 8) & (clock < 18), 1.0, 0.05) * np.where(day >= 5, 0.2, 1.0)
    kept: Times = times[rng.random(count) < keep]
    return kept


def weekly(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Once a week at about the same time (20 minutes of deviation); one week in twenty is left out."""
    weeks = np.arange(begin + rng.uniform(0, 7 * DAY), end, 7 * DAY)
    weeks = weeks[rng.random(len(weeks)) > 0.05]
    times: Times = weeks + rng.normal(0, 20 * MINUTE, len(weeks))
    return times


def dead(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Some old items and nothing since, but one item in one of five feeds."""
    stop = BEGIN - rng.uniform(30, 300) * DAY
    old = rng.uniform(begin, stop, int(rng.integers(3, 40)))
    late = rng.uniform(BEGIN, end, 1 if rng.random() < 0.2 else 0)
    return np.concatenate([old, late])


def reviving(rng: np.random.Generator, begin: float, end: float) -> Times:
    """Dead until some day of the year, then office hours or bursts, some fall silent again."""
    old = rng.uniform(begin, BEGIN - 60 * DAY, int(rng.integers(3, 40)))
    span = end - BEGIN
    start = BEGIN + rng.uniform(0.1, 0.8) * span
    stop = min(end, start + rng.uniform(0.1, 1.0) * span)
    make = office if rng.random() < 0.5 else bursty
    again = make(rng, begin, end)
    return np.concatenate([old, again[(again > start) & (again < stop)]])


# ------------------------------------------------------------------------------------ schedulers

#: Given (now, items published so far, the feed), when to poll next.
Formula = Callable[[float, int, Source], float]


def miniflux(factor: float) -> Formula:
    """entry_frequency: a week over the weekly count; 5 min to 24 h; factor 1 by default.

    The count is a virtual one: a week over the mean gap of the entries of the last seven days.
    """

    def formula(now: float, shown: int, feed: Source) -> float:
        times = feed.published
        first = int(np.searchsorted(times, now - 7 * DAY, side="left"))
        count = shown - first
        if count < 2 or times[shown - 1] == times[first]:
            return now + DAY
        mean = (times[shown - 1] - times[first]) / (count - 1)
        weekly_count = math.ceil(7 * DAY / mean)
        return now + float(min(max(7 * DAY / (weekly_count * factor), 5 * MINUTE), DAY))

    return formula


def commafeed(factor: float) -> Formula:
    """Empirical interval: half the mean gap of the document's entries, 5 min to 1 h.

    4 h where nothing is published for 30 days, half and a quarter of it from 14 and 7 days on.
    """

    def formula(now: float, shown: int, feed: Source) -> float:
        most = 4 * HOUR
        if not shown:
            return now + most
        idle = (now - float(feed.published[shown - 1])) // DAY
        for days, part in ((30, 1), (14, 2), (7, 4)):
            if idle >= days:
                return now + most / part
        first = max(0, shown - feed.window)
        if shown - first < 2:
            return now + most
        mean = float(feed.published[shown - 1] - feed.published[first]) / (shown - first - 1)
        return now + min(max(mean / (2 * factor), 5 * MINUTE), most / 4)

    return formula


def by_formula(feed: Source, formula: Formula, end: float, start: float) -> Score:
    """Follow a formula."""
    times = feed.published
    now, shown = start, int(np.searchsorted(times, start, side="right"))
    requests, missed = 0, 0
    delays: list[Times] = []
    while (now := formula(now, shown, feed)) < end:
        requests += 1
        ready = int(np.searchsorted(times, now, side="right"))
        if ready > shown:
            seen = max(shown, ready - feed.window)
            missed += seen - shown
            delays.append(now - times[seen:ready])
            shown = ready
    return Score(requests, missed, joined(delays))


def fixed(feed: Source, interval: float, end: float, start: float) -> Score:
    """Poll every ``interval`` seconds."""
    times = feed.published[(feed.published > start) & (feed.published <= end)]
    polls = start + np.arange(1, int((end - start) / interval) + 1) * interval
    at = np.searchsorted(polls, times, side="left")
    times, at = times[at < len(polls)], at[at < len(polls)]
    # An item is missed if a whole window of later ones came before the next poll.
    later = np.full(len(times), np.inf)
    if len(times) > feed.window:
        later[: -feed.window] = times[feed.window :]
    lost = later <= polls[at] if len(times) else np.zeros(0, bool)
    return Score(len(polls), int(lost.sum()), (polls[at] - times)[~lost])


NOTHING = PollOutcome(status=304)


def tocsin(
    feed: Source,
    limits: PollLimits,
    end: float,
    start: float,
    seed: int,
    *,
    whole: bool = False,
) -> Score:
    """Follow ``plan_poll``, given what a poll would bring.

    A poll that brings nothing teaches nothing, so only its wait is asked for, unless ``whole``:
    slower, and the same polls.
    """
    times = feed.published.tolist()
    rng = random.Random(seed)
    at = datetime.fromtimestamp(start, UTC)
    state = Feed(id=1, name="f", url="https://p.example/", next_poll_at=at)
    shown = bisect.bisect_right(times, start)
    old = times[max(0, shown - feed.window) : shown]
    state = replaced(state, seen(old, len(old), len(old), first=True), at, rng, limits)
    object.__setattr__(state, "first_polled_at", at)
    requests, missed = 0, 0
    delays: list[float] = []
    known = rhythm.from_bytes(state.rhythm)
    at = state.next_poll_at
    while (now := at.timestamp()) < end:
        requests += 1
        ready = bisect.bisect_right(times, now)
        if ready > shown:
            first = max(shown, ready - feed.window)
            missed += first - shown
            new = times[first:ready]
            delays.extend(now - moment for moment in new)
            shown = ready
            outcome = seen(new, min(feed.window, ready), ready, first=False)
            state = replaced(state, outcome, at, rng, limits)
            known = rhythm.from_bytes(state.rhythm)
            at = state.next_poll_at
        elif whole:
            state = replaced(state, NOTHING, at, rng, limits)
            at = state.next_poll_at
        else:
            wait, _ = wait_after_success(
                state, NOTHING, known, state.standing, at=now, rng=rng, limits=limits
            )
            at += timedelta(seconds=wait)
    return Score(requests, missed, np.array(delays))


def seen(new: Sequence[float], window: int, ready: int, *, first: bool) -> PollOutcome:
    """The outcome of a poll that brought these items."""
    return PollOutcome(
        status=200,
        new_items=len(new),
        published=tuple(datetime.fromtimestamp(moment, UTC) for moment in new),
        window=window,
        overlap=0 if first else max(0, min(window, ready) - len(new)),
        changed=True,
    )


def replaced(
    feed: Feed, outcome: PollOutcome, now: datetime, rng: random.Random, limits: PollLimits
) -> Feed:
    """The feed after a poll, written into the same value: nobody else holds it here."""
    plan = plan_poll(feed, outcome, now=now, rng=rng, limits=limits)
    for name in ("next_poll_at", "rhythm", "standing", "history"):
        object.__setattr__(feed, name, getattr(plan, name))
    object.__setattr__(feed, "last_ok_at", now)
    return feed


def joined(parts: Sequence[Times]) -> Times:
    """One array of many."""
    return np.concatenate(parts) if parts else np.zeros(0)


# ------------------------------------------------------------------------------------ the run


@dataclass(frozen=True)
class Task:
    """One scheduler on one feed: its name and its one parameter (seconds or a factor)."""

    number: int
    seed: int
    days: float
    scheduler: str
    parameter: float


def run_one(task: Task) -> Score:
    """Simulate one feed under one scheduler."""
    feed = source(task.number, task.seed, task.days)
    phase = random.Random(task.seed * 1_000_003 + task.number).random()
    start, end = BEGIN + phase * HOUR, BEGIN + task.days * DAY
    match task.scheduler:
        case "fixed":
            return fixed(feed, task.parameter, end, start)
        case "miniflux":
            return by_formula(feed, miniflux(task.parameter), end, start)
        case "commafeed":
            return by_formula(feed, commafeed(task.parameter), end, start)
        case _:
            limits = replace(PollLimits(), price=timedelta(seconds=task.parameter))
            return tocsin(feed, limits, end, start, task.number)


class Bench:
    """Runs schedulers on a sample of feeds with every core."""

    def __init__(self, pool: Any, *, seed: int, days: float) -> None:
        self.pool, self.seed, self.days = pool, seed, days

    def scores(self, scheduler: str, parameter: float, feeds: Sequence[int]) -> list[Score]:
        """The score of each feed."""
        tasks = [Task(number, self.seed, self.days, scheduler, parameter) for number in feeds]
        scores: list[Score] = self.pool.map(run_one, tasks, chunksize=4)
        return scores

    def tuned(self, requests: int, guess: float, feeds: Sequence[int]) -> tuple[float, list[Score]]:
        """The price at which Tocsin makes at most ``requests``, by no more than 1 % less."""
        low, high = 0.0, math.inf  # prices known to be too low and too high
        price, scores = guess, self.scores("tocsin", guess, feeds)
        for _ in range(12):
            made = together(scores).requests
            if requests * 0.99 <= made <= requests:
                break
            if made > requests:
                low = price
            else:
                high = price
            step = (made / (requests * 0.995)) ** 2.2
            price = price * min(max(step, 0.05), 20.0)
            if not low < price < high:
                price = math.sqrt(max(low, 0.1) * high) if high < math.inf else low * 2
            scores = self.scores("tocsin", price, feeds)
        return price, scores


def together(scores: Sequence[Score]) -> Score:
    """Scores of several feeds as one."""
    return Score(
        sum(score.requests for score in scores),
        sum(score.missed for score in scores),
        joined([score.delays for score in scores]),
    )


def line(name: str, score: Score) -> str:
    """One row of the table."""
    items = max(len(score.delays), 1)
    return (
        f"{name:34} {score.requests:11} {score.requests / items:9.2f} {score.mean:9.1f}"
        f" {score.p95:9.1f} {score.missed:7}"
    )


PEERS = (
    ("fixed 15 min", "fixed", 15 * MINUTE, 40.0),
    ("fixed 60 min", "fixed", 60 * MINUTE, 700.0),
    ("miniflux entry_frequency", "miniflux", 1.0, 3000.0),
    ("commafeed empirical", "commafeed", 1.0, 300.0),
)


def main() -> None:
    """Run the year."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feeds", type=int, default=60, help="how many feeds; 10000 is all")
    parser.add_argument("--days", type=float, default=90.0, help="how long they are polled")
    parser.add_argument("--seed", type=int, default=1, help="of feeds and jitter alike")
    parser.add_argument("--processes", type=int, default=multiprocessing.cpu_count())
    parser.add_argument("--kinds", action="store_true", help="also each kind of feed by itself")
    parser.add_argument("--peers", default="", help="only peers in whose name this stands")
    args = parser.parse_args()
    begun = time.monotonic()
    with multiprocessing.Pool(args.processes) as pool:
        bench = Bench(pool, seed=args.seed, days=args.days)
        chosen = [peer for peer in PEERS if args.peers in peer[0]]
        figures, bars = compare(bench, range(args.feeds), chosen, kinds=args.kinds)
    figures |= {"feeds": args.feeds, "days": args.days, "seed": args.seed}
    figures["seconds"] = round(time.monotonic() - begun)
    report("schedule", figures, bars)


def compare(
    bench: Bench,
    feeds: Sequence[int],
    chosen: Sequence[tuple[str, str, float, float]],
    *,
    kinds: bool,
) -> tuple[dict[str, float], dict[str, Bar]]:
    """Every peer, and Tocsin at the same number of requests."""
    figures: dict[str, float] = {}
    print(f"{'':34} {'requests':>11} {'per item':>9} {'mean min':>9} {'p95 min':>9} {'missed':>7}")
    sample = feeds[: min(max(40, len(feeds) // 5), 400)]
    worst, missed = 0.0, 0
    for name, scheduler, parameter, guess in chosen:
        peers = bench.scores(scheduler, parameter, feeds)
        peer = together(peers)
        few = together(peers[: len(sample)])
        price, _ = bench.tuned(few.requests, guess, sample)
        price, scores = bench.tuned(peer.requests, price, feeds)
        ours = together(scores)
        print(line(name, peer))
        print(line(f"  tocsin, price {price:.0f} s", ours), flush=True)
        worst, missed = max(worst, ours.mean / peer.mean), missed + ours.missed
        key = name.replace(" ", "_")
        figures |= {
            f"{key}_requests": peer.requests,
            f"{key}_mean_minutes": round(peer.mean, 2),
            f"{key}_p95_minutes": round(peer.p95, 2),
            f"{key}_missed": peer.missed,
            f"tocsin_like_{key}_requests": ours.requests,
            f"tocsin_like_{key}_mean_minutes": round(ours.mean, 2),
            f"tocsin_like_{key}_p95_minutes": round(ours.p95, 2),
            f"tocsin_like_{key}_missed": ours.missed,
            f"tocsin_like_{key}_ratio": round(ours.mean / peer.mean, 3),
        }
        if kinds:
            by_kind(feeds, peers, scores)
    default = together(bench.scores("tocsin", PollLimits().price.total_seconds(), feeds))
    print(line("tocsin by default", default))
    figures |= {
        "default_requests_per_item": round(default.requests / max(len(default.delays), 1), 2),
        "default_mean_minutes": round(default.mean, 2),
        "default_p95_minutes": round(default.p95, 2),
    }
    return figures, {
        "mean_delay_to_best_peer": Bar(round(worst, 3), 0.7, most=True),
        "missed_items": Bar(missed + default.missed, 0, most=True),
    }


def by_kind(feeds: Sequence[int], peers: Sequence[Score], ours: Sequence[Score]) -> None:
    """The same, kind by kind."""
    for kind, _ in MIX:
        some = [place for place, number in enumerate(feeds) if kind_of(number) == kind]
        print(line(f"    {kind}", together([peers[place] for place in some])))
        print(line("      tocsin", together([ours[place] for place in some])))


if __name__ == "__main__":
    main()
