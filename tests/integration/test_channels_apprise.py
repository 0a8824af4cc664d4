"""Chat channels: Apprise's own plug-ins against local servers, under the network guard."""

import asyncio
import io
import json
import logging
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote_plus

import pytest
import requests
from aiohttp import web

from tests.test_alerts_render import SAMPLE
from worker.alerts.render import message
from worker.channels import BadConfigError, build
from worker.channels.guarded import Talk, guarded
from worker.channels.sender import close
from worker.model import Announcement, Channel, Message, Receipt
from worker.net import Net

SLACK = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general"
DISCORD = "discord://4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:ABCdefghijkl-mnopqrstuvw_xyz12345678/12315544/"
GOOGLE_CHAT = "gchat://AAAAk6lGXyM/AIzaSyDdI0hCZtE6vySjMm/qbLvbq3kLSKqcHaP"
TWILIO = f"twilio://AC{'a' * 32}:{'b' * 32}@15145550100/15145550101"
PUSHOVER = f"pover://{'u' * 30}@{'a' * 30}"
TEAMS = "workflows://127.0.0.1:PORT/643a8f0c/signature-of-it/"
MATRIX = "matrix://user:passw0rd@127.0.0.1:PORT/#room"
#: What a Matrix server says to all that it is asked.
HOMESERVER = json.dumps(
    {
        "access_token": "handed-out", "user_id": "@a:b", "home_server": "b",
        "room_id": "!r:b", "event_id": "$e", "joined_rooms": [],
    }
)  # fmt: skip
#: Where the plug-ins of services in the cloud keep their address.
CLOUDS = {
    SLACK: ("apprise.plugins.slack.NotifySlack.webhook_url", "/services"),
    DISCORD: ("apprise.plugins.discord.NotifyDiscord.notify_url", "/api/webhooks"),
    TELEGRAM: ("apprise.plugins.telegram.NotifyTelegram.notify_url", "/bot"),
    GOOGLE_CHAT: (
        "apprise.plugins.google_chat.NotifyGoogleChat.notify_url",
        "/v1/spaces/{workspace}/messages",
    ),
    TWILIO: ("apprise.plugins.twilio.NotifyTwilio.notify_sms_url", "/Accounts/{sid}/Messages.json"),
    PUSHOVER: ("apprise.plugins.pushover.NotifyPushover.notify_url", "/1/messages.json"),
}


class Service:
    """A server that keeps requests and answers as told."""

    def __init__(self, status: int = 200, body: str = '{"ok": true}', **headers: str) -> None:
        self.status, self.body, self.headers = status, body, headers
        self.delay = 0.0
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """Keep one request and answer it."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append((request.method, request.path_qs, headers, await request.read()))
        await asyncio.sleep(self.delay)
        return web.Response(
            status=self.status,
            text=self.body,
            content_type="application/json",
            headers=self.headers,
        )

    def text(self) -> str:
        """All that was sent."""
        return unquote_plus(" ".join(body.decode() for *_, body in self.seen))


def deliver(
    service: Service,
    url: str,
    told: Announcement | Message = SAMPLE,
    allow: tuple[str, ...] = ("127.0.0.0/8",),
    patch: pytest.MonkeyPatch | None = None,
    tls: ssl.SSLContext | None = None,
    **config: Any,
) -> Receipt:
    """One attempt at a service; PORT in the URL is its port."""

    async def main() -> Receipt:
        runner = web.ServerRunner(web.Server(service.answer, access_log=None), shutdown_timeout=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
        port = runner.addresses[0][1]
        cloud = url.partition("?")[0]
        if patch is not None and cloud in CLOUDS:
            import apprise.plugins.discord  # noqa: F401  to be patched it has to be there

            name, path = CLOUDS[cloud]
            patch.setattr(name, f"http://127.0.0.1:{port}{path}")
        keys = {"url": url.replace("PORT", str(port))} | config
        try:
            async with Net(allow=allow) as net:
                made = build(Channel(id=1, name="desk", kind="apprise", config=keys), {}, net)
                receipt = await made.send(told if isinstance(told, Message) else message(told))
                await close(made)
                return receipt
        finally:
            await runner.cleanup()

    return asyncio.run(main())


# ------------------------------------------------------------------------------- services


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("json://127.0.0.1:PORT/hook", "/hook"),
        ("mmost://127.0.0.1:PORT/3ccdd113474722377935511fc85d3dd4", "/hooks/3ccdd113474722377935511fc85d3dd4"),
        ("gotify://127.0.0.1:PORT/AbCdEfGhIjKlMnO", "/message"),
        ("ntfy://127.0.0.1:PORT/my-topic", "/"),
        (SLACK, "/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"),
        (DISCORD, "/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js?wait=True"),
        (TELEGRAM, "/bot123456789:ABCdefghijkl-mnopqrstuvw_xyz12345678/sendMessage"),
        (PUSHOVER, "/1/messages.json"),
    ],
)  # fmt: skip
def test_services_get_the_alert(url: str, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Watch, headline, excerpt and link arrive, and the service's answer is kept."""
    service = Service(body="ok" if url == SLACK else '{"ok": true, "status": 1}')
    receipt = deliver(service, url, patch=monkeypatch)
    assert receipt.delivered, receipt
    assert (receipt.status, receipt.answer) == (200, service.body)
    assert [seen[1].partition("?")[0] for seen in service.seen] == [path.partition("?")[0]]
    text = service.text()
    for words in ("Putin and gas", "Geneva", "haste", "news.example"):
        assert words in text


