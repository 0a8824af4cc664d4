"""The tables. SQLModel classes do not validate: rows become ``model`` values at this boundary.

Rows of feeds, watches and channels are never deleted, only marked ``removed_at``: what they
caused stays explainable, and a feed added again remembers which items it already knows.
"""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Interval,
    LargeBinary,
    Text,
    UniqueConstraint,
    func,
)
from sqlalchemy import text as literal
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB
from sqlmodel import Field, SQLModel

from worker.alerts.reasons import AlertReason
from worker.model import AlertKind, DeliveryState, HeldKind
from worker.store.watches import SPIKE_QUERY

MOMENT = DateTime(timezone=True)
NOW = func.now()
LIVING = literal("removed_at IS NULL")
#: Of tables whose rows change several times or go soon: vacuum comes at two parts of a hundred.
SOON = {"autovacuum_vacuum_scale_factor": "0.02", "autovacuum_analyze_scale_factor": "0.02"}


def _one_of(column: str, *words: str) -> CheckConstraint:
    """A check that a column holds one of a few words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def _id() -> Any:
    return Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )


def _text(*, default: str | None = "") -> Any:
    """A text column; ``default=None`` makes it required."""
    if default is None:
        return Field(sa_column=Column(Text, nullable=False))
    return Field(default=default, sa_column=Column(Text, nullable=False, server_default=default))


def _moment(*, required: bool = False, now: bool = False) -> Any:
    column = Column(MOMENT, nullable=not (required or now), server_default=NOW if now else None)
    return Field(default=None, sa_column=column)


def _json(empty: str) -> Any:
    return Field(
        default=None, sa_column=Column(JSONB, nullable=False, server_default=literal(f"'{empty}'"))
    )


def _flag(*, default: bool) -> Any:
    column = Column(Boolean, nullable=False, server_default=literal("true" if default else "false"))
    return Field(default=default, sa_column=column)


def _count(default: int = 0) -> Any:
    return Field(
        default=default, sa_column=Column(Integer, nullable=False, server_default=str(default))
    )


def _refers(to: str, *, required: bool = True, cascade: bool = False, key: bool = False) -> Any:
    column = Column(
        BigInteger,
        ForeignKey(to, ondelete="CASCADE" if cascade else None),
        nullable=not required,
        primary_key=key,
    )
    return Field(default=None, sa_column=column)


def _id_of(*, required: bool = True, key: bool = False) -> Any:
    """The id of a row elsewhere, unchecked: of a log that gets hundreds of rows for each article.

    Checking each would lock the row it names. Who writes holds the article, and deletes with it.
    """
    return Field(default=None, sa_column=Column(BigInteger, nullable=not required, primary_key=key))


def _bytes() -> Any:
    return Field(default=None, sa_column=Column(LargeBinary))


class FeedRow(SQLModel, table=True):
    """A polled URL and how it is to be polled."""

    __tablename__ = "feed"
    __table_args__ = (
        _one_of("state", "active", "paused", "retired"),
        Index("feed_name_living", "name", unique=True, postgresql_where=LIVING),
        Index("feed_url_living", "url", unique=True, postgresql_where=LIVING),
    )

    id: int = _id()
    name: str = _text(default=None)
    url: str = _text(default=None)
    title: str = _text()
    outlet: str = _text()
    language: str = _text()
    tags: Any = _json("[]")
    state: str = _text(default="active")
    interval: timedelta | None = Field(default=None, sa_column=Column(Interval))
    backfill: int = _count()
    declared: bool = _flag(default=False)
    declared_url: str = _text()
    options: Any = _json("{}")
    aliases: Any = _json("[]")
    created_at: datetime = _moment(now=True)
    removed_at: datetime | None = _moment()


class PollRow(SQLModel, table=True):
    """The schedule of a feed, its validators and what past polls taught: what each poll writes.

    ``due_at`` is when the feed may be claimed: the next poll, the end of a claim, or never
    (NULL) for one that is not active. Claiming moves it on, so the head of its index holds no
    feed that somebody has already. ``in_line``: it was due, and waits for its turn at its host.
    ``whole_at``: when all entries of its document were last compared with what is known.
    """

    __tablename__ = "poll"
    __table_args__ = (Index("poll_due", "due_at"), {"postgresql_with": {"fillfactor": "80"} | SOON})

    feed_id: int = _refers("feed.id", cascade=True, key=True)
    due_at: datetime | None = _moment()
    next_poll_at: datetime = _moment(now=True)
    lease_owner: str = _text()
    host: str = _text()
    in_line: bool = _flag(default=False)
    first_polled_at: datetime | None = _moment()
    last_polled_at: datetime | None = _moment()
    last_ok_at: datetime | None = _moment()
    failures: int = _count()
    last_status: int | None = Field(default=None, sa_column=Column(Integer))
    last_error: str = _text()
    reason: str = _text()
    etag: bytes | None = _bytes()
    last_modified: bytes | None = _bytes()
    body_hash: bytes | None = _bytes()
    entry_hashes: bytes | None = _bytes()
    rhythm: bytes | None = _bytes()
    history: bytes | None = _bytes()
    standing: Any = _json("{}")
    whole_at: datetime | None = _moment()


class HostRow(SQLModel, table=True):
    """A host that is spared: one request at a time, and a gap between them.

    ``free_at`` is when it may be asked again, ``busy_until`` how long a claim on it lasts that was
    made at ``taken_at``. Feeds that wait for it stand in a line that ends at ``line_until``, each
    ``pace`` after the one before: how long a turn and its gap took of late. ``scope`` is the row
    whose turn is taken instead, where hosts of one domain limit us together; ``limited_at`` is when
    it last did. ``crawl_delay`` is its own gap, declared or learned from robots.txt, which is kept
    as it was at ``robots_at``; since ``robots_lost_at`` none could be had.
    """

    __tablename__ = "host"
    __table_args__ = (
        Index("host_limited", "limited_at", postgresql_where=literal("limited_at IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "70"} | SOON},
    )

    name: str = Field(sa_column=Column(Text, primary_key=True))
    free_at: datetime = _moment(now=True)
    busy_until: datetime | None = _moment()
    taken_at: datetime | None = _moment()
    lease_owner: str = _text()
    line_until: datetime | None = _moment()
    pace: timedelta | None = Field(default=None, sa_column=Column(Interval))
    crawl_delay: timedelta | None = Field(default=None, sa_column=Column(Interval))
    declared: bool = _flag(default=False)
    scope: str | None = Field(default=None, sa_column=Column(Text))
    limited_at: datetime | None = _moment()
    robots: str | None = Field(default=None, sa_column=Column(Text))
    robots_status: int | None = Field(default=None, sa_column=Column(Integer))
    robots_at: datetime | None = _moment()
    robots_lost_at: datetime | None = _moment()


class EventRow(SQLModel, table=True):
    """What happened to a feed. ``announced_at`` is when watches were asked whether it rings."""

    __tablename__ = "event"
    __table_args__ = (
        Index("event_feed", "feed_id", "id"),
        Index("event_owed", "id", postgresql_where=literal("announced_at IS NULL")),
    )

    id: int = _id()
    feed_id: int = _refers("feed.id", cascade=True)
    kind: str = _text(default=None)
    detail: str = _text()
    at: datetime = _moment(now=True)
    announced_at: datetime | None = _moment()


class StoryRow(SQLModel, table=True):
    """Articles from any number of outlets that report the same event.

    ``follows`` is the story whose affair it takes up again, ``merged_into`` the one that all its
    articles were put into.
    """

    __tablename__ = "story"
    __table_args__ = (
        Index("story_updated", "updated_at"),
        Index("story_follows", "follows", postgresql_where=literal("follows IS NOT NULL")),
        Index("story_merged", "merged_into", postgresql_where=literal("merged_into IS NOT NULL")),
    )

    id: int = _id()
    title: str = _text()
    items: int = _count()
    created_at: datetime = _moment(now=True)
    updated_at: datetime = _moment(now=True)
    follows: int | None = _refers("story.id", required=False)
    merged_into: int | None = _refers("story.id", required=False)


class StoryItemRow(SQLModel, table=True):
    """The story of an item, and why: ``near`` is the item that decided it, with its figures."""

    __tablename__ = "story_item"
    __table_args__ = (Index("story_item_outlet", "story_id", "outlet"),)

    item_id: int = _refers("item.id", cascade=True, key=True)
    story_id: int = _refers("story.id")
    outlet: str = _text()
    reason: str = _text()
    near: int | None = Field(default=None, sa_column=Column(BigInteger))
    figures: Any = _json("{}")
    joined_at: datetime = _moment(now=True)


class StoryChangeRow(SQLModel, table=True):
    """A merger or a split that somebody asked for: what went from one story to another."""

    __tablename__ = "story_change"
    __table_args__ = (
        _one_of("kind", "merged", "split"),
        Index("story_change_from", "from_id"),
        Index("story_change_to", "to_id"),
    )

    id: int = _id()
    kind: str = _text(default=None)
    from_id: int = _refers("story.id")
    to_id: int = _refers("story.id")
    items: Any = _json("[]")
    at: datetime = _moment(now=True)


class SketchRow(SQLModel, table=True):
    """What an article of the last days is compared by; ``keys`` are those of ``sketch_key``.

    Rows are added one transaction after the other, so their ids tell what came since a look.
    """

    __tablename__ = "sketch"
    __table_args__ = (Index("sketch_made", "made_at"), {"postgresql_with": SOON})

    id: int = _id()
    item_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("item.id", ondelete="CASCADE"), nullable=False, unique=True
        )
    )
    features: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    keys: Any = Field(sa_column=Column(ARRAY(BigInteger), nullable=False))
    made_at: datetime = _moment(now=True)


class SketchKeyRow(SQLModel, table=True):
    """A key that a sketch is found by."""

    __tablename__ = "sketch_key"
    __table_args__ = {"postgresql_with": SOON}

    key: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    sketch_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))


class RarityRow(SQLModel, table=True):
    """How often terms stand in articles, as ``worker.stories.rarity`` packs it: one row.

    ``counted`` is the last sketch that was counted.
    """

    __tablename__ = "rarity"

    noun: str = Field(sa_column=Column(Text, primary_key=True))
    articles: int = _count()
    counts: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    counted: int = Field(
        default=0, sa_column=Column(BigInteger, nullable=False, server_default="0")
    )


class ItemRow(SQLModel, table=True):
    """An entry decided to be new, stored once, with its lifecycle and its claim.

    ``next_attempt_at`` is when work on it may be tried, ``enqueued_at`` when a worker was last
    woken for it; the sweep compares the two. ``retag`` asks for new tags for its article, "quiet"
    without and "ring" with alerts for what only they match; "failed": it was tried in vain, ``reason``.
    """

    __tablename__ = "item"
    __table_args__ = (
        _one_of("state", "discovered", "fetched", "tagged", "failed", "held"),
        _one_of("retag", "", "quiet", "ring", "failed"),
        UniqueConstraint("feed_id", "identity", name="item_identity"),
        Index("item_link", "feed_id", "link"),
        Index("item_held", "feed_id", postgresql_where=literal("state = 'held'")),
        Index(
            "item_owed",
            "next_attempt_at",
            postgresql_where=literal("state IN ('discovered', 'fetched')"),
        ),
        Index("item_seen", "seen_at"),
        Index("item_feed_seen", "feed_id", "seen_at"),
        Index("item_story", "story_id"),
        Index("item_tagged", "tagged_at", "id"),
        Index("item_url", "url", postgresql_using="hash"),
        Index("item_retag", "id", postgresql_where=literal("retag <> ''")),
        Index("item_failed", "id", postgresql_where=literal("state = 'failed'")),
        {"postgresql_with": SOON},
    )

    id: int = _id()
    feed_id: int = _refers("feed.id")
    identity: str = _text(default=None)
    fingerprint: str = _text(default=None)
    link: int | None = Field(default=None, sa_column=Column(BigInteger))
    guid: str = _text()
    url: str = _text()
    title: str = _text()
    summary: str = _text()
    content: str = _text()
    authors: Any = _json("[]")
    categories: Any = _json("[]")
    language: str = _text()
    published_at: datetime | None = _moment()
    updated_at: datetime | None = _moment()
    date_rule: str = _text()
    enclosures: Any = _json("[]")
    seen_at: datetime = _moment(now=True)
    baseline: bool = _flag(default=False)
    revision: int = _count()
    state: str = _text(default="discovered")
    reason: str = _text()
    attempts: int = _count()
    deaths: int = _count()
    next_attempt_at: datetime = _moment(now=True)
    enqueued_at: datetime | None = _moment()
    lease_until: datetime | None = _moment()
    lease_owner: str = _text()
    tagged_at: datetime | None = _moment()
    story_id: int | None = _refers("story.id", required=False)
    retag: str = _text()
    retag_attempts: int = _count()


class GoneRow(SQLModel, table=True):
    """What a deleted item is known by while its feed may still offer it; see ``worker.store.gone``.

    ``offered_at``: when its feed is known to have offered it last.
    """

    __tablename__ = "gone"
    __table_args__ = (Index("gone_link", "feed_id", "link"),)

    feed_id: int = _refers("feed.id", key=True)
    identity: str = Field(sa_column=Column(Text, primary_key=True))
    fingerprint: str = _text(default=None)
    link: int | None = Field(default=None, sa_column=Column(BigInteger))
    title: str = _text()
    published_at: datetime | None = _moment()
    offered_at: datetime = _moment(now=True)


class PruningRow(SQLModel, table=True):
    """A day on which a scheduler deleted what is kept no longer, and how many rows of what."""

    __tablename__ = "pruning"

    day: date = Field(sa_column=Column(Date, primary_key=True))
    started_at: datetime = _moment(now=True)
    ended_at: datetime | None = _moment()
    removed: Any = _json("{}")


class RevisionRow(SQLModel, table=True):
    """What an item said before it was edited; ``number`` counts from 0, the first text."""

    __tablename__ = "revision"

    item_id: int = _refers("item.id", cascade=True, key=True)
    number: int = Field(sa_column=Column(Integer, primary_key=True))
    title: str = _text()
    summary: str = _text()
    content: str = _text()
    replaced_at: datetime = _moment(now=True)


class PageRow(SQLModel, table=True):
    """The page of an item as fetched, gzipped; deleted some days after tagging."""

    __tablename__ = "page"
    __table_args__ = (Index("page_fetched", "fetched_at"), {"postgresql_with": SOON})

    item_id: int = _refers("item.id", cascade=True, key=True)
    url: str = _text()
    content_type: str = _text()
    html: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    fetched_at: datetime = _moment(now=True)


class ArticleRow(SQLModel, table=True):
    """The readable text of an item."""

    __tablename__ = "article"
    __table_args__ = (
        _one_of("source", "page", "feed content", "feed summary"),
        _one_of("form", "article", "live blog", "live blog update", "gallery", "video", "audio"),
    )

    item_id: int = _refers("item.id", cascade=True, key=True)
    title: str = _text()
    text: str = _text()
    language: str = _text()
    url: str = _text()
    outlet: str = _text()
    authors: Any = _json("[]")
    published_at: datetime | None = _moment()
    modified_at: datetime | None = _moment()
    captions: Any = _json("[]")
    credits: Any = _json("[]")
    source: str = _text(default="page")
    note: str = _text()
    tagger: str = _text()
    section: str = _text()
    canonical: str = _text()
    image: str = _text()
    form: str = _text(default="article")
    walled: bool = _flag(default=False)
    cut: str = _text()
    removed: Any = _json("[]")
    tagged_at: datetime = _moment(now=True)


class SearchRow(SQLModel, table=True):
    """The numbers that an article is searched by; see ``worker.store.search``."""

    __tablename__ = "search"
    __table_args__ = (Index("search_numbers", "numbers", postgresql_using="gin"),)

    item_id: int = _refers("item.id", cascade=True, key=True)
    numbers: Any = Field(sa_column=Column(ARRAY(Integer), nullable=False))


class HostLinesRow(SQLModel, table=True):
    """The lines a host's articles share, packed as ``worker.articles.repetition`` does it.

    ``source``: its pages, or what its feeds hold.
    """

    __tablename__ = "host_lines"
    __table_args__ = (_one_of("source", "page", "feed"),)

    host: str = Field(sa_column=Column(Text, primary_key=True))
    source: str = Field(sa_column=Column(Text, primary_key=True))
    articles: int = _count()
    lines: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    learned_at: datetime = _moment(now=True)


class MentionRow(SQLModel, table=True):
    """Who, where or what an article names."""

    __tablename__ = "mention"
    __table_args__ = (
        _one_of("kind", "person", "organization", "country", "topic"),
        _one_of("confidence", "certain", "likely", "possible"),
        Index("mention_key", "key", "item_id"),
        Index("mention_name", "name", "item_id"),
    )

    item_id: int = _refers("item.id", cascade=True, key=True)
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    key: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = _text(default=None)
    count: int = _count()
    salience: float = Field(
        default=0.0, sa_column=Column(DOUBLE_PRECISION, nullable=False, server_default="0")
    )
    in_title: bool = _flag(default=False)
    spans: Any = _json("[]")
    title_spans: Any = _json("[]")
    caption_spans: Any = _json("[]")
    found_by: str = _text()
    confidence: str = _text(default="certain")
    support: str = _text()


class VersionRow(SQLModel, table=True):
    """How often a noun's rows have changed: whoever keeps them in memory looks here first."""

    __tablename__ = "version"

    noun: str = Field(sa_column=Column(Text, primary_key=True))
    number: int = Field(default=0, sa_column=Column(BigInteger, nullable=False, server_default="0"))


