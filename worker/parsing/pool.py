"""The parent's side: a few children that read documents, and an end to those that take too long."""

import asyncio
import contextlib
import os
import pickle
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Self

from worker.environment import of_no_secrets
from worker.observe import logger
from worker.parsing.document import Read, TooMuchMemory, Unread, Unreadable
from worker.parsing.frames import HEAD, LENGTH, READY, unpack
from worker.processes import spawn

#: Documents given to one child ahead of its answers.
AHEAD = 8
#: Bytes from which documents are large: they are read one at a time, for the sake of memory.
LARGE = 1 << 20
#: Bytes of an answer from which it is unpacked in a thread.
LONG = 1 << 18
#: Seconds after which those that wait behind a document go to another child.
SLOW = 1.0
#: Children started beside the usual ones while those are slow.
SPARE = 2
LOOK_SECONDS = 0.25
#: Seconds for which a child that is one too many is kept idle: who is slow may soon be so again.
LINGER_SECONDS = 30.0
#: Seconds that a child may take to come up.
START_SECONDS = 60.0
#: Seconds after which a child that did not come up is tried again; twice as long each time.
RESTART_SECONDS, RESTART_MOST = 1.0, 60.0
#: Children that did not come up, in a row, after which nothing waits for the next.
TRIES = 3
#: Seconds between two words in the log about children that do not come up.
SAY_SECONDS = 600.0
CHILD = (sys.executable, "-m", "worker.parsing.child")

log = logger(__name__)


class ReadingFailed(Exception):  # noqa: N818 - names what happened, as NotAFeed does
    """A document that could not be read; the message is one line that says why."""


class NoReader(ReadingFailed):
    """There is nobody to read documents: that is our trouble and no document's."""


class _NotStarted(Exception):  # noqa: N818 - as above
    """A child that did not come up; the message says why."""


@dataclass(eq=False, slots=True)
class _Task:
    """A document on its way to an answer, and how many children died of it."""

    unread: Unread
    answer: asyncio.Future[Read]
    deaths: int = 0

    @property
    def large(self) -> bool:
        return len(self.unread.body) >= LARGE

    def settle(self, answer: Read | Exception) -> None:
        """Hand over a child's answer, unless there is one or nobody waits any more."""
        match answer:
            case _ if self.answer.done():
                pass
            case TooMuchMemory():
                self.fail("reading it takes too much memory")
            case Unreadable():
                self.fail(f"not readable ({answer})")
            case Exception():
                self.answer.set_exception(answer)
            case _:
                self.answer.set_result(answer)

    def fail(self, why: str) -> None:
        self.settle(ReadingFailed(why))


@dataclass(eq=False, slots=True)
class _Child:
    """A child and what it was given: the first is at work, ``None`` went to another child."""

    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tasks: deque[_Task | None] = field(default_factory=deque)
    #: When it began what it is at, or became idle.
    begun: float = 0.0
    slow: bool = False
    overdue: bool = False

    def has_room(self, task: _Task) -> bool:
        if not self.tasks:
            return True
        if task.large or self.slow or len(self.tasks) >= AHEAD:
            return False
        return not any(one is not None and one.large for one in self.tasks)

    def relieve(self) -> list[_Task]:
        """Take back all but the first; answers to them that still come are passed over."""
        first, *behind = self.tasks
        self.tasks = deque([first, *(None for _ in behind)])
        return [task for task in behind if task is not None]


