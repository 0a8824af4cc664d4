"""How one request is asked beyond its URL: headers, credentials, a proxy, a client certificate."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from worker.environment import VariableError
from worker.model import FeedOptions
from worker.net.errors import NetError, Reason
from worker.net.target import basic
from worker.variables import fill

#: What a proxy may speak. ``socks5h`` and ``socks4a`` let the proxy resolve names.
PROXY_SCHEMES = {"http": 80, "https": 443, "socks4": 1080, "socks4a": 1080, "socks5": 1080, "socks5h": 1080}  # fmt: skip
#: The word for "no proxy, although there is one for all feeds".
DIRECT = "none"
_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What frames a message or says where it goes is the client's business.
_RESERVED = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "trailer", "upgrade",
     "keep-alive", "proxy-connection", "proxy-authorization", "accept-encoding"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy: ``url`` without credentials, and these apart."""

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def url(self) -> str:
        """The proxy as curl takes it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def resolves(self) -> bool:
        """Whether names of targets are resolved by the proxy, out of our sight."""
        return self.scheme not in {"socks4", "socks5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What one request has of its own; nothing of it is shown.

    ``headers`` (lower-cased names) and ``authorization`` go to the first origin alone, and so
    does ``certificate``, a PEM file with a client certificate and its key. ``proxy``: ``None`` is
    the one for all requests, ``DIRECT`` is none.
    """

    headers: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    authorization: str = field(default="", repr=False)
    proxy: Proxy | str | None = field(default=None, repr=False)
    certificate: str = field(default="", repr=False)


#: Nothing of its own.
PLAIN = Ask()
_NO_OPTIONS = FeedOptions()


def ask_of(options: FeedOptions, environ: Mapping[str, str]) -> Ask:
    """How a feed with these options is asked; ``${NAME}`` is filled in from ``environ``.

    Raises NetError (bad options), which names the option and never its value.
    """
    if options == _NO_OPTIONS:
        return PLAIN
    headers = {}
    for name, value in options.headers.items():
        headers[_header_name(name)] = _header_value(name, _filled(f"header {name}", value, environ))
    authorization = ""
    if options.bearer:
        authorization = f"Bearer {_filled('bearer', options.bearer, environ)}"
    elif options.user or options.password:
        user = _filled("user", options.user, environ)
        authorization = basic(user, _filled("password", options.password, environ))
    _header_value("bearer", authorization)
    return Ask(
        headers=headers,
        authorization=authorization,
        proxy=proxy_of(_filled("proxy", options.proxy, environ)),
        certificate=_filled("certificate", options.certificate, environ),
    )


def proxy_of(text: str) -> Proxy | str | None:
    """Parse ``http://user:password@host:port`` or the like; "" is None. NetError (bad options)."""
    text = text.strip()
    if not text:
        return None
    if text.lower() == DIRECT:
        return DIRECT
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise NetError(Reason.BAD_OPTIONS, "the proxy's URL cannot be parsed") from None
    host = url.raw_host.decode("ascii")
    if url.scheme not in PROXY_SCHEMES or not host:
        raise NetError(
            Reason.BAD_OPTIONS,
            f"write a proxy as scheme://host:port with one of {', '.join(PROXY_SCHEMES)}",
        )
    user, _, password = url.userinfo.decode("ascii").partition(":")
    return Proxy(
        scheme=url.scheme,
        host=host,
        port=url.port or PROXY_SCHEMES[url.scheme],
        user=unquote(user),
        password=unquote(password),
    )


def _filled(what: str, text: str, environ: Mapping[str, str]) -> str:
    try:
        return fill(text, environ)
    except VariableError as error:
        raise NetError(Reason.BAD_OPTIONS, f"{what}: {error}") from None


def check_header(name: str, value: str) -> tuple[str, str]:
    """A header as it is sent: its lower-cased name and its value. Raises NetError (bad options)."""
    lowered = _header_name(name)
    return lowered, _header_value(lowered, value).decode()


def _header_name(name: str) -> str:
    lowered = name.strip().lower()
    if not _TOKEN.fullmatch(lowered) or lowered in _RESERVED:
        raise NetError(Reason.BAD_OPTIONS, f"{lowered[:40]!r} is not a header that can be set")
    return lowered


def _header_value(name: str, value: str) -> bytes:
    raw = value.strip().encode()
    if has_control(raw):
        raise NetError(Reason.BAD_OPTIONS, f"the value of {name[:40]!r} has control characters")
    return raw


def has_control(value: bytes) -> bool:
    """Whether bytes cannot stand in a header's value (RFC 9110, 5.5)."""
    return _CONTROL.search(value) is not None
