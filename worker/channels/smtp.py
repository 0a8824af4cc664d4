"""One connection to a mail server (RFC 5321), opened at its first mail and good for many."""

import asyncio
import base64
import contextlib
import re
import socket
import ssl
from dataclasses import dataclass

from pydantic import SecretStr

from worker.alerts.wording import clean_line
from worker.net import in_thread, tls_context

#: Code points of a server's words that are shown in one line, and that are kept.
WORDS_LIMIT = 300
ANSWER_LIMIT = 4_000
#: The step after which the server may have taken the mail, whatever it says or does not say.
SENDING = "sending the message"

_LONGEST_LINE = 8_192  # bytes; RFC 5321 asks for 512
_MOST_LINES = 100  # of one answer
_MOST_SAID = 200
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ANSWER = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Account:
    """A mail server and how to speak to it; ``security`` is starttls, tls or none."""

    host: str
    port: int
    security: str
    seconds: float
    username: str = ""
    password: SecretStr | None = None
    ca_file: str = ""

    @property
    def place(self) -> str:
        """Host and port, as errors name them."""
        return f"{self.host}:{self.port}"

    def tls(self) -> ssl.SSLContext:
        """The certificates to be trusted. Raises OSError where ``ca_file`` cannot be read."""
        context = tls_context()
        if self.ca_file:
            context.load_verify_locations(self.ca_file)
        return context


