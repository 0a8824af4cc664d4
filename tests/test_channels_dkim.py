"""DKIM signatures, judged by dkimpy's verifier with a key that only this test knows."""

import base64
import subprocess
from collections.abc import Callable
from email.headerregistry import Address
from pathlib import Path
from typing import Any

import dkim
import pytest

from bench.mails import samples
from worker.channels import build
from worker.channels.dkim import Signer, Signing
from worker.channels.mail import compose
from worker.channels.sender import BadConfigError
from worker.model import Channel
from worker.net import Net

MAILS = samples()
SENDER = Address("Tocsin", "tocsin", "example.org")
URL = "https://tocsin.example/unsubscribe/abc"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A private key as openssl makes one."""
    path = tmp_path_factory.mktemp("dkim") / "dkim.pem"
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    return path


@pytest.fixture
def names(key: Path) -> Callable[..., bytes]:
    """A name server that knows the public half alone."""
    der = subprocess.run(
        ["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)

    def ask(name: bytes, timeout: int = 5) -> bytes:
        return record if name == b"tocsin._domainkey.example.org." else b""

    return ask


def signer(key: Path) -> Signer:
    """What signs with the key."""
    return Signer(Signing(selector="tocsin", domain="example.org", key_file=str(key)))


def wire(name: str) -> bytes:
    """A mail as composed."""
    return compose(MAILS[name], sender=SENDER, to=(SENDER,), unsubscribe=URL)


@pytest.mark.parametrize("name", MAILS)
def test_every_mail_verifies(name: str, key: Path, names: Callable[..., bytes]) -> None:
    """Whatever is in it."""
    assert dkim.verify(signer(key).sign(wire(name)), dnsfunc=names)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Subject: ", b"Subject: [spam] "),
        (b"List-Unsubscribe: <https://tocsin", b"List-Unsubscribe: <https://evil"),
        (b"From: ", b"From: Mallory <m@evil.example>\r\nFrom: "),
        (b"Subject: ", b"Subject: Another\r\nSubject: "),
        (b"To: ", b"To: Mallory <m@evil.example>\r\nX-To: "),
        (b"--\r\n", b"--\r\nP.S.\r\n"),
    ],
)
def test_changes_on_the_way_are_found(
    old: bytes, new: bytes, key: Path, names: Callable[..., bytes]
) -> None:
    """In the body, in what can be seen of the head, and in what is added to it."""
    signed = signer(key).sign(wire("alert"))
    assert old in signed
    head, _, rest = signed.partition(b"Date: ")
    assert not dkim.verify(head + b"Date: " + rest.replace(old, new, 1), dnsfunc=names)


def test_the_headers_of_one_click_are_signed(key: Path) -> None:
    """Else mailbox providers do not offer it (RFC 8058, 4)."""
    header = signer(key).sign(wire("alert")).partition(b"\r\nDate: ")[0]
    signed = [
        name.strip().lower()
        for name in header.replace(b"\r\n", b"").partition(b"h=")[2].partition(b";")[0].split(b":")
    ]
    assert {b"list-unsubscribe", b"list-unsubscribe-post", b"message-id", b"date"} <= set(signed)
    assert signed.count(b"from") == 2
    assert max(map(len, header.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "cannot be read"),
        ("-----BEGIN nothing-----", "holds no RSA private key"),
        ("", "holds no RSA"),
    ],
)
def test_a_key_that_is_none_is_said_at_once(
    content: str | None, problem: str, tmp_path: Path
) -> None:
    """When the configuration is read, with the mend."""
    path = tmp_path / "dkim.pem"
    if content is not None:
        path.write_text(content)
    config: dict[str, Any] = {
        "host": "mail.example.org",
        "from": "t@example.org",
        "to": "a@example.org",
        "dkim": {"selector": "tocsin", "domain": "example.org", "key_file": str(path)},
    }
    with pytest.raises(BadConfigError, match=problem):
        build(Channel(id=1, name="desk", kind="email", config=config), {}, Net())
