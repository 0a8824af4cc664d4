"""A small publisher and a webhook receiver for tests: real HTTP on loopback, in a thread."""

import asyncio
import json
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from html import escape

from aiohttp import web
from standardwebhooks import Webhook

from bench.aside import Aside

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


class Served(Aside):
    """An aiohttp application in a thread of its own, on a free port of loopback."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()
        self._tls = tls
        self.port = 0

    @property
    def url(self) -> str:
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    def application(self) -> web.Application:
        made = web.Application(client_max_size=10_000_000)
        made.add_routes(self.routes())
        return made

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        runner = web.AppRunner(self.application(), access_log=None)
        self._loop.run_until_complete(runner.setup())
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=self._tls)
        self._loop.run_until_complete(site.start())
        self.port = runner.addresses[0][1]
        self._ready.set()
        self._loop.run_forever()
        self._loop.run_until_complete(runner.cleanup())
        self._loop.close()


@dataclass
class Story:
    """One entry of the feed and its page."""

    slug: str
    title: str
    text: str
    page: bool = True
    status: int = 200


@dataclass
class _State:
    stories: list[Story] = field(default_factory=list)
    feed_status: int = 200
    feed_body: bytes | None = None
    requests: Counter[str] = field(default_factory=Counter)
    conditional: list[str] = field(default_factory=list)
    robots: str | None = None
    at_once: int = 0
    most_at_once: int = 0


class Publisher(Served):
    """One RSS feed at /feed (also at /mirror; /former leads there) whose entries link to pages, or carry their whole text."""

    def __init__(self) -> None:
        super().__init__()
        self.state = _State()

    def publish(self, slug: str, title: str, text: str, *, page: bool = True) -> None:
        self.state.stories.insert(0, Story(slug, title, text, page))

    def edit(self, slug: str, title: str, text: str) -> None:
        for story in self.state.stories:
            if story.slug == slug:
                story.title, story.text = title, text

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/feed", self._feed),
            web.get("/former", self._former),
            web.get("/mirror", self._feed),
            web.get("/news/{slug}", self._page),
            web.get("/robots.txt", self._robots),
            web.get("/", self._home),
        ]

    async def _former(self, _request: web.Request) -> web.Response:
        raise web.HTTPMovedPermanently("/feed")

    async def _home(self, _request: web.Request) -> web.Response:
        named = '<link rel="alternate" type="application/rss+xml" href="/feed">'
        return web.Response(text=f"<html><head>{named}</head></html>", content_type="text/html")

    async def _robots(self, _request: web.Request) -> web.Response:
        self.state.requests["robots"] += 1
        if self.state.robots is None:
            return web.Response(status=404)
        return web.Response(text=self.state.robots)

    async def _feed(self, request: web.Request) -> web.Response:
        self.state.requests["feed"] += 1
        body = self.state.feed_body or self._rss().encode()
        etag = f'"{hash(body)}"'
        self.state.conditional.append(request.headers.get("If-None-Match", ""))
        if self.state.feed_status != 200:
            return web.Response(status=self.state.feed_status)
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304, headers={"ETag": etag})
        return web.Response(body=body, content_type="application/rss+xml", headers={"ETag": etag})

    def _rss(self) -> str:
        items = "".join(self._item(story) for story in self.state.stories)
        return (
            '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel>'
            f"<title>Test Gazette</title><link>{self.url}/</link><language>ru</language>"
            f"{items}</channel></rss>"
        )

    def _item(self, story: Story) -> str:
        link = f"{self.url}/news/{story.slug}"
        shown = "".join(f"<p>{escape(part)}</p>" for part in story.text.split("\n\n"))
        content = story.text[:120] if story.page else shown
        return (
            f"<item><title>{escape(story.title)}</title><link>{link}</link>"
            f"<guid>{link}</guid><description>{escape(content)}</description></item>"
        )

    async def _page(self, request: web.Request) -> web.Response:
        slug = request.match_info["slug"]
        self.state.requests[slug] += 1
        self.state.at_once += 1
        self.state.most_at_once = max(self.state.most_at_once, self.state.at_once)
        await asyncio.sleep(0.02)  # long enough for another to be seen beside it
        self.state.at_once -= 1
        story = next(one for one in self.state.stories if one.slug == slug)
        if story.status != 200:
            return web.Response(status=story.status)
        paragraphs = "".join(f"<p>{escape(part)}</p>" for part in story.text.split("\n\n"))
        return web.Response(
            text=f"<html><head><title>{escape(story.title)}</title></head><body><nav>Menu</nav>"
            f"<article><h1>{escape(story.title)}</h1>{paragraphs}</article></body></html>",
            content_type="text/html",
        )


class Receiver(Served):
    """A webhook receiver that verifies each signature with the independent library."""

    def __init__(self) -> None:
        super().__init__()
        self.received: list[dict[str, object]] = []
        self.ids: list[str] = []
        self.refused = 0
        self.answer: Callable[[], Awaitable[web.Response]] | None = None

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hook", self._hook)]

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(SECRET).verify(body, dict(request.headers))
        except Exception:  # noqa: BLE001 - whatever is wrong with it, it is refused
            self.refused += 1
            return web.Response(status=401)
        self.ids.append(request.headers["webhook-id"])
        self.received.append(json.loads(body))
        return await self.answer() if self.answer else web.Response(status=204)
