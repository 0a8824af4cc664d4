"""Addresses of what Tocsin serves, which nobody can guess: they end in a code made with a secret key."""

import base64
import hashlib
import hmac
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where feeds and alerts are read; ``base`` is how this Tocsin is reached, ``""``: nowhere."""

    base: str
    key: bytes

    def feed(self, watch_id: int, form: str) -> str:
        """A watch's feed; ``form`` is atom or json."""
        return f"{self.base.rstrip('/')}/watches/{guarded(self.key, 'feed', watch_id)}.{form}"

    def alert(self, alert_id: int) -> str:
        """An alert's own page, ``""`` where nothing is served."""
        if not self.base:
            return ""
        return f"{self.base.rstrip('/')}/alerts/{guarded(self.key, 'alert', alert_id)}"


def guarded(key: bytes, noun: str, number: int) -> str:
    """A number with a code that cannot be made up without the key."""
    digest = hmac.new(key, f"{noun}/{number}".encode(), hashlib.sha256).digest()[:18]
    return f"{number}-{base64.urlsafe_b64encode(digest).decode()}"


def number_of(key: bytes, noun: str, name: str) -> int | None:
    """The number that a name of that kind guards; ``None`` where its code is wrong."""
    number = int(name.partition("-")[0])
    right = guarded(key, noun, number)
    return number if hmac.compare_digest(name.encode(), right.encode()) else None
