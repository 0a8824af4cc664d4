"""The hostile server's frame: raw sockets, a port for each misbehaviour, a record of every visit.

A misbehaviour is a coroutine that is handed one request and does with its connection what it
likes. It is registered with a name and with the named outcome that a good poller comes to.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from bench.aside import Aside
from worker.model import EventKind, FeedState

MOST_HEADERS = 65_536


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a feed comes to; what is ``None`` or ``""`` is not looked at, but for ``error``.

    ``error`` stands in the feed's last error (``""``: there is none, or, where the machine and the
    libraries decide, it is ``perhaps``). ``items`` are all that are
    stored, ``news`` those that may ring, ``held`` those of a flood, ``revised`` the revisions of
    all together. ``reason`` stands in why the next poll is when it is. ``visits`` are the fewest
    and the most requests. ``moved_to`` is what the feed's URL ends with; ``unmoved``: it is still
    the one it was given. ``title`` is the title of one item, ``never`` stands in none.
    """

    error: str = ""
    perhaps: str = ""
    items: int | None = None
    news: int | None = None
    held: int | None = None
    revised: int | None = None
    reason: str = ""
    visits: tuple[int, int] | None = None
    state: FeedState = FeedState.ACTIVE
    event: EventKind | None = None
    no_event: EventKind | None = None
    moved_to: str = ""
    unmoved: bool = False
    title: str = ""
    never: str = ""


@dataclass
class Visit:
    """One request: which of them it is (from 1), what it asks, and its connection."""

    number: int
    target: str
    headers: dict[str, bytes]
    house: "House"
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self,
        body: bytes | str = b"",
        *headers: str,
        status: str = "200 OK",
        kind: str = "application/rss+xml",
    ) -> None:
        """An answer as it should be."""
        raw = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(raw)}", "Connection: close"]
        lines += [f"Content-Type: {kind}"] if kind else []
        head = "".join(f"{line}\r\n" for line in [*lines, *headers])
        await self.send(head.encode("latin-1") + b"\r\n" + raw)

    async def redirect(self, location: str, *headers: str, status: str = "302 Found") -> None:
        """Send on to another place."""
        await self.answer(b"", f"Location: {location}", *headers, status=status, kind="")

    async def hang(self) -> None:
        """Say nothing until the other side gives up."""
        while await self.reader.read(4096):
            pass

    def reset(self) -> None:
        """Cut the connection off with a TCP reset."""
        plug: socket.socket = self.writer.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def url(self, path: str = "/feed", *, to: str = "") -> str:
        """A URL of this misbehaviour, or of another one by its name."""
        return self.house.street.url(to or self.house.name, path)

    def breach(self, what: str) -> None:
        """Note that the poller did what it must never do."""
        self.house.street.breaches.append(f"{self.house.name}: {what}")


Act = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True, kw_only=True)
class Misbehaviour:
    """One way to be a bad server."""

    name: str
    act: Act
    outcome: Outcome
    tls: bool = False
    userinfo: str = ""


#: Every one there is, by name.
MISBEHAVIOURS: dict[str, Misbehaviour] = {}


def misbehaviour(
    name: str, *, tls: bool = False, userinfo: str = "", outcome: Outcome
) -> Callable[[Act], Act]:
    """Register one; ``userinfo`` are credentials in the URL that the poller is given."""

    def register(act: Act) -> Act:
        assert name not in MISBEHAVIOURS
        MISBEHAVIOURS[name] = Misbehaviour(
            name=name, act=act, outcome=outcome, tls=tls, userinfo=userinfo
        )
        return act

    return register


@dataclass
class House:
    """One port of the server and who has called."""

    name: str
    act: Act
    street: "Street"
    tls: bool = False
    port: int = 0
    visits: int = 0
    #: Monotonic seconds of each request.
    times: list[float] = field(default_factory=list)

    async def open(self, context: ssl.SSLContext | None) -> asyncio.Server:
        """Listen on a free port of loopback."""
        server = await asyncio.start_server(
            self._serve, "127.0.0.1", 0, ssl=context if self.tls else None, limit=MOST_HEADERS
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.street.writers.append(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                head = await reader.readuntil(b"\r\n\r\n")
                await self.act(self._visit(head, reader, writer))
        finally:
            with contextlib.suppress(OSError):
                writer.close()

    def _visit(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Visit:
        request, *lines = head.split(b"\r\n")
        pairs = [line.partition(b":") for line in lines if line]
        headers = {name.decode("latin-1").lower(): value.strip() for name, _, value in pairs}
        self.visits += 1
        self.times.append(asyncio.get_running_loop().time())
        visit = Visit(
            self.visits, request.split(b" ")[1].decode("latin-1"), headers, self, reader, writer
        )
        for forbidden in ("cookie", "referer"):
            if forbidden in headers:
                visit.breach(f"a {forbidden} was sent")
        return visit


class Street(Aside):
    """The whole server, in a thread of its own; used as a context."""

    def __init__(self, acts: dict[str, tuple[Act, bool]], context: ssl.SSLContext | None) -> None:
        """``acts``: what is done at each name, and whether over TLS."""
        super().__init__()
        self.houses = {
            name: House(name=name, act=act, street=self, tls=tls)
            for name, (act, tls) in acts.items()
        }
        self.breaches: list[str] = []
        #: All of them: one that nobody holds any more may still have something to say.
        self.writers: list[asyncio.StreamWriter] = []
        self._context = context

    def url(self, name: str, path: str = "/feed") -> str:
        """Where a misbehaviour is met."""
        house = self.houses[name]
        return f"http{'s' * house.tls}://127.0.0.1:{house.port}{path}"

    def _run(self) -> None:
        self._loop.set_exception_handler(lambda _loop, _context: None)
        servers = [
            self._loop.run_until_complete(house.open(self._context))
            for house in self.houses.values()
        ]
        self._ready.set()
        self._loop.run_forever()
        self._turn()  # who is at the door comes in, to be seen off with the others
        for server in servers:
            server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        if tasks:
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        for writer in self.writers:
            with contextlib.suppress(AttributeError):  # Python 3.11: TLS that never began
                writer.transport.abort()
        self._turn()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _turn(self) -> None:
        """Let the loop do what it owes: a connection is taken, or closed, over some of its turns."""
        for _ in range(5):
            self._loop.run_until_complete(asyncio.sleep(0))
