"""The events of webhooks: every field with its limits and what it means.

This is the one place where they stand. The builders beside make values of these types (checked by
mypy), and ``schema`` turns them into the published JSON Schema and OpenAPI documents.
"""

from typing import Annotated, Any, Final, Literal

from pydantic import Field
from typing_extensions import TypedDict

from worker.model import Confidence, EventKind, Kind, TextSource

VERSION: Final = 1
TITLE = 400
URL = 2_000
NAME = 120
QUERY = 1_000
CLAUSE = 300
SNIPPET = 1_000
LANGUAGE = 8
MOST_MENTIONS = 40
MOST_EVIDENCE = 20
MOST_OUTLETS = 20
MOST_AUTHORS = 10
MOST_HIGHLIGHTS = 40
MOST_SECTIONS = 40
MOST_ENTRIES = 12
MOST_STORIES = 10
MOST_HOURS = 48
MOST_FEEDS = 50

_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"
#: Where version and timestamp mean the same in each event.
_VERSION = "Always `1`. Raised only when a field changes its meaning or goes away."
_TIMESTAMP = "When the alert was raised (UTC); the same on every try."


def _says(description: str, **limits: Any) -> Any:
    return Field(description=description, **limits)


Name = Annotated[str, Field(max_length=NAME)]
Title = Annotated[str, Field(max_length=TITLE)]
Count = Annotated[int, Field(ge=0)]
When = Annotated[str, Field(pattern=_TIME, json_schema_extra={"format": "date-time"})]
Link = Annotated[
    str, Field(pattern="^https?://", max_length=URL, json_schema_extra={"format": "uri"})
]
Version = Annotated[Literal[1], _says(_VERSION)]
Raised = Annotated[When, _says(_TIMESTAMP)]
Cut = Annotated[
    list[Name],
    _says(
        "The fields of `data` that were cut or left out in part, as `article.title` or "
        "`mentions`; empty when all is whole. A text that was cut ends with `…`."
    ),
]


class Alert(TypedDict):
    """What is announced."""

    id: Annotated[int, _says("The alert's number.", ge=0)]
    reason: Annotated[Name, _says("Why it is announced now.")]
    test: Annotated[bool, _says("True for a message sent to try the channel.")]


class Watch(TypedDict):
    """Whose query matched."""

    id: Annotated[int, _says("The watch's number.", ge=0)]
    name: Annotated[Name, _says("Its name.")]
    query: Annotated[str, _says("Its query as written.", max_length=QUERY)]


class Update(TypedDict):
    """What an update continues."""

    first_alert: Annotated[
        int,
        _says("The alert that rang for the story first; only in `story.updated`.", ge=0),
    ]


class Story(TypedDict):
    """The event the article reports."""

    id: Annotated[int, _says("The story's number; one alert for each watch and story.", ge=0)]
    outlet_count: Annotated[Count, _says("Outlets that reported it so far.")]
    outlets: Annotated[
        list[Name], _says("Their names, this article's first.", max_length=MOST_OUTLETS)
    ]


class Article(TypedDict):
    """The article that matched."""

    item_id: Annotated[int, _says("The item's number.", ge=0)]
    trace: Annotated[
        str,
        Field(pattern="^[0-9a-f]{32}$"),
        _says("The id of the item's whole life, as in logs and traces; `tocsin explain` knows it."),
    ]
    title: Annotated[Title, _says("The headline as one line.")]
    url: Annotated[Link | None, _says("Where to read it; null when it is not a plain web address.")]
    outlet: Annotated[Name, _says("Who published it.")]
    feed: Annotated[Name, _says("The feed it came by.")]
    language: Annotated[str, _says("ISO 639-1 code; empty when unknown.", max_length=LANGUAGE)]
    authors: Annotated[list[Name], _says("Who wrote it.", max_length=MOST_AUTHORS)]
    published: Annotated[When | None, _says("When it was published (UTC); null when unknown.")]
    modified: Annotated[When | None, _says("When it was last changed (UTC); null when unknown.")]
    seen: Annotated[When, _says("When Tocsin first saw it (UTC).")]
    source: Annotated[TextSource, _says("Where the text was taken from.")]
    note: Annotated[Name, _says("Why the feed's text was used, where a page was wanted.")]


