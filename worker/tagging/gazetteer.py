"""Known entities and where their names stand in a text, in every language in one pass.

A name is not always evidence by itself. Each form of a name has a ``Standing``: some may stand
alone ("Zelensky"), some count only where the entity's full name stands in the same article
("Bush"), some only where the entity's country does ("Congress").
"""

import re
import unicodedata
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property

from ahocorasick_rs import AhoCorasick

from worker.memory import without_collection
from worker.model import Entity, Kind, Span, Topic
from worker.tagging.attached import ends, letters_behind
from worker.tagging.folding import Folded, fold, fold_names
from worker.tagging.inflection import decline_person
from worker.tagging.latin import latin

#: Scripts written without spaces between words: a name may stand anywhere.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
#: Letters of all other scripts but Latin; no punctuation, no pictures.
_FARTHER = re.compile(
    r"[\u0370-\u03ff\u0500-\u1cff\u1f00-\u1fff\u2e80-\ud7ff\uf900-\ufdff\ufe70-\ufefc\uff10-\uffdc\U00020000-\U0003ffff]"
)
_HANGUL = re.compile(r"[\uac00-\ud7af]")
_ARABIC_PREFIX = re.compile(r"(?:^|[^\w])(?:[وف]?(?:[بلكس]|ال|لل|بال|كال)?)$")
_HEBREW_PREFIX = re.compile(r"(?:^|[^\w])[ובלהמשכ]{1,3}$")


class Standing(IntEnum):
    """What a form of a name needs to count; the higher, the stronger."""

    PLACED = 0  # the entity's country or a stronger form of it stands in the article
    NAMED = 1  # a stronger form of the same entity stands in the article
    ALONE = 2  # nothing


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write an entity's name.

    ``languages`` limits the form to articles in these languages (``None``: any). Upper case in
    ``text`` asks for upper case in the article, word by word; lower case accepts either. The
    first ``lead`` characters of ``text`` have to stand there but are no part of the name:
    "groupe " of "groupe Orange"; nor is the last one if it is ``quoted``: "«Медуза»".
    """

    text: str
    standing: Standing = Standing.ALONE
    languages: frozenset[str] | None = None
    lead: int = 0
    quoted: bool = False


def written(name: str, standing: Standing = Standing.ALONE) -> Form:
    """A form as the hand-written lists have it.

    "Poutine@fr" counts in French articles, "Adobe@de fr" in German and French ones; of
    "groupe ~Orange" only what follows the tilde is the name, of "«Медуза»" what the quotes hold.
    """
    text, _, codes = name.partition("@")
    lead, tilde, rest = text.partition("~")
    languages = frozenset(codes.split()) or None
    if not tilde:
        lead, rest = "", text
    quoted = rest.startswith("«") and rest.find("»") == len(rest) - 1
    return Form(lead + rest, standing, languages, len(lead) + quoted, quoted)


@dataclass(frozen=True, slots=True)
class Known:
    """An entity with the forms it is found by.

    ``speaks_for`` says that naming it names its countries too ("the Kremlin"); ``silent``
    entities are phrases that only keep others from being found in them ("Trump Tower").
    """

    entity: Entity
    forms: tuple[Form, ...]
    speaks_for: bool = False
    silent: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The countries that naming the entity names."""
        country = self.entity.kind is Kind.COUNTRY
        return self.entity.countries if country or self.speaks_for else ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A form found at ``span`` of the text that was scanned."""

    span: Span
    known: Known
    form: Form


def slug(name: str) -> str:
    """A name as lower-case words joined by hyphens; letters outside Latin stay as they are."""
    plain = fold(unicodedata.normalize("NFC", name)).text.replace("'", "")
    return "-".join(re.findall(r"[^\W_]+", plain)) or "unnamed"


def entity_key(kind: Kind, name: str) -> str:
    """The key of an entity: ``person:vladimir-putin``, ``organization:united-nations``.

    A person's is in Latin letters where the name is in Cyrillic or Greek ones, so that it is the
    same in every language. Countries and topics are keyed by their codes, which are returned as
    they stand.
    """
    if kind is Kind.PERSON:
        return f"{kind.value}:{slug(latin(name))}"
    if kind is Kind.ORGANIZATION:
        return f"{kind.value}:{slug(name)}"
    return name.strip()


def own_topic(name: str, examples: Iterable[str] = ()) -> Topic:
    """A topic of the user's own, with its key: ``topic:undersea-cables``."""
    return Topic(key=f"{Kind.TOPIC.value}:{slug(name)}", name=name, examples=tuple(examples))


