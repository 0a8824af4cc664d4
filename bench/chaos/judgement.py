"""What came of a chaos run, held against the truth that was published."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from bench.chaos.newsroom import Piece, Received

#: Seconds within which stories flow again, after a fault.
RECOVERY_SECONDS = 15.0
#: Seconds by which two requests may seem nearer to a host than they were sent.
SLACK_SECONDS = 0.02

#: What must not be.
NOTHING = (
    "items_lost", "items_stored_twice", "items_not_tagged", "items_tagged_twice", "alerts_missing",
    "alerts_twice", "alerts_unexpected", "copies_with_other_ids", "poisons_not_isolated",
    "asked_too_soon", "ended_by_themselves", "never_recovered",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that struck, by ``time.monotonic``; ``away``: nothing could flow while it lasted."""

    name: str
    began: float
    ended: float
    away: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """An item as the database has it at the end."""

    number: int
    state: str
    reason: str
    tagged: int


@dataclass
class Verdict:
    """Figures, and the first of what is wrong, in words."""

    figures: dict[str, float] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def judge(
    pieces: Mapping[int, Piece],
    stored: Sequence[Stored],
    received: Sequence[Received],
    struck: Sequence[Struck],
    asked: Mapping[str, Sequence[float]],
    *,
    gap: float,
) -> Verdict:
    """Everything that is asked of a run."""
    counts: Counter[str] = Counter(dict.fromkeys(NOTHING, 0))
    wrong: list[str] = []

    def add(what: str, about: object) -> None:
        counts[what] += 1
        wrong.append(f"{what}: {about}")

    _judge_items(pieces, stored, add)
    _judge_alerts(pieces, received, counts, add)
    for host, times in asked.items():
        for before, after in pairwise(times):
            if after - before < gap - SLACK_SECONDS:
                add("asked_too_soon", f"{host} {after - before:.3f} s after another request")
    figures: dict[str, float] = dict(counts)
    recovered = recoveries(pieces, received, struck)
    for fault, seconds in recovered:
        if seconds is None:
            add("never_recovered", fault)
            figures["never_recovered"] = counts["never_recovered"]
    figures |= _times([seconds for _, seconds in recovered if seconds is not None], "recovery")
    figures |= _times(list(_lateness(pieces, received)), "publish_to_sink")
    for fault, seconds in recovered:
        if seconds is not None and seconds > RECOVERY_SECONDS:
            wrong.append(f"recovery took {seconds:.1f} s after {fault}")
    return Verdict({**figures, **{name: float(counts[name]) for name in NOTHING}}, wrong)


def _judge_items(pieces: Mapping[int, Piece], stored: Sequence[Stored], add: Any) -> None:
    of: dict[int, list[Stored]] = defaultdict(list)
    for one in stored:
        of[one.number].append(one)
    for number, piece in pieces.items():
        here = of.get(number, [])
        if not here:
            add("items_lost", piece)
        elif len(here) > 1:
            add("items_stored_twice", here)
        elif piece.poison:
            if here[0].state != "failed" or not here[0].reason.startswith("poison: "):
                add("poisons_not_isolated", here[0])
        elif here[0].state != "tagged":
            add("items_not_tagged", here[0])
        elif here[0].tagged != 1:
            add("items_tagged_twice", here[0])


def _judge_alerts(
    pieces: Mapping[int, Piece], received: Sequence[Received], counts: Counter[str], add: Any
) -> None:
    of: dict[int, list[Received]] = defaultdict(list)
    for one in received:
        of[one.number].append(one)
    for number, piece in pieces.items():
        came = of.pop(number, [])
        counts["alerts_owed"] += bool(piece.watch)
        mine = [one for one in came if one.watch == piece.watch]
        if piece.watch and not mine:
            add("alerts_missing", piece)
        if len(mine) < len(came):
            add("alerts_unexpected", came)
        if len({one.identity for one in mine}) > 1:
            add("alerts_twice", mine)
        counts["copies_with_equal_ids"] += len(mine) - len({one.identity for one in mine})
    for came in of.values():
        add("alerts_unexpected", came)
    about: dict[str, set[int]] = defaultdict(set)
    for one in received:
        about[one.identity].add(one.number)
    for identity, numbers in about.items():
        if len(numbers) > 1:
            add("copies_with_other_ids", (identity, numbers))


def recoveries(
    pieces: Mapping[int, Piece], received: Iterable[Received], struck: Sequence[Struck]
) -> list[tuple[Struck, float | None]]:
    """Of each fault the seconds from its end until a story published after it was at the sink.

    Seconds in which a later fault let nothing flow are not counted. A fault after which nothing was
    published any more is left out; ``None``: stories were, and none arrived.
    """
    first: dict[int, float] = {}
    for one in received:
        first[one.number] = min(one.at, first.get(one.number, one.at))
    watched = sorted((piece.at, number) for number, piece in pieces.items() if piece.watch)
    starts = [at for at, _ in watched]
    #: The earliest arrival of those published at or after each.
    earliest: list[float | None] = [None] * (len(watched) + 1)
    for place in range(len(watched) - 1, -1, -1):
        here, later = first.get(watched[place][1]), earliest[place + 1]
        earliest[place] = min((one for one in (here, later) if one is not None), default=None)
    found: list[tuple[Struck, float | None]] = []
    for fault in struck:
        place = bisect_left(starts, fault.ended)
        if place == len(watched):
            continue
        at = earliest[place]
        if at is None:
            found.append((fault, None))
            continue
        meanwhile = sum(
            max(0.0, min(other.ended, at) - max(other.began, fault.ended))
            for other in struck
            if other.away and other is not fault
        )
        found.append((fault, max(0.0, at - fault.ended - meanwhile)))
    return found


def _lateness(pieces: Mapping[int, Piece], received: Iterable[Received]) -> Iterable[float]:
    first: dict[int, float] = {}
    for one in received:
        first[one.number] = min(one.at, first.get(one.number, one.at))
    return (at - pieces[number].at for number, at in first.items() if number in pieces)


def _times(seconds: list[float], name: str) -> dict[str, float]:
    if not seconds:
        return {}
    ordered = sorted(seconds)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    return {
        f"{name}_{label}_seconds": round(
            ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2
        )
        for label, share in at.items()
    }
