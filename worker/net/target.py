"""What is asked for: a checked URL, its credentials kept apart, and where redirects lead."""

import re
import socket
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

import httpx

from worker.net.errors import NetError, Reason

_HOST = re.compile(r"[A-Za-z0-9_.-]+")
#: A URL in which httpx would change nothing, as most are; parsing costs more than a request.
_PLAIN = re.compile(
    r"(https?)://"
    r"((?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*)"
    r"(?::([1-9][0-9]{0,4}))?"
    r"(/(?:[A-Za-z0-9_~!$&()*+,;=:@/?-]|(?<![/.])\.(?!\.))*)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked: a URL without credentials and fragment, and the credentials apart.

    ``first`` says that it is still the origin that was meant, so that credentials may go there.
    """

    url: str
    scheme: str
    host: str
    port: int
    authorization: str = ""
    first: bool = True

    @property
    def gate(self) -> str:
        """The host that is spared; a server of its own on an odd port counts apart."""
        return self.host if self.port in {80, 443} else f"{self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: all of the URL that a message may show."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.scheme == "https" else 80)
        return f"{self.scheme}://{host}" + ("" if usual else f":{self.port}")


def parse_url(url: str, base: str = "") -> httpx.URL:
    """Parse an http or https URL, relative to ``base`` if given. NetError (bad url, not http)."""
    try:
        parsed = httpx.URL(url.strip())
        parsed = httpx.URL(base).join(parsed) if base else parsed
    except (httpx.InvalidURL, UnicodeError, ValueError, TypeError):
        raise NetError(Reason.BAD_URL, "this URL cannot be parsed") from None
    if parsed.scheme not in {"http", "https"}:
        shown = parsed.scheme[:20] or "no scheme"
        raise NetError(Reason.NOT_HTTP, f"only http and https are spoken, not {shown!r}")
    host = parsed.raw_host.decode("ascii")
    if not host:
        raise NetError(Reason.BAD_URL, "this URL names no host")
    if ":" not in host and not _HOST.fullmatch(host):
        raise NetError(Reason.BAD_URL, "the host of this URL has characters no host has")
    if parsed.port is not None and not 0 < parsed.port <= 65535:
        raise NetError(Reason.BAD_URL, "the port of this URL is none")
    return parsed


def _is_settled(host: str) -> bool:
    """Whether a host stands for itself: neither IDNA nor an odd way to write an address."""
    if not host[-1].isdigit():
        return "--" not in host
    try:
        socket.inet_pton(socket.AF_INET, host)
    except OSError:
        return False
    return True


def basic(user: str, password: str) -> str:
    """Basic authentication (RFC 7617), as the value of an Authorization header."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def target_of(url: str) -> Target:
    """Parse a URL given by a user or a feed; credentials in it become basic authentication."""
    plain = _PLAIN.fullmatch(url)
    if plain is not None and _is_settled(plain[2]):
        usual = 443 if plain[1] == "https" else 80
        port = int(plain[3]) if plain[3] else usual
        if port <= 65535 and not (plain[3] and port == usual):
            return Target(url, plain[1], plain[2], port)
    parsed = parse_url(url)
    authorization = ""
    if parsed.userinfo:
        name, _, password = parsed.userinfo.decode("ascii").partition(":")
        authorization = basic(unquote(name), unquote(password))
    return _target(parsed, authorization)


def _target(parsed: httpx.URL, authorization: str = "", *, first: bool = True) -> Target:
    url = str(parsed.copy_with(username=None, password=None, fragment=None))
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    return Target(url, parsed.scheme, parsed.raw_host.decode("ascii"), port, authorization, first)


def redirected(target: Target, headers: Mapping[str, bytes]) -> Target:
    """Where the Location among ``headers`` sends on to. Raises NetError.

    Credentials stay with the first origin: the same host at the same port, or at 443. Whoever
    was sent elsewhere does not get them back on return.
    """
    location = headers["location"]
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    following = _target(parse_url(text, target.url), first=False)
    if target.scheme == "https" and following.scheme == "http":
        raise NetError(
            Reason.REDIRECT_TO_HTTP,
            f"{target.origin} redirects from https to {following.origin}",
        )
    same = following.host == target.host and following.port in {target.port, 443}
    if not (same and target.first):
        return following
    return Target(
        following.url, following.scheme, following.host, following.port, target.authorization
    )


def host_of(url: str) -> str:
    """The host of a URL as turns at hosts know it. Raises NetError (bad url, not http)."""
    return target_of(url).gate
