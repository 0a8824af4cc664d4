"""One poll: what an answer means before anything of it is stored. Pure."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from worker.feeds.hints import cache_max_age, retry_after
from worker.model import Feed, PollOutcome, Response
from worker.parsing.document import Read, Unread

#: Bytes of one entry's hash among those that a feed keeps.
HASH_BYTES = 8
NO_TIME = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Poll:
    """What one poll of a feed brought, and the validators and hashes the feed has from now on.

    ``unread`` is a document that came, ``read`` what it says; both ``None`` where there was nothing
    to read: not modified, unchanged, or failed. What has been read as a whole is not kept as
    ``unread``; ``place`` is what it takes of the client's room while it is. ``put_back``: the feed was not asked, its host is
    busy until then; nothing else of the poll counts. ``hold_until``: when its host wants to be asked
    again at the earliest. ``unreached``: no server answered, be it their fault or ours.
    """

    feed: Feed
    outcome: PollOutcome
    etag: bytes | None
    last_modified: bytes | None
    body_hash: bytes | None
    entry_hashes: bytes
    unread: Unread | None = None
    read: Read | None = None
    place: object = field(default=None, repr=False, compare=False)
    put_back: datetime | None = None
    hold_until: datetime | None = None
    unreached: bool = False


def unanswered(
    feed: Feed, error: str, *, unreached: bool = False, put_back: datetime | None = None
) -> Poll:
    """A poll that brought no answer; the feed keeps what it had."""
    return Poll(
        feed=feed,
        outcome=PollOutcome(status=None, error=error),
        etag=feed.etag,
        last_modified=feed.last_modified,
        body_hash=feed.body_hash,
        entry_hashes=feed.entry_hashes,
        put_back=put_back,
        unreached=unreached,
    )


def answered(
    feed: Feed, response: Response, digest: bytes | None, *, now: datetime, conditional: bool
) -> Poll:
    """What an answer says without a look into the document; ``digest`` is its body's hash.

    Validators are those of the last 200; one that the server stopped sending is dropped.
    """
    outcome = PollOutcome(
        status=response.status,
        retry_after=retry_after(response, now),
        max_age=cache_max_age(response),
        unconditional=not conditional and bool(feed.etag or feed.last_modified),
        same_validators=bool(feed.etag or feed.last_modified)
        and (response.headers.get("etag"), response.headers.get("last-modified"))
        == (feed.etag, feed.last_modified),
        moved_to=response.moved_to,
        bytes=response.wire,
        seconds=response.elapsed,
    )
    spare = feed.options.crawl_delay
    hold = now + spare if spare else None
    poll = replace(unanswered(feed, ""), outcome=outcome, hold_until=hold)
    if response.status == 304 and conditional and (feed.etag or feed.last_modified):
        return poll
    if response.status == 304:
        said = "the server answered 304 (not modified) although no condition was set"
        return replace(poll, outcome=replace(outcome, error=said))
    if response.status != 200:
        said = f"the server answered {response.status}"
        asked = max(outcome.retry_after or NO_TIME, spare or NO_TIME)
        hold = now + asked if asked else None
        return replace(poll, outcome=replace(outcome, error=said), hold_until=hold)
    changed = digest != feed.body_hash
    etag, last_modified = response.headers.get("etag"), response.headers.get("last-modified")
    same = bool(etag or last_modified) and (etag, last_modified) == (feed.etag, feed.last_modified)
    return replace(
        poll,
        outcome=replace(outcome, changed=changed, same_validators=same),
        etag=etag,
        last_modified=last_modified,
        body_hash=digest,
        unread=_unread(feed, response, now) if changed else None,
        place=response.place if changed else None,
    )


def told(poll: Poll, read: Read) -> Poll:
    """The poll with what its document says."""
    document = read.reading.document
    outcome = poll.outcome
    if document is not None:
        outcome = replace(
            outcome,
            window=read.reading.total,
            ttl=document.ttl,
            skip_hours=document.skip_hours,
            skip_days=document.skip_days,
        )
    done = document is None or read.reading.whole
    return replace(
        poll,
        read=read,
        outcome=outcome,
        entry_hashes=b"".join(read.reading.entry_hashes),
        unread=None if done else poll.unread,
        place=None if done else poll.place,
    )


def refused(poll: Poll, error: str, *, ours: bool = False) -> Poll:
    """The poll of a document that cannot be read: the feed keeps what it had.

    ``ours``: the trouble is not the document's.
    """
    outcome = replace(poll.outcome, error=error, ours=ours, changed=False)
    return replace(unanswered(poll.feed, error), outcome=outcome)


def whole(unread: Unread) -> Unread:
    """The same document, to be read as if nothing of it were known."""
    return replace(unread, known=frozenset())


def _unread(feed: Feed, response: Response, now: datetime) -> Unread:
    hashes = feed.entry_hashes
    return Unread(
        body=response.body,
        url=response.url,
        content_type=response.header("content-type"),
        known=frozenset(
            hashes[start : start + HASH_BYTES] for start in range(0, len(hashes), HASH_BYTES)
        ),
        now=now,
    )
