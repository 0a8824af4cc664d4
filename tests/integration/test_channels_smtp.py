"""Connections to mail servers: kept, lost, hurried, slipped into; the pace of mails; what is recorded."""

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from tests.integration.mailroom import (
    PASSWORD,
    Mailbox,
    announcement,
    check_login,
    mail_server,
    opened,
    raw_server,
    self_signed,
    server_context,
)
from worker.alerts.render import message
from worker.channels import mailserver
from worker.channels.smtp import Account, Envelope
from worker.model import Receipt

MAIL = message(announcement())


class Script:
    """An SMTP server that takes every mail, counts connections, and can be told to misbehave.

    ``answers`` are by the command's first word; one that is "" hangs up instead. ``lines`` is what it
    was told, ``most_at_once`` how many commands came with one read.
    """

    def __init__(self, offers: str = "", **answers: str) -> None:
        self.offers = offers
        self.answers = answers
        self.connections = 0
        self.lines: list[str] = []
        self.mails: list[bytes] = []
        self.most_at_once = 0
        self.relent = False  # new connections get good answers alone
        self.quit = asyncio.Event()
        self.after_mail: Callable[[asyncio.StreamWriter], None] = lambda _: None

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self.relent:
            self.answers = {}
        with suppress(OSError, asyncio.IncompleteReadError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        while chunk := await reader.read(65_536):
            while not chunk.endswith(b"\r\n"):
                chunk += await reader.read(65_536)
            lines = chunk.decode().splitlines()
            self.most_at_once = max(self.most_at_once, len(lines))
            self.lines += lines
            for line in lines:
                word = line.split(maxsplit=1)[0].upper()
                usual = {"EHLO": f"250-mail.test\r\n250 {self.offers}", "DATA": "354 go on"}
                answer = self.answers.get(word, usual.get(word, "250 fine"))
                if word == "QUIT":
                    self.quit.set()
                if not answer:
                    return
                writer.write(answer.encode() + b"\r\n")
                if word == "DATA" and answer.startswith("354"):
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(self.answers.get("END", "250 queued").encode() + b"\r\n")
                    self.after_mail(writer)


def send(script: Script, *messages: Any, **config: Any) -> list[Receipt]:
    """What becomes of mails sent one after the other over one channel."""

    async def main() -> list[Receipt]:
        async with raw_server(script) as port, opened(port, **config) as sender:
            receipts = []
            for each in messages:
                receipts.append(await sender.send(each))
                await asyncio.sleep(0.01)
            return receipts

    return asyncio.run(main())


# --------------------------------------------------------------------------------- connections


def test_mails_share_a_connection() -> None:
    """Greeting, TLS and login are paid for once; at the end the server is told goodbye."""
    script = Script()
    assert all(one.delivered for one in send(script, MAIL, MAIL, MAIL))
    assert script.connections == 1
    assert len(script.mails) == 3
    assert [line for line in script.lines if line.startswith(("EHLO", "QUIT"))][1:] == ["QUIT"]


def test_connections_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After so many mails a new one is made, as servers ask for."""
    monkeypatch.setattr(mailserver, "MOST_MAILS", 2)
    script = Script()
    assert all(one.delivered for one in send(script, *[MAIL] * 5))
    assert script.connections == 3


def test_a_connection_without_work_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server's places are not held for long."""
    monkeypatch.setattr(mailserver, "KEPT", 0.05)
    script = Script()

    async def main() -> None:
        async with raw_server(script) as port, opened(port) as sender:
            await sender.send(MAIL)
            await script.quit.wait()
            await sender.send(MAIL)

    asyncio.run(main())
    assert script.connections == 2


def test_mails_at_the_same_time_have_connections_of_their_own() -> None:
    """One slow mail does not hold up another."""
    mailbox = Mailbox()
    mailbox.hang = 0.1

    async def main() -> list[Receipt]:
        async with mail_server(mailbox) as port, opened(port) as sender:
            return await asyncio.gather(*(sender.send(MAIL) for _ in range(3)))

    assert all(one.delivered for one in asyncio.run(main()))
    assert mailbox.greeted == 3


@pytest.mark.parametrize(
    "drop",
    [
        lambda writer: writer.close(),
        lambda writer: writer.transport.abort(),
        lambda writer: (writer.write(b"421 4.4.2 idle for too long\r\n"), writer.close()),
    ],
    ids=["closed", "reset", "said goodbye"],
)
def test_a_dropped_idle_connection_costs_the_mail_nothing(
    drop: Callable[[asyncio.StreamWriter], None],
) -> None:
    """Nothing of it had been sent: it goes over a new connection, once, in the same attempt."""
    script = Script()
    script.after_mail = drop
    receipts = send(script, MAIL, MAIL)
    assert [one.delivered for one in receipts] == [True, True]
    assert script.connections == 2
    assert len(script.mails) == 2


def test_a_connection_lost_while_the_mail_is_sent_is_not_tried_again_at_once() -> None:
    """It may have been accepted: the delivery's own schedule tries again, with the same Message-ID."""
    script = Script()

    async def main() -> list[Receipt]:
        async with raw_server(script) as port, opened(port) as sender:
            first = await sender.send(MAIL)
            script.answers["END"] = ""
            return [first, await sender.send(MAIL)]

    first, second = asyncio.run(main())
    assert first.delivered
    assert (second.delivered, second.recoverable) == (False, True)
    assert "it may have been accepted" in second.detail
    assert script.connections == 1


def test_a_refused_mail_leaves_the_connection_usable() -> None:
    """Recipients refused: the next mail starts anew."""
    script = Script(RCPT="550 5.1.1 nobody")
    receipts = send(script, MAIL, MAIL)
    assert [one.status for one in receipts] == [550, 550]
    assert script.connections == 1
    assert script.lines.count("RSET") == 2
    assert script.mails == []


def test_a_server_that_hangs_up_after_refusing_has_refused() -> None:
    """Its words count, not that it went; the next mail has a new connection."""
    script = Script(RCPT="550 5.1.1 nobody", RSET="")
    receipts = send(script, MAIL, MAIL)
    assert [(one.status, one.recoverable) for one in receipts] == [(550, False)] * 2
    assert script.connections == 2


def test_a_connection_dropped_after_a_refused_mail_costs_the_next_nothing() -> None:
    """Also where none has been handed over yet."""
    script = Script(RCPT="550 5.1.1 nobody")

    async def main() -> list[Receipt]:
        async with raw_server(script) as port, opened(port) as sender:
            refused = await sender.send(MAIL)
            script.answers = {"MAIL": "421 4.4.2 idle for too long"} | script.answers
            script.relent = True
            return [refused, await sender.send(MAIL)]

    refused, taken = asyncio.run(main())
    assert refused.status == 550
    assert taken.delivered
    assert script.connections == 2


# ---------------------------------------------------------------------------------- pipelining


def test_commands_are_sent_at_once_where_the_server_takes_that() -> None:
    """Sender, recipient and DATA in one go (RFC 2920); with several recipients all but DATA."""
    script = Script(offers="PIPELINING")
    send(script, MAIL)
    assert script.most_at_once == 3
    script = Script(offers="PIPELINING")
    send(script, MAIL, to=["ann@example.org", "bob@example.org"])
    assert script.most_at_once == 3
    assert [line.split()[0] for line in script.lines[1:5]] == ["MAIL", "RCPT", "RCPT", "DATA"]
    script = Script()
    send(script, MAIL)
    assert script.most_at_once == 1


def test_a_server_that_wants_the_mail_though_it_refused_the_recipient_gets_none() -> None:
    """A lone full stop is all that is left to say then."""

    class Eager(Script):
        async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail.test\r\n")
            await reader.readline()
            writer.write(b"250-mail.test\r\n250 PIPELINING\r\n")
            for answer in (b"250 ok", b"550 nobody", b"354 go on"):
                await reader.readline()
                writer.write(answer + b"\r\n")
            self.lines.append((await reader.readline()).decode())
            writer.write(b"554 no valid recipients\r\n")
            self.lines.append((await reader.readline()).decode())
            writer.write(b"250 ok\r\n")
            await reader.read()

    eager = Eager()
    (receipt,) = send(eager, MAIL)
    assert (receipt.delivered, receipt.recoverable, receipt.status) == (False, False, 550)
    assert eager.lines == [".\r\n", "RSET\r\n"]


# ------------------------------------------------------------------------------- what is recorded


@pytest.mark.parametrize(
    ("answers", "status", "slow"),
    [
        ({}, 250, False),
        ({"END": "451 4.3.0 try later"}, 451, True),
        ({"MAIL": "421 4.7.0 too many of you"}, 421, True),
        ({"RCPT": "450 4.2.1 greylisted"}, 450, False),
        ({"END": "554 5.7.1 spam"}, 554, False),
    ],
)
def test_the_deciding_answer_is_kept(answers: dict[str, str], status: int, slow: bool) -> None:
    """Code and words; 421 and 451 ask the whole channel to slow down."""
    (receipt,) = send(Script(**answers), MAIL)
    assert (receipt.status, receipt.slow_down) == (status, slow)
    assert receipt.answer == next(iter(answers.values()), "250 queued")
    assert receipt.delivered == (status == 250)


def test_the_words_of_a_long_answer_are_kept() -> None:
    """All lines, without control characters, at most 4 kB."""
    said = "\r\n".join(
        ["550-5.7.1 see \x1b[31mhttps://rules.example", "550-" + "x" * 6000, "550 end"]
    )
    (receipt,) = send(Script(END=said), MAIL)
    assert receipt.answer.startswith("550 5.7.1 see [31mhttps://rules.example xxx")
    assert len(receipt.answer.encode()) <= Receipt.ANSWER_BYTES


def test_the_transcript_shows_the_conversation_without_the_password(tmp_path: Path) -> None:
    """Every line of both sides; the mail as its size, the login as asterisks."""
    mailbox = Mailbox()
    certificate = self_signed(tmp_path)

    async def main() -> Receipt:
        options: dict[str, Any] = {"authenticator": check_login, "auth_required": True}
        context = server_context(certificate)
        async with (
            mail_server(mailbox, tls_context=context, **options) as port,
            opened(
                port,
                security="starttls",
                ca_file=str(certificate),
                username="ann",
                password="${SMTP_PASSWORD}",
            ) as sender,
        ):
            return await sender.send(MAIL)

    receipt = asyncio.run(main())
    assert receipt.delivered
    ours = [line.partition("[")[0] for line in receipt.transcript if line.startswith("> ")]
    assert [line.split()[1] for line in ours[:6]] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "AUTH",
        "MAIL",
        "RCPT",
    ]
    assert "> AUTH PLAIN ***" in receipt.transcript
    assert "< 250 queued" in receipt.transcript
    assert PASSWORD not in " ".join(receipt.transcript)
    assert "AGFubgBjb3JyZWN0" not in " ".join(receipt.transcript)  # the login in base64


