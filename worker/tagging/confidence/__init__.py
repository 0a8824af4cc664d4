"""How sure each mention of an article is, with the named reason it rests on."""

from dataclasses import replace

from worker.mediatopics import LIKELY
from worker.model import Confidence, Kind, Mention
from worker.tagging.confidence.organizations import judge_organizations
from worker.tagging.confidence.people import judge_people
from worker.tagging.confidence.places import judge_countries
from worker.tagging.confidence.scene import Scene, Verdict
from worker.tagging.confidence.surnames import borne_out

__all__ = ["Scene", "borne_out", "supported"]

#: From this score on a topic is right four times in five.
_CERTAIN_TOPIC = 0.6


def supported(scene: Scene, mentions: list[Mention]) -> tuple[Mention, ...]:
    """The mentions with their confidence and support; nothing else of them changes."""
    verdicts = {
        Kind.PERSON: judge_people(scene),
        Kind.ORGANIZATION: judge_organizations(scene),
        Kind.COUNTRY: judge_countries(scene),
    }
    return tuple(
        _with(
            one,
            _of_topic(one.salience) if one.kind is Kind.TOPIC else verdicts[one.kind][one.key],
        )
        for one in mentions
    )


def _with(mention: Mention, verdict: Verdict) -> Mention:
    return replace(mention, confidence=verdict.confidence, support=verdict.support)


def _of_topic(score: float) -> Verdict:
    if score >= _CERTAIN_TOPIC:
        return Verdict(Confidence.CERTAIN, "high score")
    if score >= LIKELY:
        return Verdict(Confidence.LIKELY, "middling score")
    return Verdict(Confidence.POSSIBLE, "low score")
