"""The child: reads documents, one after the other, until its parent is gone or ends it.

Started as ``python -m worker.parsing.child FD SECONDS MEGABYTES``; see ``frames`` for what goes over
the socket. An answer is a ``Read`` or an exception.
"""

import contextlib
import gc
import os
import pickle
import resource
import signal
import socket
import sys
from dataclasses import replace

from worker.feeds.refusal import NotAFeed
from worker.memory import give_back
from worker.parsing.document import Read, TooMuchMemory, Unread, Unreadable, read_document
from worker.parsing.frames import HEAD, LENGTH, READY, pack

#: Bytes of memory that a document may take for each byte of its own, and that any may take.
MEMORY_EACH, MEMORY_LEAST = 48, 32 << 20
#: Bytes that a child may keep after a document; one that keeps more makes way for another.
MEMORY_KEPT = 16 << 20
#: Seconds after the parent's deadline at which a child whose parent is gone ends itself.
GRACE = 5


def main(number: int, seconds: float, megabytes: int) -> None:
    """Answer documents that come over the socket with this number, until it is closed.

    A parent that is gone is the end as well: nobody waits for the answer.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the parent's to answer
    give_back()
    gc.freeze()
    base = _memory()
    with socket.socket(fileno=number) as wire, wire.makefile("rb") as incoming:
        wire.sendall(READY)
        while len(head := incoming.read(HEAD.size)) == HEAD.size:
            header, body = HEAD.unpack(head)
            told, document = incoming.read(header), incoming.read(body)
            if len(told) < header or len(document) < body:
                return  # it died while it told us
            unread: Unread = replace(pickle.loads(told), body=document)  # noqa: S301 - the parent's
            del document
            signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
            _allow(base, min(megabytes << 20, MEMORY_LEAST + body * MEMORY_EACH))
            answer = _answer(unread)
            signal.setitimer(signal.ITIMER_REAL, 0)
            spent = isinstance(answer, TooMuchMemory) or _memory() - base > MEMORY_KEPT
            del unread
            frame = pack((answer, spent))
            wire.sendall(LENGTH.pack(len(frame)))
            wire.sendall(frame)
            if spent:
                return
            del answer, frame


def _answer(unread: Unread) -> Read | Exception:
    try:
        return read_document(unread)
    except NotAFeed as error:
        return error
    except MemoryError:
        return TooMuchMemory()
    except Exception as error:  # noqa: BLE001 - the document's failure, whatever it is
        return Unreadable(type(error).__name__)


def _allow(base: int, more: int) -> None:
    """Bound this process's own memory (setrlimit(2)) to ``more`` bytes than at its start."""
    if base:
        _, most = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (base + more, most))


def _memory() -> int:
    """Bytes of this process's own memory, as RLIMIT_DATA counts them; 0 where Linux is not."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - after each document
            return int(file.read().split()[5]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


if __name__ == "__main__":
    with contextlib.suppress(ConnectionError):
        main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