class ParserPool:
    """Children that read documents, used as ``async with ParserPool(...) as pool``.

    ``processes`` children work side by side, started when first needed, or by ``start``. A document that takes
    over ``seconds``, or more than ``megabytes`` of memory, ends with its child, and another takes
    the child's place; documents that waited behind it have gone to others by then. Where children
    do not come up at all, reading fails at once until one does; it is tried all the time.
    ``command`` starts a child.
    """

    def __init__(
        self,
        *,
        processes: int = 2,
        seconds: float = 10.0,
        megabytes: int = 160,
        command: Sequence[str] = CHILD,
    ) -> None:
        self._command = command
        self._processes = processes
        self._seconds = seconds
        self._megabytes = megabytes
        self._waiting: deque[_Task] = deque()
        self._children: list[_Child] = []
        self._starting = 0
        self._failed_starts = 0
        self._why_not = ""
        self._said_at = 0.0
        self._large = asyncio.Semaphore(1)
        self._work: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._begin(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for work in self._work:
            work.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        for child in self._children:
            _end(child)
        self._children.clear()

    def start(self) -> None:
        """Start the children now, ahead of the first documents."""
        for _ in range(self._processes):
            self._start_one()

    async def read(self, unread: Unread) -> Read:
        """Have a document read. Raises NotAFeed; ReadingFailed when it cannot be read at all.

        NoReader, a ReadingFailed, when no child comes up to read it.
        """
        task = _Task(unread, asyncio.get_running_loop().create_future())
        async with self._large if task.large else contextlib.nullcontext():
            self._waiting.append(task)
            self._hand_out()
            self._give_up()
            return await task.answer

    def _hand_out(self) -> None:
        """Give waiting documents to children that have room; start a child where one is missed."""
        while self._waiting:
            task = self._waiting[0]
            if task.answer.done():  # nobody waits for it any more
                self._waiting.popleft()
                continue
            free = [child for child in self._children if child.has_room(task)]
            if not free:
                break
            self._give(min(free, key=lambda child: len(child.tasks)), self._waiting.popleft())
        busy = self._waiting or all(child.tasks for child in self._children)
        if busy and len(self._children) + self._starting < self._wanted():
            self._start_one()

    def _start_one(self) -> None:
        self._starting += 1
        self._begin(self._keep())

    def _wanted(self) -> int:
        return self._processes + min(SPARE, sum(child.slow for child in self._children))

    def _give(self, child: _Child, task: _Task) -> None:
        if not child.tasks:
            child.begun = asyncio.get_running_loop().time()
        child.tasks.append(task)
        body = task.unread.body
        header = pickle.dumps(replace(task.unread, body=b""), pickle.HIGHEST_PROTOCOL)
        head = HEAD.pack(len(header), len(body)) + header
        if task.large:  # the only one of its child until it is answered
            self._begin(_send(child.writer, head, body))
        else:
            child.writer.writelines((head, body))

    async def _keep(self) -> None:
        """Start a child and take its answers until it ends; then see to what it leaves."""
        try:
            child = await self._start()
        except _NotStarted as error:
            await asyncio.sleep(self._note_failed_start(str(error)))
            self._starting -= 1
        else:
            self._starting -= 1
            self._note_start()
            self._children.append(child)
            self._hand_out()
            try:
                await self._listen(child)
                blamed = False
            except Exception as error:
                if not isinstance(error, asyncio.IncompleteReadError | ConnectionError):
                    log.exception("a process that reads feeds makes no sense")
                blamed = True
            self._children.remove(child)
            self._bury(child, blamed=blamed)
        self._hand_out()

    async def _start(self) -> _Child:
        """A child that says it is there. Raises _NotStarted when it does not come up."""
        try:
            process, ours = _spawn(self._command, self._seconds, self._megabytes)
        except (OSError, subprocess.SubprocessError) as error:
            raise _NotStarted(getattr(error, "strerror", None) or str(error)) from None
        try:
            reader, writer = await asyncio.open_connection(sock=ours)
        except BaseException:  # the pool may end at this moment
            ours.close()
            process.kill()
            process.wait()
            raise
        child = _Child(process, reader, writer)
        try:
            async with asyncio.timeout(START_SECONDS):
                await reader.readexactly(len(READY))
        except TimeoutError:
            _end(child)
            raise _NotStarted(f"it says nothing for {START_SECONDS:g} s") from None
        except (asyncio.IncompleteReadError, ConnectionError):
            raise _NotStarted(_named(_end(child))) from None
        except BaseException:
            _end(child)
            raise
        return child

    def _note_start(self) -> None:
        if self._failed_starts >= TRIES:
            log.warning("the process that reads documents starts again")
        self._failed_starts, self._said_at = 0, 0.0

    def _note_failed_start(self, why: str) -> float:
        """Take note, and see to what waits. Gives the seconds to wait before the next try."""
        self._failed_starts += 1
        self._why_not = why
        now = asyncio.get_running_loop().time()
        if not self._said_at or now - self._said_at >= SAY_SECONDS:
            self._said_at = now
            log.error("the process that reads documents does not start", why=why)
        self._give_up()
        doubled: float = RESTART_SECONDS * 2 ** min(self._failed_starts - 1, 10)
        return min(doubled, RESTART_MOST)

    def _give_up(self) -> None:
        """Fail what waits where no child has come up for long and none is left."""
        if self._children or self._failed_starts < TRIES:
            return
        for task in self._waiting:
            task.settle(
                NoReader(f"the process that reads documents does not start: {self._why_not}")
            )
        self._waiting.clear()

    async def _listen(self, child: _Child) -> None:
        """Hand over a child's answers until it says that it ends."""
        while not await self._take(child):
            self._hand_out()

    async def _take(self, child: _Child) -> bool:
        """Hand over the next answer, of which nothing is kept here. Whether the child ends."""
        (size,) = LENGTH.unpack(await child.reader.readexactly(LENGTH.size))
        frame = await child.reader.readexactly(size)
        long = size >= LONG
        answer, spent = await asyncio.to_thread(unpack, frame) if long else unpack(frame)
        task = child.tasks.popleft()
        child.begun, child.slow = asyncio.get_running_loop().time(), False
        if task is not None:
            task.settle(answer)
        return bool(spent)

    def _bury(self, child: _Child, *, blamed: bool) -> None:
        """End a child. What it was at failed, or is tried once more; the rest goes to others."""
        code = _end(child)
        first = child.tasks[0] if child.tasks else None
        if blamed and first is not None:
            first.deaths += 1
            if child.overdue:
                first.fail(f"reading took over {self._seconds:g} s")
            elif first.deaths > 1:  # the first time it may have been somebody else
                first.fail(f"its reader died of it ({_named(code)})")
        left = [task for task in child.tasks if task is not None and not task.answer.done()]
        self._waiting.extendleft(reversed(left))

    async def _watch(self) -> None:
        """End what takes too long, and what is needed no more; relieve those behind what is slow."""
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(min(LOOK_SECONDS, self._seconds / 4))
            idle = [one for one in self._children if not one.tasks]
            if len(self._children) > self._wanted() and idle:
                longest = min(idle, key=lambda child: child.begun)
                if clock() - longest.begun > LINGER_SECONDS:
                    longest.process.kill()
            for child in [one for one in self._children if one.tasks]:
                taken = clock() - child.begun
                if taken > self._seconds:
                    child.overdue = True
                    child.process.kill()
                elif taken > SLOW and not child.slow:
                    child.slow = True
                    self._waiting.extendleft(reversed(child.relieve()))
                    self._hand_out()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._work.add(task)
        task.add_done_callback(self._work.discard)


def _spawn(
    command: Sequence[str], seconds: float, megabytes: int
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A new child, and our end of the socket to it."""
    ours, theirs = socket.socketpair()
    number = theirs.fileno()
    try:
        with theirs:
            process = spawn(
                [*command, str(number), str(seconds), str(megabytes)],
                death_signal=signal.SIGKILL,
                pass_fds=(number,),
                stdin=subprocess.DEVNULL,
                env=of_no_secrets(os.environ),
            )
    except BaseException:
        ours.close()
        raise
    return process, ours


async def _send(writer: asyncio.StreamWriter, head: bytes, body: bytes) -> None:
    """Send a large body in pieces, so that it is not held twice."""
    with contextlib.suppress(ConnectionError):
        writer.write(head)
        for start in range(0, len(body), LONG):
            writer.write(body[start : start + LONG])
            await writer.drain()


def _end(child: _Child) -> int:
    """Kill a child, if it lives. Gives its exit code, negative for a signal."""
    child.process.kill()
    child.writer.close()
    return child.process.wait()


def _named(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"
