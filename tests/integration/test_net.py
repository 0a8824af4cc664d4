"""The guarded HTTP client against real servers on loopback."""

import asyncio
import contextlib
import gzip
import random
import socket
import ssl
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import brotli
import psutil
import pycurl
import pytest
from aiohttp import web

from worker.model import Response
from worker.net import AddressGuard, Limits, Net, NetError, Reason, user_agent
from worker.net.answer import Answer
from worker.net.curl import Call, Line, Route, failure
from worker.net.gate import HostGate
from worker.net.target import redirected, target_of
from worker.settings import Settings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LOOPBACK = ("127.0.0.0/8", "::1/128")
T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve every path with one handler; the base URL without a final slash."""
    server = web.Server(handler)  # type: ignore[arg-type]
    runner = web.ServerRunner(server, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http{'s' if context else ''}://{host}:{port}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def raw_server(answer: bytes) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers fixed bytes, and the request heads it has read."""
    heads: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}", heads
    finally:
        server.close()
        await server.wait_closed()


def made_certificate_and_port(folder: Path) -> int:
    """cert.pem and key.pem of a made-up authority for 127.0.0.1, and a port nobody listens at."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-out", folder / "cert.pem",
         "-keyout", folder / "key.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise AssertionError(f"nobody listens at {port}")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run one test's coroutine in a loop of its own."""
    return asyncio.run(main)


def client(**options: Any) -> Net:
    """A client as tests use it."""
    return Net(**options)


def refusal(url: str, **options: Any) -> NetError:
    """The error of a GET that must fail."""

    async def main() -> NetError:
        async with client(**options) as net:
            with pytest.raises(NetError) as caught:
                await net.get(url)
            return caught.value

    return run(main())


def answer_of(handler: Handler, path: str = "/", **options: Any) -> Response:
    """What Net makes of one handler's answer."""

    async def main() -> Response:
        async with serving(handler) as base, client(allow=LOOPBACK, **options) as net:
            return await net.get(base + path)

    return run(main())


def error_of(handler: Handler, path: str = "/", **options: Any) -> NetError:
    """The error Net makes of one handler's answer."""

    async def main() -> NetError:
        async with serving(handler) as base, client(allow=LOOPBACK, **options) as net:
            with pytest.raises(NetError) as caught:
                await net.get(base + path)
            return caught.value

    return run(main())


async def hello(request: web.Request) -> web.StreamResponse:
    """Answer with the path asked for."""
    return web.Response(text=f"hello {request.path}")


# ------------------------------------------------------------------------------ address guard


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.100.100.200",
        "127.0.0.1",
        "168.63.129.16",
        "169.254.169.254",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:0:7f00:1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "64:ff9b:1::101:101",
        "64:ff9b::c0a8:1",
        "64:ff9b::e000:1",
        "::ffff:169.254.169.254",
        "::ffff:224.0.0.1",
        "2001:10::1",
        "5f00::1",
        "fe80::1%1",
        "fec0::a",
        "100::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:5db8:d822::1",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_special_addresses_are_not_public(address: str) -> None:
    """No private, local, metadata, multicast, documentation or tunnelled address passes."""
    with pytest.raises(NetError) as caught:
        AddressGuard().check(address, 443)
    assert caught.value.reason == "address not allowed"


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"],
)
def test_public_addresses_pass(address: str) -> None:
    """Public addresses pass, also through NAT64 as IPv6-only networks need it."""
    AddressGuard().check(address, 443)


def test_allow_list_opens_exactly_its_networks_on_any_port() -> None:
    """An allowed network is reachable on any port, also mapped; its neighbour is not."""
    guard = AddressGuard(allow=Net(allow=["10.1.0.0/16"])._guard.allow)
    guard.check("10.1.200.3", 8080)
    guard.check("::ffff:10.1.200.3", 8080)
    for private in ("10.2.0.1", "127.0.0.1", "::1", "169.254.169.254", "64:ff9b:1::a01:101"):
        with pytest.raises(NetError):
            guard.check(private, 80)
    with pytest.raises(NetError) as caught:
        guard.check("1.1.1.1", 8080)
    assert caught.value.reason == Reason.PORT_NOT_ALLOWED


