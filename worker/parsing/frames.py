"""What goes over the socket between a parent and a child that reads.

The child says ``READY`` once. The parent sends documents: ``HEAD``, a pickle, the body. The child
answers each in turn: ``LENGTH``, a pickle of the answer and of whether the child ends now. Both
sides are of one program, and the answers hold nothing but values made from what was read.
"""

import copyreg
import io
import pickle
import struct
from collections.abc import Callable
from dataclasses import fields
from operator import attrgetter
from typing import Any

from worker.feeds.identity import Marked
from worker.model import Entry

#: Lengths in bytes of a document's pickle and of its body.
HEAD = struct.Struct("!II")
#: Length in bytes of an answer's pickle.
LENGTH = struct.Struct("!I")
READY = b"\n"


def pack(answer: Any) -> bytes:
    """A pickle of an answer. Entries, of which there are many, go as tuples: that is faster."""
    packed = io.BytesIO()
    pickler = pickle.Pickler(packed, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _TABLE
    pickler.dump(answer)
    return packed.getvalue()


def unpack(frame: bytes) -> Any:
    """What was packed by a child of ours."""
    return pickle.loads(frame)  # noqa: S301 - see above


def _setters(kind: type[Any]) -> tuple[Callable[[Any, Any], None], ...]:
    """What fills the slots of a frozen dataclass: its own way takes four times as long."""
    return tuple(kind.__dict__[one.name].__set__ for one in fields(kind))


def _entry(*values: Any) -> Entry:
    made = object.__new__(Entry)
    for fill, value in zip(_ENTRY, values, strict=True):
        fill(made, value)
    return made


def _marked(*values: Any) -> Marked:
    made = object.__new__(Marked)
    for fill, value in zip(_MARKED, values, strict=True):
        fill(made, value)
    return made


def _as_tuple(make: Callable[..., Any], kind: type[Any]) -> Callable[[Any], Any]:
    values = attrgetter(*(one.name for one in fields(kind)))
    return lambda value: (make, values(value))


_ENTRY, _MARKED = _setters(Entry), _setters(Marked)
_TABLE = copyreg.dispatch_table | {
    Entry: _as_tuple(_entry, Entry),
    Marked: _as_tuple(_marked, Marked),
}
