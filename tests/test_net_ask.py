"""How a feed is asked: its options, with secrets from the environment."""

import pytest

from worker.model import FeedOptions
from worker.net.ask import DIRECT, PLAIN, Ask, Proxy, ask_of, proxy_of
from worker.net.errors import NetError

ENVIRON = {"TOKEN": "s3cret", "USER": "ann", "PASSWORD": "p:w ü", "EVIL": "a\r\nX-Evil: 1"}


def test_no_options_ask_for_nothing() -> None:
    """Most feeds have none, and cost nothing."""
    assert ask_of(FeedOptions(), {}) is PLAIN


def test_options_are_filled_in_from_the_environment() -> None:
    """Headers, basic authentication, proxy and certificate keep their secrets outside."""
    options = FeedOptions(
        headers={"X-Key": "${TOKEN}", "cookie": "a=b"},
        user="${USER}",
        password="${PASSWORD}",
        proxy="socks5h://${USER}:${TOKEN}@10.0.0.9:1081",
        certificate="/etc/${USER}.pem",
    )
    expected = Ask(
        headers={"x-key": b"s3cret", "cookie": b"a=b"},
        authorization="Basic YW5uOnA6dyDDvA==",
        proxy=Proxy(scheme="socks5h", host="10.0.0.9", port=1081, user="ann", password="s3cret"),
        certificate="/etc/ann.pem",
    )
    assert expected == ask_of(options, ENVIRON)


def test_a_bearer_token_wins_over_a_password() -> None:
    """One Authorization header can be sent."""
    ask = ask_of(FeedOptions(bearer="${TOKEN}", user="ann", password="x"), ENVIRON)
    assert ask.authorization == "Bearer s3cret"


def test_nothing_secret_is_shown() -> None:
    """Neither an Ask nor a Proxy says what it carries."""
    options = FeedOptions(
        bearer="${TOKEN}", headers={"x": "${TOKEN}"}, proxy="http://a:${TOKEN}@p:1"
    )
    ask = ask_of(options, ENVIRON)
    assert "s3cret" not in repr(ask) + repr(ask.proxy)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (FeedOptions(bearer="${GONE}"), "bearer: environment variable GONE is not set"),
        (FeedOptions(headers={"X-A": "${EVIL}"}), "the value of 'X-A' has control characters"),
        (FeedOptions(bearer="${EVIL}"), "the value of 'bearer' has control characters"),
        (FeedOptions(headers={"Host": "b"}), "'host' is not a header that can be set"),
        (FeedOptions(headers={"a b": "c"}), "'a b' is not a header that can be set"),
        (FeedOptions(proxy="ftp://p:1"), "write a proxy as scheme://host:port"),
        (FeedOptions(proxy="p:3128"), "write a proxy as scheme://host:port"),
        (FeedOptions(proxy="http://${TOKEN}:x"), "the proxy's URL cannot be parsed"),
    ],
)
def test_options_that_cannot_be_used_are_named(options: FeedOptions, message: str) -> None:
    """The error names the option and never its value."""
    with pytest.raises(NetError) as caught:
        ask_of(options, ENVIRON)
    assert caught.value.reason == "bad options"
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://proxy.example", "http://proxy.example:80"),
        ("https://proxy.example", "https://proxy.example:443"),
        ("socks5://[::1]", "socks5://[::1]:1080"),
        ("SOCKS5H://Proxy.example:9050", "socks5h://proxy.example:9050"),
    ],
)
def test_proxies_have_usual_ports(text: str, url: str) -> None:
    """What is not said is what is usual."""
    proxy = proxy_of(text)
    assert isinstance(proxy, Proxy)
    assert url == proxy.url


def test_a_feed_can_go_without_the_proxy_of_all() -> None:
    """The word "none" is no proxy, an empty text the common one."""
    assert [DIRECT, None] == [proxy_of(" None "), proxy_of("")]
