"""The email channel against real SMTP servers on loopback, judged on the bytes of the wire."""

import asyncio
import re
import time
from datetime import UTC, datetime
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest

from tests.integration.mailroom import (
    PASSWORD,
    Mailbox,
    announcement,
    channel,
    check_login,
    deliver,
    mail_server,
    parsed,
    raw_server,
    self_signed,
    send_once,
    server_context,
)
from worker.alerts.render import message
from worker.channels.mail import compose
from worker.model import Receipt


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    return self_signed(tmp_path_factory.mktemp("tls"))


# ------------------------------------------------------------------------------------ delivery


def test_mail_arrives_in_text_and_html() -> None:
    """The mail carries what mail needs, and both parts hold the article's text."""
    mailbox = Mailbox()
    receipt = deliver(mailbox)
    assert receipt.delivered
    assert receipt.detail.endswith("accepted it for 1: 250 queued")
    mail = parsed(mailbox.mails[0])
    assert mail["Message-ID"] == "<a7.d9@tocsin.example.org>"
    assert mail["Date"].datetime == datetime(2026, 3, 20, 10, 0, tzinfo=UTC)
    assert mail["From"] == "Tocsin <tocsin@example.org>"
    assert mail["To"] == "ann@example.org"
    assert mail["List-Id"] == "<watch-3.tocsin.example.org>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Tocsin-Watch"] == "Путин"
    assert mail.get_content_type() == "multipart/alternative"
    kinds = [part.get_content_type() for part in mail.iter_parts()]
    assert kinds == ["text/plain", "text/html"]
    for part in mail.iter_parts():
        assert "Владимир" in part.get_content()


def test_wire_bytes_are_plain_and_short() -> None:
    """Everything sent is 7 bit, in CRLF lines of at most 78 bytes."""
    mailbox = Mailbox()
    deliver(mailbox, announcement("Ж" * 300))
    wire = mailbox.mails[0]
    assert wire.isascii()
    assert wire.count(b"\n") == wire.count(b"\r\n")
    assert max(len(line) for line in wire.split(b"\r\n")) <= 78


def test_long_message_id_is_left_whole() -> None:
    """A long id is neither folded nor encoded; angle brackets are added where missing."""
    long_id = f"{'a7' * 60}@tocsin.example.org"
    sender = Address("", "tocsin", "example.org")
    wire = compose(message(announcement(message_id=long_id)), sender=sender, to=(sender,))
    assert f"Message-ID: <{long_id}>\r\n".encode() in wire


@pytest.mark.parametrize(
    ("security", "implicit"), [("starttls", False), ("tls", True)], ids=["starttls", "tls"]
)
def test_encrypted_and_logged_in(security: str, implicit: bool, certificate: Path) -> None:
    """STARTTLS and TLS with a login work once the certificate's authority is trusted."""
    mailbox = Mailbox()
    context = server_context(certificate)
    options: dict[str, Any] = {"tls_context": None if implicit else context}
    # aiosmtpd does not count TLS from the first byte as TLS.
    for name in ("require_starttls", "auth_require_tls", "auth_required"):
        options[name] = not implicit
    receipt = deliver(
        mailbox,
        tls=context if implicit else None,
        config={
            "security": security, "ca_file": str(certificate), "username": "ann",
            "password": "${SMTP_PASSWORD}",
        },
        authenticator=check_login, **options,
    )  # fmt: skip
    assert receipt.delivered, receipt.detail
    assert mailbox.authenticated


# ------------------------------------------------------------------------------------ failures


def test_unknown_certificate_is_refused(certificate: Path) -> None:
    """Nothing is sent to a server that cannot prove its name; it may be mended in time."""
    mailbox = Mailbox()
    context = server_context(certificate)
    receipt = deliver(mailbox, config={"security": "starttls"}, tls_context=context)
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert "starting TLS: certificate not accepted: self-signed certificate" in receipt.detail
    assert mailbox.mails == []


