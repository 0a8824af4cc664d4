"""Request heads written byte for byte, which aiohttp alone would encode as UTF-8."""

from collections.abc import Iterable
from typing import Any

from aiohttp.client_reqrep import ClientRequest, ClientResponse
from aiohttp.connector import Connection


class HeadAsBytes:
    """A transport that writes the next request head as latin-1, and then steps aside.

    aiohttp encodes header values as UTF-8, but a validator is opaque bytes (RFC 9110, 8.8) that
    must go back as they came. The client hands values on decoded as latin-1; here each code
    point becomes its one byte again.
    """

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._transport = protocol.transport

    def install(self) -> None:
        """Take the place of the connection's transport until the next write."""
        self._protocol.transport = self

    def write(self, data: bytes) -> None:
        """Write a request head, with whatever follows it, and step aside."""
        self._protocol.transport = self._transport
        head, end, body = bytes(data).partition(b"\r\n\r\n")
        self._transport.write(head.decode("utf-8").encode("latin-1") + end + body)

    def writelines(self, chunks: Iterable[bytes]) -> None:
        """Like ``write``, in pieces."""
        self.write(b"".join(chunks))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class ExactRequest(ClientRequest):
    """A request whose header values, decoded as latin-1, reach the wire byte for byte."""

    async def send(self, conn: Connection) -> ClientResponse:
        """Send the request on a connection, as aiohttp asks for it."""
        if not all(value.isascii() for value in self.headers.values()):
            HeadAsBytes(conn.protocol).install()
        return await super().send(conn)
