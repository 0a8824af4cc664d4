"""What can go wrong with a request: one error with a named reason."""

import ssl
from enum import StrEnum

import aiohttp


class Reason(StrEnum):
    """Why a request brought no response."""

    ADDRESS_NOT_ALLOWED = "address not allowed"
    PORT_NOT_ALLOWED = "port not allowed"
    NOT_HTTP = "not http"
    BAD_URL = "bad url"
    COULD_NOT_RESOLVE = "could not resolve"
    CONNECTION_FAILED = "connection failed"
    CONNECTION_LOST = "connection lost"
    TLS_FAILED = "tls failed"
    TIMED_OUT = "timed out"
    HOST_BUSY = "host busy"
    TOO_LARGE = "too large"
    TOO_MANY_REDIRECTS = "too many redirects"
    REDIRECT_TO_HTTP = "redirect to http"
    BAD_ANSWER = "bad answer"


class NetError(Exception):
    """A request that brought no response: a named ``reason`` and a one-line ``message``.

    The message names scheme, host and port of the URL at most; path, query and credentials may
    be secrets and never stand in it.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(reason, message)
        self.reason = Reason(reason)
        self.message = message

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"


def named(error: BaseException, origin: str) -> NetError:
    """Give what httpx, aiohttp or the system raised its one name.

    The cause decides: httpx_aiohttp reports most of aiohttp's errors as a ConnectTimeout.
    """
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes:
        causes.append(cause)
        cause = cause.__cause__
    for each in causes:
        if isinstance(each, NetError):
            return each
        for kind, reason in _REASONS:
            if isinstance(each, kind):
                return NetError(reason, f"{origin}{_said(causes[-1])}")
    return NetError(Reason.BAD_ANSWER, origin)


_REASONS: tuple[tuple[type[BaseException], Reason], ...] = (
    (aiohttp.ClientSSLError, Reason.TLS_FAILED),
    (ssl.SSLError, Reason.TLS_FAILED),
    (aiohttp.ClientConnectorDNSError, Reason.COULD_NOT_RESOLVE),
    (aiohttp.ClientConnectorError, Reason.CONNECTION_FAILED),
    (aiohttp.ServerDisconnectedError, Reason.CONNECTION_LOST),
    (aiohttp.ServerTimeoutError, Reason.TIMED_OUT),
    (TimeoutError, Reason.TIMED_OUT),
    (aiohttp.InvalidURL, Reason.BAD_URL),
    (aiohttp.ClientPayloadError, Reason.CONNECTION_LOST),
    (aiohttp.ClientResponseError, Reason.BAD_ANSWER),
    (OSError, Reason.CONNECTION_LOST),
)


def _said(error: BaseException) -> str:
    """What the system or the TLS library says, in a word; never a URL."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f": {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f": {(error.reason or 'handshake failed').lower().replace('_', ' ')}"
    if isinstance(error, OSError) and error.strerror:
        return f": {error.strerror}"
    return ""
