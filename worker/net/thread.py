"""Blocking calls off the event loop, in threads that never hold up the end of the process."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


async def in_thread(function: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Await a blocking call made in a thread of its own; its exceptions are raised here.

    Unlike ``asyncio.to_thread``, whose threads are joined at exit, a call that hangs (a name
    server that does not answer, a mail server being connected to) is left behind when the
    process ends. A cancelled call runs on unheard.
    """
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
        result, problem = None, None
        try:
            result = function(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001  handed to whoever awaits
            problem = error
        with contextlib.suppress(RuntimeError):  # the loop has been closed meanwhile
            loop.call_soon_threadsafe(settle, result, problem)

    threading.Thread(target=work, name=getattr(function, "__name__", "call"), daemon=True).start()
    return await answer
