"""Mail servers on loopback for tests, and the email channel before them."""

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from worker.alerts.render import message
from worker.channels import Sender, build, close
from worker.model import Announcement, Article, Channel, Evidence, Receipt
from worker.net import Net

PASSWORD = "correct-horse"


def announcement(title: str = "Putin congratulated", **changes: Any) -> Announcement:
    """An alert on a Russian article, with a title of the test's choice."""
    text = "Президент Владимир Путин поблагодарил.\n\n" + "Длинная строка текста. " * 60
    article = Article(
        title=title, text=text, language="ru", url="https://news.example/1", outlet="Example News"
    )
    at = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    given = Announcement(
        alert_id=7, delivery_id=9, message_id="<a7.d9@tocsin.example.org>", watch_id=3,
        watch_name="Путин", query='person:"Vladimir Putin"', reason="first report", story_id=1,
        item_id=2, feed_name="example", article=article, mentions=(), outlets=("Example News",),
        evidence=(Evidence(clause="person", value="Путин", spans=((19, 24),)),), seen_at=at,
        alerted_at=at,
    )  # fmt: skip
    return replace(given, **changes)


class Mailbox:
    """An aiosmtpd handler that keeps what it accepts and refuses as it is told."""

    def __init__(self, recipients: dict[str, str] | None = None, data: str = "250 queued") -> None:
        self.refused = recipients or {}
        self.data = data
        self.hang = 0.0
        self.offers: list[str] = []
        self.greeted = 0
        self.authenticated = False
        self.mails: list[bytes] = []
        self.envelopes: list[list[str]] = []

    async def handle_EHLO(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Offer what the test asks for."""
        session.host_name = hostname
        self.greeted += 1
        return [*responses[:-1], *(f"250-{one}" for one in self.offers), responses[-1]]

    async def handle_RCPT(  # noqa: N802  aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Take or refuse one recipient."""
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  aiosmtpd's name
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, and answer after a while."""
        assert isinstance(envelope.content, bytes)
        self.mails.append(envelope.content)
        self.authenticated = bool(session.authenticated)
        self.envelopes.append(envelope.rcpt_tos)
        await asyncio.sleep(self.hang)
        return self.data


def server_context(certificate: Path) -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def check_login(
    _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any
) -> AuthResult:
    """Let one user in."""
    good = (data.login, data.password) == (b"ann", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox, tls: ssl.SSLContext | None = None, **options: Any
) -> AsyncIterator[int]:
    """A real SMTP server in this loop; its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(mailbox, hostname="mail.test", loop=loop, **options),
        "127.0.0.1", 0, ssl=tls,
    )  # fmt: skip
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def raw_server(talk: Callable[..., Any]) -> AsyncIterator[int]:
    """A server that speaks as scripted; its port. At the end its connections are seen off."""
    open_ends: dict[asyncio.Task[Any], asyncio.StreamWriter] = {}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        open_ends[task] = writer
        await talk(reader, writer)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        if open_ends:
            _, left = await asyncio.wait(open_ends, timeout=0.2)
            for task in left:
                task.cancel()
            for writer in open_ends.values():
                with contextlib.suppress(AttributeError):  # Python 3.11: TLS that never began
                    writer.transport.abort()
            await asyncio.sleep(0)


def channel(port: int, **config: Any) -> Sender:
    """An email channel for a local server; keys of the test's choice win."""
    keys = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "from": "Tocsin <tocsin@example.org>",
        "to": ["ann@example.org"],
        "timeout": 5,
    }
    environ = {"SMTP_PASSWORD": PASSWORD}
    return build(Channel(id=1, name="desk", kind="email", config=keys | config), environ, Net())


async def send_once(port: int, given: Announcement | None = None, **config: Any) -> Receipt:
    """One mail over a channel that is closed then."""
    async with opened(port, **config) as sender:
        return await sender.send(message(given or announcement()))


@asynccontextmanager
async def opened(port: int, **config: Any) -> AsyncIterator[Sender]:
    """A channel that lets its connections go at the end."""
    sender = channel(port, **config)
    try:
        yield sender
    finally:
        await close(sender)


def deliver(
    mailbox: Mailbox,
    given: Announcement | None = None,
    *,
    tls: ssl.SSLContext | None = None,
    config: dict[str, Any] | None = None,
    **options: Any,
) -> Receipt:
    """One attempt at one server."""

    async def main() -> Receipt:
        async with mail_server(mailbox, tls, **options) as port:
            return await send_once(port, given, **config or {})

    return asyncio.run(main())


def parsed(wire: bytes) -> EmailMessage:
    """A mail as a reader's program sees it."""
    mail = message_from_bytes(wire, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


def self_signed(folder: Path) -> Path:
    """A new certificate for 127.0.0.1, with its key in the same file."""
    path = folder / "server.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1", "-subj", "/CN=mail", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", path, "-keyout", path.with_suffix(".key")],
        check=True, capture_output=True,
    )  # fmt: skip
    with path.open("a") as file:
        file.write(path.with_suffix(".key").read_text())
    return path