def test_missing_starttls_never_falls_back_to_plain() -> None:
    """A server, or somebody between, that offers no STARTTLS gets no mail."""
    mailbox = Mailbox()
    receipt = deliver(mailbox, config={"security": "starttls"})
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert "STARTTLS" in receipt.detail
    assert mailbox.mails == []


def test_refused_login_is_final_and_keeps_the_password(certificate: Path) -> None:
    """A wrong password is not tried again and again, and never shown."""
    mailbox = Mailbox()
    receipt = deliver(
        mailbox,
        config={
            "security": "starttls", "ca_file": str(certificate), "username": "bob",
            "password": "${SMTP_PASSWORD}",
        },
        tls_context=server_context(certificate), authenticator=check_login, auth_required=True,
    )  # fmt: skip
    assert (receipt.delivered, receipt.recoverable) == (False, False)
    assert "logging in: 535" in receipt.detail
    assert PASSWORD not in receipt.detail


@pytest.mark.parametrize(
    ("answer", "recoverable"),
    [("451 4.3.0 try later", True), ("554 5.7.1 looks like spam", False)],
)
def test_answers_to_the_message(answer: str, recoverable: bool) -> None:
    """4xx after the message may be tried again, 5xx is final; the server's words are kept."""
    receipt = deliver(Mailbox(data=answer))
    assert (receipt.delivered, receipt.recoverable) == (False, recoverable)
    assert receipt.detail.endswith(f"sending the message: {answer}")


@pytest.mark.parametrize(
    ("answer", "recoverable"), [("450 greylisted", True), ("550 no such user", False)]
)
def test_only_recipient_refused(answer: str, recoverable: bool) -> None:
    """With its only recipient refused nothing is sent."""
    mailbox = Mailbox({"ann@example.org": answer})
    receipt = deliver(mailbox)
    assert (receipt.delivered, receipt.recoverable) == (False, recoverable)
    assert receipt.detail == f"sent to nobody; refused ann@example.org: {answer}"
    assert mailbox.mails == []


@pytest.mark.parametrize(
    ("answer", "attempt", "sent"),
    [
        ("550 no such user", 1, True),
        ("450 greylisted", 1, False),
        ("450 greylisted", 3, False),
        ("450 mailbox full", 4, True),
    ],
)
def test_one_of_two_recipients_refused(answer: str, attempt: int, sent: bool) -> None:
    """A final refusal holds up nobody; one for now holds the mail back for three attempts."""
    mailbox = Mailbox({"bob@example.org": answer})
    both = {"to": ["ann@example.org", "bob@example.org"]}
    receipt = deliver(mailbox, announcement(attempt=attempt), config=both)
    assert receipt.delivered == sent
    assert receipt.recoverable == (not sent)
    assert f"refused bob@example.org: {answer}" in receipt.detail
    assert mailbox.envelopes == ([["ann@example.org"]] if sent else [])


def test_silence_after_the_message_is_tried_again_with_the_same_id() -> None:
    """No answer after the message: it is sent again, and the Message-ID tells that it is the same."""
    mailbox = Mailbox()

    async def main() -> tuple[Receipt, Receipt]:
        async with mail_server(mailbox) as port:
            mailbox.hang = 1.0
            first = await send_once(port, timeout=0.3)
            mailbox.hang = 0.0
            return first, await send_once(port, announcement(attempt=2))

    first, second = asyncio.run(main())
    assert (first.delivered, first.recoverable, second.delivered) == (False, True, True)
    assert "it may have been accepted" in first.detail
    ids = [parsed(wire)["Message-ID"] for wire in mailbox.mails]
    assert ids == ["<a7.d9@tocsin.example.org>"] * 2


def test_dripping_server_hits_the_deadline_of_the_whole_mail() -> None:
    """A byte now and then does not keep a conversation alive."""

    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for byte in b"220-" + b"x" * 1000:
                writer.write(bytes([byte]))
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            pass
        finally:
            writer.close()

    async def main() -> Receipt:
        async with raw_server(drip) as port:
            return await send_once(port, timeout=0.3)

    started = time.monotonic()
    receipt = asyncio.run(main())
    assert time.monotonic() - started < 2
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail.endswith("connecting: no answer in 0.3 s")