@dataclass(frozen=True, slots=True)
class Envelope:
    """A mail and its way: addresses in ASCII, the bytes of the mail.

    ``hold``: if some recipients are refused only for now, send to nobody yet.
    """

    sender: str
    recipients: tuple[str, ...]
    wire: bytes
    hold: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered: its code, and its words line by line."""

    code: int
    lines: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether it did what was asked."""
        return self.code // 100 == 2

    @property
    def answer(self) -> str:
        """Code and words in one line."""
        return clean_line(f"{self.code} {' '.join(self.lines)}", ANSWER_LIMIT)

    @property
    def words(self) -> str:
        """The same, shorter."""
        return clean_line(self.answer, WORDS_LIMIT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Who was refused, with what words; ``reply`` to the mail itself, none where it was not sent."""

    refused: dict[str, Reply]
    reply: Reply | None


class SmtpError(Exception):
    """The server's answer ends the attempt."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.words)
        self.reply = reply


class ProtocolError(Exception):
    """The server does not offer what is needed, or speaks no SMTP."""


class Connection:
    """A connection for one mail after the other.

    ``step`` is what it is about, ``said`` what was said for the last mail, with secrets as ``***``;
    ``mails`` counts those that it has handed over.
    """

    def __init__(self, account: Account, tls: ssl.SSLContext | None) -> None:
        self._account = account
        self._tls = tls
        self._offers: dict[str, str] = {}
        self._reader: asyncio.StreamReader | None = None
        self._writers: list[asyncio.StreamWriter] = []  # the last one is spoken through
        self._left = False
        self.step = "connecting"
        self.mails = 0
        self.said: list[str] = []

    @property
    def alive(self) -> bool:
        """Whether it is open and, as far as is known, the server has not hung up."""
        reader = self._reader
        return reader is not None and not reader.at_eof() and not self._writer.is_closing()

    async def hand_over(self, envelope: Envelope) -> Outcome:
        """Send a mail; connects first where need be.

        Raises OSError, SmtpError or ProtocolError; the connection is of no more use then.
        """
        self.said = []
        if self._reader is None:
            await self._open()
        self.step = "naming the sender"
        size = f" SIZE={len(envelope.wire)}" if "SIZE" in self._offers else ""
        commands = [
            f"MAIL FROM:<{envelope.sender}>{size}",
            *(f"RCPT TO:<{one}>" for one in envelope.recipients),
        ]
        # With a single recipient nothing is left to decide between RCPT and DATA (RFC 2920).
        at_once = "PIPELINING" in self._offers and len(envelope.recipients) == 1
        replies = await self._ask_all([*commands, "DATA"] if at_once else commands)
        refused = await self._refused(envelope, replies, at_once=at_once)
        held = envelope.hold and any(reply.code < 500 for reply in refused.values())
        if held or len(refused) == len(envelope.recipients):
            await self._ask("RSET")
            return Outcome(refused, None)
        go_on = replies[-1] if at_once else await self._ask("DATA")
        self.step = SENDING
        if go_on.code != 354:
            raise SmtpError(go_on)
        reply = await self._send_content(envelope.wire)
        self.mails += 1
        return Outcome(refused, reply)

    async def _refused(
        self, envelope: Envelope, replies: list[Reply], *, at_once: bool
    ) -> dict[str, Reply]:
        """The recipients that were refused. Raises SmtpError where the sender was."""
        named = dict(zip(envelope.recipients, replies[1:], strict=False))
        refused = {one: reply for one, reply in named.items() if not reply.good}
        nobody = not replies[0].good or len(refused) == len(envelope.recipients)
        if at_once and nobody and replies[-1].code == 354:
            await self._ask(".", shown="(nothing)")  # it waits for a mail to nobody
        if not replies[0].good:
            raise SmtpError(replies[0])
        self.step = "naming the recipients"
        return refused

    async def _send_content(self, wire: bytes) -> Reply:
        # Line ends of any other kind could end the mail early for some servers (smuggling).
        lines = _LINE_END.sub(b"\r\n", wire)
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        end = b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n"
        self._note(f"> (a mail of {len(wire)} bytes)")
        self._writer.write(stuffed + end)
        await self._writer.drain()
        reply = await self._reply()
        if not reply.good:
            raise SmtpError(reply)
        return reply

    # ------------------------------------------------------------------------------- opening

    async def _open(self) -> None:
        account = self._account
        await self._connect(self._tls if account.security == "tls" else None)
        greeting = await self._reply()
        if greeting.code != 220:
            raise SmtpError(greeting)
        await self._introduce()
        if account.security == "starttls":
            self.step = "starting TLS"
            if "STARTTLS" not in self._offers:
                raise ProtocolError("the server offers no STARTTLS")
            self._expect(await self._ask("STARTTLS"), 220)
            await self._encrypt()
            await self._introduce()
        if account.username and account.password is not None:
            self.step = "logging in"
            await self._log_in(account.username, account.password.get_secret_value())

    async def _connect(self, tls: ssl.SSLContext | None) -> None:
        host, port = self._account.host, self._account.port
        # In a thread that nothing waits for: a name server may never answer.
        found = await in_thread(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        problem: OSError = OSError("has no address")
        for address in dict.fromkeys(str(one[4][0]) for one in found):
            try:
                self._reader, writer = await asyncio.open_connection(
                    address,
                    port,
                    ssl=tls,
                    server_hostname=host if tls else None,
                    limit=_LONGEST_LINE,
                )
            except OSError as error:
                problem = error
            else:
                self._writers.append(writer)
                return
        raise problem

    async def _encrypt(self) -> None:
        """Go on in TLS, with a new reader: what somebody slipped in before it is never read."""
        assert self._tls is not None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LONGEST_LINE, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = await loop.start_tls(
            self._writer.transport, protocol, self._tls, server_hostname=self._account.host
        )
        assert transport is not None
        protocol.connection_made(transport)
        self._reader = reader
        # The old writer is kept: it would close the connection when it is let go.
        self._writers.append(asyncio.StreamWriter(transport, protocol, reader, loop))

    async def _introduce(self) -> None:
        reply = await self._ask(f"EHLO {_own_name()}")
        if reply.code // 100 == 5 and self._account.security == "none":
            reply = await self._ask(f"HELO {_own_name()}")
        self._expect(reply, 250)
        self._offers = _offers(reply.lines[1:])

    async def _log_in(self, username: str, password: str) -> None:
        ways = self._offers.get("AUTH", "").split()
        if "PLAIN" in ways:
            secret = _encoded(f"\0{username}\0{password}")
            reply = await self._ask(f"AUTH PLAIN {secret}", shown="AUTH PLAIN ***")
        elif "LOGIN" in ways:
            self._expect(await self._ask("AUTH LOGIN"), 334)
            self._expect(await self._ask(_encoded(username), shown="***"), 334)
            reply = await self._ask(_encoded(password), shown="***")
        else:
            raise ProtocolError("the server offers no login by PLAIN or LOGIN")
        self._expect(reply, 235)

    # ------------------------------------------------------------------------------ speaking

    @property
    def _writer(self) -> asyncio.StreamWriter:
        return self._writers[-1]

    def _expect(self, reply: Reply, code: int) -> None:
        if reply.code != code:
            raise SmtpError(reply)

    async def _ask_all(self, commands: list[str]) -> list[Reply]:
        """The answers to commands, all sent at once where the server takes that.

        Elsewhere nothing is said after the first one was refused.
        """
        if "PIPELINING" in self._offers:
            for command in commands:
                self._write(command)
            return [await self._reply() for _ in commands]
        replies = [await self._ask(commands[0])]
        if replies[0].good:
            replies += [await self._ask(command) for command in commands[1:]]
        return replies

    async def _ask(self, command: str, *, shown: str = "") -> Reply:
        self._write(command, shown=shown)
        return await self._reply()

    def _write(self, command: str, *, shown: str = "") -> None:
        self._note(f"> {shown or command}")
        self._writer.write(command.encode("ascii") + b"\r\n")

    async def _reply(self) -> Reply:
        """The server's next answer. One that says it is going away is raised (421)."""
        assert self._reader is not None
        texts: list[str] = []
        for _ in range(_MOST_LINES):
            line = await self._line()
            found = _ANSWER.fullmatch(line)
            if found is None:
                raise ProtocolError(f"the server speaks no SMTP: {_readable(line)}")
            texts.append(_readable(found[3] or b""))
            if found[2] != b"-":
                break
        else:
            raise ProtocolError("the server does not end its answer")
        reply = Reply(int(found[1]), tuple(texts))
        if reply.code == 421:
            raise SmtpError(reply)
        return reply

    async def _line(self) -> bytes:
        assert self._reader is not None
        try:
            line = await self._reader.readline()
        except ValueError:
            raise ProtocolError("the server's line is too long") from None
        if not line.endswith(b"\n"):
            raise ConnectionResetError("the server hung up")
        line = line.rstrip(b"\r\n")
        self._note(f"< {_readable(line)}")
        return line

    def _note(self, line: str) -> None:
        if len(self.said) < _MOST_SAID:
            self.said.append(self._without_password(clean_line(line, WORDS_LIMIT)))

    def _without_password(self, line: str) -> str:
        password = self._account.password
        secret = password.get_secret_value() if password is not None else ""
        return line.replace(secret, "***").replace(_encoded(secret), "***") if secret else line

    # -------------------------------------------------------------------------------- ending

    def leave(self) -> None:
        """Say goodbye and close. The fate of every mail is known by now: no answer is waited for."""
        self._left = True
        if self.alive:
            with contextlib.suppress(OSError):
                self._write("QUIT")
        for writer in reversed(self._writers):
            writer.close()

    def cut(self) -> None:
        """Close at once, if it was not left in peace."""
        if self._left:
            return
        for writer in reversed(self._writers):
            writer.transport.abort()

    async def closed(self) -> None:
        """Wait a moment until it is closed, for the server's part too."""
        with contextlib.suppress(OSError):
            async with asyncio.timeout(1):
                for writer in reversed(self._writers):
                    await writer.wait_closed()
        self._left = False
        self.cut()


def _offers(lines: tuple[str, ...]) -> dict[str, str]:
    """What a server offers after EHLO: keywords with their parameters."""
    words = (line.replace("=", " ", 1).upper().partition(" ") for line in lines)
    return {keyword: rest for keyword, _, rest in words if keyword}


def _readable(line: bytes) -> str:
    return clean_line(line.decode("utf-8", "replace"), ANSWER_LIMIT)


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _own_name() -> str:
    """A name for EHLO that costs no look-up: the host's if it is a full one, else a literal."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"