class EntityRow(SQLModel, table=True):
    """A user's own person or organization; it wins over the shipped gazetteer.

    ``source`` is where it came from: "feeds.yaml", "tocsin entities add", an imported file's name.
    ``merged_into`` is the key of the entity it turned out to be: its names are that one's.
    """

    __tablename__ = "entity"
    __table_args__ = (
        _one_of("kind", "person", "organization"),
        Index("entity_merged", "merged_into", postgresql_where=literal("merged_into <> ''")),
    )

    key: str = Field(sa_column=Column(Text, primary_key=True))
    kind: str = _text(default=None)
    name: str = _text(default=None)
    aliases: Any = _json("[]")
    countries: Any = _json("[]")
    role: str = _text()
    wikidata: str = _text()
    merged_into: str = _text()
    unmistakable: bool = _flag(default=False)
    source: str = _text()
    declared: bool = _flag(default=False)
    created_at: datetime = _moment(now=True)


class TopicRow(SQLModel, table=True):
    """A topic of the user's own, with phrases such as stand in articles about it."""

    __tablename__ = "topic"

    key: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = _text(default=None)
    examples: Any = _json("[]")
    created_at: datetime = _moment(now=True)


class SyncRow(SQLModel, table=True):
    """How far reading entities from another register has come, and how many it has brought."""

    __tablename__ = "sync"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    after: str = _text()
    brought: int = _count()
    moved_at: datetime = _moment(now=True)


