"""Applying a catalogue: what it changes in the store, in the caller's one transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from worker.catalogue import (
    Catalogue,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredHost,
    DeclaredWatch,
    Plan,
    Stored,
    diff,
)
from worker.model import Entity, FeedState
from worker.store import entities, feeds, held, hosts, topics, watches
from worker.store.engine import StoreError
from worker.store.feeds import NewFeed
from worker.tagging.gazetteer import entity_key


def read_stored(connection: Connection) -> Stored:
    """What the store holds, to compare a catalogue with."""
    return Stored(
        feeds=tuple(feeds.all_feeds(connection)),
        hosts=_hosts(connection),
        entities=tuple(entities.all_entities(connection)),
        topics=tuple(topics.all_topics(connection)),
        watches=tuple(watches.all_watches(connection)),
        channels=tuple(watches.all_channels(connection)),
        declared_entities=frozenset(entities.declared_entities(connection)),
        waiting=held.waiting_by_watch(connection),
    )


def apply(connection: Connection, declared: Catalogue, *, prune: bool = False) -> Plan:
    """Make the store hold what is declared. Gives what that took.

    Raises StoreError, one line a conflict, when the plan cannot be carried out.
    """
    plan = diff(declared, read_stored(connection), prune=prune)
    if plan.conflicts:
        raise StoreError("\n".join(plan.conflicts))
    _remove(connection, plan)
    for channel in plan.channels.changed:
        watches.put_channel(connection, channel_id=channel.id, **_channel(channel.declared))
    for channel_added in plan.channels.added:
        watches.put_channel(connection, **_channel(channel_added.declared))
    for feed in plan.feeds.changed:
        feeds.put_feed(connection, feed_id=feed.id, **_feed(feed.declared))
    feeds.add_feeds(connection, [NewFeed(**_feed(one.declared)) for one in plan.feeds.added])
    _spare_hosts(connection, plan)
    new = [_entity(one.declared, one.id) for one in plan.entities.changed]
    new += [_entity(one.declared) for one in plan.entities.added]
    entities.put_entities(connection, new, source="feeds.yaml", declared=True)
    entities.learn_names(connection, new)
    changed = [one.declared for one in plan.topics.changed]
    topics.put_topics(connection, changed + [one.declared for one in plan.topics.added])
    for watch in plan.watches.changed:
        watches.put_watch(connection, watch_id=watch.id, **_watch(watch.declared))
    for watch_added in plan.watches.added:
        watches.put_watch(connection, **_watch(watch_added.declared))
    return plan


def _spare_hosts(connection: Connection, plan: Plan) -> None:
    """Declare the hosts of a plan; those it keeps stay declared."""
    if plan.hosts.is_empty:
        return
    gone = {one.id for one in plan.hosts.removed}
    delays = hosts.declared_crawl_delays(connection)
    delays |= {one.declared.name: one.declared.crawl_delay for one in plan.hosts.changed}
    delays |= {one.declared.name: one.declared.crawl_delay for one in plan.hosts.added}
    hosts.set_crawl_delays(
        connection, {name: delay for name, delay in delays.items() if name not in gone}
    )


def _hosts(connection: Connection) -> tuple[DeclaredHost, ...]:
    delays = hosts.declared_crawl_delays(connection)
    return tuple(DeclaredHost(name=name, crawl_delay=delay) for name, delay in delays.items())


def _remove(connection: Connection, plan: Plan) -> None:
    watches.remove_watches(connection, [one.id for one in plan.watches.removed])
    feeds.remove_feeds(connection, [one.id for one in plan.feeds.removed])
    watches.remove_channels(connection, [one.id for one in plan.channels.removed])
    entities.remove_entities(connection, [one.id for one in plan.entities.removed])
    topics.remove_topics(connection, [one.id for one in plan.topics.removed])


def _feed(declared: DeclaredFeed) -> Mapping[str, Any]:
    return {
        "name": declared.name,
        "url": declared.address,
        "outlet": declared.outlet,
        "language": declared.language,
        "tags": declared.tags,
        "interval": declared.interval,
        "backfill": declared.backfill,
        "options": declared.options,
        "state": FeedState.PAUSED if declared.paused else FeedState.ACTIVE,
        "declared_url": declared.url,
    }


def _watch(declared: DeclaredWatch) -> Mapping[str, Any]:
    return {
        "name": declared.name,
        "query": declared.query,
        "channels": declared.channels,
        "enabled": declared.enabled,
        "declared": True,
        "policy": declared.policy,
    }


def _channel(declared: DeclaredChannel) -> Mapping[str, Any]:
    return {
        "name": declared.name,
        "kind": declared.kind,
        "config": declared.config,
        "declared": True,
    }


def _entity(declared: DeclaredEntity, key: str = "") -> Entity:
    return Entity(
        kind=declared.kind,
        key=key or entity_key(declared.kind, declared.name),
        name=declared.name,
        aliases=declared.aliases,
        countries=declared.countries,
        role=declared.role,
        unmistakable=declared.unmistakable,
    )
