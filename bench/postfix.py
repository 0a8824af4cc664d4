"""The email channel against a Postfix of its own on loopback: what arrives, what is refused, how fast.

Needs root and Debian's postfix (apt install postfix); its own configuration, queue and mailboxes are
in a folder that goes away. Nothing leaves the machine: mail for other domains is refused.
"""

import argparse
import asyncio
import base64
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import dkim

from bench.mails import samples
from worker.channels import Sender, build, close
from worker.channels.unsubscribe import Unsubscribing
from worker.model import Channel, Message, Receipt
from worker.net import Net

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.test
mydestination =
relay_domains =
smtpd_relay_restrictions = reject_unauth_destination
default_transport = error:nothing leaves
virtual_mailbox_domains = mail.test
virtual_mailbox_base = {folder}/boxes
virtual_mailbox_maps = inline:{{ {{ ann@mail.test = ann/ }} {{ bob@mail.test = bob/ }} {{ full@mail.test = full/ }} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ full@mail.test = 452 4.2.2 mailbox full }} }}
smtpd_reject_unlisted_recipient = yes
smtpd_sender_restrictions = check_sender_access inline:{{ {{ nobody@mail.test = 550 5.7.1 not you }} }}
smtpd_tls_security_level = may
smtpd_tls_chain_files = {folder}/key.pem, {folder}/cert.pem
smtpd_timeout = {idle}s
smtpd_peername_lookup = no
message_size_limit = 60000
anvil_status_update_time = 3600s
smtpd_client_connection_count_limit = 20
"""
_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running server: its port, and where its mailboxes and its certificate are."""

    port: int
    folder: Path

    def mails(self, box: str = "ann") -> list[bytes]:
        """What has arrived in a mailbox."""
        return [
            path.read_bytes() for path in sorted((self.folder / "boxes" / box / "new").glob("*"))
        ]

    def empty(self) -> None:
        """Forget what has arrived."""
        for path in (self.folder / "boxes").glob("*/new/*"):
            path.unlink()

    async def arrived(self, count: int, box: str = "ann") -> list[bytes]:
        """The mails in a box once there are so many, or after twenty seconds."""
        for _ in range(400):
            if len(found := self.mails(box)) >= count:
                return found
            await asyncio.sleep(0.05)
        return self.mails(box)


@contextmanager
def postfix(folder: Path, *, idle: int) -> Iterator[Postfix]:
    """A Postfix of its own in a folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    user = subprocess.run(["id", "-u", "postfix"], check=True, capture_output=True, text=True)
    group = subprocess.run(["id", "-g", "postfix"], check=True, capture_output=True, text=True)
    uid, gid = int(user.stdout), int(group.stdout)
    config = folder / "config"
    for name in ("config", "queue", "data", "boxes"):
        (folder / name).mkdir()
    for name in ("data", "boxes"):
        os.chown(folder / name, uid, gid)
    folder.chmod(0o755)
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "1", "-subj", "/CN=mail.test", "-addext", "subjectAltName=IP:127.0.0.1",
         "-out", folder / "cert.pem", "-keyout", folder / "key.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    (config / "main.cf").write_text(_MAIN.format(folder=folder, uid=uid, gid=gid, idle=idle))
    (config / "master.cf").write_text(_MASTER.format(port=port))
    done = subprocess.run(
        ["postfix", "-c", config, "start"], check=False, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"check-mail: postfix does not start: {done.stderr.strip()}")
    try:
        yield Postfix(port, folder)
    finally:
        subprocess.run(["postfix", "-c", config, "stop"], check=False, capture_output=True)


def channel(server: Postfix, unsubscribing: Unsubscribing | None = None, **keys: Any) -> Sender:
    """An email channel for it, in TLS."""
    config = {
        "host": "127.0.0.1", "port": server.port, "ca_file": str(server.folder / "cert.pem"),
        "from": "Tocsin <tocsin@mail.test>", "to": ["ann@mail.test"], "timeout": 20,
    }  # fmt: skip
    made = Channel(id=1, name="desk", kind="email", config=config | keys)
    return build(made, {}, Net(), unsubscribing)


async def once(server: Postfix, mail: Message, **keys: Any) -> Receipt:
    """One mail over a channel of its own."""
    sender = channel(server, **keys)
    try:
        return await sender.send(mail)
    finally:
        await close(sender)


# ---------------------------------------------------------------------------------- the checks


def _new_key(path: Path) -> bytes:
    """A new key, and the record of its public half."""
    subprocess.run(["openssl", "genrsa", "-out", path, "2048"], check=True, capture_output=True)
    der = subprocess.run(
        ["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"],
        check=True,
        capture_output=True,
    ).stdout
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(der)


async def every_kind(server: Postfix) -> str:
    """Every kind of mail arrives letter for letter, signed, with its headers whole."""
    record = await asyncio.to_thread(_new_key, server.folder / "dkim.pem")
    signing = {
        "selector": "tocsin",
        "domain": "mail.test",
        "key_file": str(server.folder / "dkim.pem"),
    }
    sender = channel(server, Unsubscribing("https://tocsin.example", b"k" * 32), dkim=signing)
    told = samples()
    for name, mail in told.items():
        receipt = await sender.send(replace(mail, message_id=f"<{name}@mail.test>"))
        assert receipt.delivered, receipt.detail
    await close(sender)
    found = await server.arrived(len(told))
    assert len(found) == len(told), f"{len(found)} of {len(told)} arrived"
    for wire in found:
        read = message_from_bytes(wire, policy=default)
        name = str(read["Message-ID"]).strip("<>").removesuffix("@mail.test")
        part = read.get_body(("plain",))
        assert part is not None
        assert part.get_content().replace("\r\n", "\n") == told[name].text, name
        assert read["Subject"] == told[name].subject, name
        assert str(read["List-Unsubscribe"]).startswith("<https://tocsin.example/unsubscribe/")
        ours = b"DKIM-Signature:" + wire.partition(b"DKIM-Signature:")[2]
        crlf = ours.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        assert dkim.verify(crlf, dnsfunc=lambda _name, **_more: record), name
    return f"{len(found)} mails, each verified by DKIM"


async def refusals(server: Postfix) -> str:
    """Each refusal is classified by its code, with the server's words."""
    mail = samples()["alert"]
    cases: dict[str, tuple[dict[str, Any], Message, int, bool]] = {
        "unknown recipient": ({"to": ["nobody@mail.test"]}, mail, 550, False),
        "other domain": ({"to": ["ann@other.test"]}, mail, 554, False),
        "mailbox full": ({"to": ["full@mail.test"]}, mail, 452, True),
        "sender refused": ({"from": "nobody@mail.test"}, mail, 550, False),
        "mail too large": ({}, replace(mail, text=mail.text + "x" * 70_000), 552, False),
    }
    for name, (keys, each, status, again) in cases.items():
        receipt = await once(server, each, **keys)
        got = (receipt.delivered, receipt.status, receipt.recoverable)
        assert got == (False, status, again), f"{name}: {receipt}"
    some = await once(server, mail, to=["ann@mail.test", "nobody@mail.test", "bob@mail.test"])
    assert some.delivered, some.detail
    assert "refused nobody@mail.test: 550" in some.detail
    return ", ".join(f"{name} {status}" for name, (_, _, status, _) in cases.items())


