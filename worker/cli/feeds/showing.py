"""``tocsin feeds list | show | health``: how the feeds are."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

import typer

from worker.cli.feeds.app import FeedArgument, app, as_shown, health, is_silent, one_feed
from worker.cli.output import (
    JsonOption,
    LimitOption,
    ago,
    clip,
    duration,
    load_settings,
    print_json,
    print_table,
)
from worker.cli.when import shown
from worker.feeds.rhythm import from_bytes
from worker.model import EventKind, Feed, FeedState

BARS = " ▁▂▃▄▅▆▇█"
WEEK = timedelta(days=7)


class Order(StrEnum):
    """What a list is sorted by."""

    NAME = "name"
    HEALTH = "health"
    ITEMS = "items"
    NEXT = "next"
    LAST = "last"


@app.command("list")
def list_feeds(
    failing: Annotated[bool, typer.Option(help="Only feeds in trouble.")] = False,
    silent: Annotated[
        bool, typer.Option(help="Only those with nothing new for much longer than usual.")
    ] = False,
    state: Annotated[FeedState | None, typer.Option(help="Only those in this state.")] = None,
    tag: Annotated[str, typer.Option(help="Only those with this tag.")] = "",
    outlet: Annotated[str, typer.Option(help="Only those of this outlet.")] = "",
    host: Annotated[str, typer.Option(help="Only those on this host.")] = "",
    held: Annotated[
        bool, typer.Option(help="Only those with items held by the flood gate.")
    ] = False,
    sort: Annotated[
        Order,
        typer.Option(
            help="What to sort by; health: the worst first; items: those with the most in a week."
        ),
    ] = Order.NAME,
    limit: LimitOption = 1_000_000,
    as_json: JsonOption = False,
) -> None:
    """List feeds with their health, new items in the last week, and next poll.

    Feeds match that fit all that is asked for: `--failing --silent` are those that are both.

    Example: `tocsin feeds list --tag europe --sort health -n 20`
    """
    from worker.feeds.links import gate_name
    from worker.store.feeds import all_feeds
    from worker.store.items import held_items, items_since
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        holding = held_items(connection)
        week = items_since(connection, WEEK)
        living = all_feeds(connection)
    found = [
        feed
        for feed in living
        if (feed.failures or not failing)
        and (is_silent(feed) or not silent)
        and (state is None or feed.state is state)
        and (not tag or tag in feed.tags)
        and (not outlet or outlet.casefold() == feed.outlet.casefold())
        and (not host or host == gate_name(feed.url))
        and (not held or feed.id in holding)
    ]
    found.sort(key=lambda feed: _rank(feed, sort, week.get(feed.id, 0)))
    shown, more = found[:limit], len(found) - limit
    if as_json:
        print_json([as_shown(feed) | {"items_per_week": week.get(feed.id, 0)} for feed in shown])
        return
    print_table(
        ["name", "state", "a week", "last poll", "next poll", "title or trouble"],
        [
            [
                feed.name,
                health(feed) + (f", {holding[feed.id]} held" if feed.id in holding else ""),
                str(week.get(feed.id, 0)),
                ago(feed.last_polled_at),
                ago(feed.next_poll_at) if feed.state is FeedState.ACTIVE else "-",
                _title_or_trouble(feed),
            ]
            for feed in shown
        ],
        empty="No feed is like that." if living else "No feeds: tocsin feeds add URL",
    )
    if more > 0:
        print(f"{more} more of {len(found)} feeds")


def _title_or_trouble(feed: Feed) -> str:
    if not feed.last_error and is_silent(feed):
        newest = from_bytes(feed.rhythm).last
        return f"nothing new since {datetime.fromtimestamp(newest, UTC):%Y-%m-%d}"
    return clip(feed.last_error or feed.title or feed.url)


def _rank(feed: Feed, order: Order, items: int) -> tuple[float, str]:
    """What a feed is sorted by."""
    never = datetime.min.replace(tzinfo=UTC).timestamp()
    match order:
        case Order.HEALTH:
            return (-(feed.failures or is_silent(feed) * 0.5), feed.name)
        case Order.ITEMS:
            return (-items, feed.name)
        case Order.NEXT:
            return (feed.next_poll_at.timestamp(), feed.name)
        case Order.LAST:
            last = feed.last_polled_at
            return (-(last.timestamp() if last else never), feed.name)
        case _:
            return (0, feed.name)


@app.command("show")
def show_feed(feed: FeedArgument, as_json: JsonOption = False) -> None:
    """Show a feed: its health, rhythm, last polls, what happened to it, and its newest items.

    Example: `tocsin feeds show bbc-world`
    """
    from worker.feeds.history import decode
    from worker.store.events import list_events
    from worker.store.items import held_items
    from worker.store.lookup import list_items
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = one_feed(connection, feed)
        newest = list_items(connection, feed=found.name, limit=10)
        events = list_events(connection, found.id, limit=10)
        held = held_items(connection, found.id).get(found.id, 0)
    past = list(decode(found.history))[::-1]
    if as_json:
        shown = {"feed": as_shown(found), "items": newest, "events": events}
        print_json(shown | {"held": held, "polls": past})
        return
    _print_feed(found, held)
    _print_rhythm(found)
    print()
    print_table(
        ["polled", "answer", "outcome", "new", "revised", "bytes", "ms"],
        [
            [
                ago(one.at),
                str(one.status or "-"),
                one.word,
                str(one.new or ""),
                str(one.revised or ""),
                str(one.bytes),
                str(one.ms),
            ]
            for one in past[:10]
        ],
        empty="Not polled yet.",
    )
    if events:
        print()
        rows = [[ago(one.at), one.kind.value, clip(one.detail, 90)] for one in events]
        print_table(["when", "event", "what happened"], rows, empty="")
    print()
    print_table(
        ["id", "seen", "state", "title"],
        [[str(i.id), ago(i.seen_at), i.state.value, clip(i.entry.title, 70)] for i in newest],
        empty="No items yet.",
    )


def _print_feed(found: Feed, held: int) -> None:
    print(f"{found.name}: {found.title or found.outlet or 'not read yet'}")
    print(f"  url:       {found.url}")
    for alias in found.aliases:
        print(f"  before:    {alias}")
    print(f"  state:     {health(found)}" + (f", {held} items held" if held else ""))
    answered = f", answered {found.last_status}" if found.last_status else ""
    print(f"  last poll: {ago(found.last_polled_at)}{answered}")
    if found.last_error:
        print(f"  trouble:   {found.last_error}")
    print(f"  last good: {ago(found.last_ok_at)}")
    if found.state is FeedState.ACTIVE:
        why = found.reason or "as soon as Tocsin runs"
        print(f"  next poll: {ago(found.next_poll_at)} ({why})")
    print(f"  interval:  {duration(found.interval) if found.interval else 'by its rhythm'}")
    if found.tags:
        print(f"  tags:      {', '.join(found.tags)}")
    print(f"  from:      {_origin(found)}")


def _origin(found: Feed) -> str:
    if not found.declared:
        return "tocsin feeds add"
    if found.declared_url == found.url:
        return "feeds.yaml"
    return f"feeds.yaml, as {found.declared_url}, which has moved: write the new url there"


def _print_rhythm(found: Feed) -> None:
    rhythm = from_bytes(found.rhythm)
    if not rhythm.learned:
        return
    by_day = [sum(rhythm.by_hour_of_week()[day * 24 : day * 24 + 24]) for day in range(7)]
    print(f"  rhythm:    {rhythm.items_per_day(datetime.now(UTC)):.1f} items a day, ", end="")
    print(f"{rhythm.window} in the document")
    print(f"             0 h {sparkline(rhythm.by_hour())} 24 h UTC   Mon {sparkline(by_day)} Sun")


def sparkline(shares: "tuple[float, ...] | list[float]") -> str:
    """Numbers as a row of bars, the greatest one full."""
    most = max(shares) or 1
    return "".join(BARS[round(share / most * (len(BARS) - 1))] for share in shares)


@app.command("health")
def feeds_health(as_json: JsonOption = False) -> None:
    """Show on one screen how the feeds are, and which need somebody.

    Example: `tocsin feeds health`
    """
    from worker.store.events import list_events
    from worker.store.feeds import all_feeds
    from worker.store.hosts import limiting_hosts
    from worker.store.items import held_items
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_feeds(connection)
        held = held_items(connection)
        hosts = limiting_hosts(connection)
        events = list_events(connection, limit=10)
    totals = Counter(health(feed).partition(" ")[0] for feed in found)
    worst = sorted((feed for feed in found if feed.failures), key=lambda feed: -feed.failures)
    holding = [(feed, held[feed.id]) for feed in found if feed.id in held]
    if as_json:
        print_json(
            {
                "totals": totals,
                "failing": [as_shown(feed) for feed in worst],
                "held": {feed.name: count for feed, count in holding},
                "hosts": [{"host": host, "until": until} for host, until in hosts],
                "events": events,
            }
        )
        return
    parts = [f"{count} {word}" for word, count in totals.most_common()]
    print(f"{len(found)} feeds: {', '.join(parts)}" if found else "No feeds: tocsin feeds add URL")
    for feed in worst[:10]:
        print(f"  failing  {feed.name}: {feed.failures} times, last {clip(feed.last_error, 90)}")
    for feed, count in holding:
        print(f"  flood    {feed.name}: {count} items held; tocsin feeds release or absorb it")
    for host, until in hosts[:10]:
        print(f"  limited  {host} wants to be left alone until {shown(until)}")
    for event in events:
        if event.kind in {EventKind.GONE, EventKind.MOVED, EventKind.SILENT, EventKind.LYING}:
            print(f"  {event.kind.value.removeprefix('feed.'):<8} {event.feed}: {event.detail}")
