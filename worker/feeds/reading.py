"""A document read, or as much of it as is new."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from worker.feeds.parse import parse_feed
from worker.model import FeedDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a body says; ``document`` is ``None`` where the body is the known one."""

    body_hash: bytes
    entry_hashes: tuple[bytes, ...]
    total: int
    document: FeedDocument | None
    whole: bool


def read_feed(
    body: bytes,
    *,
    url: str,
    content_type: str = "",
    known_body: bytes | None = None,
    known_entries: frozenset[bytes] = frozenset(),  # noqa: ARG001
    now: datetime,  # noqa: ARG001
    most_entries: int = 10_000,  # noqa: ARG001
) -> Reading:
    """Read the body of a feed that came from ``url``. Raises NotAFeed."""
    digest = hashlib.sha256(body).digest()
    if digest == known_body:
        return Reading(body_hash=digest, entry_hashes=(), total=0, document=None, whole=True)
    document = parse_feed(body, url=url, content_type=content_type)
    return Reading(
        body_hash=digest,
        entry_hashes=(),
        total=len(document.entries),
        document=document,
        whole=True,
    )