class WatchRow(SQLModel, table=True):
    """What someone wants to know."""

    __tablename__ = "watch"
    __table_args__ = (
        Index("watch_name_living", "name", unique=True, postgresql_where=LIVING),
        Index("watch_version", "version"),
        Index("watch_spike", "id", postgresql_where=literal(SPIKE_QUERY)),
    )

    id: int = _id()
    name: str = _text(default=None)
    query: str = _text(default=None)
    channels: Any = _json("[]")
    enabled: bool = _flag(default=True)
    declared: bool = _flag(default=False)
    policy: Any = _json("{}")
    version: int = _count()
    created_at: datetime = _moment(now=True)
    removed_at: datetime | None = _moment()


class MuteRow(SQLModel, table=True):
    """What nobody wants to hear of, for all watches or for one; lifted when its time is over."""

    __tablename__ = "mute"
    __table_args__ = (
        _one_of("kind", "watch", "story", "outlet", "entity"),
        Index("mute_watch", "watch_id", postgresql_where=literal("watch_id IS NOT NULL")),
    )

    id: int = _id()
    kind: str = _text(default=None)
    value: str = _text(default=None)
    watch_id: int | None = _refers("watch.id", required=False, cascade=True)
    until: datetime | None = _moment()
    created_at: datetime = _moment(now=True)