def test_matrix_logs_in_and_out() -> None:
    """Several requests make one attempt; what it was handed is in no receipt."""
    receipt = deliver(service := Service(body=HOMESERVER), MATRIX, replace(SAMPLE, test=True))
    assert receipt.delivered
    paths = [path.partition("?")[0].rpartition("/")[2] for _, path, _, _ in service.seen]
    assert paths[0] == "login"
    assert paths[-1] == "logout"
    assert "handed-out" not in repr(receipt)
    assert "passw0rd" not in repr(receipt)


def authority(tmp_path: Path) -> ssl.SSLContext:
    """A server's TLS, and ``own.pem``, which vouches for it."""
    own = tmp_path / "own.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-addext",
         "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key.pem", "-out", own],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(own, tmp_path / "key.pem")
    return context


def test_teams_over_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is reached by TLS alone, vouched for by an authority of our own."""
    context = authority(tmp_path)
    url = f"{TEAMS}?verify=no"
    refused = deliver(Service(), url, tls=context)
    assert refused.detail.startswith("tls failed: https://127.0.0.1:")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "own.pem"))
    service = Service()
    receipt = deliver(service, url, tls=context)
    assert receipt.delivered
    assert "Geneva: Putin in no hurry" in service.text()


# ------------------------------------------------------------------------------- verdicts


@pytest.mark.parametrize(
    ("status", "recoverable", "gone", "slow_down"),
    [
        (400, True, False, False),
        (404, True, False, False),
        (410, False, True, False),
        (429, True, False, True),
        (500, True, False, False),
        (503, True, False, False),
    ],
)
def test_refusals_are_classified(
    status: int, recoverable: bool, gone: bool, slow_down: bool
) -> None:
    """As those of webhooks are, with Retry-After."""
    service = Service(status, "not now", **{"Retry-After": "90"})
    receipt = deliver(service, "json://127.0.0.1:PORT/hook")
    assert (receipt.delivered, receipt.recoverable) == (False, recoverable)
    assert (receipt.status, receipt.gone, receipt.slow_down) == (status, gone, slow_down)
    assert receipt.answer == "not now"
    assert receipt.retry_after == timedelta(seconds=90)


def test_a_refusal_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service may say no with status 200."""
    service = Service(body='{"ok": false, "error": "channel_not_found"}')
    receipt = deliver(
        service, "rocket://user:passw0rd@127.0.0.1:PORT/#c?mode=basic", patch=monkeypatch
    )
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.startswith("not taken: 200 in ")
    assert "channel_not_found" in receipt.detail


def test_a_redirect_is_not_followed() -> None:
    """It would carry the alert elsewhere."""
    service = Service(307, "", Location="/elsewhere")
    receipt = deliver(service, "json://127.0.0.1:PORT/hook")
    assert not receipt.delivered
    assert len(service.seen) == 1


