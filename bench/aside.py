"""Servers that run beside a benchmark or a test: an event loop of their own, in a thread."""

import asyncio
import threading
from typing import Self


class Aside:
    """Runs ``_run`` in a thread while the ``with`` block lasts.

    ``_run`` starts what serves on ``_loop``, sets ``_ready`` and runs the loop until it is stopped.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(20)

    def _run(self) -> None:
        raise NotImplementedError
