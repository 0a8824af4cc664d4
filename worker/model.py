"""The nouns of Tocsin as frozen values; this module imports nothing of ours.

Times are aware datetimes in UTC. Spans are half-open ``(start, end)`` pairs that count Unicode
code points in the text they belong to. Languages are ISO 639-1 codes, ``""`` where unknown.
Countries are ISO 3166-1 alpha-2 codes (``XK`` for Kosovo), topics IPTC Media Topics codes
(``medtop:11000000``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, NamedTuple

Span = tuple[int, int]


class FeedState(StrEnum):
    """What the scheduler does with a feed."""

    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class ItemState(StrEnum):
    """How far an item has come; the words are also the names of what happened last."""

    DISCOVERED = "discovered"
    FETCHED = "fetched"
    TAGGED = "tagged"
    FAILED = "failed"
    #: Part of a flood: stored, and left alone until it is released or absorbed.
    HELD = "held"


class DeliveryState(StrEnum):
    """How far a delivery has come."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    UNSUBSCRIBED = "unsubscribed"


class AlertKind(StrEnum):
    """What an alert tells of. The last four are notices, which hold all they tell."""

    STORY = "story"
    UPDATE = "update"
    EVENT = "event"
    SPIKE = "spike"
    DIGEST = "digest"
    HEARTBEAT = "heartbeat"
    CHANNEL = "channel"


class HeldKind(StrEnum):
    """What a match waits for: which of the digests for its channel will tell of it."""

    #: The digest of the watch, by its schedule.
    DIGEST = "digest"
    #: The end of quiet hours, or of the hour whose cap was reached.
    SUMMARY = "summary"
    #: The end of a storm of alerts over a channel.
    STORM = "storm"
    #: What an old story told a watch that looked back.
    BACKFILL = "backfill"


class Kind(StrEnum):
    """What a mention or an entity is."""

    PERSON = "person"
    ORGANIZATION = "organization"
    COUNTRY = "country"
    TOPIC = "topic"


class Confidence(StrEnum):
    """How sure it is that an article names somebody or something, or that a watch holds in it."""

    CERTAIN = "certain"
    LIKELY = "likely"
    POSSIBLE = "possible"

    @property
    def rank(self) -> int:
        """0 for possible to 2 for certain."""
        return _RANKS[self]


_RANKS = {Confidence.POSSIBLE: 0, Confidence.LIKELY: 1, Confidence.CERTAIN: 2}


class TextSource(StrEnum):
    """Where an article's text came from."""

    PAGE = "page"
    FEED_CONTENT = "feed content"
    FEED_SUMMARY = "feed summary"


class Form(StrEnum):
    """What an article's page is."""

    ARTICLE = "article"
    LIVE = "live blog"
    LIVE_UPDATE = "live blog update"
    GALLERY = "gallery"
    VIDEO = "video"
    AUDIO = "audio"