class ChannelRow(SQLModel, table=True):
    """A configured destination; ``config`` keeps ``${NAME}`` references, never secrets.

    Nothing is sent from ``paused_at`` to ``paused_until`` (none: until it is resumed), nor while it
    is disabled; what is owed waits. ``paused_until`` of one that runs is when its last wait ended.
    """

    __tablename__ = "channel"
    __table_args__ = (Index("channel_name_living", "name", unique=True, postgresql_where=LIVING),)

    id: int = _id()
    name: str = _text(default=None)
    kind: str = _text(default=None)
    config: Any = _json("{}")
    declared: bool = _flag(default=False)
    created_at: datetime = _moment(now=True)
    removed_at: datetime | None = _moment()
    paused_at: datetime | None = _moment()
    paused_until: datetime | None = _moment()
    disabled_at: datetime | None = _moment()
    disabled_reason: str = _text()


class CircuitRow(SQLModel, table=True):
    """The circuit of a channel's endpoint; see ``worker.delivery.circuit``."""

    __tablename__ = "circuit"

    channel_id: int = _refers("channel.id", cascade=True, key=True)
    failures: int = _count()
    opened: int = _count()
    since: datetime | None = _moment()
    open_until: datetime | None = _moment()
    reason: str = _text()


class MatchRow(SQLModel, table=True):
    """Watch x Article with its evidence, and why it was announced or not.

    ``due_at``: it was not, and is to be told then with others.
    """

    __tablename__ = "match"
    __table_args__ = (
        Index("match_matched", "matched_at", "watch_id"),
        Index(
            "match_nowhere",
            "watch_id",
            postgresql_where=literal(f"reason = '{AlertReason.NOWHERE}'"),
        ),
        _one_of("confidence", "certain", "likely", "possible"),
    )

    item_id: int = _id_of(key=True)
    watch_id: int = _id_of(key=True)
    evidence: Any = _json("[]")
    confidence: str = _text(default="certain")
    announced: bool = _flag(default=False)
    reason: str = _text()
    matched_at: datetime = _moment(now=True)
    due_at: datetime | None = _moment()


