"""A ``tocsin`` command that was run in the test's own process."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    returncode: int
    stdout: str
    stderr: str


Run = Callable[..., Done]


def one_line(done: Done) -> str:
    """The one line of a refusal."""
    assert 2 == done.returncode, done.stdout + done.stderr
    lines = done.stderr.strip().splitlines()
    assert 1 == len(lines), done.stderr
    return lines[0]