def test_a_password_that_the_server_says_back_is_struck_out(tmp_path: Path) -> None:
    """Neither in its words nor in the conversation, plain or encoded."""
    certificate = self_signed(tmp_path)
    login = base64.b64encode(f"\0ann\0{PASSWORD}".encode()).decode()

    def refuse(*_: Any) -> AuthResult:
        return AuthResult(success=False, handled=False, message=f"535 not {PASSWORD} nor {login}")

    async def main() -> Receipt:
        tls = server_context(certificate)
        async with (
            mail_server(
                Mailbox(), tls_context=tls, authenticator=refuse, auth_required=True
            ) as port,
            opened(
                port,
                security="starttls",
                ca_file=str(certificate),
                username="ann",
                password="${SMTP_PASSWORD}",
            ) as sender,
        ):
            return await sender.send(MAIL)

    receipt = asyncio.run(main())
    shown = " ".join([receipt.detail, receipt.answer, *receipt.transcript])
    assert receipt.status == 535
    assert "535 not *** nor ***" in shown
    assert PASSWORD not in shown
    assert login not in shown


# -------------------------------------------------------------------------------------- safety


def test_what_is_slipped_in_before_tls_is_never_read(tmp_path: Path) -> None:
    """Answers that follow STARTTLS in the clear are not taken for answers in TLS."""
    certificate = self_signed(tmp_path)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            writer.write(b"220 mail.test\r\n")
            await reader.readline()
            writer.write(b"250-mail.test\r\n250 STARTTLS\r\n")
            await reader.readline()
            writer.write(
                b"220 go on\r\n250-mail.test\r\n250 AUTH PLAIN\r\n235 welcome\r\n250 ok\r\n"
            )
            await writer.start_tls(server_context(certificate))
            await reader.readline()
            writer.write(b"554 5.7.0 not you\r\n")
            await reader.read()
        writer.close()

    async def main() -> Receipt:
        async with (
            raw_server(talk) as port,
            opened(port, security="starttls", ca_file=str(certificate)) as sender,
        ):
            return await sender.send(MAIL)

    receipt = asyncio.run(main())
    assert not receipt.delivered
    assert "235 welcome" not in " ".join(receipt.transcript)


