"""The deliver queue: wake-up calls for the outbox of this process."""

import asyncio
import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from worker.jobs.workplace import Workplace, at_work
from worker.observe import logger
from worker.outbox.engine import Outbox

#: An outbox that is asked to stop ends in about three seconds.
JOIN_SECONDS = 6.0

log = logger(__name__)

_running: Outbox | None = None


def deliver(ids: Sequence[int]) -> None:  # noqa: ARG001 - what is due says the database
    """Have the outbox look for what is due; where none runs in this process, send all of it now."""
    if _running is not None:
        _running.wake()
        return
    with at_work() as place:
        asyncio.run(_send_all_due(place))


async def _send_all_due(place: Workplace) -> None:
    await Outbox(place.settings, place.engine, owner=place.owner).run(
        asyncio.Event(), until_idle=True
    )


@contextmanager
def outbox_running(place: Workplace) -> Iterator[None]:
    """Run an outbox in a thread of its own meanwhile. Should it fail, the process is asked to stop.

    Raises what it failed of.
    """
    global _running  # noqa: PLW0603 - one process, one outbox
    loop, stop, begun = asyncio.new_event_loop(), asyncio.Event(), threading.Event()
    errors: list[BaseException] = []

    async def run() -> None:
        global _running  # noqa: PLW0603 - as above
        _running = Outbox(place.settings, place.engine, owner=place.owner)
        begun.set()
        await _running.run(stop)

    def main() -> None:
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                runner.run(run())
        except BaseException as error:  # noqa: BLE001 - raised by the main thread
            errors.append(error)
            begun.set()
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=main, name="outbox", daemon=True)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        if not errors:
            loop.call_soon_threadsafe(stop.set)
        thread.join(JOIN_SECONDS)
        _running = None
    if errors:
        raise errors[0]
