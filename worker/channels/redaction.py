"""Secrets struck out of what is shown: a receiver may say back what it was sent."""

import base64
import re
from collections.abc import Iterable, Iterator

STRUCK = "***"
#: Fewer characters are found by chance in words that are no secret.
_SHORTEST = 6
#: What a receiver hands out: fields of JSON named after secrets.
_HANDED_OUT = re.compile(
    r'("[^"]*(?:token|secret|password|auth|key)[^"]*"\s*:\s*)"[^"]*"?', re.IGNORECASE
)


#: Credentials in a header that is said back, in whatever form.
_AUTHORIZED = re.compile(
    r"(authorization\W{1,5}(?:basic|bearer|digest|token)\s+)[\w+/=.~-]+", re.IGNORECASE
)


def _coded(secret: str) -> Iterator[str]:
    """What base64 makes of a secret, wherever it begins in what is coded: the part that is its alone."""
    raw = secret.encode()
    for before in range(3):
        coded = base64.b64encode(b"." * before + raw).decode()
        yield coded[4 * -(-before // 3) : 4 * ((before + len(raw)) // 3)]


class Redactor:
    """Strikes given secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        plain = {part for secret in secrets for part in (secret, *secret.split())}
        plain = {part for part in plain if len(part) >= _SHORTEST}
        found = plain | {form for part in plain for form in _coded(part)}
        # The longest first: one may be a part of another.
        self._secrets = sorted(
            (part for part in found if len(part) >= _SHORTEST), key=len, reverse=True
        )

    def __repr__(self) -> str:
        return f"<Redactor of {len(self._secrets)}>"

    def __call__(self, text: str) -> str:
        """The text without the secrets, and without those that it hands out."""
        for secret in self._secrets:
            text = text.replace(secret, STRUCK)
        text = _AUTHORIZED.sub(rf"\1{STRUCK}", text)
        return _HANDED_OUT.sub(rf'\1"{STRUCK}"', text)
