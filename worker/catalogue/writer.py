"""Stored feeds and hosts -> the text of a feeds.yaml that declares them. Pure.

References to the environment are written as they are kept. A secret that is kept in clear is not
written: a reference stands in its place, and whoever asked is told what to set.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import yaml

from worker.catalogue.declared import DeclaredHost
from worker.catalogue.options import ROBOTS, is_secret_header, proxy_password
from worker.catalogue.plan import show_duration
from worker.model import Feed, FeedOptions, FeedState
from worker.variables import references

#: Options that are written as they are kept, where they are given.
PLAIN = ("user", "certificate")
SECRETS = ("password", "bearer")
DURATIONS = ("crawl_delay", "silent_after")


@dataclass(frozen=True, slots=True)
class Withheld:
    """A secret that was not written: the variable that stands for it, and what it is of which feed."""

    variable: str
    feed: str
    what: str

    def __str__(self) -> str:
        return f"feed {self.feed}: its {self.what} is not written: set {self.variable} to it"


@dataclass(slots=True)
class _Secrets:
    """Gives each secret a variable of its own."""

    withheld: list[Withheld] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def reference(self, feed: str, what: str, key: str) -> str:
        variable = "FEED_" + re.sub(r"[^A-Z0-9]+", "_", f"{feed}_{key}".upper()).strip("_")
        number, chosen = 2, variable
        while chosen in self.taken:
            number, chosen = number + 1, f"{variable}_{number}"
        self.taken.add(chosen)
        self.withheld.append(Withheld(chosen, feed, what))
        return f"${{{chosen}}}"


def write_catalogue(
    feeds: Iterable[Feed], hosts: Iterable[DeclaredHost] = ()
) -> tuple[str, tuple[Withheld, ...]]:
    """The text of the file, and the secrets that it does not hold.

    A retired feed is declared as paused, so that nobody else polls it either.
    """
    secrets = _Secrets()
    document: dict[str, Any] = {"feeds": [_feed(feed, secrets) for feed in feeds]}
    spared = [{"host": host.name, "crawl_delay": show_duration(host.crawl_delay)} for host in hosts]
    if spared:
        document["hosts"] = spared
    text: str = yaml.safe_dump(document, allow_unicode=True, sort_keys=False, width=1 << 20)
    return text, tuple(secrets.withheld)


def _feed(feed: Feed, secrets: _Secrets) -> dict[str, Any]:
    written = {
        "name": feed.name,
        "url": feed.url,
        "outlet": _literal(feed.outlet),
        "language": feed.language,
        "tags": [_literal(tag) for tag in feed.tags],
        "interval": _pace(feed),
        "backfill": feed.backfill,
        "paused": feed.state is not FeedState.ACTIVE,
    }
    return {key: value for key, value in written.items() if value} | _options(feed, secrets)


def _pace(feed: Feed) -> str | dict[str, str]:
    if feed.interval is not None:
        return show_duration(feed.interval)
    bounds = {"min": feed.options.interval_min, "max": feed.options.interval_max}
    return {key: show_duration(bound) for key, bound in bounds.items() if bound is not None}


def _options(feed: Feed, secrets: _Secrets) -> dict[str, Any]:
    options = feed.options
    written: dict[str, Any] = {"headers": _headers(feed.name, options.headers, secrets)}
    written |= {key: getattr(options, key) for key in PLAIN}
    for key in SECRETS:
        value = getattr(options, key)
        hidden = value and not references(value)
        written[key] = secrets.reference(feed.name, key, key) if hidden else value
    written["proxy"] = _proxy(feed.name, options, secrets)
    for key in DURATIONS:
        length: timedelta | None = getattr(options, key)
        written[key] = show_duration(length) if length is not None else ""
    said = {key: value for key, value in written.items() if value}
    if not options.robots:
        said["robots"] = next(word for word, honoured in ROBOTS.items() if not honoured)
    if not options.flood_gate:
        said["flood_gate"] = False
    return said


def _headers(feed: str, headers: Mapping[str, str], secrets: _Secrets) -> dict[str, str]:
    return {
        name: secrets.reference(feed, f"header {name}", name)
        if is_secret_header(name) and not references(value)
        else value
        for name, value in headers.items()
    }


def _proxy(feed: str, options: FeedOptions, secrets: _Secrets) -> str:
    password = proxy_password(options.proxy)
    if not password:
        return options.proxy
    hidden = secrets.reference(feed, "proxy password", "proxy_password")
    scheme, _, rest = options.proxy.partition("//")
    user, _, host = rest.rpartition("@")
    return f"{scheme}//{user.partition(':')[0]}:{hidden}@{host}"


def _literal(text: str) -> str:
    """A text that is kept filled in, as it must be written to be read as it is."""
    return text.replace("${", "$${")