def test_a_service_that_hangs() -> None:
    """No answer in time is tried again; the thread left behind sends nothing more."""
    service = Service()
    service.delay = 2.0
    receipt = deliver(service, "json://127.0.0.1:PORT/hook", timeout=0.2)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.startswith("timed out: ")


def test_a_mistake_of_a_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named by its kind alone, since its words may hold a key, and tried again."""

    def broken(*_: object, **__: object) -> bool:
        raise KeyError("hunter-two")

    monkeypatch.setattr("apprise.plugins.custom_json.NotifyJSON.send", broken)
    receipt = deliver(Service(), "json://127.0.0.1:PORT/hook")
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == "JSON failed: KeyError"


def test_what_is_left_behind_asks_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """A plug-in that goes on after its time, or after the loop has ended, gets no request out."""
    service = Service()

    async def late() -> Talk:
        async with Net(allow=["127.0.0.0/8"]) as net:
            return Talk(net, asyncio.get_running_loop(), time.monotonic() + 60)

    talk = asyncio.run(late())
    for until in (time.monotonic() + 60, 0.0):
        talk.until = until
        with guarded(talk), pytest.raises(requests.ConnectionError):
            requests.get("http://127.0.0.1:1/", timeout=1)
    words = ["nobody waits for it any more", "no time is left for another request"]
    assert [str(result) for _, _, result in talk.said] == [f"timed out: {each}" for each in words]
    assert service.seen == []
    assert caplog.text == ""


# ------------------------------------------------------------------------------- the guard


@pytest.mark.parametrize(
    "url", ["json://127.0.0.1:PORT/hook", "json://localhost:PORT/hook", "gotify://127.0.0.1:PORT/AbCdEfGhIjKlMnO"]
)  # fmt: skip
def test_private_services_need_the_allow_list(url: str) -> None:
    """The network guard stands before every request of a plug-in."""
    service = Service()
    receipt = deliver(service, url, allow=())
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.startswith("address not allowed: ")
    assert service.seen == []


def test_requests_outside_the_guard_are_not_made() -> None:
    """Not even what a plug-in does when it is thrown away."""
    deliver(Service(), "json://127.0.0.1:PORT/hook")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        with pytest.raises(requests.ConnectionError, match="not within the guard"):
            requests.get(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout=1)
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("nonsense", "is not a URL that Apprise knows"),
        ("nothing://hunter-two/x", "is not a URL that Apprise knows"),
        ("slack://hunter-two", "is not a URL that Apprise knows"),
        ("mailto://ann:hunter-two@example.org", "is not reached by HTTP"),
        ("syslog://", "is not reached by HTTP"),
        ("irc://hunter-two@irc.example/#c", "is not reached by HTTP"),
    ],
)
def test_urls_that_cannot_be_used(url: str, problem: str) -> None:
    """One line says so, without the URL."""
    with pytest.raises(BadConfigError) as caught:
        build(Channel(id=1, name="desk", kind="apprise", config={"url": url}), {}, Net())
    said = str(caught.value)
    assert said.startswith("channel 'desk': url: ")
    assert problem in said
    assert "hunter-two" not in said
    assert "\n" not in said


# ------------------------------------------------------------------------------- secrets


@pytest.fixture
def everything_logged() -> Iterator[io.StringIO]:
    """All that any logger says, at any level."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(1)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("url", list(CLOUDS))
def test_the_keys_of_a_url_are_shown_nowhere(
    url: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    everything_logged: io.StringIO,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Neither in logs nor in receipts and transcripts, also when the service says them back."""
    keys = [part for part in url.replace("@", "/").split("/")[2:] if len(part) > 8]
    service = Service(status, json.dumps({"ok": status == 200, "said": keys, "url": url}))
    receipt = deliver(service, url, replace(SAMPLE, test=True), patch=monkeypatch)
    out, err = capfd.readouterr()
    shown = repr(receipt) + everything_logged.getvalue() + out + err
    assert receipt.transcript[0].startswith("> POST http://127.0.0.1:")
    assert receipt.transcript[1].startswith(f"< {status} in ")
    assert keys
    for key in keys:
        assert key not in shown


def test_repr_names_the_service_alone() -> None:
    """No part of the URL."""
    made = build(Channel(id=1, name="desk", kind="apprise", config={"url": SLACK}), {}, Net())
    assert repr(made) == "<Apprise 'desk' to Slack>"
