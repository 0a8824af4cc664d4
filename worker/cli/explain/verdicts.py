"""What became of an item at each watch, and why, in plain words. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from worker.alerts.reasons import AlertReason, rule_of
from worker.model import (
    Confidence,
    DeliveryState,
    Evidence,
    FeedState,
    ItemState,
    Watch,
)
from worker.store.ways import MatchRecord, RungRecord, Way
from worker.watches.explain import ClauseResult, Explainer

#: So many watches that nearly matched are told of.
MOST_NEAR = 5


class Outcome(StrEnum):
    """What became of an item at a watch."""

    RANG = "rang"
    DIGEST = "told by digest"
    WAITS = "waits"
    QUIET = "matched, did not ring"
    LATER = "would match now"
    NEARLY = "nearly matched"
    OTHERWISE = "did not match"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClauseVerdict:
    """A clause of a query, whether it is as the query wants it, and what stands in the article.

    ``wanted`` is False where the query asks for its absence, ``reason`` what is amiss.
    """

    clause: str
    fits: bool
    wanted: bool = True
    reason: str = ""
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A watch and an item: what became of them, why, and which alert told of the story."""

    watch_id: int
    watch: str
    outcome: Outcome
    why: str
    confidence: Confidence | None = None
    clauses: tuple[ClauseVerdict, ...] = ()
    alert: RungRecord | None = None


def verdicts(
    way: Way,
    watches: Sequence[Watch],
    explainer: Explainer,
    *,
    added: Mapping[int, datetime],
) -> list[Verdict]:
    """A verdict for each watch, those that rang first; ``explainer`` tells how its query stands now.

    ``added`` is when a watch was. Watches removed since are told of where they matched.
    """
    matches = {one.watch_id: one for one in way.matches}
    # The alert that this item caused, an update perhaps; else the first of its story.
    others_first = sorted(way.alerts, key=lambda one: (one.item_id == way.item.id, -one.id))
    rung = {one.watch_id: one for one in others_first}
    found = []
    for watch in watches:
        match, alert = matches.pop(watch.id, None), rung.get(watch.id)
        found.append(_verdict(way, watch, explainer, match, alert, added=added.get(watch.id)))
    found += [_removed(way, one, rung.get(one.watch_id)) for one in matches.values()]
    order = list(Outcome)
    return sorted(found, key=lambda one: (order.index(one.outcome), _missing(one), one.watch))


def worth_telling(found: Sequence[Verdict]) -> list[Verdict]:
    """Without the watches that have nothing to do with the item, and few that nearly matched."""
    near = [one for one in found if one.outcome is Outcome.NEARLY][:MOST_NEAR]
    idle = (Outcome.NEARLY, Outcome.OTHERWISE)
    return [one for one in found if one.outcome not in idle] + near


def _verdict(
    way: Way,
    watch: Watch,
    explainer: Explainer,
    match: MatchRecord | None,
    alert: RungRecord | None,
    *,
    added: datetime | None,
) -> Verdict:
    seen = explainer.explain(watch.query)
    clauses = tuple(map(_clause, seen.clauses))
    confidence = None
    if match is not None:
        confidence = match.confidence
        outcome, why = _matched(way, match, alert)
        if not seen.matched and seen.problem is None:
            why += "; the query, the names known or the article have changed: now it does not match"
    elif seen.problem is not None:
        outcome, why = Outcome.OTHERWISE, f"its query cannot be read: {seen.problem}"
    elif seen.matched:
        confidence = seen.confidence
        outcome, why = Outcome.LATER, _too_late(way, watch, added)
    else:
        # Of many watches nothing holds at all: what they join by AND need not be asked for.
        some = any(one.wanted and one.held for one in seen.clauses)
        parts = tuple(map(_clause, explainer.parts(watch.query))) if some else clauses
        outcome, why = _unmatched(parts)
    return Verdict(
        watch_id=watch.id,
        watch=watch.name,
        outcome=outcome,
        why=why,
        confidence=confidence,
        clauses=clauses,
        alert=alert,
    )


def _matched(way: Way, match: MatchRecord, alert: RungRecord | None) -> tuple[Outcome, str]:
    if match.announced and alert is not None and alert.item_id == way.item.id:
        return Outcome.RANG, f"{match.reason} (alert {alert.id})"
    mine = [one for one in way.held if one.watch_id == match.watch_id]
    told = [one for one in mine if one.alert_id is not None]
    waits = [one for one in mine if one.released_at is None]
    closed = [one for one in mine if one.note]
    if alert is None and told:
        return Outcome.DIGEST, f"{match.reason} (alert {told[0].alert_id})"
    if alert is None and waits:
        due = min(one.due_at for one in waits)
        by = ", ".join(sorted({one.channel for one in waits}))
        return (
            Outcome.WAITS,
            f"{match.reason}; to be told by {by} {due.astimezone():%d %b %H:%M %Z}",
        )
    if alert is None and closed:
        return Outcome.QUIET, f"{match.reason}; then {closed[0].note}"
    if alert is not None and alert.item_id != way.item.id and not match.announced:
        by = f"item {alert.item_id} of {alert.outlet}" if alert.outlet else f"item {alert.item_id}"
        rung = ": " if rule_of(match.reason) is AlertReason.RUNG else "; its story had rung: "
        return Outcome.QUIET, f"{match.reason}{rung}alert {alert.id}, by {by}"
    if match.announced:
        return Outcome.QUIET, "the watch was removed or disabled while the alert was planned"
    return Outcome.QUIET, match.reason


