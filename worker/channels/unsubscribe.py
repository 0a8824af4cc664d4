"""One-click unsubscribing (RFC 8058): URLs that say what is to stop, signed so that nobody can make one up."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass
from urllib.parse import urlsplit

#: Longer tokens are nobody's of ours, and not looked at.
_LONGEST = 2_000
_DIGEST = 32


@dataclass(frozen=True, slots=True)
class Subscription:
    """What somebody gets: over which channel, of which list ("watch-4", "digest"), at which address.

    ``recipient`` is ``""`` where several share one mail: then it is all of them.
    """

    channel: str
    list_name: str
    recipient: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Unsubscribing:
    """Where this Tocsin takes unsubscriptions: its public URL and the key of its tokens."""

    public_url: str
    key: bytes

    def url(self, subscription: Subscription) -> str:
        """The URL for a mail's header; ``""`` where the public URL is not https, as RFC 8058 wants."""
        base = self.public_url.rstrip("/")
        if urlsplit(base).scheme != "https" or not base.isascii():
            return ""
        return f"{base}/unsubscribe/{make_token(self.key, subscription)}"


def make_token(key: bytes, subscription: Subscription) -> str:
    """A token for a subscription, in letters that any URL may hold."""
    said = [subscription.channel, subscription.list_name, subscription.recipient]
    content = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_signature(key, content) + content).rstrip(b"=").decode()


def read_token(key: bytes, token: str) -> Subscription | None:
    """The subscription that a token of this key names, none for any other text."""
    if len(token) > _LONGEST or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None
    signature, content = raw[:_DIGEST], raw[_DIGEST:]
    if not hmac.compare_digest(signature, _signature(key, content)):
        return None
    channel, list_name, recipient = json.loads(content)
    return Subscription(channel, list_name, recipient)


def _signature(key: bytes, content: bytes) -> bytes:
    return hmac.new(key, b"unsubscribe\0" + content, hashlib.sha256).digest()
