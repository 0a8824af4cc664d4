"""What is asked for: a checked URL, its credentials kept apart, and where redirects lead."""

import re
from base64 import b64encode
from dataclasses import dataclass, replace
from urllib.parse import unquote

import httpx

from worker.model import Response
from worker.net.errors import NetError, Reason

_HOST = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True, slots=True)
class Target:
    """What is asked: a URL without credentials and fragment, and the credentials apart."""

    url: httpx.URL
    authorization: str = ""

    @property
    def port(self) -> int:
        """The port connected to."""
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    @property
    def gate(self) -> str:
        """The host that is spared; a server of its own on an odd port counts apart."""
        return self.url.host if self.port in {80, 443} else f"{self.url.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port: all of the URL that a message may show."""
        return f"{self.url.scheme}://{self.url.netloc.decode('ascii')}"


def parse_url(url: str, base: httpx.URL | None = None) -> httpx.URL:
    """Parse an http or https URL, relative to ``base`` if given. NetError (bad url, not http)."""
    try:
        parsed = httpx.URL(url.strip())
        parsed = base.join(parsed) if base is not None else parsed
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
    return parsed


def bare(url: httpx.URL) -> httpx.URL:
    """Cut a URL's credentials and fragment."""
    return url.copy_with(username=None, password=None, fragment=None)


def target_of(url: str) -> Target:
    """Parse a URL given by a user or a feed; credentials in it become basic authentication."""
    parsed = parse_url(url)
    authorization = ""
    if parsed.userinfo:
        name, _, password = parsed.userinfo.decode("ascii").partition(":")
        pair = f"{unquote(name)}:{unquote(password)}".encode()
        authorization = f"Basic {b64encode(pair).decode('ascii')}"
    return Target(bare(parsed), authorization)


def redirected(target: Target, response: Response) -> Target | None:
    """Where a response sends on to; None if it is no redirect. Raises NetError."""
    location = response.headers.get("location")
    if response.status not in {301, 302, 303, 307, 308} or not location:
        return None
    try:
        text = location.decode("utf-8")
    except UnicodeDecodeError:
        text = location.decode("latin-1")
    url = bare(parse_url(text, target.url))
    if target.url.scheme == "https" and url.scheme == "http":
        raise NetError(
            Reason.REDIRECT_TO_HTTP,
            f"{target.origin} redirects from https to {Target(url).origin}",
        )
    following = Target(url)
    same = url.host == target.url.host and following.port in {target.port, 443}
    return replace(following, authorization=target.authorization) if same else following
