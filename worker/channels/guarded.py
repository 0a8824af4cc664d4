"""The library ``requests`` by way of ``Net``: for libraries that speak HTTP by nothing else.

Within ``guarded`` every request that ``requests`` makes in this thread goes out through ``Net``:
the same address guard at every connect, the same proxy, deadlines and limits, TLS always checked.
Once this module is loaded, ``requests`` makes none elsewhere in the process.
"""

import asyncio
import contextvars
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from worker.model import Response
from worker.net import Net, NetError, Reason

_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
#: What frames a message is the client's business.
_LEFT_OUT = frozenset({"host", "content-length", "transfer-encoding", "connection"})


@dataclass(slots=True)
class Talk:
    """The requests of one attempt. ``until`` is the monotonic time at which all have to be over."""

    net: Net
    loop: asyncio.AbstractEventLoop
    until: float
    #: Method, URL and what came of each.
    said: list[tuple[str, str, Response | NetError]] = field(default_factory=list)

    def ask(self, request: requests.PreparedRequest) -> Response:
        """Make a request on the event loop; called in another thread. Raises NetError."""
        method, url = str(request.method).upper(), str(request.url)
        result: Response | NetError
        try:
            result = self._asked(method, url, request)
        except NetError as error:
            result = error
        self.said.append((method, url, result))
        if isinstance(result, NetError):
            raise result
        return result

    def _asked(self, method: str, url: str, request: requests.PreparedRequest) -> Response:
        body = request.body
        if body is None and method in _WITH_BODY:
            body = b""
        raw = body.encode() if isinstance(body, str) else body
        if raw is not None and not isinstance(raw, bytes):
            raise NetError(Reason.BAD_OPTIONS, "only texts and bytes are sent")
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()
            if name.lower() not in _LEFT_OUT
        }
        left = self.until - time.monotonic()
        if left <= 0:
            raise NetError(Reason.TIMED_OUT, "no time is left for another request")
        asked = self.net.ask(method, url, headers, raw, seconds=left)
        try:
            coming = asyncio.run_coroutine_threadsafe(asked, self.loop)
        except RuntimeError:  # the loop has ended meanwhile
            asked.close()
            raise NetError(Reason.TIMED_OUT, "nobody waits for it any more") from None
        return coming.result(left + 5)


_TALK: contextvars.ContextVar[Talk | None] = contextvars.ContextVar("talk", default=None)


@contextmanager
def guarded(talk: Talk) -> Iterator[None]:
    """Within it this thread's requests are those of ``talk``."""
    token = _TALK.set(talk)
    try:
        yield
    finally:
        _TALK.reset(token)


class GuardedAdapter(HTTPAdapter):
    """What sessions of ``requests`` send by: ``Net`` within ``guarded``, else nothing."""

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        """Send a prepared request. Raises what ``requests`` raises."""
        talk = _TALK.get()
        if talk is None:
            raise requests.ConnectionError("not within the guard", request=request)
        try:
            answer = talk.ask(request)
        except (NetError, TimeoutError) as error:
            raise requests.ConnectionError(type(error).__name__, request=request) from None
        return _as_requests_has_it(answer, request)


def _as_requests_has_it(answer: Response, request: Any) -> Any:
    made = requests.Response()
    made.status_code = answer.status
    made.headers = CaseInsensitiveDict(
        {name: value.decode("latin-1") for name, value in answer.headers.items()
         if name not in {"content-encoding", "transfer-encoding", "content-length"}}
    )  # fmt: skip
    made.encoding = requests.utils.get_encoding_from_headers(made.headers)
    made.url, made.request = answer.url, request
    made._content = answer.body  # noqa: SLF001  the one way to make an answer of one's own
    return made


# Sessions look the class up by this name when they are made.
vars(requests.sessions)["HTTPAdapter"] = GuardedAdapter