def test_the_last_look_is_at_the_socket() -> None:
    """Even an address that slipped past every parser gets no socket."""
    answer = Answer(Limits(), 0)
    line = Line(AddressGuard(), http2=False)
    line.prepare(Call(target=target_of("http://public.example/"), headers=[]), Route([]), answer)
    assert pycurl.SOCKET_BAD == line._open(0, (2, 1, 6, ("127.0.0.1", 80)))
    assert "not a public address" in str(answer.problem)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://0177.1/",
        "http://127.1/",
        "http://127.0.0.1./",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::a00:1]/",
        "http://[2002:7f00:1::]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://user:secret@10.0.0.1/",
    ],
)
def test_literal_addresses_in_urls_are_checked(url: str) -> None:
    """A private address is refused however it is written, and before anything is sent."""
    error = refusal(url)
    assert error.reason == "address not allowed"
    assert "secret" not in str(error)
    assert "\n" not in str(error)


def test_names_of_private_addresses_are_refused() -> None:
    """The name localhost is a name like any other: what it resolves to decides."""
    assert refusal("http://localhost/").reason == "address not allowed"


def test_loopback_is_refused_unless_allowed() -> None:
    """The same running server is out of reach without the allow list and in reach with it."""

    async def main() -> tuple[str, bytes]:
        async with serving(hello) as base:
            async with client() as net:
                with pytest.raises(NetError) as caught:
                    await net.get(f"{base}/a")
            async with client(allow=LOOPBACK) as net:
                return caught.value.reason, (await net.get(f"{base}/a")).body

    assert run(main()) == ("address not allowed", b"hello /a")


def test_ports_are_checked() -> None:
    """A public address on an odd port is refused before a connection is tried."""
    assert refusal("http://1.1.1.1:25/").reason == "port not allowed"


def test_rebinding_name_gains_nothing() -> None:
    """The name is resolved once per connection, and what was checked is what is connected to."""
    answers = [["127.0.0.1"], ["169.254.169.254"]]
    asked: list[str] = []

    def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    async def main() -> tuple[int, str]:
        async with serving(hello) as base:
            url = base.replace("127.0.0.1", "rebind.example")
            async with client(allow=LOOPBACK, lookup=lookup) as net:
                status = (await net.get(url)).status
                assert asked == ["rebind.example"]
            async with client(allow=LOOPBACK, lookup=lookup) as net:
                with pytest.raises(NetError) as caught:
                    await net.get(url)
        return status, str(caught.value)

    status, message = run(main())
    assert status == 200
    assert message.startswith(
        "address not allowed: rebind.example resolves to 169.254.169.254: not a public address"
    )


def test_only_permitted_addresses_of_a_name_are_connected_to() -> None:
    """A name with a refused and a permitted address is reached at the permitted one alone."""

    async def main() -> int:
        async with (
            serving(hello) as base,
            client(allow=LOOPBACK, lookup=lambda *_: ["10.0.0.1", "127.0.0.1"]) as net,
        ):
            return (await net.get(base.replace("127.0.0.1", "mixed.example"))).status

    assert run(main()) == 200


# ---------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "not http"),
        ("ftp://example.org/", "not http"),
        ("feeds.example/rss", "not http"),
        ("http://", "bad url"),
        ("http:///path", "bad url"),
        ("http://exa mple.org/", "bad url"),
        ("http://[::1", "bad url"),
        ("http://0177.0.0.1/", "bad url"),
        ("http://127.0.0.1%2e/", "bad url"),
        ("http://example.org:99999/", "bad url"),
    ],
)
def test_what_is_no_http_url_is_named(url: str, reason: str) -> None:
    """Other schemes and broken URLs are refused by name, on one line."""
    error = refusal(url)
    assert error.reason == reason
    assert "\n" not in str(error)


def test_unresolvable_name() -> None:
    """A name without an address is said to be that."""

    def lookup(_host: str, _port: int) -> Sequence[str]:
        raise OSError("no such name")

    error = refusal("http://nowhere.example/", lookup=lookup)
    assert str(error) == "could not resolve: nowhere.example"


def test_hanging_name_server_holds_up_nothing() -> None:
    """A lookup without end costs its request the deadline, and the process no time at its end."""
    lookups: list[threading.Thread] = []
    over = threading.Event()

    def lookup(_host: str, _port: int) -> Sequence[str]:
        lookups.append(threading.current_thread())
        over.wait(60)
        return []

    started = time.monotonic()
    assert refusal("http://slow.example/", lookup=lookup, timeout=0.05).reason == "timed out"
    assert time.monotonic() - started < 0.5
    over.set()
    assert [thread.daemon for thread in lookups] == [True]


