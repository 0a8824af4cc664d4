"""DKIM signatures of mails (RFC 6376)."""

import logging
from pathlib import Path
from typing import Annotated

import dkim
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

#: What is signed where it is there. Twice: nobody can add another one (RFC 6376, 8.15).
_ONCE = ("to", "cc", "date", "message-id", "in-reply-to", "references", "reply-to")
_LISTED = ("list-id", "list-unsubscribe", "list-unsubscribe-post", "auto-submitted")
_FORM = ("mime-version", "content-type", "content-transfer-encoding")
SIGNED = tuple(
    name.encode() for name in ("from", "from", "subject", "subject", *_ONCE, *_LISTED, *_FORM)
)
# dkimpy tells of each signature made; what fails is raised.
_QUIET = logging.getLogger("dkim")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


class Signing(BaseModel):
    """With which key mails are signed, and where receivers find its other half."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    selector: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")
    domain: str = Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")
    key_file: str


def _has_key(signing: Signing) -> Signing:
    try:
        Signer(signing)
    except OSError as error:
        mend = "give the path of a PEM file that Tocsin may read"
        raise ValueError(f"has a key_file that cannot be read: {error.strerror}", mend) from None
    except ValueError:
        mend = "make one with openssl genrsa -out dkim.pem 2048"
        raise ValueError("has a key_file that holds no RSA private key", mend) from None
    return signing


#: The configuration's part, with a key that can be used.
Dkim = Annotated[Signing, AfterValidator(_has_key)]


class Signer:
    """Signs mails with an RSA key. Raises OSError or ValueError where there is none."""

    def __init__(self, signing: Signing) -> None:
        self._selector = signing.selector.encode()
        self._domain = signing.domain.encode()
        self._key = Path(signing.key_file).read_bytes()
        self.sign(b"From: a@example.org\r\n\r\n\r\n")

    def __repr__(self) -> str:
        return f"<Signer {self._selector.decode()}._domainkey.{self._domain.decode()}>"

    def sign(self, wire: bytes) -> bytes:
        """The mail with a signature before everything else."""
        try:
            header: bytes = dkim.sign(
                wire,
                self._selector,
                self._domain,
                self._key,
                canonicalize=(b"relaxed", b"relaxed"),
                include_headers=list(SIGNED),
                linesep=b"\r\n",
            )
        except dkim.DKIMException as error:
            raise ValueError(str(error)) from None
        return header + wire
