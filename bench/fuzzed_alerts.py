"""Alerts made of strangers' words, fuzzed: every form that channels send has to hold whatever they say."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import fields, is_dataclass, replace
from email import message_from_bytes, policy
from email.headerregistry import Address
from functools import cache
from html.parser import HTMLParser
from io import StringIO
from itertools import cycle
from typing import Any, Literal

from jsonschema import Draft202012Validator

from worker.alerts.payload import LARGEST, cloud_event, encoded, thin
from worker.alerts.payload.examples import told
from worker.alerts.payload.schema import json_schema
from worker.alerts.render import message
from worker.channels.chat import Dialect, chat
from worker.channels.console import Console
from worker.channels.lines import line_of
from worker.channels.mail import compose
from worker.channels.sender import Surroundings
from worker.model import Message
from worker.net import Net

#: What is ours, and never a stranger's.
OURS = frozenset({"message_id", "first_id", "schedule", "zone", "key", "bound", "thread"})
#: The bytes of a body and the code points of a title that services of chat take.
ROOMS = ((160, 0), (280, 0), (1_000, 250), (2_000, 250), (4_096, 0), (40_000, 250))
#: Tags of our own mails and of chats; none loads or runs anything.
TAGS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "blockquote",
        "div",
        "span",
        "p",
        "a",
        "b",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "table",
        "tbody",
        "thead",
        "tr",
        "td",
        "th",
        "code",
        "mark",
        "small",
        "strong",
        "em",
        "svg",
        "rect",
        "text",
    ]
)
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
TO = (Address("Ann", "ann", "b.example"),)
_NET = Net()


class Tags(HTMLParser):
    """What HTML does: its tags, and its addresses."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what must not be there."""
        if tag not in TAGS:
            self.bad.append(tag)
        for name, value in attrs:
            loads = name in {"src", "srcset", "background", "action", "formaction"}
            leads = name == "href" and not (value or "").startswith(("http://", "https://"))
            if loads or leads or name.startswith("on"):
                self.bad.append(f"{name}={value}")


def alert(raw: bytes) -> None:
    """What is told in strangers' words is sent whole, small, and as words alone."""
    kinds = tuple(told())
    text = raw[1:].decode("utf-8", "replace")
    texts = cycle(text.split("\n\n"))
    one = told()[kinds[raw[0] % len(kinds)] if raw else kinds[0]]
    said = message(_of_strangers(one, lambda: next(texts)), "https://tocsin.example/a/1")
    _mailed(said)
    _posted(said)
    _chatted(said)
    _printed(said)


def _of_strangers(value: Any, text: Callable[[], str], name: str = "") -> Any:
    """A value with every word of it replaced, but for those that are ours."""
    if name in OURS:
        return value
    if type(value) is str:
        return f"https://news.example/{text()}" if name.endswith("url") else text()
    if is_dataclass(value) and not isinstance(value, type):
        made = {each.name: getattr(value, each.name) for each in fields(value)}
        return replace(
            value, **{each: _of_strangers(inner, text, each) for each, inner in made.items()}
        )
    if isinstance(value, tuple):
        return tuple(_of_strangers(each, text) for each in value)
    return value


def _mailed(said: Message) -> None:
    """The mail has the headers we gave it, each once, lines that fit, and HTML that does nothing."""
    wire = compose(said, sender=Address("Tocsin", "tocsin", "a.example"), to=TO)
    assert max(map(len, wire.split(b"\r\n"))) <= 998
    assert b"\r" not in wire.replace(b"\r\n", b"")
    assert b"\n" not in wire.replace(b"\r\n", b"")
    mail = message_from_bytes(wire, policy=policy.default)
    assert "<tocsin@a.example>" in str(mail["From"])
    names = [name.lower() for name in mail]
    assert len(names) == len(set(names))
    assert {"bcc", "cc", "reply-to", "sender"}.isdisjoint(names)
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    assert not Tags(said.html).bad, Tags(said.html).bad
    assert not CONTROL.search(said.subject + said.text)


@cache
def _schema() -> Draft202012Validator:
    return Draft202012Validator(json_schema())


def _posted(said: Message) -> None:
    """The event is valid and small in every form."""
    envelope = cloud_event(
        said.payload, identity="msg_1", message_id=said.message_id, subject=said.list_name
    )
    for event in (said.payload, thin(said.payload), envelope):
        raw = encoded(event)
        assert len(raw) < LARGEST
        wrong = next(_schema().iter_errors(json.loads(raw)), None)
        assert wrong is None, wrong.message
    assert line_of(said).count(b"\n") == 0


def _chatted(said: Message) -> None:
    """Within what a service takes, calling nobody."""
    for most, most_title in ROOMS:
        for dialect in Dialect:
            shown = chat(said, dialect, most=most, most_title=most_title)
            room = most - (len(shown.title.encode()) if not most_title else 0)
            assert len(shown.body.encode()) <= room
            assert len(shown.title) <= (most_title or 100)
            assert not re.search(r"(?<![\w.])@(everyone|here)|<!channel", shown.title + shown.body)
            if dialect is Dialect.HTML:
                assert not Tags(shown.body).bad


def _printed(said: Message) -> None:
    """Nothing of it steers a terminal."""
    line, panel = _on_screen(said, "plain"), _on_screen(said, "rich")
    assert line.count("\n") == 1
    assert not CONTROL.search(line + re.sub(r"\x1b\[[0-9;]*m", "", panel))


def _on_screen(said: Message, style: Literal["plain", "rich"]) -> str:
    channel = Console(Console.Config(style=style), Surroundings("screen", _NET, None))
    with redirect_stdout(StringIO()) as screen, suppress(StopIteration):
        channel.send(said).send(None)  # it waits for nothing
    return screen.getvalue()


def seeds() -> Iterator[bytes]:
    """Each kind of alert, with words that are meant to do something."""
    words = (
        "<script>alert(1)</script> @everyone <!channel> [a](https://b.example)\r\nBcc: x@y.example\n\n"
        "\u202eevil\x1b[2J =?utf-8?q?a?= \u0000 \ud7ff \U0001f514\n\nplain words\n\n' onload=x \" > & ]]>\n\n\n\nabc"
    ).encode()
    for kind in range(len(told())):
        yield bytes([kind]) + words
