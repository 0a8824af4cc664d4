"""What an article is about: IPTC Media Topics, the 17 of the top level and some narrower ones.

Two kinds of evidence are weighed: words of a lexicon and, for English, how near the text lies to
example sentences in a space of static word embeddings. A topic's score is a probability: of the
topics with a score of 0.7, about 7 in 10 are right.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worker.mediatopics import NAMES, NARROWER, PREFIX, TOPICS
from worker.model import Entity, Kind, Mention, Topic
from worker.tagging.document import Document
from worker.tagging.lexicon import Evidence, Lexicon
from worker.tagging.meaning import Meaning
from worker.tagging.owntopics import OwnTopics
from worker.tagging.shipped import read_yaml

#: Languages with a word list in data/lexicon.
LANGUAGES = frozenset({"ar", "de", "en", "es", "fr", "it", "pl", "pt", "ru", "tr", "uk", "zh"})
#: Code points of the article that are weighed; news says early what it is about.
_READ = 4_000
#: Topics below this score are not named.
_LEAST = 0.12
#: The user's own below this are not: with them one wants to be rung for what one asked for.
_LEAST_OWN = 0.3
#: Weight of words that count for as much as the embeddings, or as not knowing.
_PRIOR = 5.0
#: With this share of the evidence a topic is as likely right as wrong; how fast that changes.
_EVEN, _SLOPE = 0.31, 9.0
#: Weight of words from which a narrower topic is named: one that tells.
_TELLING = 3.0
#: Most places shown as evidence of one topic.
_PLACES = 12


Found = Mapping[str, Evidence]
"""What words speak for, by the code of the topic."""


class Topics:
    """The topics with their evidence; loads word lists and embeddings when first used."""

    def __init__(
        self,
        own: Sequence[Topic] = (),
        *,
        meaning: Meaning | None = None,
        lexicons: dict[str, Lexicon] | None = None,
    ) -> None:
        """``own`` are the user's; the others are what topics that already are have loaded."""
        self._meaning = meaning or Meaning(examples)
        self._lexicons = {} if lexicons is None else lexicons
        self._own = OwnTopics(own, self._meaning) if own else None

    def with_own(self, topics: Sequence[Topic]) -> "Topics":
        """Topics that also know the user's own; what is loaded is shared."""
        return Topics(topics, meaning=self._meaning, lexicons=self._lexicons)

    def find_named(self, name: str) -> Entity | None:
        """The user's own topic of this name."""
        return self._own.find_named(name) if self._own else None

    def preload(self) -> None:
        """Load now what the first article would wait for."""
        self._meaning.preload()
        for language in LANGUAGES:
            self._lexicon(language)

    def find(self, document: Document, language: str) -> tuple[Mention, ...]:
        """The topics with evidence, best first; ``salience`` is the score.

        A narrower topic is named only with its broader one and never above it.
        """
        language = language or "en"
        text = document.text[: document.captions[0]][:_READ]
        if not text.strip():
            return ()
        place = self._meaning.place(text) if language == "en" else None
        mentions: list[Mention] = []
        if language in LANGUAGES:
            found = self._lexicon(language).find(text, document.headline[1])
            meant = [0.0] * len(TOPICS) if place is None else self._meaning.shares(place)
            for code, share in zip(TOPICS, _shares(found, meant), strict=True):
                mentions += _mentions(document, code, share, found)
        if self._own is not None:
            for one in self._own.find(text, document.headline[1], place):
                if one.score >= _LEAST_OWN:
                    mentions.append(
                        _mention(document, one.topic.key, one.topic.name, one.score, one.evidence)
                    )
        return tuple(sorted(mentions, key=lambda mention: (-mention.salience, mention.key)))

    def _lexicon(self, language: str) -> Lexicon:
        if language not in self._lexicons:
            written: Mapping[str, Any] = read_yaml(f"lexicon/{language}.yaml")
            lists = {PREFIX + code: words for code, words in written.items()}
            self._lexicons[language] = Lexicon(language, lists)
        return self._lexicons[language]


def examples() -> list[list[str]]:
    """Sentences as news of each topic of the top level begins, those of the narrower ones too."""
    written: Mapping[str, Any] = read_yaml("topics.yaml")
    return [
        [
            *topic["examples"],
            *(text for one in topic.get("narrower", {}).values() for text in one["examples"]),
        ]
        for topic in written.values()
    ]


def _shares(found: Found, meant: Sequence[float]) -> Iterator[float]:
    """Each topic's share of the evidence; a few words do not outweigh what the text means."""
    weights = [_joined(found, code).weight for code in TOPICS]
    total = sum(weights) + _PRIOR
    for weight, share in zip(weights, meant, strict=True):
        yield (weight + _PRIOR * share) / total


def _joined(found: Found, code: str) -> Evidence:
    """The evidence for a topic of the top level and for those in it."""
    parts = [found[one] for one in (code, *NARROWER.get(code, ())) if one in found]
    return Evidence(sum(p.weight for p in parts), [place for p in parts for place in p.places])


def _mentions(document: Document, code: str, share: float, found: Found) -> Iterator[Mention]:
    """A topic of the top level and its narrower ones, as far as they are likely enough."""
    score = 1 / (1 + math.exp(-_SLOPE * (share - _EVEN)))
    if score < _LEAST:
        return
    yield _mention(document, code, NAMES[code], score, _joined(found, code))
    narrower = {one: found[one] for one in NARROWER.get(code, ()) if one in found}
    total = _PRIOR + sum(evidence.weight for evidence in narrower.values())
    for one, evidence in narrower.items():
        likely = score * evidence.weight / total
        if evidence.weight >= _TELLING and likely >= _LEAST:
            yield _mention(document, one, NAMES[one], likely, evidence)


def _mention(document: Document, code: str, name: str, score: float, evidence: Evidence) -> Mention:
    spans = evidence.spans(_PLACES)
    return Mention(
        kind=Kind.TOPIC,
        key=code,
        name=name,
        count=max(1, len(evidence.places)),
        salience=round(score, 4),
        in_title=any(document.in_headline(span) for span in spans),
        spans=tuple(s for span in spans if (s := document.in_body(span))),
        title_spans=tuple(s for span in spans if (s := document.in_title(span))),
        found_by="lexicon" if spans else "embedding",
    )
