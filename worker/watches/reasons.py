"""What is amiss where a part of a query is not as the query wants it, in words."""

from collections.abc import Iterable
from datetime import timedelta

from worker.durations import spell
from worker.watches.evaluation import grade, measured
from worker.watches.nearness import nearest
from worker.watches.program import All, Any, Close, Compared, Fact, Not, Program, Terms, Words
from worker.watches.sightings import FAILS, Sightings
from worker.watches.tree import Field, Measure

_NOT_IN = {
    Field.ANY: "not in title or text",
    Field.TITLE: "not in the title",
    Field.TEXT: "not in the text",
}
_NOT_KNOWN = {
    Measure.OUTLETS: "how many outlets the story has is not known yet",
    Measure.PUBLISHED: "when it was published is not known",
}


def written(program: Program) -> str:
    """A part of a query as one writes it."""
    match program:
        case Close(parts, distance):
            between = " ~s " if distance is None else f" NEAR/{distance} "
            return between.join(_alternatives(part) for part in parts)
        case Not(part):
            return f"NOT {written(part)}"
        case All():
            return f"({' AND '.join(map(written, program))})"
        case Any():
            return f"({' OR '.join(map(written, program))})"
    return program.written


def _alternatives(part: Iterable[Words | Terms]) -> str:
    names = [leaf.written for leaf in part]
    return names[0] if len(names) == 1 else f"({'|'.join(names)})"


def reason(program: Program, seen: Sightings) -> str:
    """Why a part is not as wanted. It must be known that it is not."""
    match program:
        case Not():
            return "the article has it"
        case Words():
            elsewhere = program.field is not Field.ANY and any(
                seen.hits(program._replace(field=Field.ANY))
            )
            other = "text" if program.field is Field.TITLE else "title"
            return f"only in the {other}" if elsewhere else _NOT_IN[program.field]
        case Terms():
            return "not mentioned"
        case Fact():
            return _other_fact(program, seen)
        case Compared():
            return _compared(program, seen)
        case Close():
            return _apart(program, seen)
        case All():
            return "; ".join(
                f"{written(part)}: {reason(part, seen)}"
                for part in program
                if grade(part, seen) == FAILS
            )
    return "none of the alternatives"


def _other_fact(fact: Fact, seen: Sightings) -> str:
    article, context = seen.reading.article, seen.reading.context
    has = {
        Field.LANG: article.language,
        Field.OUTLET: article.outlet,
        Field.FEED: context.feed_name,
        Field.TAG: ", ".join(context.tags),
        Field.AUTHOR: ", ".join(article.authors),
        Field.URL: article.url,
        Field.EVENT: context.event,
    }
    value = has[Field(fact.terms[0].partition("\t")[0])]
    return f"it is {value}" if value else "not known of this article"


def _compared(compared: Compared, seen: Sightings) -> str:
    value = measured(compared, seen)
    if value is None:
        return _NOT_KNOWN[compared.measure]
    if compared.measure is Measure.PUBLISHED:
        return f"published {spell(timedelta(seconds=abs(value)))} ago"
    return f"it is {value:.3g}, wanted {compared.operator} {compared.number:g}"


def _apart(close: Close, seen: Sightings) -> str:
    missing = [
        _alternatives(part)
        for part in close.parts
        if all(grade(leaf, seen) == FAILS for leaf in part)
    ]
    if missing:
        return f"the article has no {' and no '.join(missing)}"
    if close.distance is None:
        return "never in one sentence"
    gap = nearest(close, seen)
    if gap is None:
        return "never both in the title or both in the text"
    return f"{gap} words apart, wanted at most {close.distance}"
