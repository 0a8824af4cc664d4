"""Whether a program holds in an article, how surely, and the evidence for it."""

from collections.abc import Iterable, Iterator

from worker.model import Confidence, Evidence, Mention, Span
from worker.watches.index import holds
from worker.watches.nearness import Hit, together
from worker.watches.program import (
    SOUGHT,
    All,
    Any,
    Close,
    Compared,
    Fact,
    Leaf,
    Not,
    Program,
    Terms,
    Words,
)
from worker.watches.sightings import CERTAIN, FAILS, Sightings
from worker.watches.tree import Measure

CONFIDENCES = tuple(sorted(Confidence, key=lambda one: one.rank))
"""By grade."""


def grade(program: Program, seen: Sightings) -> int:
    """How surely a program holds: of all parts the least sure, of alternatives the surest.

    Words and facts are certain, and so is that something is absent.
    """
    if isinstance(program, SOUGHT):
        return seen.ranks[program.key]
    if isinstance(program, All):
        least = CERTAIN
        for part in program:
            found = grade(part, seen)
            if found == FAILS:
                return FAILS
            least = min(found, least)
        return least
    if isinstance(program, Any):
        return max([grade(part, seen) for part in program])
    if isinstance(program, Not):
        return CERTAIN if grade(program.part, seen) == FAILS else FAILS
    known = seen.grades.get(id(program))
    if known is None:
        known = seen.grades[id(program)] = _grade(program, seen)
    return known


def _grade(leaf: Close | Compared, seen: Sightings) -> int:
    if isinstance(leaf, Compared):
        return _grade_of_comparison(leaf, seen)
    return max((min(hit.rank for hit in hits) for hits in together(leaf, seen)), default=FAILS)


def _grade_of_comparison(compared: Compared, seen: Sightings) -> int:
    """A number of mentions is as sure as the surest of them."""
    value = measured(compared, seen)
    if value is None or not holds(value, compared.operator, compared.number):
        return FAILS
    counted = seen.mentioned(compared.of) if compared.of else ()
    return max((one.confidence.rank for one in counted), default=CERTAIN)


def measured(compared: Compared, seen: Sightings) -> float | None:
    """What a comparison looks at; None where it is not known.

    For ``published`` the seconds from now, less than nothing for the past.
    """
    article, context = seen.reading.article, seen.reading.context
    match compared.measure:
        case Measure.OUTLETS:
            return context.outlets
        case Measure.PUBLISHED:
            if article.published is None or context.now is None:
                return None
            return (article.published - context.now).total_seconds()
    assert compared.of is not None
    counted = seen.mentioned(compared.of)
    if compared.measure is Measure.SALIENCE:
        return max((one.salience for one in counted), default=0.0)
    return sum(one.count for one in counted)


def evidence(program: Program, seen: Sightings) -> tuple[Evidence, ...]:
    """The evidence of a program that holds, from the branches of it that do.

    What is absent, as NOT wants it, leaves none.
    """
    found: dict[int, Evidence] = {}
    _gather(program, seen, found)
    return tuple(found.values())


def _gather(program: Program, seen: Sightings, found: dict[int, Evidence]) -> None:
    """Put together the evidence, each piece once, by the identity of its leaf."""
    known = seen.evidence.get(id(program))
    if known is not None:
        found[id(program)] = known
    elif isinstance(program, All):
        for part in program:
            _gather(part, seen, found)
    elif isinstance(program, Any):
        for part in program:
            if grade(part, seen) != FAILS:
                _gather(part, seen, found)
    elif isinstance(program, Close):
        for piece in _evidence_of_close(together(program, seen), seen):
            found[id(piece)] = piece
    elif not isinstance(program, Not):
        found[id(program)] = seen.evidence[id(program)] = _evidence_of_leaf(program, seen)


def _evidence_of_leaf(leaf: Leaf, seen: Sightings) -> Evidence:
    match leaf:
        case Words():
            return _evidence_of_words(leaf, seen.hits(leaf), seen)
        case Terms():
            return _evidence_of_mentions(leaf.written, seen.mentioned(leaf), seen)
        case Fact():
            return Evidence(clause=leaf.written, value=seen.fact(leaf) or "")
        case Compared():
            return _evidence_of_comparison(leaf, seen)


def _evidence_of_words(
    words: Words | Terms, hits: Iterable[tuple[int, int]], seen: Sightings, grade: int = CERTAIN
) -> Evidence:
    spans, title_spans = seen.spans(list(hits))
    return _evidence(words.written, "", spans, title_spans, seen, grade)


def _evidence_of_mentions(
    written: str, mentions: Iterable[Mention], seen: Sightings, value: str = ""
) -> Evidence:
    found = list(mentions)
    spans = tuple(sorted({span for one in found for span in one.spans}))
    title_spans = tuple(sorted({span for one in found for span in one.title_spans}))
    sure = max((one.confidence.rank for one in found), default=CERTAIN)
    if value:
        return Evidence(
            clause=written,
            value=value,
            spans=spans,
            title_spans=title_spans,
            confidence=CONFIDENCES[sure],
        )
    name = found[0].name if found else ""
    return _evidence(written, name, spans, title_spans, seen, sure)


def _evidence(
    written: str,
    value: str,
    spans: tuple[Span, ...],
    title_spans: tuple[Span, ...],
    seen: Sightings,
    sure: int,
) -> Evidence:
    """``value`` stands only where there are no spans; else what the article has at the first."""
    article = seen.reading.article
    if title_spans:
        value = article.title[slice(*title_spans[0])] or value
    elif spans:
        value = article.text[slice(*spans[0])] or value
    return Evidence(
        clause=written,
        value=value,
        spans=spans,
        title_spans=title_spans,
        confidence=CONFIDENCES[sure],
    )


def _evidence_of_close(found: Iterable[tuple[Hit, ...]], seen: Sightings) -> Iterator[Evidence]:
    """One piece for each clause, with the places that were near the others alone."""
    of_leaf: dict[Words | Terms, set[Hit]] = {}
    for hits in found:
        for hit in hits:
            of_leaf.setdefault(hit.leaf, set()).add(hit)
    for leaf, near in of_leaf.items():
        places = sorted({(hit.first, hit.last) for hit in near})
        yield _evidence_of_words(leaf, places, seen, max(hit.rank for hit in near))


def _evidence_of_comparison(compared: Compared, seen: Sightings) -> Evidence:
    value = measured(compared, seen)
    if compared.of:
        counted = seen.mentioned(compared.of)
        return _evidence_of_mentions(compared.written, counted, seen, f"{value:g}")
    if compared.measure is Measure.PUBLISHED:
        published = seen.reading.article.published
        return Evidence(clause=compared.written, value=f"{published:%Y-%m-%d %H:%M %Z}")
    return Evidence(clause=compared.written, value=f"{value:g}")
