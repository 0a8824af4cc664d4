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

#: Names the pipe to a child: its descriptor and its inode, as nothing else may be written to.
REPORT_TO = "TOCSIN_REPORT_TO"
#: Bytes that are written whole (POSIX promises 512, Linux and macOS keep to more).
MOST_BYTES = min(4096, select.PIPE_BUF)
ROOM_BYTES = 1 << 20
LOST = "tocsin_facts_lost_total"


class Pipe:
    """The pipe from the side that shows: facts of other processes go to ``sink``, from a thread."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._reader, self.writer = os.pipe()
        os.set_blocking(self.writer, False)
        if hasattr(fcntl, "F_SETPIPE_SZ"):
            with contextlib.suppress(OSError):  # more than an account may have
                fcntl.fcntl(self._reader, fcntl.F_SETPIPE_SZ, ROOM_BYTES)
        threading.Thread(target=self._read, name="facts", daemon=True).start()

    @property
    def environment(self) -> Mapping[str, str]:
        """What tells a child, which has to be given the ``writer``, where its facts go."""
        return {REPORT_TO: f"{self.writer}:{os.fstat(self.writer).st_ino}"}

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


class _Writer:
    """The sink of a child: writes facts into the pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lost = 0

    def __call__(self, fact: Fact) -> None:
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


def sink_of(environment: MutableMapping[str, str]) -> Sink | None:
    """The pipe that the parent has given us, if it has; its name is taken out of the environment."""
    descriptor, _, inode = environment.pop(REPORT_TO, "").partition(":")
    if not (descriptor.isdecimal() and inode.isdecimal()):
        return None
    try:
        found = os.fstat(int(descriptor))
    except OSError:
        return None
    if not stat.S_ISFIFO(found.st_mode) or found.st_ino != int(inode):
        return None
    os.set_inheritable(int(descriptor), False)
    return _Writer(int(descriptor))
