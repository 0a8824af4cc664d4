"""The last polls of a feed as compact bytes, for ``feeds show``."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from worker.model import PollOutcome

#: So many polls are kept.
KEPT = 24
#: How a poll ended. The place of a word is what is stored: add new ones at the end.
WORDS = ("new", "revised", "nothing new", "unchanged", "not modified", "failed", "ours")
_NEW, _REVISED, _NOTHING_NEW, _UNCHANGED, _NOT_MODIFIED, _FAILED, _OURS = range(len(WORDS))

_VERSION = b"\x01"
_RECORD = struct.Struct("<IHBHHII")
_OLD = -(KEPT - 1) * _RECORD.size


@dataclass(frozen=True, slots=True, kw_only=True)
class PastPoll:
    """One poll: when, and what came of it.

    The HTTP status (``None``: no answer), how it ended (one of ``WORDS``), new and revised items,
    bytes over the wire, and how long it took in milliseconds.
    """

    at: datetime
    status: int | None
    word: str
    new: int
    revised: int
    bytes: int
    ms: int


def append(history: bytes, outcome: PollOutcome, *, at: float) -> bytes:
    """The history with one more poll, seen at ``at`` (seconds since 1970), and the oldest gone."""
    kept = history[1:][_OLD:] if decodable(history) else b""
    return b"".join((
        _VERSION,
        kept,
        _RECORD.pack(
            min(max(int(at), 0), 2**32 - 1),
            outcome.status or 0,
            _word(outcome),
            min(outcome.new_items, 65535),
            min(outcome.revised_items, 65535),
            min(outcome.bytes, 2**32 - 1),
            min(int(outcome.seconds * 1000), 2**32 - 1),
        ),
    ))  # fmt: skip


def decode(history: bytes) -> Iterator[PastPoll]:
    """The polls kept, oldest first; none where the bytes are not of this version."""
    if not decodable(history):
        return
    for at, status, word, new, revised, size, ms in _RECORD.iter_unpack(history[1:]):
        yield PastPoll(
            at=datetime.fromtimestamp(at, UTC),
            status=status or None,
            word=WORDS[word] if word < len(WORDS) else "",
            new=new,
            revised=revised,
            bytes=size,
            ms=ms,
        )


def decodable(history: bytes) -> bool:
    """Whether these bytes were written by ``append``."""
    return history[:1] == _VERSION and (len(history) - 1) % _RECORD.size == 0


def _word(outcome: PollOutcome) -> int:
    if outcome.error:
        return _OURS if outcome.ours else _FAILED
    if outcome.new_items:
        return _NEW
    if outcome.revised_items:
        return _REVISED
    if outcome.status == 304:
        return _NOT_MODIFIED
    return _NOTHING_NEW if outcome.changed else _UNCHANGED
