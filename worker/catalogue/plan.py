"""What applying a catalogue would change in the store: decided purely, shown, applied elsewhere.

Feeds, watches and channels are told apart by name (a feed also by its URL, so that it can be
renamed), entities by kind and name. What the CLI added and the file does not name is left alone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from datetime import timedelta
from typing import Any, Generic, TypeVar

from worker.alerts.policy import write_policy
from worker.catalogue.declared import (
    Catalogue,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredHost,
    DeclaredWatch,
)
from worker.catalogue.pairing import conflicts, pair_feeds
from worker.catalogue.topics import still_named
from worker.model import Channel, Entity, Feed, FeedOptions, FeedState, Policy, Topic, Watch

D = TypeVar(
    "D",
    bound=DeclaredFeed | DeclaredHost | DeclaredEntity | Topic | DeclaredWatch | DeclaredChannel,
)
Id = TypeVar("Id", int, str)

#: Options of a feed whose values are not shown: they may be confidential.
HIDDEN = frozenset({"headers", "user", "password", "bearer", "proxy", "certificate"})
#: Names under which feeds.yaml knows the bounds of a feed's pace.
SHOWN_AS = {"interval_min": "interval.min", "interval_max": "interval.max"}
KEPT = "no longer declared, kept (use --prune)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What the store holds now.

    ``declared_entities`` are the keys of the entities that came from a file; ``None``: all did.
    ``hosts`` and ``topics`` are those a file declared. ``waiting`` counts, by a watch's id, the stories
    that wait for a digest or summary.
    """

    feeds: tuple[Feed, ...] = ()
    hosts: tuple[DeclaredHost, ...] = ()
    entities: tuple[Entity, ...] = ()
    topics: tuple[Topic, ...] = ()
    watches: tuple[Watch, ...] = ()
    channels: tuple[Channel, ...] = ()
    declared_entities: frozenset[str] | None = None
    waiting: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of something declared, before and after, as shown."""

    field: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.field}: {self.old} -> {self.new}"


@dataclass(frozen=True, slots=True)
class Addition(Generic[D]):
    """Something declared that the store does not have."""

    declared: D


@dataclass(frozen=True, slots=True)
class Change(Generic[D, Id]):
    """Something stored that is to become what is declared. ``id`` is an entity's key or a host.

    Of a feed that does not say whether it is paused, ``declared.paused`` is how it stands now.
    """

    id: Id
    declared: D
    fields: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Removal(Generic[Id]):
    """Something that came from a file and stands in it no longer. ``id``: see ``Change``; ``note``: what goes with it."""

    id: Id
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[D, Id]):
    """The plan for one kind of thing. ``kept`` would be removed with ``prune``."""

    added: tuple[Addition[D], ...] = ()
    changed: tuple[Change[D, Id], ...] = ()
    removed: tuple[Removal[Id], ...] = ()
    kept: tuple[Removal[Id], ...] = ()
    unchanged: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.added or self.changed or self.removed)

    def lines(self, word: str) -> list[str]:
        """``+ feed name``, ``~ feed name`` with its fields, ``- feed name``; one line each."""
        shown = [f"+ {word} {one.declared.name}" for one in self.added]
        for change in self.changed:
            shown.append(f"~ {word} {change.declared.name}")
            shown.extend(f"    {each}" for each in change.fields)
        for one in self.removed:
            shown.append(f"- {word} {one.name}")
            shown.extend([f"    {one.note}"] if one.note else [])
        shown.extend(f"  {word} {one.name}: {KEPT}" for one in self.kept)
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to add, change and remove.

    To apply it in one transaction: removals first (they free names and URLs), then changes in
    their order, then additions. A plan with ``conflicts`` cannot be applied; each is one line with its mend.
    """

    feeds: Section[DeclaredFeed, int] = field(default_factory=Section)
    hosts: Section[DeclaredHost, str] = field(default_factory=Section)
    entities: Section[DeclaredEntity, str] = field(default_factory=Section)
    topics: Section[Topic, str] = field(default_factory=Section)
    watches: Section[DeclaredWatch, int] = field(default_factory=Section)
    channels: Section[DeclaredChannel, int] = field(default_factory=Section)
    conflicts: tuple[str, ...] = ()

    @property
    def _sections(self) -> tuple[tuple[str, Section[Any, Any]], ...]:
        return (
            ("channel", self.channels),
            ("feed", self.feeds),
            ("host", self.hosts),
            ("entity", self.entities),
            ("topic", self.topics),
            ("watch", self.watches),
        )

    @property
    def is_empty(self) -> bool:
        """Whether applying it would change nothing."""
        return not self.conflicts and all(section.is_empty for _, section in self._sections)

    def lines(self) -> list[str]:
        """The difference for people: ``+`` added, ``~`` changed, ``-`` removed, ``!`` conflict."""
        shown = [f"! {conflict}" for conflict in self.conflicts]
        for word, section in self._sections:
            shown.extend(section.lines(word))
        return shown

    def summary(self) -> str:
        """How many of each, on one line: ``24 to add, 1 to change, 0 to remove``."""
        sections = [section for _, section in self._sections]
        added = sum(len(section.added) for section in sections)
        changed = sum(len(section.changed) for section in sections)
        removed = sum(len(section.removed) for section in sections)
        return f"{added} to add, {changed} to change, {removed} to remove"


