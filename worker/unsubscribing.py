"""The page behind ``List-Unsubscribe`` of a mail (RFC 8058): GET only shows it, POST acts."""

import asyncio
from functools import cache
from html import escape

from aiohttp import web
from sqlalchemy import Engine

from worker.channels.unsubscribe import Subscription, read_token
from worker.observe import logger
from worker.store.secrets import secret_of
from worker.store.unsubscriptions import put_unsubscription, watch_of

_FIELD, _VALUE = "List-Unsubscribe", "One-Click"
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Unsubscribe</title>
<h1>{title}</h1>
<p>{text}</p>
{form}</html>
"""
#: No action: it goes to the address of the page, below whatever path a proxy has put it.
_FORM = f"""<form method="post"><input type="hidden" name="{_FIELD}" value="{_VALUE}">
<button>Unsubscribe</button></form>
"""

log = logger(__name__)


class UnsubscribePage:
    """Shows and does what the tokens of this Tocsin say. Any other token is not found."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._key = cache(self._read_key)

    def routes(self) -> list[web.RouteDef]:
        """Where it is."""
        place = "/unsubscribe/{token:[A-Za-z0-9_-]+}"
        return [web.get(place, self._show), web.post(place, self._act)]

    async def _show(self, request: web.Request) -> web.Response:
        """Change nothing: mail scanners follow every link."""
        said = await asyncio.to_thread(self._read, request)
        name = await asyncio.to_thread(self._name, said)
        return _page("Unsubscribe?", f"No more mails of {name} by {said.channel}.", form=_FORM)

    async def _act(self, request: web.Request) -> web.Response:
        said = await asyncio.to_thread(self._read, request)
        if not await _confirms(request):
            raise web.HTTPBadRequest(text=f"Expected {_FIELD}={_VALUE} in a form.\n")
        name = await asyncio.to_thread(self._put, said)
        text = (
            f"No more mails of {name} come by {said.channel}. "
            "What was on its way already may still arrive."
        )
        return _page("Unsubscribed", text)

    def _read(self, request: web.Request) -> Subscription:
        said = read_token(self._key(), request.match_info["token"])
        if said is None:
            raise web.HTTPNotFound(text="There is no such subscription.\n")
        return said

    def _read_key(self) -> bytes:
        with self._engine.begin() as connection:
            return secret_of(connection, "unsubscribe")

    def _name(self, said: Subscription) -> str:
        with self._engine.connect() as connection:
            return watch_of(connection, said.list_name) or said.list_name

    def _put(self, said: Subscription) -> str:
        with self._engine.begin() as connection:
            put_unsubscription(connection, said.channel, said.list_name, said.recipient)
        log.info("unsubscribed", channel=said.channel, list=said.list_name)
        return self._name(said)


async def _confirms(request: web.Request) -> bool:
    """Whether the form is that of a mail program or of our button."""
    try:
        return (await request.post()).get(_FIELD) == _VALUE
    except ValueError:  # the body is no form
        return False


def _page(title: str, text: str, *, form: str = "") -> web.Response:
    body = _PAGE.format(title=title, text=escape(text), form=form)
    headers = {"Cache-Control": "no-store"}
    return web.Response(text=body, content_type="text/html", charset="utf-8", headers=headers)
