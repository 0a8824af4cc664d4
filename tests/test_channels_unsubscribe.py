"""One-click unsubscribing: tokens that only we can make, in headers as RFC 8058 wants them."""

from email import message_from_bytes
from email.headerregistry import Address
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.mails import samples
from worker.channels.mail import compose
from worker.channels.unsubscribe import Subscription, Unsubscribing, make_token, read_token

KEY = b"k" * 32
ANN = Subscription("desk-mail", "watch-4", "ann@example.org")
SENDER = Address("Tocsin", "tocsin", "example.org")
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(_TEXT, _TEXT, _TEXT)
def test_a_token_comes_back_as_what_it_says(channel: str, list_name: str, recipient: str) -> None:
    """In letters that a URL may hold as they are."""
    said = Subscription(channel, list_name, recipient)
    token = make_token(KEY, said)
    assert said == read_token(KEY, token)
    assert token.replace("-", "").replace("_", "").isalnum()


@given(st.integers(0, 2000), st.integers(0, 7))
def test_a_changed_token_says_nothing(place: int, bit: int) -> None:
    """One bit is enough."""
    token = make_token(KEY, ANN)
    place %= len(token) - 1
    changed = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
    assert read_token(KEY, changed) is None


@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_text_of_others_is_a_token(text: str) -> None:
    """Whatever it is, it is refused without an error."""
    assert read_token(KEY, text) is None


def test_a_token_of_another_key_says_nothing() -> None:
    """Two Tocsins do not understand each other, and two watches have tokens of their own."""
    assert read_token(b"x" * 32, make_token(KEY, ANN)) is None
    assert make_token(KEY, ANN) != make_token(
        KEY, Subscription("desk-mail", "watch-5", "ann@example.org")
    )


@pytest.mark.parametrize(
    ("base", "begins"),
    [
        ("https://tocsin.example/", "https://tocsin.example/unsubscribe/"),
        ("https://news.example/tocsin", "https://news.example/tocsin/unsubscribe/"),
        ("http://tocsin.example", ""),
        ("", ""),
    ],
)
def test_only_https_takes_unsubscriptions(base: str, begins: str) -> None:
    """RFC 8058 asks for it; elsewhere there is no such header."""
    url = Unsubscribing(base, KEY).url(ANN)
    assert url.startswith(begins)
    assert bool(url) == bool(begins)


def test_the_headers_are_those_of_one_click() -> None:
    """One https URI, unbroken, and the header that says that a POST is enough."""
    url = Unsubscribing("https://tocsin.example/" + "x" * 300, KEY).url(ANN)
    wire = compose(samples()["alert"], sender=SENDER, to=(SENDER,), unsubscribe=url)
    lines = wire.partition(b"\r\n\r\n")[0].split(b"\r\n")
    assert f"List-Unsubscribe: <{url}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert max(map(len, lines)) <= 998


def test_a_url_too_long_for_a_line_is_left_out() -> None:
    """Rather than broken."""
    url = "https://tocsin.example/" + "x" * 1000
    wire = compose(samples()["alert"], sender=SENDER, to=(SENDER,), unsubscribe=url)
    assert "List-Unsubscribe" not in message_from_bytes(wire, policy=default)


def test_the_key_is_not_shown() -> None:
    """In no trace."""
    assert "kkk" not in repr(Unsubscribing("https://tocsin.example", KEY))