def is_telling(kind: Kind, name: str) -> bool:
    """Whether a name from some list may stand for its bearer by itself.

    Of people that is a name of several words, of organizations one that is no short abbreviation:
    "Orbit" and "FIA" in a list of aliases are not.
    """
    letters = sum(character.isalpha() for character in name)
    if _UNSPACED.search(name):
        return letters > 1
    if len(name.split()) > 1:
        return letters > 4
    return kind is Kind.ORGANIZATION and letters > 6


def known_from_entity(entity: Entity) -> Known:
    """The forms of an entity somebody declared: all its names, a person's surname if named.

    That of somebody unmistakable counts by itself. Cyrillic names of people are declined, which loads a dictionary the first time.
    """
    names = dict.fromkeys(name for name in (entity.name, *entity.aliases) if name.strip())
    if entity.kind is Kind.PERSON:
        names |= dict.fromkeys(form for name in names for form in decline_person(name))
    forms = [Form(name) for name in names]
    if entity.kind is Kind.PERSON:
        standing = Standing.ALONE if entity.unmistakable else Standing.NAMED
        forms += [Form(surname, standing) for surname in surnames(names)]
    return Known(entity, tuple(forms))


def surnames(names: Iterable[str]) -> tuple[str, ...]:
    """The last words of names of several words that are long enough to be looked for."""
    last = (name.split()[-1] for name in names if len(name.split()) > 1)
    return tuple(dict.fromkeys(word for word in last if len(word) > 2 and word[0].isupper()))


class _Part:
    """Some forms of some entities, and the automaton over them, built when first asked for."""

    def __init__(self, forms: Sequence[tuple[Known, Form]]) -> None:
        self._forms = forms

    @cached_property
    @without_collection()
    def patterns(self) -> Mapping[str, tuple[tuple[Known, Form], ...]]:
        """Folded form -> whose it is."""
        patterns: dict[str, tuple[tuple[Known, Form], ...]] = {}
        folded = fold_names([form.text for _, form in self._forms])
        for pair, text in zip(self._forms, map(str.strip, folded), strict=True):
            if text:
                patterns[text] = (*patterns[text], pair) if text in patterns else (pair,)
        return patterns

    @cached_property
    def automaton(self) -> tuple[AhoCorasick, tuple[str, ...]]:
        """The automaton, and the pattern each of its numbers stands for."""
        texts = tuple(self.patterns)
        return AhoCorasick(texts), texts


class _Layer:
    """The forms of some entities: Latin ones, Cyrillic ones, and those of all other scripts apart.

    A text without such letters never has them looked for, nor built.
    """

    def __init__(self, known: tuple[Known, ...]) -> None:
        self.known = known

    @cached_property
    @without_collection()
    def _by_script(self) -> tuple[_Part, _Part, _Part]:
        """The forms in Latin letters, those with Cyrillic ones, and those with any others."""
        latin: list[tuple[Known, Form]] = []
        cyrillic: list[tuple[Known, Form]] = []
        farther: list[tuple[Known, Form]] = []
        for one in self.known:
            for form in one.forms:
                if form.text.isascii():
                    latin.append((one, form))
                elif _CYRILLIC.search(form.text):
                    cyrillic.append((one, form))
                else:
                    (farther if _FARTHER.search(form.text) else latin).append((one, form))
        return _Part(latin), _Part(cyrillic), _Part(farther)

    @cached_property
    def named(self) -> Mapping[tuple[Kind, str], Entity]:
        """Entities by their keys and names, the first of each."""
        named: dict[tuple[Kind, str], Entity] = {}
        for known in self.known:
            entity = known.entity
            named.setdefault((entity.kind, entity.key), entity)
            named.setdefault((entity.kind, entity.name), entity)
        return named

    @cached_property
    def by_key(self) -> Mapping[str, tuple[Known, ...]]:
        """What is known by each key."""
        found: dict[str, tuple[Known, ...]] = {}
        for known in self.known:
            found[known.entity.key] = (*found.get(known.entity.key, ()), known)
        return found

    def parts(self, text: str) -> Iterator[_Part]:
        """What may stand in a text."""
        latin, cyrillic, farther = self._by_script
        yield latin
        if text.isascii():
            return
        if _CYRILLIC.search(text):
            yield cyrillic
        if _FARTHER.search(text):
            yield farther

    def owners(self, folded: str) -> Iterator[tuple[Known, Form]]:
        """Whose form this is."""
        for part in self.parts(folded):
            yield from part.patterns.get(folded, ())

    def scan(self, folded: Folded, text: str, language: str) -> Iterator[Hit]:
        """Every acceptable form, overlapping ones included."""
        for part in self.parts(folded.text):
            automaton, texts = part.automaton
            found = automaton.find_matches_as_indexes(folded.text, overlapping=True)
            plain = folded.text
            endings = letters_behind(language)
            for index, start, end in found:
                # Most of what is found is part of a longer word, of Latin letters mostly.
                before, after = plain[start - 1 : start], plain[end : end + 1]
                if "a" <= before <= "z" and "a" <= plain[start] <= "z":
                    continue
                if "a" <= after <= "z" and "a" <= plain[end - 1] <= "z" and after not in endings:
                    continue
                if not stands_free(plain, start, end, language):
                    continue
                span = folded.original(start, end)
                surface = text[span[0] : span[1]]
                for known, form in part.patterns[texts[index]]:
                    if speaks(form, language) and case_agrees(form.text, surface, text, span):
                        lead = len(fold(form.text[: form.lead]).text) if form.lead else 0
                        yield Hit(folded.original(start + lead, end - form.quoted), known, form)

    def preload(self) -> None:
        """Build what the first texts would wait for."""
        for part in self._by_script:
            _ = part.automaton


