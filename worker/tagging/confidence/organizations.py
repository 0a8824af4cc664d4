"""How sure it is that an organization that is named is meant."""

from collections.abc import Mapping

from worker.model import Confidence, Entity, Kind, Span
from worker.tagging.cast import Named
from worker.tagging.confidence.scene import Scene, Verdict
from worker.tagging.gazetteer import Standing

#: Letters of an acronym that others have too: "EU", "BP", "AMD".
_SHORT = 3
#: Letters of a word that is hardly anything else: "Gazprom".
_TELLING = 4
_ENOUGH = 2
_MOST_PLACES = 12

FULL = Verdict(Confidence.CERTAIN, "full name")
OWN = Verdict(Confidence.CERTAIN, "a name of its own")
UNMISTAKABLE = Verdict(Confidence.CERTAIN, "unmistakable")
THING = Verdict(Confidence.POSSIBLE, "something called by the name")
BARE = Verdict(Confidence.POSSIBLE, "short name, no support")


def judge_organizations(scene: Scene) -> Mapping[str, Verdict]:
    """The verdict on each organization of an article, by key."""
    standing = {
        (hit.span, hit.known.entity.key): hit.form.standing
        for hit in scene.hits
        if hit.known.entity.kind is Kind.ORGANIZATION
    }
    return {
        named.key: _verdict(scene, named, standing)
        for named in scene.cast
        if named.kind is Kind.ORGANIZATION
    }


def _verdict(scene: Scene, named: Named, standing: Mapping[tuple[Span, str], Standing]) -> Verdict:
    spans = sorted(named.spans)
    if any(" " in scene.surface(span).strip() for span in spans):
        return FULL
    entity = scene.entity(named)
    if entity is not None and entity.unmistakable:
        return UNMISTAKABLE
    alone = [span for span in spans if standing.get((span, named.key)) is Standing.ALONE]
    if any(_is_telling(scene.surface(span)) for span in alone):
        return OWN
    reasons = _reasons(scene, entity, spans[:_MOST_PLACES])
    if not reasons:
        return BARE
    confidence = Confidence.CERTAIN if len(reasons) >= _ENOUGH else Confidence.LIKELY
    return Verdict(confidence, " and ".join(reasons[:_ENOUGH]))


def _is_telling(surface: str) -> bool:
    """Whether a name of one word is hardly anything else's, nor an abbreviation of something else."""
    letters = sum(character.isalpha() for character in surface)
    return letters > _SHORT if surface.isupper() else letters >= _TELLING or not surface.isascii()


def _reasons(scene: Scene, entity: Entity | None, spans: list[Span]) -> list[str]:
    """What speaks for an organization behind a short name."""
    if entity is None:
        return ["kind"] if scene.names_body else []
    found = []
    if scene.names_country(entity) or (not entity.countries and scene.countries):
        found.append("country")
    if any(scene.cues.acts(scene.document.text, span) for span in spans):
        found.append("deed")
    if scene.names_body:
        found.append("kind")
    if scene.is_of_affairs:
        found.append("topic")
    return found
