"""``Net``: one guarded HTTP client for a whole process."""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_network
from types import TracebackType
from typing import Self

import httpx

from worker.feeds.hints import retry_after
from worker.model import Response
from worker.net.agent import user_agent
from worker.net.answer import Answer
from worker.net.ask import PLAIN, Ask, Proxy, has_control, proxy_of
from worker.net.curl import Call, CurlTransport
from worker.net.decoding import ACCEPTED
from worker.net.errors import NetError, Reason
from worker.net.gate import HostGate
from worker.net.guard import AddressGuard, Network
from worker.net.limits import Limits
from worker.net.names import Lookup, Resolver, system_lookup
from worker.net.room import Room
from worker.net.target import Target, redirected, target_of
from worker.net.turns import Turns
from worker.settings import Settings

#: Bytes kept of the answer to a POST.
ANSWER_BYTES = 4_096
#: Seconds the rest of an answer is waited for of which an excerpt is enough.
EXCERPT_SECONDS = 5.0
PERMANENT = frozenset({301, 308})
_NONE_HELD: frozenset[str] = frozenset()


def tls_context() -> ssl.SSLContext:
    """Whom to trust: certifi's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR name.

    For what is not HTTP (mail); the client itself reads the same places.
    """
    return httpx.create_ssl_context()


