"""A newswire of any speed for ``bench.day``: stories, the pages they stand on, and who serves them.

Stories are English, of some 400 words, in sentences from a list; who and what they name, and their rarer
words, are drawn from the world of ``bench.watching``, in which the watches are written too. Three of ten
are an agency's text that another outlet prints minutes later, under a headline of its own and cut.
"""

import asyncio
import random
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import formatdate
from html import escape
from itertools import accumulate
from typing import Any

from aiohttp import web

from bench.watching import WORDS, World, Zipf

#: How busy each hour of a day is; a run goes through all of them.
HOURS = (
    45, 40, 40, 45, 50, 70, 90, 110, 125, 130, 130, 125,
    130, 145, 160, 160, 155, 140, 120, 100, 85, 75, 60, 50,
)  # fmt: skip
COPIES, COPIED_FROM = 0.3, 200
"""The share of stories that are copies, and among how many of the latest their originals are."""
FEEDS, ENTRIES, OLD = 32, 30, 3
"""Feeds, each on a host of its own, with so many entries; at first a few old ones."""

_SENTENCES = """\
{p}, who has led {o} since last spring, told reporters in {c} that the {w} would be {v} before winter.
The government of {c} said on Monday that talks about the {w} had broken down over {w} and prices.
“We were never asked about the {w},” {s} said, adding that {n} workers had been sent home.
{o} said its profit fell {n} percent in the third quarter because of the {w} in {c}.
Analysts had expected the {w} to be {v}, but {q} called that view far too hopeful.
Police in {c} arrested {n} people after a protest against the {w} turned violent on Thursday night.
{p} and {q} met for three hours behind closed doors and left without a word about the {w}.
The court ruled that {o} must pay {n} million dollars for a {w} that had been {v} for years.
Shares of {o} rose {n} percent on hopes that the {w} and the {w} could be sold.
A spokeswoman for {o} declined to comment on what she called {w} rumours.
In {c}, farmers blocked roads with tractors and demanded that {s} give up the plan for {w}.
The central bank left rates unchanged and warned that the {w} was still {v}.
Rescue teams searched a second day for {n} miners who are missing near the {w} valley.
“Nobody at {o} could tell us when the {w} would run again,” said {q}, a local official.
It was the {n}th such incident since the {w} was {v}, according to figures seen by the agency.
Lawmakers in {c} voted {n} to {n} for a bill on {w} that {s} had opposed.
The storm cut power to {n} thousand homes and left the harbour {v} under mud and {w}.
Doctors in {c} said the {w} fever had spread to {n} towns, most of them along the border.
{q} accused {o} of hiding a report on {w}, which the company denied.
The two sides agreed to exchange {n} prisoners, but the truce around {w} did not hold.
Oil traded {n} cents lower as traders weighed the {w} against larger stocks in {c}.
{s} is expected to travel to {c} next week for a summit on {w} and trade.
A study of {n} patients found that {w} lowered the risk of {w}, its authors wrote.
The match was stopped for {n} minutes after supporters of {w} threw flares onto the pitch.
Under the plan, {o} would close {n} plants and move its {w} to {c} within two years.
Teachers, nurses and bus drivers joined the strike, the largest since the {w} was {v}.
The minister said the {w} had cost {n} million euros and that the money was well spent.
Investigators believe the fire began in a {w} on the ground floor and spread within minutes.
Airlines cancelled {n} flights to {c} and told passengers to check the {w} before leaving.
For {s} the vote is the hardest test since the scandal over {w} two years ago.
The museum bought the {w} for {n} thousand pounds at an auction that {q} attended.
Engineers at {o} said the {w} had been {v} in a test that lasted {n} hours.
Residents of the old quarter, who have waited {n} years for a {w}, were not impressed.
The agreement on {w}, signed in {c}, must still be approved by {n} parliaments.
Exports of {w} from {c} grew {n} percent, faster than those of any neighbour.
""".splitlines()
_HEADLINES = """\
{s} rejects {c} plan for {w} as {o} cuts {n} jobs
{o} to sell {w} unit after {n} percent fall in profit
{c} court orders {o} to pay for {w}
{p} says {w} talks with {c} have failed
{n} hurt in {c} as {w} protest turns violent
{p} meets {q} over {w} and {w}
""".splitlines()
_CUT = """\
By the staff of the {w} desk
With reports from {c}
More on this story follows
""".splitlines()


