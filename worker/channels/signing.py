"""Signatures after Standard Webhooks 1.0.0."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from worker.model import Message

_MEND = 'make one with: echo "whsec_$(openssl rand -base64 32)"'


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


def _is_key(secret: SecretStr) -> SecretStr:
    key_of(secret)
    return secret


#: ``whsec_`` and a key in base64.
Secret = Annotated[SecretStr, AfterValidator(_is_key)]


def webhook_id(message: Message) -> str:
    """The same on every attempt, and another for every delivery of every Tocsin.

    It has no full stop, which separates the parts of what is signed.
    """
    digest = hashlib.sha256(message.message_id.strip("<>").encode("utf-8", "replace"))
    return f"msg_{message.delivery_id}_{digest.hexdigest()[:12]}"


def sign(keys: Iterable[bytes], identity: str, at: int, body: bytes) -> str:
    """The webhook-signature header: one ``v1`` signature (HMAC-SHA256, base64) for each key."""
    message = f"{identity}.{at}.".encode() + body
    digests = (hmac.digest(key, message, hashlib.sha256) for key in keys)
    return " ".join(f"v1,{base64.b64encode(digest).decode('ascii')}" for digest in digests)
