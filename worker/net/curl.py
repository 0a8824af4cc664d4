"""The transport: HTTP by libcurl, every connection under the address guard.

libcurl is asked for as little as it can: it follows no redirect, keeps no cookie, decompresses
nothing, reads no proxy and no password from the environment. What it does well, it does: TLS,
HTTP framing, connections, at a tenth of the CPU of a client in Python.
"""

import asyncio
import os
import socket
from dataclasses import dataclass, field
from typing import Any

import certifi
import httpx
import pycurl

from worker.net.answer import Answer
from worker.net.ask import Proxy
from worker.net.errors import NetError, Reason
from worker.net.guard import AddressGuard
from worker.net.limits import Limits
from worker.net.multi import IDLE_SECONDS, Multi, TransferError
from worker.net.names import Resolver
from worker.net.target import Target, target_of

# Numbers of libcurl that pycurl has no names for.
_SUPPRESS_CONNECT_HEADERS = 265
_E_HTTP2_STREAM = 92
_E_PROXY = 97
_E_CLIENT_CERTIFICATE = 98


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request as it goes out: ``headers`` are whole lines, exactly as they are sent."""

    target: Target
    headers: list[bytes]
    method: str = "GET"
    body: bytes | None = None
    proxy: Proxy | None = None
    certificate: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Route:
    """Where a call may connect: entries for libcurl's name table, and the proxy's addresses.

    Through a proxy only that is connected to; else the guard says what may be.
    """

    names: list[str]
    proxy: frozenset[tuple[str, int]] = frozenset()


def trusted() -> tuple[str, str]:
    """Whom to trust, as a file and a folder: SSL_CERT_FILE or SSL_CERT_DIR, else certifi's."""
    if file := os.environ.get("SSL_CERT_FILE"):
        return file, ""
    if folder := os.environ.get("SSL_CERT_DIR"):
        return "", folder
    return certifi.where(), ""


class LentSocket(socket.socket):
    """A socket that libcurl takes a copy of; ours is closed as soon as it is let go of."""

    def __del__(self) -> None:
        self.close()


