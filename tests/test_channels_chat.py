"""Messages for chats: short enough, and nothing but text in what strangers write."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.channels.chat import Dialect, chat
from worker.channels.redaction import Redactor
from worker.model import Message

PLAIN = Message(
    delivery_id=9,
    message_id="<a@b>",
    attempt=1,
    at=datetime(2026, 3, 20, tzinfo=UTC),
    list_name="watch-4",
    watch_name="Putin",
    subject="Putin: Geneva",
    text="",
    html="",
    payload={"type": "alert.matched"},
    bell="ALERT Putin",
    headline="Geneva: Putin in no hurry",
    excerpt=(("President ", False), ("Putin", True), (" said no.", False)),
    source="2 outlets: A, B",
    url="https://news.example/a_b_c",
)


def test_plain_text() -> None:
    """Headline, excerpt, source and link; the title says whose alert it is."""
    said = chat(PLAIN, Dialect.TEXT, most=4000, most_title=250)
    assert said.title == "ALERT Putin"
    assert said.body == (
        "Geneva: Putin in no hurry\n\nPresident Putin said no.\n\n2 outlets: A, B\n\n"
        "https://news.example/a_b_c"
    )


def test_markdown() -> None:
    """Evidence in bold, and the link as itself."""
    assert chat(PLAIN, Dialect.MARKDOWN, most=4000, most_title=250).body == (
        "**Geneva: Putin in no hurry**\n\nPresident **Putin** said no.\n\n2 outlets: A, B\n\n"
        "<https://news.example/a_b_c>"
    )


def test_html() -> None:
    """The same in tags; a link is called what it is."""
    said = chat(
        replace(PLAIN, url="https://e.example/?a=1&b=2"), Dialect.HTML, most=4000, most_title=0
    )
    assert said.body == (
        "<b>Geneva: Putin in no hurry</b><br/>President <b>Putin</b> said no.<br/>2 outlets: A, B"
        '<br/><a href="https://e.example/?a=1&amp;b=2">https://e.example/?a=1&amp;b=2</a>'
    )


@pytest.mark.parametrize("dialect", Dialect)
@pytest.mark.parametrize("call", ["@everyone", "@here look", "<!channel>", "<@U024BE7LH>", "(@ann"])
def test_a_headline_calls_nobody(dialect: Dialect, call: str) -> None:
    """Nor does an excerpt: an unseen character stands between the sign and the name."""
    message = replace(PLAIN, headline=call, excerpt=((call, True),))
    title, body = chat(replace(message, bell=f"ALERT {call}"), dialect, most=4000, most_title=250)
    assert not re.search(r"@(everyone|here|U024|ann)|<[!@]|&lt;[!@]", title + body)
    assert "\u2060" in title
    assert "\u2060" in body


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("[Bank](https://evil.example)", "\\[Bank\\]\u2060(https://evil.example)"),
        ("*bold* _it_ `code` ~~no~~ ||spoiler||",
         "\\*bold\\* \\_it\\_ \\`code\\` \\~\\~no\\~\\~ \\|\\|spoiler\\|\\|"),
        ("a\\*b", "a\\\\\\*b"),
        ("<https://evil.example|Bank>", "\\<\u2060https://evil.example\\|Bank\\>"),
        ("2 + 2 - 1 = 3. Yes!", "2 + 2 - 1 = 3. Yes!"),
    ],
)  # fmt: skip
def test_markdown_of_strangers_is_text(headline: str, shown: str) -> None:
    """Each sign that means something is escaped, others stand as they are."""
    body = chat(replace(PLAIN, headline=headline), Dialect.MARKDOWN, most=4000, most_title=250).body
    assert body.split("\n\n")[0] == f"**{shown}**"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("# Title", "\\# Title"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("2) item", "2\\) item"),
        ("> q", "\\> q"),
    ],
)
def test_lines_of_strangers_begin_no_block(line: str, shown: str) -> None:
    """A list of headlines makes neither titles nor lists of its own."""
    message = replace(PLAIN, excerpt=((f"first\n{line}", False),))
    body = chat(message, Dialect.MARKDOWN, most=4000, most_title=250).body
    assert f"first\n\n{shown}" in body


class Tags(HTMLParser):
    """The tags of a text and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """Note a tag."""
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        """Note a text."""
        self.text += data


