"""Article -> Mentions: people, organizations, countries and topics.

>>> tagger = load_tagger()
>>> mentions = tagger.tag(article)

Importing this package loads no model; ``Tagger.preload`` does, before a worker forks.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from worker.model import Article, Entity, Kind, Mention, Span, Topic
from worker.tagging import given, slavic
from worker.tagging.cast import Cast
from worker.tagging.confidence import Scene, borne_out, supported
from worker.tagging.countries import find_countries, settle_countries
from worker.tagging.document import Document, read_document
from worker.tagging.explaining import Decision, Steps, decisions, noted
from worker.tagging.folding import fold_name
from worker.tagging.found import Found
from worker.tagging.gazetteer import (
    Gazetteer,
    Hit,
    Known,
    Standing,
    entity_key,
    known_from_entity,
)
from worker.tagging.languages import Languages
from worker.tagging.offices import named_by_office
from worker.tagging.recognizer import Labelled, ReadsAhead
from worker.tagging.settling import others_names, settle, without_namesakes
from worker.tagging.shipped import shipped
from worker.tagging.spans import Spans, lies_within
from worker.tagging.topics import Topics

__all__ = ["Decision", "Gazetteer", "Tagger", "entity_key", "load_tagger"]

#: What salience is made of: being in the title, how often, how early. They add up to 1.
_IN_TITLE, _OFTEN, _EARLY = 0.4, 0.4, 0.2
#: A picture shows somebody whom the story may hardly mention, a dateline says where the reporter
#: was: they count half, and never as early.
_LESS_ASIDE = 0.5
#: How far into the body a first mention is early, in code points; it fades from the start.
_LEAD = 600


class Tagger:
    """Finds who, where and what an article is about. Deterministic; keeps nothing of an article it has tagged."""

    def __init__(self, gazetteer: Gazetteer, languages: Languages, topics: Topics) -> None:
        self.gazetteer = gazetteer
        self._languages = languages
        self._topics = topics

    def preload(self, languages: Iterable[str] = ("en",)) -> None:
        """Load now what the first article in one of these languages would wait for.

        So are the operator's models. Raises ModelError where one cannot be loaded.
        """
        self._languages.preload({**dict.fromkeys(languages), **self._languages.models})
        self.gazetteer.preload()
        self._topics.preload()

    def with_entities(self, entities: Sequence[Entity]) -> "Tagger":
        """A tagger that also knows ``entities``, who win over those it knows; models are shared."""
        return Tagger(extended(self.gazetteer, entities), self._languages, self._topics)

    def with_topics(self, topics: Sequence[Topic]) -> "Tagger":
        """A tagger that also knows the user's own ``topics``; models are shared."""
        return Tagger(self.gazetteer, self._languages, self._topics.with_own(topics))

    @property
    def version(self) -> str:
        """Which code and data this tagger is made of; the user's own entities do not count."""
        return self._languages.version

    @property
    def models(self) -> dict[str, str]:
        """The model that reads each language: the operator's, or "shipped"."""
        return self._languages.names

    def find(self, kind: Kind, name: str) -> Entity | None:
        """The entity of this kind that a name, alias or country code stands for.

        Of topics only the user's own are found.
        """
        if kind is Kind.TOPIC:
            return self._topics.find_named(name)
        return self.gazetteer.find(kind, name)

    def tag(self, article: Article) -> tuple[Mention, ...]:
        """The mentions of an article, each kind by falling salience; never raises on any text."""
        return self._work(article).mentions

    def read_ahead(self, articles: Iterable[Article]) -> None:
        """Have the model read together what is tagged next; it only takes less time so."""
        texts: dict[str, list[str]] = {}
        for one in articles:
            texts.setdefault(one.language, []).append(read_document(one).text)
        for language in texts.keys() - slavic.LANGUAGES:
            recognize = self._languages.recognizer(language)
            if isinstance(recognize, ReadsAhead):
                if language == "en":
                    from worker.tagging.english.headlines import soften

                    recognize.read_ahead([soften(text) for text in texts[language]])
                else:
                    recognize.read_ahead(texts[language])

    def explain(self, article: Article) -> tuple[Decision, ...]:
        """Every decision behind ``tag``, by its place: also what was found and not taken."""
        return decisions(self._work(article))

    def _work(self, article: Article) -> Steps:
        document = read_document(article)
        scanned = self.gazetteer.scan(document.text, article.language)
        hits = [hit for hit in scanned if not document.is_furniture(hit.span)]
        found, labelled = self._names(document, article.language, hits)
        if found.people or found.unmeant:
            hits = without_namesakes(hits, found, document.text, self.gazetteer)
        own = hits
        others = others_names(found.people, hits)
        full = [c for c in found.people if len(c.words) > 1]
        family = {word for c in full for word in c.tails or c.words[-1:]}
        hits = settle_countries(
            hits, document.text, article.language, people=others, surnames=family
        )
        counted, surnames = settle(hits, others)
        cast = Cast(document, self.gazetteer, article.language)
        cast.fill(counted, surnames, found)
        if article.language == "en":
            found_by_office = named_by_office(
                cast.named.values(), counted, document.text, self.gazetteer
            )
            for named, span in found_by_office:
                named.offices.add(span)
        topics = self._topics.find(document, article.language)
        scene = Scene(
            document=document,
            language=article.language,
            gazetteer=self.gazetteer,
            hits=counted,
            own=own,
            named=cast.named,
            countries=find_countries(counted),
            topics=topics,
        )
        doubtful = [hit for hit in _uncounted_surnames(hits, surnames, others) if cast.is_open(hit)]
        borne = list(borne_out(scene, doubtful))
        cast.bear_out(borne)
        mentions = [
            mention(
                document,
                n.kind,
                n.key,
                n.name,
                spans=n.spans,
                found_by=n.found_by,
                offices=len(n.offices),
            )
            for n in cast.named.values()
        ]
        mentions += self._countries(document, counted)
        order = {kind: at for at, kind in enumerate(Kind)}
        mentions.sort(key=lambda m: (order[m.kind], -m.salience, m.key))
        return Steps(
            article=article,
            document=document,
            scanned=scanned,
            labelled=labelled,
            found=found,
            own=own,
            others=others,
            surnames=family,
            settled=hits,
            counted=(*counted, *surnames, *borne),
            borne={(hit.span, hit.known.entity.key) for hit in borne},
            cast=scene.cast,
            mentions=supported(scene, [*mentions, *topics]),
        )

    def _countries(self, document: Document, counted: Sequence[Hit]) -> Iterator[Mention]:
        for code, spans in find_countries(counted).items():
            known = self.gazetteer.find(Kind.COUNTRY, code)
            name = known.name if known else code
            yield mention(document, Kind.COUNTRY, code, name, spans=spans, found_by="gazetteer")

    def _names(
        self, document: Document, language: str, hits: Sequence[Hit]
    ) -> tuple[Found, Sequence[Labelled]]:
        """People and organizations that the language's model and rules find; the model's labels."""
        text = document.text
        labelled: list[Labelled] = []
        recognize = self._languages.recognizer(language)
        if language in slavic.LANGUAGES:
            from worker.tagging.slavic.reading import read_names

            known = [hit.span for hit in hits if hit.known.entity.kind is Kind.ORGANIZATION]
            found = read_names(text, recognize, language, known)
        elif recognize is not None and language == "en":
            from worker.tagging.english.called import called_after
            from worker.tagging.english.reading import read_names as read_english

            read = read_english(text, noted(recognize, labelled))
            names = [hit.span for hit in hits if hit.known.entity.kind is Kind.PERSON]
            called = tuple(called_after(text, [*names, *(one.span for one in read.people)]))
            people = [one for one in read.people if not lies_within(one.span, called)]
            found = replace(read, people=people, unmeant=called)
        elif recognize is not None or language in given.LANGUAGES | given.EASTERN:
            found = self._ruled(text, language, hits)
            if recognize is not None:
                from worker.tagging.modelled import read_names as read_modelled

                found_by = self._languages.models[language].kind
                recognize = noted(recognize, labelled)
                found = read_modelled(text, recognize, found_by, language, found)
        else:
            return Found(), ()
        kept = Found(
            [one for one in found.people if not document.is_furniture(one.span)],
            [one for one in found.organizations if not document.is_furniture(one.span)],
            found.unmeant,
            found.closed,
        )
        return kept, labelled

    @staticmethod
    def _ruled(text: str, language: str, hits: Sequence[Hit]) -> Found:
        """People that rules find where there are some."""
        if language in given.EASTERN:
            from worker.tagging.given import eastern

            return eastern.find_people(text, language, hits)
        if language not in given.LANGUAGES:
            return Found()
        from worker.tagging.given.rule import find_people

        return find_people(text, language, hits)