def diff(declared: Catalogue, stored: Stored, *, prune: bool = False) -> Plan:
    """What it takes to make the store hold what is declared; ``prune`` removes what no longer is."""
    pairs = pair_feeds(declared.feeds, stored.feeds)
    feeds = _section(
        [(_paused_as_stored(one, old), old) for one, old in pairs],
        stored.feeds,
        fields=_feed_fields,
        id_of=lambda feed: feed.id,
        owned=lambda feed: feed.declared,
        prune=prune,
    )
    topics = _section(
        _pair(declared.topics, stored.topics, _key, _key),
        stored.topics,
        fields=_topic_fields,
        id_of=_key,
        owned=lambda _: True,
        prune=prune,
    )
    watches = _watches(declared.watches, stored, prune=prune)
    from_file = stored.declared_entities
    return Plan(
        feeds=feeds,
        hosts=_section(
            _pair(declared.hosts, stored.hosts, _name, _name),
            stored.hosts,
            fields=_host_fields,
            id_of=lambda host: host.name,
            owned=lambda _: True,
            prune=prune,
        ),
        entities=_section(
            _pair(declared.entities, stored.entities, _entity_key, _entity_key),
            stored.entities,
            fields=_entity_fields,
            id_of=lambda entity: entity.key,
            owned=lambda entity: from_file is None or entity.key in from_file,
            prune=prune,
        ),
        topics=topics,
        watches=watches,
        channels=_section(
            _pair(declared.channels, stored.channels, _name, _name),
            stored.channels,
            fields=_channel_fields,
            id_of=lambda channel: channel.id,
            owned=lambda channel: channel.declared,
            prune=prune,
        ),
        conflicts=(
            *conflicts(pairs, stored.feeds, removed={one.id for one in feeds.removed}),
            *still_named(
                {one.id for one in topics.removed}, stored.topics, _undeclared(watches, stored)
            ),
        ),
    )


def _watches(
    declared: Iterable[DeclaredWatch], stored: Stored, *, prune: bool
) -> Section[DeclaredWatch, int]:
    section = _section(
        _pair(declared, stored.watches, _name, _name),
        stored.watches,
        fields=_watch_fields,
        id_of=lambda watch: watch.id,
        owned=lambda watch: watch.declared,
        prune=prune,
    )
    return replace(
        section,
        removed=tuple(
            replace(one, note=untold(stored.waiting.get(one.id, 0))) for one in section.removed
        ),
    )


def untold(stories: int) -> str:
    """What becomes of the stories that wait for a digest of a watch that is removed."""
    if not stories:
        return ""
    return f"{stories} {'story waits' if stories == 1 else 'stories wait'} for a digest: not told"


def _undeclared(watches: Section[DeclaredWatch, int], stored: Stored) -> Iterator[Watch]:
    """The stored watches that stay as they are and that no file speaks for."""
    gone = {one.id for one in watches.removed} | {one.id for one in watches.changed}
    same = set(watches.unchanged)
    return (one for one in stored.watches if one.id not in gone and one.name not in same)


# ---------------------------------------------------------------------------- which is which


def _pair(
    declared: Iterable[Any],
    stored: Iterable[Any],
    key: Callable[[Any], object],
    stored_key: Callable[[Any], object],
) -> list[tuple[Any, Any]]:
    known = {stored_key(one): one for one in stored}
    return [(one, known.get(key(one))) for one in declared]


def _name(thing: Any) -> object:
    return thing.name


def _key(thing: Any) -> object:
    return thing.key


def _entity_key(entity: DeclaredEntity | Entity) -> object:
    return entity.kind, entity.name.casefold()


def _paused_as_stored(declared: DeclaredFeed, stored: Feed | None) -> DeclaredFeed:
    if stored is None or declared.paused is not None:
        return declared
    return replace(declared, paused=stored.state is FeedState.PAUSED)


# ------------------------------------------------------------------------------ what differs


