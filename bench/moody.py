"""Receivers with moods for the kill test: some answer 500, hang, or hang up after taking.

What they do is decided by the seed and what they are sent, and only at its first arrival: the
test asks what becomes of one failure, not of an endless row of them.
"""

import asyncio
import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes
from email.policy import default
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from standardwebhooks import Webhook

from bench.aside import Aside
from bench.outgoing import SECRET

#: Of a hundred first arrivals as many meet each mood.
MOODS = {"refuses": 3, "hangs": 1, "takes and hangs": 1, "takes and hangs up": 2}
HANG_SECONDS = 6.0  # longer than the channels wait
REPORT = re.compile(r"report (\d+)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """Something that came to a channel: what it is ``about``, its id, what it met.

    ``answered``: the receiver said that it had taken it.
    """

    channel: str
    about: str
    identity: str
    at: float
    taken: bool
    answered: bool


class Receivers(Aside):
    """Webhooks at ``/hook/CHANNEL``, an empty feed at ``/feed``, and a mail server, in a thread."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.arrivals: list[Arrival] = []
        self.forged = 0
        self.moods: Counter[str] = Counter()
        self.url = ""
        self.mail_port = 0
        self._seed = seed
        self._seen: set[tuple[str, str]] = set()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        app = web.Application(client_max_size=2**22)
        app.add_routes([web.post("/hook/{name}", self._hook), web.get("/feed", self._feed)])
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._loop.run_until_complete(runner.setup())
        self._loop.run_until_complete(web.TCPSite(runner, "127.0.0.1", 0).start())
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        mail = self._loop.run_until_complete(
            self._loop.create_server(lambda: SMTP(self, hostname="sink"), "127.0.0.1", 0)
        )
        self.mail_port = mail.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        mail.close()
        self._loop.run_until_complete(runner.cleanup())
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.05))
        self._loop.close()

    async def _feed(self, _request: web.Request) -> web.Response:
        empty = "<rss version='2.0'><channel><title>Quiet</title></channel></rss>"
        return web.Response(text=empty, content_type="application/rss+xml")

    def _mood(self, channel: str, about: str) -> str:
        if (channel, about) in self._seen:
            return "takes"
        self._seen.add((channel, about))
        left = random.Random(f"{self._seed}/{channel}/{about}").random() * 100
        for mood, share in MOODS.items():
            left -= share
            if left < 0:
                self.moods[mood] += 1
                return mood
        return "takes"

    async def _meet(
        self, channel: str, about: str, identity: str, hang_up: Callable[[], None]
    ) -> bool:
        """Whether it is taken and may be answered; hangs or hangs up where that is the mood."""
        mood = self._mood(channel, about)
        taken = mood.startswith("takes")
        one = Arrival(channel, about, identity, time.time(), taken, mood == "takes")
        self.arrivals.append(one)
        if mood.endswith("hangs"):
            await asyncio.sleep(HANG_SECONDS)
        if mood == "takes and hangs up":
            hang_up()
        return taken

    async def _hook(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            Webhook(SECRET).verify(body, dict(request.headers))
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            self.forged += 1
            return web.Response(status=401)
        data = json.loads(body)["data"]
        about = f"alert {data['alert_id'] if 'alert_id' in data else data['alert']['id']}"
        transport = request.transport
        assert transport is not None
        taken = await self._meet(
            request.match_info["name"], about, request.headers["webhook-id"], transport.abort
        )
        return web.Response(status=204 if taken else 500)

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a mail, or not."""
        mail = message_from_bytes(envelope.content, policy=default)
        found = REPORT.search(str(mail["subject"]))
        assert found is not None, mail["subject"]
        taken = await self._meet(
            "mail", f"report {found[1]}", str(mail["message-id"]), server.transport.abort
        )
        return "250 taken" if taken else "450 not now"
