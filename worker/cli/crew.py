"""The same work on many documents by all cores, results in order, with a progress bar."""

import gc
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from queue import Queue
from threading import Thread
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

#: Documents under way for each process: enough that none waits, few enough for any memory.
_AHEAD = 8


def cores() -> int:
    """How many processors this process may use."""
    if sys.platform != "linux":  # elsewhere forking is unsafe or unknown
        return 1
    return len(os.sched_getaffinity(0))


@contextmanager
def progress(total: int | None) -> Iterator[Callable[[], None]]:
    """A progress bar on standard error; gives what to call for each document done.

    Shown only on a terminal, and only if standard output is none: results would tear it apart.
    """
    if not sys.stderr.isatty() or sys.stdout.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    # Without a thread that draws it: processes are forked beside it.
    with Progress(
        *columns, console=Console(stderr=True), transient=True, auto_refresh=False
    ) as bar:
        task = bar.add_task("", total=total)

        def advance() -> None:
            bar.advance(task)
            bar.refresh()

        yield advance


def work_on(
    work: Callable[[T], R],
    inputs: Iterable[T],
    write: Callable[[R], object],
    *,
    processes: int,
    total: int | None = None,
) -> None:
    """Do ``work`` on each input and ``write`` the results, in order, each as soon as it can be.

    The first is done here, so that what it loads is shared by the processes, which are forked
    then. Whatever an input, the work or ``write`` raises is raised, after all results before it.
    ``total`` inputs are expected, where that is known.
    """
    waiting = iter(inputs)
    with progress(total) as advance:

        def done(result: R) -> None:
            write(result)
            advance()

        for first in waiting:
            done(work(first))
            break
        if processes > 1:
            _spread(work, waiting, done, processes)
            return
        for one in waiting:
            done(work(one))


def _spread(
    work: Callable[[T], R], inputs: Iterator[T], write: Callable[[R], object], processes: int
) -> None:
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    order: Queue[Future[R] | None] = Queue(maxsize=_AHEAD * processes)
    trouble: list[BaseException] = []
    writer = Thread(target=_write_in_order, args=(order, write, trouble))
    gc.collect()
    gc.freeze()
    pool = ProcessPoolExecutor(
        processes, mp_context=get_context("fork"), initializer=_begin, initargs=(work,)
    )
    try:
        for one in inputs:
            order.put(pool.submit(_do, one))
            if trouble:
                break
            if writer.ident is None:  # the processes are forked by now
                writer.start()
    finally:
        order.put(None)
        if writer.ident is not None:
            writer.join()
        pool.shutdown(cancel_futures=True)
        gc.unfreeze()
    if trouble:
        raise trouble[0]


def _write_in_order(
    order: "Queue[Future[R] | None]", write: Callable[[R], object], trouble: list[BaseException]
) -> None:
    while (future := order.get()) is not None:
        if not trouble:
            try:
                write(future.result())
            except Exception as error:  # noqa: BLE001 - raised by the main thread
                trouble.append(error)


#: What a process of the crew does; set when it begins.
_work: Callable[[Any], Any]


def _begin(work: Callable[[Any], Any]) -> None:
    from worker.processes import die_with_parent

    global _work  # noqa: PLW0603 - one process, one work
    _work = work
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C reaches the whole group: the parent ends it
    die_with_parent()


def _do(one: Any) -> Any:
    return _work(one)
