"""The page behind "This alert" in mails: what matched, why it rang, its story, what became of it. Only read."""

import asyncio

from aiohttp import web
from sqlalchemy import Engine

from worker.alert_page.form import POLICY, page
from worker.alerts.addresses import number_of
from worker.store.audit import audit, story_articles
from worker.store.notices import stories_told
from worker.store.syndication import feed_key


class AlertPage:
    """Shows alerts at addresses that only mails tell. Any other address is not found."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""
        return [web.get("/alerts/{name:[0-9]{1,18}-[A-Za-z0-9_-]{24}}", self._show)]

    async def _show(self, request: web.Request) -> web.Response:
        shown = await asyncio.to_thread(self._read, request.match_info["name"])
        if shown is None:
            raise web.HTTPNotFound(text="There is no such alert, or no more.\n")
        headers = {"Content-Security-Policy": POLICY, "Cache-Control": "private, max-age=60"}
        return web.Response(text=shown, content_type="text/html", charset="utf-8", headers=headers)

    def _read(self, name: str) -> str | None:
        with self._engine.begin() as connection:
            number = number_of(feed_key(connection), "alert", name)
            found = audit(connection, number) if number is not None else None
            if number is None or found is None:
                return None
            story = found.alert.story_id
            articles = story_articles(connection, story) if story else []
            return page(found, articles, stories_told(connection, number))
