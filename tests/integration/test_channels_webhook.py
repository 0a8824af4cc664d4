"""The webhook channel against a real receiver, its signatures checked by an independent library."""

import asyncio
import base64
import contextlib
import json
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from pydantic import SecretStr
from standardwebhooks import Webhook as Verifier
from svix.webhooks import Webhook as SvixVerifier

from worker.alerts.payload import encoded, thin
from worker.alerts.render import message, payload
from worker.channels import BadConfigError, build
from worker.channels.signing import key_of, sign, webhook_id
from worker.model import Announcement, Article, Channel, Receipt
from worker.net import Net

OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(bytes(range(32))).decode()
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def announcement(**changes: Any) -> Announcement:
    """An alert with a title in two scripts."""
    at = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    article = Article(title="Путин “answers”", text="Some text.", outlet="Example News")
    given = Announcement(
        alert_id=7, delivery_id=9, message_id="<a7.d9@tocsin.example.org>", watch_id=3,
        watch_name="Putin", query='person:"Vladimir Putin"', reason="first report", story_id=1,
        item_id=2, feed_name="example", article=article, mentions=(), evidence=(),
        outlets=("Example News",), seen_at=at, alerted_at=at,
    )  # fmt: skip
    return replace(given, **changes)


class Receiver:
    """A real HTTP server that keeps requests and answers as told."""

    def __init__(self, status: int = 200, text: str = "thanks", **headers: str) -> None:
        self.status, self.text, self.headers = status, text, headers
        self.delay = 0.0
        self.seen: list[tuple[dict[str, str], bytes]] = []
        self.connections: set[object] = set()

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Keep one request and answer it."""
        assert request.transport is not None
        self.connections.add(request.transport.get_extra_info("peername"))
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((headers, await request.read()))
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, text=self.text, headers=self.headers)


def deliver(
    receiver: Receiver,
    *announcements: Announcement,
    allow: tuple[str, ...] = ("127.0.0.0/8",),
    tls: ssl.SSLContext | None = None,
    **config: Any,
) -> list[Receipt]:
    """Attempts, one after the other, at one receiver."""

    async def main() -> list[Receipt]:
        runner = web.ServerRunner(web.Server(receiver.answer), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        port = runner.addresses[0][1]
        scheme = "https" if tls else "http"
        keys = {"url": f"{scheme}://127.0.0.1:{port}/hooks/capability-token", "secret": OLD}
        try:
            async with Net(allow=allow) as net:
                made = build(
                    Channel(id=1, name="desk", kind="webhook", config=keys | config), {}, net
                )
                return [
                    await made.send(message(each)) for each in announcements or (announcement(),)
                ]
        finally:
            await runner.cleanup()

    return asyncio.run(main())


def deliver_to(serve: Serve, attempts: int = 1, **config: Any) -> list[Receipt]:
    """Attempts at a receiver that speaks to each connection byte by byte."""

    async def main() -> list[Receipt]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        keys = {"url": f"http://127.0.0.1:{port}/hooks/capability-token", "secret": OLD} | config
        try:
            async with Net(allow=["127.0.0.0/8"]) as net:
                made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, net)
                return [await made.send(message(announcement())) for _ in range(attempts)]
        finally:
            await close_down(server)

    return asyncio.run(main())


async def close_down(server: asyncio.Server) -> None:
    """Close a server, and let the connections that it had end (Python 3.11 leaves them)."""
    server.close()
    await asyncio.sleep(0.05)


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """One request, read to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1])
        for line in head.lower().split(b"\r\n")
        if line.startswith(b"content-length:")
    )
    return head + await reader.readexactly(length)


