"""What the benchmark of delivery needs: alerts that are owed, receivers in processes of their own."""

import asyncio
import base64
import json
import multiprocessing
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from sqlalchemy import Connection
from standardwebhooks import Webhook

from worker.model import Article, Entry, Evidence, ItemState, Kind, Mention
from worker.store import articles, feeds, items, stories, watches
from worker.store.articles import Tagged
from worker.store.engine import dump_json, run
from worker.store.items import NewItem

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
QUERY = 'person:"Vladimir Putin"'
TEXT = (
    "President Vladimir Putin arrived in Kazan on Monday for talks with the leaders of five "
    "countries about grain, gas and the price of both. "
) * 20


# --------------------------------------------------------------------------------- what is owed


def make_alerts(connection: Connection, count: int) -> None:
    """As many stories with an article each, and the alerts of one watch for them."""
    feed_id = feeds.put_feed(connection, name="gazette", url="http://example.org/feed")
    watch_id = watches.put_watch(connection, name="putin", query=QUERY, channels=[])
    new = [
        NewItem(
            identity=f"guid:{n}",
            fingerprint=str(n),
            entry=Entry(title=f"Putin arrives, report {n}", url=f"https://news.example/{n}"),
            state=ItemState.FETCHED,
        )
        for n in range(count)
    ]
    ids = [one.id for one in items.insert_items(connection, {feed_id: new})[feed_id]]
    made = stories.create_stories(connection, [f"Putin arrives, report {n}" for n in range(count)])
    mentions = tuple(
        Mention(
            kind=Kind.PERSON, key=f"Q{n}", name=f"Vladimir Putin {n}", count=3, salience=0.5,
            in_title=True, spans=((10, 24),), found_by="gazetteer", support="full name",
        )
        for n in range(8)
    )  # fmt: skip
    articles.save_articles(
        connection,
        [
            Tagged(
                item_id=item_id,
                article=Article(
                    title=f"Putin arrives, report {n}", text=TEXT, language="en",
                    url=f"https://news.example/{n}", outlet="The Gazette",
                    published=datetime.now(UTC),
                ),
                mentions=mentions,
                tagger="1",
            )
            for n, item_id in enumerate(ids)
        ],
    )  # fmt: skip
    articles.save_mentions(connection, dict.fromkeys(ids, mentions))
    stories.join_stories(connection, dict(zip(ids, made, strict=True)))
    evidence = [Evidence(clause=QUERY, value="Vladimir Putin", spans=((10, 24),))]
    run(
        connection,
        """WITH found AS (
               INSERT INTO match (watch_id, item_id, evidence, announced, reason)
               SELECT :watch, i, CAST(:evidence AS jsonb), true, 'first report of this story'
               FROM unnest(CAST(:items AS bigint[])) AS i
           )
           INSERT INTO alert (kind, watch_id, story_id, item_id, reason)
           SELECT 'story', :watch, s, i, 'first report of this story'
           FROM unnest(CAST(:stories AS bigint[]), CAST(:items AS bigint[])) AS r(s, i)""",
        watch=watch_id,
        evidence=dump_json(evidence),
        items=ids,
        stories=made,
    )


def owe(connection: Connection, channels: list[int]) -> None:
    """Owe every alert to these channels, from now; whatever was owed before is forgotten."""
    run(connection, "DELETE FROM delivery")
    run(connection, "DELETE FROM circuit")
    run(
        connection,
        """INSERT INTO delivery (alert_id, channel_id, message_id)
           SELECT alert.id, c, '<' || gen_random_uuid() || '@bench.local>'
           FROM alert CROSS JOIN unnest(CAST(:channels AS bigint[])) AS c""",
        channels=channels,
    )
    connection.exec_driver_sql("ANALYZE")


# ------------------------------------------------------------------------------------ receivers


def receive_webhooks(ports: Any) -> None:
    """A receiver that checks every signature; what it got at ``/stats``, cleared when asked.

    ``/hook/NAME`` takes at once, ``/hang/NAME`` never answers.
    """
    got: dict[str, dict[str, float]] = {}
    wrong = 0

    async def hook(request: web.Request) -> web.Response:
        nonlocal wrong
        body = await request.read()
        try:
            Webhook(SECRET).verify(body, dict(request.headers))
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            wrong += 1
            return web.Response(status=401)
        if b"watch" in body:
            seen = got.setdefault(request.match_info["name"], {})
            seen.setdefault(request.headers["webhook-id"], time.monotonic())
        return web.Response(status=204)

    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response(status=204)

    async def stats(_request: web.Request) -> web.Response:
        nonlocal wrong
        told = {"wrong": wrong, "got": {name: sorted(seen.values()) for name, seen in got.items()}}
        got.clear()
        wrong = 0
        return web.json_response(told)

    async def count(_request: web.Request) -> web.Response:
        return web.json_response({name: len(seen) for name, seen in got.items()})

    routes = [
        web.post("/hook/{name}", hook),
        web.post("/hang/{name}", hang),
        web.get("/stats", stats),
        web.get("/count", count),
    ]
    asyncio.run(_serve(routes, ports))