class AlertRow(SQLModel, table=True):
    """What is announced, planned once, for good: Watch x Story, an event of a feed, or a notice.

    ``once`` is what it may be planned only once for, where watch and story or event do not say so.
    ``content`` is all that a notice (spike, digest, heartbeat) tells.
    """

    __tablename__ = "alert"
    __table_args__ = (
        _one_of("kind", *(kind.value for kind in AlertKind)),
        Index("alert_once", "story_id", "watch_id", "once", unique=True),
        Index(
            "alert_event_once",
            "event_id",
            "watch_id",
            unique=True,
            postgresql_where=literal("event_id IS NOT NULL"),
        ),
        Index("alert_key", "once", unique=True, postgresql_where=literal("once <> ''")),
        CheckConstraint(
            "CASE WHEN kind IN ('story', 'update') THEN num_nulls(watch_id, story_id, item_id) = 0"
            " AND event_id IS NULL WHEN kind = 'event' THEN num_nulls(watch_id, event_id) = 0"
            " AND story_id IS NULL AND item_id IS NULL ELSE content IS NOT NULL AND once <> ''"
            " AND num_nonnulls(story_id, item_id, event_id) = 0 END",
            name="alert_of_one",
        ),
        Index("alert_planned", "planned_at"),
        Index("alert_watch", "watch_id", "planned_at"),
        Index("alert_item", "item_id"),
    )

    id: int = _id()
    kind: str = _text(default="story")
    watch_id: int | None = _id_of(required=False)
    story_id: int | None = _id_of(required=False)
    item_id: int | None = _id_of(required=False)
    event_id: int | None = _refers("event.id", required=False, cascade=True)
    once: str = _text()
    content: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    reason: str = _text()
    planned_at: datetime = _moment(now=True)


