"""A message for chats and phones: short, in the dialect that a service shows, safe in it."""

import re
from enum import StrEnum
from html import escape
from typing import NamedTuple

from worker.alerts.wording import clean_line
from worker.model import Message

#: What means something to Markdown anywhere, and at the start of a line.
_INLINE = re.compile(r"([\\`*_\[\]<>~|])")
_BLOCK = re.compile(r"^(\s*)((?=[#+-])|\d+(?=[.)]))")
#: Where no sign can be escaped: signs that look like those that mean something, and what is escaped
#: or kept apart for the Markdown that it is made from.
_LIKE = str.maketrans("*_~`\\", "\u2217\u02cd\u223c\u02cb\u2216")
_BRACKETS = re.compile(r"([\[\]<>])")
_OPENING = re.compile(r"^(\s*)(?=[#>+-])")
#: What calls people (@everyone, <!channel>) and links other words than the address, also where
#: a backslash does not help.
_ACTIVE = re.compile(r"(?<![\w.])@(?=\w)|<(?=\S)|\](?=[(\[])")
_JOINER = "\u2060"  # word joiner: unseen, and no break
_SHORTEST = 20


class Dialect(StrEnum):
    """How a text is marked up."""

    TEXT = "text"
    MARKDOWN = "markdown"
    #: Markdown that becomes the markup of a service that has no escapes, such as Slack's.
    MRKDWN = "mrkdwn"
    HTML = "html"


class Chat(NamedTuple):
    """A title, which says whose alert it is, and a body with what strangers write."""

    title: str
    body: str


def chat(
    message: Message, dialect: Dialect, *, most: int, most_title: int, joined: bool = False
) -> Chat:
    """The message within ``most`` bytes, and a title within ``most_title`` code points.

    Where the title is ``joined`` to the body, or has no room of its own (``most_title`` 0), both share
    the ``most`` bytes. All is counted with ``&``, ``<`` and ``>`` escaped, as some services do that themselves.
    What does not fit is cut from the end of the excerpt, then from the headline, then the source and
    the link are left out.
    """
    shared = joined or most_title <= 0
    title = _title(message.bell, most_title or 100, most // 3 if shared else most)
    room = most - (_weight(title, Dialect.TEXT) + 10 if shared else 0)
    url = message.url if len(message.url.encode()) < room // 2 else ""
    source, headline = clean_line(message.source, 200), 300
    length = sum(len(part) for part, _ in message.excerpt)
    while True:
        excerpt = _excerpt(message, dialect, length)
        body = _body(
            _strong(clean_line(message.headline, headline), dialect),
            excerpt,
            _marked(source, dialect),
            _link(url, dialect),
            dialect=dialect,
        )
        over = _weight(body, dialect) - room
        if over <= 0:
            return Chat(title, body)
        if length:
            weight = max(1, _weight(excerpt, dialect))
            length = max(0, min(length - 1, length - over * length // weight))
        elif headline > _SHORTEST:
            headline = max(_SHORTEST, headline * 3 // 4)
        elif source:
            source = ""
        elif url:
            url = ""
        else:
            return Chat(title, _marked(clean_line(message.headline, max(1, room // 8)), dialect))


def _title(bell: str, most: int, most_bytes: int) -> str:
    """A line that calls nobody; cleaned first, as that would take the unseen characters out again."""
    line = clean_line(bell, most)
    while True:
        title = _inactive(line)
        long = len(escape(title, quote=False)) > most or _weight(title, Dialect.TEXT) > most_bytes
        if not long or not line:
            return title
        line = clean_line(line, len(line) - 1)


def _weight(text: str, dialect: Dialect) -> int:
    """The bytes of a text, escaped."""
    return len((text if dialect is Dialect.HTML else escape(text, quote=False)).encode())


def _body(*lines: str, dialect: Dialect) -> str:
    """The lines that there is something to say in."""
    shown = [line for line in lines if line]
    return "<br/>".join(shown) if dialect is Dialect.HTML else "\n\n".join(shown)


def _excerpt(message: Message, dialect: Dialect, length: int) -> str:
    """The first ``length`` characters of the excerpt, its evidence in bold."""
    left, parts = length, []
    for text, marked in message.excerpt:
        shown = text[:left]
        left -= len(shown)
        if shown.strip():
            parts.append(_strong(shown, dialect) if marked else _marked(shown, dialect))
    if length < sum(len(text) for text, _ in message.excerpt) and parts:
        parts.append("…")
    return "".join(parts)


def _marked(text: str, dialect: Dialect) -> str:
    """A stranger's text as itself: no markup, no call, lines kept."""
    lines = [_inactive(line) for line in text.split("\n")]
    match dialect:
        case Dialect.MARKDOWN:
            return "\n\n".join(map(_in_markdown, lines))
        case Dialect.MRKDWN:
            return "\n\n".join(map(_in_mrkdwn, lines))
        case Dialect.HTML:
            return "<br/>".join(escape(line) for line in lines)
        case Dialect.TEXT:
            return "\n".join(lines)


def _strong(text: str, dialect: Dialect) -> str:
    inner = text.strip()
    before, after = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
    if not inner or "\n" in inner or dialect is Dialect.TEXT:
        return _marked(text, dialect)
    mark = ("<b>", "</b>") if dialect is Dialect.HTML else ("**", "**")
    return f"{before}{mark[0]}{_marked(inner, dialect)}{mark[1]}{after}"


def _link(url: str, dialect: Dialect) -> str:
    """The link as what it is, under no other words."""
    if not url or dialect is Dialect.TEXT:
        return url
    if dialect is Dialect.HTML:
        return f'<a href="{escape(url)}">{escape(url)}</a>'
    return f"<{url.replace('<', '%3C').replace('>', '%3E')}>"


def _in_markdown(line: str) -> str:
    return _BLOCK.sub(r"\1\2\\", _INLINE.sub(r"\\\1", line))


def _in_mrkdwn(line: str) -> str:
    """The line with signs that look alike: Slack and Google Chat show a backslash."""
    return _BRACKETS.sub(r"\\\1", _OPENING.sub(rf"\1{_JOINER}", line.translate(_LIKE)))


def _inactive(text: str) -> str:
    """The text with an unseen character where it would call people or hide a link."""
    return _ACTIVE.sub(lambda found: f"{found[0]}{_JOINER}", text)