class Gazetteer:
    """Known entities in layers: those of earlier layers win over those of later ones."""

    def __init__(
        self,
        known: Iterable[Known],
        *,
        over: "Gazetteer | None" = None,
        merged: Mapping[str, Entity] | None = None,
    ) -> None:
        """Know entities.

        ``over`` is a gazetteer that keeps serving whatever the new entities do not claim. Keys in
        ``merged`` are known to be those of others: who was found under such a key is that entity.
        """
        below = over.layers if over else ()
        self.layers: tuple[_Layer, ...] = (_Layer(tuple(known)), *below)
        self._merged: Mapping[str, Entity] = merged or {}

    def meant(self, entity: Entity) -> Entity:
        """The entity that this one was merged into, else itself."""
        return self._merged.get(entity.key, entity)

    def preload(self) -> None:
        """Build now what the first texts would wait for."""
        for layer in self.layers:
            layer.preload()

    def find(self, kind: Kind, name: str) -> Entity | None:
        """The entity of this kind that goes by ``name``: its key, or any form able to stand alone."""
        wanted = fold(name).text.strip()
        for layer in self.layers:
            if entity := layer.named.get((kind, name)):
                return self.meant(entity)
            found = [
                (form.standing, known.entity)
                for known, form in layer.owners(wanted)
                if known.entity.kind is kind and not known.silent
            ]
            if found:
                return self.meant(max(found, key=lambda pair: pair[0])[1])
        return self._merged.get(entity_key(kind, name))

    def all_of(self, kind: Kind, key: str) -> Entity | None:
        """The entity of this key with what every layer knows of it; of each the first that says it."""
        found = self.find(kind, key)
        for layer in self.layers:
            lower = layer.named.get((kind, found.key)) if found else None
            if found and lower and lower is not found:
                found = replace(
                    found,
                    aliases=(*found.aliases, lower.name, *lower.aliases),
                    countries=tuple(dict.fromkeys((*found.countries, *lower.countries))),
                    role=found.role or lower.role,
                )
        return found

    def known_by(self, key: str) -> tuple[Known, ...]:
        """All that is known by a key, that of upper layers first."""
        return tuple(known for layer in self.layers for known in layer.by_key.get(key, ()))

    def bearers(self, surname: str) -> tuple[Entity, ...]:
        """Everybody who is known by a surname, or by one word anyhow."""
        wanted = fold(surname).text.strip()
        found: dict[str, Entity] = {}
        for layer in self.layers:
            for known, _ in layer.owners(wanted):
                if known.entity.kind is Kind.PERSON and not known.silent:
                    one = self.meant(known.entity)
                    found.setdefault(one.key, one)
        return tuple(found.values())

    def organization(
        self, name: str, language: str = "", places: Container[str] = ()
    ) -> Entity | None:
        """The organization that ``name``, which a model took for one, stands for in this language.

        A name that several organizations share, or that is one's only in its own country
        ("Labour"), stands for none of them. Nor does a short form ("Nationals") where none of its
        organization's countries is among ``places``.
        """
        wanted = fold(name).text.strip()
        for layer in self.layers:
            found = [
                (form.standing, known.entity)
                for known, form in layer.owners(wanted)
                if known.entity.kind is Kind.ORGANIZATION
                and not known.silent
                and speaks(form, language)
                and case_agrees(form.text, name, name, (0, len(name)))
                and _enough(form, known.entity, places)
            ]
            if found:
                surest = max(standing for standing, _ in found)
                meant = [self.meant(entity) for standing, entity in found if standing is surest]
                keys = {entity.key: entity for entity in meant}
                return next(iter(keys.values())) if len(keys) == 1 else None
        return None

    def scan(self, text: str, language: str = "") -> tuple[Hit, ...]:
        """Forms in ``text``, the longest at each place, by position; several entities may share one."""
        folded = fold(text)
        best: dict[Span, tuple[int, list[Hit]]] = {}
        for number, layer in enumerate(self.layers):
            for hit in layer.scan(folded, text, language):
                rank, hits = best.setdefault(hit.span, (number, []))
                if rank == number:
                    hits.append(self._meant(hit))
        return tuple(hit for span in _longest(best) for hit in best[span][1])

    def _meant(self, hit: Hit) -> Hit:
        entity = self.meant(hit.known.entity)
        if entity is hit.known.entity:
            return hit
        return replace(hit, known=replace(hit.known, entity=entity))


