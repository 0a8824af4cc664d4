"""libcurl's multi interface on the event loop: any number of transfers without a thread."""

import asyncio
import selectors
from typing import Any

import pycurl

#: Seconds that a connection nobody uses may be used again: long enough for redirects, robots.txt
#: and the pages of one host, shorter than any interval between polls.
IDLE_SECONDS = 20


class TransferError(Exception):
    """A transfer that libcurl gave up: its ``code``, and what it says."""

    def __init__(self, code: int, said: str) -> None:
        super().__init__(code, said)
        self.code = code
        self.said = said


class Multi:
    """Runs transfers of one event loop; made and closed inside it.

    Sockets are watched by a selector of its own, which the loop watches as one file: a new
    connection changes what it waits for three times, and loop handles cost more than that.
    """

    def __init__(self, idle: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._selector = selectors.DefaultSelector()
        self._loop.add_reader(self._selector, self._ready)
        self._timer: asyncio.Handle | None = None
        self._running: dict[Any, asyncio.Future[None]] = {}
        self._multi: Any = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_MAXCONNECTS, idle)
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)

    async def run(self, easy: Any) -> None:
        """Run one easy handle to its end; a cancelled transfer is cut off. TransferError."""
        done: asyncio.Future[None] = self._loop.create_future()
        self._running[easy] = done
        self._multi.add_handle(easy)
        try:
            await done
        finally:
            if self._running.pop(easy, None) is not None:
                self._multi.remove_handle(easy)

    def close(self) -> None:
        """Cut off what is running and close all connections."""
        for easy, done in list(self._running.items()):
            self._multi.remove_handle(easy)
            done.cancel()
        self._running.clear()
        self._multi.close()
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._selector)
        self._selector.close()

    def _watch(self, what: int, fd: int, _multi: Any, _data: Any) -> None:
        """Watch a socket as libcurl asks; its POLL_IN and POLL_OUT are the selector's events."""
        if what in {pycurl.POLL_REMOVE, pycurl.POLL_NONE}:
            if fd in self._selector.get_map():
                self._selector.unregister(fd)
            return
        try:
            self._selector.modify(fd, what)
        except KeyError:
            self._selector.register(fd, what)

    def _set_timer(self, milliseconds: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if milliseconds == 0:
            self._timer = self._loop.call_soon(self._tick)
        elif milliseconds > 0:
            self._timer = self._loop.call_later(milliseconds / 1000, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
        self._settle()

    def _ready(self) -> None:
        for key, events in self._selector.select(0):
            self._multi.socket_action(key.fd, events)
        self._settle()

    def _settle(self) -> None:
        """Hand out the transfers that have ended."""
        while True:
            left, fine, failed = self._multi.info_read()
            for easy in fine:
                self._end(easy, None)
            for easy, code, said in failed:
                self._end(easy, TransferError(code, said))
            if not left:
                return

    def _end(self, easy: Any, error: TransferError | None) -> None:
        self._multi.remove_handle(easy)
        done = self._running.pop(easy, None)
        if done is None or done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
