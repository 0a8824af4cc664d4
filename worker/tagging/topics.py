"""What an article is about: the 17 top-level IPTC Media Topics.

Two kinds of evidence are weighed: words of a lexicon (six languages) and, for English, how near
the text lies to descriptions of the topics in a space of static word embeddings.
"""

import importlib.util
import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from ahocorasick_rs import AhoCorasick

from worker.model import Kind, Mention
from worker.tagging.document import Document
from worker.tagging.folding import fold
from worker.tagging.shipped import read_yaml

PREFIX = "medtop:"
#: Code points of the article that are weighed; news says early what it is about.
_READ = 6_000
_EMBEDDED = 3_000
#: Topics below this score are not named.
_LEAST = 0.12
_TITLE_WEIGHT = 2.5
_TEMPERATURE = 0.045
_EMBEDDING_SHARE = 0.5


class Topics:
    """The topics with their evidence; loads the embeddings when first used."""

    def __init__(self) -> None:
        raw: Mapping[str, Mapping[str, Any]] = read_yaml("topics.yaml")
        self.codes = tuple(PREFIX + code for code in raw)
        self.names = tuple(topic["name"] for topic in raw.values())
        self._about = tuple(tuple(topic["about"]) for topic in raw.values())
        self._lexicon = {
            language: _Lexicon([topic[language] for topic in raw.values()])
            for language in ("en", "ru", "uk", "fr", "de", "es")
        }

    def preload(self) -> None:
        """Load the embeddings now."""
        _ = self._prototypes

    def find(self, document: Document, language: str) -> tuple[Mention, ...]:
        """The topics with evidence, best first; ``salience`` is the score."""
        title = document.text[slice(*document.headline)]
        text = document.text[: document.captions[0]][:_READ]
        language = language or "en"
        words = self._lexicon[language].weigh(title, text) if language in self._lexicon else None
        meaning = self._meaning(text) if language == "en" and text.strip() else None
        scores = _weigh(words, meaning)
        titled = words if words is not None else scores * 0
        found = sorted(range(len(scores)), key=lambda at: (-scores[at], self.codes[at]))
        return tuple(
            Mention(
                kind=Kind.TOPIC,
                key=self.codes[at],
                name=self.names[at],
                count=1,
                salience=round(float(scores[at]), 4),
                in_title=False,
                found_by="lexicon" if titled[at] > 0 else "embedding",
            )
            for at in found
            if scores[at] >= _LEAST
        )

    @cached_property
    def _model(self) -> Any:
        from wordllama import WordLlama

        where = importlib.util.find_spec("wordllama")
        assert where is not None
        assert where.origin is not None
        return WordLlama.load(cache_dir=Path(where.origin).parent, disable_download=True)

    @cached_property
    def _prototypes(self) -> list[Any]:
        return [self._model.embed(list(about), norm=True) for about in self._about]

    def _meaning(self, text: str) -> Any:
        """A share for each topic, adding up to 1, by nearness of the text's beginning."""
        vector = self._model.embed([text[:_EMBEDDED]], norm=True)[0]
        near = np.array(
            [float(np.sort(prototype @ vector)[-2:].mean()) for prototype in self._prototypes]
        )
        raised = np.exp((near - near.max()) / _TEMPERATURE)
        return raised / raised.sum()


class _Lexicon:
    """Stems of one language, topic by topic."""

    def __init__(self, stems: list[list[str]]) -> None:
        self._topics: dict[str, list[int]] = {}
        for at, topic in enumerate(stems):
            for stem in topic:
                self._topics.setdefault(fold(stem).text, []).append(at)
        self._stems = tuple(self._topics)
        self._automaton = AhoCorasick(self._stems)
        self._count = len(stems)

    def weigh(self, title: str, text: str) -> Any:
        """How much evidence each topic has: many different words count more than one repeated."""
        weights = np.zeros(self._count)
        for part, factor in ((title, _TITLE_WEIGHT), (text, 1.0)):
            counts: dict[int, int] = {}
            folded = fold(part).text
            for index, start, end in self._automaton.find_matches_as_indexes(
                folded, overlapping=True
            ):
                if start and folded[start - 1].isalnum():
                    continue
                # Short words ("war", "mp") must be whole; longer ones are stems.
                if end - start < 4 and folded[end : end + 2].rstrip("s")[:1].isalnum():
                    continue
                counts[index] = counts.get(index, 0) + 1
            for index, count in counts.items():
                for at in self._topics[self._stems[index]]:
                    weights[at] += factor * (1 + math.log(count))
        return weights


def _weigh(words: Any, meaning: Any) -> Any:
    """Scores from 0 to 1 from both kinds of evidence, either of which may be missing."""
    if words is None and meaning is None:
        return np.zeros(0)
    if words is None:
        return meaning
    total = words.sum()
    # A handful of words is weak evidence: the share is of what was found and a few more.
    share = words / (total + 3) if total else words
    if meaning is None:
        return np.minimum(1.0, share * 1.5)
    return np.minimum(1.0, 1.5 * (_EMBEDDING_SHARE * meaning + (1 - _EMBEDDING_SHARE) * share))
