"""Secrets planted wherever one may stand, and the search for them.

What is planted leads into success and failure: refusals, wrong passwords, servers that say back what
they were sent.
"""

import base64
import re
import ssl
import stat
import subprocess
import urllib.parse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from aiohttp import web

from tests.integration.authority import make_authority
from tests.integration.newsstand import Served

#: What every planted secret holds; none is a word of anything else.
MARK = "c4nary"
SIGNING = (
    "whsec_" + base64.b64encode(f"{MARK} that signs, 32 bytes long!!!!".encode()[:40]).decode()
)
#: The variables that hold secrets, and what they hold.
PLANTED = {
    "HOOK_KEY": SIGNING,
    **{
        name: f"{MARK}{number}{name.lower().replace('_', '')}"
        for number, name in enumerate(
            (
                "HOOK_PATH", "HOOK_HEADER", "MAIL_PASSWORD", "REDIS_PASSWORD", "CHAT_PASSWORD", "PAGER_TOKEN",
                "FEED_PASSWORD", "FEED_BEARER", "FEED_KEY", "FEED_HEADER", "FEED_USERINFO", "PROXY_PASSWORD",
                "PAGER_ARGUMENT", "OTEL_KEY", "DATABASE_PASSWORD", "VALKEY_PASSWORD",
            )
        )
    },
}  # fmt: skip
FEED = "<rss version='2.0'><channel><title>Gazette</title><language>ru</language>{items}</channel></rss>"
ITEM = (
    "<item><title>Путин прибыл {n}</title><guid>{n}</guid><description>Владимир Путин прибыл в "
    "Казань, {n}.</description></item>"
)


