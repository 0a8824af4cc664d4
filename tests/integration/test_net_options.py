"""What one request has of its own: headers, credentials, proxies, client certificates."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from aiohttp import web

from tests.integration.authority import make_authority, server_context
from tests.integration.gateways import Gateway, gateway
from worker.model import FeedOptions
from worker.net import Ask, Net, NetError, Reason, ask_of
from worker.net.ask import proxy_of

LOOPBACK = ("127.0.0.0/8",)
T = TypeVar("T")


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run one test's coroutine in a loop of its own."""
    return asyncio.run(main)


async def shows(request: web.Request) -> web.StreamResponse:
    """Answer with the headers that came; /to/URL redirects there."""
    if request.path.startswith("/to/"):
        return web.Response(
            status=301,
            headers={
                "Location": request.raw_path.removeprefix("/to/"),
                "Set-Cookie": "track=1; Path=/",
            },
        )
    return web.json_response({name.lower(): value for name, value in request.headers.items()})


@asynccontextmanager
async def serving(context: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve ``shows``; the base URL without a final slash."""
    runner = web.ServerRunner(web.Server(shows), shutdown_timeout=0)  # type: ignore[arg-type]
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    try:
        yield f"http{'s' if context else ''}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up authority, a server's and a client's certificate of it."""
    return make_authority(tmp_path_factory.mktemp("authority"))


# --------------------------------------------------------------------- headers and credentials


def test_what_is_sent_and_nothing_else() -> None:
    """A poll sends what politeness asks for: no cookie, no referrer, nothing round a cache."""

    async def main() -> list[dict[str, str]]:
        async with serving() as base, Net(allow=LOOPBACK) as net:
            await net.get(f"{base}/to/{base}/cookie")
            first = await net.get(f"{base}/a", etag=b'"x"')
            return [httpx.Response(200, content=first.body).json(), {"host": base[7:]}]

    sent, host = run(main())
    assert sent == host | {
        "user-agent": "Tocsin/0.1.0 (self-hosted news monitor)",
        "accept": "*/*",
        "accept-encoding": "gzip, br, zstd",
        "if-none-match": '"x"',
    }


def test_own_headers_and_credentials_go_to_the_first_origin_alone() -> None:
    """They are sent, stay on a redirect within the host, and are dropped on the way off it."""
    ask = ask_of(
        FeedOptions(headers={"User-Agent": "Mine", "X-Key": "${KEY}"}, bearer="${KEY}"),
        {"KEY": "s3cret"},
    )

    async def main() -> list[dict[str, str]]:
        async with serving() as base, serving() as other, Net(allow=LOOPBACK) as net:
            urls = [f"{base}/a", f"{base}/to/{base}/a", f"{base}/to/{other}/a"]
            urls.append(f"{base}/to/{other}/to/{base}/a")
            bodies = [(await net.get(url, options=ask)).body for url in urls]
            return [httpx.Response(200, content=body).json() for body in bodies]

    told = [
        (sent["user-agent"], sent.get("x-key"), sent.get("authorization")) for sent in run(main())
    ]
    own = ("Mine", "s3cret", "Bearer s3cret")
    usual = ("Tocsin/0.1.0 (self-hosted news monitor)", None, None)
    assert told == [own, own, usual, usual]


def test_a_move_is_told_unless_credentials_would_be_lost() -> None:
    """Permanent redirects alone say where a feed lives now."""

    async def main() -> list[tuple[str, str]]:
        async with serving() as base, Net(allow=LOOPBACK) as net:
            plain = await net.get(f"{base}/to/{base}/a")
            secret = await net.get(f"{base}/to/{base}/a".replace("://", "://ann:pw@"))
            stayed = await net.get(f"{base}/a")
            return [(each.url[len(base) :], each.moved_to[len(base) :]) for each in
                    (plain, secret, stayed)]  # fmt: skip

    assert run(main()) == [("/a", "/a"), ("/a", ""), ("/a", "")]


def test_client_certificates(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that wants one gets it; without one, or with nonsense, TLS fails by name."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))

    async def main() -> list[str]:
        told = []
        async with (
            serving(server_context(authority, wants_client=True)) as base,
            Net(allow=LOOPBACK) as net,
        ):
            for name in ("client.pem", "", "client.key", "nowhere.pem"):
                ask = Ask(certificate=str(authority / name) if name else "")
                try:
                    told.append(str((await net.get(base + "/a", options=ask)).status))
                except NetError as error:
                    told.append(error.reason)
        return told

    # asyncio's server hangs up where others would say first that a certificate is required.
    assert run(main()) == ["200", "connection lost", "tls failed", "tls failed"]


# --------------------------------------------------------------------------------------- proxies


def through(port: int, scheme: str, credentials: str = "") -> Ask:
    """A request by way of a local proxy."""
    return Ask(proxy=proxy_of(f"{scheme}://{credentials}127.0.0.1:{port}"))


@pytest.mark.parametrize(
    ("scheme", "kind"),
    [("http", Gateway.http), ("socks5h", Gateway.socks5), ("socks5", Gateway.socks5)],
)
def test_requests_go_through_proxies(scheme: str, kind: Any) -> None:
    """The proxy is connected to although no private network is allowed, and does the rest."""

    async def main() -> tuple[int, list[str]]:
        async with (
            serving() as base,
            gateway(kind, {"news.example": "127.0.0.1", "93.184.215.14": "127.0.0.1"}) as proxy,
            Net(ports=[int(base.rpartition(":")[2])], lookup=lambda *_: ["93.184.215.14"]) as net,
        ):
            url = base.replace("127.0.0.1", "news.example") + "/a"
            response = await net.get(url, options=through(proxy.port, scheme))
            return response.status, [place.rpartition(":")[0] for place in proxy.asked]

    resolved = "93.184.215.14" if scheme == "socks5" else "news.example"
    assert run(main()) == (200, [resolved])


def test_tls_goes_through_a_proxy_untouched(
    authority: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CONNECT: the proxy sees no header of the request, and its own are not the answer's."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))

    async def main() -> tuple[int, bool, list[bytes]]:
        async with (
            serving(server_context(authority)) as base,
            gateway(Gateway.http, {"news.example": "127.0.0.1"}) as proxy,
            Net(ports=[int(base.rpartition(":")[2])]) as net,
        ):
            ask = Ask(
                proxy=proxy_of(f"http://127.0.0.1:{proxy.port}"), authorization="Bearer s3cret"
            )
            url = base.replace("127.0.0.1", "news.example") + "/a"
            response = await net.get(url, options=ask)
            assert b"Bearer s3cret" in response.body
            return response.status, "x-proxy" in response.headers, proxy.heads

    status, mixed, heads = run(main())
    assert (status, mixed) == (200, False)
    assert [head.split(b"\r\n")[0].split(b":")[0] for head in heads] == [b"CONNECT news.example"]
    assert b"s3cret" not in heads[0]
    assert b"okie" not in heads[0]


@pytest.mark.parametrize(("scheme", "kind"), [("http", Gateway.http), ("socks5h", Gateway.socks5)])
def test_proxies_with_a_password(scheme: str, kind: Any) -> None:
    """The right password opens, a wrong one is a failed proxy and is not shown."""

    async def main() -> list[str]:
        told = []
        async with (
            serving() as base,
            gateway(kind, password="ann:p@ss") as proxy,
            Net(allow=LOOPBACK) as net,
        ):
            for word in ("p%40ss", "wr0ng"):
                ask = through(proxy.port, scheme, f"ann:{word}@")
                try:
                    told.append(str((await net.get(f"{base}/a", options=ask)).status))
                except NetError as error:
                    told.append(str(error))
        return told

    told = run(main())
    assert told[0] == "200"
    assert told[1] == "407" or told[1].startswith("proxy failed: ")
    assert "wr0ng" not in told[1]


def test_a_closed_proxy_is_named() -> None:
    """It is the proxy that failed, not the feed's server."""

    async def main() -> NetError:
        async with gateway(Gateway.http) as proxy:
            pass
        async with Net() as net:
            with pytest.raises(NetError) as caught:
                await net.get("http://news.example/s3cret", options=through(proxy.port, "http"))
            return caught.value

    error = run(main())
    assert error.reason == Reason.PROXY_FAILED
    assert "s3cret" not in str(error)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", "address not allowed"),
        ("http://169.254.169.254/", "address not allowed"),
        ("http://[::ffff:10.0.0.1]/", "address not allowed"),
        ("http://news.example:25/", "port not allowed"),
    ],
)
@pytest.mark.parametrize("scheme", ["http", "socks5h", "socks5"])
def test_no_proxy_opens_what_is_closed(scheme: str, url: str, reason: str) -> None:
    """Addresses written in URLs and odd ports are refused before a proxy is asked."""

    async def main() -> tuple[str, list[str]]:
        async with gateway(Gateway.http) as proxy, Net(lookup=lambda *_: ["1.1.1.1"]) as net:
            with pytest.raises(NetError) as caught:
                await net.get(url, options=through(proxy.port, scheme))
            return caught.value.reason, proxy.asked

    assert run(main()) == (reason, [])


def test_a_name_of_a_private_address_stops_a_locally_resolving_proxy() -> None:
    """With socks5 the names are looked up here, and checked here."""

    async def main() -> tuple[str, list[str]]:
        async with gateway(Gateway.socks5) as proxy, Net(lookup=lambda *_: ["10.0.0.1"]) as net:
            with pytest.raises(NetError) as caught:
                await net.get("http://news.example/", options=through(proxy.port, "socks5"))
            return caught.value.reason, proxy.asked

    assert run(main()) == ("address not allowed", [])


def test_the_proxy_of_all_and_feeds_without_it() -> None:
    """Every request uses the common proxy, unless it has one of its own or none."""

    async def main() -> list[int]:
        counts = []
        async with (
            serving() as base,
            gateway(Gateway.http) as one,
            gateway(Gateway.http) as two,
            Net(allow=LOOPBACK, proxy=f"http://127.0.0.1:{one.port}") as net,
        ):
            for ask in (Ask(), Ask(proxy="none"), through(two.port, "http")):
                await net.get(f"{base}/a", options=ask)
                counts += [len(one.asked), len(two.asked)]
        return counts

    assert run(main()) == [1, 0, 1, 0, 1, 1]


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the shell says, requests go straight."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    async def main() -> int:
        async with serving() as base, Net(allow=LOOPBACK) as net:
            return (await net.get(f"{base}/a")).status

    assert run(main()) == 200


# ----------------------------------------------------------------------------------------- turns


class Ledger:
    """Turns as a test sees them: what was taken and given back, in order."""

    def __init__(self, busy: str = "") -> None:
        self.busy = busy
        self.lines: list[str] = []
        self.held: list[datetime | None] = []
        self.limited: list[bool] = []

    async def take(self, host: str) -> None:
        """Take a turn, unless the host is the busy one."""
        if host == self.busy:
            until = datetime(2030, 1, 1, tzinfo=UTC)
            raise NetError(Reason.HOST_BUSY, f"{host}: not yet", until=until)
        self.lines.append(f"take {host}")

    async def give_back(
        self, host: str, *, hold_until: datetime | None = None, limited: bool = False
    ) -> None:
        """End a turn."""
        self.limited.append(limited)
        self.lines.append(f"give {host}")
        self.held.append(hold_until)


def names(text: str, base: str, other: str) -> str:
    """Ports differ from run to run."""
    return text.replace(base[7:], "first").replace(other[7:], "second")


def test_a_turn_is_taken_for_each_hop() -> None:
    """Each host asked is asked in its turn, which is over before the next; held ones are not."""

    async def main() -> tuple[list[str], list[str]]:
        async with serving() as base, serving() as other:
            url, ledgers = f"{base}/to/{other}/to/{other}/a", []
            for held in (frozenset[str](), frozenset({base[7:]})):
                ledgers.append(Ledger())
                async with Net(allow=LOOPBACK, gate=ledgers[-1]) as net:
                    await net.get(url, held=held)
            all_, rest = ([names(line, base, other) for line in each.lines] for each in ledgers)
            return all_, rest

    away = ["take second", "give second"] * 2
    assert run(main()) == (["take first", "give first", *away], away)


def test_a_busy_host_says_when_to_come_back() -> None:
    """The error carries the time, and the host before it was given back."""

    async def main() -> tuple[NetError, list[str]]:
        async with serving() as base, serving() as other:
            ledger = Ledger(busy=other[7:])
            async with Net(allow=LOOPBACK, gate=ledger) as net:
                with pytest.raises(NetError) as caught:
                    await net.get(f"{base}/to/{other}/a")
            return caught.value, [names(line, base, other) for line in ledger.lines]

    error, lines = run(main())
    assert (error.reason, error.until) == ("host busy", datetime(2030, 1, 1, tzinfo=UTC))
    assert lines == ["take first", "give first"]


@pytest.mark.parametrize(("status", "holds"), [(429, True), (503, True), (200, False)])
def test_a_host_that_asks_for_peace_is_given_back_with_its_wish(status: int, holds: bool) -> None:
    """Retry-After of a refusal is handed on to whoever keeps the turns."""

    async def refuses(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, headers={"Retry-After": "120"})

    async def main() -> Ledger:
        runner = web.ServerRunner(web.Server(refuses), shutdown_timeout=0)  # type: ignore[arg-type]
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        ledger = Ledger()
        try:
            async with Net(allow=LOOPBACK, gate=ledger) as net:
                await net.get(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        finally:
            await runner.cleanup()
        return ledger

    turns = run(main())
    assert [holds] == [until is not None for until in turns.held]
    assert [status == 429] == turns.limited


# --------------------------------------------------------------------------------- as a transport


def test_a_library_can_be_given_the_guarded_transport() -> None:
    """An httpx client over it speaks httpx, and is guarded all the same."""

    async def main() -> tuple[int, str, bool]:
        async with (
            serving() as base,
            Net(allow=LOOPBACK) as net,
            httpx.AsyncClient(transport=net.transport) as client,
        ):
            response = await client.get(f"{base}/a", headers={"x-b": "c"})
            with pytest.raises(httpx.TransportError, match="address not allowed"):
                await client.get("http://10.0.0.1/")
            head = await client.head(f"{base}/a")
            posted = await client.post(f"{base}/a", json={"a": 1})
            told = posted.json()
            assert (told["content-type"], told["content-length"]) == ("application/json", "7")
            return head.status_code, response.json()["x-b"], "cookie" in response.json()

    assert run(main()) == (200, "c", False)
