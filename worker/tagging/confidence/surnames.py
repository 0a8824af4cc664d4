"""Bare surnames that others bear too, of people the article names no other way: "Xi", "Kim".

They count where the article bears them out: by the office beside them; in a text as brief as a
summary, which introduces nobody, also by their country or organization and an office that is
spoken of or others of the circle. Of several bearers it is the one for whom more speaks; where
that is nobody, nobody is guessed.
"""

from collections.abc import Iterator, Mapping, Sequence

from worker.model import Entity, Kind, Span
from worker.tagging.confidence.people import reasons_for
from worker.tagging.confidence.scene import Scene, is_public
from worker.tagging.gazetteer import Hit

_ENOUGH = 3
#: A longer text names people in full who are not introduced by their office.
_BRIEF = 600
_OF_THEIRS = frozenset({"country", "organization"})
_STRONG = _OF_THEIRS | {"office", "co-mention"}
_DEAD = "late "
_FORMER = ("former ", _DEAD)


def borne_out(scene: Scene, hits: Sequence[Hit]) -> Iterator[Hit]:
    """Those of the bare surnames that count; ``hits`` are surnames of nobody who is named in full."""
    spans: dict[str, list[Span]] = {}
    bearers: dict[Span, list[Entity]] = {}
    for hit in hits:
        spans.setdefault(hit.known.entity.key, []).append(hit.span)
        bearers.setdefault(hit.span, []).append(hit.known.entity)
    if not spans:
        return
    entities = {hit.known.entity.key: hit.known.entity for hit in hits}
    strength = {key: _strength(scene, entities[key], spans[key]) for key in entities}
    for hit in hits:
        if _is_chosen(hit.known.entity, bearers[hit.span], strength):
            yield hit


def _is_chosen(
    entity: Entity, rivals: Sequence[Entity], strength: Mapping[str, tuple[int, bool]]
) -> bool:
    """Whether enough speaks for somebody, and more than for any other bearer."""
    own = strength[entity.key]
    return own[0] > 0 and all(
        strength[other.key] < own for other in rivals if other.key != entity.key
    )


def _strength(scene: Scene, entity: Entity, spans: Sequence[Span]) -> tuple[int, bool]:
    """How much speaks for somebody, 0 for too little, and whether they are in office."""
    text, in_office = scene.document.text, not entity.role.startswith(_FORMER)
    if not is_public(entity.role) or any(scene.cues.is_calling(text, span) for span in spans):
        return 0, in_office
    if any(scene.cues.is_thing(text, span) or scene.is_common(span) for span in spans):
        return 0, in_office
    if any(scene.cues.office(text, span, entity.role, scene.places) for span in spans):
        own_country = scene.names_country(entity)
        return _ENOUGH + 1 + own_country if own_country or in_office else 0, in_office
    if len(text) > _BRIEF or entity.role.startswith(_DEAD):
        return 0, in_office
    circle = [
        other
        for named in scene.cast
        if named.kind is Kind.PERSON and (other := scene.entity(named)) is not None
    ]
    reasons = set(reasons_for(scene, entity, spans, circle))
    if reasons.isdisjoint(_OF_THEIRS):
        return 0, in_office
    enough = len(reasons) >= _ENOUGH or (in_office and len(reasons & _STRONG) > 1)
    return len(reasons) if enough else 0, in_office
