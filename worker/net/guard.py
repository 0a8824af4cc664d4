"""The address guard: which addresses may be connected to, checked at the moment of connecting."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from worker.net.errors import NetError, Reason

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

#: Addresses whose verdict is remembered: looking through all networks costs as much as a request.
_REMEMBERED = 16_384

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
# Outside of it lie, among others, loopback, IPv4-compatible and translated addresses, the NAT64
# prefix for local use (64:ff9b:1::/48), unique local, link-local, site-local and multicast ones.
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


class AddressGuard:
    """Which addresses and ports may be connected to.

    Public addresses at ``ports``, and those in ``allow`` at any port.
    """

    def __init__(
        self, allow: Iterable[Network] = (), ports: Iterable[int] = frozenset({80, 443})
    ) -> None:
        self.allow = tuple(allow)
        self.ports = frozenset(ports)
        self._passed: set[tuple[str, int]] = set()

    def check(self, address: str, port: int, *, name: str = "") -> None:
        """Return if the address may be connected to; ``name`` is the host it stands for.

        Raises NetError (address not allowed, port not allowed).
        """
        if (address, port) in self._passed:
            return
        parsed = ip_address(address)
        candidates = (parsed, embedded_ipv4(parsed))
        if not any(each in network for each in candidates for network in self.allow):
            what = f"{name} resolves to {address}" if name else address
            if not is_public(parsed):
                raise NetError(
                    Reason.ADDRESS_NOT_ALLOWED,
                    f"{what}: not a public address (TOCSIN_NET_ALLOW lists the private networks "
                    "that may be reached)",
                )
            self.check_port(port, what)
        if len(self._passed) >= _REMEMBERED:
            self._passed.clear()
        self._passed.add((address, port))

    def check_port(self, port: int, what: str) -> None:
        """Return if public addresses may be reached at ``port``. NetError (port not allowed)."""
        if port not in self.ports:
            raise NetError(
                Reason.PORT_NOT_ALLOWED,
                f"{what}: port {port} is not among those that may be reached (TOCSIN_NET_PORTS)",
            )

    def check_literal(self, host: str, port: int) -> bool:
        """Whether a URL's host is an IP address, checked; a name is checked when it is resolved.

        Decimal, octal, hexadecimal and short forms of IPv4 addresses are refused whatever they
        stand for: no publisher writes them. Raises NetError.
        """
        if (host, port) in self._passed:
            return True
        if ":" in host or host.replace(".", "").isdigit():
            try:
                address = ip_address(host)
            except ValueError:
                pass
            else:
                self.check(str(address), port)
                return True
        last = host.rstrip(".").rpartition(".")[2]
        if last.isdigit() or last.lower().startswith("0x"):
            raise NetError(Reason.ADDRESS_NOT_ALLOWED, f"{host}: write IP addresses as 192.0.2.1")
        return False
