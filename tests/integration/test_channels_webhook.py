"""The webhook channel against a real receiver, its signatures checked by an independent library."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from aiohttp import web
from pydantic import SecretStr
from standardwebhooks import Webhook as Verifier

from worker.alerts.render import message, payload
from worker.channels import BadConfigError, build
from worker.channels.webhook import key_of, sign, webhook_id
from worker.model import Announcement, Article, Channel, Receipt
from worker.net import Net

CONTEXT = httpx.create_ssl_context()
OLD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_" + base64.b64encode(bytes(range(32))).decode()
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


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

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Keep one request and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((headers, await request.read()))
        await asyncio.sleep(self.delay)
        return web.Response(status=self.status, text=self.text, headers=self.headers)


def deliver(
    receiver: Receiver,
    *announcements: Announcement,
    allow: tuple[str, ...] = ("127.0.0.0/8",),
    **config: Any,
) -> list[Receipt]:
    """Attempts, one after the other, at one receiver."""

    async def main() -> list[Receipt]:
        runner = web.ServerRunner(web.Server(receiver.answer), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        keys = {"url": f"http://127.0.0.1:{port}/hooks/capability-token", "secret": OLD} | config
        try:
            async with Net(allow=allow) as net:
                made = build(Channel(id=1, name="desk", kind="webhook", config=keys), {}, net)
                return [
                    await made.send(message(each)) for each in announcements or (announcement(),)
                ]
        finally:
            await runner.cleanup()

    return asyncio.run(main())


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
        (503, False, True),
    ],
)
def test_answers_are_classified(status: int, delivered: bool, recoverable: bool) -> None:
    """2xx is delivered, 410 is final, everything else is tried again."""
    receiver = Receiver(status, "" if status == 204 else "so it is", Location="/elsewhere")
    (receipt,) = deliver(receiver)
    assert (receipt.delivered, receipt.recoverable) == (delivered, recoverable)
    assert str(status) in receipt.detail
    assert len(receiver.seen) == 1


def test_retry_after_is_passed_on() -> None:
    """What the receiver asks for reaches the plan of the next attempt."""
    (receipt,) = deliver(Receiver(429, "slow down", **{"Retry-After": "90"}))
    assert receipt.retry_after == timedelta(seconds=90)


def test_the_answer_is_kept_in_short() -> None:
    """The first 300 characters of the answer are kept, on one line."""
    (receipt,) = deliver(Receiver(500, "line\r\nnext\x1b[31m " + "x" * 900))
    answer = receipt.detail.partition(" s: ")[2]
    assert answer.startswith("line next[31m xxx")
    assert len(answer) == 300


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