def forms(secret: str) -> Iterator[str]:
    """A secret as it may be written: plain, in a URL, in base64 wherever it begins there."""
    yield secret
    yield urllib.parse.quote(secret, safe="")
    for before in range(3):  # what of it does not depend on what is round it
        coded = base64.b64encode(b"x" * before + secret.encode()).decode()
        yield coded[4 * -(-before // 3) : 4 * ((before + len(secret)) // 3)]
    yield secret.removeprefix("whsec_")


FORMS = tuple({form for secret in PLANTED.values() for form in forms(secret)})


def key_forms(pem: Path) -> Iterator[str]:
    """The private key of a file as it may be written: its lines, and parts of it in hexadecimal."""
    private = pem.read_text().partition("PRIVATE KEY-----")[2].partition("-----END")[0].split()
    assert private
    yield from (line for line in private if len(line) > 20)
    raw = base64.b64decode("".join(private))
    yield from (raw[at : at + 16].hex() for at in range(32, len(raw) - 16, 16))


def leaks(text: str, keys: Iterable[str] = ()) -> list[str]:
    """The places of a text in which a secret stands, each with what is round it."""
    found = [form for form in (MARK, *FORMS, *keys) if form in text]
    places = (match for form in found for match in re.finditer(re.escape(form), text))
    return [text[max(0, place.start() - 80) : place.end() + 40] for place in places]


class Parrot(Served):
    """A server that says back all it is sent: address, headers and body."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(tls)
        self.polls = 0

    def routes(self) -> list[web.RouteDef]:
        return [
            web.route("*", "/feed{rest:.*}", self._feed),
            web.route("*", "/{rest:.*}", self._say),
        ]

    async def _feed(self, _request: web.Request) -> web.Response:
        self.polls += 1
        items = "".join(ITEM.format(n=n) for n in range(min(self.polls, 5)))
        return web.Response(text=FEED.format(items=items), content_type="application/rss+xml")

    async def _say(self, request: web.Request) -> web.Response:
        heads = "\n".join(f"{name}: {value}" for name, value in request.headers.items())
        said = f"{request.method} {request.path_qs}\n{heads}\n\n{await request.text()}"
        return web.Response(status=401 if "denied" in request.path else 400, text=said)


@dataclass(frozen=True)
class Places:
    """Where what is planted leads: a parrot, one by TLS that wants certificates, a mail server, files."""

    url: str
    tls_url: str
    mail_port: int
    folder: Path


def catalogue(places: Places) -> str:
    """Feeds and channels with a secret in each place, most of which fail."""
    url, folder = places.url, places.folder
    program = str(folder / "pager")
    host = url.removeprefix("http://")
    nowhere = "127.0.0.1:1"
    mail = {
        "kind": "email",
        "from": "a@example.org",
        "to": "b@example.org",
        "security": "starttls",
        "timeout": 3,
    }
    feeds: list[dict[str, object]] = [
        {"name": "good", "url": f"{url}/feed?key=${{FEED_KEY}}", "language": "ru"},
        {"name": "denied", "url": f"{url}/denied/${{FEED_KEY}}", "bearer": "${FEED_BEARER}"},
        {"name": "basic", "url": f"{url}/denied", "user": "ann", "password": "${FEED_PASSWORD}"},
        {"name": "header", "url": f"{url}/other", "headers": {"X-Api-Key": "${FEED_HEADER}"}},
        {"name": "inside", "url": f"http://ann:${{FEED_USERINFO}}@{host}/userinfo"},
        {"name": "refused", "url": f"http://{nowhere}/${{FEED_KEY}}"},
        {"name": "proxied", "url": f"{url}/p", "proxy": f"http://ann:${{PROXY_PASSWORD}}@{nowhere}"},
        {"name": "certified", "url": f"{places.tls_url}/feed", "certificate": str(folder / "client.pem")},
        {"name": "halved", "url": f"{places.tls_url}/half", "certificate": str(folder / "client.key")},
        {"name": "garbled", "url": f"{places.tls_url}/no", "certificate": str(folder / "garbled.pem")},
    ]  # fmt: skip
    channels: list[dict[str, object]] = [
        {"name": "hook", "kind": "webhook", "url": f"{url}/${{HOOK_PATH}}", "secret": "${HOOK_KEY}",
         "headers": {"X-Key": "${HOOK_HEADER}"}},
        {"name": "hook-refused", "kind": "webhook", "url": f"http://{nowhere}/${{HOOK_PATH}}",
         "secret": "${HOOK_KEY}"},
        {"name": "mail", "host": "127.0.0.1", "port": 1, "username": "ann",
         "password": "${MAIL_PASSWORD}", **mail},
        {"name": "stream", "kind": "redis", "url": f"redis://ann:${{REDIS_PASSWORD}}@{nowhere}/0", "timeout": 2},
        {"name": "chat", "kind": "apprise", "url": f"json://ann:${{CHAT_PASSWORD}}@{host}/${{HOOK_PATH}}"},
        {"name": "pager", "kind": "exec", "command": [program], "environment": {"TOKEN": "${PAGER_TOKEN}"}},
        {"name": "argued", "kind": "exec", "command": [program, "--token=${PAGER_ARGUMENT}"]},
        {"name": "archive", "kind": "file", "path": str(folder / "archive.jsonl")},
        {"name": "signed", "host": "127.0.0.1", "port": places.mail_port,
         "dkim": {"selector": "s", "domain": "example.org", "key_file": str(folder / "dkim.pem")},
         **mail, "security": "none"},
    ]  # fmt: skip
    names = [one["name"] for one in channels]
    watches = [{"name": "putin", "query": 'person:"Vladimir Putin"', "channels": names}]
    watches.append({"name": "trouble", "query": "event:any", "channels": ["archive", "hook"]})
    return yaml.safe_dump({"feeds": feeds, "channels": channels, "watches": watches})


FEEDS = (
    "good",
    "denied",
    "basic",
    "header",
    "inside",
    "refused",
    "proxied",
    "certified",
    "halved",
    "garbled",
)
CHANNELS = (
    "hook",
    "hook-refused",
    "mail",
    "stream",
    "chat",
    "pager",
    "argued",
    "archive",
    "signed",
)


def plant_files(folder: Path) -> tuple[str, ...]:
    """Write keys, certificates and a program that shouts its secrets and fails; gives what nobody may see."""
    make_authority(folder)
    subprocess.run(
        ["openssl", "genrsa", "-traditional", "-out", folder / "dkim.pem", "2048"],
        check=True, capture_output=True,
    )  # fmt: skip
    (folder / "garbled.pem").write_text(f"-----BEGIN PRIVATE KEY-----\n{MARK}\n")
    program = folder / "pager"
    program.write_text('#!/bin/sh\necho "token $TOKEN refused: $1" >&2\necho "$TOKEN $1"\nexit 1\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    return tuple(form for name in ("client.pem", "dkim.pem") for form in key_forms(folder / name))
