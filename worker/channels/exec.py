"""The exec channel: a program is run for each message and gets it as JSON on its standard input."""

import asyncio
import contextlib
import os
import shlex
import signal
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, SecretStr, field_validator

from worker.alerts.wording import clean_line
from worker.channels.answers import WORDS, kept_words
from worker.channels.lines import conversation, line_of
from worker.channels.redaction import Redactor
from worker.channels.sender import ChannelConfig, OneOrMore, Surroundings
from worker.model import Message, Receipt

#: What sysexits.h calls EX_DATAERR: the input is at fault, and will be the next time too.
REFUSED = 65
#: Seconds to wait for output after the program has ended: what it left behind may hold the pipe.
LINGER = 0.5
#: Variables that a program gets of ours, where they are set.
_PASSED = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR")


class Exec:
    """Runs a program for each alert, without a shell."""

    kind: ClassVar[str] = "exec"

    class Config(ChannelConfig):
        """What is run, and what it is given beside the alert."""

        usual_concurrency: ClassVar[int] = 2

        command: OneOrMore[str] = Field(
            description="the program by its full path, then its arguments: [/usr/local/bin/page, -q]"
        )
        environment: dict[str, SecretStr] = Field(
            {}, description="variables the program gets, as {TOKEN: ${PAGER_TOKEN}}"
        )
        timeout: float = Field(30.0, gt=0, le=120, description="seconds for one attempt in all")

        @field_validator("command")
        @classmethod
        def _program(cls, value: tuple[str, ...]) -> tuple[str, ...]:
            if any("\x00" in each for each in value) or not Path(value[0]).is_absolute():
                raise ValueError(
                    "does not begin with a full path",
                    "write the program from / on, each argument as an element of the list",
                )
            return value

        @field_validator("environment")
        @classmethod
        def _variables(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
            for name, secret in value.items():
                if not name or "=" in name or "\x00" in name + secret.get_secret_value():
                    raise ValueError(f"{name!r} cannot be set", "write {NAME: value}")
            return value

    def __init__(self, config: Config, surroundings: Surroundings) -> None:
        self._name = surroundings.name
        self._command = config.command
        self._own = {name: each.get_secret_value() for name, each in config.environment.items()}
        self._seconds = config.timeout
        # An argument may hold one, too.
        self._strike = Redactor([*self._own.values(), *surroundings.secrets])

    def __repr__(self) -> str:
        return f"<Exec {self._name!r} of {self._command[0]}>"

    async def send(self, message: Message) -> Receipt:
        """Run the program once, and read what its exit code says."""
        passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
        async with _Output() as output:
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=output.end,
                    stderr=output.end,
                    env=passed | self._own,
                    cwd="/",
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                words = getattr(error, "strerror", None) or type(error).__name__
                detail = f"{self._command[0]}: {words}"
                return Receipt(delivered=False, detail=detail, recoverable=True)
            output.given()
            code: int | None = None
            try:
                async with asyncio.timeout(self._seconds):
                    await _feed(process, line_of(message) + b"\n")
                    code = await process.wait()
            except TimeoutError:
                pass
            finally:
                if process.returncode is None:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    await process.wait()
            return self._verdict(message, code, await output.beginning())

    def _verdict(self, message: Message, code: int | None, said: bytes) -> Receipt:
        """What an exit code says; ``None`` is no end in time."""
        answer = kept_words(said, self._strike)
        if code is None:
            ended = f"no end in {self._seconds:g} s: killed"
        else:
            ended = f"exit code {code}" if code >= 0 else f"killed by signal {-code}"
        words = clean_line(answer, WORDS)
        return Receipt(
            delivered=code == 0,
            detail=f"{ended}: {words}" if words else ended,
            recoverable=code not in {0, REFUSED},
            status=code,
            answer=answer,
            transcript=conversation(
                message,
                [self._strike(shlex.join(self._command)), line_of(message).decode()],
                [answer] if answer else (),
            ),
        )


async def _feed(process: asyncio.subprocess.Process, line: bytes) -> None:
    """Give the program its input; one that does not read it has its own reasons."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        process.stdin.write(line)
        await process.stdin.drain()
    process.stdin.close()


class _Output:
    """A pipe for what a program says: its beginning is kept, the rest read and forgotten.

    It is ours, not the process's: what a program leaves behind may hold it open for ever.
    """

    async def __aenter__(self) -> Self:
        mine, self.end = os.pipe()
        self._said = asyncio.StreamReader()
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(self._said), os.fdopen(mine, "rb", 0)
        )
        self._kept = bytearray()
        self._reading = asyncio.create_task(self._read())
        return self

    def given(self) -> None:
        """The program has its end; ours is not needed any more."""
        os.close(self.end)
        self.end = -1

    async def beginning(self) -> bytes:
        """The first bytes of what was said; called once the program has ended."""
        await asyncio.wait({self._reading}, timeout=LINGER)
        return bytes(self._kept)

    async def _read(self) -> None:
        while piece := await self._said.read(65_536):
            self._kept += piece[: Receipt.ANSWER_BYTES - len(self._kept)]

    async def __aexit__(self, *_: object) -> None:
        if self.end >= 0:
            os.close(self.end)
        self._reading.cancel()
        self._transport.close()
