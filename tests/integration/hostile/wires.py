"""Misbehaviour of connections and bodies: silence, drips, lies about lengths, bombs."""

import asyncio
import gzip
import zlib

import brotli
from backports import zstd

from tests.integration.hostile.papers import item, rss
from tests.integration.hostile.server import Outcome, Visit, misbehaviour

TIMED_OUT = Outcome(error="timed out", items=0)
LOST = Outcome(error="connection lost", items=0)
BAD = Outcome(error="bad answer", items=0)
READ = Outcome(items=3, news=0, revised=0)
ZEROS = bytes(1 << 20)
#: What a bomb holds: megabytes of spaces, read as part of a feed.
BOMB_MEGABYTES = 64
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


@misbehaviour("never answers", outcome=TIMED_OUT)
async def never_answers(visit: Visit) -> None:
    """It takes the request and says nothing."""
    await visit.hang()


@misbehaviour("closes at once", outcome=LOST)
async def closes_at_once(visit: Visit) -> None:
    """It hangs up."""


@misbehaviour("resets at once", outcome=LOST)
async def resets_at_once(visit: Visit) -> None:
    """It hangs up rudely."""
    visit.reset()


@misbehaviour("resets in the body", outcome=LOST)
async def resets_in_the_body(visit: Visit) -> None:
    """Half an answer and a reset."""
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n" + rss().encode())
    await asyncio.sleep(0.05)
    visit.reset()


@misbehaviour("drips its headers", outcome=TIMED_OUT)
async def drips_headers(visit: Visit) -> None:
    """A byte of a header now and then."""
    await visit.send(HEAD + b"X-Slow: ")
    while True:
        await visit.send(b"z")
        await asyncio.sleep(0.1)


@misbehaviour("drips its body", outcome=TIMED_OUT)
async def drips_body(visit: Visit) -> None:
    """A byte of the body now and then."""
    await visit.send(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        await visit.send(b" ")
        await asyncio.sleep(0.1)


@misbehaviour("endless headers", outcome=Outcome(error="headers too large", items=0))
async def endless_headers(visit: Visit) -> None:
    """Header after header."""
    await visit.send(HEAD)
    while True:
        await visit.send(b"X-More: of the same\r\n" * 50)


@misbehaviour("one huge header", outcome=BAD)
async def huge_header(visit: Visit) -> None:
    """One header of a megabyte."""
    await visit.send(HEAD + b"X-Huge: " + b"h" * (1 << 20) + b"\r\n\r\n" + rss().encode())


@misbehaviour("endless interim answers", outcome=Outcome(error="headers too large", items=0))
async def endless_interim(visit: Visit) -> None:
    """100 Continue for ever."""
    while True:
        await visit.send(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


@misbehaviour("endless body", outcome=Outcome(error="too large", items=0))
async def endless_body(visit: Visit) -> None:
    """A feed that goes on and on, without a length."""
    await visit.send(HEAD + b"\r\n" + rss().removesuffix("</channel></rss>").encode())
    while True:
        await visit.send(ZEROS.replace(b"\0", b" "))


@misbehaviour("endless chunks", outcome=Outcome(error="too large", items=0))
async def endless_chunks(visit: Visit) -> None:
    """A body in chunks that never ends."""
    await visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        await visit.send(b"100000\r\n" + ZEROS + b"\r\n")


@misbehaviour("announces gigabytes", outcome=Outcome(error="too large", items=0))
async def announces_gigabytes(visit: Visit) -> None:
    """A Content-Length past every budget."""
    await visit.send(HEAD + b"Content-Length: 9999999999\r\n\r\n<rss>")
    await visit.hang()


@misbehaviour("length too long", outcome=LOST)
async def length_too_long(visit: Visit) -> None:
    """Fewer bytes than announced: what is there may not be all."""
    body = rss().encode()
    await visit.send(HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) + 10) + body)


@misbehaviour("length too short", outcome=Outcome(items=2))
async def length_too_short(visit: Visit) -> None:
    """More bytes than announced: the feed ends in its third item."""
    body = rss().encode()
    await visit.send(HEAD + b"Content-Length: %d\r\n\r\n" % (body.rfind(b"<item>") + 3) + body)


@misbehaviour("length is a word", outcome=BAD)
async def length_is_a_word(visit: Visit) -> None:
    """A Content-Length that is no number."""
    await visit.send(HEAD + b"Content-Length: plenty\r\n\r\n" + rss().encode())


@misbehaviour("chunks of garbage", outcome=BAD)
async def chunks_of_garbage(visit: Visit) -> None:
    """Chunk sizes that are none."""
    await visit.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz;\r\n\xff\xfe<rss>\r\n-1\r\n")


@misbehaviour("HTTP/0.9", outcome=BAD)
async def http_0_9(visit: Visit) -> None:
    """A body and nothing else."""
    await visit.send(rss().encode())


@misbehaviour("no such protocol", outcome=BAD)
async def wrong_status_line(visit: Visit) -> None:
    """A status line that is none."""
    await visit.send(b"ICY abc fine\r\nContent-Length: 3\r\n\r\nabc")