async def _serve(routes: list[web.RouteDef], ports: Any) -> None:
    app = web.Application(client_max_size=2**22)
    app.add_routes(routes)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    ports.put(runner.addresses[0][1])
    await asyncio.Event().wait()


def receive_mails(ports: Any) -> None:
    """A mail server that keeps when each Message-ID came; told by a web server beside it."""
    got: dict[str, float] = {}

    class Handler:
        async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
            head = envelope.content.partition(b"\r\n\r\n")[0]
            found = next(
                one for one in head.split(b"\r\n") if one.lower().startswith(b"message-id")
            )
            got.setdefault(found.decode(), time.monotonic())
            return "250 taken"

    async def stats(_request: web.Request) -> web.Response:
        told = sorted(got.values())
        got.clear()
        return web.json_response({"wrong": 0, "got": {"mail": told}})

    async def count(_request: web.Request) -> web.Response:
        return web.json_response({"mail": len(got)})

    async def main() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(Handler(), hostname="sink"), "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])
        await _serve([web.get("/stats", stats), web.get("/count", count)], ports)

    asyncio.run(main())


def feed_and_receiver(ports: Any, *, pages: bool = False) -> None:
    """A feed that has a new story each time it is read after ``/publish``, and a receiver of its alert.

    With ``pages`` a story's text is on a page of the same host, else in the feed alone.
    ``/stats`` gives the seconds from the answer with the story to the receipt of its alert.
    """
    published: list[float] = []
    received: list[float] = []
    waiting = False

    async def feed(request: web.Request) -> web.Response:
        nonlocal waiting
        if waiting:
            waiting = False
            published.append(time.monotonic())
        site = request.url.origin() if pages else ""
        entries = "".join(
            f"<item><title>Vladimir Putin arrives in Kazan, part {n}: {_words(n)}</title>"
            f"<guid>story-{n}</guid><description>President Vladimir Putin. {_words(n) * 9}"
            f"</description>{f'<link>{site}/story/{n}</link>' if site else ''}</item>"
            for n in range(max(0, len(published) - 20), len(published))
        )
        text = f"<rss version='2.0'><channel><title>Gazette</title>{entries}</channel></rss>"
        return web.Response(text=text, content_type="application/rss+xml")

    async def story(request: web.Request) -> web.Response:
        n = int(request.match_info["n"])
        told = "".join(f"<p>President Vladimir Putin. {_words(n) * 3}</p>" for _ in range(5))
        page = f"<html lang='en'><title>Part {n}</title><article><h1>Part {n}</h1>{told}</article>"
        return web.Response(text=page, content_type="text/html")

    async def publish(_request: web.Request) -> web.Response:
        nonlocal waiting
        waiting = True
        return web.Response(status=204)

    async def hook(_request: web.Request) -> web.Response:
        received.append(time.monotonic())
        return web.Response(status=204)

    async def stats(_request: web.Request) -> web.Response:
        return web.json_response({"published": published, "received": received})

    routes = [
        web.get("/feed", feed),
        web.get("/story/{n}", story),
        web.post("/publish", publish),
        web.post("/hook", hook),
        web.get("/stats", stats),
    ]
    asyncio.run(_serve(routes, ports))


def _words(number: int) -> str:
    """A sentence that no other story has."""
    return " ".join(f"matter{(number * 7919 + each * 104729) % 99991}" for each in range(12)) + ". "


def started(serve: Callable[[Any], None]) -> tuple[Any, Any]:
    """A receiver in a process of its own, and the queue in which it puts its ports."""
    ports: Any = multiprocessing.Queue()
    process = multiprocessing.Process(target=serve, args=(ports,), daemon=True)
    process.start()
    return process, ports


def payload() -> bytes:
    """A body of about the size of ours, for the peer."""
    return json.dumps({"type": "alert.matched", "watch": "putin", "text": TEXT[:1500]}).encode()