def test_hanging_lookups_hold_up_no_other() -> None:
    """A name whose lookup hangs, given up or not, leaves the threads of others free."""
    release = threading.Event()

    def lookup(host: str, _port: int) -> Sequence[str]:
        if host.startswith("slow"):
            release.wait(20)
        return ["127.0.0.1"]

    async def main() -> list[int]:
        async with serving(hello) as base, client(allow=LOOPBACK, lookup=lookup) as net:
            slow = base.replace("127.0.0.1", "slow1.example")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await net.get(slow)
            slower = asyncio.create_task(net.get(base.replace("127.0.0.1", "slow2.example")))
            fine = await net.get(base.replace("127.0.0.1", "fast.example"))
            release.set()
            return [fine.status, (await slower).status]

    try:
        assert run(main()) == [200, 200]
    finally:
        release.set()


def test_names_are_looked_up_once_a_minute() -> None:
    """Requests that come close together share one lookup."""
    asked: list[str] = []

    def lookup(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return ["127.0.0.1"]

    async def main() -> None:
        async with serving(hello) as base, client(allow=LOOPBACK, lookup=lookup) as net:
            for path in ("/a", "/b"):
                await net.get(base.replace("127.0.0.1", "news.example") + path)

    run(main())
    assert asked == ["news.example"]


def test_refused_connection() -> None:
    """A closed port is a failed connection, not a time-out."""

    async def main() -> NetError:
        async with serving(hello) as base:
            pass
        async with client(allow=LOOPBACK) as net:
            with pytest.raises(NetError) as caught:
                await net.get(f"{base}/secret?token=secret")
            return caught.value

    error = run(main())
    assert error.reason == "connection failed"
    assert "secret" not in str(error)


def test_connection_cut_short() -> None:
    """A body shorter than announced, and a server that hangs up, are lost connections."""

    async def main() -> list[str]:
        reasons = []
        for answer in (b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"):
            async with raw_server(answer) as (base, _), client(allow=LOOPBACK) as net:
                with pytest.raises(NetError) as caught:
                    await net.get(base)
                reasons.append(str(caught.value.reason))
        return reasons

    assert run(main()) == ["connection lost", "connection lost"]


def test_what_is_not_http_at_all() -> None:
    """A server that speaks something else is a bad answer."""

    async def main() -> str:
        async with raw_server(b"220 mail ready\r\n") as (base, _), client(allow=LOOPBACK) as net:
            with pytest.raises(NetError) as caught:
                await net.get(base)
            return caught.value.reason

    assert run(main()) == "bad answer"


def test_oversized_header_is_a_bad_answer() -> None:
    """A header line without end is refused, not collected."""

    async def main() -> str:
        answer = b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 20_000 + b"\r\n\r\n"
        async with raw_server(answer) as (base, _), client(allow=LOOPBACK) as net:
            with pytest.raises(NetError) as caught:
                await net.get(base)
            return caught.value.reason

    assert run(main()) == "bad answer"


def test_untrusted_certificate(tmp_path: Path) -> None:
    """A self-signed certificate is refused by name; SSL_CERT_FILE makes it trusted."""
    made_certificate_and_port(tmp_path)
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)

    async def main(*, trusted: bool) -> str:
        with pytest.MonkeyPatch.context() as patch:
            if trusted:
                patch.setenv("SSL_CERT_FILE", str(certificate))
            async with serving(hello, context) as base, Net(allow=LOOPBACK) as net:
                try:
                    return str((await net.get(base)).status)
                except NetError as error:
                    return error.reason

    assert run(main(trusted=False)) == "tls failed"
    assert run(main(trusted=True)) == "200"


# --------------------------------------------------------------------------------- redirects


async def redirecting(request: web.Request) -> web.StreamResponse:
    """/301/302/end answers 301 to /302/end, and so on; /end says what it was asked."""
    status, _, rest = request.path.strip("/").partition("/")
    if status == "end":
        shown = {name: request.headers.get(name) for name in ("Authorization", "Cookie", "Referer")}
        return web.json_response(shown)
    return web.Response(
        status=int(status), headers={"Location": f"/{rest}", "Set-Cookie": "session=1; Path=/"}
    )


@pytest.mark.parametrize(
    ("path", "permanent"),
    [
        ("/end", False),
        ("/301/end", True),
        ("/308/301/end", True),
        ("/301/302/end", False),
        ("/307/303/302/end", False),
    ],
)
def test_redirects_are_followed(path: str, permanent: bool) -> None:
    """The response tells where it ended and whether every redirect was a permanent one."""
    response = answer_of(redirecting, path)
    assert (response.status, response.permanent_redirect) == (200, permanent)
    assert response.url.endswith("/end")


def test_nothing_is_carried_along_redirects() -> None:
    """No cookie, no referrer: neither on the next hop nor on the next request."""

    async def main() -> list[bytes]:
        async with serving(redirecting) as base, client(allow=LOOPBACK) as net:
            return [(await net.get(f"{base}/302/end")).body for _ in range(2)]

    empty = b'{"Authorization": null, "Cookie": null, "Referer": null}'
    assert run(main()) == [empty, empty]


def test_credentials_stay_with_their_host() -> None:
    """Credentials of the URL are basic authentication, kept on the host and dropped off it."""

    async def main() -> tuple[bytes, bytes, str]:
        async with serving(redirecting) as other:

            async def away(_request: web.Request) -> web.StreamResponse:
                return web.Response(status=302, headers={"Location": f"{other}/end"})

            async with serving(away) as base, client(allow=LOOPBACK) as net:
                stays = other.replace("http://", "http://ann:p%40ss@") + "/302/end"
                leaves = base.replace("http://", "http://ann:p%40ss@")
                response = await net.get(stays)
                return response.body, (await net.get(leaves)).body, response.url

    stayed, left, url = run(main())
    assert b"Basic YW5uOnBAc3M=" in stayed
    assert b'"Authorization": null' in left
    assert "ann" not in url


def test_redirect_loops_end() -> None:
    """Five redirects are followed and not a sixth."""
    assert answer_of(redirecting, "/302" * 5 + "/end").status == 200
    assert error_of(redirecting, "/302" * 6 + "/end").reason == "too many redirects"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://10.0.0.1/", "address not allowed"),
        ("http://169.254.169.254/latest/meta-data/", "address not allowed"),
        ("//[fd00:ec2::254]/", "address not allowed"),
        ("file:///etc/passwd", "not http"),
        ("http://[", "bad url"),
    ],
)
def test_redirects_are_guarded_like_requests(location: str, reason: str) -> None:
    """Every hop's address and scheme are checked."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": location})

    assert error_of(handler).reason == reason


def test_https_never_leads_to_http() -> None:
    """A redirect from https to http is refused by name."""
    with pytest.raises(NetError) as caught:
        redirected(target_of("https://a.example/secret"), {"location": b"http://a.example/x"})
    assert str(caught.value) == (
        "redirect to http: https://a.example redirects from https to http://a.example"
    )


# -------------------------------------------------------------------------------- validators


@pytest.mark.parametrize(
    "etag", [b'"plain"', b'W/"weak"', b"unquoted", b'"\xe9t\xe9"', '"été"'.encode(), b'"\xff\x80"']
)
def test_validators_go_back_byte_for_byte(etag: bytes) -> None:
    """What a server sent as validators is what it gets, also beyond ASCII and UTF-8."""
    modified = b"Tue, 01 Jan 2030 00:00:00 \xa0GMT"
    answer = (
        b"HTTP/1.1 304 Not Modified\r\nETag: "
        + etag
        + b"\r\nLast-Modified: "
        + modified
        + b"\r\n\r\n"
    )

    async def main() -> tuple[Response, bytes]:
        async with raw_server(answer) as (base, heads), client(allow=LOOPBACK) as net:
            first = await net.get(base)
            headers = first.headers
            second = await net.get(
                base, etag=headers["etag"], last_modified=headers["last-modified"]
            )
            assert b"if-none-match" not in heads[0].lower()
            return second, heads[1]

    response, head = run(main())
    assert response.status == 304
    assert b"\r\nif-none-match: " + etag + b"\r\n" in head
    assert b"\r\nif-modified-since: " + modified + b"\r\n" in head


def test_validators_with_control_bytes_are_not_sent() -> None:
    """A validator that would break the request head is left out."""

    async def main() -> bytes:
        async with raw_server(b"HTTP/1.1 204 No Content\r\n\r\n") as (base, heads):
            async with client(allow=LOOPBACK) as net:
                await net.get(base, etag=b'"a"\r\nX-Evil: 1')
            return heads[0]

    assert b"Evil" not in run(main())


def test_user_agent_names_version_and_contact() -> None:
    """Publishers see what asks and whom to turn to; nothing can break the header."""

    async def main() -> bytes:
        async with raw_server(b"HTTP/1.1 204 No Content\r\n\r\n") as (base, heads):
            settings = Settings.model_validate(
                {"contact": "https://news.example/bot\r\n", "net_allow": "127.0.0.0/8"}
            )
            async with Net.from_settings(settings) as net:
                await net.get(base)
            return heads[0]

    assert b"\r\nuser-agent: Tocsin/0.1.0 (+https://news.example/bot)\r\n" in run(main())
    assert user_agent() == "Tocsin/0.1.0 (self-hosted news monitor)"


# ----------------------------------------------------------------------------------- budgets


def compressed(body: bytes, encoding: str) -> Handler:
    """Answer these bytes under this Content-Encoding."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body, headers={"Content-Encoding": encoding})

    return handler


