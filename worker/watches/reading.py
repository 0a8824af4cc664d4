"""An article as watches look at it: its words, sentences, who and what it names, and its facts.

Nothing here depends on the watches; ``sightings.py`` says which of it some watch asks for.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property

from worker.model import Article, Mention, Span
from worker.watches.context import Context
from worker.watches.folding import Words, fold_name
from worker.watches.resolve import (
    author_terms,
    fact_term,
    mention_terms,
    outlet_terms,
    tag_terms,
    url_terms,
)
from worker.watches.tree import ANY_EVENT, Field

# What ends a sentence, with the quotes and brackets that close it, where a space follows; the full
# stops of Chinese and Japanese need none.
_END = re.compile(r"[.!?…؟۔।॥։።][\"'”’»)\]]*\s|[。！？｡]")
# A full stop after one letter, or after one of these, ends no sentence.
_SHORTENED = (
    "mr mrs ms dr st prof gen sen rep gov lt col capt sgt rev hon jr sr vs no mt ft inc corp ltd co "
    "herr fr hr nr bzw ca usw mme mlle sra dra ул им г проф тов"
)
_SHORT = frozenset(_SHORTENED.split())


class Reading:
    """What stands in an article and what is known of it, each worked out when it is asked for."""

    def __init__(self, article: Article, mentions: Sequence[Mention], context: Context) -> None:
        self.article = article
        self.context = context
        self.language = article.language.lower()[:2]
        self.words = Words(article.title, article.text)
        self._mentions = mentions

    @cached_property
    def facts(self) -> dict[str, str]:
        """What is known of the article, by term."""
        return dict(_facts(self.article, self.context))

    @cached_property
    def mentions(self) -> dict[str, list[Mention]]:
        """Who and what it names, by term; of each the same mention once."""
        found: dict[str, list[Mention]] = {}
        for mention in self._mentions:
            for term in set(mention_terms(mention)):
                found.setdefault(term, []).append(mention)
        return found

    @cached_property
    def surest(self) -> dict[str, int]:
        """By term the highest rank of its mentions' confidences."""
        return {
            term: max(one.confidence.rank for one in found) for term, found in self.mentions.items()
        }

    @cached_property
    def sentences(self) -> list[int]:
        """The number of the sentence in which each word stands."""
        words, number, found = self.words, 0, []
        for place, (start, _) in enumerate(words.spans):
            if place and (
                words.paragraphs[place] != words.paragraphs[place - 1]
                or self._ends(place - 1, start)
            ):
                number += 1
            found.append(number)
        return found

    def _ends(self, place: int, following: int) -> bool:
        """Whether a sentence ends between a word and the next of its paragraph."""
        words = self.words
        text = self.article.title if place < words.titled else self.article.text
        end = words.spans[place][1]
        if following - end < 1:
            return False
        end_mark = _END.search(text, end, following)
        if end_mark is None:
            return False
        if text[end_mark.start()] != ".":
            return True
        word = words.folded[place]
        is_initial = len(word) == 1 and words.raw[place].isupper()
        return not (is_initial or word in _SHORT or text[following].islower())

    def places(self, span: Span, *, title: bool) -> tuple[int, int] | None:
        """The first and the last word that stand in a span; None where none does."""
        words = self.words
        low, high = (0, words.titled) if title else (words.titled, len(words.spans))
        first = bisect_right(words.spans, span[0], low, high, key=lambda one: one[1])
        last = bisect_left(words.spans, span[1], low, high, key=lambda one: one[0]) - 1
        return (first, last) if first <= last else None


def _facts(article: Article, context: Context) -> Iterator[tuple[str, str]]:
    """The terms of what is known of the article, each with what it is."""
    if context.event:
        yield fact_term(Field.EVENT, context.event.removeprefix("feed.")), context.event
        yield fact_term(Field.EVENT, ANY_EVENT), context.event
    if article.language:
        yield fact_term(Field.LANG, article.language.lower()), article.language
    if context.feed_name:
        yield fact_term(Field.FEED, fold_name(context.feed_name)), context.feed_name
    for tag in context.tags:
        yield from ((term, tag) for term in tag_terms(tag))
    yield from ((term, article.outlet) for term in outlet_terms(article.outlet))
    for author in article.authors:
        yield from ((term, author) for term in author_terms(author))
    yield from ((term, article.url) for term in url_terms(article.url))
