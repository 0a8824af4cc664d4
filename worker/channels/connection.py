"""One connection to a mail server, opened at its first mail and good for many (RFC 5321)."""

import socket
import ssl

from worker.channels.dialogue import Dialogue, in_base64
from worker.channels.smtp import (
    SENDING,
    Account,
    Envelope,
    Outcome,
    ProtocolError,
    Reply,
    SmtpError,
)


class Connection:
    """A connection for one mail after the other.

    ``step`` is what it is about; ``mails`` counts those that were handed over or refused.
    """

    def __init__(self, account: Account, tls: ssl.SSLContext | None) -> None:
        self._account = account
        self._dialogue = Dialogue(account, tls)
        self._offers: dict[str, str] = {}
        self.step = "connecting"
        self.mails = 0

    @property
    def alive(self) -> bool:
        """Whether it is open and, as far as is known, the server has not hung up."""
        return self._dialogue.alive

    @property
    def said(self) -> tuple[str, ...]:
        """What was said for the last mail, with secrets as ``***``."""
        return tuple(self._dialogue.said)

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """Send a mail; connects first where need be.

        Raises OSError, SmtpError or ProtocolError; the connection is of no more use then.
        """
        self._dialogue.said = []
        if not self._dialogue.begun:
            await self._open()
        self.step = "naming the sender"
        size = f" SIZE={len(envelope.wire)}" if "SIZE" in self._offers else ""
        commands = [
            f"MAIL FROM:<{envelope.sender}>{size}",
            *(f"RCPT TO:<{one}>" for one in envelope.recipients),
        ]
        # With a single recipient nothing is left to decide between RCPT and DATA (RFC 2920).
        at_once = "PIPELINING" in self._offers and len(envelope.recipients) == 1
        replies = await self._dialogue.ask_all(
            [*commands, "DATA"] if at_once else commands, at_once="PIPELINING" in self._offers
        )
        refused = await self._refused(envelope, replies, at_once=at_once)
        held = envelope.hold and any(reply.code < 500 for reply in refused.values())
        if held or len(refused) == len(envelope.recipients):
            await self._start_over()
            return Outcome(refused, None)
        go_on = replies[-1] if at_once else await self._dialogue.ask("DATA")
        self.step = SENDING
        if go_on.code != 354:
            raise SmtpError(go_on)
        reply = await self._dialogue.send_content(envelope.wire)
        if not reply.good:
            raise SmtpError(reply)
        self.mails += 1
        return Outcome(refused, reply)

    async def _start_over(self) -> None:
        """Be ready for another mail; this one's fate is known, whatever is said now."""
        self.mails += 1
        try:
            _expect(await self._dialogue.ask("RSET"), 250)
        except (OSError, SmtpError, ProtocolError):
            self._dialogue.cut()

    async def _refused(
        self, envelope: Envelope, replies: list[Reply], *, at_once: bool
    ) -> dict[str, Reply]:
        """The recipients that were refused. Raises SmtpError where the sender was."""
        named = dict(zip(envelope.recipients, replies[1:], strict=False))
        refused = {one: reply for one, reply in named.items() if not reply.good}
        nobody = not replies[0].good or len(refused) == len(envelope.recipients)
        if at_once and nobody and replies[-1].code == 354:
            await self._dialogue.ask(".", shown="(nothing)")  # it waits for a mail to nobody
        if not replies[0].good:
            raise SmtpError(replies[0])
        self.step = "naming the recipients"
        return refused

    async def _open(self) -> None:
        account = self._account
        await self._dialogue.connect(encrypted=account.security == "tls")
        _expect(await self._dialogue.reply(), 220)
        await self._introduce()
        if account.security == "starttls":
            self.step = "starting TLS"
            if "STARTTLS" not in self._offers:
                raise ProtocolError("the server offers no STARTTLS")
            _expect(await self._dialogue.ask("STARTTLS"), 220)
            await self._dialogue.encrypt()
            await self._introduce()
        if account.username and account.password is not None:
            self.step = "logging in"
            await self._log_in(account.username, account.password.get_secret_value())

    async def _introduce(self) -> None:
        reply = await self._dialogue.ask(f"EHLO {_own_name()}")
        if reply.code // 100 == 5 and self._account.security == "none":
            reply = await self._dialogue.ask(f"HELO {_own_name()}")
        _expect(reply, 250)
        self._offers = _offers(reply.lines[1:])

    async def _log_in(self, username: str, password: str) -> None:
        ways = self._offers.get("AUTH", "").split()
        if "PLAIN" in ways:
            secret = in_base64(f"\0{username}\0{password}")
            reply = await self._dialogue.ask(f"AUTH PLAIN {secret}", shown="AUTH PLAIN ***")
        elif "LOGIN" in ways:
            _expect(await self._dialogue.ask("AUTH LOGIN"), 334)
            _expect(await self._dialogue.ask(in_base64(username), shown="***"), 334)
            reply = await self._dialogue.ask(in_base64(password), shown="***")
        else:
            raise ProtocolError("the server offers no login by PLAIN or LOGIN")
        _expect(reply, 235)

    # -------------------------------------------------------------------------------- ending

    def leave(self) -> None:
        """Say goodbye and close."""
        self._dialogue.leave()

    def cut(self) -> None:
        """Close at once, if it was not left in peace."""
        self._dialogue.cut()

    async def closed(self) -> None:
        """Wait a moment until it is closed."""
        await self._dialogue.closed()


def _expect(reply: Reply, code: int) -> None:
    if reply.code != code:
        raise SmtpError(reply)


def _offers(lines: tuple[str, ...]) -> dict[str, str]:
    """What a server offers after EHLO: keywords with their parameters."""
    words = (line.replace("=", " ", 1).upper().partition(" ") for line in lines)
    return {keyword: rest for keyword, _, rest in words if keyword}


def _own_name() -> str:
    """A name for EHLO that costs no look-up: the host's if it is a full one, else a literal."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
