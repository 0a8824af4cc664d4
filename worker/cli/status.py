"""``tocsin status``: the whole system at a glance."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from worker.cli.output import JsonOption, ago, duration, load_settings, plain, print_pairs
from worker.cli.output import print_json as print_document

if TYPE_CHECKING:
    from worker.store.status import Status

QUEUES = ("fetch", "tag", "deliver")
NO_VALKEY = "Valkey is not running (tocsin up starts it)"


def show_status(as_json: JsonOption = False) -> None:
    """Show the whole system at a glance: feeds, workers, queues, lags, the last alert.

    Counts of large tables are estimates.

    Example: `tocsin status`
    """
    from worker.store.status import read_status
    from worker.supervisor import open_store, queues_of

    settings = load_settings()
    with open_store(settings) as engine, engine.connect() as connection:
        now = read_status(connection)
    queues = queues_of(settings)
    depths = queues.depths() if queues else {}
    workers = queues.workers() if queues else {}
    if as_json:
        print_document({**plain(now), "queues": depths, "workers": workers})
        return
    print_pairs(lines(now, depths, workers, datetime.now(UTC)))


def lines(
    now: "Status", depths: Mapping[str, int], workers: Mapping[str, int], at: datetime
) -> Iterator[tuple[str, str]]:
    """What is shown at a time, line by line: what and how it is."""
    yield from _feeds(now, at)
    yield "items", f"{_states(now.items_by_state)}; last one {ago(now.last_item_at, at)}"
    if now.retags:
        yield "retag", f"{now.retags:,} items wait to be tagged anew"
    if now.retags_failed:
        failed = f"{now.retags_failed:,} items could not be tagged anew"
        yield "retag", f"{failed}: see tocsin doctor"
    yield "stories", f"{now.stories:,}; last one joined {ago(now.last_story_at, at)}"
    yield "watches", f"{now.watches:,}"
    yield "alerts", f"{now.alerts:,}; last one {ago(now.last_alert_at, at)}"
    yield "deliveries", _states(now.deliveries_by_state)
    if now.deliveries_by_state.get("dead"):
        yield "", "the dead: tocsin deliveries list --state dead, tocsin deliveries replay-dead"
    for circuit in now.circuits:
        yield (
            "circuit",
            f"{circuit.channel} is left alone: {circuit.reason}; {ago(circuit.until, at)}",
        )
    yield "owed", ", ".join(f"{name} {now.waiting[name]:,}" for name in QUEUES)
    yield "lag", _lags(now)
    waiting = ", ".join(f"{name} {depth:,}" for name, depth in depths.items())
    yield "queues", waiting or NO_VALKEY
    if depths:
        yield "workers", _workers(workers)


def _feeds(now: "Status", at: datetime) -> Iterator[tuple[str, str]]:
    more = (
        ("new", now.feeds_new),
        ("silent", now.feeds_silent),
        ("overdue", now.feeds_overdue),
    )
    words = "".join(f", {count:,} {word}" for word, count in more if count)
    known = (
        f"{now.feeds_healthy:,} of {now.feeds:,} healthy, {now.feeds_failing:,} failing, "
        f"{now.feeds_paused:,} paused{words}"
    )
    yield "feeds", f"{known}; last poll {ago(now.last_poll_at, at)}"
    for feed in now.failing:
        times = f"{feed.failures} time{'s' * (feed.failures != 1)}"
        yield "", f"{feed.name} failed {times}: {feed.error}"
    if now.feeds_failing > len(now.failing):
        yield "", "more: tocsin feeds health"
    if now.hosts_limited:
        yield "hosts", f"{now.hosts_limited:,} asked for fewer requests within the last hour"


def _states(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n:,} {state}" for state, n in sorted(counts.items())) or "none yet"


def _lags(now: "Status") -> str:
    lags = (("items", now.oldest_owed_item), ("deliveries", now.oldest_owed_delivery))
    return ", ".join(f"{what} {duration(lag)}" for what, lag in lags if lag is not None) or "none"


def _workers(workers: Mapping[str, int]) -> str:
    words = ", ".join(f"{name} {workers.get(name, 0)}" for name in QUEUES)
    missing = [name for name in QUEUES if not workers.get(name)]
    return f"{words}; nobody works on {' and '.join(missing)}" if missing else words
