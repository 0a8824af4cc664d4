"""Lines that a host puts on many of its articles: furniture, learned by counting.

A host's memory holds hashes of short and medium lines, in how many articles each stood, and since
when. A line is furniture once it stood on enough articles and on a sizeable share of those that
came since it was first seen. Whole sentences need more of both: a news story repeats its
background for some days, but not on half of what the outlet publishes.
"""

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from urllib.parse import urlsplit

from worker.articles.furniture import Verdict
from worker.model import Article, Removed, TextSource

#: A line unseen for so many articles is forgotten; so many are the most that are looked back on.
_FORGOTTEN, _LOOKED_BACK = 200, 400
_MOST_LINES = 600
_LONGEST, _LONGEST_LABEL = 300, 60
_LINES_OF_ONE = 60
_SENTENCE_WORDS = 10
#: What a sentence needs more of than a label: articles, and share of them.
_TIMES_MORE = 3
_LEAST_LEFT = 0.5
_PACKED = struct.Struct(">QIII")
_ENDED = re.compile(r"[.!?…。！？।؟][\"'”’»)\]]*$")


@dataclass(frozen=True, slots=True)
class Threshold:
    """From when on a line is furniture; ``articles`` 0: never."""

    articles: int = 5
    share: float = 0.2


@dataclass(frozen=True, slots=True)
class _Count:
    """In how many articles a line stood, from the ``first`` to the ``last`` of the host's."""

    seen: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class HostLines:
    """What is remembered of a host: how many articles it had, and its lines by their hashes."""

    articles: int = 0
    lines: dict[int, _Count] = field(default_factory=dict)

    def packed(self) -> bytes:
        """The lines as bytes, for the store."""
        return b"".join(_PACKED.pack(key, c.seen, c.first, c.last) for key, c in self.lines.items())


def host_lines(articles: int, packed: bytes) -> HostLines:
    """What ``HostLines.packed`` was made of."""
    return HostLines(articles, {key: _Count(*rest) for key, *rest in _PACKED.iter_unpack(packed)})


def place_of(article: Article) -> tuple[str, str]:
    """Whose lines an article's are: its host, and whether its page or its feed; no host, no place."""
    try:
        host = urlsplit(article.url).hostname or ""
    except ValueError:
        host = ""
    return host.removeprefix("www."), "page" if article.source is TextSource.PAGE else "feed"


def learn(memory: HostLines, articles: Iterable[Article]) -> HostLines:
    """The memory after some more articles of the host; each has to come once."""
    lines, number = dict(memory.lines), memory.articles
    for article in articles:
        number += 1
        for key in _keys(article):
            lines[key] = _seen_again(lines.get(key), number)
    # Lines seen twice stay before lines seen once, the newest first.
    newest = sorted(lines, key=lambda key: (lines[key].seen > 1, lines[key].last), reverse=True)
    kept = (key for key in newest[:_MOST_LINES] if number - lines[key].last < _FORGOTTEN)
    return HostLines(number, {key: lines[key] for key in kept})


def _seen_again(count: _Count | None, number: int) -> _Count:
    if count is None or number - count.last >= _FORGOTTEN:
        return _Count(1, number, number)
    if number - count.first >= _LOOKED_BACK:  # the older half counts no more
        return _Count(count.seen // 2 + 1, number - _LOOKED_BACK // 2, number)
    return _Count(count.seen + 1, count.first, number)


def without_repeated(article: Article, memory: HostLines, threshold: Threshold) -> Article:
    """The article without lines that are its host's furniture; they are noted in ``removed``.

    A line that makes up much of the text stays, and so does everything where most would go.
    """
    paragraphs = article.text.split("\n\n")
    reasons = [_reason(line, memory, threshold) for line in paragraphs]
    kept = [line for line, reason in zip(paragraphs, reasons, strict=True) if not reason]
    if len(kept) == len(paragraphs) or sum(map(len, kept)) < _LEAST_LEFT * len(article.text):
        return article
    gone = (
        Removed(line=line, reason=reason)
        for line, reason in zip(paragraphs, reasons, strict=True)
        if reason
    )
    return replace(article, text="\n\n".join(kept), removed=(*article.removed, *gone))


def _reason(line: str, memory: HostLines, threshold: Threshold) -> str:
    """Why a line is furniture, ``""`` if it is none."""
    count = memory.lines.get(_key(line)) if threshold.articles and len(line) <= _LONGEST else None
    if count is None:
        return ""
    among = memory.articles - count.first + 1
    times = _TIMES_MORE if _is_sentence(line) else 1
    if count.seen < times * threshold.articles or count.seen < times * threshold.share * among:
        return ""
    return f"{Verdict.REPEATED} ({count.seen} of {among})"


def _keys(article: Article) -> set[int]:
    """The hashes of the lines an article had, those its host's memory took out among them."""
    repeated = [one.line for one in article.removed if one.reason.startswith(Verdict.REPEATED)]
    lines = [line for line in article.text.split("\n\n") if len(line) <= _LONGEST]
    ends: Sequence[str] = lines
    if len(lines) > _LINES_OF_ONE:
        ends = lines[: _LINES_OF_ONE // 2] + lines[-_LINES_OF_ONE // 2 :]
    return {_key(line) for line in (*ends, *repeated) if line}


def _key(line: str) -> int:
    """A hash that is the same for a label with another number in it: "4 min read"."""
    text = line.casefold()
    if len(text) <= _LONGEST_LABEL:
        text = re.sub(r"\d+", "0", text)
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")


def _is_sentence(line: str) -> bool:
    return bool(_ENDED.search(line)) and len(line.split()) >= _SENTENCE_WORDS