def test_the_published_check_vector() -> None:
    """The specification's own example comes out to the letter."""
    signature = sign(
        [key_of(SecretStr(OLD))], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330,
        b'{"test": 2432232314}',
    )  # fmt: skip
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_signed_json_arrives() -> None:
    """The receiver gets the alert's payload, and another implementation accepts the signature."""
    receiver = Receiver()
    (receipt,) = deliver(receiver)
    ((headers, body),) = receiver.seen
    assert receipt.delivered
    assert receipt.detail.startswith("200 in 0.")
    assert receipt.detail.endswith(" s: thanks")
    assert headers["content-type"] == "application/json"
    assert headers["user-agent"].startswith("Tocsin/")
    assert Verifier(OLD).verify(body, headers) == json.loads(json.dumps(payload(announcement())))
    SvixVerifier(OLD).verify(body, headers)
    assert "Путин".encode() in body


def test_a_changed_body_does_not_verify() -> None:
    """The signature covers every byte."""
    receiver = Receiver()
    deliver(receiver)
    ((headers, body),) = receiver.seen
    with pytest.raises(Exception, match="No matching signature"):
        Verifier(OLD).verify(body + b" ", headers)


def test_both_secrets_verify_while_one_replaces_the_other() -> None:
    """With two secrets the receiver may still have the old one or already the new."""
    receiver = Receiver()
    deliver(receiver, secret=[NEW, OLD])
    ((headers, body),) = receiver.seen
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in (OLD, NEW):
        assert Verifier(secret).verify(body, headers, json_parse=False) is None
        SvixVerifier(secret).verify(body, headers)


def test_the_id_stays_the_same_on_a_retry() -> None:
    """A retry has the id of the first attempt; another delivery, or another Tocsin's, has not."""
    receiver = Receiver()
    deliver(
        receiver,
        announcement(),
        announcement(attempt=2),
        announcement(delivery_id=10, message_id="<a7.d10@tocsin.example.org>"),
        announcement(message_id="<a7.d9@other.example.org>"),
    )
    ids = [headers["webhook-id"] for headers, _ in receiver.seen]
    assert ids[0] == ids[1] == webhook_id(message(announcement()))
    assert len(set(ids)) == 3
    assert all(each.startswith("msg_") and "." not in each and len(each) < 40 for each in ids)


@pytest.mark.parametrize(
    ("status", "delivered", "recoverable"),
    [
        (200, True, False),
        (202, True, False),
        (204, True, False),
        (301, False, True),
        (307, False, True),
        (400, False, True),
        (401, False, True),
        (404, False, True),
        (410, False, False),
        (429, False, True),
        (500, False, True),
        (502, False, True),
        (503, False, True),
        (504, False, True),
    ],
)
def test_answers_are_classified(status: int, delivered: bool, recoverable: bool) -> None:
    """2xx is delivered, 410 is the end of the channel, everything else is tried again."""
    receiver = Receiver(status, "" if status == 204 else "so it is", Location="/elsewhere")
    (receipt,) = deliver(receiver)
    assert (receipt.delivered, receipt.recoverable) == (delivered, recoverable)
    assert receipt.status == status
    assert receipt.answer == receiver.text
    assert receipt.gone is (status == 410)
    assert receipt.slow_down is (status in {429, 502, 504})
    assert receipt.transcript == ()
    assert str(status) in receipt.detail
    assert len(receiver.seen) == 1


def test_retry_after_is_passed_on() -> None:
    """What the receiver asks for, in seconds or as a date, reaches the plan of the next attempt."""
    (receipt,) = deliver(Receiver(429, "slow down", **{"Retry-After": "90"}))
    assert receipt.retry_after == timedelta(seconds=90)
    at = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    (receipt,) = deliver(Receiver(503, "back soon", **{"Retry-After": at}))
    assert receipt.retry_after is not None
    assert timedelta(minutes=119) < receipt.retry_after <= timedelta(hours=2)


def test_the_answer_is_kept() -> None:
    """4 KB of it, on one line without control characters; 300 characters in the detail."""
    (receipt,) = deliver(Receiver(500, "line\r\nnext\x1b[31m " + "x" * 9000))
    assert receipt.answer.startswith("line next[31m xxx")
    assert 4000 < len(receipt.answer) <= Receipt.ANSWER_BYTES
    assert len(receipt.detail.partition(" s: ")[2]) == 300


