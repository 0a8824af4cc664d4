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
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="demo-server", daemon=True)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    def start(self) -> S:
        """Open the server and return it. Raises what its ``start`` raises."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result(PATIENCE)
        except BaseException:
            self._end()
            raise
        return self.server

    def stop(self) -> None:
        """Close the server and end its thread; a second call does nothing."""
        if not self._thread.is_alive():
            return
        try:
            asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result(PATIENCE)
        finally:
            self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()

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