async def dropped(server: Postfix) -> str:
    """A connection that Postfix drops while idle costs the next mail nothing."""
    sender = channel(server)
    mail = samples()["alert"]
    first = await sender.send(mail)
    await asyncio.sleep(4.5)
    second = await sender.send(mail)
    await close(sender)
    assert first.delivered, first.detail
    assert second.delivered, second.detail
    greeted = sum("EHLO" in line for line in second.transcript)
    assert greeted == 2, "the second mail went over a new connection, in clear and in TLS"
    return "dropped after 3 s without work; the next mail went over a new connection"


async def pipelined(server: Postfix) -> str:
    """Postfix offers pipelining: sender, recipient and DATA go out before the first answer."""
    sender = channel(server)
    await sender.send(samples()["alert"])
    receipt = await sender.send(samples()["alert"])
    await close(sender)
    sides = "".join(line[0] for line in receipt.transcript)
    assert sides.startswith(">>><<<"), receipt.transcript
    return "MAIL, RCPT and DATA before the first answer, over the connection of the mail before"


async def speed(server: Postfix, count: int = 1000, lanes: int = 4) -> str:
    """How many mails a second one process hands over."""
    mail = samples()["alert"]
    sender = channel(server, concurrency=lanes)
    left = iter(range(count))
    began, cpu = time.monotonic(), time.process_time()

    async def lane() -> None:
        for number in left:
            receipt = await sender.send(replace(mail, message_id=f"<{number}@mail.test>"))
            assert receipt.delivered, receipt.detail

    await asyncio.gather(*(lane() for _ in range(lanes)))
    elapsed, used = time.monotonic() - began, time.process_time() - cpu
    await close(sender)
    found = await server.arrived(count)
    ids = {line for wire in found for line in wire.split(b"\n") if line.startswith(b"Message-ID:")}
    assert len(found) == len(ids) == count, f"{len(found)} arrived, {len(ids)} different"
    return (
        f"{count / elapsed:.0f} mails/s over {lanes} connections in TLS "
        f"({used / count * 1000:.1f} ms of our CPU each), every one in the mailbox once"
    )


CHECKS: tuple[Callable[[Postfix], Coroutine[Any, Any, str]], ...] = (
    every_kind, refusals, pipelined, dropped, speed,
)  # fmt: skip


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    if shutil.which("postfix") is None or os.geteuid():
        print("check-mail: needs root and Postfix (Debian: apt install postfix)", file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory() as name, postfix(Path(name), idle=3) as server:
        for check in CHECKS:
            server.empty()
            try:
                said = asyncio.run(check(server))
                print(f"ok      {check.__name__:12} {said}")
            except AssertionError as error:
                failed += 1
                print(f"FAILED  {check.__name__:12} {error}")
        if failed:
            print(*(Path(name) / "log").read_text().splitlines()[-20:], sep="\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
