"""Compressed bodies, decompressed piece by piece with bounded output."""

import sys
import zlib
from typing import Any, Protocol

import brotli

from worker.net.errors import NetError, Reason

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: What is offered to servers; deflate is read too where one sends it.
ACCEPTED = "gzip, br, zstd"
#: RFC 9659: a zstd body sent over HTTP needs a window of 8 MB (2 to the 23) at most.
ZSTD_WINDOW = 23
_ZSTD_FRAME = b"\x28\xb5\x2f\xfd"


class DamagedError(Exception):
    """A compressed stream that is broken or cut off."""


class Decoder(Protocol):
    """Turns the bytes of a body as sent into the bytes it stands for."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Decompress the next piece. Raises DamagedError.

        About ``room`` bytes come back at most; when that many do, the rest may be lost: the
        caller asks for one more byte than it accepts.
        """

    def finish(self) -> None:
        """Raise DamagedError when the stream was cut off."""


class Plain:
    """A body that is not compressed."""

    def feed(self, data: bytes, room: int) -> bytes:
        """At most ``room`` bytes of what came."""
        return data if len(data) <= room else data[:room]

    def finish(self) -> None:
        """Nothing is missing that could be known here."""


class Inflate:
    """gzip (RFC 1952) and deflate (RFC 1950, or bare RFC 1951)."""

    def __init__(self, *, gzip: bool) -> None:
        self._bits = zlib.MAX_WBITS | 16 if gzip else zlib.MAX_WBITS
        self._gzip = gzip
        self._engine = zlib.decompressobj(self._bits)
        self._fed = False

    def feed(self, data: bytes, room: int) -> bytes:
        """Decompress; several gzip members are one body, padding after the end is ignored."""
        out = bytearray()
        while data and len(out) < room:
            if self._engine.eof:
                if not self._gzip or data[:1] != b"\x1f":
                    break  # padding, which browsers ignore too
                self._engine = zlib.decompressobj(self._bits)
            out += self._inflate(data, room - len(out))
            data = self._engine.unused_data
        return bytes(out)

    def _inflate(self, data: bytes, room: int) -> bytes:
        first, self._fed = not self._fed, True
        try:
            return self._engine.decompress(data, room)
        except zlib.error as error:
            if not first or self._gzip:
                raise DamagedError from error
        self._engine = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            return self._engine.decompress(data, room)
        except zlib.error as error:
            raise DamagedError from error

    def finish(self) -> None:
        """Raise DamagedError when the stream was cut off."""
        if self._fed and not self._engine.eof:
            raise DamagedError


class Brotli:
    """br (RFC 7932)."""

    def __init__(self) -> None:
        self._engine: Any = brotli.Decompressor()
        self._fed = False

    def feed(self, data: bytes, room: int) -> bytes:
        """Decompress the one stream that there can be."""
        self._fed, out = True, bytearray()
        try:
            while not self._engine.is_finished() and len(out) < room:
                piece = self._engine.process(data, output_buffer_limit=room - len(out))
                out += piece
                data = b""
                if not piece and self._engine.can_accept_more_data():
                    break
        except brotli.error as error:
            raise DamagedError from error
        return bytes(out)

    def finish(self) -> None:
        """Raise DamagedError when the stream was cut off."""
        if self._fed and not self._engine.is_finished():
            raise DamagedError


class Zstd:
    """zstd (RFC 8878), with the window that RFC 9659 allows."""

    def __init__(self) -> None:
        self._engine = self._new()
        self._fed = False
        self._start = b""  # of a next frame, of which too little has come to know it

    @staticmethod
    def _new() -> Any:
        options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW}
        return zstd.ZstdDecompressor(options=options)

    def feed(self, data: bytes, room: int) -> bytes:
        """Decompress; several frames are one body, what follows the last is ignored."""
        self._fed, out = True, bytearray()
        data, self._start = self._start + data, b""
        try:
            while len(out) < room:
                if self._engine.eof:
                    if len(data) < 4:
                        self._start = data
                        break
                    if data[:4] != _ZSTD_FRAME:
                        break
                    self._engine = self._new()
                piece = self._engine.decompress(data, room - len(out))
                out += piece
                data = self._engine.unused_data if self._engine.eof else b""
                if not self._engine.eof and self._engine.needs_input:
                    break
        except zstd.ZstdError as error:
            raise DamagedError from error
        return bytes(out)

    def finish(self) -> None:
        """Raise DamagedError when the stream was cut off."""
        if self._fed and not self._engine.eof:
            raise DamagedError


def decoder_for(encoding: str) -> Decoder:
    """The decoder of a Content-Encoding; an unknown one is NetError (bad answer)."""
    match encoding.strip().lower():
        case "" | "identity":
            return Plain()
        case "gzip" | "x-gzip":
            return Inflate(gzip=True)
        case "deflate":
            return Inflate(gzip=False)
        case "br":
            return Brotli()
        case "zstd":
            return Zstd()
        case other:
            raise NetError(Reason.BAD_ANSWER, f"content encoding {other[:40]!r} was not asked for")