def test_a_mail_cannot_end_early_or_speak_to_the_server() -> None:
    """A line that is a full stop is doubled, and only CR LF ends a line (no smuggled second mail)."""
    script = Script()

    async def main() -> Receipt:
        async with raw_server(script) as port:
            server = mailserver.MailServer(Account("127.0.0.1", port, "none", 5))
            wire = b"A: b\r\n\r\n.\r\nMAIL FROM:<x@y>\r\n..two\nbare\n.\nlone\r.\rend"
            receipt = await server.send(Envelope("a@example.org", ("b@example.org",), wire))
            await server.close()
            return receipt

    assert asyncio.run(main()).delivered
    assert script.mails == [
        b"A: b\r\n\r\n..\r\nMAIL FROM:<x@y>\r\n...two\r\nbare\r\n..\r\nlone\r\n..\r\nend\r\n.\r\n"
    ]


@pytest.mark.parametrize(
    "garbage", [b"hello\r\n", b"250", b"2" * 20_000, b"220-a\r\n" * 200, b"999 x\r\n"]
)
def test_nonsense_is_tried_again(garbage: bytes) -> None:
    """What speaks no SMTP is said to be so, and never waited for without end."""

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(garbage)
        writer.close()

    async def main() -> Receipt:
        async with raw_server(talk) as port, opened(port) as sender:
            return await sender.send(MAIL)

    receipt = asyncio.run(main())
    assert (receipt.delivered, receipt.recoverable, receipt.status) == (False, True, None)


# ---------------------------------------------------------------------------------------- pace


def test_a_mail_whose_turn_is_far_off_is_put_off() -> None:
    """It is not sent, comes back when its turn is near, and holds nothing up."""
    script = Script()
    first, second = send(script, MAIL, MAIL, pace={"example.org": "1/h"})
    assert first.delivered
    assert (second.delivered, second.recoverable) == (False, True)
    assert second.retry_after is not None
    assert 3500 < second.retry_after.total_seconds() <= 3600
    assert len(script.mails) == 1


def test_a_mail_waits_for_its_turn() -> None:
    """Both arrive, one after the other."""
    script = Script()
    assert all(one.delivered for one in send(script, MAIL, MAIL, pace={"example.org": "20/s"}))
    assert len(script.mails) == 2
