"""What stands in an article that some watch may want: each term with its places."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

from worker.model import Article, Evidence, Mention, Span
from worker.watches.folding import fold_name, fold_text
from worker.watches.query import ANY_EVENT, Clause, Field
from worker.watches.resolve import (
    author_terms,
    fact_term,
    mention_terms,
    outlet_terms,
    pattern_of,
    url_terms,
    words_term,
)

# Between title and text; like a paragraph's end, no pattern holds it.
_BOUNDARY = "\n"


@dataclass(slots=True)
class Sighting:
    """Where one term stands: spans in text and title, and its words where it has no spans."""

    value: str
    spans: list[Span]
    title_spans: list[Span]


class Lookout:
    """Every searched word and phrase in one automaton; finds all of them in one pass."""

    def __init__(self, terms: Iterable[str]) -> None:
        self.patterns = sorted({pattern for term in terms if (pattern := pattern_of(term))})
        self._automaton = AhoCorasick(self.patterns)

    def sightings(
        self, article: Article, mentions: Sequence[Mention], feed_name: str, event: str = ""
    ) -> dict[str, Sighting]:
        """Every term the article has that may be asked for, with its places.

        ``event`` is the kind of what happened to the feed, where the article tells of that.
        """
        seen = self._words(article)
        for term, value in _facts(article, feed_name, event):
            seen[term] = Sighting(value, [], [])
        for mention in mentions:
            for term in mention_terms(mention):
                sighting = seen.setdefault(term, Sighting(mention.name, [], []))
                sighting.spans.extend(mention.spans)
                sighting.title_spans.extend(mention.title_spans)
        return seen

    def _words(self, article: Article) -> dict[str, Sighting]:
        title, text = fold_text(article.title), fold_text(article.text)
        border = len(title.text) + len(_BOUNDARY)
        haystack = title.text + _BOUNDARY + text.text
        seen: dict[str, Sighting] = {}
        hits = self._automaton.find_matches_as_indexes(haystack, overlapping=True)
        for index, start, end in hits:
            in_title = start < border
            term = words_term(Field.TITLE if in_title else Field.TEXT, self.patterns[index])
            sighting = seen.get(term)
            if sighting is None:
                sighting = seen[term] = Sighting("", [], [])
            if in_title:
                sighting.title_spans.append(title.span(start, end))
            else:
                sighting.spans.append(text.span(start - border, end - border))
        return seen


def _facts(article: Article, feed_name: str, event: str) -> Iterator[tuple[str, str]]:
    if event:
        yield fact_term(Field.EVENT, event.removeprefix("feed.")), event
        yield fact_term(Field.EVENT, ANY_EVENT), event
    if article.language:
        yield fact_term(Field.LANG, article.language.lower()), article.language
    if feed_name:
        yield fact_term(Field.FEED, fold_name(feed_name)), feed_name
    for term in outlet_terms(article.outlet):
        yield term, article.outlet
    for author in article.authors:
        for term in author_terms(author):
            yield term, author
    for term in url_terms(article.url):
        yield term, article.url


def evidence_for(clause: Clause, seen: dict[str, Sighting], article: Article) -> Evidence | None:
    """The evidence that a clause holds, or None when it does not."""
    found = [seen[term] for term in clause.terms if term in seen]
    if not found:
        return None
    spans = tuple(sorted({span for sighting in found for span in sighting.spans}))
    title_spans = tuple(sorted({span for sighting in found for span in sighting.title_spans}))
    value = found[0].value
    if title_spans:
        value = article.title[slice(*title_spans[0])] or value
    elif spans:
        value = article.text[slice(*spans[0])] or value
    return Evidence(clause=clause.written, value=value, spans=spans, title_spans=title_spans)
