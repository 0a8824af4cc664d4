"""Names to addresses: resolved in threads, checked by the guard, remembered for a minute."""

import socket
import time
from collections.abc import Callable, Sequence

from worker.net.errors import NetError, Reason
from worker.net.thread import DaemonThreads

Lookup = Callable[[str, int], Sequence[str]]

#: Names resolved at the same time: getaddrinfo blocks a thread each.
RESOLVER_THREADS = 16
#: Seconds that an answer is used again: redirects and pages of one host come close together.
#: Using it longer gains nobody anything, and the address is checked again when connecting.
KEPT = 60.0
_REMEMBERED = 4_096


def system_lookup(host: str, port: int) -> list[str]:
    """The addresses of a host by the system's resolver. Blocks; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


class Resolver:
    """Resolves names by ``lookup``, a few at a time."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._threads = DaemonThreads(RESOLVER_THREADS, "lookup")
        self._known: dict[tuple[str, int], tuple[float, tuple[str, ...]]] = {}

    async def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """The addresses of a host, in the order to try them. NetError (could not resolve)."""
        known = self._known.get((host, port))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        try:
            found = tuple(dict.fromkeys(await self._threads.call(self._lookup, host, port)))
        except (OSError, UnicodeError) as error:
            raise NetError(Reason.COULD_NOT_RESOLVE, host) from error
        if not found:
            raise NetError(Reason.COULD_NOT_RESOLVE, f"{host} has no address")
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[host, port] = (time.monotonic() + KEPT, found)
        return found

    def close(self) -> None:
        """Let go of the threads; a lookup under way ends by itself."""
        self._threads.close()
