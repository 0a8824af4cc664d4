"""Which story each new article joins: looked up and compared before the lock, decided under it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine

from worker.store import stories
from worker.store.stories import Arrival
from worker.stories import Candidate, Decision, Rarity, Relation, Weighed, compare, decide_story

_Related = list[tuple[Candidate, Relation]]


@dataclass(frozen=True)
class _Assigned:
    """A decision about an article; ``story``: an id, or the place of a new story, below zero."""

    arrival: Arrival
    decision: Decision
    story: int


def assign_stories(
    engine: Engine, arrivals: Sequence[Arrival], rarity: Rarity, *, window: timedelta
) -> None:
    """Give each article a story, in a transaction of its own; one that has a story keeps it.

    Nearly all of the looking up and comparing is done before the lock is taken. Under it only
    what was stored since is looked at: what two workers do at once makes no twins, and they wait
    for each other no longer than it takes to store a few rows.
    """
    with engine.begin() as connection:
        newest = stories.newest_sketch(connection)
        known = _related(arrivals, stories.candidates(connection, arrivals, window=window), rarity)
        stories.lock_assigning(connection)
        had, since_then = stories.stories_and_newest(connection, [one.item_id for one in arrivals])
        new = [one for one in arrivals if one.item_id not in had]
        if not new:
            return
        if since_then > newest:
            since = stories.candidates(connection, new, window=window, after=newest)
            for item_id, related in _related(new, since, rarity).items():
                known[item_id] = known.get(item_id, []) + related
        assigned = _decided(new, known, rarity)
        founders = [one for one in assigned if one.decision.story_id is None]
        made = stories.create_stories(connection, [one.arrival.title for one in founders])
        ids = {one.story: made_id for one, made_id in zip(founders, made, strict=True)}
        stories.save_follows(
            connection,
            {
                ids[one.story]: ids.get(one.decision.follows, one.decision.follows)
                for one in founders
                if one.decision.follows is not None
            },
        )
        stories.save_assigned(
            connection,
            [(one.arrival, ids.get(one.story, one.story), one.decision) for one in assigned],
        )


def _related(
    arrivals: Sequence[Arrival], found: Mapping[int, Sequence[Candidate]], rarity: Rarity
) -> dict[int, _Related]:
    weighed: dict[int, Weighed] = {}  # one article is a candidate of several
    related: dict[int, _Related] = {}
    for one in arrivals:
        later = Weighed(one.features, rarity)
        its = related[one.item_id] = []
        for candidate in found.get(one.item_id, ()):
            earlier = weighed.get(candidate.item_id)
            if earlier is None:
                earlier = weighed[candidate.item_id] = Weighed(candidate.features, rarity)
            its.append((candidate, compare(earlier, later)))
    return related


def _decided(
    new: Sequence[Arrival], known: Mapping[int, _Related], rarity: Rarity
) -> list[_Assigned]:
    """A decision for each article, each compared with those before it too."""
    assigned: list[_Assigned] = []
    for place, one in enumerate(new, start=1):
        beside = [
            Candidate(
                item_id=other.arrival.item_id,
                story_id=other.story,
                features=other.arrival.features,
            )
            for other in assigned
            if not set(other.arrival.keys).isdisjoint(one.keys)
        ]
        related = (
            known.get(one.item_id, []) + _related([one], {one.item_id: beside}, rarity)[one.item_id]
        )
        decision = decide_story(related)
        story = -place if decision.story_id is None else decision.story_id
        assigned.append(_Assigned(one, decision, story))
    return assigned