# ------------------------------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file that an entry carries: its URL, media type and length in bytes (0: not said)."""

    url: str
    type: str = ""
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One raw element of a feed document, as parsed. Texts may hold HTML; ``""`` where absent.

    ``date_rule`` names what was done to a date that could not stand as it was ("future",
    "no zone", "before 1990", "missing"), ``""`` where nothing was.
    """

    guid: str = ""
    url: str = ""
    title: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    date_rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedDocument:
    """One feed document, parsed. ``version`` is feedparser's word for the format ("rss20").

    ``skip_hours`` (0-23, GMT) and ``skip_days`` (0 is Monday) are when it asks not to be polled.
    """

    version: str
    title: str = ""
    site_url: str = ""
    language: str = ""
    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()
    entries: tuple[Entry, ...] = ()
    problem: str = ""


class EventKind(StrEnum):
    """What happened to a feed that its users may want to know."""

    FAILING = "feed.failing"
    RECOVERED = "feed.recovered"
    SILENT = "feed.silent"
    MOVED = "feed.moved"
    GONE = "feed.gone"
    FLOOD = "feed.flood"
    LYING = "feed.lying"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One thing that happened to a feed, and a sentence a user can read."""

    kind: EventKind
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedOptions:
    """How one feed is asked for, where it differs from the settings.

    ``headers``, ``user``, ``password``, ``bearer``, ``proxy`` and ``certificate`` keep ``${NAME}``
    references; secrets are filled in from the environment when a request is made. ``robots``:
    whether its article pages keep to robots.txt; ``flood_gate``: whether it is held when all its
    entries turn new at once. The durations are per-feed thresholds, ``None``
    where the setting of the same name counts.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = ""
    bearer: str = ""
    proxy: str = ""
    certificate: str = ""
    robots: bool = True
    flood_gate: bool = True
    crawl_delay: timedelta | None = None
    interval_min: timedelta | None = None
    interval_max: timedelta | None = None
    silent_after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A polled URL with its HTTP validators (opaque bytes, RFC 9110) and its next poll time.

    ``entry_hashes`` are the 8-byte hashes of the raw entries of the last document, joined.
    ``rhythm``, ``standing`` and ``history`` are what past polls taught: when it publishes
    (``worker.feeds.rhythm``), how its server behaves (``worker.feeds.standing``), and the last
    polls (``worker.feeds.history``), each in the form that its module writes and reads.
    ``aliases`` are URLs it had before, oldest first; ``declared_url`` is the one that feeds.yaml gives,
    ``""`` where it declares none. ``host`` is whose turn is taken to ask it.
    """

    id: int
    name: str
    url: str
    title: str = ""
    outlet: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()
    state: FeedState = FeedState.ACTIVE
    interval: timedelta | None = None
    backfill: int = 0
    etag: bytes | None = None
    last_modified: bytes | None = None
    body_hash: bytes | None = None
    next_poll_at: datetime
    first_polled_at: datetime | None = None
    last_polled_at: datetime | None = None
    last_ok_at: datetime | None = None
    failures: int = 0
    last_status: int | None = None
    last_error: str = ""
    reason: str = ""
    declared: bool = False
    declared_url: str = ""
    options: FeedOptions = FeedOptions()
    entry_hashes: bytes = b""
    rhythm: bytes = b""
    standing: Mapping[str, Any] = field(default_factory=dict)
    history: bytes = b""
    aliases: tuple[str, ...] = ()
    host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One HTTP answer, read to its end. ``headers`` are lower-cased names; ``elapsed`` seconds.

    ``url`` is where redirects led; ``permanent_redirect`` says there were some, all 301 or 308,
    and ``moved_to`` is then where they led (``""`` where the URL asked for carries credentials,
    which would be lost). ``wire`` are the bytes of all bodies as sent. ``place`` is what a large
    body takes of the client's room; it is kept as long as the body is.
    """

    url: str
    status: int
    headers: Mapping[str, bytes]
    body: bytes
    elapsed: float
    permanent_redirect: bool = False
    moved_to: str = ""
    wire: int = 0
    place: object = field(default=None, repr=False, compare=False)

    def header(self, name: str) -> str:
        """The value of a header as text, ``""`` where absent."""
        return self.headers.get(name.lower(), b"").decode("latin-1")


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOutcome:
    """What one poll brought, reduced to what the next poll depends on.

    ``error`` names what went wrong (``""`` on success, 200 and 304 alike). ``ours`` says that our
    own connection or machine is to blame, not the feed. ``retry_after``, ``max_age``, ``ttl``,
    ``skip_hours`` and ``skip_days`` are the server's and the document's own wishes.
    ``published`` are the times of the new items (first seen, where the feed gives none),
    ``window`` is how many entries the document holds, ``overlap`` how many of them were known
    before; both ``None`` where no document was read. ``unconditional``: no validators were sent
    although there were some; ``changed``: the body was another than last time;
    ``same_validators``: it came with those we hold. ``moved_to`` is where permanent redirects
    alone led. ``bytes`` came over the wire in ``seconds``.
    """

    status: int | None
    error: str = ""
    ours: bool = False
    new_items: int = 0
    revised_items: int = 0
    published: tuple[datetime, ...] = ()
    window: int | None = None
    overlap: int | None = None
    retry_after: timedelta | None = None
    max_age: timedelta | None = None
    ttl: timedelta | None = None
    skip_hours: frozenset[int] | None = None
    skip_days: frozenset[int] | None = None
    unconditional: bool = False
    changed: bool = False
    same_validators: bool = False
    moved_to: str = ""
    bytes: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Spacing:
    """How hosts are spared; every one is a setting.

    ``gap`` lies between two requests to one. Hosts of one registrable domain that limit us within
    ``together`` share their turns until none of them has done so for ``quiet``.
    """

    gap: timedelta = timedelta(seconds=1)
    together: timedelta = timedelta(hours=1)
    quiet: timedelta = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLimits:
    """The operator's bounds on how feeds are polled; every one is a setting.

    ``price`` is what a request costs, in seconds that one item waits to be seen. At most
    ``window_share`` of a document may be replaced between two polls. A feed is failing after
    ``failing_polls`` failures in a row or ``failing_time``; gone after ``gone_polls`` answers 410
    over ``gone_time``; moved after ``move_polls`` over ``move_time``; silent after
    ``silent_factor`` of its usual gaps, but not before ``silent_after``. A feed that only ever
    answers 304 is asked unconditionally every ``probe_every``, or once ``probe_doubt`` items are
    overdue and ``probe_soonest`` has passed; one caught lying is polled ``liar_stretch`` times
    more seldom and tried again every ``liar_recheck``. When ``outage_share`` of at least
    ``outage_hosts`` hosts cannot be reached within ``outage_window``, our own connection is down.
    A known feed of which at least ``flood_items`` entries, and all, look new at once is held.
    """

    default: timedelta = timedelta(minutes=15)
    minimum: timedelta = timedelta(minutes=5)
    maximum: timedelta = timedelta(hours=6)
    failure_ceiling: timedelta = timedelta(hours=24)
    flood_items: int = 8
    price: timedelta = timedelta(minutes=10)
    jitter: float = 0.05
    window_share: float = 0.8
    failing_polls: int = 6
    failing_time: timedelta = timedelta(hours=24)
    gone_polls: int = 3
    gone_time: timedelta = timedelta(hours=48)
    move_polls: int = 3
    move_time: timedelta = timedelta(hours=24)
    silent_after: timedelta = timedelta(days=3)
    silent_factor: float = 5.0
    probe_every: timedelta = timedelta(days=7)
    probe_soonest: timedelta = timedelta(hours=6)
    probe_doubt: float = 10.0
    liar_stretch: float = 2.0
    liar_recheck: timedelta = timedelta(days=30)
    outage_hosts: int = 5
    outage_share: float = 0.8
    outage_window: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollPlan:
    """When a feed is polled next with the named reason, and what is known of it from now on.

    ``rhythm``, ``standing`` and ``history`` replace those of the feed. ``state`` and ``url`` are
    what the feed becomes, ``None`` where it stays; ``events`` are what a user may want to know.
    """

    next_poll_at: datetime
    reason: str
    failures: int
    rhythm: bytes = b""
    standing: Mapping[str, Any] = field(default_factory=dict)
    history: bytes = b""
    state: FeedState | None = None
    url: str | None = None
    events: tuple[FeedEvent, ...] = ()


# ------------------------------------------------------------------------------------- items


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An entry we have decided is new: stored once, with a lifecycle.

    ``identity`` is unique in its feed, ``fingerprint`` changes when title or text do. A
    ``baseline`` item was already there at a feed's first poll: it is tagged but never rings.
    ``tags`` are its feed's. ``robots``: whether its page keeps to robots.txt.
    """

    id: int
    feed_id: int
    feed_name: str
    outlet: str
    tags: tuple[str, ...] = ()
    identity: str
    fingerprint: str
    entry: Entry
    state: ItemState
    reason: str = ""
    baseline: bool = False
    revision: int = 0
    attempts: int = 0
    story_id: int | None = None
    seen_at: datetime
    tagged_at: datetime | None = None
    robots: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The page of an item as fetched: ``html`` are the body's bytes, ``url`` where it ended."""

    item_id: int
    url: str
    html: bytes
    content_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A line that stood in an article's page or entry and is no part of its text, and why."""

    line: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """The readable text of an item. Paragraphs of ``text`` are separated by a blank line.

    ``captions`` and ``credits`` are kept apart from ``text``, ``removed`` is what else was taken
    out of it; ``note`` says why ``text`` comes from the feed when a page was wanted. ``canonical``
    is the address the page calls its own, ``image`` its lead picture. ``walled``: its outlet asks
    for a subscription; ``cut`` says why ``text`` seems not to be the whole.
    """

    title: str
    text: str
    language: str = ""
    url: str = ""
    outlet: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    modified: datetime | None = None
    captions: tuple[str, ...] = ()
    credits: tuple[str, ...] = ()
    removed: tuple[Removed, ...] = ()
    section: str = ""
    canonical: str = ""
    image: str = ""
    form: Form = Form.ARTICLE
    walled: bool = False
    cut: str = ""
    source: TextSource = TextSource.PAGE
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Who, where or what was found in an article.

    ``spans`` count in the article's text, ``title_spans`` in its title, ``caption_spans`` in its
    captions, joined by blank lines. ``salience`` is 0 to 1:
    how much the article is about it. ``found_by`` names what found it ("gazetteer", "spacy",
    "slovnet", "name rule", "lexicon", ...). For a topic ``salience`` is its score
    and the spans are of words that speak for it. ``support`` names what ``confidence`` rests on
    ("full name", "office beside it", ...).
    """

    kind: Kind
    key: str
    name: str
    count: int
    salience: float
    in_title: bool
    spans: tuple[Span, ...] = ()
    title_spans: tuple[Span, ...] = ()
    caption_spans: tuple[Span, ...] = ()
    found_by: str = ""
    confidence: Confidence = Confidence.CERTAIN
    support: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Who or what a mention refers to. ``aliases`` are other names, in any language or script.

    ``countries`` are the codes the entity speaks for; ``wikidata`` is set only where verified.
    ``merged_into`` is the key of the entity that this one turned out to be. ``unmistakable``: its
    bare surname or shortest name can mean nobody else.
    """

    kind: Kind
    key: str
    name: str
    aliases: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    role: str = ""
    wikidata: str = ""
    merged_into: str = ""
    unmistakable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A topic of the user's own: a name, and phrases such as stand in articles about it."""

    key: str
    name: str
    examples: tuple[str, ...]