def test_stopping_cuts_the_conversation() -> None:
    """A worker that stops does not wait for a mail server."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def main() -> bool:
        async with raw_server(silent) as port:
            sending = asyncio.create_task(send_once(port))
            await asyncio.sleep(0.1)
            sending.cancel()
            await asyncio.wait({sending})
            await asyncio.sleep(0.05)
            return sending.cancelled()

    started = time.monotonic()
    assert asyncio.run(main())
    assert time.monotonic() - started < 1


@pytest.mark.parametrize(
    ("greeting", "recoverable"),
    [
        (b"421 too busy\r\n", True),
        (b"554 go away\r\n", False),
        (b"", True),
        (b"\xff\x00\r\n", True),
    ],
)
def test_unfriendly_greetings(greeting: bytes, recoverable: bool) -> None:
    """Refusals at the door are classified by their code, nonsense as recoverable."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        writer.close()

    async def main() -> Receipt:
        async with raw_server(talk) as port:
            return await send_once(port)

    receipt = asyncio.run(main())
    assert (receipt.delivered, receipt.recoverable) == (False, recoverable)


def test_nobody_listens() -> None:
    """A closed port is tried again later, and said plainly."""

    async def main() -> tuple[int, Receipt]:
        async with raw_server(lambda *_: None) as port:
            pass
        return port, await send_once(port)

    port, receipt = asyncio.run(main())
    assert (receipt.delivered, receipt.recoverable) == (False, True)
    assert receipt.detail == f"127.0.0.1:{port}, connecting: Connection refused"


# ----------------------------------------------------------------------------- hostile content

HOSTILE = [
    "Win\r\nBcc: victim@example.org",
    "Win\n\nbody",
    "a\x00b\x1b[31mc\x7f",
    "\u2028line\u2029separators\x85and\x0bmore",
    "lone \ud800 surrogate",
    "=?utf-8?q?already_encoded?=",
    "\u202etxt.exe reversed",
    "\N{PILE OF POO}" * 90,
    "word " * 200,
    "x" * 5000,
    "Ж" * 60 + " plain " + "é" * 80 + " tail",
    "",
]


@pytest.mark.parametrize("title", HOSTILE)
def test_hostile_titles_stay_in_their_header(title: str) -> None:
    """Whatever a feed calls its article: no header is added, none broken, one line of subject."""
    sender = Address("Tocsin", "tocsin", "example.org")
    given = announcement(title, watch_name=title)
    wire = compose(message(given), sender=sender, to=(sender,))
    head, _, _ = wire.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert sorted(names) == sorted(
        [b"Date", b"From", b"To", b"Subject", b"Message-ID", b"List-Id", b"Auto-Submitted",
         b"X-Tocsin-Watch", b"MIME-Version", b"Content-Type"]
    )  # fmt: skip
    assert b"\x00" not in wire
    assert max(len(line) for line in head.split(b"\r\n")) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?utf-8\?\S*\?=", head))
    subject = parsed(wire)["Subject"]
    assert len(subject) <= 200
    assert not set(subject) & set("\r\n\x00\x1b\u202e\u2028")


def test_subject_in_another_script_comes_back_whole() -> None:
    """A long Cyrillic subject survives its encoding letter for letter."""
    title = "Путин поблагодарил Трампа за поздравление с победой на президентских выборах"
    sender = Address("Tocsin", "tocsin", "example.org")
    wire = compose(message(announcement(title)), sender=sender, to=(sender,))
    assert title in parsed(wire)["Subject"]


def test_repr_shows_no_password() -> None:
    """Neither the channel nor its configuration can be printed with the password."""
    made = channel(25, security="tls", username="ann", password="${SMTP_PASSWORD}")
    assert PASSWORD not in repr(made)
    assert PASSWORD not in repr(vars(made))
