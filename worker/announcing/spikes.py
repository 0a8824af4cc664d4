"""Rings for rates of stories that have left their own normal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from worker.alerts.spike_form import in_an_hour, spike_line
from worker.alerts.spikes import (
    MEMORY,
    Past,
    Ringing,
    SpikeDecision,
    could_ring,
    decide_spike,
    last_hours,
)
from worker.announcing.happenings import Happening, decide_happenings
from worker.model import AlertKind, Brake, HourCount, Spike, Watch
from worker.observe import logger
from worker.store import spikes
from worker.store.notices import PlannedNotice, plan_notice, story_lines
from worker.store.watches import spike_watches
from worker.watches.rates import spike_of
from worker.watches.tree import Spike as Asked

LISTED = 10

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rate:
    """A spike watch with what it asks for and what is known of it."""

    watch: Watch
    asked: Asked
    counted: spikes.Counted
    observed: int


def announce_spikes(
    connection: Connection,
    *,
    now: datetime,
    brake: Brake = Brake(),  # noqa: B008 - frozen
) -> list[int]:
    """Look at the hour up to now of every spike watch; plan what rings. Gives delivery ids."""
    if not spikes.take_turn(connection):
        return []
    asked = _asked(connection)
    spikes.keep(connection, [watch for watch, _ in asked.values()], now=now)
    if not asked:
        return []
    seen = spikes.observed(connection, now=now)
    rates = [
        _Rate(
            watch=asked[one.watch_id][0],
            asked=asked[one.watch_id][1],
            counted=one,
            observed=seen.get(one.watch_id, 0),
        )
        for one in spikes.counted(connection)
        if one.watch_id in asked
    ]
    rung = _decide(connection, [one for one in rates if _deserves_a_look(one)], now=now)
    return _plan(connection, rung, brake, now=now)


def _asked(connection: Connection) -> dict[int, tuple[Watch, Asked]]:
    """The spike watches that are on, by id, with what they ask for."""
    found = ((watch, spike_of(watch.query)) for watch in spike_watches(connection))
    return {watch.id: (watch, asked) for watch, asked in found if asked is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateNow:
    """How a spike watch stands: what would be decided now, and its last hours.

    ``since`` is how far back it is counted; ``None`` where that is all that is remembered.
    """

    decision: SpikeDecision
    hours: tuple[HourCount, ...]
    since: datetime | None = None


def rate_now(connection: Connection, watch: Watch, *, now: datetime) -> RateNow | None:
    """How a spike watch stands; ``None`` for another watch and for one that is not counted yet."""
    asked = spike_of(watch.query)
    counted = [one for one in spikes.counted(connection) if one.watch_id == watch.id]
    if asked is None or not counted:
        return None
    past = spikes.pasts(connection, {watch.id: counted[0].since}, now=now)[watch.id]
    seen = spikes.observed(connection, now=now).get(watch.id, 0)
    decision = decide_spike(
        past,
        observed=seen,
        now=now,
        number=asked.number,
        comparison=asked.operator,
        ringing=counted[0].ringing,
    )
    return RateNow(
        decision=decision,
        hours=last_hours(past, observed=seen, now=now, number=asked.number),
        since=counted[0].since if counted[0].since > now - MEMORY else None,
    )


def _deserves_a_look(rate: _Rate) -> bool:
    """Whether its past may matter: it may ring, or the spike that rang may last."""
    number = rate.asked.number
    if rate.counted.ringing is not None:
        number /= 2
    return could_ring(rate.observed, number, rate.asked.operator)


def _decide(
    connection: Connection, rates: Sequence[_Rate], *, now: datetime
) -> list[tuple[_Rate, Spike]]:
    """The rates that have left their normal, and what is told of them."""
    pasts = spikes.pasts(connection, {one.watch.id: one.counted.since for one in rates}, now=now)
    ringing: dict[int, Ringing | None] = {}
    rung: list[tuple[_Rate, Spike]] = []
    for rate in rates:
        past = pasts[rate.watch.id]
        decision = decide_spike(
            past,
            observed=rate.observed,
            now=now,
            number=rate.asked.number,
            comparison=rate.asked.operator,
            ringing=rate.counted.ringing,
        )
        ringing[rate.watch.id] = decision.ringing
        if decision.ring:
            log.info("spike", watch=rate.watch.name, score=round(decision.score, 1))
            rung.append((rate, _content(connection, rate, decision, past, now=now)))
    spikes.remember(connection, ringing)
    return rung


def _plan(
    connection: Connection, rung: Sequence[tuple[_Rate, Spike]], brake: Brake, *, now: datetime
) -> list[int]:
    """Ring, or hold for a summary what quiet hours, a cap or a storm keep from ringing."""
    happened = [
        Happening(
            watch=rate.watch,
            kind=AlertKind.SPIKE,
            number=0,
            line=spike_line(spike),
            once=f"spike:{rate.watch.id}:{now:%Y-%m-%dT%H:%M}",
        )
        for rate, spike in rung
    ]
    decided = decide_happenings(connection, happened, brake, now=now)
    planned: list[int] = []
    for one, decision, (_, spike) in zip(happened, decided, rung, strict=True):
        if decision.kind is not None:
            notice = PlannedNotice(
                content=spike,
                once=one.once,
                reason=f"{decision.reason}: {in_an_hour(spike.observed, spike.normal)}",
                channels=decision.channels,
                watch_id=one.watch.id,
            )
            planned += plan_notice(connection, notice).deliveries
    return planned


def _content(
    connection: Connection, rate: _Rate, decision: SpikeDecision, past: Past, *, now: datetime
) -> Spike:
    watch, asked = rate.watch, rate.asked
    items = spikes.latest_items(connection, watch.id, now=now, limit=LISTED)
    lines = story_lines(connection, [(watch.id, item) for item in items])
    return Spike(
        watch_id=watch.id,
        watch_name=watch.name,
        query=watch.query,
        at=now,
        observed=decision.observed,
        score=decision.score,
        bound=f"{asked.operator} {asked.number:g}",
        normal=decision.normal,
        low=decision.low,
        high=decision.high,
        level=decision.level.value,
        hours=last_hours(past, observed=decision.observed, now=now, number=asked.number),
        stories=tuple(lines[watch.id, item] for item in items if (watch.id, item) in lines),
    )