@pytest.mark.parametrize(
    ("encoding", "squeeze"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", lambda body: gzip.compress(body[:9]) + gzip.compress(body[9:])),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body, wbits=-15)),
        ("br", brotli.compress),
        ("zstd", zstd.compress),
        ("identity", bytes),
    ],
)
def test_compressed_bodies_are_read(encoding: str, squeeze: Callable[[bytes], bytes]) -> None:
    """Several gzip members and both kinds of deflate come back as they were."""
    body = b"some text " * 9000
    assert answer_of(compressed(squeeze(body), encoding)).body == body


@pytest.mark.parametrize(
    ("encoding", "sent", "reason"),
    [
        ("gzip", gzip.compress(b"x" * 5_000_000, mtime=0), "too large"),
        ("gzip", gzip.compress(b"text" * 500, mtime=0)[:-9], "bad answer"),
        ("gzip", b"no gzip at all", "bad answer"),
        ("br", brotli.compress(b"x" * 5_000_000), "too large"),
        ("br", b"whatever", "bad answer"),
        ("zstd", zstd.compress(b"x" * 5_000_000), "too large"),
        ("zstd", b"whatever", "bad answer"),
        ("lzma", b"whatever", "bad answer"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"x" * 99, mtime=0), mtime=0), "bad answer"),
        ("identity", b"x" * 1_000_001, "too large"),
    ],
    ids=[
        "bomb",
        "cut short",
        "no gzip",
        "br bomb",
        "no brotli",
        "zstd bomb",
        "no zstd",
        "unasked",
        "twice",
        "large",
    ],
)
def test_bodies_beyond_their_budget(encoding: str, sent: bytes, reason: str) -> None:
    """A gzip bomb is stopped at the body budget; damaged and unasked encodings are named."""
    assert error_of(compressed(sent, encoding), max_bytes=1_000_000).reason == reason


