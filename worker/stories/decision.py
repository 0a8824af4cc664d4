"""Which story an article joins, of those that articles like it belong to."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from worker.stories.features import Features
from worker.stories.relation import Relation, RelationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An article that may report the same event, and its story."""

    item_id: int
    story_id: int
    features: Features


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The story an article joins (None: a new one), or the one its new story ``follows``.

    ``near`` is the article that decided it, ``relation`` what was found.
    """

    story_id: int | None
    follows: int | None
    near: int | None
    reason: str
    relation: Relation | None


NEW = Decision(story_id=None, follows=None, near=None, reason="new", relation=None)


def decide_story(related: Iterable[tuple[Candidate, Relation]]) -> Decision:
    """Which of the candidates' stories an article joins or follows, if any.

    A copy's story wins over any other. Where an article is no copy, at least half of the story's
    articles that it was compared with have to report the same event: so one that is a little
    like two events does not make them one. Of equals the older story wins, in any order.
    """
    stories: dict[int, list[tuple[Candidate, Relation]]] = defaultdict(list)
    for candidate, relation in related:
        stories[candidate.story_id].append((candidate, relation))
    best = [
        min((pair for pair in pairs if pair[1].kind is kind), key=_rank)
        for pairs in stories.values()
        if (kind := _kind_of([relation for _, relation in pairs])) is not RelationKind.DIFFERENT
    ]
    if not best:
        return NEW
    candidate, relation = min(best, key=_rank)
    joins = relation.kind is RelationKind.SAME
    return Decision(
        story_id=candidate.story_id if joins else None,
        follows=None if joins else candidate.story_id,
        near=candidate.item_id,
        reason=relation.reason,
        relation=relation,
    )


def _kind_of(relations: list[Relation]) -> RelationKind:
    """What an article is to a story, from what it is to some of its articles."""
    same = [one for one in relations if one.kind is RelationKind.SAME]
    if any(one.is_copy for one in same) or 2 * len(same) > len(relations):
        return RelationKind.SAME
    if any(one.kind is RelationKind.FOLLOW_UP for one in relations):
        return RelationKind.FOLLOW_UP
    return RelationKind.SAME if 2 * len(same) == len(relations) else RelationKind.DIFFERENT


def _rank(pair: tuple[Candidate, Relation]) -> tuple[bool, bool, float, int, int]:
    candidate, relation = pair
    return (
        not relation.is_copy,
        relation.kind is not RelationKind.SAME,
        -relation.score,
        candidate.story_id,
        candidate.item_id,
    )
