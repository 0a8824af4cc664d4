"""What can go wrong with a request: one error with a named reason."""

from datetime import datetime
from enum import StrEnum


class Reason(StrEnum):
    """Why a request brought no response."""

    ADDRESS_NOT_ALLOWED = "address not allowed"
    PORT_NOT_ALLOWED = "port not allowed"
    NOT_HTTP = "not http"
    BAD_URL = "bad url"
    BAD_OPTIONS = "bad options"
    COULD_NOT_RESOLVE = "could not resolve"
    CONNECTION_FAILED = "connection failed"
    CONNECTION_LOST = "connection lost"
    PROXY_FAILED = "proxy failed"
    TLS_FAILED = "tls failed"
    TIMED_OUT = "timed out"
    HOST_BUSY = "host busy"
    TOO_LARGE = "too large"
    COMPRESSED_TOO_LARGE = "compressed too large"
    RATIO_TOO_HIGH = "ratio too high"
    HEADERS_TOO_LARGE = "headers too large"
    TOO_MANY_REDIRECTS = "too many redirects"
    REDIRECT_TO_HTTP = "redirect to http"
    BAD_ANSWER = "bad answer"


class NetError(Exception):
    """A request that brought no response: a named ``reason`` and a one-line ``message``.

    The message names scheme, host and port of the URL at most; path, query and credentials may
    be secrets and never stand in it. ``until`` is when a busy host may be asked again, where
    whoever keeps the turns knows it.
    """

    def __init__(self, reason: str, message: str, *, until: datetime | None = None) -> None:
        super().__init__(reason, message)
        self.reason = Reason(reason)
        self.message = message
        self.until = until

    def __str__(self) -> str:
        return f"{self.reason}: {self.message}"
