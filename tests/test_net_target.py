"""What is asked for: URLs and where redirects lead."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worker.net.errors import NetError
from worker.net.target import Target, _target, host_of, parse_url, redirected, target_of

HOSTS = st.sampled_from(
    ["a.example", "a", "a-b.c9", "xn--bcher-kva.example", "127.0.0.1", "1.2.3.256", "0x7f.1",
     "0x7f000001", "1.2.3", "a..b", "a.b.", "-a.b", "a_b.example", "A.example", "09.1"]
)  # fmt: skip
PATHS = st.text(alphabet="aZ09/.-_~!$&'()*+,;=:@?%20#[]|\\\"<> é", max_size=24)


@given(
    st.sampled_from(["http", "https", "HTTP"]),
    HOSTS,
    st.sampled_from(["", ":80", ":443", ":8080", ":0", ":65535", ":65536", ":08", ":"]),
    st.sampled_from(["", "/"]),
    PATHS,
)
@example("http", "a.example", "", "/", "a/./b")
@example("http", "a.example", "", "/", "a//b/..")
@example("http", "a.example", "", "/", "?a=/../b")
def test_the_short_way_to_read_a_url_is_no_other_way(
    scheme: str, host: str, port: str, slash: str, path: str
) -> None:
    """A URL that is not handed to httpx is read as httpx would read it."""
    url = f"{scheme}://{host}{port}{slash}{path}"
    assert _read(lambda: _target(parse_url(url))) == _read(
        lambda: replace(target_of(url), authorization="")
    )


def _read(how: Callable[[], Target]) -> Target | str:
    try:
        return how()
    except NetError as error:
        return error.reason


@pytest.mark.parametrize(
    ("start", "location", "kept"),
    [
        ("http://a.example/1", b"/2", True),
        ("http://a.example/1", b"https://a.example/2", True),
        ("http://a.example:8080/1", b"//a.example:8080/2", True),
        ("http://a.example:8080/1", b"/2", True),
        ("http://a.example/1", b"http://a.example:8080/2", False),
        ("http://a.example/1", b"http://b.example/2", False),
        ("http://a.example/1", b"http://a.example.b.example/2", False),
        ("https://a.example/1", b"https://www.a.example/2", False),
    ],
)
def test_credentials_go_to_the_first_origin_alone(start: str, location: bytes, kept: bool) -> None:
    """Same host, same port or 443: nobody else gets them, no subdomain and no other port."""
    target = target_of(start.replace("://", "://ann:pw@"))
    following = redirected(target, {"location": location})
    assert (kept, bool(following.authorization)) == (following.first, kept)


def test_who_was_sent_away_does_not_get_them_back() -> None:
    """A way out and back again does not carry credentials, which the way might have chosen."""
    target = redirected(target_of("http://ann:pw@a.example/"), {"location": b"http://b.example/"})
    back = redirected(target, {"location": b"http://a.example/"})
    assert (back.first, back.authorization) == (False, "")


def test_turns_are_taken_by_host() -> None:
    """Both usual ports are one host; a server of its own on an odd port is another."""
    urls = [
        "http://a.example/1",
        "https://a.example/2",
        "http://u:p@a.example:8080/",
        "http://[::2]/",
    ]
    assert [host_of(url) for url in urls] == ["a.example", "a.example", "a.example:8080", "::2"]


def test_locations_beyond_ascii() -> None:
    """UTF-8 and latin-1 both stand in Location headers."""
    target = target_of("http://a.example/")
    for raw in ("/é".encode(), "/é".encode("latin-1")):
        assert redirected(target, {"location": raw}).url == "http://a.example/%C3%A9"