class DeliveryRow(SQLModel, table=True):
    """Alert x Channel with its state: the notification log.

    ``attempts`` are those that were made and written down, ``claims`` those claims since that came
    to nothing. It is owed since ``owed_at``, and tried no more a few days later.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        _one_of("state", *(state.value for state in DeliveryState)),
        UniqueConstraint("alert_id", "channel_id", name="delivery_once"),
        UniqueConstraint("message_id", name="delivery_message_id"),
        Index("delivery_owed", "next_attempt_at", postgresql_where=literal("state = 'pending'")),
        Index(
            "delivery_lane",
            "channel_id",
            "next_attempt_at",
            "id",
            postgresql_where=literal("state = 'pending'"),
        ),
        Index("delivery_channel", "channel_id", "state"),
        Index("delivery_dead", "id", postgresql_where=literal("state = 'dead'")),
        {"postgresql_with": SOON},
    )

    id: int = _id()
    alert_id: int = _refers("alert.id", cascade=True)
    channel_id: int = _refers("channel.id", cascade=True)
    message_id: str = _text(default=None)
    state: str = _text(default="pending")
    reason: str = _text()
    attempts: int = _count()
    claims: int = _count()
    owed_at: datetime = _moment(now=True)
    next_attempt_at: datetime = _moment(now=True)
    enqueued_at: datetime | None = _moment()
    lease_until: datetime | None = _moment()
    lease_owner: str = _text()
    sent_at: datetime | None = _moment()


class HeldRow(SQLModel, table=True):
    """Watch x Story x Channel that waits to be told with others; see ``worker.store.held``.

    A spike and an event of a feed, of no story, are told as their ``line`` says, once for a channel by the name ``once``. A row waits until ``due_at`` and is released once: into the alert ``alert_id``, or, for the reason in
    ``note``, into none. ``milestones`` are those of an update, none for the story itself.
    """

    __tablename__ = "held"
    __table_args__ = (
        _one_of("kind", *(kind.value for kind in HeldKind)),
        UniqueConstraint(
            "watch_id", "story_id", "channel_id", "kind", "milestones", name="held_once"
        ),
        CheckConstraint(
            "released_at IS NOT NULL OR (alert_id IS NULL AND note = '')", name="held_release"
        ),
        CheckConstraint(
            "CASE WHEN line IS NULL THEN num_nulls(story_id, item_id) = 0 AND once = ''"
            " ELSE num_nonnulls(story_id, item_id) = 0 AND once <> '' END",
            name="held_of_one",
        ),
        Index(
            "held_key", "once", "channel_id", unique=True, postgresql_where=literal("once <> ''")
        ),
        Index("held_due", "due_at", postgresql_where=literal("released_at IS NULL")),
        Index("held_story", "story_id"),
        Index("held_item", "item_id"),
        Index("held_alert", "alert_id"),
        Index("held_channel", "channel_id"),
    )

    id: int = _id()
    kind: str = _text(default=None)
    watch_id: int = _refers("watch.id", cascade=True)
    story_id: int | None = _refers("story.id", required=False, cascade=True)
    item_id: int | None = _refers("item.id", required=False, cascade=True)
    channel_id: int = _refers("channel.id", cascade=True)
    once: str = _text()
    line: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))
    milestones: str = _text()
    reason: str = _text(default=None)
    held_at: datetime = _moment(now=True)
    due_at: datetime = _moment(required=True)
    released_at: datetime | None = _moment()
    alert_id: int | None = _refers("alert.id", required=False, cascade=True)
    note: str = _text()


class HeartbeatRow(SQLModel, table=True):
    """Up to when a channel has been told that all is well, or counts as told."""

    __tablename__ = "heartbeat"

    channel_id: int = _refers("channel.id", cascade=True, key=True)
    told_at: datetime = _moment(now=True)


class CoveredHourRow(SQLModel, table=True):
    """An hour in which anything at all was tagged: another says nothing about anybody's rate."""

    __tablename__ = "covered_hour"

    hour: datetime = Field(sa_column=Column(MOMENT, primary_key=True))


