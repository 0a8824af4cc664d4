"""The file channel: a line of JSON for each message, in files that rotate by size."""

import asyncio
import errno
import fcntl
import os
import stat
import time
from pathlib import Path
from typing import ClassVar

from pydantic import Field, field_validator

from worker.channels.lines import conversation, line_of
from worker.channels.sender import ChannelConfig, Surroundings
from worker.model import Message, Receipt
from worker.net import in_thread

#: Seconds between looks whether another process has let go of the file.
_LOOK = 0.02


class File:
    """Appends alerts to a file, each as one line, whatever other processes append to it."""

    kind: ClassVar[str] = "file"

    class Config(ChannelConfig):
        """Which file, how large, and how many older ones are kept."""

        usual_concurrency: ClassVar[int] = 1

        path: str = Field(min_length=1, description="the file, e.g. /var/lib/tocsin/alerts.jsonl")
        megabytes: float = Field(
            100, gt=0, le=100_000, description="the size in MB at which a new file is begun"
        )
        timeout: float = Field(10.0, gt=0, le=60, description="seconds for one attempt in all")
        keep: int = Field(10, ge=0, le=1000, description="how many older files are kept, 0 to 1000")

        @field_validator("path")
        @classmethod
        def _absolute(cls, value: str) -> str:
            if "\x00" in value or not Path(value).is_absolute():
                raise ValueError("is not an absolute path", "write it from / on")
            return value

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._path = Path(config.path)
        self._most = int(config.megabytes * 1_000_000)
        self._keep = config.keep
        self._seconds = config.timeout

    def __repr__(self) -> str:
        return f"<File {self._name!r} at {self._path}>"

    async def send(self, message: Message) -> Receipt:
        """Append one line. It is delivered once the disk has it; every failure is recoverable."""
        line = line_of(message) + b"\n"
        try:
            async with asyncio.timeout(self._seconds):
                await in_thread(self._append, line, time.monotonic() + self._seconds)
        except TimeoutError:
            detail = f"{self._path}: not written in {self._seconds:g} s"
            return Receipt(delivered=False, detail=detail, recoverable=True)
        except OSError as error:
            words = error.strerror or type(error).__name__
            return Receipt(delivered=False, detail=f"{self._path}: {words}", recoverable=True)
        return Receipt(
            delivered=True,
            detail=f"{len(line)} bytes appended to {self._path}",
            transcript=conversation(message, [line.decode().rstrip()], ()),
        )

    def _append(self, line: bytes, until: float) -> None:
        """Append under a lock, after a new file was begun where the line does not fit."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
        while True:
            number = os.open(self._path, flags, 0o666)
            try:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise OSError(errno.EINVAL, "Not a regular file")
                _lock(number, until)
                if not self._is_current(number):  # rotated while we waited for the lock
                    continue
                size = os.fstat(number).st_size
                if size and size + len(line) > self._most:
                    self._rotate()
                    continue
                _write_whole(number, line, size)
                return
            finally:
                os.close(number)

    def _is_current(self, number: int) -> bool:
        """Whether the path still leads to this open file."""
        try:
            return os.path.samestat(os.fstat(number), self._path.stat())
        except FileNotFoundError:
            return False

    def _rotate(self) -> None:
        """Move every file one place on, the full one last; the one past the last is gone."""
        if not self._keep:
            self._path.unlink()
            return
        for place in range(self._keep - 1, 0, -1):
            older = self._older(place)
            if older.exists():
                older.replace(self._older(place + 1))
        self._path.replace(self._older(1))

    def _older(self, place: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{place}")


def _lock(number: int, until: float) -> None:
    """Wait for other writers. Raises TimeoutError: a line that nobody waits for is not written."""
    while time.monotonic() < until:
        try:
            return fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_LOOK)
    raise TimeoutError


def _write_whole(number: int, line: bytes, size: int) -> None:
    """Write a line after what stands there, or leave the file as it was."""
    torn = size > 0 and os.pread(number, 1, size - 1) != b"\n"  # its writer died in the middle
    rest = memoryview(b"\n" + line if torn else line)
    try:
        while rest:
            rest = rest[os.write(number, rest) :]
        os.fsync(number)
    except OSError:
        os.ftruncate(number, size)
        raise
