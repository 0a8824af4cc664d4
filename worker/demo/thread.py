"""ServerThread: runs something with async ``start`` and ``stop`` in a thread of its own."""

import asyncio
import threading
from types import TracebackType
from typing import Generic, Protocol, TypeVar

#: Seconds a server may take to open or to close.
PATIENCE = 10.0


class Server(Protocol):
    """What can be run in a thread."""

    async def start(self) -> None:
        """Open it."""

    async def stop(self) -> None:
        """Close it."""


S = TypeVar("S", bound=Server)


class ServerThread(Generic[S]):
    """A context manager that gives the server, opened in a loop and thread of its own."""

    def __init__(self, server: S) -> None:
        self.server = server
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> S:
        """Open the server and return it. Raises what its ``start`` raises."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result(PATIENCE)
        except BaseException:
            self._end(self._loop, self._thread)
            raise
        return self.server

    def stop(self) -> None:
        """Close the server and end its thread; a second call does nothing."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(self.server.stop(), loop).result(PATIENCE)
        finally:
            self._end(loop, thread)

    def _end(self, loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
        self._loop = self._thread = None
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()

    def __enter__(self) -> S:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({type(self.server).__name__})"