def _enough(form: Form, entity: Entity, places: Container[str]) -> bool:
    """Whether a form, and that a model took it for an organization, is evidence enough."""
    if form.standing is not Standing.NAMED:
        return form.standing is Standing.ALONE
    own = re.sub(r"^The | \(.*", "", entity.name)
    return (
        form.text in (own, entity.name)
        or not entity.countries
        or any(c in places for c in entity.countries)
    )


def _longest(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap no longer one (nor an equal one that begins earlier), by position."""
    chosen: list[Span] = []
    for span in sorted(spans, key=lambda s: (s[0], -s[1])):
        if not chosen or span[0] >= chosen[-1][1]:
            chosen.append(span)
        elif span[1] - span[0] > chosen[-1][1] - chosen[-1][0]:
            chosen[-1] = span
    return chosen


def stands_free(folded: str, start: int, end: int, language: str) -> bool:
    """Whether ``folded[start:end]`` is a word of its own, by the rules of its script."""
    first, last = folded[start], folded[end - 1]
    if start and _joins(folded[start - 1], first) and not _after_prefix(folded, start):
        return False
    if end == len(folded) or _HANGUL.match(last):
        return True
    if folded[end] != "'" and not _joins(folded[end], last):
        return True
    return ends(folded, start, end, language)


def _joins(outer: str, inner: str) -> bool:
    """Whether two neighbouring characters belong to one word."""
    if not (outer.isalnum() or outer == "_"):
        return False
    return not (_UNSPACED.match(inner) or _UNSPACED.match(outer))


def _after_prefix(folded: str, start: int) -> bool:
    """Whether only Arabic or Hebrew particles, written as part of the word, stand before it."""
    before = folded[max(0, start - 5) : start]
    if "\u0600" <= folded[start] <= "\u06ff":
        return bool(_ARABIC_PREFIX.search(before))
    if "\u0590" <= folded[start] <= "\u05ff":
        return bool(_HEBREW_PREFIX.search(before))
    return False


def speaks(form: Form, language: str) -> bool:
    """Whether a form is to be looked for in an article of this language ("": taken for English)."""
    return form.languages is None or (language or "en") in form.languages


def case_agrees(form: str, surface: str, text: str, span: Span) -> bool:
    """Whether ``surface`` has upper case where the form has it.

    A name in capitals ("US", "WHO") must stand in capitals, and not in a line that is all
    capitals, where it may be the common word.
    """
    if form == form.lower():
        return True
    letters = [character for character in form if character.isalpha()]
    if len(letters) > 1 and all(character.isupper() for character in letters):
        if surface != form and surface.upper() != surface:
            return False
        return len(letters) > 4 or "." in surface or not _shouted(text, span)
    if surface.isupper() and len(surface) > 3:
        return True
    return all(
        found[:1].isupper() or not wanted[:1].isupper()
        for wanted, found in zip(form.split(), surface.split(), strict=False)
    )


def _shouted(text: str, span: Span) -> bool:
    """Whether the words round ``span`` in its line are in capitals too."""
    start = text.rfind("\n", max(0, span[0] - 60), span[0]) + 1 or max(0, span[0] - 60)
    end = text.find("\n", span[1], span[1] + 60)
    around = text[start : span[0]] + text[span[1] : end if end >= 0 else span[1] + 60]
    words = re.findall(r"[^\W\d_]{2,}", around)
    return len(words) > 2 and sum(word.isupper() for word in words) > len(words) * 0.7
