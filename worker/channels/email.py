"""The email channel: text and HTML by SMTP, with a Message-ID that stays the same on a retry."""

import asyncio
from datetime import timedelta
from email.headerregistry import Address
from email.policy import default as mail_policy
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from worker.channels.dkim import Dkim, Signer
from worker.channels.mail import compose
from worker.channels.mailserver import MailServer
from worker.channels.pace import Pace, Rates
from worker.channels.sender import ChannelConfig, OneOrMore, Surroundings
from worker.channels.smtp import Account, Envelope
from worker.channels.unsubscribe import Subscription
from worker.model import Message, Receipt

_PORTS = {"starttls": 587, "tls": 465, "none": 25}
#: Up to this attempt a mail waits for recipients that are refused only for now; after it, it
#: goes to those who can be reached, so that one full mailbox does not silence the others.
HOLD_ATTEMPTS = 3
#: Seconds that a mail waits for its turn at a domain; one that would wait longer is put off.
LONGEST_WAIT = 60.0


def parsed_address(text: str) -> Address:
    """A mail address with or without a display name. Raises ValueError (problem, mend)."""
    mend = 'write it as name@example.org or "Name <name@example.org>"'
    if any(char in text for char in "\r\n"):
        raise ValueError("is not one mail address", mend)
    header = mail_policy.header_factory("to", text)
    found = header.addresses
    if len(found) != 1 or header.defects or not found[0].username or not found[0].domain:
        raise ValueError("is not one mail address", mend)
    if not found[0].addr_spec.isascii():
        raise ValueError("has an address beyond ASCII", "write the domain in its xn-- form")
    address: Address = found[0]
    return address


def _is_address(text: str) -> str:
    parsed_address(text)
    return text


MailAddress = Annotated[str, AfterValidator(_is_address)]


class Email:
    """Sends alerts as mail through one SMTP server."""

    kind: ClassVar[str] = "email"

    class Config(ChannelConfig):
        """The mail server, the login, and who writes to whom."""

        usual_concurrency: ClassVar[int] = 2

        host: str = Field(min_length=1, description="the mail server's name, e.g. smtp.example.org")
        port: int | None = Field(
            None, ge=1, le=65535, description="its port; 587, 465 or 25 by security"
        )
        security: Literal["starttls", "tls", "none"] = Field(
            "starttls", description="starttls, tls (from the first byte) or none"
        )
        username: str = Field("", description="login name, where the server wants one")
        password: SecretStr = Field(
            SecretStr(""), description="its password, e.g. ${SMTP_PASSWORD}"
        )
        sender: MailAddress = Field(alias="from", description='e.g. "Tocsin <tocsin@example.org>"')
        to: OneOrMore[MailAddress] = Field(description="one address or a list of them")
        timeout: float = Field(45.0, gt=0, le=120, description="seconds for one mail in all")
        ca_file: str = Field("", description="certificate authorities (PEM) trusted besides")
        dkim: Dkim | None = Field(
            None, description="a signature: selector, domain and key_file (RSA, PEM)"
        )
        pace: Rates = Field(
            {}, description="the most mails in a time to a domain, e.g. gmail.com: 20/min"
        )

        @field_validator("username", "password")
        @classmethod
        def _ascii(cls, value: str | SecretStr) -> str | SecretStr:
            text = value if isinstance(value, str) else value.get_secret_value()
            if not text.isascii():
                raise ValueError("has characters beyond ASCII", "use ASCII characters only")
            return value

        @field_validator("ca_file")
        @classmethod
        def _readable(cls, value: str) -> str:
            if value and not Path(value).is_file():
                raise ValueError("is not a file", "give the path of a PEM file")
            return value

        @model_validator(mode="after")
        def _login(self) -> Self:
            if bool(self.username) != bool(self.password.get_secret_value()):
                raise ValueError("one of username and password is missing", "set both or neither")
            if self.username and self.security == "none":
                raise ValueError(
                    "the password would travel unencrypted", "set security to starttls or tls"
                )
            return self

        def account(self) -> Account:
            """The server and the login."""
            return Account(
                host=self.host,
                port=self.port or _PORTS[self.security],
                security=self.security,
                seconds=self.timeout,
                username=self.username,
                password=self.password,
                ca_file=self.ca_file,
            )

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._account = config.account()
        self._server = MailServer(self._account)
        self._pace = Pace(config.pace)
        self._signer = Signer(config.dkim) if config.dkim is not None else None
        self._unsubscribing = surroundings.unsubscribing
        self._sender = parsed_address(config.sender)
        self._to = tuple(parsed_address(each) for each in config.to)

    def __repr__(self) -> str:
        return f"<Email {self._name!r} by {self._account.place}>"

    async def send(self, message: Message) -> Receipt:
        """Make one attempt to hand the mail to the server."""
        recipients = tuple(each.addr_spec for each in self._to)
        wait = self._pace.wait(recipients, asyncio.get_running_loop().time(), longest=LONGEST_WAIT)
        if wait > LONGEST_WAIT:
            return Receipt(
                delivered=False,
                detail="not sent: its turn by pace is too far off",
                recoverable=True,
                retry_after=timedelta(seconds=wait),
                put_off=True,
            )
        await asyncio.sleep(wait)
        envelope = Envelope(
            sender=self._sender.addr_spec,
            recipients=recipients,
            wire=self._wire(message),
            hold=message.attempt <= HOLD_ATTEMPTS,
        )
        return await self._server.send(envelope)

    def _wire(self, message: Message) -> bytes:
        url = ""
        if self._unsubscribing is not None:
            only = self._to[0].addr_spec if len(self._to) == 1 else ""
            url = self._unsubscribing.url(Subscription(self._name, message.list_name, only))
        wire = compose(message, sender=self._sender, to=self._to, unsubscribe=url)
        return self._signer.sign(wire) if self._signer is not None else wire

    async def close(self) -> None:
        """Let the connections to the server go."""
        await self._server.close()