class Net:
    """One guarded HTTP client for a whole process, used as ``async with Net(...) as net``.

    ``allow`` lists networks reachable although private, at any port; ``ports`` those reachable
    elsewhere. ``timeout`` is seconds for one request with all its redirects and its body (waiting
    for a turn at the host comes on top); ``max_bytes`` bounds a decompressed body; ``limits`` are
    the other bounds. ``concurrency`` is requests at once. ``gate`` gives the turns at hosts;
    without one they are this process's own. ``proxy`` is for all requests that name none;
    proxies of the environment are not used. ``lookup`` resolves names.
    """

    def __init__(
        self,
        *,
        user_agent: str = user_agent(),
        allow: Iterable[Network | str] = (),
        ports: Iterable[int] = (80, 443),
        timeout: float | None = None,
        max_bytes: int | None = None,
        limits: Limits | None = None,
        concurrency: int = 50,
        gate: Turns | None = None,
        proxy: str = "",
        http2: bool = False,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._guard = AddressGuard((ip_network(each) for each in allow), ports)
        limits = limits or Limits()
        self._limits = replace(
            limits,
            seconds=limits.seconds if timeout is None else timeout,
            body=limits.body if max_bytes is None else max_bytes,
        )
        self._agent = b"user-agent: " + user_agent.encode()
        self._concurrency = concurrency
        self._gate: Turns = gate or HostGate(patience=self._limits.seconds)
        self._proxy = proxy_of(proxy)
        self._http2 = http2
        self._lookup = lookup
        self._slots = asyncio.Semaphore(concurrency)
        self._transport: CurlTransport | None = None
        self._room: Room | None = None

    @classmethod
    def from_settings(cls, settings: Settings, *, gate: Turns | None = None) -> Self:
        """The client an operator's settings ask for. Raises NetError (bad options)."""
        return cls(
            user_agent=user_agent(settings.contact),
            allow=settings.net_allow,
            ports=settings.net_ports,
            limits=Limits(
                seconds=settings.net_timeout,
                body=settings.net_max_bytes,
                compressed=settings.net_max_compressed,
                ratio=settings.net_max_ratio,
                ratio_from=settings.net_ratio_from,
                header_bytes=settings.net_max_header_bytes,
                header_lines=settings.net_max_header_lines,
                redirects=settings.net_max_redirects,
            ),
            concurrency=settings.poll_concurrency,
            gate=gate,
            proxy=settings.net_proxy.get_secret_value(),
            http2=settings.net_http2,
        )

    async def __aenter__(self) -> Self:
        self._room = Room(self._limits.body)
        self._transport = CurlTransport(
            guard=self._guard,
            resolver=Resolver(self._lookup),
            limits=self._limits,
            idle=self._concurrency + 8,
            http2=self._http2,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = None

    @property
    def transport(self) -> CurlTransport:
        """The guarded transport, also for an ``httpx.AsyncClient`` of a library."""
        if self._transport is None:
            raise RuntimeError("Net is used as 'async with Net(...) as net'")
        return self._transport

    async def get(
        self,
        url: str,
        etag: bytes | None = None,
        last_modified: bytes | None = None,
        max_bytes: int | None = None,
        *,
        accept: str = "*/*",
        options: Ask = PLAIN,
        held: frozenset[str] = _NONE_HELD,
    ) -> Response:
        """GET a URL, following redirects; the validators go back byte for byte.

        ``options`` are what this request has of its own, ``held`` the hosts (``host_of(url)``)
        whose turn the caller has already. The response's ``url`` is where it ended,
        ``permanent_redirect`` whether every redirect on the way was a 301 or 308, ``moved_to``
        where these led. Raises NetError.
        """
        target = target_of(url)
        secret, permanent, wire, spent = bool(target.authorization), True, 0, 0.0
        headers = self._headers(accept, etag, last_modified)
        limit = self._limits.body if max_bytes is None else max_bytes
        for hop in range(self._limits.redirects + 1):
            answer = Answer(self._limits, limit, room=self._room)
            left = self._limits.seconds - spent
            call = self._call(target, headers, options)
            try:
                body, place = await self._ask(call, answer, seconds=left, held=held), answer.place
            finally:
                answer.forget()
            wire += answer.wire
            spent += answer.seconds
            if not answer.redirects:
                moved = permanent and hop > 0
                return Response(
                    url=target.url,
                    status=answer.status,
                    headers=answer.headers,
                    body=body,
                    elapsed=spent,
                    permanent_redirect=moved,
                    moved_to=target.url if moved and not secret else "",
                    wire=wire,
                    place=place,
                )
            permanent = permanent and answer.status in PERMANENT
            target = redirected(target, answer.headers)
        raise NetError(
            Reason.TOO_MANY_REDIRECTS,
            f"over {self._limits.redirects}, the last to {target.origin}",
        )

    async def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        *,
        seconds: float | None = None,
        max_bytes: int = ANSWER_BYTES,
    ) -> Response:
        """POST bytes as they are; a redirect is an answer like any other.

        It takes no turn at the host and no slot: whoever posts knows how much a receiver can take
        (a feed's host is spared because it did not ask to be read), and one that hangs must not
        keep others waiting. ``seconds`` shortens the deadline. The first ``max_bytes`` of the answer are kept; once
        the status is here, trouble with the answer's body is not an error. Raises NetError.
        """
        call = self._sending("POST", url, {"accept-encoding": "identity"} | dict(headers), body)
        answer = Answer(self._limits, max_bytes, excerpt=True)
        return await self._send(call, answer, seconds)

    async def ask(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        *,
        seconds: float | None = None,
    ) -> Response:
        """Any one request as it is, for libraries; like ``post``, but all of the answer is kept.

        Raises NetError, also for an answer larger than a page may be.
        """
        call = self._sending(method, url, headers, body)
        return await self._send(call, Answer(self._limits, self._limits.body), seconds)

    def _sending(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> Call:
        """A request with headers of its own, each once. Raises NetError (bad options, bad url)."""
        given = {name.lower(): value.encode() for name, value in headers.items()}
        if any(has_control(value) for value in given.values()):
            raise NetError(Reason.BAD_OPTIONS, "the value of a header has control characters")
        lines = [] if "user-agent" in given else [self._agent]
        lines += [b"expect:", *([] if "content-type" in given else [b"content-type:"])]
        lines += [
            name.encode() + (b": " + value if value else b";")
            for name, value in ({"accept": b"*/*"} | given).items()
        ]
        return replace(self._call(target_of(url), lines, PLAIN), method=method, body=body)

    async def _send(self, call: Call, answer: Answer, seconds: float | None) -> Response:
        limit = self._limits.seconds if seconds is None else min(seconds, self._limits.seconds)
        try:
            kept = await self._exchange(call, answer, limit)
        finally:
            answer.forget()
        return Response(
            url=call.target.url,
            status=answer.status,
            headers=answer.headers,
            body=kept,
            elapsed=answer.seconds,
            wire=answer.wire,
        )

    def _headers(self, accept: str, etag: bytes | None, last_modified: bytes | None) -> list[bytes]:
        return [
            self._agent,
            b"accept: " + accept.encode(),
            b"accept-encoding: " + ACCEPTED.encode(),
            *_validators(etag, last_modified),
        ]

    def _call(self, target: Target, headers: list[bytes], options: Ask) -> Call:
        """A GET of a target with what is common to all hops, and its own where that may go."""
        proxy = self._proxy if options.proxy is None else options.proxy
        certificate = ""
        if target.first:
            certificate = options.certificate
            headers = _with_own(headers, target, options)
        return Call(
            target=target,
            headers=headers,
            proxy=proxy if isinstance(proxy, Proxy) else None,
            certificate=certificate,
        )

    async def _ask(
        self, call: Call, answer: Answer, *, seconds: float, held: frozenset[str]
    ) -> bytes:
        """The body of one call within ``seconds``, in its turn. Raises NetError."""
        host = call.target.gate
        if host in held:
            return await self._in_slot(call, answer, seconds)
        await self._gate.take(host)
        try:
            return await self._in_slot(call, answer, seconds)
        finally:
            limited = answer.status == 429
            await self._gate.give_back(host, hold_until=_wished(answer), limited=limited)

    async def _in_slot(self, call: Call, answer: Answer, seconds: float) -> bytes:
        async with self._slots:
            return await self._exchange(call, answer, seconds)

    async def _exchange(self, call: Call, answer: Answer, seconds: float) -> bytes:
        transport, begun = self.transport, time.monotonic()
        try:
            async with asyncio.timeout(seconds) as deadline:
                answer.deadline = deadline
                answer.on_head = lambda: _shorten(deadline)
                await transport.exchange(call, answer)
        except TimeoutError:
            if not answer.settled:
                raise NetError(
                    Reason.TIMED_OUT, f"{call.target.origin}: not done in {seconds:.3g} s"
                ) from None
        except NetError:
            if not answer.settled:
                raise
        answer.seconds = time.monotonic() - begun - answer.waited
        return answer.finish()


def _validators(etag: bytes | None, last_modified: bytes | None) -> list[bytes]:
    """The conditions of a conditional GET (RFC 9110, 13.1): validators as they were received.

    One with control bytes cannot be sent (RFC 9110, 5.5) and is left out.
    """
    lines = []
    if etag and not has_control(etag):
        lines.append(b"if-none-match: " + etag)
    if last_modified and not has_control(last_modified):
        lines.append(b"if-modified-since: " + last_modified)
    return lines


def _with_own(headers: list[bytes], target: Target, options: Ask) -> list[bytes]:
    """The header lines with those that this request has of its own in place of the usual."""
    own = dict(options.headers)
    authorization = options.authorization or target.authorization
    if authorization:
        own.setdefault("authorization", authorization.encode())
    if not own:
        return headers
    names = tuple(name.encode() + b":" for name in own)
    return [line for line in headers if not line.startswith(names)] + [
        name.encode() + (b": " + value if value else b";") for name, value in own.items()
    ]


def _shorten(deadline: asyncio.Timeout) -> None:
    """The status is here: what else comes is not worth the whole time."""
    when = deadline.when()
    soon = asyncio.get_running_loop().time() + EXCERPT_SECONDS
    deadline.reschedule(soon if when is None else min(when, soon))


def _wished(answer: Answer) -> datetime | None:
    """Until when a host wants to be left alone, by the Retry-After of a refusal."""
    if answer.status < 400 or "retry-after" not in answer.headers:
        return None
    now = datetime.now(UTC)
    response = Response(url="", status=answer.status, headers=answer.headers, body=b"", elapsed=0.0)
    wait = retry_after(response, now)
    return now + wait if wait else None
