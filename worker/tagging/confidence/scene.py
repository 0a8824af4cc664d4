"""What an article says as a whole, by which bare names in it are judged."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from worker.mediatopics import LIKELY, TOPICS
from worker.model import Confidence, Entity, Kind, Mention, Span
from worker.tagging.cast import Named
from worker.tagging.confidence.cues import Cues, cues_of
from worker.tagging.document import Document
from worker.tagging.folding import fold
from worker.tagging.gazetteer import Gazetteer, Hit
from worker.tagging.spans import Spans

_CODE = "medtop:{}000000"
#: News of politics, war, courts and the economy, where people of public life are named by surname.
_PUBLIC = frozenset(_CODE.format(code) for code in ("02", "04", "11", "16"))
_POLITICS = frozenset({_CODE.format("11"), _CODE.format("16")})
#: What organizations are in the news for besides.
_AFFAIRS = _PUBLIC | {_CODE.format(code) for code in ("03", "06", "07", "09", "13")}
#: Code points read for what is spoken of without a name; news says early what it is about.
_READ = 1_500
#: What else those of certain callings are in the news for, by words in their roles.
_CALLINGS = (
    (re.compile(r"pope|patriarch|bishop|cardinal|ayatollah|lama|nun|cleric"), "12"),
    (re.compile(r"executive|founder|entrepreneur|scien|physicist|engineer"), "13"),
    (re.compile(r"singer|artist|actor|actress|broadcaster|writer|media|football"), "01"),
    (re.compile(r"football|fifa|olympic|sport|chess"), "15"),
    (re.compile(r"climate|environment"), "06"),
    (re.compile(r"health|doctor"), "07"),
)
#: Offices by which people are of one circle, wherever they come from.
_PUBLIC_ROLE = re.compile(
    r"president|minister|premier|chancellor|king|queen|emperor|sultan|emir|leader|ruler|secretary|senator|politician|governor"
    r"|ambassador|envoy|spokes|general|commander|pope|speaker|commissioner|chief|chair|head of|mayor|member of|opposition"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How sure a mention is, and the named reason."""

    confidence: Confidence
    support: str


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One article: ``hits`` are the gazetteer's that count, ``own`` all that are not furniture.

    ``countries`` are codes with the places that name them, ``topics`` those found, best first.
    """

    document: Document
    language: str
    gazetteer: Gazetteer
    hits: Sequence[Hit]
    own: Sequence[Hit]
    named: Mapping[str, Named]
    countries: Mapping[str, Collection[Span]]
    topics: Sequence[Mention]
    _entities: dict[str, Entity | None] = field(default_factory=dict, repr=False)

    @property
    def cast(self) -> tuple[Named, ...]:
        """Everybody found so far."""
        return tuple(self.named.values())

    @cached_property
    def cues(self) -> Cues:
        """The words of its language."""
        return cues_of(self.language)

    @cached_property
    def places(self) -> Spans:
        """Where countries, their peoples and cities are named, meant or not."""
        spans = Spans()
        for hit in self.own:
            if hit.known.entity.kind is Kind.COUNTRY and not hit.known.silent:
                spans.add(hit.span)
        return spans

    @cached_property
    def subjects(self) -> frozenset[str]:
        """Topics of the top level that are likely enough."""
        return frozenset(
            one.key for one in self.topics if one.salience >= LIKELY and one.key in TOPICS
        )

    def entity(self, named: Named) -> Entity | None:
        """Who of those known somebody named is."""
        if named.key not in self._entities:
            self._entities[named.key] = self.gazetteer.all_of(named.kind, named.key)
        return self._entities[named.key]

    def surface(self, span: Span) -> str:
        """What stands at a place."""
        return self.document.text[slice(*span)]

    def names_country(self, entity: Entity) -> bool:
        """Whether a country that somebody stands for is named, or it is politics at home."""
        if any(code in self.countries for code in entity.countries):
            return True
        return bool(self.subjects & _POLITICS) and not self.cues.home.isdisjoint(entity.countries)

    def is_setting(self, role: str) -> bool:
        """Whether the news is of a kind in which somebody of this role is named by surname."""
        if self.subjects & _PUBLIC:
            return True
        return any(_CODE.format(code) in self.subjects for of, code in _CALLINGS if of.search(role))

    @cached_property
    def organizations(self) -> Sequence[str]:
        """Folded names of the organizations named."""
        return [fold(one.name).text for one in self.cast if one.kind is Kind.ORGANIZATION]

    @property
    def is_of_affairs(self) -> bool:
        """Whether the news is of a kind in which organizations act."""
        return bool(self.subjects & _AFFAIRS)

    @cached_property
    def names_body(self) -> bool:
        """Whether the article says what an organization is, or has."""
        return self.cues.names_body(self.document.text[:_READ])

    @cached_property
    def offices(self) -> frozenset[str]:
        """Offices that are spoken of without a name: "the French president"."""
        return self.cues.offices_alone(self.document.text[:_READ], self.places)

    def is_office_spoken_of(self, role: str) -> bool:
        """Whether an office that may be of this role is spoken of."""
        return any(self.cues.fits(office, role) for office in self.offices)

    def is_common(self, span: Span) -> bool:
        """Whether the word that stands here stands elsewhere in lower case: "Draghi ... draghi"."""
        word = self.surface(span)
        if not word[:1].isupper() or not word.isalpha():
            return False
        return bool(re.search(rf"(?<!\w){word.lower()}(?!\w)", self.document.text))

    def is_affiliated(self, entity: Entity) -> bool:
        """Whether an organization that somebody is of is named too."""
        role = fold(entity.role).text
        return any(
            re.search(rf"(?<!\w){re.escape(name)}(?!\w)", role) for name in self.organizations
        )


def is_public(role: str) -> bool:
    """Whether a role is one of public life."""
    return bool(_PUBLIC_ROLE.search(role))