class SpikeRow(SQLModel, table=True):
    """A spike watch: the query that is counted for it, since when, and its last spike."""

    __tablename__ = "spike"

    watch_id: int = _refers("watch.id", cascade=True, key=True)
    query: str = _text(default=None)
    since: datetime = _moment(now=True)
    rung_at: datetime | None = _moment()
    high_at: datetime | None = _moment()


class SpikeHourRow(SQLModel, table=True):
    """How many stories of an hour a spike watch's inner query matches."""

    __tablename__ = "spike_hour"

    watch_id: int = _refers("watch.id", cascade=True, key=True)
    hour: datetime = Field(sa_column=Column(MOMENT, primary_key=True))
    stories: int = _count()


class SpikeStoryRow(SQLModel, table=True):
    """A story of the last days that a spike watch's inner query matches, by hour."""

    __tablename__ = "spike_story"
    __table_args__ = (
        Index("spike_story_seen", "seen_at"),
        Index("spike_story_story", "story_id"),
        Index("spike_story_item", "item_id"),
    )

    watch_id: int = _refers("watch.id", cascade=True, key=True)
    hour: datetime = Field(sa_column=Column(MOMENT, primary_key=True))
    story_id: int = _refers("story.id", cascade=True, key=True)
    item_id: int = _refers("item.id", cascade=True)
    seen_at: datetime = _moment(required=True)