# ------------------------------------------------------------------------------------- watches


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How a watch rings.

    Matches of at least ``floor`` ring at once, or in the ``digest`` where one is wanted ("hourly",
    "daily 07:30", "weekly monday 07:30"); less sure ones wait for a digest or are only listed.
    ``quiet`` ("22:00-07:00") holds what comes then. Both are wall-clock times in ``zone``, an IANA
    name. At most ``cap`` alerts ring in an hour. A story that has rung is told of again when it
    reaches one of these numbers of ``outlets``, when one of the ``sources`` reports it, and with
    ``countries`` when it comes to a new country.
    """

    floor: Confidence = Confidence.CERTAIN
    digest: str = ""
    zone: str = "UTC"
    quiet: str = ""
    cap: int | None = None
    outlets: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()
    countries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """What nobody wants to hear of: a watch, story, outlet or entity, ``until`` a time or for good.

    ``kind`` is one of these words, ``value`` its id, name or key. ``watch_id``: for one watch only.
    """

    id: int
    kind: str
    value: str
    watch_id: int | None = None
    until: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What someone wants to know: a query over articles and their mentions, and how it rings."""

    id: int
    name: str
    query: str
    channels: tuple[str, ...] = ()
    enabled: bool = True
    declared: bool = False
    policy: Policy = Policy()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One clause of a query that held, and where.

    ``clause`` is the clause as written ('person:"Vladimir Putin"'), ``value`` what stands in the
    article ("Putin"); spans count in text and title.
    """

    clause: str
    value: str
    spans: tuple[Span, ...] = ()
    title_spans: tuple[Span, ...] = ()
    confidence: Confidence = Confidence.CERTAIN


class Match(NamedTuple):
    """Watch x Article, with the evidence that fired, and how sure it is.

    A tuple, because hundreds are made for an article.
    """

    watch_id: int
    evidence: tuple[Evidence, ...]
    confidence: Confidence = Confidence.CERTAIN


# ------------------------------------------------------------------------------------- alerts


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """How many alerts over one channel within a time are a storm; 0: none ever are."""

    alerts: int = 60
    window: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long what is kept; ``None``: for ever.

    ``pages`` as fetched; ``items`` of stories that rang for nobody, with articles, mentions and
    matches; ``identities`` of deleted items after their feed offered them last; ``alerts`` with
    deliveries and what was held; ``matches`` that were not announced; ``attempts`` at deliveries;
    ``heartbeats`` sent; ``events`` of feeds that rang for nobody; ``hosts`` nobody asks any more.
    """

    pages: timedelta | None = timedelta(days=7)
    items: timedelta | None = None
    identities: timedelta | None = timedelta(days=365)
    alerts: timedelta | None = None
    matches: timedelta | None = timedelta(days=365)
    attempts: timedelta | None = timedelta(days=90)
    heartbeats: timedelta | None = timedelta(days=90)
    events: timedelta | None = timedelta(days=365)
    hosts: timedelta | None = timedelta(days=180)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A configured destination. ``config`` may hold ``${NAME}``, filled in when it is used."""

    id: int
    name: str
    kind: str
    config: Mapping[str, Any] = field(default_factory=dict)
    declared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """That a story is told of again: the alert that rang for it first, and that article's headline.

    ``first_outlets`` are those that had reported it by then, that article's first. ``thread`` are the ids of what the same channel was sent of it so far, oldest first.
    """

    first_alert_id: int
    first_title: str
    first_outlets: tuple[str, ...] = ()
    thread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """Everything a channel needs to tell of one alert; what renderers and channels are given.

    ``delivery_id`` and ``message_id`` stay the same on every retry (Standard Webhooks
    ``webhook-id``, RFC 5322 Message-ID). ``outlets`` are all outlets of the story so far, this
    article's first. ``confidence`` is the match's. ``update`` says that the watch has rung for the
    story before; ``reason`` is then what is new. Where it tells of something that happened to a feed, ``event`` is that,
    ``article`` the event told as one, and there is no story and no item (both ids are 0).
    """

    alert_id: int
    delivery_id: int
    message_id: str
    watch_id: int
    watch_name: str
    query: str
    reason: str
    story_id: int
    item_id: int
    feed_name: str
    article: Article
    mentions: tuple[Mention, ...]
    evidence: tuple[Evidence, ...]
    outlets: tuple[str, ...]
    seen_at: datetime
    alerted_at: datetime
    confidence: Confidence = Confidence.CERTAIN
    attempt: int = 1
    test: bool = False
    event: FeedEvent | None = None
    update: Update | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """A story as one entry of a list: its headline, who reports it, and the best evidence.

    ``outlets`` counts all outlets of the story so far, ``outlet`` is this article's. ``snippet`` is
    one clean line, in which ``highlights`` count. ``reason`` says why it stands in a list and did not ring by itself.
    """

    story_id: int
    title: str
    url: str
    outlet: str
    outlets: int
    at: datetime
    language: str = ""
    snippet: str = ""
    highlights: tuple[Span, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """The stories of an hour, and how few and how many would be normal.

    ``covered``: anything was read in it; else the count says nothing.
    """

    hour: datetime
    stories: int
    low: float
    high: float
    covered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Spike:
    """A rate of stories that has left its own normal (``worker.alerts.spikes``).

    ``observed`` stories in the hour before ``at``, ``score`` usual spreads away from ``normal``; the
    watch asks for ``bound`` ("> 3"). ``level`` is what of the past it was compared with, ``hours`` are
    the last ones, the oldest first; ``stories`` some of those observed.
    """

    watch_id: int
    watch_name: str
    query: str
    at: datetime
    observed: int
    score: float
    bound: str
    normal: float
    low: float
    high: float
    level: str
    hours: tuple[HourCount, ...] = ()
    stories: tuple[StoryLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestSection:
    """What of a digest belongs to one watch; ``total`` counts stories that are not listed too."""

    watch_id: int
    watch_name: str
    query: str
    stories: tuple[StoryLine, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Stories that did not ring by themselves, grouped by watch, for one channel.

    ``title`` names it ("Digest", "Backfill of putin"); it is of what matched between ``since`` and
    ``until``. ``total`` counts each story once, whatever watches it is listed under; ``more_watches``
    have stories, too, but no section.
    """

    title: str
    since: datetime
    until: datetime
    sections: tuple[DigestSection, ...]
    total: int
    more_watches: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedTrouble:
    """A feed that does not do what it should: in words, and since when where known."""

    name: str
    problem: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """Proof of silence for a channel: that nothing was missed, or what may have been.

    Counts are of what happened between ``since`` and ``until``: ``matches`` of the ``watches`` that
    ring this channel, ``alerts`` sent to it. ``healthy`` of ``feeds`` are being read without trouble; ``failing`` and ``silent``
    are the others, and those without news for far longer than usual. ``dead`` deliveries were given up,
    ``held`` matches wait for a digest.
    """

    channel: str
    schedule: str
    zone: str
    since: datetime
    until: datetime
    watches: int
    matches: int
    alerts: int
    feeds: int
    healthy: int
    failing: tuple[FeedTrouble, ...] = ()
    silent: tuple[FeedTrouble, ...] = ()
    last_item_at: datetime | None = None
    last_outlet: str = ""
    dead: int = 0
    held: int = 0

    @property
    def well(self) -> bool:
        """Whether nothing asks for a person: no feed in trouble, nothing given up."""
        return not (self.failing or self.silent or self.dead)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disabled:
    """That nothing is sent to a channel any more, as its receiver is gone; told by another one.

    ``reason`` is what the receiver said; so many deliveries were ``waiting`` then.
    """

    channel: str
    kind: str
    reason: str
    at: datetime
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A delivery of what is no single story; with an Announcement, what is told to channels.

    ``delivery_id`` and ``message_id`` stay the same on every retry.
    """

    alert_id: int
    delivery_id: int
    message_id: str
    reason: str
    alerted_at: datetime
    content: Spike | Digest | Heartbeat | Disabled
    attempt: int = 1
    test: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends, whatever it tells of; each channel takes the form that suits it.

    ``subject``, ``text`` and ``html`` are for mail, ``payload`` is for machines. ``bell``,
    ``headline``, ``excerpt`` (pieces, each with whether it is highlighted; of several lines where it
    tells of several things), ``source`` and ``url`` are for a screen. ``list_name`` says what is told
    of ("watch-4"), ``watch_name`` is none where that is no single watch. ``thread`` are the ids of the
    mails that it continues, oldest first. ``delivery_id`` and ``message_id`` stay the same on every try.
    """

    delivery_id: int
    message_id: str
    attempt: int
    at: datetime
    list_name: str
    watch_name: str | None
    subject: str
    text: str
    html: str
    payload: Mapping[str, Any]
    bell: str
    headline: str
    excerpt: tuple[tuple[str, bool], ...] = ()
    source: str = ""
    url: str = ""
    thread: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How one attempt at a delivery ended, as the channel classifies it.

    ``delivered``; or not, and then ``recoverable`` says whether trying again can help and
    ``retry_after`` what the receiver asked for. ``status`` is the HTTP status or SMTP code of the
    answer that decided, ``answer`` the receiver's words, clean and at most ``ANSWER_BYTES``.
    ``gone``: the receiver never wants to hear from us again; ``slow_down``: it wants less from the
    whole channel. ``put_off``: by the channel's own pace it is too soon, and no attempt was made.
    ``transcript`` is what was said on the wire, a line each, ours after "> " and
    theirs after "< ". No part of it holds a secret: all may be shown.
    """

    ANSWER_BYTES: ClassVar[int] = 4096

    delivered: bool
    detail: str
    recoverable: bool = False
    retry_after: timedelta | None = None
    status: int | None = None
    answer: str = ""
    gone: bool = False
    slow_down: bool = False
    put_off: bool = False
    transcript: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryDecision:
    """What becomes of a delivery after an attempt, and the named reason."""

    state: DeliveryState
    next_attempt_at: datetime | None
    reason: str