class Excerpt(TypedDict):
    """The part of the text that shows most of the evidence."""

    text: Annotated[str, _says("One line.", max_length=SNIPPET)]
    highlights: Annotated[
        list[Annotated[list[Count], Field(min_length=2, max_length=2)]],
        _says(
            "Evidence in it: pairs of start and end (exclusive), counted in Unicode code points.",
            max_length=MOST_HIGHLIGHTS,
        ),
    ]


class Clause(TypedDict):
    """A clause of the query that held."""

    clause: Annotated[str, _says("The clause as written.", max_length=CLAUSE)]
    value: Annotated[Name, _says("What stands in the article for it.")]
    in_title: Annotated[bool, _says("Whether it stands in the headline.")]
    in_text: Annotated[bool, _says("Whether it stands in the text.")]
    count: Annotated[Count, _says("How often it stands there.")]
    confidence: Annotated[Confidence, _says("How sure the clause is.")]


class Mention(TypedDict):
    """A person, organization, country or topic that the article is about."""

    kind: Annotated[Kind, _says("What it is.")]
    key: Annotated[
        Name,
        _says(
            "Stable key, country code (ISO 3166-1) or topic code (IPTC Media Topics; `topic:...` "
            "for a topic of your own)."
        ),
    ]
    name: Annotated[Name, _says("Its usual name.")]
    count: Annotated[Count, _says("How often it is mentioned.")]
    salience: Annotated[
        float,
        _says(
            "How much the article is about it, 0 to 1: 0.4 for the title, up to 0.4 for how often, "
            "up to 0.2 for how early. Captions and datelines count half, and never as early.",
            ge=0,
            le=1,
        ),
    ]
    in_title: Annotated[bool, _says("Whether the headline names it.")]
    confidence: Annotated[Confidence, _says("How sure it is that this one is meant.")]
    support: Annotated[Name, _says("The named reason that rests on.")]


class _Matched(TypedDict):
    alert: Alert
    watch: Watch


class _Article(TypedDict):
    confidence: Annotated[
        Confidence,
        _says("How sure the match is: as sure as the surest mention it needs."),
    ]
    story: Story
    article: Article
    snippet: Excerpt
    evidence: Annotated[
        list[Clause], _says("Each clause of the query that held.", max_length=MOST_EVIDENCE)
    ]
    mentions: Annotated[
        list[Mention],
        _says("Who, where and what, the most salient first.", max_length=MOST_MENTIONS),
    ]
    cut: Cut


class MatchData(_Matched, _Article):
    """The alert and all that belongs to it."""


class UpdateData(_Matched, _Article):
    """The alert, the article that brought the news, and what it continues."""

    update: Update


class AlertMatched(TypedDict):
    """An article matched a watch."""

    type: Annotated[Literal["alert.matched"], _says("An article matched a watch.")]
    version: Version
    timestamp: Raised
    data: MatchData


class StoryUpdated(TypedDict):
    """A story that has rung is told of again, with the article that brought the news."""

    type: Annotated[Literal["story.updated"], _says("A story that has rung is told of again.")]
    version: Version
    timestamp: Raised
    data: UpdateData


class TestPing(TypedDict):
    """Somebody tries the channel; all of it is made up."""

    type: Annotated[
        Literal["test.ping"], _says("Somebody tries the channel; all of it is made up.")
    ]
    version: Version
    timestamp: Raised
    data: MatchData


class Feed(TypedDict):
    """The feed it happened to."""

    name: Annotated[Name, _says("Its name.")]
    outlet: Annotated[Name, _says("Who publishes it.")]
    url: Annotated[
        Link | None, _says("Where it is polled; null when that is not a plain web address.")
    ]


class Happened(TypedDict):
    """What happened, in words."""

    detail: Annotated[Title, _says("One sentence.")]
    at: Annotated[When, _says("When (UTC).")]


class FeedData(_Matched):
    """The alert, and the feed it is about."""

    feed: Feed
    event: Happened
    cut: Cut


class FeedEvent(TypedDict):
    """Something happened to a feed, and a watch asks for it."""

    type: Annotated[EventKind, _says("What happened to the feed.")]
    version: Version
    timestamp: Raised
    data: FeedData