@pytest.mark.parametrize(
    ("encoding", "squeeze"),
    [("gzip", gzip.compress), ("br", brotli.compress), ("zstd", zstd.compress)],
)
def test_bodies_that_swell_too_much(encoding: str, squeeze: Callable[[bytes], bytes]) -> None:
    """Past 1 MB a body may be a hundred times what was sent, long before the body budget."""
    assert error_of(compressed(squeeze(bytes(20_000_000)), encoding)).reason == "ratio too high"
    assert answer_of(compressed(squeeze(bytes(990_000)), encoding)).body == bytes(990_000)


def test_compressed_bodies_have_a_budget_of_their_own() -> None:
    """What comes over the wire is bounded apart from what it becomes, declared or not."""
    sent = gzip.compress(random.Random(1).randbytes(300_000))

    async def streamed(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Encoding": "gzip"})
        await response.prepare(request)
        for start in range(0, len(sent), 10_000):
            await response.write(sent[start : start + 10_000])
        return response

    for handler in (compressed(sent, "gzip"), streamed):
        error = error_of(handler, limits=Limits(compressed=200_000))
        assert error.reason == "compressed too large"
        assert len(answer_of(handler).body) == 300_000
        assert answer_of(handler).wire == len(sent)


@pytest.mark.parametrize(
    "lines",
    [
        b"".join(b"X-%d: %s\r\n" % (n, b"y" * 900) for n in range(100)),
        b"X: y\r\n" * 300,
        b"Set-Cookie: a=b\r\n" * 300,
    ],
    ids=["bytes", "lines", "cookies"],
)
def test_headers_beyond_their_budget(lines: bytes) -> None:
    """Headers are counted in bytes and in lines, and stopped by name."""

    async def main() -> str:
        answer = b"HTTP/1.1 200 OK\r\n" + lines + b"\r\n"
        async with raw_server(answer) as (base, _), client(allow=LOOPBACK) as net:
            with pytest.raises(NetError) as caught:
                await net.get(base)
            return caught.value.reason

    assert run(main()) == "headers too large"


def test_endless_headers_are_cut() -> None:
    """Interim answers and trailers count too, so that neither goes on for ever."""

    async def main(head: bytes, again: bytes) -> str:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head)
            with contextlib.suppress(OSError):
                while not writer.is_closing():
                    writer.write(again * 50)
                    await writer.drain()
            writer.close()

        server = await asyncio.start_server(talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, client(allow=LOOPBACK) as net:
            with pytest.raises(NetError) as caught:
                await net.get(f"http://127.0.0.1:{port}/")
        return caught.value.reason

    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    trailed = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    assert run(main(b"", interim)) == "headers too large"
    assert run(main(trailed, b"X: y\r\n")) == "headers too large"


def test_interim_answers_and_trailers_are_no_headers() -> None:
    """Only the headers of the answer itself are its headers; repeated ones are joined."""

    async def main() -> Response:
        answer = (
            b'HTTP/1.1 103 Early Hints\r\nETag: "early"\r\n\r\n'
            b"HTTP/1.1 200 OK\r\nVary: a\r\nVARY:  b \r\nTransfer-Encoding: chunked\r\n"
            b'Trailer: ETag\r\n\r\n5\r\nhello\r\n0\r\nETag: "late"\r\n\r\n'
        )
        async with raw_server(answer) as (base, _), client(allow=LOOPBACK) as net:
            return await net.get(base)

    response = run(main())
    assert (response.status, response.body) == (200, b"hello")
    assert response.headers["vary"] == b"a, b"
    assert "etag" not in response.headers


def test_endless_redirect_bodies_are_not_read() -> None:
    """What stands in a redirect does not matter, so no more than a little is waited for."""

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/end":
            return web.Response(text="here")
        response = web.StreamResponse(status=302, headers={"Location": "/end"})
        await response.prepare(request)
        with contextlib.suppress(OSError):
            while True:
                await response.write(b"x" * 10_000)
        return response

    response = answer_of(handler)
    assert response.body == b"here"
    assert response.wire < 200_000


def test_endless_body_is_cut_while_streaming() -> None:
    """A body of undeclared length is stopped once it is over the budget."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    assert error_of(handler, max_bytes=100_000).reason == "too large"


def test_large_bodies_wait_for_one_another() -> None:
    """There is room for one of unknown length; waiting for it is not counted, and cut off at will."""

    async def large(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(request.path.encode() * (1 if request.path == "/" else 1_500_000))
        return response

    async def work() -> None:
        async with (
            serving(large) as base,
            client(allow=LOOPBACK, max_bytes=4_000_000, timeout=2, gate=HostGate(9)) as net,
        ):
            first = [await net.get(f"{base}/1")]
            others = [asyncio.create_task(net.get(f"{base}/{number}")) for number in (2, 3, 4)]
            await asyncio.sleep(3)
            assert b"/" == (await net.get(f"{base}/")).body
            assert not any(other.done() for other in others)
            others.pop(1).cancel()
            first.clear()
            assert b"/2" * 1_500_000 == (await others.pop(0)).body
            assert b"/4" * 1_500_000 == (await others.pop(0)).body

    run(work())


def test_drip_server_hits_the_total_deadline() -> None:
    """A byte now and then keeps no request alive beyond its total time."""

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.05)

    started = time.monotonic()
    error = error_of(handler, timeout=0.3)
    assert error.reason == "timed out"
    assert time.monotonic() - started < 2


def test_silent_server_hits_the_total_deadline() -> None:
    """So does a server that accepts and never answers."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.6)
        return web.Response()

    assert error_of(handler, timeout=0.1).reason == "timed out"


def test_a_drip_of_redirects_has_one_deadline() -> None:
    """The time is that of the whole request, not of each hop."""

    async def handler(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.12)
        return web.Response(status=302, headers={"Location": "/again"})

    assert error_of(handler, timeout=0.3).reason == "timed out"


def test_post_is_not_held_up_by_a_dripping_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the status is here, the rest is waited for only a moment, and is no error."""
    monkeypatch.setattr("worker.net.client.EXCERPT_SECONDS", 0.1)

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        with contextlib.suppress(OSError):
            while True:
                await response.write(b"x")
                await asyncio.sleep(0.02)
        return response

    async def main() -> Response:
        async with serving(handler) as base, client(allow=LOOPBACK) as net:
            return await net.post(f"{base}/hook", b"{}", {})

    response = run(main())
    assert response.status == 200
    assert response.elapsed < 5


# ------------------------------------------------------------------------------- connections


def test_a_connection_is_used_again() -> None:
    """A host asked again soon is asked on the connection there is, and both see one address."""
    peers: list[object] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        peers.append(request.transport.get_extra_info("peername"))
        return web.Response(text="hello")

    async def main() -> None:
        async with serving(handler) as base, client(allow=LOOPBACK) as net:
            for _ in range(3):
                await net.get(base)

    run(main())
    assert len(peers) == 3
    assert len(set(peers)) == 1


def test_cut_off_requests_leave_nothing_behind() -> None:
    """Cancelled, refused and broken requests leave no socket and no task, and others go on."""
    arrived = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        if request.path == "/hangs":
            arrived.set()
            await asyncio.sleep(0.5)
        return web.Response(text="hello")

    async def main() -> tuple[int, int]:
        process = psutil.Process()
        async with serving(handler) as base:
            async with client(allow=LOOPBACK) as net:
                await net.get(base)
            before = process.num_fds()
            async with client(allow=LOOPBACK) as net:
                for _ in range(20):
                    task = asyncio.create_task(net.get(f"{base}/hangs"))
                    await arrived.wait()
                    arrived.clear()
                    task.cancel()
                    with pytest.raises(asyncio.CancelledError):
                        await task
                    with pytest.raises(NetError):
                        await net.get("http://10.0.0.1/")
                    assert (await net.get(base)).status == 200
                assert len(net.transport._multi._running) == 0
            return before, process.num_fds()

    before, after = run(main())
    assert after <= before


def test_closing_cuts_off_what_is_running() -> None:
    """Leaving the context ends requests under way; nobody waits for ever."""
    arrived = asyncio.Event()

    async def handler(_request: web.Request) -> web.StreamResponse:
        arrived.set()
        await asyncio.sleep(0.5)
        return web.Response()

    async def main() -> bool:
        async with serving(handler) as base:
            async with client(allow=LOOPBACK) as net:
                task = asyncio.create_task(net.get(base))
                await arrived.wait()
            await asyncio.wait([task], timeout=5)
            return task.cancelled()

    assert run(main())


def test_a_forked_process_has_a_client_of_its_own() -> None:
    """Workers fork for each job: a client made after that works, whatever was open before."""

    async def ask(base: str) -> int:
        async with client(allow=LOOPBACK) as net:
            return (await net.get(base)).status

    async def main() -> int:
        async with serving(hello) as base:
            await ask(base)
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-c", FORKING, base, stdout=asyncio.subprocess.PIPE
            )
            told, _ = await child.communicate()
            return int(told)

    assert run(main()) == 200


FORKING = """
import asyncio, os, sys
from worker.net import Net

async def ask():
    async with Net(allow=["127.0.0.0/8"]) as net:
        return (await net.get(sys.argv[1])).status

asyncio.run(ask())
child = os.fork()
if child == 0:
    print(asyncio.run(ask()), flush=True)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_what_the_other_side_of_tls_complains_of_is_named() -> None:
    """TLS 1.3 refuses a client after its own handshake: that is TLS still, no lost connection."""
    said = "OpenSSL SSL_read: error:0A00045C:SSL routines::tlsv13 alert certificate required"
    call = Call(target=target_of("https://a.example/s3cret"), headers=[])
    error = failure(56, said, call, 0)
    assert error.reason == "tls failed"
    assert "certificate required" in str(error)
    assert "s3cret" not in str(error)


NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    ssl_certificate {folder}/cert.pem;
    ssl_certificate_key {folder}/key.pem;
    server {{
        listen 127.0.0.1:{port} ssl http2;
        location / {{
            add_header ETag '"h2"';
            add_header Set-Cookie a=b;
            return 200 "$server_protocol $http_if_none_match $http_cookie";
        }}
    }}
}}
"""


@pytest.mark.skipif(not Path("/usr/sbin/nginx").exists(), reason="nginx is not installed")
def test_http2_is_spoken_if_it_is_turned_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same requests get the same answers over HTTP/2, on one connection, and only if wanted."""
    port = made_certificate_and_port(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    (tmp_path / "nginx.conf").write_text(NGINX.format(folder=tmp_path, port=port))
    server = subprocess.Popen(
        ["/usr/sbin/nginx", "-p", tmp_path, "-e", tmp_path / "error.log", "-c",
         tmp_path / "nginx.conf"]
    )  # fmt: skip

    async def main(*, http2: bool) -> list[bytes]:
        async with client(allow=LOOPBACK, http2=http2) as net:
            first = await net.get(f"https://127.0.0.1:{port}/a")
            second = await net.get(f"https://127.0.0.1:{port}/a", etag=first.headers["etag"])
            return [first.body.strip(), second.body.strip()]

    try:
        wait_for_port(port)
        assert run(main(http2=True)) == [b"HTTP/2.0", b'HTTP/2.0 "h2"']
        assert run(main(http2=False)) == [b"HTTP/1.1", b'HTTP/1.1 "h2"']
    finally:
        server.terminate()
        server.wait()


# ------------------------------------------------------------------------------------- gates


def test_two_requests_at_once_to_one_host() -> None:
    """Of many requests to one host two run at the same time; all get their answer."""
    now, most = 0, 0

    async def handler(_request: web.Request) -> web.StreamResponse:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return web.Response()

    async def main() -> list[int]:
        async with serving(handler) as base, client(allow=LOOPBACK) as net:
            answers = await asyncio.gather(*(net.get(f"{base}/{i}") for i in range(8)))
            assert isinstance(net._gate, HostGate)
            assert net._gate._hosts == {}
            return [answer.status for answer in answers]

    assert run(main()) == [200] * 8
    assert most == 2


def test_waiting_for_a_host_ends() -> None:
    """Who gets no turn in time is told that the host is busy, and others go on."""

    async def main() -> tuple[str, bool]:
        gate = HostGate(at_once=1)
        async with gate.turn("a.example", 1):
            with pytest.raises(NetError) as caught:
                async with gate.turn("a.example", 0.01):
                    pass
            async with gate.turn("b.example", 0.01):
                free = True
        return caught.value.reason, free

    assert run(main()) == ("host busy", True)


# -------------------------------------------------------------------------------------- POST


def test_post_sends_exact_bytes_and_follows_nothing() -> None:
    """The body arrives as given; a redirect is handed back as the answer it is."""
    seen: list[tuple[str, bytes, str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append((request.path, await request.read(), request.headers["Content-Type"]))
        return web.Response(status=307, headers={"Location": "/elsewhere"}, text="moved " * 2000)

    async def main() -> Response:
        async with serving(handler) as base, client(allow=LOOPBACK) as net:
            body = '{"a": "é"}'.encode()
            return await net.post(f"{base}/hook", body, {"content-type": "application/json"})

    response = run(main())
    assert seen == [("/hook", '{"a": "é"}'.encode(), "application/json")]
    assert (response.status, len(response.body)) == (307, 4096)


def test_post_trusts_the_status_though_the_body_breaks() -> None:
    """Once the status is here, a cut-off answer does not make a delivery fail."""

    async def main() -> Response:
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nok"
        async with raw_server(answer) as (base, _), client(allow=LOOPBACK) as net:
            return await net.post(base, b"", {})

    response = run(main())
    assert (response.status, response.body) == (200, b"ok")


def test_net_cannot_be_used_outside_its_context() -> None:
    """Forgetting 'async with' is said plainly."""

    async def main() -> None:
        await Net(allow=LOOPBACK).get("http://127.0.0.1:1/")

    with pytest.raises(RuntimeError, match="async with"):
        run(main())
