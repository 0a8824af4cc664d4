"""One answer as it comes in: its headers as sent, its body decompressed, both under budgets."""

import asyncio
import time
from collections.abc import Callable
from io import BytesIO

import pycurl

from worker.net.decoding import DamagedError, Decoder, Plain, decoder_for
from worker.net.errors import NetError, Reason
from worker.net.limits import Limits
from worker.net.room import SMALL, Place, Room

#: No server has reason to send a longer header line.
MAX_LINE = 16_384
#: Bytes of a redirect's body that are let pass so that its connection can be used again.
REDIRECT_BODY = 16_384
REDIRECTS = frozenset({301, 302, 303, 307, 308})
#: What ``data`` returns to be asked again.
WAIT: int = pycurl.WRITEFUNC_PAUSE


class Answer:
    """Collects one answer. ``head`` and ``data`` are called with the bytes as they arrive.

    They return 0 to stop the transfer: because of a ``problem``, or because there is ``enough``;
    ``data`` returns WAIT where a large body has no place in the ``room`` yet; the same bytes have
    to come again after ``resume``. ``limit`` bounds the body instead of ``limits.body``. An
    ``excerpt`` is the first ``limit`` bytes of a body as sent; what comes after does not matter.
    """

    __slots__ = (
        "_announced",
        "_body",
        "_decoder",
        "_due",
        "_excerpt",
        "_header_bytes",
        "_header_lines",
        "_limit",
        "_limits",
        "_room",
        "_started",
        "_stopped",
        "deadline",
        "enough",
        "headers",
        "on_head",
        "place",
        "problem",
        "resume",
        "seconds",
        "settled",
        "status",
        "waited",
        "wire",
    )

    def __init__(
        self, limits: Limits, limit: int, *, excerpt: bool = False, room: Room | None = None
    ) -> None:
        self._limits = limits
        self._limit = limit
        self._excerpt = excerpt
        self._room = room
        self._decoder: Decoder | None = None
        self._announced = 0
        self._body = BytesIO()  # gives what it holds without a copy
        self._started = False
        self._header_bytes = 0
        self._header_lines = 0
        self.status = 0
        #: Lower-cased names; repeated ones are joined as RFC 9110, 5.3 says.
        self.headers: dict[str, bytes] = {}
        #: Bytes of the body as sent.
        self.wire = 0
        #: What the request took, waiting for a turn at the host not counted.
        self.seconds = 0.0
        self.problem: NetError | None = None
        self.enough = False
        #: An excerpt's status and headers are here; nothing that follows can undo them.
        self.settled = False
        #: Called when ``settled`` becomes true.
        self.on_head: Callable[[], None] | None = None
        #: What a large body takes of the room.
        self.place: Place | None = None
        #: Stands still while the body waits for its place, ``waited`` seconds in all.
        self.deadline: asyncio.Timeout | None = None
        self.waited = 0.0
        self._stopped = 0.0
        self._due: float | None = None
        #: Called when the body need not wait any more.
        self.resume: Callable[[], None] | None = None

    def head(self, line: bytes) -> int | None:
        """Take one line of the head; lines of interim answers and trailers are only counted."""
        self._header_bytes += len(line)
        self._header_lines += 1
        if self._header_bytes > self._limits.header_bytes:
            return self._stop(
                Reason.HEADERS_TOO_LARGE, f"the headers are over {self._limits.header_bytes} bytes"
            )
        if self._header_lines > self._limits.header_lines:
            return self._stop(
                Reason.HEADERS_TOO_LARGE, f"the headers are over {self._limits.header_lines} lines"
            )
        if len(line) > MAX_LINE:
            return self._stop(Reason.BAD_ANSWER, f"a header line is over {MAX_LINE} bytes")
        if self._started:
            return None
        if line.startswith(b"HTTP/"):
            self.status = int(line.split(None, 2)[1])
            self.headers = {}
            return None
        raw_name, colon, value = line.partition(b":")
        if colon:
            name = raw_name.decode("latin-1").strip().lower()
            value = value.strip()
            known = self.headers.get(name)
            self.headers[name] = value if known is None else known + b", " + value
        elif self._excerpt and self.status >= 200 and not self.settled:
            self.settled = True
            if self.on_head is not None:
                self.on_head()
        return None

    def data(self, chunk: bytes) -> int | None:
        """Take the next bytes of the body as sent."""
        if self._body.tell() > SMALL and not self._has_place():
            return WAIT
        self.wire += len(chunk)
        try:
            if not self._started:
                self._start()
            if self.redirects:
                self.enough = self.wire > REDIRECT_BODY
            elif self._excerpt:
                self._body.write(chunk[: self._limit - self._body.tell()])
                self.enough = self.wire > self._limit
            else:
                self._decode(chunk)
        except NetError as error:
            self.problem = error
        except DamagedError:
            self.problem = NetError(Reason.BAD_ANSWER, "the compressed body is damaged")
        return 0 if self.enough or self.problem else None

    @property
    def redirects(self) -> bool:
        """Whether it sends on to another place (RFC 9110, 15.4), so that its body is no matter."""
        return not self._excerpt and self.status in REDIRECTS and "location" in self.headers

    def _has_place(self) -> bool:
        """Whether there is room for the rest of the body; if not, it waits for it."""
        if self._room is None:
            return True
        if self.place is None:
            self.place = self._room.place(self._announced or self._limit, self._go_on)
            if not self.place.granted:
                self._wait()
        return self.place.granted

    def _wait(self) -> None:
        """Stop the clock."""
        self._stopped = time.monotonic()
        if self.deadline is not None:
            self._due = self.deadline.when()
            self.deadline.reschedule(None)

    def _go_on(self) -> None:
        """There is room now: let the clock go on, and the body come."""
        self.waited = time.monotonic() - self._stopped
        if self.deadline is not None and self._due is not None:
            self.deadline.reschedule(self._due + self.waited)
        if self.resume is not None:
            self.resume()

    def finish(self) -> bytes:
        """The whole body, once all of it has come. Raises NetError (bad answer)."""
        try:
            if self._decoder is not None:
                self._decoder.finish()
        except DamagedError:
            raise NetError(Reason.BAD_ANSWER, "the compressed body is cut off") from None
        body = self._body.getvalue()
        if self.place is not None:
            self.place.shrink(len(body))
        return body

    def forget(self) -> None:
        """Let go of what it holds: a connection's callbacks may outlive the request."""
        self._body = BytesIO()
        self.deadline = self.on_head = self.resume = None
        if self.place is not None:
            self.place.leave()
            self.place = None

    def _start(self) -> None:
        self._started = True
        if self._excerpt or self.redirects:
            return
        self._decoder = decoder_for(self.headers.get("content-encoding", b"").decode("latin-1"))
        length = self.headers.get("content-length", b"")
        if length.isdigit() and len(length) < 20:
            self._check_wire(int(length))
            if isinstance(self._decoder, Plain):
                self._announced = int(length)

    def _check_wire(self, length: int) -> None:
        """Whether a body of this length as sent can be within the budgets. Raises NetError."""
        if isinstance(self._decoder, Plain):
            if length > self._limit:
                raise NetError(Reason.TOO_LARGE, f"the body is over {self._limit} bytes")
        elif length > self._limits.compressed:
            raise NetError(
                Reason.COMPRESSED_TOO_LARGE,
                f"the compressed body is over {self._limits.compressed} bytes",
            )

    def _decode(self, chunk: bytes) -> None:
        assert self._decoder is not None
        self._check_wire(self.wire)
        limits = self._limits
        most = self._limit
        if not isinstance(self._decoder, Plain):
            most = min(most, max(limits.ratio_from, limits.ratio * self.wire))
        self._body.write(self._decoder.feed(chunk, most + 1 - self._body.tell()))
        size = self._body.tell()
        if size > self._limit:
            raise NetError(Reason.TOO_LARGE, f"the body is over {self._limit} bytes")
        if size > most:
            raise NetError(
                Reason.RATIO_TOO_HIGH,
                f"the body is over {limits.ratio} times as large as what was sent",
            )

    def _stop(self, reason: Reason, message: str) -> int:
        self.problem = NetError(reason, message)
        return 0
