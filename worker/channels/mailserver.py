"""A mail server as a channel uses it: connections kept for the next mail, answers classified."""

import asyncio
import os
import ssl

from worker.alerts.wording import clean_line
from worker.channels.connection import Connection
from worker.channels.smtp import (
    SENDING,
    WORDS_LIMIT,
    Account,
    Envelope,
    Outcome,
    ProtocolError,
    Reply,
    SmtpError,
)
from worker.model import Receipt

#: Seconds that a connection without work is kept.
KEPT = 15.0
#: Mails after which a connection is let go: servers count, too.
MOST_MAILS = 100
#: Answers that ask for slower work altogether: going away, and trouble of its own (RFC 5321, 4.2.3).
SLOW_DOWN = {421, 451}


class MailServer:
    """Hands mails to one server, over connections of earlier mails where there are any.

    ``send`` may be called several times at once; each call has a connection of its own.
    """

    def __init__(self, account: Account) -> None:
        self._account = account
        self._tls: ssl.SSLContext | None = None
        self._idle: dict[Connection, asyncio.TimerHandle] = {}
        self._closed = False

    async def send(self, envelope: Envelope) -> Receipt:
        """Hand a mail over, and classify however that ends; never raises for the server."""
        connection = None
        try:
            async with asyncio.timeout(self._account.seconds):
                connection = self._kept() or self._new()
                try:
                    outcome = await connection.hand_over(envelope)
                except (OSError, SmtpError) as error:
                    if not _was_stale(connection, error):
                        raise
                    connection.cut()
                    connection = self._new()
                    outcome = await connection.hand_over(envelope)
        except (OSError, SmtpError, ProtocolError) as error:
            if connection is not None and isinstance(error, SmtpError):
                connection.leave()
            return _failure(error, connection, self._account)
        else:
            self._keep(connection)
            return _receipt(outcome, envelope, connection, self._account)
        finally:
            if connection is not None and connection not in self._idle:
                connection.cut()

    async def close(self) -> None:
        """Let all connections go, now and from now on."""
        self._closed = True
        kept = list(self._idle)
        for connection in kept:
            self._let_go(connection)
        await asyncio.gather(*(each.closed() for each in kept))

    def _new(self) -> Connection:
        if self._tls is None and self._account.security != "none":
            self._tls = self._account.tls()
        return Connection(self._account, self._tls)

    def _kept(self) -> Connection | None:
        """The connection used last that still seems to be open."""
        while self._idle:
            connection, timer = self._idle.popitem()
            timer.cancel()
            if connection.alive:
                return connection
            connection.cut()
        return None

    def _keep(self, connection: Connection) -> None:
        if self._closed or connection.mails >= MOST_MAILS or not connection.alive:
            connection.leave()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.call_later(KEPT, self._let_go, connection)

    def _let_go(self, connection: Connection) -> None:
        self._idle.pop(connection).cancel()
        connection.leave()


def _was_stale(connection: Connection, error: OSError | SmtpError) -> bool:
    """Whether a kept connection was dropped by the server before anything of this mail was sent."""
    dropped = isinstance(error, OSError) or error.reply.code == 421
    return dropped and connection.mails > 0 and connection.step != SENDING


def _receipt(
    outcome: Outcome, envelope: Envelope, connection: Connection, account: Account
) -> Receipt:
    refused, said = outcome.refused, connection.said
    listed = "; ".join(f"refused {address}: {reply.words}" for address, reply in refused.items())
    if outcome.reply is None:
        # An answer for now decides: it is why the mail is tried again.
        decided = min(refused.values(), key=lambda reply: reply.code)
        return Receipt(
            delivered=False,
            detail=f"sent to nobody; {listed}",
            recoverable=decided.code < 500,
            status=decided.code,
            answer=decided.answer,
            slow_down=decided.code in SLOW_DOWN,
            transcript=said,
        )
    count = len(envelope.recipients) - len(refused)
    detail = f"{account.place} accepted it for {count}: {outcome.reply.words}"
    return Receipt(
        delivered=True,
        detail="; ".join(filter(None, [detail, listed])),
        status=outcome.reply.code,
        answer=outcome.reply.answer,
        transcript=said,
    )


def _failure(error: Exception, connection: Connection | None, account: Account) -> Receipt:
    """Classify an error: 5xx answers, a refused login among them, are final, all else is not."""
    step = connection.step if connection is not None else "setting up TLS"
    said = _what_happened(error, account)
    reply: Reply | None = error.reply if isinstance(error, SmtpError) else None
    if step == SENDING and reply is None:
        said += "; it may have been accepted, and is sent again with the same Message-ID"
    return Receipt(
        delivered=False,
        detail=f"{account.place}, {step}: {said}",
        recoverable=reply is None or reply.code < 500,
        status=reply.code if reply else None,
        answer=reply.answer if reply else "",
        slow_down=reply is not None and reply.code in SLOW_DOWN,
        transcript=connection.said if connection is not None else (),
    )


def _what_happened(error: Exception, account: Account) -> str:
    match error:
        case TimeoutError():
            return f"no answer in {account.seconds:g} s"
        case SmtpError():
            return error.reply.words
        case ssl.SSLCertVerificationError():
            return f"certificate not accepted: {error.verify_message}"
        case ssl.SSLError():
            return clean_line(f"TLS failed: {error.reason or error}", WORDS_LIMIT)
        case OSError(errno=int(number)) if number > 0:
            return os.strerror(number)
        case _:
            text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            return clean_line(text, WORDS_LIMIT)
