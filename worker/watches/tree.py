"""What a query is made of: the nodes of its syntax tree."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from worker.model import EventKind, Kind


class Field(StrEnum):
    """What a clause looks at; ``ANY`` is title and text."""

    ANY = ""
    PERSON = "person"
    ORG = "org"
    COUNTRY = "country"
    TOPIC = "topic"
    ENTITY = "entity"
    TITLE = "title"
    TEXT = "text"
    LANG = "lang"
    FEED = "feed"
    TAG = "tag"
    OUTLET = "outlet"
    AUTHOR = "author"
    URL = "url"
    EVENT = "event"

    @property
    def kind(self) -> Kind | None:
        """The one kind of mention the field looks for; None for ``entity:``, words and facts."""
        return _KINDS.get(self)

    @property
    def is_words(self) -> bool:
        """Whether the field searches words of title or text."""
        return self in WORDS

    @property
    def is_mention(self) -> bool:
        """Whether the field looks for something mentioned."""
        return self in _KINDS or self is Field.ENTITY


_KINDS = {
    Field.PERSON: Kind.PERSON,
    Field.ORG: Kind.ORGANIZATION,
    Field.COUNTRY: Kind.COUNTRY,
    Field.TOPIC: Kind.TOPIC,
}
WORDS = frozenset({Field.ANY, Field.TITLE, Field.TEXT})
#: Fields by their names.
FIELDS = {field.value: field for field in Field if field}
#: What ``event:`` looks for: what happens to feeds, and any of it.
ANY_EVENT = "any"
EVENTS = (*(kind.value.removeprefix("feed.") for kind in EventKind), ANY_EVENT)


class Measure(StrEnum):
    """What a comparison measures."""

    MENTIONS = "mentions"
    SALIENCE = "salience"
    OUTLETS = "outlets"
    PUBLISHED = "published"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clause:
    """One thing to look for.

    ``written`` is the clause as it stands in the query, at ``column`` (0-based), a value in a
    group with its field before it. ``key`` is the mention key, code or group of countries that ``value`` stands for and ``names`` the names of
    that entity, where they are known; ``terms`` are what makes the clause hold where an article
    has one of them (see ``resolve.py``), none for words. ``exact``: as written, in its case and without
    inflection (``=IS``). ``prefix``: the last word is the beginning of one (``elect*``).
    """

    field: Field
    value: str
    written: str
    column: int
    key: str = ""
    exact: bool = False
    prefix: bool = False
    names: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part holds (AND)."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds (OR)."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    """The part does not hold (NOT)."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Near:
    """Both parts, in either order, with at most ``distance`` words between them.

    A part is a clause of words or of a mention, or an AnyOf of such clauses.
    """

    parts: tuple["Node", "Node"]
    distance: int


@dataclass(frozen=True, slots=True)
class SameSentence:
    """All parts in one sentence; a part is what a part of Near is."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare:
    """A number of the article or its story, compared with ``number``.

    ``operator`` is one of ``>``, ``>=``, ``<``, ``<=`` and ``=``. ``clause`` is what is counted
    or weighed; only ``mentions`` and ``salience`` have one. For ``published``, ``number`` is in
    seconds from now, negative for the past, and the operator is ``>`` (later) or ``<`` (earlier).
    """

    measure: Measure
    clause: Clause | None
    operator: str
    number: float
    written: str
    column: int


@dataclass(frozen=True, slots=True)
class Spike:
    """The rate of stories for which ``node`` holds lies ``number`` usual spreads above its normal.

    Always the whole of a query; ``operator`` is ``>`` or ``>=``.
    """

    node: "Node"
    operator: str
    number: float


Node = Clause | AllOf | AnyOf | NoneOf | Near | SameSentence | Compare | Spike


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query: its text and its syntax tree."""

    text: str
    root: Node

    def clauses(self) -> Iterator[Clause]:
        """Every clause in the order written, those under NOT too."""
        yield from _clauses(self.root)


def _clauses(node: Node) -> Iterator[Clause]:
    match node:
        case Clause():
            yield node
        case NoneOf(part) | Spike(part):
            yield from _clauses(part)
        case AllOf(parts) | AnyOf(parts) | Near(parts) | SameSentence(parts):
            for part in parts:
                yield from _clauses(part)
        case Compare():
            if node.clause:
                yield node.clause
