"""How sure it is that an article is about a country it names."""

from collections.abc import Collection, Iterator, Mapping

from worker.model import Confidence, Kind, Span
from worker.tagging.atlas import PlaceForm, Sense
from worker.tagging.confidence.scene import Scene, Verdict
from worker.tagging.folding import fold_word
from worker.tagging.gazetteer import Hit, Standing

NAME = Verdict(Confidence.CERTAIN, "name of the country")
PEOPLE = Verdict(Confidence.CERTAIN, "name of its people")
SEVERAL = Verdict(Confidence.CERTAIN, "several words for the country")
DATELINE = Verdict(Confidence.POSSIBLE, "only where it was written")
PLACE = Verdict(Confidence.LIKELY, "a place in it")
MAIN_PLACE = Verdict(Confidence.CERTAIN, "a place in it, in the headline or repeated")
GOVERNMENT = Verdict(Confidence.LIKELY, "its government")
MAIN_GOVERNMENT = Verdict(Confidence.CERTAIN, "its government, in the headline or repeated")
COMMON = Verdict(Confidence.POSSIBLE, "a common word here")
UNSURE = Verdict(Confidence.LIKELY, "a name of several meanings")


def judge_countries(scene: Scene) -> Mapping[str, Verdict]:
    """The verdict on each country of an article, by code."""
    standing = {
        (hit.span, hit.known.entity.key): hit.form.standing
        for hit in scene.own
        if hit.known.entity.kind is Kind.COUNTRY
    }
    by_code: dict[str, list[Hit]] = {}
    for hit in scene.hits:
        for code in _codes(hit):
            by_code.setdefault(code, []).append(hit)
    return {
        code: _verdict(scene, by_code.get(code, ()), spans, standing)
        for code, spans in scene.countries.items()
    }


def _codes(hit: Hit) -> Iterator[str]:
    known = hit.known
    if known.silent:
        return
    if known.entity.kind is Kind.COUNTRY:
        yield known.entity.key
    elif known.speaks_for:
        yield from known.entity.countries


def _verdict(
    scene: Scene,
    hits: Collection[Hit],
    spans: Collection[Span],
    standing: Mapping[tuple[Span, str], Standing],
) -> Verdict:
    told = [hit for hit in hits if not scene.document.in_dateline(hit.span)]
    if not told:
        return DATELINE if spans else UNSURE
    strong = {
        _sense(hit)
        for hit in told
        if standing.get((hit.span, hit.known.entity.key)) is Standing.ALONE
    }
    if Sense.NAME in strong and not _is_common(scene, told):
        return NAME
    if Sense.PEOPLE in strong:
        return PEOPLE
    if len({_word(scene, hit) for hit in told}) > 1:
        return SEVERAL
    if Sense.NAME in strong:
        return COMMON
    main = len(told) > 1 or any(scene.document.in_title(hit.span) for hit in told)
    if any(hit.known.entity.kind is not Kind.COUNTRY for hit in told):
        return MAIN_GOVERNMENT if main else GOVERNMENT
    if strong:
        return MAIN_PLACE if main else PLACE
    return UNSURE


def _is_common(scene: Scene, hits: Collection[Hit]) -> bool:
    """Whether the only word for a country is a common one in this article: "Turkey ... a turkey"."""
    words = {_word(scene, hit) for hit in hits}
    return len(words) == 1 and all(scene.is_common(hit.span) for hit in hits)


def _sense(hit: Hit) -> Sense:
    return hit.form.sense if isinstance(hit.form, PlaceForm) else Sense.NAME


def _word(scene: Scene, hit: Hit) -> str:
    return fold_word(scene.surface(hit.span))
