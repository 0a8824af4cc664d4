"""The webhook channel: signed JSON by POST, after Standard Webhooks 1.0.0."""

from collections.abc import Mapping
from typing import ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from worker.alerts.payload import cloud_event, encoded, thin
from worker.channels.answers import classify, heard, unanswered
from worker.channels.redaction import STRUCK, Redactor
from worker.channels.sender import ChannelConfig, OneOrMore, Surroundings
from worker.channels.signing import Secret, key_of, sign, webhook_id
from worker.model import Message, Receipt
from worker.net import Net, NetError, check_header

#: Headers that say what is sent, who sends it and that it is genuine.
_OURS = frozenset(
    {"accept", "content-encoding", "content-type", "date", "expect", "user-agent", "webhook-id",
     "webhook-signature", "webhook-timestamp"}
)  # fmt: skip
_HEADER_MEND = "give it another name, as X-Key; those of the request itself cannot be set"


class Webhook:
    """Posts alerts to one URL, signed with every secret it has."""

    kind: ClassVar[str] = "webhook"

    class Config(ChannelConfig):
        """Where to post, and what to sign with."""

        usual_concurrency: ClassVar[int] = 8
        sends_mail: ClassVar[bool] = False

        url: str = Field(repr=False, description="where to post, e.g. https://example.org/hooks/1")
        secret: OneOrMore[Secret] = Field(
            description="whsec_ and 24 to 64 bytes in base64; a list of two while one replaces "
            "the other",
        )
        headers: dict[str, SecretStr] = Field(
            {}, description="headers of your own, as {X-Key: ${NAME}}"
        )
        thin: bool = Field(
            False, description="true sends ids and a link alone, for receivers that fetch the rest"
        )
        format: Literal["plain", "cloudevents"] = Field(
            "plain", description="plain, or cloudevents for the envelope of CloudEvents 1.0"
        )
        timeout: float = Field(20.0, gt=0, le=30, description="seconds for one attempt in all")

        @field_validator("url")
        @classmethod
        def _http(cls, value: str) -> str:
            try:
                parts = urlsplit(value.strip())
                good = parts.scheme in {"http", "https"} and bool(parts.hostname)
            except ValueError:
                good = False
            if not good:
                raise ValueError("is not an http or https URL", "write it from https:// on")
            return value.strip()

        @field_validator("headers")
        @classmethod
        def _own(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
            checked: dict[str, SecretStr] = {}
            for name, secret in value.items():
                try:
                    lowered, text = check_header(name, secret.get_secret_value())
                except NetError as error:
                    raise ValueError(error.message, _HEADER_MEND) from None
                if lowered in _OURS or lowered in checked:
                    again = "is there twice" if lowered in checked else "is not one that can be set"
                    raise ValueError(f"{lowered!r} {again}", _HEADER_MEND)
                checked[lowered] = SecretStr(text)
            return checked

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._net: Net = surroundings.net
        self._now = surroundings.now
        self._url = config.url
        self._keys = tuple(key_of(secret) for secret in config.secret)
        self._headers = {name: each.get_secret_value() for name, each in config.headers.items()}
        self._seconds = config.timeout
        self._thin = config.thin
        self._enveloped = config.format == "cloudevents"
        parts = urlsplit(config.url)
        self._hidden = f"{parts.path}?{parts.query}" if parts.query else parts.path
        self._strike = Redactor(
            [
                *self._headers.values(),
                *(secret.get_secret_value() for secret in config.secret),
                self._hidden,
                parts.password or "",
            ]
        )

    def __repr__(self) -> str:
        return f"<Webhook {self._name!r} to {urlsplit(self._url).hostname}>"

    async def send(self, message: Message) -> Receipt:
        """Make one attempt. The time signed is that of this attempt, the id that of the delivery."""
        identity, at = webhook_id(message), int(self._now().timestamp())
        kind, body = self._form(message, identity)
        headers = {
            "content-type": kind,
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(self._keys, identity, at, body),
        }
        said = self._said(headers, body) if message.payload["type"] == "test.ping" else ()
        try:
            response = await self._net.post(
                self._url, body, self._headers | headers, seconds=self._seconds
            )
        except NetError as error:
            return unanswered(error, transcript=(*said, f"< {error}") if said else ())
        lines = heard(response) if said else ()
        return classify(
            response,
            now=self._now(),
            strike=self._strike,
            transcript=(*said, *map(self._strike, lines)),
        )

    def _form(self, message: Message, identity: str) -> tuple[str, bytes]:
        """The media type and the body, in the form that the receiver wants."""
        event = thin(message.payload) if self._thin else message.payload
        if not self._enveloped:
            return "application/json", encoded(event)
        wrapped = cloud_event(
            event, identity=identity, message_id=message.message_id, subject=message.list_name
        )
        return "application/cloudevents+json", encoded(wrapped)

    def _said(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """The request as it may be shown: neither the URL's path nor the values of own headers."""
        parts = urlsplit(self._url)
        host = parts.netloc.rpartition("@")[2]
        path = f"/{STRUCK}" if self._hidden.strip("/") else "/"
        lines = [f"POST {parts.scheme}://{host}{path}"]
        lines += [f"{name}: {STRUCK}" for name in self._headers]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return tuple(f"> {line}" for line in (*lines, "", body.decode()))