class Line:
    """An easy handle of libcurl, used for one call after another."""

    def __init__(self, guard: AddressGuard, *, http2: bool) -> None:
        self._guard = guard
        self._answer: Answer | None = None
        self._route = Route([])
        self._named = False
        file, folder = trusted()
        self.easy: Any = pycurl.Curl()
        for option, value in (
            (pycurl.NOSIGNAL, 1),
            (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
            (pycurl.FOLLOWLOCATION, 0),
            (pycurl.PATH_AS_IS, 1),
            (pycurl.PROXY, ""),
            (pycurl.NOPROXY, ""),
            (pycurl.NETRC, 0),
            (pycurl.HTTP_CONTENT_DECODING, 0),
            (pycurl.HTTP09_ALLOWED, 0),
            (pycurl.HEADEROPT, pycurl.HEADER_SEPARATE),
            (_SUPPRESS_CONNECT_HEADERS, 1),
            (pycurl.MAXAGE_CONN, IDLE_SECONDS),
            (pycurl.OPENSOCKETFUNCTION, self._open),
            (pycurl.HTTP_VERSION, _version(http2=http2)),
        ):
            self.easy.setopt(option, value)
        for option, place in (
            (pycurl.CAINFO, file),
            (pycurl.PROXY_CAINFO, file),
            (pycurl.CAPATH, folder),
            (pycurl.PROXY_CAPATH, folder),
        ):
            if place:
                self.easy.setopt(option, place)
            else:
                self.easy.unsetopt(option)  # libcurl's own idea of where they are

    def prepare(self, call: Call, route: Route, answer: Answer) -> None:
        """Set up what this call has of its own."""
        easy = self.easy
        self._answer, self._route = answer, route
        easy.setopt(pycurl.URL, call.target.url)
        easy.setopt(pycurl.HTTPHEADER, call.headers)
        easy.setopt(pycurl.HEADERFUNCTION, answer.head)
        easy.setopt(pycurl.WRITEFUNCTION, answer.data)
        if route.names:
            easy.setopt(pycurl.RESOLVE, route.names)
            self._named = True
        elif self._named:
            easy.unsetopt(pycurl.RESOLVE)
            self._named = False
        if call.body is None:
            easy.setopt(pycurl.HTTPGET, 1)
        else:
            easy.setopt(pycurl.POSTFIELDS, call.body)
        if call.method == "HEAD":
            easy.setopt(pycurl.NOBODY, 1)
        elif call.method != ("GET" if call.body is None else "POST"):
            easy.setopt(pycurl.CUSTOMREQUEST, call.method)
        if call.certificate:
            easy.setopt(pycurl.SSLCERT, call.certificate)
        if call.proxy is not None:
            easy.setopt(pycurl.PROXY, call.proxy.url)
            if call.proxy.user or call.proxy.password:
                easy.setopt(pycurl.PROXYUSERNAME, call.proxy.user.encode())
                easy.setopt(pycurl.PROXYPASSWORD, call.proxy.password.encode())

    def _open(self, _purpose: int, address: Any) -> socket.socket | int:
        """A socket for one address about to be connected to: the last look at it.

        Whatever any parser upstream made of the URL, no other address than this is reached.
        """
        family, kind, protocol, place = address
        try:
            self._look_at(family, place)
            return LentSocket(family, kind, protocol)
        except NetError as error:
            problem = error
        except OSError as error:
            problem = NetError(Reason.CONNECTION_FAILED, error.strerror or "no socket")
        if self._answer is not None:
            self._answer.problem = problem
        return int(pycurl.SOCKET_BAD)

    def _look_at(self, family: int, place: Any) -> None:
        if family not in {socket.AF_INET, socket.AF_INET6}:
            raise NetError(Reason.ADDRESS_NOT_ALLOWED, "not an Internet address")
        host, port = place[0], place[1]
        if not self._route.proxy:
            self._guard.check(host, port)
        elif (host, port) not in self._route.proxy:
            raise NetError(Reason.ADDRESS_NOT_ALLOWED, f"{host}: not the proxy's address")


def _version(*, http2: bool) -> int:
    return int(pycurl.CURL_HTTP_VERSION_2TLS if http2 else pycurl.CURL_HTTP_VERSION_1_1)


class CurlTransport(httpx.AsyncBaseTransport):
    """Guarded requests by libcurl; also a transport for any ``httpx.AsyncClient``.

    Made inside an event loop, ended by ``close``; an httpx client that is closed leaves it open.
    ``idle`` bounds the connections kept.
    """

    def __init__(
        self, *, guard: AddressGuard, resolver: Resolver, limits: Limits, idle: int, http2: bool
    ) -> None:
        self._guard = guard
        self._resolver = resolver
        self._limits = limits
        self._http2 = http2
        self._multi = Multi(idle)
        self._spare: list[Line] = []

    async def exchange(self, call: Call, answer: Answer) -> None:
        """Send a call and fill in its answer. Raises NetError; deadlines are the caller's."""
        route = await self._route(call)
        line = self._spare.pop() if self._spare else Line(self._guard, http2=self._http2)
        usual = call.method == ("GET" if call.body is None else "POST")
        usual = usual and call.proxy is None and not call.certificate
        try:
            try:
                line.prepare(call, route, answer)
            except pycurl.error as error:
                raise NetError(Reason.BAD_URL, "libcurl does not take this request") from error
            answer.resume = lambda: line.easy.pause(pycurl.PAUSE_CONT)
            await self._multi.run(line.easy)
        except TransferError as error:
            if answer.enough:
                return
            number = line.easy.getinfo(pycurl.OS_ERRNO)
            raise answer.problem or failure(error.code, error.said, call, number) from None
        except BaseException:
            usual = False
            raise
        finally:
            if usual:
                self._spare.append(line)
            else:
                line.easy.close()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """What httpx asks of a transport: the same guard and limits, without turns at hosts."""
        left_out = {b"host", b"content-length", b"transfer-encoding"}
        call = Call(
            target=target_of(str(request.url)),
            headers=[
                name + b": " + value
                for name, value in request.headers.raw
                if name.lower() not in left_out
            ],
            method=request.method,
            body=await request.aread() or None,
        )
        answer = Answer(self._limits, self._limits.body)
        try:
            async with asyncio.timeout(self._limits.seconds):
                await self.exchange(call, answer)
            body = answer.finish()
        except TimeoutError as error:
            raise httpx.TimeoutException(call.target.origin, request=request) from error
        except NetError as error:
            raise httpx.TransportError(str(error), request=request) from error
        coded = {"content-encoding", "content-length", "transfer-encoding"}
        headers = {
            name.encode("latin-1"): value
            for name, value in answer.headers.items()
            if name not in coded
        }
        return httpx.Response(answer.status, headers=headers, content=body, request=request)

    def close(self) -> None:
        """Cut off what is running and close all connections."""
        self._multi.close()
        self._resolver.close()
        for line in self._spare:
            line.easy.close()
        self._spare.clear()

    async def _route(self, call: Call) -> Route:
        """Check where a call leads and resolve the names on the way. Raises NetError."""
        target, proxy = call.target, call.proxy
        literal = self._guard.check_literal(target.host, target.port)
        if proxy is None:
            return Route([]) if literal else Route([await self._permitted(target)])
        names = []
        if not literal and not proxy.resolves:
            names.append(await self._permitted(target))
        elif not literal:
            self._guard.check_port(target.port, target.host)
        try:
            socket.inet_pton(socket.AF_INET6 if ":" in proxy.host else socket.AF_INET, proxy.host)
            addresses: tuple[str, ...] = (proxy.host,)
        except OSError:
            addresses = await self._resolver.addresses(proxy.host, proxy.port)
            names.append(_entry(proxy.host, proxy.port, addresses))
        return Route(names, frozenset((address, proxy.port) for address in addresses))

    async def _permitted(self, target: Target) -> str:
        """The entry of a name with those of its addresses that may be connected to. NetError."""
        permitted, refusal = [], None
        for address in await self._resolver.addresses(target.host, target.port):
            try:
                self._guard.check(address, target.port, name=target.host)
            except NetError as error:
                refusal = error
            else:
                permitted.append(address)
        if not permitted:
            assert refusal is not None
            raise refusal
        return _entry(target.host, target.port, tuple(permitted))


def failure(code: int, said: str, call: Call, number: int) -> NetError:
    """The name of how a transfer ended: libcurl's ``code`` and words, the system's ``number``.

    The message names no path and no secret.
    """
    reason = _REASONS.get(code, Reason.BAD_ANSWER)
    if reason is Reason.CONNECTION_LOST and "alert" in said:
        reason = Reason.TLS_FAILED  # TLS 1.3 complains of a client only after its handshake
    elif reason is Reason.CONNECTION_LOST and "chunk" in said:
        reason = Reason.BAD_ANSWER  # a damaged body has the same code as a lost connection
    origin = call.target.origin
    if call.proxy is not None and (
        reason in {Reason.CONNECTION_FAILED, Reason.PROXY_FAILED} or "CONNECT" in said
    ):
        return NetError(Reason.PROXY_FAILED, f"{origin} by way of {call.proxy.url}")
    words = ""
    if reason is Reason.TLS_FAILED:
        words = _said(code, said)
    elif number and reason in _BY_SYSTEM:
        words = os.strerror(number)
    return NetError(reason, f"{origin}: {words}" if words else origin)


def _entry(host: str, port: int, addresses: tuple[str, ...]) -> str:
    """An entry of libcurl's name table that expires (``+``)."""
    shown = ",".join(f"[{each}]" if ":" in each else each for each in addresses)
    return f"+{host}:{port}:{shown}"


def _said(code: int, said: str) -> str:
    """What the TLS library says, in one line."""
    if code in {pycurl.E_SSL_CERTPROBLEM, _E_CLIENT_CERTIFICATE}:
        return "the client certificate cannot be used, or is not accepted"
    if code == pycurl.E_SSL_CACERT_BADFILE:
        return "the file of certificate authorities cannot be read"
    return "".join(char if char.isprintable() else " " for char in said)[:200]


_BY_SYSTEM = frozenset({Reason.CONNECTION_FAILED, Reason.CONNECTION_LOST})
_REASONS: dict[int, Reason] = {
    pycurl.E_URL_MALFORMAT: Reason.BAD_URL,
    pycurl.E_COULDNT_RESOLVE_HOST: Reason.COULD_NOT_RESOLVE,
    pycurl.E_COULDNT_RESOLVE_PROXY: Reason.PROXY_FAILED,
    _E_PROXY: Reason.PROXY_FAILED,
    pycurl.E_COULDNT_CONNECT: Reason.CONNECTION_FAILED,
    pycurl.E_OPERATION_TIMEDOUT: Reason.TIMED_OUT,
    pycurl.E_GOT_NOTHING: Reason.CONNECTION_LOST,
    pycurl.E_PARTIAL_FILE: Reason.CONNECTION_LOST,
    pycurl.E_SEND_ERROR: Reason.CONNECTION_LOST,
    pycurl.E_RECV_ERROR: Reason.CONNECTION_LOST,
    pycurl.E_SEND_FAIL_REWIND: Reason.CONNECTION_LOST,
    _E_HTTP2_STREAM: Reason.CONNECTION_LOST,
    pycurl.E_SSL_CONNECT_ERROR: Reason.TLS_FAILED,
    pycurl.E_PEER_FAILED_VERIFICATION: Reason.TLS_FAILED,
    pycurl.E_SSL_CACERT_BADFILE: Reason.TLS_FAILED,
    pycurl.E_SSL_CERTPROBLEM: Reason.TLS_FAILED,
    pycurl.E_SSL_CIPHER: Reason.TLS_FAILED,
    pycurl.E_SSL_INVALIDCERTSTATUS: Reason.TLS_FAILED,
    pycurl.E_SSL_ISSUER_ERROR: Reason.TLS_FAILED,
    _E_CLIENT_CERTIFICATE: Reason.TLS_FAILED,
}
