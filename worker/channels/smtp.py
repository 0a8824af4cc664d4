"""What is said to and by mail servers (RFC 5321), as values."""

import ssl
from dataclasses import dataclass

from pydantic import SecretStr

from worker.alerts.wording import clean_line
from worker.net import tls_context

#: Code points of a server's words that are shown in one line, and that are kept.
WORDS_LIMIT = 300
ANSWER_LIMIT = 4_000
#: The step after which the server may have taken the mail, whatever it says or does not say.
SENDING = "sending the message"


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
