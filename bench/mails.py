"""Sample mails of every kind, for looking at them and for measuring."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from random import Random

from worker.alerts.render import message
from worker.model import (
    Announcement,
    Article,
    Confidence,
    Digest,
    DigestSection,
    EventKind,
    Evidence,
    FeedEvent,
    FeedTrouble,
    Heartbeat,
    HourCount,
    Kind,
    Mention,
    Message,
    Notice,
    Span,
    Spike,
    StoryLine,
    Update,
)
from worker.watches.events import event_article

NOW = datetime(2026, 3, 19, 14, 20, tzinfo=UTC)
HOUR = timedelta(hours=1)
TEXT = (
    "Delegations met in Geneva for a third day. President Vladimir Putin told state television that he "
    "saw no reason for haste. Putin added that the gas transit deal could be renewed before the winter. "
    "Kyiv has not commented so far. The talks go on tomorrow, a spokesman said."
)


def places(text: str, *words: str) -> tuple[Span, ...]:
    """Where the words stand, each once."""
    return tuple((text.index(word), text.index(word) + len(word)) for word in words)


def mention(kind: Kind, name: str, sure: Confidence = Confidence.CERTAIN) -> Mention:
    """A mention that matters."""
    return Mention(
        kind=kind, key=name, name=name, count=2, salience=0.6, in_title=False, confidence=sure
    )


ALERT = Announcement(
    alert_id=311,
    delivery_id=902,
    message_id="<alert-311@tocsin.example>",
    watch_id=4,
    watch_name="Putin and gas",
    query='person:"Vladimir Putin" AND gas',
    reason="first report of this story",
    story_id=57,
    item_id=1204,
    feed_name="newsroom-world",
    article=Article(
        title="Geneva: Putin in no hurry over the gas transit deal",
        text=TEXT,
        language="en",
        url="https://www.news.example/2026/03/geneva",
        outlet="The Newsroom",
        published=datetime(2026, 3, 19, 16, 2, tzinfo=timezone(2 * HOUR)),
    ),
    mentions=(
        mention(Kind.PERSON, "Vladimir Putin"),
        mention(Kind.PERSON, "Volodymyr Zelenskyy", Confidence.LIKELY),
        mention(Kind.ORGANIZATION, "Gazprom"),
        mention(Kind.ORGANIZATION, "European Commission"),
        mention(Kind.COUNTRY, "Russia"),
        mention(Kind.COUNTRY, "Ukraine"),
        mention(Kind.COUNTRY, "Switzerland"),
        mention(Kind.TOPIC, "energy policy"),
    ),
    evidence=(
        Evidence(
            clause='person:"Vladimir Putin"',
            value="Putin",
            spans=(
                *places(TEXT, "Vladimir Putin"),
                (TEXT.index("Putin added"),) * 1 + (TEXT.index("Putin added") + 5,),
            ),
            title_spans=((8, 13),),
        ),
        Evidence(clause="gas", value="gas", spans=places(TEXT, "gas")),
    ),
    outlets=("The Newsroom", "Daily Post", "Le Courrier"),
    seen_at=NOW - timedelta(seconds=50),
    alerted_at=NOW,
)
PERSIAN = "پوتین در ژنو گفت برای توافق گاز عجله‌ای ندارد و گفت‌وگوها فردا ادامه می‌یابد."
LINE = StoryLine(
    story_id=57,
    title="Geneva: Putin in no hurry over the gas transit deal",
    url="https://www.news.example/2026/03/geneva",
    outlet="The Newsroom",
    outlets=4,
    at=NOW - HOUR,
    language="en",
    snippet="Putin added that the gas transit deal could be renewed before the winter.",
    highlights=((0, 5), (21, 24)),
    reason="quiet hours",
)
LINES = (
    LINE,
    replace(
        LINE, title="Газпром сообщил о сокращении поставок", language="ru", outlet="Новости",
        url="https://новости.example/1", snippet="Газпром сообщил о сокращении поставок газа.",
        highlights=((0, 7),), outlets=1, reason="cap of the hour reached",
    ),
    replace(
        LINE, title="پوتین در ژنو", language="fa", outlet="روزنامه", snippet=PERSIAN,
        highlights=((0, 5),), reason="not sure enough: likely",
    ),
    replace(LINE, title="🔥🚒 Fire at a compressor station: " + "what is known so far, and " * 5, reason=""),
)  # fmt: skip


def hours() -> tuple[HourCount, ...]:
    """Two days that end in a spike."""
    rng = Random(4)
    made = []
    for n in range(48):
        hour = NOW - (48 - n) * HOUR
        high = 14 + 8 * (6 < hour.hour < 20)
        stories = rng.randint(2, high - 2) if n < 46 else (31, 42)[n - 46]
        made.append(
            HourCount(hour=hour, stories=stories, low=2, high=high, covered=n not in {9, 10})
        )
    return tuple(made)


SPIKE = Spike(
    watch_id=4, watch_name="Putin", query='spike(person:"Vladimir Putin") > 3', at=NOW, observed=42,
    score=6.31, bound="> 3", normal=10.2, low=3.0, high=21.7, level="this hour of the week",
    hours=hours(), stories=tuple(replace(one, reason="") for one in LINES[:3]),
)  # fmt: skip
SECTIONS = (
    DigestSection(watch_id=4, watch_name="Putin and gas", query='person:"Vladimir Putin" AND gas', stories=LINES, total=23),
    DigestSection(watch_id=9, watch_name="Überschwemmungen am Oberlauf der Donau und ihrer Nebenflüsse", query="flood* country:DE", stories=LINES[:1], total=7),
    DigestSection(watch_id=11, watch_name="strikes", query='event:"strike" OR topic:labour', stories=LINES[1:2], total=1),
)  # fmt: skip
DIGEST = Digest(
    title="Digest", since=NOW - 24 * HOUR, until=NOW, sections=SECTIONS, total=31, more_watches=2
)
BEAT = Heartbeat(
    channel="desk-mail", schedule="daily 08:00", zone="Europe/Berlin", since=NOW - 24 * HOUR, until=NOW,
    watches=7, matches=12, alerts=9, feeds=415, healthy=415, last_item_at=NOW - timedelta(seconds=14),
    last_outlet="The Newsroom", held=2,
)  # fmt: skip
TROUBLE = replace(
    BEAT, healthy=412, dead=1,
    failing=(
        FeedTrouble(name="gazette-politics", problem="answers 500 Internal Server Error", since=NOW - 5 * HOUR),
        FeedTrouble(name="evening-post", problem="its certificate has run out", since=NOW - 50 * HOUR),
    ),
    silent=(FeedTrouble(name="courier", problem="nothing new for 9 days, where 2 h are usual"),),
)  # fmt: skip


def notice(content: Spike | Digest | Heartbeat, reason: str) -> Notice:
    """What tells of it."""
    return Notice(
        alert_id=312, delivery_id=903, message_id="<alert-312@tocsin.example>", reason=reason,
        alerted_at=NOW, content=content,
    )  # fmt: skip


def samples(address: str = "https://tocsin.example/alerts/311-Xb1uE0cP") -> dict[str, Message]:
    """A mail of every kind, and those that are hard to show."""
    update = Update(
        first_alert_id=300,
        first_title="Putin arrives in Geneva",
        first_outlets=("The Newsroom",),
        thread=("<a@t>",),
    )
    event = FeedEvent(
        kind=EventKind.FAILING,
        detail="It answered 500 ten times in 26 hours; tried again every 24 hours.",
    )
    failing = event_article(
        event,
        feed_name="gazette",
        outlet="The Gazette",
        url="https://gazette.example/feed.xml",
        at=NOW,
    )
    long = "Exclusive: " + "what the delegations in Geneva agreed on, and what they did not, " * 4
    persian = replace(
        ALERT.article,
        title="پوتین در ژنو: عجله‌ای برای توافق گاز نیست",
        text=PERSIAN,
        language="fa",
        outlet="روزنامه جهان",
        url="https://روزنامه.example/1",
    )
    told: dict[str, Announcement | Notice] = {
        "alert": ALERT,
        "update": replace(ALERT, reason="20 outlets report it", update=update, outlets=tuple(f"Outlet {n}" for n in range(20))),
        "feed": replace(ALERT, watch_name="feeds in trouble", query="event:failing", event=event, article=failing, mentions=(), evidence=(), reason="feed event", story_id=0, feed_name="gazette"),
        "digest": notice(DIGEST, "daily 08:00"),
        "storm": notice(replace(DIGEST, title="After the storm", sections=SECTIONS[:1], total=23, more_watches=0), "the storm is over"),
        "heartbeat": notice(BEAT, "daily 08:00"),
        "trouble": notice(TROUBLE, "daily 08:00"),
        "spike": notice(SPIKE, "rate above normal"),
        "test": replace(ALERT, test=True, mentions=ALERT.mentions[:1]),
        "long": replace(ALERT, article=replace(ALERT.article, title=long, outlet="The Newsroom of the United Free Provinces Weekly " * 2), watch_name="W" * 90),
        "emoji": replace(ALERT, article=replace(ALERT.article, title="🔥🚒 Fire in 東京 👩‍👩‍👧‍👦 – 3 hurt 🇯🇵")),
        "rtl": replace(ALERT, article=persian, evidence=(Evidence(clause='person:"Vladimir Putin"', value="پوتین", spans=((0, 5),)),)),
        "bare": replace(ALERT, article=Article(title="", text="", outlet=""), mentions=(), evidence=(), outlets=()),
    }  # fmt: skip
    return {name: message(one, address) for name, one in told.items()}
