"""What ``url:`` looks for, and what the address of an article has of it.

A value with a dot before any slash is a host and perhaps the beginning of a path
(``bbc.co.uk/sport``, ``.gov``), one with another slash is whole parts of the path (``/sport/``),
anything else is words in a row, anywhere in the address (``live``, ``covid-19``). What an address
has is a set of strings, so that it can be looked up among those that watches ask for.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from worker.watches.folding import fold_words

MOST_WORDS = 5
"""So many words in a row can be asked for."""
_DEEPEST = 8  # parts of a path that are looked at
_START = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//(?:[^/@]*@)?|^")
_HOST = re.compile(r"\.?[^\s/.?&=]+(?:\.[^\s/.?&=]+)*(?::\d+)?")


def asked_for(value: str) -> str:
    """The string that stands for a value of ``url:``; ``""`` when there is nothing to look for."""
    plain = _plain(value).removeprefix("*")
    host, slash, path = plain.partition("/")
    if "." in host and _HOST.fullmatch(host):
        return "/".join([_bare(host), *_parts(path)])
    if slash or plain.startswith("/"):
        parts = _parts(plain)
        return f"/{'/'.join(parts)}/" if parts else ""
    return " ".join(fold_words(plain))


def has(url: str) -> Iterator[str]:
    """Everything an address has that a value of ``url:`` can stand for."""
    plain = _plain(url)
    host, _, path = plain.partition("/")
    parts = _parts(path)[:_DEEPEST]
    labels = _bare(host).split(".")
    for start in range(len(labels)):
        below = ".".join(labels[start:])
        yield from ("/".join([below, *parts[:depth]]) for depth in range(len(parts) + 1))
    for start in range(len(parts)):
        for end in range(start + 1, len(parts) + 1):
            yield f"/{'/'.join(parts[start:end])}/"
    words = fold_words(plain)
    for start in range(len(words)):
        for end in range(start + 1, min(start + MOST_WORDS, len(words)) + 1):
            yield " ".join(words[start:end])


def _plain(url: str) -> str:
    """The address without its scheme, user and fragment, in small letters."""
    return _START.sub("", unquote(url.strip()).casefold(), count=1).partition("#")[0]


def _bare(host: str) -> str:
    """A host without port and ``www``."""
    return host.partition(":")[0].removeprefix("www.").strip(".")


def _parts(path: str) -> list[str]:
    return [part for part in path.partition("?")[0].split("/") if part]
