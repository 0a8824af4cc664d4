"""The webhook channel: signed JSON by POST, after Standard Webhooks 1.0.0."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, field_validator

from worker.alerts.wording import clean_line
from worker.channels.sender import ChannelConfig, OneOrMore, Surroundings
from worker.feeds.hints import retry_after
from worker.model import Message, Receipt, Response
from worker.net import Net, NetError, Reason

#: Code points of the receiver's answer that are kept.
ANSWER_LIMIT = 300
#: Mistakes in the URL: no later attempt can end otherwise.
_FINAL = {Reason.BAD_URL, Reason.NOT_HTTP}
_MEND = 'make one with: echo "whsec_$(openssl rand -base64 32)"'


def _is_key(secret: SecretStr) -> SecretStr:
    key_of(secret)
    return secret


Secret = Annotated[SecretStr, AfterValidator(_is_key)]


class Webhook:
    """Posts alerts to one URL, signed with every secret it has."""

    kind: ClassVar[str] = "webhook"

    class Config(ChannelConfig):
        """Where to post, and what to sign with."""

        usual_concurrency: ClassVar[int] = 8

        url: str = Field(repr=False, description="where to post, e.g. https://example.org/hooks/1")
        secret: OneOrMore[Secret] = Field(
            description="whsec_ and 24 to 64 bytes in base64; a list of two while one replaces "
            "the other",
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

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._net: Net = surroundings.net
        self._url = config.url
        self._keys = tuple(key_of(secret) for secret in config.secret)
        self._seconds = config.timeout

    def __repr__(self) -> str:
        return f"<Webhook {self._name!r} to {urlsplit(self._url).hostname}>"

    async def send(self, message: Message) -> Receipt:
        """Make one attempt. The time signed is that of this attempt, the id that of the delivery."""
        body = json.dumps(message.payload, ensure_ascii=False, separators=(",", ":"))
        sent = body.encode("utf-8", "replace")  # a lone surrogate of a broken title becomes "?"
        identity, at = webhook_id(message), int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": identity,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(self._keys, identity, at, sent),
        }
        try:
            response = await self._net.post(self._url, sent, headers, seconds=self._seconds)
        except NetError as error:
            final = error.reason in _FINAL
            return Receipt(delivered=False, detail=str(error), recoverable=not final)
        return classify(response, now=datetime.now(UTC))


def key_of(secret: SecretStr) -> bytes:
    """The signing key behind ``whsec_``. Raises ValueError (problem, mend), never with the key."""
    text = secret.get_secret_value().strip()
    if not text.startswith("whsec_"):
        raise ValueError("does not begin with whsec_", _MEND)
    encoded = text.removeprefix("whsec_").rstrip("=")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64 after whsec_", _MEND) from None
    if not 24 <= len(key) <= 64:
        raise ValueError(f"has {len(key)} bytes, not 24 to 64", _MEND)
    return key


def webhook_id(message: Message) -> str:
    """The same on every attempt, and another for every delivery of every Tocsin.

    It has no full stop, which separates the parts of what is signed.
    """
    digest = hashlib.sha256(message.message_id.strip("<>").encode("utf-8", "replace"))
    return f"msg_{message.delivery_id}_{digest.hexdigest()[:12]}"


def sign(keys: Iterable[bytes], identity: str, at: int, body: bytes) -> str:
    """The webhook-signature header: one ``v1`` signature (HMAC-SHA256, base64) for each key."""
    message = f"{identity}.{at}.".encode() + body
    digests = (hmac.new(key, message, hashlib.sha256).digest() for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode('ascii')}" for digest in digests)


def classify(response: Response, *, now: datetime) -> Receipt:
    """Read the receiver's answer: 2xx is delivered, 410 is final, all else is tried again.

    Other 4xx are tried again too: a receiver being deployed, or behind a login page for an hour,
    answers 404 or 403, and only 410 (Gone) says that it will never want this.
    """
    words = clean_line(response.body.decode("utf-8", "replace"), ANSWER_LIMIT)
    detail = f"{response.status} in {response.elapsed:.2f} s" + (f": {words}" if words else "")
    if 200 <= response.status < 300:
        return Receipt(delivered=True, detail=detail)
    if 300 <= response.status < 400:
        detail = f"redirects are not followed, give the final URL: {detail}"
    return Receipt(
        delivered=False,
        detail=detail,
        recoverable=response.status != 410,
        retry_after=retry_after(response, now),
    )
