"""Alert mails on the wire: what a reader's program groups and sorts by."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default

from worker.channels.mail import MOST_REFERENCES, compose
from worker.model import Message

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