@dataclass(frozen=True, slots=True)
class Story:
    """What is published: ``at`` seconds after the start of the day, in a feed; before it where below 0."""

    number: int
    feed: int
    at: float
    title: str
    text: str

    @property
    def path(self) -> str:
        """Where its page stands."""
        return f"/story/{self.number}"


class Newsroom:
    """Writes stories, the same in each run."""

    def __init__(self, world: World, seed: int = 5) -> None:
        self._rng = random.Random(seed)
        self._people = Zipf(world.people, 1.0)
        self._firms = Zipf(world.firms, 1.0)
        self._countries = Zipf(world.countries, 1.0)
        self._phrases = Zipf(world.phrases, 0.9)
        self._words = Zipf(world.content, 1.0)
        self._latest: list[Story] = []

    def write(self, number: int, feed: int, at: float) -> Story:
        """The next story."""
        rng = self._rng
        if self._latest and rng.random() < COPIES:
            return self._copy(rng.choice(self._latest), number, feed, at)
        named = [self._people.draw(rng) for _ in range(4)]
        firms = [self._firms.draw(rng) for _ in range(3)]
        places = [self._countries.draw(rng) for _ in range(3)]

        def fill(pattern: str) -> str:
            one = rng.choice(named[:3])
            text = pattern
            while "{w}" in text:
                draw = self._phrases if rng.random() < 0.05 else self._words
                text = text.replace("{w}", draw.draw(rng), 1)
            while "{n}" in text:
                text = text.replace("{n}", str(rng.randrange(3, 99)), 1)
            return text.format(
                p=one, s=one.split()[-1], q=named[3], o=rng.choice(firms), c=rng.choice(places),
                v=rng.choice(("closed", "reopened", "cut in half", "rebuilt", "delayed", "sold")),
            )  # fmt: skip

        paragraphs, words = [], 0
        while words < WORDS:
            sentences = [fill(rng.choice(_SENTENCES)) for _ in range(rng.randint(2, 3))]
            paragraphs.append(" ".join(sentences))
            words += paragraphs[-1].count(" ") + 1
        story = Story(number, feed, at, fill(rng.choice(_HEADLINES)), "\n\n".join(paragraphs))
        self._latest = [*self._latest[1 - COPIED_FROM :], story]
        return story

    def _copy(self, of: Story, number: int, feed: int, at: float) -> Story:
        """The same as another outlet prints it: another line in front, the end cut."""
        kept = of.text.split("\n\n")
        kept = kept[: max(3, len(kept) - self._rng.randint(0, 2))]
        first = self._rng.choice(_CUT).format(w=self._words.draw(self._rng), c="the agency")
        title = f"{of.title} - report" if self._rng.random() < 0.5 else of.title
        return Story(number, feed, at, title, "\n\n".join([first + ".", *kept]))


def day(world: World, count: int, seconds: float, seed: int = 5) -> Iterator[Story]:
    """Old stories of each feed, then ``count`` within so many seconds, in the rhythm of a day."""
    room, rng = Newsroom(world, seed), random.Random(seed + 1)
    sums = [0.0, *accumulate(float(one) for one in HOURS)]
    for number in range(FEEDS * OLD):
        yield room.write(number, number % FEEDS, -60.0)
    for number in range(count):
        share = (number + rng.random()) / count * sums[-1]
        hour = min(bisect_right(sums, share) - 1, len(HOURS) - 1)
        at = (hour + (share - sums[hour]) / HOURS[hour]) / len(HOURS) * seconds
        yield room.write(FEEDS * OLD + number, rng.randrange(FEEDS), at)


# ---------------------------------------------------------------------------------- who serves it


PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | The Wire</title>
<meta property="og:type" content="article"><meta property="og:title" content="{title}"></head><body>
<header><nav><ul><li><a href="/">Front page</a></li><li><a href="/markets">Markets</a></li>
<li><a href="/world">World</a></li><li><a href="/sport">Sport</a></li></ul></nav></header>
<main><article><h1>{title}</h1>{paragraphs}</article>
<aside><h2>Most read</h2><ul><li><a href="/a">Ten things to know</a></li>
<li><a href="/b">The week in pictures</a></li></ul></aside></main>
<footer><p>All rights reserved. <a href="/terms">Terms</a> <a href="/privacy">Privacy</a></p></footer>
</body></html>"""


def page_of(story: Story) -> bytes:
    """The story's page."""
    paragraphs = "".join(f"<p>{escape(one)}</p>\n" for one in story.text.split("\n\n"))
    return PAGE.format(title=escape(story.title), paragraphs=paragraphs).encode()


class Wire:
    """The feeds and pages of a day that begins when it is told to."""

    def __init__(self, stories: Sequence[Story], port: int) -> None:
        self._port = port
        self._start: float | None = None
        self._pages = {story.path: page_of(story) for story in stories}
        self._feeds: list[list[Story]] = [[] for _ in range(FEEDS)]
        for story in stories:
            self._feeds[story.feed].append(story)
        self._moments = [[story.at for story in feed] for feed in self._feeds]
        self._made: dict[int, tuple[int, bytes]] = {}

    async def begin(self, _request: web.Request) -> web.Response:
        """Begin the day; gives the moment."""
        self._start = time.time() + 1.0
        return web.json_response({"start": self._start})

    async def feed(self, request: web.Request) -> web.Response:
        """A feed as it is now."""
        number = int(request.match_info["number"])
        now = time.time() - self._start if self._start is not None else -1.0
        visible = bisect_right(self._moments[number], now)
        tag = f'"{visible}"'
        if request.headers.get("if-none-match") == tag:
            return web.Response(status=304, headers={"etag": tag})
        if self._made.get(number, (-1, b""))[0] != visible:
            self._made[number] = visible, self._document(number, visible)
        return web.Response(
            body=self._made[number][1],
            headers={"etag": tag, "content-type": "application/rss+xml"},
        )

    def _document(self, number: int, visible: int) -> bytes:
        entries = "".join(
            self._entry(story) for story in reversed(self._feeds[number][:visible][-ENTRIES:])
        )
        return (
            f"<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>Wire {number}"
            f"</title><link>{base(self._port, number)}/</link>{entries}</channel></rss>"
        ).encode()

    def _entry(self, story: Story) -> str:
        link = base(self._port, story.feed) + story.path
        summary = story.text.split("\n\n", 1)[0]
        return (
            f"<item><title>{escape(story.title)}</title><link>{link}</link><guid>{link}</guid>"
            f"<pubDate>{formatdate((self._start or time.time()) + story.at)}</pubDate>"
            f"<description>{escape(summary)}</description></item>"
        )

    async def page(self, request: web.Request) -> web.Response:
        """The page of a story."""
        body = self._pages.get(request.path)
        if body is None:
            return web.Response(status=404)
        return web.Response(body=body, headers={"content-type": "text/html; charset=utf-8"})


def address(feed: int) -> str:
    """The address of loopback at which a feed and its pages are."""
    return f"127.0.7.{feed + 1}"


def base(port: int, feed: int) -> str:
    """Where a feed's host is."""
    return f"http://{address(feed)}:{port}"


def serve_wire(count: int, seconds: float, ports: Any) -> None:
    """Serve a day; puts the port in ``ports`` when ready."""
    world = World()
    stories = list(day(world, count, seconds))

    async def main() -> None:
        app = web.Application()
        runner = web.AppRunner(app, access_log=None)
        wire = Wire(stories, 0)
        app.add_routes(
            [
                web.get("/feed/{number}", wire.feed),
                web.get("/story/{number}", wire.page),
                web.post("/begin", wire.begin),
                web.get("/robots.txt", _no_robots),
            ]
        )
        await runner.setup()
        await web.TCPSite(runner, address(0), 0).start()
        port = runner.addresses[0][1]
        wire._port = port  # noqa: SLF001 - known only now
        for host in range(1, FEEDS):
            await web.TCPSite(runner, address(host), port).start()
        ports.put((port, [story.at for story in stories]))
        await asyncio.Event().wait()

    asyncio.run(main())


async def _no_robots(_request: web.Request) -> web.Response:
    return web.Response(status=404)
