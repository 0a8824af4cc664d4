"""The feeds that the polling benchmark serves: 1,000 newspapers of 30 items each.

What they look like, modelled on feeds of real news outlets:

* four of five are RSS 2.0 (with ttl-less channel, guid, pubDate, dc:creator, two categories), one
  of five is Atom 1.0 (id, published, updated, author);
* 30 items, newest first; titles of 45 to 90 characters, links of about 90 with a slug, a guid of
  its own, dates minutes to hours apart;
* descriptions of 300 to 600 bytes of HTML: a paragraph or two, an image or a link, accents,
  typographic quotes, ``&amp;``; half of the feeds write them in CDATA, half escaped;
* 25 to 35 KB in all, without hints on how often to poll.

Everything follows from the seed, the number of the feed and that of the item.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random

WINDOW = 30
_BEGIN = datetime(2026, 11, 1, 6, tzinfo=UTC)
_WORDS = [
    "the",
    "council",
    "minister",
    "said",
    "on",
    "Monday",
    "that",
    "talks",
    "over",
    "a",
    "new",
    "budget",
    "for",
    "roads",
    "schools",
    "and",
    "hospitals",
    "would",
    "resume",
    "next",
    "week",
    "after",
    "months",
    "of",
    "dispute",
    "between",
    "the",
    "two",
    "parties",
    "in",
    "São",
    "Paulo",
    "Zürich",
    "Málaga",
    "and",
    "Gdańsk",
    "while",
    "police",
    "were",
    "investigating",
    "reports",
    "of",
    "fraud",
    "at",
    "one",
    "of",
    "Europe’s",
    "largest",
    "banks",
    "according",
    "to",
    "officials",
    "who",
    "asked",
    "not",
    "to",
    "be",
    "named",
    "as",
    "markets",
    "fell",
    "by",
    "two",
    "per",
    "cent",
    "amid",
    "fears",
    "of",
    "slower",
    "growth",
    "and",
    "rising",
    "prices",
    "for",
    "energy",
    "food",
    "and",
    "housing",
    "in",
    "the",
    "region",
    "where",
    "thousands",
    "of",
    "people",
    "protested",
    "against",
    "plans",
    "to",
    "close",
    "the",
    "factory",
    "that",
    "had",
    "made",
    "engines",
    "since",
    "1954",
    "researchers",
    "found",
    "that",
    "a",
    "drug",
    "first",
    "tested",
    "in",
    "Norway",
    "cut",
    "deaths",
    "by",
    "almost",
    "a",
    "third",
    "among",
    "patients",
    "with",
    "severe",
    "heart",
    "disease",
    "the",
    "team",
    "won",
    "its",
    "third",
    "match",
    "in",
    "a",
    "row",
    "and",
    "will",
    "meet",
    "the",
    "champions",
    "in",
    "the",
    "final",
    "on",
    "Saturday",
    "evening",
    "despite",
    "heavy",
    "rain",
]
_SECTIONS = ("World", "Politics", "Business", "Science & Tech", "Sport", "Culture", "Health")


@dataclass(frozen=True)
class Story:
    """One item of one feed, the same whenever it is asked for."""

    feed: int
    number: int

    @property
    def published(self) -> datetime:
        """Minutes to hours after the item before it."""
        return _BEGIN + timedelta(minutes=37 * self.number + self.feed % 31)

    def texts(self) -> tuple[str, str, str, str]:
        """Title, description (HTML), author and section."""
        rng = Random(self.feed * 1_000_003 + self.number)
        title = _sentence(rng, rng.randint(45, 85)).rstrip(".")
        parts = [f"<p>{_prose(rng, rng.randint(190, 270))}</p>"]
        if rng.random() < 0.5:
            image = f"https://cdn.paper-{self.feed}.example/img/{rng.randrange(10**8)}.jpg"
            parts.insert(0, f'<img src="{image}" alt="" width="640" />')
        if rng.random() < 0.6:
            parts.append(
                f"<p>{_prose(rng, rng.randint(40, 90))} <a href='{self.link}'>More</a></p>"
            )
        author = " ".join(word.title() for word in rng.sample(_WORDS, 2))
        return title, "".join(parts), author, rng.choice(_SECTIONS)

    @property
    def link(self) -> str:
        """Where its page would be."""
        slug = "-".join(word.lower() for word in Random(self.number).sample(_WORDS[:60], 5))
        return (
            f"https://www.paper-{self.feed}.example/news/2026/11/{self.number}-{slug}"
            "?utm_source=rss&utm_medium=feed"
        )


def feed_text(feed: int, newest: int) -> str:
    """The document of one feed whose newest item has the number ``newest``."""
    stories = [Story(feed, number) for number in range(newest, newest - WINDOW, -1)]
    if feed % 5 == 4:
        return _atom(feed, stories)
    cdata = feed % 2 == 0
    items = "".join(_rss_item(story, cdata=cdata) for story in stories)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">\n'
        f"<channel>\n<title>Paper {feed} &#8211; all the news</title>\n"
        f"<link>https://www.paper-{feed}.example/</link>\n<language>en</language>\n"
        f"<description>News, comment &amp; analysis from paper {feed}</description>\n"
        f"<lastBuildDate>{format_datetime(stories[0].published)}</lastBuildDate>\n"
        f"{items}</channel>\n</rss>\n"
    )


def _rss_item(story: Story, *, cdata: bool) -> str:
    title, description, author, section = story.texts()
    shown = f"<![CDATA[{description}]]>" if cdata else escape(description)
    return (
        f"<item>\n  <title>{escape(title)}</title>\n  <link>{escape(story.link)}</link>\n"
        f'  <guid isPermaLink="false">paper-{story.feed}:story:{story.number}</guid>\n'
        f"  <pubDate>{format_datetime(story.published)}</pubDate>\n"
        f"  <dc:creator>{escape(author)}</dc:creator>\n"
        f"  <category>{escape(section)}</category>\n  <category>Home page</category>\n"
        f"  <description>{shown}</description>\n</item>\n"
    )


def _atom(feed: int, stories: list[Story]) -> str:
    entries = "".join(_atom_entry(story) for story in stories)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">\n'
        f"<title>Paper {feed}</title>\n<id>tag:paper-{feed}.example,2026:feed</id>\n"
        f'<link href="https://www.paper-{feed}.example/" />\n'
        f"<updated>{stories[0].published.isoformat()}</updated>\n{entries}</feed>\n"
    )


def _atom_entry(story: Story) -> str:
    title, description, author, section = story.texts()
    moment = story.published.isoformat()
    return (
        f"<entry>\n  <title>{escape(title)}</title>\n"
        f'  <link rel="alternate" type="text/html" href="{escape(story.link)}" />\n'
        f"  <id>tag:paper-{story.feed}.example,2026:{story.number}</id>\n"
        f"  <published>{moment}</published>\n  <updated>{moment}</updated>\n"
        f"  <author><name>{escape(author)}</name></author>\n"
        f'  <category term="{escape(section)}" />\n'
        f'  <summary type="html">{escape(description)}</summary>\n</entry>\n'
    )


def _sentence(rng: Random, length: int) -> str:
    start = rng.randrange(len(_WORDS))
    words: list[str] = []
    size = 0
    while size < length:
        word = (
            _WORDS[(start + len(words)) % len(_WORDS)] if rng.random() < 0.7 else rng.choice(_WORDS)
        )
        words.append(word)
        size += len(word) + 1
    words[0] = words[0].capitalize()
    return f"{' '.join(words)}."


def _prose(rng: Random, length: int) -> str:
    """Sentences of about ``length`` characters as HTML text, now and then a quote and a dash."""
    said = []
    size = 0
    while size < length:
        sentence = _sentence(rng, rng.randint(60, 120))
        if rng.random() < 0.2:
            sentence = f"“{sentence}” – R&amp;D chief"
        said.append(sentence)
        size += len(sentence) + 1
    return " ".join(said)