@pytest.mark.parametrize("body", ["é" * 9000, "\ufffd" * 9000, "\U0001f514" * 3000])
def test_an_answer_of_long_characters_is_kept_in_short(body: str) -> None:
    """The limit counts bytes, and no character is cut in two."""
    (receipt,) = deliver(Receiver(500, body))
    assert 4000 < len(receipt.answer.encode()) <= Receipt.ANSWER_BYTES
    assert set(receipt.answer) <= {body[0], "\ufffd", "…"}


def test_a_huge_answer_is_not_read() -> None:
    """A receiver that sends without end is cut off after 4 KB; its status counts."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with contextlib.suppress(OSError):
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()

    (receipt,) = deliver_to(serve)
    assert receipt.delivered
    assert receipt.answer == "x" * 4096


def test_a_receiver_that_drips_its_headers() -> None:
    """A byte now and then does not stretch the time an attempt may take."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        with contextlib.suppress(OSError):
            writer.write(b"HTTP/1.1 200 OK\r\n")
            while True:
                writer.write(b"X-More: x\r\n")
                await writer.drain()
                await asyncio.sleep(0.02)

    (receipt,) = deliver_to(serve, timeout=0.3)
    assert (receipt.delivered, receipt.recoverable, receipt.status) == (False, True, None)
    assert receipt.detail.startswith("timed out: http://127.0.0.1:")


def test_connections_are_kept() -> None:
    """One connection carries one attempt after the other."""
    receiver = Receiver()
    receipts = deliver(receiver, *[announcement(delivery_id=n) for n in range(20)])
    assert all(each.delivered for each in receipts)
    assert len(receiver.seen) == 20
    assert len(receiver.connections) == 1


def test_a_kept_connection_that_the_receiver_has_closed() -> None:
    """The next attempt goes out on a new one, by itself."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await request_of(reader)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    receipts = deliver_to(serve, attempts=5)
    assert [each.status for each in receipts] == [204] * 5
    assert connections == 5


def test_many_at_once_to_one_receiver() -> None:
    """The politeness that spares feeds' hosts does not hold up what a receiver has asked for."""
    under_way = 0
    all_there = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal under_way
        await request_of(reader)
        under_way += 1
        if under_way == 20:
            all_there.set()
        await all_there.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def main() -> list[Receipt]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        keys = {"url": url, "secret": OLD}
        async with Net(allow=["127.0.0.0/8"], concurrency=2) as net:
            made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, net)
            sent = [made.send(message(announcement(delivery_id=n))) for n in range(20)]
            receipts = await asyncio.gather(*sent)
        await close_down(server)
        return receipts

    assert all(each.delivered for each in asyncio.run(main()))


def test_a_receiver_that_hangs() -> None:
    """No answer in time is recoverable: it may or may not have been taken."""
    receiver = Receiver()
    receiver.delay = 0.5
    (receipt,) = deliver(receiver, timeout=0.1)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.startswith("timed out: http://127.0.0.1:")


def test_private_receivers_need_the_allow_list() -> None:
    """The network guard stands before every attempt; the URL's path is not shown."""
    receiver = Receiver()
    (receipt,) = deliver(receiver, allow=())
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.startswith("address not allowed: 127.0.0.1")
    assert "capability-token" not in receipt.detail
    assert receiver.seen == []


