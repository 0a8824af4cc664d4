"""Child processes that do not outlive their parent."""

import contextlib
import ctypes
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import psutil

STOP_SECONDS = 5.0


def die_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask Linux to signal this process when its parent dies, however it dies (prctl(2)).

    Does nothing on other systems, where the next start finds and stops what is left.
    """
    _at_birth(number)()


def _at_birth(number: int) -> Callable[[], None]:
    """What a child runs between fork and exec. The library is looked up before the fork."""
    if sys.platform != "linux":
        return lambda: None
    pr_set_pdeathsig = 1
    prctl = ctypes.CDLL(None, use_errno=True).prctl

    def begin() -> None:
        prctl(pr_set_pdeathsig, number)

    return begin


def spawn(
    command: list[str], *, death_signal: int = signal.SIGTERM, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own that does not outlive this process."""
    return subprocess.Popen(  # noqa: S603 - our own commands, never a shell
        command,
        start_new_session=True,
        preexec_fn=_at_birth(death_signal),  # noqa: PLW1509 - one system call, no lock
        **options,
    )


def stop_process(process: psutil.Process, number: int, seconds: float = STOP_SECONDS) -> None:
    """Signal a process and wait; kill it when it does not go in time."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.send_signal(number)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(seconds)