_TEXT = st.text(
    st.one_of(st.sampled_from("<>&\"'*_[]()@!#`\\~|Ж\U0001f514\n "), st.characters(codec="utf-8")),
    max_size=400,
)


@given(
    bell=_TEXT, headline=_TEXT, parts=st.lists(st.tuples(_TEXT, st.booleans()), max_size=4).map(tuple),
    source=_TEXT, path=st.integers(0, 1900), most=st.sampled_from([160, 380, 1000, 4000]),
    most_title=st.sampled_from([0, 60, 250]), joined=st.booleans(), dialect=st.sampled_from(Dialect),
)  # fmt: skip
def test_it_always_fits(
    bell: str,
    headline: str,
    parts: tuple[tuple[str, bool], ...],
    source: str,
    path: int,
    most: int,
    most_title: int,
    joined: bool,
    dialect: Dialect,
) -> None:
    """Within the bytes of a service, with nothing but our own tags, and a link whole or not there.

    Also after a service has escaped what Markdown and text leave as it is.
    """
    url = f"https://e.example/{'x' * path}"
    message = replace(PLAIN, bell=bell, headline=headline, excerpt=parts, source=source, url=url)
    said = chat(message, dialect, most=most, most_title=most_title, joined=joined)
    title = escape(said.title, quote=False)
    body = said.body if dialect is Dialect.HTML else escape(said.body, quote=False)
    room = most - (len(f"<b>{title}</b>\r\n".encode()) if joined or most_title == 0 else 0)
    assert len(body.encode()) <= room
    assert len(title) <= (most_title or 100)
    shown = Tags(said.body) if dialect is Dialect.HTML else None
    if shown is not None:
        assert shown.tags <= {"b", "br", "a"}
    assert (url in said.body) is ("https://e.example/xx" in said.body) or path < 2


@pytest.mark.parametrize(
    "words", ["Some plain words ", "Слово & <b> *x* _y_ ", '\\"<&', "\U0001f514"]
)
@pytest.mark.parametrize("dialect", Dialect)
def test_no_more_is_cut_than_has_to_be(dialect: Dialect, words: str) -> None:
    """Also where one sign takes many bytes."""
    long = replace(PLAIN, excerpt=((words * 2_000, False),))
    body = chat(long, dialect, most=4_000, most_title=250).body
    escaped = body if dialect is Dialect.HTML else escape(body, quote=False)
    assert 3_800 < len(escaped.encode()) <= 4_000


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (
            "*b* _i_ ~s~ `c` a\\*b",
            "\u2217b\u2217 \u02cdi\u02cd \u223cs\u223c \u02cbc\u02cb a\u2216\u2217b",
        ),
        ("[Bank](https://evil.example)", "\\[Bank\\]\u2060(https://evil.example)"),
        ("> quoted", "\u2060\\> quoted"),
        ("# Title", "\u2060# Title"),
        ("1. item", "1. item"),
    ],
)
def test_signs_look_alike_where_none_can_be_escaped(line: str, shown: str) -> None:
    """No backslash of ours is shown, as brackets lose theirs on the way to the service."""
    body = chat(
        replace(PLAIN, excerpt=((f"first\n{line}", False),)),
        Dialect.MRKDWN,
        most=4000,
        most_title=250,
    ).body
    assert f"first\n\n{shown}\n\n" in body


def test_what_a_receiver_hands_out_is_struck_out() -> None:
    """Tokens in its answers are secrets, too, and so are those cut off."""
    strike = Redactor(["hunter-two"])
    assert strike('{"access_token": "abc", "ok": true}') == '{"access_token": "***", "ok": true}'
    assert strike('{"data":{"authToken":"abc') == '{"data":{"authToken":"***"'
    assert strike("it was hunter-two") == "it was ***"
    assert "hunter" not in repr(strike)
