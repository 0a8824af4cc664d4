"""Article -> Mentions: people, organizations, countries and topics.

>>> tagger = load_tagger()
>>> mentions = tagger.tag(article)

Importing this package loads no model; ``Tagger.preload`` does, before a worker forks.
"""

import math
from collections.abc import Iterable, Iterator, Sequence

from worker.model import Article, Entity, Kind, Mention, Span
from worker.tagging.countries import find_countries, settle_countries
from worker.tagging.document import Document, read_document
from worker.tagging.gazetteer import (
    Gazetteer,
    Hit,
    entity_key,
    known_from_entity,
)
from worker.tagging.languages import Labelled, Languages
from worker.tagging.people import Candidate, Cast, Spans, clean_names, settle, soften_headlines
from worker.tagging.shipped import shipped
from worker.tagging.topics import Topics

__all__ = ["Gazetteer", "Tagger", "entity_key", "load_tagger"]

#: What salience is made of: being in the title, how often, how early. They add up to 1.
_IN_TITLE, _OFTEN, _EARLY = 0.4, 0.4, 0.2


class Tagger:
    """Finds who, where and what an article is about. Deterministic; keeps nothing of an article."""

    def __init__(self, gazetteer: Gazetteer, languages: Languages, topics: Topics) -> None:
        self.gazetteer = gazetteer
        self._languages = languages
        self._topics = topics

    def preload(self, languages: Iterable[str] = ("en",)) -> None:
        """Load now what the first article in one of these languages would wait for."""
        self._languages.preload(languages)
        self.gazetteer.scan("")
        self._topics.preload()

    def with_entities(self, entities: Sequence[Entity]) -> "Tagger":
        """A tagger that also knows ``entities``, who win over those it knows; models are shared."""
        return Tagger(extended(self.gazetteer, entities), self._languages, self._topics)

    def find(self, kind: Kind, name: str) -> Entity | None:
        """The entity of this kind that a name, alias or country code stands for."""
        return self.gazetteer.find(kind, name)

    def tag(self, article: Article) -> tuple[Mention, ...]:
        """The mentions of an article, each kind by falling salience; never raises on any text."""
        document = read_document(article)
        hits = self._hits(document, article.language)
        labelled = self._labelled(document, article.language)
        people = list(clean_names(document.text, labelled, "PERSON"))
        others = others_names(people, hits)
        family = {c.words[-1] for c in people if len(c.words) > 1}
        hits = settle_countries(
            hits, document.text, article.language, people=others, surnames=family
        )
        counted, surnames = settle(hits, others)
        organizations = clean_names(document.text, labelled, "ORG")
        cast = Cast(document, self.gazetteer)
        cast.fill(counted, surnames, people=people, organizations=list(organizations))
        mentions = [
            mention(document, n.kind, n.key, n.name, spans=n.spans, found_by=n.found_by)
            for n in cast.named.values()
        ]
        mentions += self._countries(document, counted)
        order = {kind: at for at, kind in enumerate(Kind)}
        mentions.sort(key=lambda m: (order[m.kind], -m.salience, m.key))
        return (*mentions, *self._topics.find(document, article.language))

    def _countries(self, document: Document, counted: Sequence[Hit]) -> Iterator[Mention]:
        for code, spans in find_countries(counted).items():
            known = self.gazetteer.find(Kind.COUNTRY, code)
            name = known.name if known else code
            yield mention(document, Kind.COUNTRY, code, name, spans=spans, found_by="gazetteer")

    def _hits(self, document: Document, language: str) -> list[Hit]:
        found = self.gazetteer.scan(document.text, language)
        return [hit for hit in found if not document.is_furniture(hit.span)]

    def _labelled(self, document: Document, language: str) -> list[Labelled]:
        recognize = self._languages.recognizer(language)
        if recognize is None:
            return []
        found = recognize(soften_headlines(document.text))
        return [labelled for labelled in found if not document.is_furniture(labelled.span)]


def others_names(people: Sequence[Candidate], hits: Sequence[Hit]) -> Spans:
    """Names of several words the model found in which a shorter known name is somebody else's.

    "Samantha Trump" holds "Trump" and "Michael Jordan" the country, but neither is meant.
    """
    known = {hit.span for hit in hits}
    spans = Spans()
    for candidate in people:
        if len(candidate.words) > 1 and candidate.span not in known:
            spans.add(candidate.span)
    return spans


def mention(
    document: Document, kind: Kind, key: str, name: str, *, spans: Iterable[Span], found_by: str
) -> Mention:
    """One mention of what stands at ``spans`` of the document."""
    ordered = sorted(spans)
    body = [s for span in ordered if (s := document.in_body(span))]
    title = [s for span in ordered if (s := document.in_title(span))]
    in_title = any(document.in_headline(span) for span in ordered)
    length = max(1, document.captions[0])
    early = 1 - min(1.0, min((span[0] for span in ordered), default=length) / length)
    often = 1 - math.exp(-len(ordered) / 3)
    return Mention(
        kind=kind,
        key=key,
        name=name,
        count=len(ordered),
        salience=round(_IN_TITLE * in_title + _OFTEN * often + _EARLY * early, 4),
        in_title=in_title,
        spans=tuple(body),
        title_spans=tuple(title),
        found_by=found_by,
    )


def extended(gazetteer: Gazetteer, entities: Sequence[Entity]) -> Gazetteer:
    """A gazetteer with ``entities`` in front. One with a known key keeps its known forms too."""
    return Gazetteer(map(known_from_entity, entities), over=gazetteer) if entities else gazetteer


def load_tagger(entities: Sequence[Entity] = ()) -> Tagger:
    """A tagger with the shipped gazetteer and ``entities``, which win over shipped ones."""
    return Tagger(extended(Gazetteer(shipped()), entities), Languages(), Topics())
