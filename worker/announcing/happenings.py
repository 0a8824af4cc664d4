"""What is of no story (an event of a feed, a spike) is planned by the rules that hold for stories."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from worker.alerts.plan import Candidate, Planned, plan
from worker.model import AlertKind, Brake, Match, StoryLine, Watch
from worker.observe import logger
from worker.store.decisions import prolong_storms
from worker.store.held import Holding, hold
from worker.store.planning import read_log

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that a watch asks for: ``number`` tells it from others of the watch.

    ``line`` tells of it in a digest or summary, ``once`` names it there.
    """

    watch: Watch
    kind: AlertKind
    number: int
    line: StoryLine
    once: str


def decide_happenings(
    connection: Connection,
    happened: Sequence[Happening],
    brake: Brake,
    *,
    now: datetime | None = None,
) -> list[Planned]:
    """Decide about each: what waits is held, what rings is the caller's to store.

    ``now`` is the time by which quiet hours are told, that of the database where nothing is said.
    """
    candidates = [candidate_of(one) for one in happened]
    if not candidates:
        return []
    known = read_log(connection, candidates, brake)
    planned = plan(candidates, replace(known, now=now) if now else known, brake)
    hold(
        connection,
        [
            Holding(
                kind=wait.kind,
                watch_id=one.watch.id,
                channel=wait.channel,
                reason=decision.reason,
                due_at=wait.due_at,
                once=one.once,
                line=one.line,
            )
            for one, decision in zip(happened, planned, strict=True)
            for wait in decision.waits
        ],
    )
    prolong_storms(connection, planned)
    for one, decision in zip(happened, planned, strict=True):
        if decision.kind is None:
            log.info("does not ring", watch=one.watch.name, of=one.once, reason=decision.reason)
    return planned


def candidate_of(one: Happening) -> Candidate:
    """What planning is asked about something that happened."""
    return Candidate(
        watch=one.watch,
        match=Match(watch_id=one.watch.id, evidence=()),
        item_id=0,
        story_id=-one.number,
        kind=one.kind,
        outlet=one.line.outlet,
    )
