"""Which hosts count as one: those of a registrable domain, once more than one of them limits us.

A host that answers "too many requests" says so of itself. When another host of its domain does so
as well, they are taken for the doors of one house: from then on they share their turns, until
none of them has complained for long.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tldextract import TLDExtract

#: What the shared turn of a domain is named with: no host has such a name.
_SHARED = "*."


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitingHost:
    """A host, or the shared turn of a domain, that limited us last at ``limited_at``.

    ``scope`` is the shared turn that it takes, ``None`` where it has its own.
    """

    name: str
    limited_at: datetime | None
    scope: str | None = None


def widened(hosts: Iterable[LimitingHost], *, now: datetime, together: timedelta) -> dict[str, str]:
    """The hosts that are to share a turn and do not yet, with the name of that turn.

    Each must have limited us less than ``together`` ago, and so must another one of its domain, or
    the domain's shared turn.
    """
    hot: dict[str, list[LimitingHost]] = {}
    for host in hosts:
        domain = registrable_domain(host.name)
        if domain and host.limited_at is not None and now - host.limited_at <= together:
            hot.setdefault(domain, []).append(host)
    return {
        host.name: _SHARED + domain
        for domain, siblings in hot.items()
        for host in siblings
        if len(siblings) > 1 and host.scope is None and not host.name.startswith(_SHARED)
    }


def narrowed(hosts: Iterable[LimitingHost], *, now: datetime, quiet: timedelta) -> frozenset[str]:
    """The hosts that are to have turns of their own again: nobody limited us for ``quiet``."""
    hosts = tuple(hosts)
    loud = {
        host.scope or host.name
        for host in hosts
        if host.limited_at is not None and now - host.limited_at < quiet
    }
    return frozenset(host.name for host in hosts if host.scope and host.scope not in loud)


def registrable_domain(host: str) -> str:
    """The domain that somebody has registered, by the Public Suffix List: "bbc.co.uk".

    ``""`` where a host belongs to nothing larger: addresses, single labels, public suffixes, and
    servers on odd ports, which are their own.
    """
    name = host.removeprefix(_SHARED).rstrip(".")
    if ":" in name or _is_address(name):
        return ""
    found = _suffixes()(name)
    if not found.suffix:  # a top level that is not on the list: "*" is the rule for it
        labels = name.split(".")
        return ".".join(labels[-2:]) if len(labels) > 1 else ""
    return found.top_domain_under_public_suffix


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=1)
def _suffixes() -> "TLDExtract":
    """The list that comes with the library: nothing is fetched and nothing is kept on disk.

    The library takes half a second to import, and most processes are never limited.
    """
    from tldextract import TLDExtract

    return TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)
