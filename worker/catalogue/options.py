"""The keys of a feed that say how it is asked, where it differs from the settings."""

import re
from dataclasses import replace
from datetime import timedelta

import yaml

from worker.catalogue.declared import Pace
from worker.catalogue.destinations import SECRET
from worker.catalogue.mistakes import did_you_mean
from worker.catalogue.table import Notes, Table, Written, text_of
from worker.model import FeedOptions
from worker.variables import references

OPTION_KEYS = (
    "headers",
    "user",
    "password",
    "bearer",
    "proxy",
    "certificate",
    "robots",
    "flood_gate",
    "crawl_delay",
    "silent_after",
)
PACE_KEYS = ("min", "max")
#: Polling more often than this is never meant.
SHORTEST = timedelta(seconds=5)
ROBOTS = {"honour": True, "ignore": False}
_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_SECRET_HEADER = re.compile(r"authorization|cookie", re.IGNORECASE)
#: What frames a message, or is an option of its own.
_NOT_OURS = {
    "host": "leave it out: it follows from the address",
    "connection": "leave it out: the connection is Tocsin's business",
    "content-length": "leave it out: polls send no body",
    "transfer-encoding": "leave it out: polls send no body",
    "accept-encoding": "leave it out: Tocsin asks for gzip, br and zstd",
    "if-none-match": "leave it out: Tocsin sends back what the server gave",
    "if-modified-since": "leave it out: Tocsin sends back what the server gave",
}
_PROXY = re.compile(r"(?:https?|socks4a?|socks5h?)://[^/\s]+/?", re.IGNORECASE)


def read_pace(table: Table) -> Pace | None:
    """``interval``: a time, or bounds as ``{min: 1m, max: 1h}``; ``None`` where the key is absent."""
    node = table.value("interval")
    if node is None:
        return None
    if not isinstance(node, yaml.MappingNode):
        return Pace(interval=table.duration("interval"))
    bounds = Table(node, table.notes, "'interval'", PACE_KEYS)
    shortest, longest = bounds.duration("min"), bounds.duration("max")
    if shortest is not None and shortest < SHORTEST:
        table.notes.note(bounds.found["min"][1], "'min' is under 5 s", "write 5s or more")
    if shortest and longest and shortest > longest:
        table.notes.note(node, "'min' is longer than 'max'", "swap them")
    return Pace(shortest=shortest, longest=longest)


def paced(options: FeedOptions, pace: Pace) -> FeedOptions:
    """The options with the bounds of a pace."""
    return replace(options, interval_min=pace.shortest, interval_max=pace.longest)


def read_options(table: Table) -> FeedOptions:
    """How a feed is asked. Texts keep their ``${NAME}``; secrets written out are noted."""
    headers = _headers(table)
    user, password = table.text("user"), _secret(table, "password")
    bearer = _secret(table, "bearer")
    if password and not user:
        table.missing("user", "add the user that the password is for")
    if bearer and (user or password):
        table.notes.note(
            bearer.node, "both a bearer token and a user are given", "keep one of the two"
        )
    if (bearer or user) and any(name.lower() == "authorization" for name in headers):
        table.notes.note(
            table.found["headers"][0],
            "the header Authorization is given twice over",
            "keep the header, or the user or bearer token",
        )
    flood_gate = table.flag("flood_gate")
    return FeedOptions(
        headers=headers,
        user=_raw(user),
        password=_raw(password),
        bearer=_raw(bearer),
        proxy=_raw(_proxy(table)),
        certificate=_raw(table.text("certificate")),
        robots=_robots(table),
        flood_gate=flood_gate is not False,
        crawl_delay=table.duration("crawl_delay"),
        silent_after=table.duration("silent_after"),
    )


def _raw(written: Written | None) -> str:
    return written.raw if written else ""


def _headers(table: Table) -> dict[str, str]:
    """``headers``: a mapping of names to values."""
    below = table.table("headers", None)
    if below is None:
        return {}
    read: dict[str, str] = {}
    for name, (key, node) in below.found.items():
        value = text_of(node, table.notes, f"the header {name}")
        if not _HEADER.fullmatch(name):
            table.notes.note(key, f"'{name}' is not the name of a header", "write one as X-Api-Key")
        elif name.lower() in _NOT_OURS:
            table.notes.note(key, f"the header {name} cannot be set", _NOT_OURS[name.lower()])
        elif value is not None:
            if is_secret_header(name):
                _keep_secret(table.notes, f"the header {name}", name, value)
            read[name] = value.raw
    return read


def is_secret_header(name: str) -> bool:
    """Whether what a header of this name says is to be kept from others."""
    return bool(SECRET.search(name) or _SECRET_HEADER.search(name))


def _secret(table: Table, key: str) -> Written | None:
    written = table.text(key)
    if written is not None:
        _keep_secret(table.notes, f"the secret '{key}'", key, written)
    return written


def _keep_secret(notes: Notes, what: str, key: str, written: Written) -> None:
    """Note a secret that stands in the file itself."""
    if not references(written.raw):
        variable = "FEED_" + re.sub(r"[^A-Z0-9]+", "_", key.upper()).strip("_")
        mend = f"keep it in the environment: {key}: ${{{variable}}}"
        notes.note(written.node, f"{what} is written in the file", mend)


def _proxy(table: Table) -> Written | None:
    """``proxy``: an address, or ``none`` for none although there is one for all feeds."""
    written = table.text("proxy")
    if written is None or written.value.lower() == "none":
        return written
    if proxy_password(written.raw):
        mend = "keep it in the environment: http://user:${PROXY_PASSWORD}@host:port"
        table.notes.note(written.node, "the password of the proxy is written in the file", mend)
    elif not _PROXY.fullmatch(written.value):
        mend = "write http://host:port, socks5h://host:port or none"
        table.notes.note(written.node, "'proxy' is not the address of a proxy", mend)
    return written


def proxy_password(address: str) -> str:
    """The password that stands in clear in the address of a proxy, ``""`` if none does."""
    user, _, _ = address.partition("//")[2].rpartition("@")
    return "" if references(user) else user.partition(":")[2]


def _robots(table: Table) -> bool:
    """``robots``: whether article pages keep to robots.txt."""
    written = table.text("robots")
    if written is None:
        return True
    if written.value not in ROBOTS:
        mend = did_you_mean(written.value, ROBOTS, among="write one of")
        table.notes.note(written.node, f"'robots' is '{written.value}'", mend)
    return ROBOTS.get(written.value, True)
