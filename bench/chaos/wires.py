"""Machines of their own for parts of Tocsin: network namespaces, and wires that can be cut or lossy.

Each namespace has one device (a TUN device) whose packets come to one process, which passes them on,
or not: so loss and cuts need nothing of the kernel's traffic control, and whole packets get lost, as
on a wire. Needs root, iproute2 and /dev/net/tun.

Started as ``python -m bench.chaos.wires PREFIX COUNT ADDRESS...``: the addresses are those of this
machine's servers. Lines ``MACHINE SERVER SHARE`` on standard input say how many of a hundred packets
between the two get lost; ``*`` stands for all. All is taken down when standard input ends.
"""

import fcntl
import os
import random
import select
import shutil
import struct
import subprocess
import sys
from pathlib import Path

TUN = Path("/dev/net/tun")
_SET_INTERFACE, _TUN, _NO_HEADER = 0x400454CA, 0x0001, 0x1000
NET = "10.77"
#: The addresses of what every machine talks to.
NEWSROOM, POSTGRES, VALKEY = f"{NET}.0.1", f"{NET}.0.2", f"{NET}.0.3"
ALL = "*"
_LARGEST = 65536


def why_not() -> str:
    """Why this machine cannot have namespaces and wires; empty where it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "network namespaces need Linux and root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2"
    if not os.access(TUN, os.R_OK | os.W_OK):
        return f"wires need {TUN}"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return "network namespaces are not permitted" if tried.returncode else ""


def address_of(machine: int) -> str:
    """The address of a machine, counted from 1."""
    return f"{NET}.2.{machine}"


def host(number: int) -> str:
    """The address of a host of the newsroom, counted from 0."""
    return f"{NET}.1.{number + 1}"


class Wires:
    """The process that carries the packets, from the side that starts it."""

    def __init__(self, machines: int, addresses: list[str]) -> None:
        self.prefix = f"chaos{os.getpid()}"
        command = [sys.executable, "-m", "bench.chaos.wires", self.prefix, str(machines)]
        self._process = subprocess.Popen(
            [*command, *addresses], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        if self._process.stdout.readline() != "ready\n":
            raise SystemExit("the wires could not be laid")

    def namespace(self, machine: int) -> str:
        """The network namespace of a machine."""
        return f"{self.prefix}-{machine}"

    def lose(self, machine: str, server: str, share: int) -> None:
        """Have so many of a hundred packets between the two get lost; 0 mends it, 100 cuts it."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{machine} {server} {share}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        """Take everything down."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(20)


# ------------------------------------------------------------------------------ in its own process


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def _open(name: str) -> int:
    """A new device of this name; gives the descriptor at which its packets come and go."""
    device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _SET_INTERFACE, struct.pack("16sH22x", name.encode(), _TUN | _NO_HEADER))
    return device


def _lay(prefix: str, machines: int, addresses: list[str]) -> dict[str, int]:
    """Make namespaces and devices; gives the descriptor for each address."""
    home = f"{prefix}h"[-15:]
    device = _open(home)
    for address in addresses:
        _ip("address", "add", f"{address}/32", "dev", home)
    _ip("link", "set", home, "up")
    _ip("route", "add", f"{NET}.2.0/24", "dev", home, "src", NEWSROOM)
    ends = dict.fromkeys(addresses, device)
    for number in range(1, machines + 1):
        space, name = f"{prefix}-{number}", f"{prefix}m{number}"[-15:]
        _ip("netns", "add", space)
        ends[address_of(number)] = _open(name)
        _ip("link", "set", name, "netns", space)
        inside = ("-n", space)
        _ip(*inside, "link", "set", "lo", "up")
        _ip(*inside, "address", "add", f"{address_of(number)}/16", "dev", name)
        _ip(*inside, "link", "set", name, "up")
    return ends


def _carry(ends: dict[str, int]) -> None:
    """Pass packets on until standard input ends."""
    by_address = {bytes(map(int, address.split("."))): fd for address, fd in ends.items()}
    lossy: dict[tuple[bytes, bytes], float] = {}
    poll = select.epoll()
    for fd in {*ends.values(), 0}:
        poll.register(fd, select.EPOLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd == 0:
                orders = os.read(0, _LARGEST)
                if not orders:
                    return
                for line in orders.decode().splitlines():
                    _set(lossy, ends, *line.split())
                continue
            packet = os.read(fd, _LARGEST)
            source, target = packet[12:16], packet[16:20]
            share = lossy.get((source, target), 0.0)
            way = by_address.get(target)
            if way is None or (share and random.random() < share):
                continue
            try:
                os.write(way, packet)
            except OSError:  # the device is full: a wire may lose packets
                continue


def _set(
    lossy: dict[tuple[bytes, bytes], float],
    ends: dict[str, int],
    machine: str,
    server: str,
    share: str,
) -> None:
    machines = [one for one in ends if one.startswith(f"{NET}.2.") and machine in {one, ALL}]
    servers = [one for one in ends if not one.startswith(f"{NET}.2.") and server in {one, ALL}]
    for one in machines:
        for other in servers:
            a, b = (bytes(map(int, each.split("."))) for each in (one, other))
            lossy[a, b] = lossy[b, a] = int(share) / 100


def main() -> None:
    """Lay the wires, carry packets, take all down."""
    prefix, machines, addresses = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    try:
        ends = _lay(prefix, machines, addresses)
        print("ready", flush=True)
        _carry(ends)
    finally:
        for number in range(1, machines + 1):
            subprocess.run(["ip", "netns", "del", f"{prefix}-{number}"], check=False)


if __name__ == "__main__":
    main()