def test_each_attempt_is_guarded() -> None:
    """A name that has come to stand for a private address is not followed there."""
    found = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def main() -> list[Receipt]:
        receiver = Receiver()
        runner = web.ServerRunner(web.Server(receiver.answer), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        keys = {"url": f"http://hook.example:{runner.addresses[0][1]}/", "secret": OLD}
        receipts = []
        for _ in range(2):
            async with Net(allow=["127.0.0.0/8"], lookup=lambda *_: next(found)) as net:
                made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, net)
                receipts.append(await made.send(message(announcement())))
        await runner.cleanup()
        return receipts

    first, second = asyncio.run(main())
    assert first.delivered
    assert (second.delivered, second.recoverable) == (False, True)
    assert second.detail.startswith("address not allowed: hook.example resolves to 10.0.0.1")


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A certificate of our own for 127.0.0.1, with its key in the same file."""
    path = tmp_path / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", path],
        check=True, capture_output=True,
    )  # fmt: skip
    path.write_text(path.read_text() + (tmp_path / "key.pem").read_text())
    return path


def test_a_certificate_nobody_vouches_for(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TLS is always checked; one's own authority is trusted by SSL_CERT_FILE."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(authority)
    receiver = Receiver()
    (refused,) = deliver(receiver, tls=context)
    assert (refused.delivered, refused.recoverable) == (False, True)
    assert refused.detail.startswith("tls failed: https://127.0.0.1:")
    assert receiver.seen == []
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    (receipt,) = deliver(receiver, tls=context)
    assert receipt.delivered


# ------------------------------------------------------------------------------- own headers


def test_headers_of_ones_own() -> None:
    """They are sent with every request; their names do not depend on case."""
    receiver = Receiver()
    deliver(receiver, headers={"X-Key": "hunter-two", "Authorization": "Bearer abcdefgh"})
    ((headers, _),) = receiver.seen
    assert headers["x-key"] == "hunter-two"
    assert headers["authorization"] == "Bearer abcdefgh"
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("headers", "problem"),
    [
        ({"Host": "evil.example"}, "'host' is not a header that can be set"),
        ({"Content-Length": "1"}, "'content-length' is not a header that can be set"),
        ({"Transfer-Encoding": "chunked"}, "'transfer-encoding' is not a header that can be set"),
        ({"Webhook-Id": "1"}, "'webhook-id' is not one that can be set"),
        ({"webhook-signature": "v1,x"}, "'webhook-signature' is not one that can be set"),
        ({"Content-Type": "text/plain"}, "'content-type' is not one that can be set"),
        ({"User-Agent": "x"}, "'user-agent' is not one that can be set"),
        ({"X Key": "x"}, "'x key' is not a header that can be set"),
        ({"X-Key:": "x"}, "'x-key:' is not a header that can be set"),
        ({"X-Key": "a\r\nX-Evil: hunter-two"}, "the value of 'x-key' has control characters"),
        ({"X-Key": "hunter-two", "x-key": "b"}, "'x-key' is there twice"),
    ],
)
def test_headers_that_cannot_be_set(headers: dict[str, str], problem: str) -> None:
    """What makes up the request is ours; one line says which header, and never its value."""
    keys = {"url": "https://a.example/", "secret": OLD, "headers": headers}
    with pytest.raises(BadConfigError) as caught:
        build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, Net())
    said = str(caught.value)
    assert said.startswith(f"channel 'desk': headers: {problem}")
    assert "hunter-two" not in said
    assert "\n" not in said


def test_secrets_said_back_are_struck_out() -> None:
    """A receiver that answers with what it was sent does not carry a secret into the history."""

    class Echo(Receiver):
        async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
            await request.read()
            said = " ".join([request.path, *request.headers.values(), OLD])
            return web.Response(status=500, text=said, headers={"X-Got": said})

    secret = {"Authorization": "Bearer abcdefgh", "X-Key": "hunter-two"}
    (receipt,) = deliver(Echo(), announcement(test=True), headers=secret)
    shown = repr(receipt)
    assert "***" in receipt.answer
    for each in ("abcdefgh", "hunter-two", "capability-token", OLD):
        assert each not in shown


# ------------------------------------------------------------------------------- other forms


def test_a_thin_webhook() -> None:
    """Ids alone, signed as ever."""
    receiver = Receiver()
    deliver(receiver, thin=True)
    ((headers, body),) = receiver.seen
    assert Verifier(OLD).verify(body, headers) == thin(payload(announcement()))
    assert "Путин".encode() not in body


@pytest.mark.parametrize("thin_too", [False, True])
def test_a_cloudevent(thin_too: bool) -> None:
    """Its media type, its envelope, and the signature over all of it."""
    receiver = Receiver()
    deliver(receiver, format="cloudevents", thin=thin_too)
    ((headers, body),) = receiver.seen
    event = Verifier(OLD).verify(body, headers)
    plain = json.loads(encoded(payload(announcement())))
    assert headers["content-type"] == "application/cloudevents+json"
    assert event["id"] == headers["webhook-id"]
    assert event["source"] == "/tocsin/tocsin.example.org"
    assert event["subject"] == "watch-3"
    assert event["data"] == (thin(plain) if thin_too else plain)["data"]


# ------------------------------------------------------------------------------- transcripts


def test_a_test_keeps_what_was_said() -> None:
    """Both sides of the conversation, without the URL's path and the values of own headers."""
    receiver = Receiver(202, "line 1\nline 2\x1b[0m", **{"X-Where": "here", "Set-Cookie": "a=b"})
    (receipt,) = deliver(receiver, announcement(test=True), headers={"X-Key": "hunter-two"})
    ((headers, body),) = receiver.seen
    lines = receipt.transcript
    assert lines[0].startswith("> POST http://127.0.0.1:")
    assert lines[0].endswith("/***")
    assert "> x-key: ***" in lines
    assert f"> webhook-signature: {headers['webhook-signature']}" in lines
    assert f"> {body.decode()}" in lines
    answer = lines[lines.index(f"> {body.decode()}") + 1 :]
    assert answer[0].startswith("< 202 in 0.")
    assert "< X-Where: here".lower() in answer
    assert "< set-cookie: ***" in answer
    assert answer[-3:] == ("<", "< line 1", "< line 2[0m")