class Rate(TypedDict):
    """The hour, and what would be normal."""

    at: Annotated[When, _says("The end of the hour (UTC).")]
    observed: Annotated[Count, _says("Stories in the hour.")]
    normal: Annotated[float, _says("Stories that are usual in such an hour.")]
    low: Annotated[float, _says("So few would still be normal.")]
    high: Annotated[float, _says("So many would still be normal.")]
    score: Annotated[float, _says("How many usual spreads the rate lies above its normal.")]
    bound: Annotated[str, _says("What the watch asks of the score.", max_length=20)]
    level: Annotated[Name, _says("What of the past it was compared with.")]


class Hour(TypedDict):
    """One hour."""

    hour: Annotated[When, _says("When it began (UTC).")]
    stories: Annotated[Count, _says("Stories in it.")]
    low: Annotated[float, _says("So few would be normal.")]
    high: Annotated[float, _says("So many would be normal.")]
    covered: Annotated[
        bool, _says("False where nothing was read in that hour: its count says nothing.")
    ]


class Entry(TypedDict):
    """One story of a list."""

    story_id: Annotated[
        int, _says("The story's number; 0 for a spike and an event of a feed.", ge=0)
    ]
    title: Annotated[Title, _says("The headline as one line.")]
    url: Annotated[Link | None, _says("Where to read it; null when it is not a plain web address.")]
    outlet: Annotated[Name, _says("Who published it.")]
    outlet_count: Annotated[int, _says("Outlets that reported the story so far.", ge=1)]
    at: Annotated[When, _says("When it was published, or seen where that is unknown (UTC).")]
    language: Annotated[str, _says("ISO 639-1 code; empty when unknown.", max_length=LANGUAGE)]
    snippet: Excerpt
    reason: Annotated[
        Name,
        _says("Why it is in a list and did not ring by itself; empty where that does not apply."),
    ]


class SpikeData(_Matched):
    """The alert and all that belongs to it."""

    spike: Rate
    hours: Annotated[
        list[Hour],
        _says(
            "The last hours, the oldest first; the last one is the hour up to `spike.at`.",
            max_length=MOST_HOURS,
        ),
    ]
    stories: Annotated[
        list[Entry], _says("Some of the stories, the newest first.", max_length=MOST_STORIES)
    ]
    cut: Cut


class AlertSpike(TypedDict):
    """The rate of stories that a spike watch counts has left its own normal."""

    type: Annotated[Literal["alert.spike"], _says("A rate has left its normal.")]
    version: Version
    timestamp: Raised
    data: SpikeData


class Span(TypedDict):
    """What a digest is of."""

    title: Annotated[Name, _says("Its name.")]
    since: Annotated[When, _says("From when (UTC).")]
    until: Annotated[When, _says("To when (UTC).")]
    story_count: Annotated[Count, _says("Stories in all, each counted once.")]
    watch_count: Annotated[Count, _says("Watches in all.")]


class Section(TypedDict):
    """What of a digest belongs to one watch."""

    watch: Watch
    story_count: Annotated[Count, _says("Its stories, those not listed too.")]
    stories: Annotated[list[Entry], _says("The first of them.", max_length=MOST_ENTRIES)]


class DigestData(TypedDict):
    """The stories, by watch."""

    alert: Alert
    digest: Span
    sections: Annotated[list[Section], _says("A part for each watch.", max_length=MOST_SECTIONS)]
    cut: Cut


class AlertDigest(TypedDict):
    """Stories that did not ring by themselves, by watch."""

    type: Annotated[Literal["alert.digest"], _says("A list of what was held back.")]
    version: Version
    timestamp: Raised
    data: DigestData


class Beat(TypedDict):
    """How Tocsin is."""

    channel: Annotated[Name, _says("The channel's name.")]
    schedule: Annotated[Name, _says("When it comes.")]
    zone: Annotated[Name, _says("The time zone of that (IANA).")]
    since: Annotated[When, _says("From when it counts (UTC).")]
    until: Annotated[When, _says("To when (UTC).")]
    well: Annotated[
        bool,
        _says("Whether nothing asks for a person: no feed in trouble, no delivery given up."),
    ]
    watches: Annotated[Count, _says("Watches that ring this channel.")]
    matches: Annotated[Count, _says("Stories that matched one of them.")]
    alerts: Annotated[Count, _says("Alerts sent here.")]
    held: Annotated[Count, _says("Matches that wait for a digest.")]
    dead: Annotated[Count, _says("Deliveries to this channel that were given up.")]
    feeds: Annotated[Count, _says("Feeds that are polled.")]
    healthy: Annotated[Count, _says("Those without trouble.")]
    last_item_at: Annotated[
        When | None, _says("When the last story was seen (UTC); null where none was yet.")
    ]


