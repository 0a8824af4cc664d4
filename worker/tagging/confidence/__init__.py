"""How sure each mention of an article is, with the named reason it rests on."""

import re
from dataclasses import replace

from worker.mediatopics import LIKELY
from worker.model import Confidence, Kind, Mention
from worker.tagging.cast import Named
from worker.tagging.confidence.organizations import judge_organizations
from worker.tagging.confidence.people import judge_people
from worker.tagging.confidence.places import judge_countries
from worker.tagging.confidence.scene import Scene, Verdict
from worker.tagging.confidence.surnames import borne_out

__all__ = ["Scene", "borne_out", "supported"]

#: From this score on a topic is right four times in five.
_CERTAIN_TOPIC = 0.6
#: What a summary that was cut within a name leaves of its last word: "Volodymyr Z…". X is a name.
_LETTER_LEFT = re.compile(r"(?<=\s)(?!X)\w(?:\.\.\.|…)?\s*\Z")

CUT = Verdict(Confidence.POSSIBLE, "cut off at the end of the text")


def supported(scene: Scene, mentions: list[Mention]) -> tuple[Mention, ...]:
    """The mentions with their confidence and support; nothing else of them changes."""
    verdicts = {
        Kind.PERSON: judge_people(scene),
        Kind.ORGANIZATION: judge_organizations(scene),
        Kind.COUNTRY: judge_countries(scene),
    }
    cut = {named.key for named in scene.cast if _is_cut(scene, named)}

    def verdict(one: Mention) -> Verdict:
        if one.kind is Kind.TOPIC:
            return _of_topic(one.salience)
        return CUT if one.key in cut else verdicts[one.kind][one.key]

    return tuple(_with(one, verdict(one)) for one in mentions)


def _is_cut(scene: Scene, named: Named) -> bool:
    """Whether a name nobody knows is only what the end of a text has left of it."""
    text = scene.document.text
    return scene.entity(named) is None and all(
        _LETTER_LEFT.match(text, end - 1) for _, end in named.spans
    )


def _with(mention: Mention, verdict: Verdict) -> Mention:
    return replace(mention, confidence=verdict.confidence, support=verdict.support)


def _of_topic(score: float) -> Verdict:
    if score >= _CERTAIN_TOPIC:
        return Verdict(Confidence.CERTAIN, "high score")
    if score >= LIKELY:
        return Verdict(Confidence.LIKELY, "middling score")
    return Verdict(Confidence.POSSIBLE, "low score")
