"""The address guard: which addresses may be connected to, checked at the moment of connecting."""

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from worker.net.errors import NetError, Reason
from worker.net.thread import in_thread

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Lookup = Callable[[str, int], Sequence[str]]

#: Names resolved at the same time: getaddrinfo blocks a thread each.
RESOLVER_THREADS = 16

# IANA's special-purpose registries (RFC 6890 and its updates), multicast, and 168.63.129.16,
# the one public address at which a cloud (Azure) keeps its machines' metadata. Written down
# rather than taken from ipaddress.is_global, whose answer changes with Python's patch level.
_REFUSED_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
    )
)
_GLOBAL_6 = IPv6Network("2000::/3")
# Protocol assignments with Teredo, documentation, 6to4: no publisher's server lives there.
_REFUSED_6 = tuple(
    IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)
_NAT64 = IPv6Network("64:ff9b::/96")


def embedded_ipv4(address: Address) -> Address:
    """The IPv4 address that is really reached by an IPv4-mapped or NAT64 one (RFC 6052)."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether an address belongs to the public Internet, by IANA's registries."""
    reached = embedded_ipv4(address)
    if isinstance(reached, IPv4Address):
        return not any(reached in network for network in _REFUSED_4)
    return reached in _GLOBAL_6 and not any(reached in network for network in _REFUSED_6)


@dataclass(frozen=True, slots=True)
class AddressGuard:
    """Which addresses and ports may be connected to.

    Public addresses at ``ports``, and those in ``allow`` at any port.
    """

    allow: tuple[Network, ...] = ()
    ports: frozenset[int] = frozenset({80, 443})

    def check(self, address: str, port: int, *, name: str = "") -> None:
        """Return if the address may be connected to; ``name`` is the host it stands for.

        Raises NetError (address not allowed, port not allowed).
        """
        parsed = ip_address(address)
        candidates = (parsed, embedded_ipv4(parsed))
        if any(each in network for each in candidates for network in self.allow):
            return
        what = f"{name} resolves to {address}" if name else address
        if not is_public(parsed):
            raise NetError(
                Reason.ADDRESS_NOT_ALLOWED,
                f"{what}: not a public address (TOCSIN_NET_ALLOW lists the private networks "
                "that may be reached)",
            )
        if port not in self.ports:
            raise NetError(
                Reason.PORT_NOT_ALLOWED,
                f"{what}: port {port} is not among those that may be reached (TOCSIN_NET_PORTS)",
            )

    def check_literal(self, host: str, port: int) -> None:
        """Check a URL's host if it is an IP address; a name is checked when it is resolved.

        Decimal, octal, hexadecimal and short forms of IPv4 addresses are refused whatever they
        stand for: no publisher writes them. Raises NetError.
        """
        try:
            address = ip_address(host)
        except ValueError:
            last = host.rstrip(".").rpartition(".")[2]
            if last.isdigit() or last.lower().startswith("0x"):
                raise NetError(
                    Reason.ADDRESS_NOT_ALLOWED, f"{host}: write IP addresses as 192.0.2.1"
                ) from None
            return
        self.check(str(address), port)

    def socket(self, info: Any) -> socket.socket:
        """A socket for one address about to be connected to: the last look at it.

        Whatever a parser upstream made of the URL, no other address than this is reached.
        Raises OSError, as connecting would.
        """
        family, kind, protocol, _, place = info
        try:
            self.check(place[0], place[1])
        except NetError as error:
            raise OSError(errno.EACCES, error.message) from error
        return socket.socket(family, kind, protocol)


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver. Blocks; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


class GuardedResolver(AbstractResolver):
    """Resolves names to those of their addresses that may be connected to.

    aiohttp connects to exactly the addresses returned here, so the address checked is the
    address used.
    """

    def __init__(self, guard: AddressGuard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup
        self._turns = asyncio.Semaphore(RESOLVER_THREADS)

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  aiohttp's interface
    ) -> list[ResolveResult]:
        """The permitted addresses of a host; raises NetError where there is none."""
        try:
            async with self._turns:
                addresses = await in_thread(self._lookup, host, port)
        except (OSError, UnicodeError) as error:
            raise NetError(Reason.COULD_NOT_RESOLVE, host) from error
        permitted, refusal = [], None
        for address in addresses:
            try:
                self._guard.check(address, port, name=host)
            except NetError as error:
                refusal = error
            else:
                permitted.append(address)
        if not permitted:
            raise refusal or NetError(Reason.COULD_NOT_RESOLVE, f"{host} has no address")
        return [_resolved(host, address, port) for address in permitted]

    async def close(self) -> None:
        """Nothing to let go of; a lookup under way ends by itself."""


def _resolved(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host,
        host=address,
        port=port,
        family=family,
        proto=0,
        flags=socket.AI_NUMERICHOST,
    )
