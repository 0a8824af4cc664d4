"""Blocking calls off the event loop, in threads that never hold up the end of the process."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Await a blocking call made in a thread of its own; its exceptions are raised here.

    Unlike ``asyncio.to_thread``, whose threads are joined at exit, a call that hangs (a name
    server that does not answer, a mail server being connected to) is left behind when the
    process ends. A cancelled call runs on unheard.
    """
    answer, work = _prepared(lambda: function(*args, **kwargs))
    threading.Thread(target=work, name=getattr(function, "__name__", "call"), daemon=True).start()
    return await answer


class DaemonThreads:
    """Up to ``most`` threads that make blocking calls one after the other, like ``in_thread``.

    Keeping them is several times cheaper than a thread for each call. ``close`` lets go of them;
    one that hangs in a call is left behind.
    """

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._started = 0
        self._open = 0  # calls that no thread has ended yet, hanging ones among them
        self._lock = threading.Lock()
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()

    async def call(self, function: Callable[..., _T], *args: Any) -> _T:
        """Await a blocking call; its exceptions are raised here.

        One that is cancelled before its turn is not made, later it runs on unheard.
        """
        answer, work = _prepared(lambda: function(*args))
        with self._lock:
            self._open += 1
            more = self._started < min(self._open, self._most)
        if more:
            self._started += 1
            threading.Thread(target=self._serve, name=self._name, daemon=True).start()
        self._calls.put(work)
        return await answer

    def close(self) -> None:
        """End the threads once they have nothing to do."""
        for _ in range(self._started):
            self._calls.put(None)

    def _serve(self) -> None:
        while (work := self._calls.get()) is not None:
            work()
            with self._lock:
                self._open -= 1


def _prepared(call: Callable[[], _T]) -> tuple["asyncio.Future[_T]", Callable[[], None]]:
    """A call ready to be made in another thread, and the future of what comes of it."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if answer.done():  # cancelled: nobody waits any more
            return
        if error is None:
            answer.set_result(result)  # type: ignore[arg-type]
        else:
            answer.set_exception(error)

    def work() -> None:
        if answer.cancelled():
            return
        result, problem = None, None
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  handed to whoever awaits
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(settle, result, problem)

    return answer, work
