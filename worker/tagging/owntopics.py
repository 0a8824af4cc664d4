"""Topics of the user's own: a name and a few phrases, found in every language.

A phrase speaks for its topic where its words stand near each other, in any form that begins
alike. In English the meaning of the text's beginning is weighed with that, so that "oil on the
road" is no "oil prices".
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from worker.model import Entity, Kind, Span, Topic
from worker.tagging.folding import fold_word
from worker.tagging.lexicon import Evidence, Lexicon
from worker.tagging.meaning import Meaning
from worker.tagging.shipped import read_yaml

#: The words of a phrase stand within so many code points.
_NEAR = 100
#: What part of its words makes a phrase plausible, where not all of them are there.
_MOST = 0.6
#: What a phrase weighs: of several words, of one, and where only most of its words are there.
_WHOLE, _WORD, _PART = 3.0, 1.0, 1.0
#: How much it weighs on top of that in the title, times as much.
_IN_TITLE = 2.5
#: A text in English so near to the examples is as likely as not about them, without their words.
_EVEN = 0.45
_WORDS = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")

Phrase = frozenset[str]
"""The words of a phrase, each as a word list has it."""
Places = Mapping[str, Sequence[Span]]
"""Where each word stands."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A topic of the user's with its score, a probability, and the words that spoke for it."""

    topic: Topic
    score: float
    evidence: Evidence


class OwnTopics:
    """The user's topics; finds them in a text of any language."""

    def __init__(self, topics: Sequence[Topic], meaning: Meaning) -> None:
        self.topics = tuple(topics)
        self._meaning = meaning
        self._phrases = [
            {phrase for text in (one.name, *one.examples) if (phrase := words_of(text))}
            for one in topics
        ]
        every = {word for phrases in self._phrases for phrase in phrases for word in phrase}
        self._lexicon = Lexicon("", {word: {"strong": word.split("|")} for word in sorted(every)})

    def find_named(self, name: str) -> Entity | None:
        """The topic of this name, upper or lower case, as something a query can name."""
        wanted = fold_word(name.strip())
        for one in self.topics:
            if wanted in (fold_word(one.name), one.key):
                return Entity(kind=Kind.TOPIC, key=one.key, name=one.name)
        return None

    def find(self, text: str, end_of_title: int, place: Any | None) -> Iterator[Scored]:
        """Every topic with its score, likely or not. ``place`` is where an English text lies."""
        found = self._lexicon.find(text, 0)
        places = {word: [span for _, span in one.places] for word, one in found.items()}
        for at, topic in enumerate(self.topics):
            evidence = Evidence()
            for phrase in sorted(self._phrases[at], key=sorted):
                _add(evidence, phrase, places, end_of_title)
            words = math.log(1 + evidence.weight)
            log_odds = 1.8 * words - 1.5
            if place is not None:
                log_odds = 1.5 * words + 15 * (float(self._centres[at] @ place) - _EVEN)
            yield Scored(topic, 1 / (1 + math.exp(-log_odds)), evidence)

    @cached_property
    def _centres(self) -> list[Any]:
        return [self._meaning.centre([one.name, *one.examples]) for one in self.topics]


def words_of(phrase: str) -> Phrase:
    """The words of a phrase that say what it is about, cut to what their forms have in common."""
    every = [fold_word(word) for word in _WORDS.findall(phrase)]
    telling = [word for word in every if len(word) > 2 and word not in _function_words()]
    short = [w.lower() for w in _WORDS.findall(phrase) if w.isupper() and len(w) == 2]
    return frozenset(_cut(word) for word in [*telling, *short] or every)


def _cut(word: str) -> str:
    if _UNSPACED.search(word):
        return f"*{word}*"
    if _CYRILLIC.search(word):
        return f"{word[: max(4, len(word) - 2)]}*" if len(word) > 4 else f"{word[:3]}*"
    bare = word.removesuffix("s") if len(word) > 3 else word
    return f"{bare[:-1]}*" if len(bare) > 4 else f"{bare}|{bare}s"


@cache
def _function_words() -> frozenset[str]:
    return frozenset(
        fold_word(word) for words in read_yaml("function_words.yaml").values() for word in words
    )


def _add(evidence: Evidence, phrase: Phrase, places: Places, end_of_title: int) -> None:
    """Add what a phrase says for its topic, if its words stand near each other somewhere."""
    here = sorted((span, word) for word in phrase for span in places.get(word, ()))
    if len({word for _, word in here}) < _MOST * len(phrase):
        return
    groups, weight = _together(phrase, here)
    if not groups:
        return
    total = weight * (1 + math.log(len(groups)))
    if groups[0][-1][1] <= end_of_title:
        total += weight * _IN_TITLE
    evidence.weight += total
    evidence.places += [(total, span) for spans in groups for span in spans]


def _together(phrase: Phrase, here: Sequence[tuple[Span, str]]) -> tuple[list[list[Span]], float]:
    """Where all words of a phrase stand near each other, else most; and what one such place weighs."""
    whole: list[list[Span]] = []
    part: list[list[Span]] = []
    reach = 0
    for at, ((start, _), _) in enumerate(here):
        if start < reach:
            continue
        spans, found = _from(here, at, len(phrase))
        if found == len(phrase):
            whole.append(spans)
            reach = spans[-1][1]
        elif found >= _MOST * len(phrase) and not part:
            part.append(spans)
    if whole:
        return whole, _WHOLE if len(phrase) > 1 else _WORD
    return part, _PART


def _from(here: Sequence[tuple[Span, str]], first: int, wanted: int) -> tuple[list[Span], int]:
    """What stands near a place, up to the last word that is wanted; and how many words that is."""
    spans: list[Span] = []
    words: set[str] = set()
    end = here[first][0][0] + _NEAR
    for span, word in here[first : first + _NEAR]:
        if span[0] >= end or len(words) == wanted:
            break
        spans.append(span)
        words.add(word)
    return spans, len(words)
