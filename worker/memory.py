"""How a process of ours treats memory that it had and does not need any more."""

import contextlib
import ctypes
import gc
from collections.abc import Iterator

#: Bytes from which a block is the system's again as soon as it is free.
LARGE = 1 << 18
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def give_back() -> None:
    """Have glibc give large blocks back at once and keep two heaps, not one a thread (mallopt(3)).

    By itself it keeps ever larger ones for the next, as much as the largest document took. Does
    nothing where there is no glibc.
    """
    with contextlib.suppress(AttributeError, OSError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in (
            (_TRIM_THRESHOLD, LARGE),
            (_MMAP_THRESHOLD, LARGE),
            (_ARENA_MAX, 2),
        ):
            mallopt(parameter, value)


@contextlib.contextmanager
def without_collection() -> Iterator[None]:
    """Spare the garbage collector its looks at hundreds of thousands of objects that all stay."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
