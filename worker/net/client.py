"""``Net``: one guarded HTTP client for a whole process."""

import asyncio
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_network
from types import TracebackType
from typing import Self

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from worker import __version__
from worker.model import Response
from worker.net.answer import excerpt, joined_headers, read_body
from worker.net.errors import NetError, Reason, named
from worker.net.exact import ExactRequest
from worker.net.gate import HostGate
from worker.net.guard import AddressGuard, GuardedResolver, Lookup, Network, system_lookup
from worker.net.target import Target, redirected, target_of
from worker.settings import Settings

MAX_REDIRECTS = 5
#: Bytes kept of the answer to a POST.
ANSWER_BYTES = 4_096


def user_agent(contact: str = "") -> str:
    """The User-Agent: product, version, and whom a publisher can turn to."""
    shown = "".join(char for char in contact.strip() if char.isprintable() and char.isascii())
    return f"Tocsin/{__version__} ({f'+{shown}' if shown else 'self-hosted news monitor'})"


def tls_context() -> ssl.SSLContext:
    """Whom to trust: certifi's authorities, or those that SSL_CERT_FILE or SSL_CERT_DIR name."""
    return httpx.create_ssl_context()


def _validators(etag: bytes | None, last_modified: bytes | None) -> dict[str, bytes]:
    """The conditions of a conditional GET (RFC 9110, 13.1): validators as they were received.

    One with control bytes cannot be sent (RFC 9110, 5.5) and is left out.
    """
    given = {"if-none-match": etag, "if-modified-since": last_modified}
    return {name: value for name, value in given.items() if value and not _has_control(value)}


def _has_control(value: bytes) -> bool:
    return any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in value)


class Net:
    """One guarded HTTP client for a whole process, used as ``async with Net(...) as net``.

    ``allow`` lists networks reachable although private, at any port; ``ports`` those reachable
    elsewhere. ``timeout`` is seconds for one request with all its redirects and its body, after
    at most as long again waiting for a turn at the host; ``max_bytes`` bounds a decompressed
    body; ``concurrency`` is requests at once. Proxies of the environment are not used.
    ``lookup`` resolves names; ``context`` says which certificates are trusted, instead of
    ``tls_context()``.
    """

    def __init__(
        self,
        *,
        user_agent: str = user_agent(),
        allow: Iterable[Network | str] = (),
        ports: Iterable[int] = (80, 443),
        timeout: float = 30.0,
        max_bytes: int = 32_000_000,
        concurrency: int = 50,
        lookup: Lookup = system_lookup,
        context: ssl.SSLContext | None = None,
    ) -> None:
        networks = tuple(ip_network(each) for each in allow)
        self._guard = AddressGuard(networks, frozenset(ports))
        self._user_agent = user_agent
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._slots = asyncio.Semaphore(concurrency)
        self._gate = HostGate()
        self._lookup = lookup
        self._context = context
        self._client: httpx.AsyncClient | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The client an operator's settings ask for."""
        return cls(
            user_agent=user_agent(settings.contact),
            allow=settings.net_allow,
            ports=settings.net_ports,
            timeout=settings.net_timeout,
            max_bytes=settings.net_max_bytes,
            concurrency=settings.poll_concurrency,
        )

    async def __aenter__(self) -> Self:
        context = self._context or tls_context()
        connector = aiohttp.TCPConnector(
            resolver=GuardedResolver(self._guard, self._lookup),
            socket_factory=self._guard.socket,
            ssl=context,
            limit=0,  # the semaphores bound it; the connector would wait inside the deadline
        )
        session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), request_class=ExactRequest
        )
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        transport = AiohttpTransport(verify=context, client=session)
        self._client = httpx.AsyncClient(
            transport=transport,
            timeout=None,  # noqa: S113  every request runs under asyncio.timeout
            cookies=no_cookies,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    async def get(
        self,
        url: str,
        etag: bytes | None = None,
        last_modified: bytes | None = None,
        max_bytes: int | None = None,
        *,
        accept: str = "*/*",
    ) -> Response:
        """GET a URL, following redirects; the validators go back byte for byte.

        The response's ``url`` is where it ended, ``permanent_redirect`` whether every redirect
        on the way was a 301 or 308. Raises NetError.
        """
        target, left, permanent = target_of(url), self._timeout, True
        started = time.monotonic()
        headers: dict[str, str | bytes] = {"accept": accept, "accept-encoding": "gzip, deflate"}
        headers |= _validators(etag, last_modified)
        limit = self._max_bytes if max_bytes is None else max_bytes
        for hop in range(MAX_REDIRECTS + 1):
            request = self._request("GET", target, headers)
            response = await self._ask(target, request, seconds=left, limit=limit)
            following = redirected(target, response)
            if following is None:
                return replace(
                    response,
                    elapsed=time.monotonic() - started,
                    permanent_redirect=permanent and hop > 0,
                )
            permanent = permanent and response.status in {301, 308}
            left -= response.elapsed
            target = following
        raise NetError(
            Reason.TOO_MANY_REDIRECTS, f"over {MAX_REDIRECTS}, the last to {target.origin}"
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

        ``seconds`` shortens the deadline. The first ``max_bytes`` of the answer are kept; once
        the status is here, trouble with the answer's body is not an error. Raises NetError.
        """
        target = target_of(url)
        sent = {"accept": "*/*", "accept-encoding": "identity"} | dict(headers)
        request = self._request("POST", target, sent, body)
        left = self._timeout if seconds is None else min(seconds, self._timeout)
        return await self._ask(target, request, seconds=left, limit=max_bytes)

    def _request(
        self, method: str, target: Target, headers: Mapping[str, str | bytes], body: bytes = b""
    ) -> httpx.Request:
        values = {"user-agent": self._user_agent} | dict(headers)
        if target.authorization:
            values["authorization"] = target.authorization
        raw = [
            (name.encode("ascii"), value.encode("utf-8") if isinstance(value, str) else value)
            for name, value in values.items()
        ]
        # Not through the client, which would add cookies; see ExactRequest for the encoding.
        request = httpx.Request(method, target.url, headers=raw, content=body or None)
        request.headers.encoding = "latin-1"
        return request

    async def _ask(
        self, target: Target, request: httpx.Request, *, seconds: float, limit: int
    ) -> Response:
        """One request and its answer within ``seconds``, in its turn. Raises NetError."""
        self._guard.check_literal(target.url.host, target.port)
        async with self._gate.turn(target.gate, self._timeout), self._slots:
            try:
                async with asyncio.timeout(seconds):
                    return await self._exchange(request, limit)
            except TimeoutError:
                raise NetError(
                    Reason.TIMED_OUT, f"{target.origin}: not done in {seconds:.3g} s"
                ) from None
            except (httpx.HTTPError, aiohttp.ClientError, OSError, ValueError) as error:
                raise named(error, target.origin) from error

    async def _exchange(self, request: httpx.Request, limit: int) -> Response:
        if self._client is None:
            raise RuntimeError("Net is used as 'async with Net(...) as net'")
        started = time.monotonic()
        response = await self._client.send(request, stream=True, auth=None)
        try:
            headers = joined_headers(response)
            if request.method == "POST":
                body = await excerpt(response, limit)
            elif 300 <= response.status_code < 400 and "location" in headers:
                body = b""
            else:
                body = await read_body(response, limit)
        finally:
            await response.aclose()
        return Response(
            url=str(request.url),
            status=response.status_code,
            headers=headers,
            body=body,
            elapsed=time.monotonic() - started,
        )
