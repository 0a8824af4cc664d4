"""Releases what was held: all that is due of one kind for one channel becomes one digest."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from sqlalchemy import Connection

from worker.alerts.digest_form import how_many
from worker.alerts.digests import Waited, choose, make_digest, title_of
from worker.model import Digest, HeldKind, StoryLine
from worker.observe import logger
from worker.store import held
from worker.store.notices import PlannedNotice, plan_notice, story_lines
from worker.store.stories import outlets_of
from worker.store.watches import names_and_queries

log = logger(__name__)


def release_digests(connection: Connection, *, now: datetime) -> list[int]:
    """Plan a digest for each channel and kind of which something is due. Gives delivery ids."""
    if not held.anything_due(connection):
        return []
    planned: list[int] = []
    for (channel, kind), rows in groupby(
        held.due(connection), key=lambda one: (one.channel, one.kind)
    ):
        waiting = list(rows)
        digest = digest_of(
            connection,
            [_waited(one) for one in waiting],
            title=title_of(kind),
            until=now,
            told={(one.watch_id, -one.id): one.line for one in waiting if one.line is not None},
        )
        if kind is HeldKind.BACKFILL:
            digest = _from_first_story(digest)
        notice = plan_notice(
            connection,
            PlannedNotice(
                content=digest,
                once=f"held:{min(one.id for one in waiting)}",
                reason=_reason(digest),
                channels=(channel,),
            ),
        )
        held.release(connection, [one.id for one in waiting], notice.alert_id)
        planned += notice.deliveries
        log.info("digest planned", channel=channel, kind=kind.value, stories=digest.total)
    return planned


def digest_of(
    connection: Connection,
    waited: Sequence[Waited],
    *,
    title: str,
    until: datetime,
    told: Mapping[tuple[int, int], StoryLine] | None = None,
) -> Digest:
    """The digest of matches, with their articles, outlets and evidence as they are now.

    ``told`` are the lines of what is of no story, by watch and (negative) number.
    """
    listed = choose(waited, outlets_of(connection, {one.story_id for one in waited}))
    lines = story_lines(connection, [one.pair for one in listed if one.item_id > 0])
    return make_digest(
        waited,
        listed,
        {**lines, **(told or {})},
        names_and_queries(connection, {one.watch_id for one in waited}),
        title=title,
        until=until,
    )


def _from_first_story(digest: Digest) -> Digest:
    """What looks back begins with its first story: all of it was found at once, just now."""
    times = [one.at for section in digest.sections for one in section.stories]
    return replace(digest, since=min([digest.since, *times]))


def _waited(one: held.Held) -> Waited:
    # What is of no story has a number below 0, that no story and no item has.
    return Waited(
        watch_id=one.watch_id,
        story_id=one.story_id or -one.id,
        item_id=one.item_id or -one.id,
        reason=one.reason,
        at=one.held_at,
    )


def _reason(digest: Digest) -> str:
    return f"{digest.title.lower()}: {how_many(digest.total, digest.sections)}"
