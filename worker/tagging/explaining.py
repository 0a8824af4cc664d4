"""What tagging did with an article, step by step, told as decisions a reader can check."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from worker.model import Article, Kind, Mention, Span
from worker.tagging.cast import Named
from worker.tagging.countries import find_countries, why_not
from worker.tagging.document import Document
from worker.tagging.found import Candidate, Found
from worker.tagging.gazetteer import Hit, Standing
from worker.tagging.recognizer import Labelled, Recognizer
from worker.tagging.spans import Spans

_KINDS = {"PERSON": Kind.PERSON, "ORG": Kind.ORGANIZATION}
_FURNITURE = "in a byline, in a credit or behind the last of them"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of something found at ``span`` of a ``part``: "title", "text" or "captions".

    ``name`` is what it was taken for, ``kept`` whether it counts, ``why`` what spoke for or
    against it.
    """

    part: str
    span: Span
    surface: str
    kind: Kind
    name: str
    kept: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Everything that tagging an article went through; spans are the document's.

    ``scanned`` are the gazetteer's findings; ``own`` those outside furniture that are no
    namesake's; ``settled`` those whose countries are meant; ``counted`` those that count.
    ``labelled`` are the model's, ``found`` what was made of them. ``others`` are names that belong
    to somebody else, ``surnames`` of people found here; ``borne`` are
    bare surnames that count by what the article says otherwise.
    """

    article: Article
    document: Document
    scanned: Sequence[Hit]
    labelled: Sequence[Labelled]
    found: Found
    own: Sequence[Hit]
    others: Spans
    surnames: Collection[str]
    settled: Sequence[Hit]
    counted: Sequence[Hit]
    borne: Collection[tuple[Span, str]]
    cast: Sequence[Named]
    mentions: tuple[Mention, ...]


def noted(recognize: Recognizer, labels: list[Labelled]) -> Callable[[str], Sequence[Labelled]]:
    """A recognizer that also puts what it finds into ``labels``."""

    def recognize_and_note(text: str) -> Sequence[Labelled]:
        found = recognize(text)
        labels.extend(found)
        return found

    return recognize_and_note


def decisions(steps: Steps) -> tuple[Decision, ...]:
    """All decisions by their place in title, text and captions; what was kept first."""
    found = {
        (span, kind, name, kept, why)
        for span, kind, name, kept, why in (
            *_hits(steps),
            *_names(steps),
            *_labels(steps),
        )
    }
    ordered = sorted(found, key=lambda one: (one[0], not one[3], one[1].value, one[2], one[4]))
    made = [_placed(steps.document, *one) for one in ordered]
    return (*(one for one in made if one is not None), *_topics(steps))


_Told = tuple[Span, Kind, str, bool, str]


def _placed(
    document: Document, span: Span, kind: Kind, name: str, kept: bool, why: str
) -> Decision | None:
    places = {
        "title": document.in_title(span),
        "text": document.in_body(span),
        "captions": document.in_captions(span),
    }
    for part, place in places.items():
        if place is not None:
            surface = document.text[slice(*span)]
            return Decision(
                part=part, span=place, surface=surface, kind=kind, name=name, kept=kept, why=why
            )
    return None


def _hits(steps: Steps) -> Iterator[_Told]:
    """What became of what the gazetteer found."""
    own, settled = _pairs(steps.own), _pairs(steps.settled)
    counted = {(hit.span, hit.known.entity.key): hit for hit in steps.counted}
    against = why_not(
        steps.own,
        steps.document.text,
        steps.article.language,
        people=steps.others,
        surnames=steps.surnames,
    )
    spans = {one.key: one.spans for one in steps.cast} | find_countries(steps.counted)
    for hit in steps.scanned:
        entity, pair = hit.known.entity, (hit.span, hit.known.entity.key)
        if hit.known.silent:
            continue
        kept = False
        if steps.document.is_furniture(hit.span):
            why = _FURNITURE
        elif pair not in own:
            why = "what bears the name is meant, or a namesake who is named in full"
        elif pair not in settled:
            why = against.get(hit.span, "means something else here")
        elif pair not in counted:
            why = _uncounted(steps, hit)
        else:
            kept = hit.span in spans.get(entity.key, ())
            why = _reason(hit) if kept else "lies in a longer name, or is somebody else's"
            if kept and pair in steps.borne:
                why = f"gazetteer: {hit.form.text!r}, borne out by the rest of the article"
        yield hit.span, entity.kind, entity.name, kept, why


def _pairs(hits: Sequence[Hit]) -> set[tuple[Span, str]]:
    return {(hit.span, hit.known.entity.key) for hit in hits}


def _uncounted(steps: Steps, hit: Hit) -> str:
    if steps.others.overlaps(hit.span):
        return "part of somebody else's name"
    match hit.form.standing:
        case Standing.NAMED:
            return "counts only beside a fuller name, and there is none"
        case Standing.PLACED:
            return f"counts only where {' or '.join(hit.known.entity.countries)} is named"
        case _:
            return "another of this name is likelier"


def _reason(hit: Hit) -> str:
    known = f"gazetteer: {hit.form.text!r}"
    match hit.form.standing:
        case Standing.NAMED:
            return f"{known}, beside a fuller name"
        case Standing.PLACED:
            return f"{known}, beside its country"
        case _:
            return known


def _names(steps: Steps) -> Iterator[_Told]:
    """What model and rules found, and surnames carried on."""
    by_span: dict[Span, Candidate] = {
        one.span: one for one in (*steps.found.people, *steps.found.organizations)
    }
    known = {(hit.span, hit.known.entity.key) for hit in steps.counted}
    taken = Spans()
    for named in steps.cast:
        for span in sorted(named.spans):
            taken.add(span)
            if (span, named.key) in known:
                continue
            found = by_span.get(span)
            why = f"carried on from {named.name}, who is named before or after"
            if found is not None and (len(found.words) > 1 or " " not in named.name):
                why = f"{found.found_by} found it, and the words round it bear it out"
            yield span, named.kind, named.name, True, why
        for span in named.offices:
            yield (
                span,
                named.kind,
                named.name,
                True,
                f"the office of {named.name}, who is named here",
            )
    for one in steps.found.people:
        if not taken.overlaps(one.span):
            yield one.span, Kind.PERSON, one.name, False, "lies in a known name that is no person's"


def _labels(steps: Steps) -> Iterator[_Told]:
    """What the model labelled and nothing was made of."""
    taken = Spans()
    for found in (*steps.found.people, *steps.found.organizations):
        taken.add(found.span)
    for named in steps.cast:
        for span in named.spans:
            taken.add(span)
    for one in steps.labelled:
        kind = _KINDS.get(one.label)
        if kind is None or taken.overlaps(one.span):
            continue
        name = " ".join(steps.document.text[slice(*one.span)].split())
        furniture = steps.document.is_furniture(one.span)
        taken_for = f"{'an' if kind is Kind.ORGANIZATION else 'a'} {kind.value}"
        said = f"the model took it for {taken_for}; the words round it speak against that"
        yield one.span, kind, name, False, _FURNITURE if furniture else said


def _topics(steps: Steps) -> Iterator[Decision]:
    """The words that speak for each topic."""
    for mention in steps.mentions:
        if mention.kind is not Kind.TOPIC:
            continue
        why = f"a word of this topic (score {mention.salience:.2f})"
        places = (
            ("title", steps.article.title, mention.title_spans),
            ("text", steps.article.text, mention.spans),
        )
        for part, text, spans in places:
            for span in spans:
                yield Decision(
                    part=part,
                    span=span,
                    surface=text[slice(*span)],
                    kind=Kind.TOPIC,
                    name=mention.name,
                    kept=True,
                    why=why,
                )
