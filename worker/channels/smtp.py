"""One SMTP conversation (RFC 5321) and what its end means for a delivery."""

import contextlib
import smtplib
import socket
import ssl
from dataclasses import dataclass

from pydantic import SecretStr

from worker.alerts.wording import clean_line
from worker.model import Receipt
from worker.net import tls_context

#: Code points of a server's words that are kept.
WORDS_LIMIT = 300


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


class Conversation:
    """One blocking SMTP conversation, run in a thread, which another thread can cut off."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._smtp: smtplib.SMTP | None = None
        self._step = "connecting"
        self._cut = False

    def run(self, envelope: Envelope) -> Receipt:
        """Hand the mail over, and classify however that ends; never raises for the server."""
        try:
            smtp = self._smtp = self._client()
            self._open(smtp)
            return self._hand_over(smtp, envelope)
        except (smtplib.SMTPException, OSError) as error:
            return _failure(error, self._step, self._account, cut=self._cut)
        finally:
            self._leave()

    def cut(self) -> None:
        """End the conversation from another thread: what it waits for fails at once."""
        self._cut = True
        sock = self._smtp.sock if self._smtp is not None else None
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def _client(self) -> smtplib.SMTP:
        # Given no name, smtplib asks the DNS for this machine's own, which can take long.
        name, seconds = _own_name(), self._account.seconds
        if self._account.security == "tls":
            return smtplib.SMTP_SSL(
                local_hostname=name, timeout=seconds, context=self._account.tls()
            )
        return smtplib.SMTP(local_hostname=name, timeout=seconds)

    def _open(self, smtp: smtplib.SMTP) -> None:
        account = self._account
        # Connecting apart from constructing lets cut() reach the socket from the first byte on;
        # the name, which TLS checks the certificate against, is then ours to set.
        smtp._host = account.host  # type: ignore[attr-defined]  # noqa: SLF001
        code, words = smtp.connect(account.host, account.port)
        if code != 220:
            raise smtplib.SMTPConnectError(code, words)
        if self._cut:
            raise TimeoutError
        if account.security == "starttls":
            self._step = "starting TLS"
            smtp.starttls(context=account.tls())
        if account.username and account.password is not None:
            self._step = "logging in"
            smtp.login(account.username, account.password.get_secret_value())
        smtp.ehlo_or_helo_if_needed()

    def _hand_over(self, smtp: smtplib.SMTP, envelope: Envelope) -> Receipt:
        self._step = "naming the sender"
        size = (f"size={len(envelope.wire)}",) if smtp.has_extn("size") else ()
        code, words = smtp.mail(envelope.sender, size)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, words, envelope.sender)
        self._step = "naming the recipients"
        refused = self._name_recipients(smtp, envelope.recipients)
        held = envelope.hold and any(code < 500 for code, _ in refused.values())
        if len(refused) == len(envelope.recipients) or held:
            return _refusal(refused)
        self._step = "sending the message"
        code, words = smtp.data(envelope.wire)
        if code != 250:
            raise smtplib.SMTPDataError(code, words)
        count = len(envelope.recipients) - len(refused)
        detail = f"{self._account.place} accepted it for {count}: {_words(code, words)}"
        return Receipt(delivered=True, detail="; ".join([detail, *_listed(refused)]))

    def _name_recipients(
        self, smtp: smtplib.SMTP, recipients: tuple[str, ...]
    ) -> dict[str, tuple[int, bytes]]:
        refused = {}
        for recipient in recipients:
            code, words = smtp.rcpt(recipient)
            if code == 421:  # the server is going away
                raise smtplib.SMTPResponseException(code, words)
            if code not in {250, 251}:
                refused[recipient] = (code, words)
        return refused

    def _leave(self) -> None:
        """Say goodbye; the mail's fate is known by now, so nothing said here matters."""
        if self._smtp is None:
            return
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if self._smtp.sock is not None:
                self._smtp.sock.settimeout(2)
            self._smtp.quit()
        self._smtp.close()


def _own_name() -> str:
    """A name for EHLO that costs no look-up: the host's if it is a full one, else a literal."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else "[127.0.0.1]"


def _refusal(refused: dict[str, tuple[int, bytes]]) -> Receipt:
    temporary = any(code < 500 for code, _ in refused.values())
    detail = "sent to nobody; " + "; ".join(_listed(refused))
    return Receipt(delivered=False, detail=detail, recoverable=temporary)


def _listed(refused: dict[str, tuple[int, bytes]]) -> list[str]:
    return [
        f"refused {address}: {_words(code, words)}" for address, (code, words) in refused.items()
    ]


def _failure(error: Exception, step: str, account: Account, *, cut: bool) -> Receipt:
    """Classify an error: 5xx answers, a refused login among them, are final, all else is not."""
    where = f"{account.place}, {step}"
    if cut or isinstance(error, TimeoutError):
        said, recoverable = f"no answer in {account.seconds:g} s", True
    elif isinstance(error, smtplib.SMTPResponseException):
        said = _words(error.smtp_code, error.smtp_error)
        recoverable = not 500 <= error.smtp_code < 600
    elif isinstance(error, ssl.SSLCertVerificationError):
        said, recoverable = f"certificate not accepted: {error.verify_message}", True
    else:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        said, recoverable = clean_line(text, WORDS_LIMIT), True
    if step == "sending the message" and not isinstance(error, smtplib.SMTPResponseException):
        said += "; it may have been accepted, and is sent again with the same Message-ID"
    return Receipt(delivered=False, detail=f"{where}: {said}", recoverable=recoverable)


def _words(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return clean_line(f"{code} {text}", WORDS_LIMIT)
