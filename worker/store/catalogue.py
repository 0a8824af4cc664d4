"""Applying a catalogue: what it changes in the store, in the caller's one transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection

from worker.catalogue import (
    Catalogue,
    DeclaredChannel,
    DeclaredEntity,
    DeclaredFeed,
    DeclaredWatch,
    Plan,
    Stored,
    diff,
)
from worker.model import Entity, FeedState
from worker.store import feeds, watches
from worker.store.engine import StoreError
from worker.tagging.gazetteer import entity_key


def read_stored(connection: Connection) -> Stored:
    """What the store holds, to compare a catalogue with."""
    return Stored(
        feeds=tuple(feeds.all_feeds(connection)),
        entities=tuple(watches.all_entities(connection)),
        watches=tuple(watches.all_watches(connection)),
        channels=tuple(watches.all_channels(connection)),
        declared_entities=frozenset(watches.declared_entities(connection)),
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
    for feed_added in plan.feeds.added:
        feeds.put_feed(connection, **_feed(feed_added.declared))
    for entity in plan.entities.changed:
        watches.put_entity(connection, _entity(entity.declared, entity.id), declared=True)
    for entity_added in plan.entities.added:
        watches.put_entity(connection, _entity(entity_added.declared), declared=True)
    for watch in plan.watches.changed:
        watches.put_watch(connection, watch_id=watch.id, **_watch(watch.declared))
    for watch_added in plan.watches.added:
        watches.put_watch(connection, **_watch(watch_added.declared))
    return plan


def _remove(connection: Connection, plan: Plan) -> None:
    watches.remove_watches(connection, [one.id for one in plan.watches.removed])
    feeds.remove_feeds(connection, [one.id for one in plan.feeds.removed])
    watches.remove_channels(connection, [one.id for one in plan.channels.removed])
    watches.remove_entities(connection, [one.id for one in plan.entities.removed])


def _feed(declared: DeclaredFeed) -> Mapping[str, Any]:
    return {
        "name": declared.name,
        "url": declared.url,
        "outlet": declared.outlet,
        "language": declared.language,
        "tags": declared.tags,
        "interval": declared.interval,
        "backfill": declared.backfill,
        "state": FeedState.PAUSED if declared.paused else FeedState.ACTIVE,
        "declared": True,
    }


def _watch(declared: DeclaredWatch) -> Mapping[str, Any]:
    return {
        "name": declared.name,
        "query": declared.query,
        "channels": declared.channels,
        "enabled": declared.enabled,
        "declared": True,
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
    )
