"""Tiny proxies for tests: HTTP with CONNECT, and SOCKS5 with a password; loopback only."""

import asyncio
import base64
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class Gateway:
    """A proxy under way. ``asked`` are the targets, ``heads`` what it was told to do.

    ``hosts`` says where names lead, as the proxy sees it; ``password`` is ``user:password``.
    """

    port: int = 0
    hosts: Mapping[str, str] = field(default_factory=dict)
    password: str = ""
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)

    async def http(self, near: Stream) -> None:
        """Speak HTTP: CONNECT, or a request with an absolute target."""
        reader, writer = near
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        method, target, _ = head.split(b" ", 2)
        token = base64.b64encode(self.password.encode())
        if self.password and b"Proxy-Authorization: Basic " + token not in head:
            writer.write(b"HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n")
            return
        place = target.decode() if method == b"CONNECT" else target.decode().split("/")[2]
        host, _, port = place.rpartition(":")
        self.asked.append(place)
        far = await asyncio.open_connection(self.hosts.get(host, host), int(port))
        if method == b"CONNECT":
            writer.write(b"HTTP/1.1 200 Go On\r\nX-Proxy: yes\r\n\r\n")
        else:
            path = "/" + target.decode().split("/", 3)[3]
            far[1].write(b" ".join([method, path.encode(), head.split(b" ", 2)[2]]))
        await _relay(near, far)

    async def socks5(self, near: Stream) -> None:
        """Speak SOCKS5 (RFC 1928), with a password (RFC 1929) if there is one."""
        reader, writer = near
        await reader.readexactly((await reader.readexactly(2))[1])
        writer.write(b"\x05\x02" if self.password else b"\x05\x00")
        if self.password:
            name = await reader.readexactly((await reader.readexactly(2))[1])
            word = await reader.readexactly((await reader.readexactly(1))[0])
            right = name + b":" + word == self.password.encode()
            writer.write(b"\x01" + bytes([not right]))
            if not right:
                return
        kind = (await reader.readexactly(4))[3]
        if kind == 3:
            host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
        else:
            host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
        port = int.from_bytes(await reader.readexactly(2), "big")
        self.asked.append(f"{host}:{port}")
        far = await asyncio.open_connection(self.hosts.get(host, host), port)
        writer.write(b"\x05\x00\x00\x01" + bytes(6))
        await _relay(near, far)


async def _relay(near: Stream, far: Stream) -> None:
    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
        writer.close()

    try:
        await asyncio.gather(pass_on(near[0], far[1]), pass_on(far[0], near[1]))
    finally:
        far[1].close()
        with contextlib.suppress(OSError):
            await far[1].wait_closed()


@contextlib.asynccontextmanager
async def gateway(
    kind: Callable[[Gateway, Stream], Awaitable[None]],
    hosts: Mapping[str, str] | None = None,
    password: str = "",
) -> AsyncIterator[Gateway]:
    """Run a proxy: ``Gateway.http`` or ``Gateway.socks5``."""
    made = Gateway(hosts=hosts or {}, password=password)
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await kind(made, (reader, writer))
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            tasks.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
