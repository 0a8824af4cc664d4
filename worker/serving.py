"""The HTTP server of Tocsin: watches as feeds, alerts and unsubscribing, at addresses nobody can guess."""

import asyncio
import contextlib
import hashlib
from email.utils import format_datetime
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy import Engine

from worker.alert_page import AlertPage
from worker.alerts.addresses import number_of
from worker.alerts.syndication import ATOM_TYPE, JSON_TYPE, Syndication, atom, json_feed
from worker.alerts.wording import in_utc
from worker.listening import CannotListenError
from worker.observe import facts, logger
from worker.store.engine import run
from worker.store.syndication import feed_key, syndication_of
from worker.unsubscribing import UnsubscribePage

LISTEN = "127.0.0.1:8373"
TURN_SECONDS = 5.0
_FORMS = {"atom": (ATOM_TYPE, atom), "json": (JSON_TYPE, json_feed)}
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}

log = logger(__name__)


def base_of(public_url: str, listen: str) -> str:
    """The address that readers know: the public one, else the one listened at."""
    return public_url or f"http://{listen or LISTEN}"


class Server:
    """Answers requests from the store. Each request is bounded; none but an unsubscription writes."""

    def __init__(self, engine: Engine, public_url: str = "") -> None:
        """``public_url``: how it is reached from outside, for the addresses it writes of itself."""
        self._engine = engine
        self._public_url = public_url

    def application(self) -> web.Application:
        """The routes."""
        app = web.Application(client_max_size=10_000)
        app.router.add_get("/livez", self._alive)
        app.router.add_get(
            "/watches/{name:[0-9]{1,18}-[A-Za-z0-9_-]{24}}.{form:atom|json}", self._feed
        )
        app.add_routes(AlertPage(self._engine).routes())
        app.add_routes(UnsubscribePage(self._engine).routes())
        app.on_response_prepare.append(_safely)
        return app

    async def _alive(self, _: web.Request) -> web.Response:
        await asyncio.to_thread(self._ask_store)
        return web.Response(text="alive\n")

    def _ask_store(self) -> None:
        with self._engine.connect() as connection:
            run(connection, "SELECT 1")

    async def _feed(self, request: web.Request) -> web.Response:
        name, form = request.match_info["name"], request.match_info["form"]
        base = self._public_url or f"http://{request.host}"
        feed = await asyncio.to_thread(self._read, name, f"{base.rstrip('/')}{request.path}")
        if feed is None:
            raise web.HTTPNotFound(text="There is no such feed.\n")
        kind, render = _FORMS[form]
        body = render(feed)
        tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        headers = {
            "ETag": tag,
            "Last-Modified": format_datetime(in_utc(feed.updated), usegmt=True),
            "Cache-Control": "private, max-age=60",
        }
        if any(one.value == tag.strip('"') for one in request.if_none_match or ()):
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers={**headers, "Content-Type": kind})

    def _read(self, name: str, url: str) -> Syndication | None:
        with self._engine.begin() as connection:
            watch_id = number_of(feed_key(connection), "feed", name)
            if watch_id is None:
                return None
            return syndication_of(connection, watch_id, url=url)


async def _safely(_: web.Request, response: web.StreamResponse) -> None:
    for name, value in _SAFE.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "tocsin"


async def serve(server: Server, listen: str, stop: asyncio.Event) -> None:
    """Serve at ``host:port`` until ``stop``. Raises CannotListenError."""
    place = urlsplit(f"//{listen}")
    runner = web.AppRunner(server.application(), access_log=None)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, place.hostname, place.port).start()
        except OSError as error:
            raise CannotListenError(listen, error, "TOCSIN_LISTEN") from None
        log.info("serving", address=f"http://{listen}")
        while not stop.is_set():
            facts.turn("serve", 3 * TURN_SECONDS)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), TURN_SECONDS)
    finally:
        await runner.cleanup()
