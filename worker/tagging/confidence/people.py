"""How sure it is that somebody who is named is meant.

A full name is sure. A bare surname, or any name of one word, needs support: an office beside it,
or what the article says otherwise (the country, others of the same circle, the kind of news, that
somebody acts). Two such reasons make it sure, one likely.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from worker.model import Confidence, Entity, Kind, Span
from worker.tagging.cast import Named
from worker.tagging.confidence.scene import Scene, Verdict, is_public
from worker.tagging.folding import fold

#: Places of one name whose surroundings are read; what follows tells nothing new.
_MOST_PLACES = 12
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]"
)
_SEPARATED = re.compile(r"[\s·・]|\.(?=\S)")
#: What a surname of several words begins with: "Le Pen", "von der Leyen", "bin Salman".
_PARTICLES = re.compile(
    r"(?:(?:le|la|les|de|del|della|delle|dei|di|da|do|dos|das|du|des|von|vom|zu|van|der|den|ter|el|al|bin|ibn|ben)\s+)+\S+",
    re.IGNORECASE,
)
_ENOUGH = 2
_LOWER = {Confidence.CERTAIN: Confidence.LIKELY, Confidence.LIKELY: Confidence.POSSIBLE}

FULL = Verdict(Confidence.CERTAIN, "full name")
THING = Verdict(Confidence.POSSIBLE, "something called by the name")
UNMISTAKABLE = Verdict(Confidence.CERTAIN, "unmistakable")
OFFICE = Verdict(Confidence.CERTAIN, "office beside it")
OFFICE_ELSEWHERE = Verdict(Confidence.CERTAIN, "office in the article")
TITLE = Verdict(Confidence.LIKELY, "title beside it")
CALLING = Verdict(Confidence.POSSIBLE, "another calling beside it")
BARE = Verdict(Confidence.POSSIBLE, "bare surname, no support")


@dataclass(frozen=True, slots=True)
class _Bare:
    """Somebody known who is named by one word alone, where it is they that the word may mean."""

    named: Named
    entity: Entity
    spans: Sequence[Span]


def judge_people(scene: Scene) -> Mapping[str, Verdict]:
    """The verdict on each person of an article, by key."""
    verdicts: dict[str, Verdict] = {}
    open_cases: list[_Bare] = []
    for named in scene.cast:
        if named.kind is Kind.PERSON:
            judged = _by_itself(scene, named)
            if isinstance(judged, Verdict):
                verdicts[named.key] = judged
            else:
                open_cases.append(judged)
    sure = [
        entity
        for named in scene.cast
        if named.key in verdicts
        and verdicts[named.key].confidence is Confidence.CERTAIN
        and (entity := scene.entity(named)) is not None
    ]
    circle = [*sure, *(one.entity for one in open_cases)]
    for one in open_cases:
        verdicts[one.named.key] = _by_context(scene, one, circle)
    return verdicts


def _by_itself(scene: Scene, named: Named) -> Verdict | _Bare:
    """The verdict where the name and the words beside it settle it, else what is to be weighed."""
    text, entity = scene.document.text, scene.entity(named)
    spans = sorted(named.spans)
    full = [span for span in spans if is_full(scene.surface(span), entity)][:_MOST_PLACES]
    if not all(scene.cues.is_thing(text, span) for span in full):
        return FULL
    bare = [span for span in spans[:_MOST_PLACES] if span not in full]
    meant = [span for span in bare if not scene.cues.is_thing(text, span)]
    if not meant:
        return THING
    if entity is None:
        titled = any(scene.cues.office(text, span, "", scene.places) for span in meant)
        return TITLE if titled else BARE
    if entity.unmistakable:
        return UNMISTAKABLE
    if any(scene.cues.office(text, span, entity.role, scene.places) for span in meant):
        return OFFICE
    if named.offices:
        return OFFICE_ELSEWHERE
    if is_public(entity.role) and any(scene.cues.is_calling(text, span) for span in meant):
        return CALLING
    return _Bare(named, entity, meant)


def _by_context(scene: Scene, one: _Bare, circle: Iterable[Entity]) -> Verdict:
    """The verdict on a bare name by what the article says otherwise."""
    text = scene.document.text
    own = [span for span in one.spans if not scene.cues.is_kin(text, span)]
    reasons = list(reasons_for(scene, one.entity, own, circle))
    if not reasons:
        return BARE
    confidence = Confidence.CERTAIN if len(reasons) >= _ENOUGH else Confidence.LIKELY
    support = " and ".join(reasons[:_ENOUGH])
    if not own:
        return Verdict(_LOWER[confidence], f"{support}, but of their kin")
    if any(scene.is_common(span) for span in one.spans):
        return Verdict(_LOWER[confidence], f"{support}, but a common word here")
    return Verdict(confidence, support)


def reasons_for(
    scene: Scene, entity: Entity, spans: Sequence[Span], circle: Iterable[Entity]
) -> Iterator[str]:
    """What speaks for the known bearer of a bare name; ``circle`` are others who are named."""
    if scene.names_country(entity):
        yield "country"
    if scene.is_office_spoken_of(entity.role):
        yield "office"
    if any(_together(entity, other) for other in circle):
        yield "co-mention"
    if scene.is_affiliated(entity):
        yield "organization"
    if any(scene.cues.acts(scene.document.text, span) for span in spans):
        yield "deed"
    if scene.is_setting(entity.role):
        yield "topic"


def _together(one: Entity, other: Entity) -> bool:
    """Whether two are named together for a reason: of one country, or both of public life."""
    if one.key == other.key:
        return False
    if not set(one.countries).isdisjoint(other.countries):
        return True
    return is_public(one.role) and is_public(other.role)


def is_full(surface: str, entity: Entity | None) -> bool:
    """Whether a name as it stands is more than a bare surname or another single word."""
    shown = surface.strip()
    if _SEPARATED.search(shown):
        return not _PARTICLES.fullmatch(shown)
    if not _UNSPACED.search(shown):
        return False
    folded = fold(shown).text
    names = (entity.name, *entity.aliases) if entity else ()
    longer = (fold(name).text for name in names)
    return not any(name != folded and name.endswith(folded) for name in longer)