class Trouble(TypedDict):
    """A feed that does not do what it should."""

    name: Annotated[Name, _says("Its name.")]
    problem: Annotated[Title, _says("What is wrong.")]
    since: Annotated[When | None, _says("Since when (UTC); null when unknown.")]


class HeartbeatData(TypedDict):
    """How Tocsin is, and what is not well."""

    alert: Alert
    heartbeat: Beat
    failing: Annotated[list[Trouble], _says("Feeds that cannot be read.", max_length=MOST_FEEDS)]
    silent: Annotated[
        list[Trouble],
        _says("Feeds without news for far longer than usual.", max_length=MOST_FEEDS),
    ]
    cut: Cut


class Heartbeat(TypedDict):
    """A sign of life for a channel: proof that silence is silence."""

    type: Annotated[Literal["heartbeat"], _says("A sign of life.")]
    version: Version
    timestamp: Raised
    data: HeartbeatData


class Channel(TypedDict):
    """A channel that was disabled."""

    name: Annotated[Name, _says("Its name.")]
    kind: Annotated[Name, _says("What it is, such as `email`.")]
    reason: Annotated[Title, _says("What its receiver said.")]
    at: Annotated[When, _says("Since when (UTC).")]
    waiting: Annotated[Count, _says("Deliveries that waited there then.")]


class DisabledData(TypedDict):
    """Which channel, and why."""

    alert: Alert
    channel: Channel
    cut: Cut


class ChannelDisabled(TypedDict):
    """Nothing is sent to another channel any more: its receiver is gone."""

    type: Annotated[Literal["channel.disabled"], _says("Another channel was disabled.")]
    version: Version
    timestamp: Raised
    data: DisabledData


EventType = Literal[
    "alert.matched",
    "story.updated",
    "alert.spike",
    "alert.digest",
    "feed.failing",
    "feed.recovered",
    "feed.silent",
    "feed.moved",
    "feed.gone",
    "feed.flood",
    "feed.lying",
    "heartbeat",
    "channel.disabled",
    "test.ping",
]


class ThinData(TypedDict):
    """The ids, and how to get the rest. What does not apply is null."""

    alert_id: Annotated[int, _says("The alert's number.", ge=0)]
    test: Annotated[bool, _says("True for a message sent to try the channel.")]
    watch_id: Annotated[int | None, _says("The watch's number.")]
    story_id: Annotated[int | None, _says("The story's number.")]
    item_id: Annotated[int | None, _says("The item's number.")]
    feed: Annotated[Name | None, _says("The name of the feed that something happened to.")]
    url: Annotated[Link | None, _says("Where the article can be read, or the feed is polled.")]
    more: Annotated[Name, _says("The command that shows the rest, where Tocsin runs.")]


class Thin(TypedDict):
    """Any event as a channel with `thin: true` sends it."""

    type: Annotated[EventType, _says("As in the whole event.")]
    version: Version
    timestamp: Raised
    thin: Annotated[Literal[True], _says("Only here.")]
    data: ThinData


class CloudEvent(TypedDict):
    """An event as a channel with `format: cloudevents` sends it (CloudEvents 1.0, structured)."""

    specversion: Annotated[Literal["1.0"], _says("The version of CloudEvents.")]
    id: Annotated[Name, _says("The `webhook-id`: the same on every try.", min_length=1)]
    source: Annotated[Name, _says("Which Tocsin.", min_length=1)]
    type: Annotated[EventType, _says("As in the plain event.")]
    time: Annotated[When, _says("The `timestamp` of the plain event.")]
    subject: Annotated[
        Name,
        _says("What it tells of: `watch-4`, `digest`, `heartbeat` or `channel`.", min_length=1),
    ]
    datacontenttype: Annotated[Literal["application/json"], _says("What `data` is.")]
    tocsinversion: Annotated[Literal[1], _says("The `version` of the plain event.")]
    data: Annotated[
        MatchData
        | UpdateData
        | FeedData
        | SpikeData
        | DigestData
        | HeartbeatData
        | DisabledData
        | ThinData,
        _says("The `data` of the plain event."),
    ]


Event = (
    AlertMatched
    | StoryUpdated
    | FeedEvent
    | AlertSpike
    | AlertDigest
    | Heartbeat
    | ChannelDisabled
    | TestPing
)
