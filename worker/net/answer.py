"""Reading answers: headers as sent, bodies under byte budgets, and what Retry-After asks."""

import asyncio
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
import httpx

from worker.model import Response
from worker.net.errors import NetError, Reason

#: Bytes of a compressed body on the wire; a plain body may use the whole body budget.
MAX_COMPRESSED = 8_000_000


class Plain:
    """A body that is not compressed."""

    def feed(self, data: bytes, room: int) -> bytes:
        """At most ``room`` bytes of what came."""
        return data[:room]

    def finish(self) -> None:
        """Nothing is missing that could be known here."""


class Inflate:
    """gzip (RFC 1952) and deflate (RFC 1950, or bare RFC 1951) with bounded output."""

    def __init__(self, *, gzip: bool) -> None:
        self._bits = zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS
        self._gzip = gzip
        self._engine = zlib.decompressobj(self._bits)
        self._fed = False

    def feed(self, data: bytes, room: int) -> bytes:
        """Decompress; at most ``room`` bytes come back, the rest of the input is then lost."""
        out = bytearray()
        while data and len(out) < room:
            if self._engine.eof:
                if not self._gzip or data[:1] != b"\x1f":
                    break  # padding after the end, which browsers ignore too
                self._engine = zlib.decompressobj(self._bits)
            out += self._inflate(data, room - len(out))
            data = self._engine.unused_data
        return bytes(out)

    def _inflate(self, data: bytes, room: int) -> bytes:
        first, self._fed = not self._fed, True
        try:
            return self._engine.decompress(data, room)
        except zlib.error:
            if not first or self._gzip:
                raise
            self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._engine.decompress(data, room)

    def finish(self) -> None:
        """Raise zlib.error when the stream was cut off."""
        if self._fed and not self._engine.eof:
            raise zlib.error("the compressed stream ends too early")


def decoder_for(encoding: str) -> Plain | Inflate:
    """The decoder of a Content-Encoding; one that was not offered is NetError (bad answer)."""
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Inflate(gzip=True)
        case "deflate":
            return Inflate(gzip=False)
        case other:
            raise NetError(Reason.BAD_ANSWER, f"content encoding {other[:40]!r} was not asked for")


def retry_after(response: Response, *, now: datetime) -> timedelta | None:
    """How long a server asks to be left alone: Retry-After as seconds or date (RFC 9110, 10.2.3).

    ``None`` where it says nothing or nothing intelligible; never negative.
    """
    text = response.header("retry-after").strip()
    try:
        if text.isascii() and text.isdigit():
            return timedelta(seconds=int(text))
        at = parsedate_to_datetime(text)
        at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
        return max(at - now, timedelta())
    except (ValueError, OverflowError):
        return None


def joined_headers(response: httpx.Response) -> dict[str, bytes]:
    """The headers with lower-cased names; repeated ones are joined as RFC 9110, 5.3 says."""
    joined: dict[str, bytes] = {}
    for raw_name, value in response.headers.raw:
        name = raw_name.decode("latin-1").lower()
        joined[name] = joined[name] + b", " + value if name in joined else value
    return joined


async def read_body(response: httpx.Response, limit: int) -> bytes:
    """The whole body, decompressed, at most ``limit`` bytes. Raises NetError (too large)."""
    encoding = response.headers.get("content-encoding", "")
    decoder = decoder_for(encoding)
    wire_limit = limit if isinstance(decoder, Plain) else min(limit, MAX_COMPRESSED)
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > wire_limit:
        raise NetError(Reason.TOO_LARGE, f"the body has {length} bytes, over {wire_limit}")
    body, wire = bytearray(), 0
    try:
        async for chunk in response.aiter_raw():
            wire += len(chunk)
            body += decoder.feed(chunk, limit + 1 - len(body))
            if wire > wire_limit or len(body) > limit:
                raise NetError(
                    Reason.TOO_LARGE, f"the body is over {limit} bytes, or {wire_limit} as sent"
                )
        decoder.finish()
    except zlib.error:
        raise NetError(Reason.BAD_ANSWER, "the compressed body is damaged or cut off") from None
    return bytes(body)


async def excerpt(response: httpx.Response, limit: int) -> bytes:
    """The first ``limit`` bytes of a body as sent; what is lost after them does not matter."""
    body = bytearray()
    try:
        async with asyncio.timeout(5):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > limit:
                    break
    except (TimeoutError, httpx.HTTPError, aiohttp.ClientError):
        pass  # the status has been given; it is the answer
    return bytes(body[:limit])
