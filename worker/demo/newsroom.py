"""Newsroom: a local HTTP server that publishes a recorded day of news while it runs.

``start`` opens it with the older articles in place, so that a first poll finds them; ``play``
starts the clock, and from then on articles appear as their headers say. What is visible is
worked out from the clock at each request, so the moment of publication is exact and nothing
has to run in the background.
"""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

from aiohttp import web

from worker.demo.outlets import OUTLETS, Outlet
from worker.demo.pages import render_front, render_page
from worker.demo.piece import Piece, Version, load_pieces
from worker.demo.syndication import Published, render_feed

#: How many other stories a page points to.
TEASERS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One thing that happens: a version of a piece becomes visible ``at`` seconds of play."""

    at: float
    piece: Piece
    version: Version
    first: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """Which version of which piece becomes visible when; ``moments`` in order of time."""

    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, pieces: Iterable[Piece]) -> "Timeline":
        """The timeline of these pieces; what is there from the start is no part of it."""
        moments = [
            Moment(at=version.visible, piece=piece, version=version, first=number == 0)
            for piece in pieces
            for number, version in enumerate(piece.versions)
            if version.visible is not None
        ]
        return cls(tuple(sorted(moments, key=lambda moment: moment.at)))

    @property
    def duration(self) -> float:
        """Seconds from the start of play to the last thing that happens."""
        return self.moments[-1].at if self.moments else 0.0


@dataclass(slots=True)
class RequestLog:
    """What was asked of the newsroom. ``polls`` counts every request for a feed."""

    polls: int = 0
    not_modified: int = 0
    failures: int = 0
    pages: int = 0
    missing: int = 0
    by_feed: Counter[str] = field(default_factory=Counter)
    by_page: Counter[str] = field(default_factory=Counter)


class Newsroom:
    """The server. ``clock`` gives Unix seconds; tests pass one they can move."""

    def __init__(
        self,
        pieces: Sequence[Piece] | None = None,
        outlets: Sequence[Outlet] = OUTLETS,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.pieces = tuple(load_pieces() if pieces is None else pieces)
        self.outlets = {outlet.slug: outlet for outlet in outlets}
        self.timeline = Timeline.of(self.pieces)
        self.log = RequestLog()
        self.url = ""
        self._clock = clock
        self._opened_at: float | None = None
        self._played_at: float | None = None
        self._stumbles: Counter[str] = Counter()
        self._runner: web.AppRunner | None = None

    # -------------------------------------------------------------------------------- running

    async def start(self, port: int = 0) -> None:
        """Open the newsroom on 127.0.0.1; ``url`` says where. Raises OSError: port in use."""
        application = web.Application()
        application.router.add_get("/{outlet}/", self._front)
        application.router.add_get("/{outlet}/{name}", self._serve)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        self._runner = runner
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._opened_at = self._clock()

    async def stop(self) -> None:
        """Close the newsroom; a second call does nothing."""
        if self._runner is not None:
            runner, self._runner = self._runner, None
            await runner.cleanup()

    def play(self) -> None:
        """Start the clock: call it when every feed has had its first poll."""
        if self._played_at is None:
            self._played_at = self._clock()

    # -------------------------------------------------------------------------------- what is

    @property
    def feeds(self) -> dict[str, str]:
        """The URL of every feed by its outlet's slug, which is its name in the catalogue."""
        return {outlet.slug: self.url + outlet.feed_path for outlet in self.outlets.values()}

    @property
    def elapsed(self) -> float:
        """Seconds of play so far, negative before it started."""
        return -1.0 if self._played_at is None else self._clock() - self._played_at

    @property
    def finished(self) -> bool:
        """Whether everything has been published."""
        return self.elapsed >= self.timeline.duration

    @property
    def publications(self) -> dict[str, float]:
        """The moment each visible article was published, in Unix seconds, by its URL.

        Articles that were there from the start count from the opening of the newsroom.
        """
        return {
            self.url + piece.path(): self._appeared(piece.versions[0])
            for piece in self.pieces
            if self._visible(piece.versions[0])
        }

    def _visible(self, version: Version) -> bool:
        return version.visible is None or version.visible <= self.elapsed

    def _appeared(self, version: Version) -> float:
        if version.visible is None or self._played_at is None:
            return self._opened_at or 0.0
        return self._played_at + version.visible

    def _published(self, piece: Piece) -> Published:
        """The piece as it stands now; older ones carry their own date, new ones the real time."""
        current = [version for version in piece.versions if self._visible(version)][-1]
        first = piece.versions[0]
        if first.visible is None:
            published = datetime(*piece.dated.timetuple()[:3], hour=9, tzinfo=UTC)
        else:
            published = datetime.fromtimestamp(self._appeared(first), UTC)
            published -= timedelta(hours=piece.hours_ago)
        updated = published
        if current is not first:
            updated = datetime.fromtimestamp(self._appeared(current), UTC)
        lead, *rest = current.paragraphs
        dateline = f"{piece.dateline} — " if piece.dateline else ""
        return Published(
            url=self.url + piece.path(),
            headline=current.headline,
            author=piece.author,
            paragraphs=(dateline + lead, *rest),
            published=published,
            updated=updated,
            topics=piece.topics,
        )

    def entries(self, outlet: Outlet) -> list[Published]:
        """What the outlet has published so far, the newest first."""
        mine = [
            self._published(piece)
            for piece in self.pieces
            if piece.outlet == outlet.slug and self._visible(piece.versions[0])
        ]
        return sorted(mine, key=lambda entry: entry.published, reverse=True)

    def _teasers(self, piece: Piece, language: str) -> list[tuple[str, str]]:
        others = [
            self._published(other)
            for other in self.pieces
            if other is not piece
            and self.outlets[other.outlet].language == language
            and self._visible(other.versions[0])
        ]
        others.sort(key=lambda entry: entry.published, reverse=True)
        return [(entry.url, entry.headline) for entry in others[:TEASERS]]

    # -------------------------------------------------------------------------------- answers

    async def _front(self, request: web.Request) -> web.Response:
        outlet = self.outlets.get(request.match_info["outlet"])
        if outlet is None:
            return self._missing()
        body = render_front(outlet, self.entries(outlet), feed_url=self.url + outlet.feed_path)
        return web.Response(body=body, content_type="text/html", charset="utf-8")

    async def _serve(self, request: web.Request) -> web.Response:
        outlet = self.outlets.get(request.match_info["outlet"])
        if outlet is None:
            return self._missing()
        if request.match_info["name"] == outlet.feed:
            return self._feed(outlet, request)
        for piece in self.pieces:
            if piece.path() == request.path and self._visible(piece.versions[0]):
                return self._page(outlet, piece, request)
        return self._missing()

    def _missing(self) -> web.Response:
        self.log.missing += 1
        return web.Response(status=404, text="Not found\n")

    def _feed(self, outlet: Outlet, request: web.Request) -> web.Response:
        self.log.polls += 1
        self.log.by_feed[outlet.slug] += 1
        if self.elapsed >= 0 and self._stumbles[outlet.slug] < outlet.stumbles:
            self._stumbles[outlet.slug] += 1
            self.log.failures += 1
            return web.Response(status=500, text="Internal Server Error\n")
        document = render_feed(outlet, self.url, self.entries(outlet))
        changed = [
            self._appeared(version)
            for piece in self.pieces
            for version in piece.versions
            if piece.outlet == outlet.slug and self._visible(version)
        ]
        answer = self._answer(request, outlet, document.body, max(changed, default=0.0))
        if answer.status == 200:
            answer.headers["Content-Type"] = document.content_type
        return answer

    def _page(self, outlet: Outlet, piece: Piece, request: web.Request) -> web.Response:
        self.log.pages += 1
        self.log.by_page[self.url + piece.path()] += 1
        body = render_page(
            outlet,
            self._published(piece),
            feed_url=self.url + outlet.feed_path,
            caption=piece.caption,
            credit=piece.credit,
            teasers=self._teasers(piece, outlet.language),
        )
        current = [version for version in piece.versions if self._visible(version)][-1]
        answer = self._answer(request, outlet, body, self._appeared(current))
        if answer.status == 200:
            answer.headers["Content-Type"] = "text/html; charset=utf-8"
        return answer

    def _answer(
        self, request: web.Request, outlet: Outlet, body: bytes, changed_at: float
    ) -> web.Response:
        """200 with the body, or 304 when the validators the client sends still hold.

        An entity tag takes precedence over a date (RFC 9110, 13.2.2). Dates have whole seconds;
        the timeline keeps the changes of one feed further apart than that.
        """
        headers = {"Cache-Control": "no-cache"}
        tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
        changed = datetime.fromtimestamp(int(changed_at), UTC)
        if outlet.etag:
            headers["ETag"] = tag
        if outlet.last_modified:
            headers["Last-Modified"] = format_datetime(changed, usegmt=True)
        if _unchanged(request, tag if outlet.etag else None, changed):
            self.log.not_modified += 1
            return web.Response(status=304, headers=headers)
        return web.Response(body=body, headers=headers)


def _unchanged(request: web.Request, tag: str | None, changed: datetime) -> bool:
    known = request.headers.get("If-None-Match")
    if tag is not None and known is not None:
        tags = {part.strip().removeprefix("W/") for part in known.split(",")}
        return known.strip() == "*" or tag in tags
    since = request.headers.get("If-Modified-Since")
    if since is None or known is not None:
        return False
    try:
        moment = parsedate_to_datetime(since)
    except ValueError:
        return False
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return changed - moment < timedelta(seconds=1)
