"""``tocsin top`` in a terminal of its own: it leaves it as it was."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time

import pytest
from sqlalchemy import Engine

from tests.integration.newsstand import Publisher
from worker.settings import Settings
from worker.store import feeds
from worker.supervisor import database_url, redis_url

#: Has the terminal as its own, as a shell would give it, so that Ctrl-C comes as a signal: also
#: where the tests run behind something that has them ignore it.
START = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.close(os.open(os.ttyname(0), os.O_RDWR))
os.execv(sys.executable, [sys.executable, "-m", "worker", "top", "--every", sys.argv[1]])
"""
ALTERNATE, BACK = b"\x1b[?1049h", b"\x1b[?1049l"
HIDDEN, SEEN = b"\x1b[?25l", b"\x1b[?25h"


class Terminal:
    """A terminal of 80 by 24 with ``tocsin top`` in it."""

    def __init__(self, settings: Settings, every: str) -> None:
        self._ours, self._theirs = pty.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._theirs)
        self.shown = b""
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, every],
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
            start_new_session=True,
            env=dict(os.environ)
            | {
                "TERM": "xterm-256color",
                "TOCSIN_DATABASE_URL": database_url(settings),
                "TOCSIN_REDIS_URL": redis_url(settings),
            },
        )

    def read_until(self, words: bytes, times: int = 1, seconds: float = 60) -> None:
        """Read what is shown until words have come so many times."""
        end = time.monotonic() + seconds
        while self.shown.count(words) < times:
            assert time.monotonic() < end, self.shown.decode(errors="replace")
            if select.select([self._ours], [], [], 0.5)[0]:
                self.shown += os.read(self._ours, 1 << 16)

    def press(self, key: bytes) -> None:
        os.write(self._ours, key)

    def after(self) -> list[object]:
        return termios.tcgetattr(self._theirs)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)


@pytest.mark.parametrize("key", [b"q", b"\x03"], ids=["q", "ctrl-c"])
@pytest.mark.parametrize("every", ["0.3", "60"])
def test_it_ends_clean(
    engine: Engine,
    settings: Settings,
    publisher: Publisher,
    key: bytes,
    every: str,
) -> None:
    """By q and by Ctrl-C, at once also between two looks: the former screen, cursor and keys are back."""
    with engine.begin() as connection:
        feeds.put_feed(connection, name="gazette", url=f"{publisher.url}/feed")
    terminal = Terminal(settings, every)
    try:
        terminal.read_until(b"nothing has rung yet", times=3 if every == "0.3" else 1)
        terminal.press(key)
        terminal.read_until(BACK)
        assert 0 == terminal.process.wait(15)
        terminal.read_until(SEEN)
        assert terminal.before == terminal.after()
        shown = terminal.shown
        assert shown.index(ALTERNATE) < shown.index(b"1 new") < shown.rindex(BACK)
        assert shown.rindex(HIDDEN) < shown.rindex(SEEN)
        assert b"Traceback" not in shown
    finally:
        terminal.close()
