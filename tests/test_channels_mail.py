"""Alert mails on the wire: what a reader's program groups and sorts by."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.mails import samples
from worker.alerts.wording import clean_line
from worker.channels.mail import MOST_REFERENCES, compose
from worker.model import Message

SAMPLES = samples()
SENDER = Address("Tocsin", "tocsin", "example.org")


def mail(**changes: object) -> bytes:
    """A mail as sent."""
    told: dict[str, object] = {
        "delivery_id": 9,
        "message_id": "<a9@tocsin.example.org>",
        "attempt": 1,
        "at": datetime(2026, 3, 20, 10, 0, tzinfo=UTC),
        "list_name": "watch-3",
        "watch_name": "Putin",
        "subject": "Putin: news",
        "text": "News.",
        "html": "<p>News.</p>",
        "payload": {},
        "bell": "ALERT Putin",
        "headline": "News",
    }
    return compose(Message(**told | changes), sender=SENDER, to=(SENDER,))  # type: ignore[arg-type]


def test_an_update_stands_in_the_thread_of_the_first_mail() -> None:
    """It refers to the first mail and answers the last one (RFC 5322, 3.6.4)."""
    read = message_from_bytes(mail(thread=("<first@t>", "second@t")), policy=default)
    assert read["References"] == "<first@t> <second@t>"
    assert read["In-Reply-To"] == "<second@t>"


def test_a_long_thread_keeps_its_beginning_and_end_whole() -> None:
    """References stay one line with unbroken ids; the first mail is always among them."""
    ids = tuple(f"<{n}.{'x' * 60}@tocsin.example.org>" for n in range(40))
    wire = mail(thread=ids)
    line = next(each for each in wire.split(b"\r\n") if each.startswith(b"References:"))
    assert len(line) < 998
    named = line.decode().split()[1:]
    assert named[0] == ids[0]
    assert named[1:] == list(ids[-MOST_REFERENCES:])


def test_what_is_of_no_single_watch_names_none() -> None:
    """A digest or heartbeat has a list of its own, so that mail can be filtered by it."""
    read = message_from_bytes(mail(list_name="heartbeat", watch_name=None), policy=default)
    assert "X-Tocsin-Watch" not in read
    assert read["List-Id"] == "<heartbeat.tocsin.example.org>"


@pytest.mark.parametrize("name", SAMPLES)
def test_every_kind_of_mail_comes_back_letter_for_letter(name: str) -> None:
    """Subject, text and HTML as they were made, in CRLF lines that no server breaks."""
    wire = compose(SAMPLES[name], sender=SENDER, to=(SENDER,))
    read = message_from_bytes(wire, policy=default)
    assert read["Subject"] == SAMPLES[name].subject
    parts = [part.get_content().replace("\r\n", "\n") for part in read.iter_parts()]
    assert parts == [SAMPLES[name].text, SAMPLES[name].html]
    assert wire.isascii()
    assert wire.count(b"\n") == wire.count(b"\r\n") == wire.count(b"\r")
    head = wire.partition(b"\r\n\r\n")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78
    assert max(map(len, wire.split(b"\r\n"))) <= 998


WORDS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    [
        "=?utf-8?q?x?=",
        "=?utf-8?q?=0D=0ABcc:_b@c?=",
        "a\r\nBcc: b@c",
        "\x00",
        "x" * 200,
        "Ж" * 150,
        "🔥" * 80,
        " ",
        "=?",
        "a  b",
    ]
)


@given(
    st.lists(WORDS, max_size=6).map("".join),
    WORDS,
    st.sampled_from(["", "https://t.example/unsubscribe/a"]),
)
def test_no_words_break_a_header(subject: str, name: str, url: str) -> None:
    """The same headers whatever they say, none longer than 998 bytes, words that come back as they are."""
    told = clean_line(subject, 140) or "x"
    message = replace(SAMPLES["alert"], thread=("<a@b>", "<c@d>"))
    message = replace(message, subject=told, watch_name=name, text=subject, html=name)
    wire = compose(message, sender=SENDER, to=(SENDER,), unsubscribe=url)
    head = wire.partition(b"\r\n\r\n")[0]
    lines = head.split(b"\r\n")
    names = [line.partition(b":")[0].decode() for line in lines if line[:1] not in b" \t"]
    one_click = ["List-Unsubscribe", "List-Unsubscribe-Post"] if url else []
    assert names == [
        *("Date", "From", "To", "Subject", "Message-ID", "In-Reply-To", "References", "List-Id"),
        *(*one_click, "Auto-Submitted", "X-Tocsin-Watch", "MIME-Version", "Content-Type"),
    ]
    assert max(map(len, lines)) <= 998
    assert not re.search(rb"[^\x20-\x7e]", b"".join(lines))
    assert not any(line.strip() == b"" for line in lines)
    read = message_from_bytes(wire, policy=default)
    assert read["Subject"] == told
    assert " ".join(read["X-Tocsin-Watch"].split()) == clean_line(name, 100)