@misbehaviour("status is no number", outcome=BAD)
async def status_is_no_number(visit: Visit) -> None:
    """HTTP of a status that is a word."""
    await visit.send(b"HTTP/1.1 yes OK\r\nContent-Length: 3\r\n\r\nabc")


@misbehaviour("speaks no HTTP", outcome=BAD)
async def speaks_no_http(visit: Visit) -> None:
    """Another protocol's greeting."""
    await visit.send(b"220 mail.example ESMTP ready\r\n")
    await visit.hang()


# ------------------------------------------------------------------------------ compression


def bomb() -> bytes:
    """A few kilobytes of gzip that hold many megabytes."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [squeeze.compress(rss().removesuffix("</channel></rss>").encode())]
    parts += [squeeze.compress(ZEROS.replace(b"\0", b" ")) for _ in range(BOMB_MEGABYTES)]
    return b"".join([*parts, squeeze.flush()])


GZIP_BOMB = bomb()
BROTLI_BOMB = brotli.compress(ZEROS * BOMB_MEGABYTES, quality=1)
ZSTD_BOMB = zstd.compress(ZEROS * BOMB_MEGABYTES)
EXPLODED = Outcome(error="ratio too high", items=0)


@misbehaviour("gzip bomb", outcome=EXPLODED)
async def gzip_bomb(visit: Visit) -> None:
    """64 MB in 64 KB."""
    await visit.answer(GZIP_BOMB, "Content-Encoding: gzip")


@misbehaviour("gzip bomb in a gzip bomb", outcome=Outcome(error="bad answer", items=0))
async def nested_bomb(visit: Visit) -> None:
    """Declared twice: no server has reason to compress what is compressed."""
    await visit.answer(gzip.compress(GZIP_BOMB), "Content-Encoding: gzip, gzip")


@misbehaviour("gzip in gzip", outcome=Outcome(error="neither RSS, Atom nor JSON Feed", items=0))
async def gzip_in_gzip(visit: Visit) -> None:
    """Compressed twice, declared once: what comes out is no feed."""
    await visit.answer(gzip.compress(gzip.compress(rss().encode())), "Content-Encoding: gzip")


@misbehaviour("brotli bomb", outcome=EXPLODED)
async def brotli_bomb(visit: Visit) -> None:
    """64 MB in some bytes."""
    await visit.answer(BROTLI_BOMB, "Content-Encoding: br")


@misbehaviour("zstd bomb", outcome=EXPLODED)
async def zstd_bomb(visit: Visit) -> None:
    """64 MB in a few kilobytes."""
    await visit.answer(ZSTD_BOMB, "Content-Encoding: zstd")


@misbehaviour("large and truly compressed", outcome=Outcome(error="compressed too large", items=0))
async def large_compressed(visit: Visit) -> None:
    """More than the compressed budget, though its ratio is harmless."""
    await visit.send(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 9000000\r\n\r\n\x1f\x8b")
    await visit.hang()


@misbehaviour("damaged gzip", outcome=BAD)
async def damaged_gzip(visit: Visit) -> None:
    """A byte flipped on the way."""
    body = bytearray(gzip.compress(rss().encode()))
    body[len(body) // 2] ^= 0x55
    await visit.answer(bytes(body), "Content-Encoding: gzip")


@misbehaviour("cut off gzip", outcome=BAD)
async def cut_off_gzip(visit: Visit) -> None:
    """The end is missing, and nobody says so."""
    await visit.answer(gzip.compress(rss().encode())[:-40], "Content-Encoding: gzip")


@misbehaviour("gzip declared, plain sent", outcome=BAD)
async def gzip_declared_plain_sent(visit: Visit) -> None:
    """The header of a compressed answer on one that is not."""
    await visit.answer(rss(), "Content-Encoding: gzip")


@misbehaviour("gzip with garbage after it", outcome=READ)
async def gzip_with_garbage(visit: Visit) -> None:
    """Padding after the stream, as some proxies leave it."""
    await visit.answer(gzip.compress(rss().encode()) + b"\0" * 512, "Content-Encoding: gzip")


@misbehaviour("deflate without its header", outcome=READ)
async def raw_deflate(visit: Visit) -> None:
    """The raw stream that old servers send as deflate."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = squeeze.compress(rss().encode()) + squeeze.flush()
    await visit.answer(body, "Content-Encoding: deflate")


@misbehaviour("unknown encoding", outcome=Outcome(error="was not asked for", items=0))
async def unknown_encoding(visit: Visit) -> None:
    """An encoding that nobody offered."""
    await visit.answer(rss(), "Content-Encoding: snappy")


@misbehaviour("large feed, honestly compressed", outcome=Outcome(items=1000, news=0))
async def large_feed(visit: Visit) -> None:
    """A thousand items: large, but nothing is wrong with it."""
    items = (item(number) for number in range(1000))
    await visit.answer(gzip.compress(rss(*items).encode()), "Content-Encoding: gzip")
