"""A pipe by which the processes of a group hand their facts to the one that shows them.

Writes are a line each, short enough to be whole whoever else writes, and never wait: what does
not fit is dropped and counted.
"""

import contextlib
import fcntl
import json
import os
import select
import stat
import threading
from collections.abc import Mapping, MutableMapping

from worker.observe.facts import COUNT, Fact, Sink

#: Names the pipe to a child: its descriptor and its inode, as nothing else may be written to, and
#: whether spans are wanted.
REPORT_TO = "TOCSIN_REPORT_TO"
SPANS = "spans"
#: Bytes that are written whole (POSIX promises 512, Linux and macOS keep to more).
MOST_BYTES = min(4096, select.PIPE_BUF)
ROOM_BYTES = 1 << 20
LOST = "tocsin_facts_lost_total"


class Pipe:
    """The pipe from the side that shows: facts of other processes go to ``sink``, from a thread."""

    def __init__(self, sink: Sink, *, spans: bool = False) -> None:
        """``spans``: children are to hand over how long each step took."""
        self._sink = sink
        self._spans = spans
        self._reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # more than an account may have
                fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, ROOM_BYTES)
        threading.Thread(target=self._read, name="facts", daemon=True).start()

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a child, which has to be given the ``writer``, where its facts go."""
        words = SPANS if self._spans else ""
        return {REPORT_TO: f"{self.writer}:{os.fstat(self.writer).st_ino}:{words}"}

    def close(self) -> None:
        """Let our end go: the thread ends when no child has the pipe any more."""
        os.close(self.writer)

    def _read(self) -> None:
        rest = b""
        with os.fdopen(self._reader, "rb", buffering=0) as reader:
            while data := reader.read(1 << 16):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    with contextlib.suppress(ValueError):
                        self._sink(json.loads(line))


class Writer:
    """The sink of a child: writes facts into the pipe; ``spans``: those are wanted too."""

    def __init__(self, descriptor: int, *, spans: bool = False) -> None:
        self._descriptor = descriptor
        self.spans = spans
        self._lost = 0

    def __call__(self, fact: Fact) -> None:
        """Write a fact; one that does not fit is counted."""
        lost, self._lost = self._lost, 0
        if lost and not self._write([COUNT, LOST, [lost], {}]):
            self._lost = lost
        if not self._write(fact):
            self._lost += 1

    def _write(self, fact: Fact) -> bool:
        line = json.dumps(fact, separators=(",", ":")).encode() + b"\n"
        if len(line) > MOST_BYTES:
            return False
        try:
            os.write(self._descriptor, line)
        except OSError:  # it is full, or nobody reads any more
            return False
        return True


def sink_of(environment: MutableMapping[str, str]) -> Writer | None:
    """The pipe that the parent has given us, if it has; its name is taken out of the environment."""
    descriptor, inode, words = (*environment.pop(REPORT_TO, "").split(":"), "", "")[:3]
    if not (descriptor.isdecimal() and inode.isdecimal()):
        return None
    try:
        found = os.fstat(int(descriptor))
    except OSError:
        return None
    if not stat.S_ISFIFO(found.st_mode) or found.st_ino != int(inode):
        return None
    os.set_inheritable(int(descriptor), False)
    return Writer(int(descriptor), spans=words == SPANS)
