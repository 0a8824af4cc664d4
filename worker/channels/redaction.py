"""Secrets struck out of what is shown: a receiver may say back what it was sent."""

import re
from collections.abc import Iterable

STRUCK = "***"
#: Fewer characters are found by chance in words that are no secret.
_SHORTEST = 6
#: What a receiver hands out: fields of JSON named after secrets.
_HANDED_OUT = re.compile(
    r'("[^"]*(?:token|secret|password|auth|key)[^"]*"\s*:\s*)"[^"]*"?', re.IGNORECASE
)


class Redactor:
    """Strikes given secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        found = {part for secret in secrets for part in (secret, *secret.split())}
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
        return _HANDED_OUT.sub(rf'\1"{STRUCK}"', text)