def test_a_test_that_gets_no_answer_says_so() -> None:
    """The last line is what went wrong."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def main() -> Receipt:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with Net(allow=["127.0.0.0/8"]) as net:
            keys = {"url": url, "secret": OLD}
            made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, net)
            receipt = await made.send(message(announcement(test=True)))
        await close_down(server)
        return receipt

    receipt = asyncio.run(main())
    assert not receipt.delivered
    assert receipt.transcript[0].startswith("> POST http://127.0.0.1:")
    assert receipt.transcript[-1].startswith("< connection lost: ")


def test_broken_text_is_still_valid_json() -> None:
    """A lone surrogate in a title becomes a question mark, not an exception."""
    receiver = Receiver()
    article = replace(announcement().article, title="a\ud800b")
    (receipt,) = deliver(receiver, announcement(article=article))
    ((headers, body),) = receiver.seen
    assert receipt.delivered
    assert Verifier(OLD).verify(body, headers)["type"] == "alert.matched"


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("plainsecret", "does not begin with whsec_"),
        ("whsec_not base64!", "is not base64 after whsec_"),
        ("whsec_c2hvcnQ=", "has 5 bytes, not 24 to 64"),
        ([], "is an empty list"),
        ([OLD, "whsec_c2hvcnQ="], "has 5 bytes, not 24 to 64"),
    ],
)
def test_bad_secrets_are_named_and_not_shown(secret: Any, problem: str) -> None:
    """One line says what is wrong with a secret and how to make a good one."""
    keys = {"url": "https://a.example/", "secret": secret}
    with pytest.raises(BadConfigError) as caught:
        build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, Net())
    message = str(caught.value)
    assert problem in message
    assert message.startswith("channel 'desk': secret")
    assert "c2hvcnQ" not in message
    assert "\n" not in message


def test_repr_shows_no_secret() -> None:
    """Neither the key nor the URL's path, which may be one, stands in what is printed."""
    keys = {"url": "https://a.example/capability-token", "secret": OLD}
    made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, Net())
    assert repr(made) == "<Webhook 'desk' to a.example>"
