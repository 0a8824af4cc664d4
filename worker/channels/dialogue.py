"""What is said on one connection to a mail server: lines out, answers in, and a record of both."""

import asyncio
import base64
import contextlib
import re
import socket
import ssl

from worker.alerts.wording import clean_line
from worker.channels.redaction import Redactor
from worker.channels.smtp import (
    ANSWER_LIMIT,
    WORDS_LIMIT,
    Account,
    ProtocolError,
    Reply,
    SmtpError,
)
from worker.net import in_thread

_LONGEST_LINE = 8_192  # bytes; RFC 5321 asks for 512
_MOST_LINES = 100  # of one answer
_MOST_SAID = 200
_LINE_END = re.compile(rb"\r\n|\r|\n")
_ANSWER = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


class Dialogue:
    """A connection, once ``connect`` has made one. ``said`` is what was said, without the password."""

    def __init__(self, account: Account, tls: ssl.SSLContext | None) -> None:
        self._host, self._port = account.host, account.port
        self._tls = tls
        self._reader: asyncio.StreamReader | None = None
        self._writers: list[asyncio.StreamWriter] = []  # the last one is spoken through
        self._struck = Redactor(_secrets(account))
        self._left = False
        self.said: list[str] = []

    @property
    def begun(self) -> bool:
        """Whether it was ever open."""
        return self._reader is not None

    @property
    def alive(self) -> bool:
        """Whether it is open and, as far as is known, the server has not hung up."""
        reader = self._reader
        return reader is not None and not reader.at_eof() and not self._writer.is_closing()

    @property
    def _writer(self) -> asyncio.StreamWriter:
        return self._writers[-1]

    async def connect(self, *, encrypted: bool) -> None:
        """Connect to the first of the server's addresses that answers, in TLS where asked for."""
        host, port = self._host, self._port
        tls = self._tls if encrypted else None
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

    async def encrypt(self) -> None:
        """Go on in TLS, with a new reader: what somebody slipped in before it is never read."""
        assert self._tls is not None
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_LONGEST_LINE, loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        transport = await loop.start_tls(
            self._writer.transport, protocol, self._tls, server_hostname=self._host
        )
        assert transport is not None
        protocol.connection_made(transport)
        self._reader = reader
        # The old writer is kept: it would close the connection when it is let go.
        self._writers.append(asyncio.StreamWriter(transport, protocol, reader, loop))

    async def ask_all(self, commands: list[str], *, at_once: bool) -> list[Reply]:
        """The answers to commands, all sent at once where the server takes that.

        Elsewhere nothing is said after the first one was refused.
        """
        if at_once:
            for command in commands:
                self._write(command)
            return [await self.reply() for _ in commands]
        replies = [await self.ask(commands[0])]
        if replies[0].good:
            replies += [await self.ask(command) for command in commands[1:]]
        return replies

    async def ask(self, command: str, *, shown: str = "") -> Reply:
        """The answer to a command; ``shown`` stands in the record for one that is secret."""
        self._write(command, shown=shown)
        return await self.reply()

    def _write(self, command: str, *, shown: str = "") -> None:
        self._note(f"> {shown or command}")
        self._writer.write(command.encode("ascii") + b"\r\n")

    async def reply(self) -> Reply:
        """The server's next answer. One that says it is going away is raised (421)."""
        assert self._reader is not None
        texts: list[str] = []
        for _ in range(_MOST_LINES):
            line = await self._line()
            found = _ANSWER.fullmatch(line)
            if found is None:
                said = self._struck(_readable(line))
                raise ProtocolError(f"the server speaks no SMTP: {said}")
            texts.append(self._struck(_readable(found[3] or b"")))
            if found[2] != b"-":
                break
        else:
            raise ProtocolError("the server does not end its answer")
        reply = Reply(int(found[1]), tuple(texts))
        if reply.code == 421:
            raise SmtpError(reply)
        return reply

    async def send_content(self, wire: bytes) -> Reply:
        """The answer to a mail, which ends with its last line and nowhere else."""
        # Line ends of any other kind could end the mail early for some servers (smuggling).
        lines = _LINE_END.sub(b"\r\n", wire)
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        end = b".\r\n" if lines.endswith(b"\r\n") else b"\r\n.\r\n"
        self._note(f"> (a mail of {len(wire)} bytes)")
        self._writer.write(stuffed + end)
        await self._writer.drain()
        return await self.reply()

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
            self.said.append(self._struck(clean_line(line, WORDS_LIMIT)))

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


def in_base64(text: str) -> str:
    """A text as logins carry it."""
    return base64.b64encode(text.encode()).decode()


def _secrets(account: Account) -> list[str]:
    """What must not be shown: the password, as it is and as logins carry it."""
    secret = account.password.get_secret_value() if account.password is not None else ""
    if not secret:
        return []
    return [secret, in_base64(secret), in_base64(f"\0{account.username}\0{secret}")]


def _readable(line: bytes) -> str:
    return clean_line(line.decode("utf-8", "replace"), ANSWER_LIMIT)