def mention(
    document: Document,
    kind: Kind,
    key: str,
    name: str,
    *,
    spans: Iterable[Span],
    found_by: str,
    offices: int = 0,
) -> Mention:
    """One mention of what stands at ``spans`` of the document.

    ``offices`` is how often a person is named by office alone: it makes the article more about
    them, but is no place of their name.
    """
    ordered = sorted(spans)
    body = [s for span in ordered if (s := document.in_body(span))]
    title = [s for span in ordered if (s := document.in_title(span))]
    captions = [s for span in ordered if (s := document.in_captions(span))]
    in_title = any(document.in_headline(span) for span in ordered)
    told = [span[0] for span in ordered if not document.is_aside(span)]
    early = math.exp(-max(0, told[0] - document.body[0]) / _LEAD) if told else 0
    times = len(told) + _LESS_ASIDE * (len(ordered) - len(told)) + offices
    often = 1 - math.exp(-times / 3)
    return Mention(
        kind=kind,
        key=key,
        name=name,
        count=len(ordered),
        salience=round(_IN_TITLE * in_title + _OFTEN * often + _EARLY * early, 4),
        in_title=in_title,
        spans=tuple(body),
        title_spans=tuple(title),
        caption_spans=tuple(captions),
        found_by=found_by,
    )


