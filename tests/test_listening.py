"""What is said of a place to listen at that cannot be had."""

import errno
import socket

import pytest

from worker.listening import CannotListenError


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "error while attempting to bind: x"), "Address already in use"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (OSError("could not bind"), "no such place"),
    ],
)
def test_the_reason_is_said_once_in_the_words_of_the_system(error: OSError, words: str) -> None:
    """Whoever opened the socket, and however it worded what went wrong."""
    said = str(CannotListenError("host:80", error, "TOCSIN_LISTEN"))
    assert said == f"cannot listen at host:80: {words}; name another place in TOCSIN_LISTEN"
