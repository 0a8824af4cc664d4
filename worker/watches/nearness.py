"""Parts of a query near each other: few words apart, or in one sentence."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from worker.model import Confidence
from worker.watches.program import Close, Terms, Words
from worker.watches.sightings import Sightings


class Hit(NamedTuple):
    """Where an alternative of a part stands, by words, and the rank of its confidence."""

    first: int
    last: int
    rank: int
    leaf: Words | Terms


def hits_of(alternatives: Sequence[Words | Terms], seen: Sightings) -> list[Hit]:
    """Every place where one of the alternatives stands, in the order of the article."""
    return sorted(
        (hit for leaf in alternatives for hit in _hits(leaf, seen)), key=lambda hit: hit[:2]
    )


def _hits(leaf: Words | Terms, seen: Sightings) -> Iterator[Hit]:
    if isinstance(leaf, Words):
        for first, last in seen.hits(leaf):
            yield Hit(first, last, Confidence.CERTAIN.rank, leaf)
        return
    for mention in seen.mentioned(leaf):
        for title, spans in ((True, mention.title_spans), (False, mention.spans)):
            for span in spans:
                places = seen.reading.places(span, title=title)
                if places:
                    yield Hit(*places, mention.confidence.rank, leaf)


def together(close: Close, seen: Sightings) -> list[tuple[Hit, ...]]:
    """Hits, one of each part, that are as near each other as wanted.

    Of a part that stands in a sentence several times, each hit comes in one tuple at least.
    """
    parts = [hits_of(alternatives, seen) for alternatives in close.parts]
    if not all(parts):
        return []
    if close.distance is None:
        return _in_one_sentence(parts, seen.reading.sentences)
    left, right = parts
    titled = seen.reading.words.titled
    found = [*_following(left, right, close.distance, titled)]
    found += [(a, b) for b, a in _following(right, left, close.distance, titled)]
    return list(dict.fromkeys(found))


def _following(
    left: Sequence[Hit], right: Sequence[Hit], distance: int, titled: int
) -> Iterator[tuple[Hit, Hit]]:
    """Pairs in which the right one begins after the left one, within the distance."""
    firsts = [hit.first for hit in right]
    for one in left:
        place = bisect_right(firsts, one.last)
        while place < len(right) and firsts[place] - one.last - 1 <= distance:
            if (one.first < titled) == (firsts[place] < titled):
                yield one, right[place]
            place += 1


def _in_one_sentence(
    parts: Sequence[Sequence[Hit]], sentences: Sequence[int]
) -> list[tuple[Hit, ...]]:
    by_sentence: list[dict[int, list[Hit]]] = []
    for hits in parts:
        held: dict[int, list[Hit]] = {}
        for hit in hits:
            # A name is in one sentence, whatever full stops it holds.
            if sentences[hit.first] == sentences[hit.last] or isinstance(hit.leaf, Terms):
                held.setdefault(sentences[hit.first], []).append(hit)
        by_sentence.append({one: sorted(each, key=_surest) for one, each in held.items()})
    found = []
    for sentence in sorted(set.intersection(*map(set, by_sentence))):
        here = [held[sentence] for held in by_sentence]
        best = tuple(hits[0] for hits in here)
        found.append(best)
        for place, hits in enumerate(here):
            found += [(*best[:place], hit, *best[place + 1 :]) for hit in hits[1:]]
    return found


def _surest(hit: Hit) -> tuple[int, int]:
    return -hit.rank, hit.first


def nearest(close: Close, seen: Sightings) -> int | None:
    """The fewest words between the two parts in title or text; None where one is missing."""
    left, right = (hits_of(part, seen) for part in close.parts[:2])
    titled = seen.reading.words.titled
    gaps = [
        max(a.first, b.first) - min(a.last, b.last) - 1
        for a in left
        for b in right
        if (a.first < titled) == (b.first < titled) and (a.last < b.first or b.last < a.first)
    ]
    return min(gaps, default=None)