def _uncounted_surnames(
    hits: Sequence[Hit], surnames: Sequence[Hit], others: Spans
) -> Iterator[Hit]:
    """Bare surnames of people the article names no other way."""
    counted = {id(hit) for hit in surnames}
    for hit in hits:
        if (
            hit.known.entity.kind is Kind.PERSON
            and hit.form.standing is Standing.NAMED
            and id(hit) not in counted
            and not others.overlaps(hit.span)
        ):
            yield hit


def extended(gazetteer: Gazetteer, entities: Sequence[Entity]) -> Gazetteer:
    """A gazetteer with ``entities`` in front. One with a known key keeps its known forms too.

    An entity that was merged into another is found by its names still, as that one. Mergers in a
    circle, or into somebody nobody knows, are none.
    """
    if not entities:
        return gazetteer
    into = {one.key: one.merged_into for one in entities if one.merged_into}
    given = {one.key: one for one in entities}
    merged = {}
    for one in entities:
        key, seen = one.key, {one.key}
        while (following := into.get(key)) and following not in seen:
            key = following
            seen.add(key)
        entity = given.get(key) or gazetteer.find(one.kind, key)
        if key != one.key and key not in into and entity is not None:
            merged[one.key] = entity
    return Gazetteer(
        (_with_known_forms(one, gazetteer) for one in entities), over=gazetteer, merged=merged
    )


def _with_known_forms(entity: Entity, gazetteer: Gazetteer) -> Known:
    """An entity's forms; of somebody unmistakable those known before too, each by itself.

    A surname that counts by itself already is not hidden by one that does not.
    """
    known, before = known_from_entity(entity), gazetteer.known_by(entity.key)
    if entity.unmistakable:
        forms = [replace(form, standing=Standing.ALONE) for one in before for form in one.forms]
        speaks_for = any(one.speaks_for for one in before)
        return replace(known, forms=(*known.forms, *forms), speaks_for=speaks_for)
    alone = {
        fold_name(form.text)
        for one in before
        for form in one.forms
        if form.standing is Standing.ALONE and form.languages is None
    }
    own = (
        form
        for form in known.forms
        if form.standing is Standing.ALONE or fold_name(form.text) not in alone
    )
    return replace(known, forms=tuple(own))


def load_tagger(
    entities: Sequence[Entity] = (), *, models: Mapping[str, str] | None = None
) -> Tagger:
    """A tagger with the shipped gazetteer and ``entities``, which win over shipped ones.

    ``models``: the operator's, by language. Raises ModelError where one cannot be used.
    """
    return Tagger(extended(Gazetteer(shipped()), entities), Languages(models), Topics())
