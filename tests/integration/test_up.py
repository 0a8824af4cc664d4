"""``tocsin up`` as a whole: start, stop, a second start, and kill -9, with real processes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.integration.conftest import kill_tree
from tests.integration.newsstand import Publisher


class Up:
    """``tocsin up`` on a data folder of its own."""

    def __init__(self, folder: Path, publisher: Publisher) -> None:
        self.folder = folder
        self.catalogue = folder / "feeds.yaml"
        self.catalogue.write_text(
            f"feeds:\n  - name: gazette\n    url: {publisher.url}/feed\n    interval: 1s\n"
            "watches:\n  - name: putin\n    query: 'person:\"Vladimir Putin\"'\n"
            "    channels: [console]\n"
            "channels:\n  - {name: console, kind: console}\n",
            encoding="utf-8",
        )
        kept = {key: value for key, value in os.environ.items() if not key.startswith("TOCSIN_")}
        self.environment = kept | {
            "TOCSIN_DATA": str(folder / "data"),
            "TOCSIN_CATALOGUE": str(self.catalogue),
            "TOCSIN_NET_ALLOW": "127.0.0.0/8",
            "TOCSIN_POLL_INTERVAL": "1",
            "TOCSIN_POLL_INTERVAL_MIN": "0.2",
            "TOCSIN_PRELOAD": "",
            "TOCSIN_HEALTH_LISTEN": "127.0.0.1:0",
        }
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait until it says that it watches."""
        log = self.folder / f"up-{len(self.started)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "worker", "up"],
                env=self.environment,
                cwd=self.folder,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.started.append(process)
        deadline = time.monotonic() + 60
        while "Tocsin watches" not in log.read_text():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return process

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another ``tocsin`` command on the same data."""
        return subprocess.run(
            [sys.executable, "-m", "worker", *arguments],
            env=self.environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def processes(self) -> list[psutil.Process]:
        """Every living process that belongs to this data folder."""
        found = []
        for process in psutil.process_iter():
            try:
                data = process.environ().get("TOCSIN_DATA", "")
                words = " ".join(process.cmdline())
            except (psutil.AccessDenied, psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
            if str(self.folder) in data or str(self.folder) in words:
                found.append(process)
        return found


@pytest.fixture
def up(open_folder: Path, publisher: Publisher) -> Iterator[Up]:
    """A ``tocsin up`` to be started."""
    folder = open_folder / f"up-{time.monotonic_ns()}"
    folder.mkdir()
    made = Up(folder, publisher)
    yield made
    for process in made.started:
        if process.poll() is None:
            kill_tree(process.pid)
        process.wait()
    for left in made.processes():
        left.kill()


def test_it_rings_on_the_console_and_stops_in_time(
    up: Up, publisher: Publisher, wait_until: Callable[..., None]
) -> None:
    """From nothing to a printed alert; SIGTERM ends everything within five seconds."""
    process = up.start()
    wait_until(lambda: publisher.state.requests["feed"] >= 1)
    time.sleep(1)
    text = "Президент России Владимир Путин прибыл в город Казань. " + "Он выступил с речью. " * 20
    publisher.publish("one", "Владимир Путин прибыл в Казань", text)
    log = up.folder / "up-0.log"
    wait_until(lambda: "Владимир Путин прибыл в Казань" in log.read_text(), seconds=60)
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert 0 == process.wait(10)
    assert time.monotonic() - begun < 5
    assert [] == up.processes()


def test_a_second_one_says_that_one_is_running(up: Up) -> None:
    """Two on the same data would tread on each other: the second ends with one line, exit 2."""
    process = up.start()
    second = up.run("up")
    assert 2 == second.returncode
    assert f"already running on {up.folder / 'data'} (process {process.pid})" in second.stderr
    assert 1 == len(second.stderr.strip().splitlines())


def test_killed_it_leaves_nothing_behind_and_starts_again(
    up: Up, wait_until: Callable[..., None]
) -> None:
    """Kill -9 of the parent: servers, scheduler and workers follow; the data is whole."""
    process = up.start()
    wait_until(lambda: len(up.processes()) >= 7)
    process.kill()
    process.wait()
    wait_until(lambda: [] == up.processes(), seconds=10)
    up.start()
    listed = json.loads(up.run("feeds", "list", "--json").stdout)
    assert ["gazette"] == [feed["name"] for feed in listed]


def test_a_part_that_dies_is_started_again(up: Up, wait_until: Callable[..., None]) -> None:
    """A killed scheduler, Valkey and Postgres come back while the rest goes on."""
    process = up.start()

    def part(words: str) -> psutil.Process | None:
        below = psutil.Process(process.pid).children(recursive=True)
        for child in below:
            with contextlib.suppress(psutil.Error):
                if words in " ".join(child.cmdline()):
                    return child
        return None

    for words in ("worker scheduler", "valkey-server", "bin/postgres"):
        old = part(words)
        assert old is not None, words
        old.kill()
        wait_until(lambda o=old, w=words: (new := part(w)) is not None and new.pid != o.pid)
    wait_until(lambda: 0 == up.run("status").returncode)


def test_commands_work_without_anything_running(up: Up) -> None:
    """The bundled database is started for the moment a command needs it."""
    added = up.run("watches", "add", "storms", "storm OR flood")
    assert (0, "") == (added.returncode, added.stderr)
    listed = json.loads(up.run("watches", "list", "--json").stdout)
    assert ["storms"] == [watch["name"] for watch in listed]
    assert [] == up.processes()
