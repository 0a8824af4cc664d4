"""Asks one feed: GET, and have the document read if it is another than last time."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random

from worker.environment import Environment, VariableError
from worker.feeds.hints import body_hash
from worker.feeds.refusal import NotAFeed
from worker.feeds.standing import ask_conditionally
from worker.model import Feed, PollLimits
from worker.net import Net, NetError, Reason, ask_of, host_of
from worker.observe import logger
from worker.parsing.pool import NoReader, ParserPool, ReadingFailed
from worker.scheduler.blame import UNREACHED
from worker.scheduler.poll import Poll, answered, refused, told, unanswered, whole
from worker.store.engine import first_line
from worker.variables import fill

#: Bytes of a body from which it is hashed in a thread.
LARGE = 1 << 18
NONE_HELD: frozenset[str] = frozenset()


log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What asking feeds takes."""

    net: Net
    parsers: ParserPool
    limits: PollLimits
    rng: Random = field(repr=False)
    environ: Mapping[str, str] = field(default_factory=Environment, repr=False)

    async def ask(self, feed: Feed) -> Poll:
        """Poll one feed; whatever goes wrong with it is the poll's error."""
        try:
            poll = await self._get(feed)
            return await self.read(poll) if poll.unread is not None else poll
        except NetError as error:
            until = error.until if error.reason is Reason.HOST_BUSY else None
            unreached = error.reason in UNREACHED
            return unanswered(feed, first_line(error), put_back=until, unreached=unreached)
        except VariableError as error:
            return unanswered(feed, first_line(error))
        except Exception as error:
            log.exception("feed not read", feed=feed.name)
            return unanswered(feed, f"not readable ({type(error).__name__})")

    async def read(self, poll: Poll, *, all_of_it: bool = False) -> Poll:
        """The poll with its document read; ``all_of_it``: also the entries known by their hashes."""
        assert poll.unread is not None
        try:
            return told(
                poll, await self.parsers.read(whole(poll.unread) if all_of_it else poll.unread)
            )
        except (NotAFeed, ReadingFailed) as error:
            return refused(poll, str(error), ours=isinstance(error, NoReader))

    async def _get(self, feed: Feed) -> Poll:
        url = fill(feed.url, self.environ)
        conditional = ask_conditionally(
            feed, now=datetime.now(UTC), rng=self.rng, limits=self.limits
        )
        response = await self.net.get(
            url,
            etag=feed.etag if conditional else None,
            last_modified=feed.last_modified if conditional else None,
            options=ask_of(feed.options, self.environ),
            held=frozenset({host_of(url)}) if feed.host else NONE_HELD,
        )
        digest = None
        if response.status == 200:
            body = response.body
            large = len(body) >= LARGE
            digest = await asyncio.to_thread(body_hash, body) if large else body_hash(body)
        return answered(feed, response, digest, now=datetime.now(UTC), conditional=conditional)
