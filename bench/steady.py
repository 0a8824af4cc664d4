"""A publisher for the soak: feeds that go on, a story every so often, and a receiver of alerts.

It runs in a process of its own. Some of what it does is wrong, as in life: a page that is gone, a feed that
answers 500 now and then, a receiver that asks to come again.
"""

import asyncio
import random
import time
from typing import Any

from aiohttp import web

NAMES = (
    "Vladimir Putin", "Angela Merkel", "Emmanuel Macron", "Ursula von der Leyen", "Narendra Modi", "Xi Jinping",
    "Olaf Scholz", "Keir Starmer", "Giorgia Meloni", "Recep Tayyip Erdogan",
)  # fmt: skip
FIRST = ("Ann", "Peter", "Maria", "John", "Elena", "Thomas", "Olga", "David", "Laura", "Ivan")
LAST = (
    "Keller",
    "Moreau",
    "Whitfield",
    "Sorokin",
    "Lindqvist",
    "Okafor",
    "Brandt",
    "Castillo",
    "Novak",
    "Hayes",
)
PLACES = ("Kazan", "Berlin", "Lyon", "Ankara", "Leeds", "Delhi", "Turin", "Porto", "Oslo", "Gdansk")
DEEDS = (
    "opened talks about grain", "signed a budget for schools", "visited a flooded valley",
    "defended the new harbour", "refused to comment on the trial", "announced an inquiry into the bank",
    "met striking railway workers", "welcomed the results of the vote",
)  # fmt: skip
SHOWN = 25  # entries of a feed


def story(number: int) -> tuple[str, str]:
    """Title and text of a story: every number another one, the same each time."""
    rng = random.Random(number)
    who = rng.choice(NAMES) if rng.random() < 0.5 else f"{rng.choice(FIRST)} {rng.choice(LAST)}"
    place, deed = rng.choice(PLACES), rng.choice(DEEDS)
    words = [f"{rng.choice(('council', 'company', 'ministry', 'court'))} no. {rng.randrange(9999)}"]
    lines = [f"{who} {deed} in {place} on day {number} of the year."]
    for _ in range(rng.randrange(6, 16)):
        other = f"{rng.choice(FIRST)} {rng.choice(LAST)}"
        words.append(str(rng.randrange(10_000)))
        lines.append(
            f"{other} of the {words[0]} said that {rng.choice(DEEDS)} had cost {words[-1]} pounds, "
            f"and {who.split()[-1]} would answer in {rng.choice(PLACES)} within {rng.randrange(90)} days."
        )
    return f"{who} {deed} in {place}, report {number}", " ".join(lines)


class Newsroom:
    """What has been published, by whom, and what came back as alerts."""

    def __init__(self, feeds: int, rate: float) -> None:
        self._feeds = feeds
        self._rate = rate
        self._begun = time.monotonic()
        self._stopped: int | None = None
        self._asked = 0
        self._received: set[str] = set()
        self._posts = 0

    @property
    def published(self) -> int:
        """How many stories there are by now."""
        if self._stopped is not None:
            return self._stopped
        return int((time.monotonic() - self._begun) * self._rate)

    async def feed(self, request: web.Request) -> web.Response:
        """The newest stories of one feed; each fiftieth answer is a 500."""
        own = int(request.match_info["number"])
        self._asked += 1
        if self._asked % 50 == 0:
            return web.Response(status=500)
        latest = self.published
        numbers = [n for n in range(latest) if n % self._feeds == own][-SHOWN:]
        etag = f'"{numbers[-1] if numbers else -1}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        whole = own % 2 == 0
        entries = "".join(self._entry(n, request, whole=whole) for n in reversed(numbers))
        text = f"<rss version='2.0'><channel><title>Paper {own}</title>{entries}</channel></rss>"
        return web.Response(text=text, content_type="application/rss+xml", headers={"ETag": etag})

    def _entry(self, number: int, request: web.Request, *, whole: bool) -> str:
        title, text = story(number)
        link = f"http://{request.host}/page/{number}"
        body = text if whole else text[:80]
        return (
            f"<item><title>{title}</title><guid>story-{number}</guid><link>{link}</link>"
            f"<description>{body}</description></item>"
        )

    async def page(self, request: web.Request) -> web.Response:
        """The page of a story; each fortieth is gone."""
        number = int(request.match_info["number"])
        if number % 40 == 39:
            return web.Response(status=404)
        title, text = story(number)
        half = len(text) // 2
        return web.Response(
            text=f"<html lang=en><head><title>{title}</title></head><body><nav>Home News Sport</nav><article>"
            f"<h1>{title}</h1><p>{text[:half]}</p><p>{text[half:]}</p></article></body></html>",
            content_type="text/html",
        )

    async def hook(self, request: web.Request) -> web.Response:
        """Takes alerts; each thirtieth request is sent away for a second."""
        self._posts += 1
        await request.read()
        if self._posts % 30 == 0:
            return web.Response(status=503, headers={"Retry-After": "1"})
        self._received.add(request.headers["webhook-id"])
        return web.Response(status=204)

    async def stop(self, _request: web.Request) -> web.Response:
        """Publish nothing more."""
        self._stopped = self.published
        return await self.told(_request)

    async def told(self, _request: web.Request) -> web.Response:
        """What was published and what came back."""
        figures = {
            "published": self.published,
            "received": len(self._received),
            "polls": self._asked,
        }
        return web.json_response(figures)


def serve(ports: Any, feeds: int, rate: float) -> None:
    """Serve until killed; the port is put into ``ports``."""
    room = Newsroom(feeds, rate)

    async def run() -> None:
        app = web.Application(client_max_size=2**22)
        app.add_routes(
            [
                web.get("/feed/{number}", room.feed),
                web.get("/page/{number}", room.page),
                web.post("/hook", room.hook),
                web.get("/told", room.told),
                web.post("/stop", room.stop),
            ]
        )
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ports.put(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())
