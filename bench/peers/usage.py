"""CPU that a tree of processes has used."""

import contextlib

import psutil


def cpu_seconds(pid: int) -> float:
    """User and system time of a process, of all below it, and of those that ended meanwhile.

    A child that ended and was waited for counts in its parent's figures (``children_*``).
    """
    total = 0.0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total
