"""Compressed bodies: what comes back, and what never gets large."""

import gzip
import sys
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.net.decoding import DamagedError, decoder_for

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": lambda body: zstd.compress(body, options={zstd.CompressionParameter.checksum_flag: 1}),
}


def decoded(encoding: str, sent: bytes, *, step: int = 1000, room: int = 10**9) -> bytes:
    """A whole body fed in pieces of ``step`` bytes."""
    decoder, out = decoder_for(encoding), b""
    for start in range(0, len(sent), step):
        out += decoder.feed(sent[start : start + step], room - len(out))
        if len(out) >= room:
            return out
    decoder.finish()
    return out


@pytest.mark.parametrize("encoding", WAYS)
@given(body=st.binary(max_size=300), times=st.integers(1, 200), step=st.integers(1, 50))
def test_what_was_compressed_comes_back(encoding: str, body: bytes, times: int, step: int) -> None:
    """However the pieces fall on the wire, the body is the one that was sent."""
    assert body * times == decoded(encoding, WAYS[encoding](body * times), step=step)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_several_streams_are_one_body(encoding: str) -> None:
    """Gzip members and zstd frames one after the other belong together."""
    sent = WAYS[encoding](b"one ") + WAYS[encoding](b"two")
    assert [b"one two"] * 2 == [decoded(encoding, sent, step=step) for step in (7, 1000)]


@pytest.mark.parametrize("encoding", WAYS)
def test_cut_and_broken_streams_are_named(encoding: str) -> None:
    """A stream that ends early or is none at all is damaged, not short."""
    sent = WAYS[encoding](bytes(range(256)) * 40)
    for broken in (sent[:-5], b"\xff\xfe no such thing", sent[:20] + b"\x00" * 20 + sent[40:]):
        with pytest.raises(DamagedError):
            decoded(encoding, broken)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_what_follows_the_end_is_ignored(encoding: str) -> None:
    """Padding after the stream is no part of the body."""
    assert b"body" == decoded(encoding, WAYS[encoding](b"body") + b"\0\0\0\0")


@pytest.mark.parametrize("encoding", WAYS)
def test_a_bomb_stays_small(encoding: str) -> None:
    """One piece that stands for 64 MB never takes more memory than there is room."""
    bomb = WAYS[encoding](bytes(64_000_000))
    tracemalloc.start()
    try:
        out = decoded(encoding, bomb, step=len(bomb), room=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 1_000_000 <= len(out) < 2_000_000
    assert peak < 8_000_000


def test_a_zstd_window_larger_than_http_allows_is_refused() -> None:
    """RFC 9659: a stream that wants 128 MB of memory to be read is not."""
    options: dict[int, int] = {zstd.CompressionParameter.window_log: 27}
    greedy = zstd.ZstdCompressor(options=options)
    sent = greedy.compress(bytes(range(256)) * 1000) + greedy.flush()
    with pytest.raises(DamagedError):
        decoded("zstd", sent)