def _section(
    pairs: Sequence[tuple[Any, Any]],
    stored: Iterable[Any],
    *,
    fields: Callable[[Any, Any], tuple[FieldChange, ...]],
    id_of: Callable[[Any], Any],
    owned: Callable[[Any], bool],
    prune: bool,
) -> Section[Any, Any]:
    differences = [(new, old, fields(new, old)) for new, old in pairs if old is not None]
    paired = {id_of(old) for _, old, _ in differences}
    gone = tuple(
        Removal(id_of(one), one.name) for one in stored if id_of(one) not in paired and owned(one)
    )
    return Section(
        added=tuple(Addition(new) for new, old in pairs if old is None),
        changed=tuple(
            Change(id_of(old), new, differs) for new, old, differs in differences if differs
        ),
        removed=gone if prune else (),
        kept=() if prune else gone,
        unchanged=tuple(new.name for new, _, differs in differences if not differs),
    )


def _changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(name, _shown(old.get(name)), _shown(new.get(name)))
        for name in dict.fromkeys([*old, *new])
        if old.get(name) != new.get(name)
    )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None or value == "" else str(value)


def show_duration(length: timedelta) -> str:
    """A length of time as feeds.yaml writes it: ``15m``, ``6h``."""
    seconds = length.total_seconds()
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.0f}{unit}"
    return f"{seconds:.3f}".rstrip("0").rstrip(".") + "s"


def _feed_fields(new: DeclaredFeed, old: Feed) -> tuple[FieldChange, ...]:
    plain = ("name", "outlet", "language", "tags", "interval", "backfill")
    before = {"url": old.url} | {name: getattr(old, name) for name in plain}
    after = {"url": new.address} | {name: getattr(new, name) for name in plain}
    if old.declared and new.address == old.url:  # the file has caught up with a move, or lags more
        before["declared url"], after["declared url"] = old.declared_url or old.url, new.url
    if old.state is not FeedState.RETIRED:
        before["paused"], after["paused"] = old.state is FeedState.PAUSED, bool(new.paused)
    options = _option_fields(new.options, old.options)
    return _changes(before | {"declared": old.declared}, after | {"declared": True}) + options


def _option_fields(new: FeedOptions, old: FeedOptions) -> tuple[FieldChange, ...]:
    """Of what may be confidential only that it changes is shown."""
    names = [one.name for one in dataclass_fields(FeedOptions)]
    before = {name: getattr(old, name) for name in names}
    after = {name: getattr(new, name) for name in names}
    hidden = tuple(
        FieldChange(name, *_presence(name, _given(before), _given(after)))
        for name in names
        if name in HIDDEN and before[name] != after[name]
    )
    plain = _changes(
        {SHOWN_AS.get(name, name): before[name] for name in names if name not in HIDDEN},
        {SHOWN_AS.get(name, name): after[name] for name in names if name not in HIDDEN},
    )
    return plain + hidden


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value}


def _host_fields(new: DeclaredHost, old: DeclaredHost) -> tuple[FieldChange, ...]:
    return _changes({"crawl_delay": old.crawl_delay}, {"crawl_delay": new.crawl_delay})


def _entity_fields(new: DeclaredEntity, old: Entity) -> tuple[FieldChange, ...]:
    plain = ("name", "aliases", "countries", "role", "unmistakable")
    return _changes(
        {name: getattr(old, name) for name in plain}, {name: getattr(new, name) for name in plain}
    )


def _topic_fields(new: Topic, old: Topic) -> tuple[FieldChange, ...]:
    return _changes(
        {"name": old.name, "examples": old.examples}, {"name": new.name, "examples": new.examples}
    )


def _watch_fields(new: DeclaredWatch, old: Watch) -> tuple[FieldChange, ...]:
    plain = ("query", "channels", "enabled")
    before = {name: getattr(old, name) for name in plain} | {"declared": old.declared}
    after = {name: getattr(new, name) for name in plain} | {"declared": True}
    return _changes(before | _policy_fields(old.policy), after | _policy_fields(new.policy))


def _policy_fields(policy: Policy) -> dict[str, Any]:
    written = write_policy(policy)
    updates = written.pop("updates", {})
    return written | {f"updates.{key}": value for key, value in updates.items()}


def _channel_fields(new: DeclaredChannel, old: Channel) -> tuple[FieldChange, ...]:
    """Of a configuration only the keys are shown: what stands there may be confidential."""
    keys = dict.fromkeys([*old.config, *new.config])
    differs = tuple(
        FieldChange(key, *_presence(key, old.config, new.config))
        for key in keys
        if key not in old.config or key not in new.config or old.config[key] != new.config[key]
    )
    plain = _changes(
        {"kind": old.kind, "declared": old.declared}, {"kind": new.kind, "declared": True}
    )
    return plain + differs


def _presence(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    if key not in old:
        return "none", "(set)"
    return ("(set)", "none") if key not in new else ("(old value)", "(new value)")
