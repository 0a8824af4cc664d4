"""Where a process spends its time: py-spy beside it, its samples added up by function."""

import os
import signal
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import psutil

SHOWN = 45
#: Threads that wait in C for something to do, which py-spy takes for work.
WAITING = ("_worker (concurrent/futures/thread", "select (selectors", "_listen (worker/parsing")


@dataclass
class Profile:
    """Samples of the processes below a given one, while it works; only what uses the CPU counts.

    ``program`` is py-spy. ``end`` prints functions by their own and by their whole share.
    """

    program: Path
    rate: int = 200
    _running: list[tuple[str, Path, subprocess.Popen[bytes]]] = field(default_factory=list)
    _title: str = ""

    def begin(self, pid: int, title: str) -> None:
        """Attach to a process and to each below it."""
        self._title = title
        folder = Path(tempfile.mkdtemp(prefix="tocsin-bench-profile-"))
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            if "python" not in process.name():
                continue
            path = folder / f"{process.pid}.raw"
            command = [
                str(self.program),
                "record",
                "--function",
                "--format",
                "raw",
                "--rate",
                str(self.rate),
            ]
            command += ["--pid", str(process.pid), "--output", str(path), "--duration", "300"]
            spy = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self._running.append((" ".join(process.cmdline()[1:4]), path, spy))

    def end(self) -> None:
        """Detach and print."""
        for name, path, spy in self._running:
            if spy.poll() is None:
                os.kill(spy.pid, signal.SIGINT)
            spy.wait(30)
            if path.exists():
                _show(f"{self._title}: {name}", path.read_text())
        self._running.clear()


def _show(title: str, raw: str) -> None:
    own: Counter[str] = Counter()
    whole: Counter[str] = Counter()
    for line in raw.splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if frames[-1].startswith(WAITING):
            continue
        own[frames[-1]] += int(count)
        for frame in set(frames):
            whole[frame] += int(count)
    total = own.total()
    print(f"\n--- {title}: {total} samples; own share")
    for frame, samples in own.most_common(SHOWN):
        print(f"{samples / total:7.1%}  {frame}")
    print(f"--- {title}: with all they call")
    for frame, samples in whole.most_common(SHOWN):
        print(f"{samples / total:7.1%}  {frame}")
