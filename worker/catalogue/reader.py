"""feeds.yaml -> Catalogue, or every mistake in it at once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import yaml

from worker.alerts.policy import POLICY_KEYS
from worker.catalogue.declared import (
    Catalogue,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredHost,
    DeclaredWatch,
    Defaults,
    Pace,
)
from worker.catalogue.destinations import ValidateChannel, read_channel
from worker.catalogue.document import YamlError, compose, describe, is_nothing
from worker.catalogue.fields import (
    Seen,
    read_channel_names,
    read_countries,
    read_entity_kind,
    read_language,
    read_policy_keys,
    read_query,
    read_slug,
    read_url,
)
from worker.catalogue.mistakes import CatalogueError
from worker.catalogue.names import host_problem, name_from_url
from worker.catalogue.options import OPTION_KEYS, paced, read_options, read_pace
from worker.catalogue.table import Notes, Table, Written, items, text_of
from worker.catalogue.topics import read_topics
from worker.model import FeedOptions, Policy, Topic

SECTIONS = ("defaults", "feeds", "hosts", "entities", "topics", "watches", "channels")
DEFAULTS_KEYS = ("interval", "channels", "backfill", *POLICY_KEYS)
FEED_KEYS = (
    "name",
    "url",
    "outlet",
    "language",
    "tags",
    "interval",
    "backfill",
    "paused",
    *OPTION_KEYS,
)
HOST_KEYS = ("host", "crawl_delay")
ENTITY_KEYS = ("kind", "name", "aliases", "countries", "role", "unmistakable")
WATCH_KEYS = ("name", "query", "channels", "enabled", *POLICY_KEYS)


CheckQuery = Callable[..., object]
"""Judges a query, given its text and the topics of the file, if there are any."""


def read_catalogue(
    text: str,
    *,
    filename: str,
    environ: Mapping[str, str],
    known_kinds: Collection[str] | None = None,
    validate_channel: ValidateChannel | None = None,
    check_query: CheckQuery | None = None,
    sections: Collection[str] = SECTIONS,
) -> Catalogue:
    """Read the text of a catalogue file; raises CatalogueError with all its mistakes.

    ``filename`` is only named in mistakes. ``environ`` fills ``${NAME}``; feed URLs and channel
    configurations keep their references and are only judged with them filled in.
    ``known_kinds`` and ``validate_channel`` judge channels; without them any kind and
    configuration will do. ``check_query`` raises QueryError; the default parses the query. Where
    the file declares topics, it is given those too.
    ``sections`` names the parts to read; the rest of the file is not looked at.
    """
    notes = Notes(text, environ)
    reader = _Reader(
        notes=notes,
        sections=sections,
        known_kinds=known_kinds,
        validate_channel=validate_channel,
        check_query=check_query or _parse_query,
    )
    try:
        root = compose(text)
    except YamlError as error:
        raise CatalogueError(filename, [error.mistake]) from None
    catalogue = reader.read(root) if root is not None else Catalogue()
    if notes.mistakes:
        raise CatalogueError(filename, notes.mistakes)
    return catalogue


def _parse_query(text: str, topics: Sequence[Topic] = ()) -> object:
    from worker.watches.query import parse_query
    from worker.watches.resolve import with_topics

    return parse_query(text, with_topics(lambda _kind, _name: None, topics))


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Reads section after section; see ``read_catalogue`` for the fields."""

    notes: Notes
    sections: Collection[str]
    known_kinds: Collection[str] | None
    validate_channel: ValidateChannel | None
    check_query: CheckQuery

    def read(self, root: yaml.Node) -> Catalogue:
        if is_nothing(root):
            return Catalogue()
        if not isinstance(root, yaml.MappingNode):
            mend = f"begin it with one of: {', '.join(SECTIONS)}"
            self.notes.note(root, f"the file is {describe(root)}", mend)
            return Catalogue()
        top = Table(root, self.notes, "the file", SECTIONS)
        channels = self._channels(top)
        known = [one.name for one in channels] if "channels" in self.sections else None
        defaults = self._defaults(top, known)
        topics = read_topics(self._elements(top, "topics"), self.notes)
        if topics:
            self.check_query = partial(self.check_query, topics=topics)
        return Catalogue(
            defaults=defaults,
            feeds=self._feeds(top, defaults),
            hosts=self._hosts(top),
            entities=self._entities(top),
            topics=topics,
            watches=self._watches(top, defaults, known),
            channels=channels,
        )

    def _elements(self, top: Table, section: str) -> Iterator[yaml.Node]:
        node = top.value(section)
        if node is not None and section in self.sections:
            yield from items(node, self.notes, f"'{section}'")

    def _defaults(self, top: Table, known: Sequence[str] | None) -> Defaults:
        node = top.value("defaults")
        if node is None or is_nothing(node) or "defaults" not in self.sections:
            return Defaults()
        table = Table(node, self.notes, "'defaults'", DEFAULTS_KEYS)
        return Defaults(
            pace=read_pace(table) or Pace(),
            channels=read_channel_names(table, known),
            backfill=table.count("backfill") or 0,
            policy=read_policy_keys(table, Policy()),
        )

    # ---------------------------------------------------------------------------- feeds

    def _feeds(self, top: Table, defaults: Defaults) -> tuple[DeclaredFeed, ...]:
        names, urls = Seen(self.notes, "feed"), Seen(self.notes, "feed with the address")
        read = (
            self._bare_feed(node, defaults, names, urls)
            if isinstance(node, yaml.ScalarNode)
            else self._feed(node, defaults, names, urls)
            for node in self._elements(top, "feeds")
        )
        return tuple(feed for feed in read if feed is not None)

    def _bare_feed(
        self, node: yaml.ScalarNode, defaults: Defaults, names: Seen, urls: Seen
    ) -> DeclaredFeed | None:
        url = read_url(text_of(node, self.notes, "a feed"), urls)
        if url is None:
            return None
        name = name_from_url(url.raw)
        if name:
            names.add(name, node, mend="write this one as {name: ..., url: ...}")
        else:
            mend = "write it as {name: ..., url: ...}"
            self.notes.note(node, "no name can be made of this address", mend)
        return DeclaredFeed(
            name=name,
            url=url.raw,
            interval=defaults.pace.interval,
            backfill=defaults.backfill,
            options=paced(FeedOptions(), defaults.pace),
        )

    def _feed(self, node: yaml.Node, defaults: Defaults, names: Seen, urls: Seen) -> DeclaredFeed:
        table = Table(node, self.notes, "a feed", FEED_KEYS)
        url = read_url(table.text("url", required="add its address: 'url: https://...'"), urls)
        suggested = (name_from_url(url.raw) if url else "") or "bbc-world"
        pace, backfill = read_pace(table) or defaults.pace, table.count("backfill")
        return DeclaredFeed(
            name=read_slug(table, names, f"add 'name: {suggested}'"),
            url=url.raw if url else "",
            outlet=_value(table.text("outlet")),
            language=read_language(table),
            tags=_values(table.texts("tags")),
            interval=pace.interval,
            backfill=defaults.backfill if backfill is None else backfill,
            paused=table.flag("paused"),
            options=paced(read_options(table), pace),
        )

    # ---------------------------------------------------------------------------- hosts

    def _hosts(self, top: Table) -> tuple[DeclaredHost, ...]:
        seen = Seen(self.notes, "host")
        read = (self._host(node, seen) for node in self._elements(top, "hosts"))
        return tuple(host for host in read if host is not None)

    def _host(self, node: yaml.Node, seen: Seen) -> DeclaredHost | None:
        table = Table(node, self.notes, "a host", HOST_KEYS)
        name = table.text("host", required="add the host, as 'host: example.org'")
        delay = table.duration("crawl_delay")
        if "crawl_delay" not in table.found:
            table.missing("crawl_delay", "add the pause between two requests, as 10s")
        if name is None or delay is None:
            return None
        problem = host_problem(name.value)
        if problem:
            self.notes.note(name.node, *problem)
        seen.add(name.value, name.node, mend="keep one")
        return DeclaredHost(name=name.value.lower(), crawl_delay=delay)

    # ------------------------------------------------------------- entities and watches

    def _entities(self, top: Table) -> tuple[DeclaredEntity, ...]:
        seen = Seen(self.notes, "entity")
        read = (self._entity(node, seen) for node in self._elements(top, "entities"))
        return tuple(entity for entity in read if entity is not None)

    def _entity(self, node: yaml.Node, seen: Seen) -> DeclaredEntity | None:
        table = Table(node, self.notes, "an entity", ENTITY_KEYS)
        kind = read_entity_kind(table)
        name = table.text("name", required="add the name it is best known by")
        aliases = _values(table.texts("aliases"))
        countries = read_countries(table)
        role = _value(table.text("role"))
        unmistakable = table.flag("unmistakable")
        if kind is None or name is None:
            return None
        mend = "put all aliases in one entity"
        seen.add(f"{kind.value} {name.value}", name.node, shown=name.value, mend=mend)
        return DeclaredEntity(
            kind=kind,
            name=name.value,
            aliases=tuple(one for one in aliases if one != name.value),
            countries=countries,
            role=role,
            unmistakable=unmistakable is True,
        )

    def _watches(
        self, top: Table, defaults: Defaults, known: Sequence[str] | None
    ) -> tuple[DeclaredWatch, ...]:
        seen = Seen(self.notes, "watch")
        read = (self._watch(node, seen, defaults, known) for node in self._elements(top, "watches"))
        return tuple(watch for watch in read if watch is not None)

    def _watch(
        self, node: yaml.Node, seen: Seen, defaults: Defaults, known: Sequence[str] | None
    ) -> DeclaredWatch | None:
        table = Table(node, self.notes, "a watch", WATCH_KEYS)
        name = table.text("name", required="add a name for it")
        query = read_query(table, self.check_query)
        channels = read_channel_names(table, known)
        enabled = table.flag("enabled")
        policy = read_policy_keys(table, defaults.policy)
        if "channels" not in table.found:
            channels = defaults.channels
            if channels is None and known is not None:
                table.missing(
                    "channels",
                    "name some, or set 'channels' in 'defaults'; 'channels: []' rings nowhere",
                )
        if name is None or query is None:
            return None
        seen.add(name.value, name.node, mend="give one of them another name")
        return DeclaredWatch(
            name=name.value,
            query=query,
            channels=channels or (),
            enabled=enabled is not False,
            policy=policy,
        )

    # ------------------------------------------------------------------------- channels

    def _channels(self, top: Table) -> tuple[DeclaredChannel, ...]:
        seen = Seen(self.notes, "channel")
        return tuple(
            read_channel(
                node,
                self.notes,
                seen,
                known_kinds=self.known_kinds,
                validate=self.validate_channel,
            )
            for node in self._elements(top, "channels")
        )


def _value(written: Written | None) -> str:
    return written.value if written else ""


def _values(written: Sequence[Written] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.value for one in written or ()))