class AttemptRow(SQLModel, table=True):
    """One attempt at a delivery and what the receiver said: ``status`` and, in its words, ``answer``."""

    __tablename__ = "attempt"
    __table_args__ = (Index("attempt_delivery", "delivery_id"),)

    id: int = _id()
    delivery_id: int = _refers("delivery.id", cascade=True)
    number: int = _count()
    at: datetime = _moment(now=True)
    delivered: bool = _flag(default=False)
    detail: str = _text()
    elapsed: float = Field(
        default=0.0, sa_column=Column(DOUBLE_PRECISION, nullable=False, server_default="0")
    )
    status: int | None = Field(default=None, sa_column=Column(Integer, nullable=True))
    answer: str = _text()


class UnsubscriptionRow(SQLModel, table=True):
    """A list of a channel, by their names, that its reader stopped; see ``worker.channels.unsubscribe``."""

    __tablename__ = "unsubscription"

    channel: str = Field(sa_column=Column(Text, primary_key=True))
    list_name: str = Field(sa_column=Column(Text, primary_key=True))
    recipient: str = _text()
    at: datetime = _moment(now=True)


class SecretRow(SQLModel, table=True):
    """A secret that Tocsin made for itself."""

    __tablename__ = "secret"

    name: str = Field(sa_column=Column(Text, primary_key=True))
    value: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime = _moment(now=True)


METADATA = SQLModel.metadata