def _clause(one: ClauseResult) -> ClauseVerdict:
    return ClauseVerdict(
        clause=one.written,
        fits=one.held == one.wanted,
        wanted=one.wanted,
        reason=one.reason,
        evidence=one.evidence,
    )


def _unmatched(parts: Sequence[ClauseVerdict]) -> tuple[Outcome, str]:
    """Of the parts that a query joins by AND: it nearly matched if all but one fit."""
    amiss = [one for one in parts if not one.fits]
    near = len(amiss) == 1 and any(one.fits and one.wanted for one in parts)
    said = [
        f"{one.clause} ({one.reason})" if one.wanted else f"NOT {one.clause} (the article has it)"
        for one in amiss
    ]
    return Outcome.NEARLY if near else Outcome.OTHERWISE, f"missing: {'; '.join(said)}"


def _too_late(way: Way, watch: Watch, added: datetime | None) -> str:
    tagged = way.item.tagged_at
    if not watch.enabled:
        return "the watch is disabled"
    if tagged is not None and added is not None and added > tagged:
        return "the watch was added after the item was tagged"
    return "the query, the names known or the article's tags have changed since it was tagged"


def _removed(way: Way, match: MatchRecord, alert: RungRecord | None) -> Verdict:
    outcome, why = _matched(way, match, alert)
    return Verdict(
        watch_id=match.watch_id,
        watch=match.watch,
        outcome=outcome,
        why=f"{why}; the watch was removed since",
        confidence=match.confidence,
        clauses=tuple(
            ClauseVerdict(clause=e.clause, fits=True, evidence=(e,)) for e in match.evidence
        ),
        alert=alert,
    )


def _missing(verdict: Verdict) -> float:
    """The share of clauses that do not hold."""
    if not verdict.clauses:
        return 1.0
    return sum(not one.fits for one in verdict.clauses) / len(verdict.clauses)


# ------------------------------------------------------------------------------ in plain words


def silence(way: Way, found: Sequence[Verdict], *, watches: int) -> str:
    """Why an item did not ring, in a sentence or two; ``""`` where it did."""
    item = way.item
    match item.state:
        case ItemState.HELD:
            return (
                "Its feed suddenly offered nothing but new entries: this one waits with them. "
                f"tocsin feeds release {item.feed_name} lets them ring, absorb keeps them silent."
            )
        case ItemState.FAILED:
            return f"It was given up: {item.reason}."
        case ItemState.DISCOVERED:
            return "Its page is not fetched yet." + _put_back(way)
        case ItemState.FETCHED:
            return "It is not tagged yet." + _put_back(way)
    return _silence_of(way, found, watches=watches)


def _put_back(way: Way) -> str:
    if not way.item.reason:
        return " A worker takes it as soon as one is free."
    return (
        f" The last attempt: {way.item.reason}; it is tried again {way.next_attempt_at:%H:%M} UTC."
    )


def _silence_of(way: Way, found: Sequence[Verdict], *, watches: int) -> str:
    rang = [one for one in found if one.outcome is Outcome.RANG]
    if rang:
        return " ".join(dict.fromkeys(filter(None, map(_undelivered, rang))))
    waits = [one for one in found if one.outcome is Outcome.WAITS]
    if waits or any(one.outcome is Outcome.DIGEST for one in found):
        return " ".join(f"{one.watch!r} has not told of it yet: {one.why}." for one in waits)
    if way.item.baseline and any(one.outcome is Outcome.QUIET for one in found):
        return "It was there when its feed was first read: what is old news never rings."
    quiet = [one for one in found if one.outcome is Outcome.QUIET]
    if quiet:
        return " ".join(f"{one.watch!r} matched: {one.why}." for one in quiet)
    later = [one for one in found if one.outcome is Outcome.LATER]
    if later:
        return " ".join(f"{one.watch!r} would match now, but {one.why}." for one in later)
    if not watches:
        return "There is no watch: tocsin watches add."
    if watches == 1 and found:
        return f"{found[0].watch!r} does not match it; {found[0].why}."
    near = [one for one in found if one.outcome is Outcome.NEARLY][:1]
    almost = "".join(f" {one.watch!r} came nearest; {one.why}." for one in near)
    return f"No watch matches it.{almost}"


def _undelivered(verdict: Verdict) -> str:
    """What is wrong with the deliveries of an alert, if anything."""
    if verdict.alert is None:
        return ""
    if not verdict.alert.deliveries:
        return f"{verdict.watch!r} rings nowhere: it has no channel."
    dead = [one for one in verdict.alert.deliveries if one.state is DeliveryState.DEAD]
    waits = [one for one in verdict.alert.deliveries if one.state is DeliveryState.PENDING]
    said = [f"It did not arrive by {one.channel}: {one.reason}." for one in dead]
    said += [
        f"It was not sent by {one.channel}: {one.reason}."
        for one in verdict.alert.deliveries
        if one.state is DeliveryState.UNSUBSCRIBED
    ]
    said += [
        f"It has not arrived by {one.channel} yet: {one.reason or 'no attempt was made'}."
        for one in waits
    ]
    return " ".join(said)


def feed_trouble(way: Way) -> str:
    """What is wrong with the feed now, if anything."""
    feed = way.feed
    if feed.state is not FeedState.ACTIVE:
        return f"the feed is {feed.state.value}"
    return f"the feed fails: {feed.last_error}" if feed.failures else ""
