"""Counts stories for watches that ring for a rate, as part of tagging."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from worker.alerts.spikes import counted_at
from worker.jobs.bench import Bench
from worker.model import Article, Confidence, Item, Mention
from worker.store import spikes
from worker.watches.context import Context
from worker.watches.matcher import Matcher


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """An item, the story it is of, and the spike watches that it counts for."""

    item: Item
    article: Article
    story_id: int
    watch_ids: Sequence[int]


def rated_by(
    bench: Bench, item: Item, article: Article, mentions: Sequence[Mention], context: Context
) -> tuple[int, ...]:
    """The spike watches that an item counts for.

    Old news of a feed just added, an edit, and what is only possibly meant count for none.
    """
    if item.baseline or item.revision:
        return ()
    return counted_by(bench.matcher, article, mentions, context)


def counted_by(
    matcher: Matcher, article: Article, mentions: Sequence[Mention], context: Context
) -> tuple[int, ...]:
    """The spike watches that count an article: what is only possibly meant does not count."""
    found = matcher.spiking.match(article, mentions, context=context)
    return tuple(one.watch_id for one in found if one.confidence is not Confidence.POSSIBLE)


def count_rates(connection: Connection, rated: Sequence[Rated]) -> None:
    """Note that something was read in these hours, and which stories count for which watches."""
    spikes.cover(connection, [one.item.seen_at for one in rated])
    spikes.count(
        connection,
        [
            spikes.Sighting(
                watch_id=watch_id,
                story_id=one.story_id,
                item_id=one.item.id,
                at=counted_at(one.article.published, one.item.seen_at),
            )
            for one in rated
            for watch_id in one.watch_ids
        ],
    )
