"""A newsroom that publishes with known truth, and the sink for what it should ring."""

import asyncio
import json
import random
import re
import threading
import time
from collections import defaultdict, deque
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from bench.aside import Aside
from bench.outgoing import SECRET
from bench.poisoned import CRASHES

#: Words that watches ask for, in no other text.
WATCHED = ("zorvak", "melqun", "tibrosk", "fandulo", "girmeth", "quolven", "skandrip", "vuxleth")
SHARE_WATCHED = 0.3
SHARE_WITH_PAGE = 0.1
WORDS = 75  # enough characters for a feed to carry the whole text
LINK = re.compile(r"/news/(\d+)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One item as it was published: where, when (``time.monotonic``), what it says, which watch asks for it."""

    number: int
    host: int
    at: float
    title: str
    text: str
    watch: str
    has_page: bool
    poison: bool
    date: str


@dataclass(frozen=True, slots=True)
class Received:
    """An alert at the sink: the item it is about, the watch, the webhook's id, when it came."""

    number: int
    watch: str
    identity: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """What is published: ``items`` over ``seconds``, of which ``poisons`` kill who tags them."""

    items: int
    seconds: float
    poisons: int = 2


@dataclass
class Newsroom(Aside):
    """Feeds of several hosts, their pages and the sink, in one thread; ``port`` is free at each address."""

    seed: int
    hosts: list[str]
    sink: str
    window: int = 150
    pieces: dict[int, Piece] = field(default_factory=dict)
    received: list[Received] = field(default_factory=list)
    forged: int = 0
    others: int = 0
    asked: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    port: int = 0

    def __post_init__(self) -> None:
        self._rng = random.Random(f"{self.seed}/news")
        self._feeds = [deque[Piece](maxlen=self.window) for _ in self.hosts]
        super().__init__()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**22)
        app.add_routes(
            [
                web.get("/feed", self._feed),
                web.get("/robots.txt", self._robots),
                web.get("/news/{number}", self._page),
                web.post("/hook", self._hook),
            ]
        )
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        for address in (self.sink, *self.hosts):
            site = web.TCPSite(runner, address, self.port)
            self._loop.run_until_complete(site.start())
            self.port = self.port or runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()

    def catalogue(self) -> str:
        """The feeds.yaml of it all."""
        hook = f"http://{self.sink}:{self.port}/hook"
        secret = "${BENCH_SECRET}"
        return json.dumps(
            {
                "feeds": [
                    {
                        "name": f"press-{n}",
                        "url": f"http://{one}:{self.port}/feed",
                        "language": "ru",
                    }
                    for n, one in enumerate(self.hosts)
                ],
                "channels": [
                    {"name": "hook", "kind": "webhook", "url": hook, "secret": secret, "timeout": 5}
                ],
                "watches": [
                    {"name": word, "query": word, "channels": ["hook"]} for word in WATCHED
                ],
            }
        )

    # ----------------------------------------------------------------------------- publishing

    def publish(self, rate: Rate) -> threading.Thread:
        """Publish at a steady rate; gives the thread that does, which ends by itself."""
        poisons = set(self._rng.sample(range(rate.items), rate.poisons))

        def work() -> None:
            begun = time.monotonic()
            for number in range(rate.items):
                due = begun + number * rate.seconds / rate.items
                time.sleep(max(0.0, due - time.monotonic()))
                self._add(number, poison=number in poisons)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        return thread

    def _add(self, number: int, *, poison: bool) -> None:
        rng = self._rng
        words = ["".join(rng.choices("абвгдеиклмнопрстух", k=9)) for _ in range(WORDS)]
        watched = rng.random() < SHARE_WATCHED and not poison
        watch = rng.choice(WATCHED) if watched else ""
        if watch:
            words[rng.randrange(WORDS)] = watch
        title = f"{words[0].capitalize()} {words[1]} {words[2]} {number}"
        host = rng.randrange(len(self.hosts))
        piece = Piece(
            number=number,
            host=host,
            at=time.monotonic(),
            title=f"{title} {CRASHES}" if poison else title,
            text=" ".join(words).capitalize() + ".",
            watch=watch,
            has_page=rng.random() < SHARE_WITH_PAGE and not poison,
            poison=poison,
            date=formatdate(time.time()),
        )
        self.pieces[number] = piece
        self._feeds[host].appendleft(piece)

    # -------------------------------------------------------------------------------- serving

    def _note(self, request: web.Request) -> str:
        at = time.monotonic()
        self.asked[request.host].append(at)
        return request.host

    async def _feed(self, request: web.Request) -> web.Response:
        address = self._note(request)
        pieces = list(self._feeds[self.hosts.index(address.partition(":")[0])])
        etag = f'"{pieces[0].number if pieces else "none"}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        entries = "".join(_entry(piece, address) for piece in pieces)
        body = (
            '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
            f"<title>Press</title><link>http://{address}/</link>{entries}</channel></rss>"
        )
        return web.Response(text=body, content_type="application/rss+xml", headers={"ETag": etag})

    async def _robots(self, request: web.Request) -> web.Response:
        self._note(request)
        return web.Response(status=404)

    async def _page(self, request: web.Request) -> web.Response:
        self._note(request)
        piece = self.pieces[int(request.match_info["number"])]
        return web.Response(
            text=f"<html lang='ru'><title>{piece.title}</title><body><article><h1>{piece.title}</h1>"
            f"<p>{piece.text}</p></article></body></html>",
            content_type="text/html",
        )

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(SECRET).verify(body, dict(request.headers))
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            # A sender whose clock is off signs another time: that is told apart from a forgery.
            self.forged += 1
            return web.Response(status=401)
        told: dict[str, Any] = json.loads(body)
        found = LINK.search(body.decode())
        if told["type"] != "alert.matched" or found is None:
            self.others += 1
            return web.Response(status=204)
        identity = request.headers["webhook-id"]
        watch = told["data"]["watch"]["name"]
        self.received.append(Received(int(found[1]), watch, identity, time.monotonic()))
        return web.Response(status=204)


def _entry(piece: Piece, address: str) -> str:
    link = f"http://{address}/news/{piece.number}"
    start = f"{piece.text[:90]}..."
    whole = "" if piece.has_page else f"<content:encoded><p>{piece.text}</p></content:encoded>"
    return (
        f"<item><title>{piece.title}</title><link>{link}</link><guid>{link}</guid>"
        f"<pubDate>{piece.date}</pubDate><description>{start}</description>{whole}</item>"
    )
