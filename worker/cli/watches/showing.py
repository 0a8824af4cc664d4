"""``tocsin watches list | show``."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from worker.alerts.spike_form import rate_lines
from worker.announcing.spikes import RateNow
from worker.cli.output import (
    JsonOption,
    ago,
    clip,
    load_settings,
    plain,
    print_json,
    print_pairs,
    print_table,
)
from worker.cli.watches.app import NameArgument, app, one_watch
from worker.cli.watches.policies import tells_of
from worker.cli.watches.report import many
from worker.cli.when import shown
from worker.model import Mute, Watch
from worker.store.activity import NONE, Activity, activity
from worker.store.mutes import active_mutes
from worker.store.watches import all_watches

WEEK = timedelta(days=7)


@app.command("list")
def list_watches(as_json: JsonOption = False) -> None:
    """List watches: what each matched in a week, when it last rang, and what keeps it quiet.

    Example: `tocsin watches list --json`
    """
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        found = all_watches(connection)
        done = activity(connection, WEEK)
        muted = mutes_of_watches(active_mutes(connection))
    if as_json:
        print_json([_as_json(watch, done.get(watch.id, NONE), muted) for watch in found])
        return
    print_table(
        ["name", "state", "a week", "last rang", "channels", "query"],
        [
            [
                clip(watch.name, 24),
                _state(watch, done.get(watch.id, NONE), muted),
                str(done.get(watch.id, NONE).matches or "-"),
                ago(done.get(watch.id, NONE).last_rang_at),
                ", ".join(watch.channels) or "none",
                clip(watch.query, 60),
            ]
            for watch in found
        ],
        empty="No watches yet. Add one: tocsin watches add putin 'person:\"Vladimir Putin\"'",
    )


def mutes_of_watches(mutes: Sequence[Mute]) -> Mapping[int, Mute]:
    """The mute of each watch that is muted as a whole."""
    return {int(one.value): one for one in mutes if one.kind == "watch"}


def _state(watch: Watch, done: Activity, muted: Mapping[int, Mute]) -> str:
    """What a watch does, in a word or two."""
    if not watch.enabled:
        return "off"
    words = ["muted"] if watch.id in muted else ["digest" if watch.policy.digest else "on"]
    if done.held:
        words.append(f"{done.held} held")
    return ", ".join(words)


def _as_json(watch: Watch, done: Activity, muted: Mapping[int, Mute]) -> dict[str, Any]:
    mute = muted.get(watch.id)
    told: dict[str, Any] = plain(watch)
    return told | {
        "tells_of": tells_of(watch.query, watch.policy),
        "last_rang_at": done.last_rang_at,
        "matches_of_week": done.matches,
        "held": done.held,
        "muted": mute is not None,
        "muted_until": mute.until if mute else None,
    }


@app.command("show")
def show_watch(name: NameArgument, as_json: JsonOption = False) -> None:
    """Show a watch: how it rings, what is muted, what it matched, and its last alerts.

    Example: `tocsin watches show putin`
    """
    from worker.announcing.spikes import rate_now
    from worker.cli.alerts import alert_rows
    from worker.store.alerts import list_alerts
    from worker.supervisor import open_store

    with open_store(load_settings()) as engine, engine.connect() as connection:
        watch = one_watch(connection, name)
        recent = list_alerts(connection, watch=name, limit=10)
        done = activity(connection, WEEK).get(watch.id, NONE)
        mutes = active_mutes(connection)
        rate = rate_now(connection, watch, now=datetime.now(UTC))
    muted = mutes_of_watches(mutes)
    if as_json:
        told = _as_json(watch, done, muted)
        print_json({"watch": told, "activity": asdict(done), "rate": rate, "alerts": recent})
        return
    print(f"{watch.name} ({_state(watch, done, muted)})")
    print_pairs(_facts(watch, done, mutes, rate), by=2)
    print()
    print_table(*alert_rows(recent), empty="It has not rung yet.")


def _facts(
    watch: Watch, done: Activity, mutes: Sequence[Mute], rate: RateNow | None
) -> Iterator[tuple[str, str]]:
    yield "query:", watch.query
    yield "channels:", ", ".join(watch.channels) or "none: it only keeps a record"
    yield "tells of:", tells_of(watch.query, watch.policy)
    yield "from:", "feeds.yaml" if watch.declared else "tocsin watches add"
    for mute in mutes:
        if mute.watch_id == watch.id or (mute.kind, mute.value) == ("watch", str(watch.id)):
            what = "" if mute.kind == "watch" else f"{mute.kind} {mute.value} "
            yield "muted:", f"{what}until {shown(mute.until) if mute.until else 'it is unmuted'}"
    if rate is not None:
        yield from rate_lines(rate.decision, rate.hours, rate.since)
    matches = many(done.matches, "match", "matches")
    held = f", {many(done.held, 'story', 'stories')} held for a digest" if done.held else ""
    yield "a week:", f"{matches}{held}; last rang {ago(done.last_rang_at)}"
